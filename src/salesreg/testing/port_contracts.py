"""The contracts of the smaller ports: how people are told, who works here, and what time it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar, Final

import pytest
from msgspec.structs import replace

from salesreg.errors import UnknownEmployee
from salesreg.ports import Clock, Delivered, Delivery, Directory, Message, Notifier, Permanent, Temporary, Unknown
from salesreg.rules import Absence, Delegation, Employee
from salesreg.testing._bounds import Bounded, together
from salesreg.testing._records import message

_DAY: Final = dt.timedelta(days=1)


class NotifierContract(Bounded):
    """What every `salesreg.ports.Notifier` promises.

    Give it the fixture ``notifier``; override `message` if your channel needs another address, and `arrived` if you can
    tell what came out at the other end, for without it a notifier that throws everything away passes::

        class TestMyNotifier(NotifierContract):
            @pytest.fixture
            def notifier(self, my_test_server):
                return MyNotifier(my_test_server.url)

            def arrived(self, notifier):
                return [(it.recipient, it.title, it.body) for it in my_test_server.inbox]
    """

    @pytest.fixture
    def notifier(self) -> Notifier:
        """A notifier whose messages go nowhere real; override it."""
        raise NotImplementedError("give your subclass of NotifierContract a fixture named notifier")

    def message(self, number: int = 1) -> Message:
        """A message that the channel can deliver, another for each number."""
        return message(number)

    def arrived(self, notifier: Notifier) -> Sequence[tuple[str, str, str]] | None:
        """What has arrived so far: to which address, with which subject and text; None if nobody can tell."""
        return None

    def test_it_is_a_notifier(self, notifier: Notifier) -> None:
        """It has the method of the port."""
        assert isinstance(notifier, Notifier)

    def test_a_message_is_delivered(self, notifier: Notifier) -> None:
        """Russian letters, several lines and all; to its address, whole, and as it stands."""
        told = self.message()
        assert notifier.send(told) == Delivered()
        assert told == self.message(), "the message itself was changed"
        assert self._missing(notifier, [told]) == []

    def test_each_message_goes_to_whom_it_is_for(self, notifier: Notifier) -> None:
        """One after the other, whatever has been sent before."""
        told = [self.message(number) for number in (1, 2, 3)]
        assert [notifier.send(one) for one in told] == [Delivered()] * 3
        assert self._missing(notifier, told) == []

    def test_the_same_message_may_be_sent_again(self, notifier: Notifier) -> None:
        """A relay that crashed sends it twice under one id; that is no error."""
        notifier.send(self.message())
        assert notifier.send(self.message()) == Delivered()
        assert self._missing(notifier, [self.message()]) == []

    @pytest.mark.parametrize(
        "text",
        [
            "\n".join(f"{number}. Подпишите договор." for number in range(1, 101)),
            "Слово " * 200 + "конец.",
            'R&D <b>bold</b> &amp; "quoted" {name} %s $1 \\n http://firm.example/?a=1&b=2',
            "один 😀 два ½ три é",
        ],
        ids=["many lines", "a long line", "marked up", "rare letters"],
    )
    def test_a_text_arrives_as_it_was_written(self, notifier: Notifier, text: str) -> None:
        """However long it is, and whatever in it another format would take for its own."""
        told = replace(self.message(), text=text)
        assert notifier.send(told) == Delivered()
        assert self._missing(notifier, [told]) == []

    def test_two_messages_that_say_the_same_both_arrive(self, notifier: Notifier) -> None:
        """What is one message, the id says, and nothing else."""
        told = [replace(self.message(), id=f"c-1:{number}:anna") for number in (1, 2)]
        assert [notifier.send(one) for one in told] == [Delivered()] * 2
        arrived = self.arrived(notifier)
        assert arrived is None or len(arrived) == len(told), f"two were sent, and {len(arrived)} arrived"

    @pytest.mark.parametrize(
        "odd",
        [
            {"address": None},
            {"address": ""},
            {"address": "nobody nowhere"},
            {"subject": "two\r\nBcc: everybody@firm.example"},
            {"text": ""},
            {"text": "\x00\udc80 🙂" * 1000},
            {"payload": {"reply_to": "nobody\r\nnowhere"}, "name": "\r\n", "channel": "no such channel"},
        ],
        ids=["no address", "empty address", "wrong address", "broken subject", "no text", "odd text", "odd payload"],
    )
    def test_it_reports_rather_than_raises(self, notifier: Notifier, odd: dict[str, Any]) -> None:
        """Whatever the message, the relay learns what became of it; and what is not delivered does not arrive."""
        before = list(self.arrived(notifier) or ())
        delivery: Delivery = notifier.send(replace(self.message(), **odd))
        assert isinstance(delivery, Delivered | Temporary | Permanent | Unknown), f"it reported {delivery!r}"
        now = list(self.arrived(notifier) or ())
        if isinstance(delivery, Temporary | Permanent):
            assert delivery.reason.strip(), "why it did not go through is left empty"
            assert now == before, "it says that it did not go through, and yet it arrived"
        assert not any("everybody" in to for to, _, _ in now), "a subject brought in a recipient of its own"

    def test_several_threads_may_send_at_once(self, notifier: Notifier) -> None:
        """None is lost, and none gets what is another's."""
        told = [self.message(number) for number in range(1, 13)]
        assert together(lambda thread: [notifier.send(one) for one in told[thread::4]]) == [[Delivered()] * 3] * 4
        assert self._missing(notifier, told) == []

    def _missing(self, notifier: Notifier, told: Sequence[Message]) -> list[tuple[str, str, str]]:
        """What was reported as delivered and has not arrived as it was."""
        arrived = self.arrived(notifier)
        expected = [(one.address or one.to, one.subject, one.text) for one in told]
        return [] if arrived is None else [one for one in expected if one not in [_even(each) for each in arrived]]


def _even(arrived: tuple[str, str, str]) -> tuple[str, str, str]:
    """As it was sent: channels break lines in their own way and end the last one."""
    to, subject, text = arrived
    return to, subject, "\n".join(text.splitlines())


class DirectoryContract(Bounded):
    """What every `salesreg.ports.Directory` promises.

    Give it the fixture ``directory``: one that knows `staff`, `stand_ins` and `away`, and nobody else::

        class TestMyDirectory(DirectoryContract):
            @pytest.fixture
            def directory(self):
                return MyDirectory(self.staff, self.stand_ins, self.away)
    """

    DAY: ClassVar[dt.date] = dt.date(2026, 3, 2)
    staff: ClassVar[tuple[Employee, ...]] = (
        Employee("zoe", "Зоя Орлова", ["sales_manager"], email="zoe@firm.example", manager="anna", lang="ru"),
        Employee("anna", "Anna", ["sales_manager", "head"], position="head of sales", department="sales"),
        Employee("Anna", "Another Anna", ["clerk"], channel="phone", address="+7 495 000-00-00"),
        Employee("boris", "Boris", ["sales_manager"], hired_on=DAY - _DAY, left_on=DAY + _DAY, digest=dt.time(17, 30)),
        Employee("gone", "Gone", ["head", "sales_manager"], left_on=DAY - 9 * _DAY),
        Employee("new", "New", ["clerk"], hired_on=DAY + 9 * _DAY),
    )
    stand_ins: ClassVar[tuple[Delegation, ...]] = (
        Delegation("anna", "boris", DAY - _DAY, DAY, roles=["head"]),
        Delegation("zoe", "boris", DAY, DAY + 9 * _DAY),
        Delegation("zoe", "anna", DAY, DAY),
        Delegation("anna", "gone", DAY, DAY),
    )
    away: ClassVar[tuple[Absence, ...]] = (
        Absence("anna", DAY - _DAY, DAY, "boris"),
        Absence("zoe", DAY, DAY + _DAY),
    )

    @pytest.fixture
    def directory(self) -> Directory:
        """A directory of the given people; override it."""
        raise NotImplementedError("give your subclass of DirectoryContract a fixture named directory")

    def test_it_is_a_directory(self, directory: Directory) -> None:
        """It has every method of the port."""
        assert isinstance(directory, Directory)

    def test_everybody_is_found_as_they_are(self, directory: Directory) -> None:
        """With every attribute; those who have left and those who are yet to come too."""
        for person in self.staff:
            found = directory.employee(person.id)
            assert found == person, f"{person.id!r} was asked for, and {found!r} answered"

    @pytest.mark.parametrize("name", ["nobody", "ann", "ANNA", "anna ", " anna", "", "a%", "Anna\n"])
    def test_somebody_unknown_is_an_error(self, directory: Directory, name: str) -> None:
        """Nobody else answers for them: ids are exact."""
        with pytest.raises(UnknownEmployee):
            directory.employee(name)

    @pytest.mark.parametrize(
        ("days", "holders"), [(-9, "anna zoe"), (-1, "anna boris zoe"), (0, "anna boris zoe"), (1, "anna zoe")]
    )
    def test_a_role_is_held_by_those_who_work_here_that_day(
        self, directory: Directory, days: int, holders: str
    ) -> None:
        """From the first day of employment, and until the day before the first that they no longer work."""
        found = directory.holders("sales_manager", self.DAY + days * _DAY)
        assert [it.id for it in found] == holders.split(), "holders of a role come in the order of their ids"
        assert set(found) <= set(self.staff)

    def test_a_role_has_its_own_holders_only(self, directory: Directory) -> None:
        """Whoever is away still holds it, and nobody holds one that nobody was given."""
        assert [it.id for it in directory.holders("head", self.DAY)] == ["anna"]
        assert [it.id for it in directory.holders("clerk", self.DAY)] == ["Anna"]
        assert [it.id for it in directory.holders("clerk", self.DAY + 9 * _DAY)] == ["Anna", "new"]
        for nobody in ("sales", "HEAD", "head ", "", "ceo"):
            assert list(directory.holders(nobody, self.DAY)) == [], f"somebody holds {nobody!r}"

    @pytest.mark.parametrize(
        ("deputy", "days", "absent"),
        [
            ("boris", -2, ""),
            ("boris", -1, "anna"),
            ("boris", 0, "anna zoe"),
            ("boris", 1, ""),
            ("anna", 0, "zoe"),
            ("anna", 1, ""),
            ("zoe", 0, ""),
            ("gone", 0, ""),
            ("nobody", 0, ""),
        ],
    )
    def test_a_deputy_acts_on_the_days_of_the_delegation(
        self, directory: Directory, deputy: str, days: int, absent: str
    ) -> None:
        """The first and the last included, for as long as the deputy works here, and for nobody else."""
        on = self.DAY + days * _DAY
        found = directory.delegations(deputy, on)
        assert sorted(it.absent for it in found) == absent.split()
        assert set(found) <= set(self.stand_ins), "a delegation came back as another"

    @pytest.mark.parametrize(("days", "away"), [(-2, ""), (-1, "anna"), (0, "anna zoe"), (1, "zoe"), (2, "")])
    def test_whoever_is_away_is_away_from_the_first_day_to_the_last(
        self, directory: Directory, days: int, away: str
    ) -> None:
        """With who stands in for them."""
        found = directory.absences(self.DAY + days * _DAY)
        assert sorted(it.employee for it in found) == away.split()
        assert set(found) <= set(self.away), "an absence came back as another"

    def test_the_same_question_has_the_same_answer(self, directory: Directory) -> None:
        """Whoever asks, in any order, in several threads at once."""

        def ask(_: int) -> list[object]:
            days = [self.DAY + days * _DAY for days in (0, 9, -9, 0)]
            return [
                (directory.employee("anna"), tuple(directory.holders(role, day)), tuple(directory.absences(day)))
                for day in days
                for role in ("head", "clerk")
            ]

        first, *others = together(ask)
        assert others == [first] * len(others)
        assert first[:2] == first[-2:], "an answer depends on what was asked before"


class ClockContract(Bounded):
    """What every `salesreg.ports.Clock` promises.

    Give it the fixture ``clock``; say ``real = False`` of one that is turned by hand::

        class TestMyClock(ClockContract):
            @pytest.fixture
            def clock(self):
                return MyClock()
    """

    real: ClassVar[bool] = True
    """Whether it goes by itself and shows the time of the world; then this computer's clock must be right too."""
    within: ClassVar[dt.timedelta] = dt.timedelta(minutes=1)
    """How far a real one may be from this computer's."""

    @pytest.fixture
    def clock(self) -> Clock:
        """A clock; override it."""
        raise NotImplementedError("give your subclass of ClockContract a fixture named clock")

    def test_it_is_a_clock(self, clock: Clock) -> None:
        """It has the method of the port."""
        assert isinstance(clock, Clock)

    def test_it_shows_aware_instants(self, clock: Clock) -> None:
        """A `datetime` whose zone says how far it is from UTC."""
        now: object = clock.now()
        assert isinstance(now, dt.datetime), f"it shows {now!r}"
        assert now.utcoffset() is not None, f"{now!r} has no zone"
        assert now.astimezone(dt.UTC).tzinfo is dt.UTC

    def test_it_never_goes_back_by_itself(self, clock: Clock) -> None:
        """Not from one look to the next, nor in another thread."""
        seen = [clock.now() for _ in range(200)]
        assert seen == sorted(seen), "it went back"
        for several in together(lambda _: [clock.now() for _ in range(50)]):
            assert several == sorted(several), "it went back in a thread"
            assert several[0] >= seen[-1], "a thread is shown an earlier instant"

    def test_a_real_one_shows_the_time_of_the_world(self, clock: Clock) -> None:
        """In whatever zone it says it; one that stands still is not real."""
        if not self.real:
            return
        apart = clock.now() - dt.datetime.now(dt.UTC)
        assert abs(apart) < self.within, f"it is {apart} away from this computer's clock"
        first = clock.now()
        while_it_goes = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=5)
        while clock.now() == first:
            assert dt.datetime.now(dt.UTC) < while_it_goes, "it has stood still for five seconds"
