"""A draft of a process from a log: what people do, and not what they ought to do (R97)."""

from __future__ import annotations

import json
import keyword
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import attrs
import numpy as np

from salesreg.audit.log import NOBODY, Log
from salesreg.audit.mapping import Person
from salesreg.audit.verdicts import of_role
from salesreg.calendars import BusinessCalendar
from salesreg.process.page import Process

SHARE = 0.02
"""What happens in a smaller share of the cases is left out of a draft."""
MOSTLY = 0.95
"""A role is taken for that of a step, and two people for a rule, if so many of the cases say so."""
ENOUGH = 20
"""On fewer cases no habit is founded."""
BEGIN = -1
_WIDE = 118
_STEPS = (
    (30, "30 working minutes"), (60, "1 working hour"), (120, "2 working hours"), (480, "1 business day"),
    (960, "2 business days"), (1440, "3 business days"), (2400, "5 business days"), (4800, "10 business days"),
)  # fmt: skip


@attrs.frozen
class Stay:
    """A stage of the draft: where a case rests after any of some steps, behind which the same steps may follow."""

    id: str
    after: tuple[int, ...]
    ends: bool


class Practice:
    """What a log shows of a process that nobody has written down.

    Args:
        log: the log.
        calendar: the business time.
        people: by name of the log, who that is.
        share: what happens in a smaller share of the cases is left out.
    """

    def __init__(
        self, log: Log, calendar: BusinessCalendar, people: Mapping[str, Person], share: float = SHARE
    ) -> None:
        self.log: Log = log
        self.calendar: BusinessCalendar = calendar
        self.people: Mapping[str, Person] = people
        self.share: float = share
        self.ids: Sequence[str] = _identifiers(log.steps)
        first, step = log.first, log.step.astype(np.int64)
        before = np.where(first, BEGIN, np.append([BEGIN], step[:-1])[: len(step)])
        width = len(log.steps) + 1
        moves = np.unique(((log.case.astype(np.int64) * width) + before + 1) * width + step)
        self.moves: Counter[tuple[int, int]] = Counter()
        pairs, counts = np.unique(moves % (width * width), return_counts=True)
        for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True):
            self.moves[pair // width - 1, pair % width] = count
        self.seen: Counter[int] = Counter(np.unique(log.case * np.int64(width) + step) % width)
        last = np.append(first[1:], True)[: len(step)]
        self.endings: Counter[int] = Counter(step[last].tolist())
        self.followers: Mapping[int, frozenset[int]] = self._followers()
        self.stays: Sequence[Stay] = self._merged()
        self._stay_of = {one: stay for stay in self.stays for one in stay.after}

    def __repr__(self) -> str:
        return f"<Practice: {len(self.followers)} steps, {len(self.stays)} stages>"

    def _followers(self) -> dict[int, frozenset[int]]:
        """After each step (or the beginning) those that follow often enough; every one of them can be reached."""
        cases = max(len(self.log.cases), 1)
        kept = {step for step, count in self.seen.items() if count >= self.share * cases}
        found: dict[int, set[int]] = {BEGIN: set(), **{step: set() for step in sorted(kept)}}
        for (before, step), count in self.moves.items():
            if before in found and step in kept and count >= self.share * cases:
                found[before].add(step)
        reached = self._reached(found)
        while lost := kept - reached:
            into = [(count, one) for one, count in self.moves.items() if one[0] in reached and one[1] in lost]
            before, step = max(into)[1] if into else (BEGIN, min(lost))
            found[before].add(step)
            reached = self._reached(found)
        return {before: frozenset(some) for before, some in found.items()}

    @staticmethod
    def _reached(found: Mapping[int, set[int]]) -> set[int]:
        seen, waiting = {BEGIN}, [BEGIN]
        while waiting:
            for step in found[waiting.pop()] - seen:
                seen.add(step)
                waiting.append(step)
        return seen

    def _merged(self) -> list[Stay]:
        """Steps behind which the same steps may follow lead to the same stage."""
        alike: dict[frozenset[int], list[int]] = {}
        for step, after in self.followers.items():
            if step != BEGIN:
                alike.setdefault(after, []).append(step)
        return [
            Stay(f"after_{self.ids[some[0]]}" if after else "ended", tuple(some), not after)
            for after, some in alike.items()
        ]

    # -- the page ------------------------------------------------------------------------------------------------------

    def page(self, name: str) -> Iterator[str]:
        """The lines of a process file, each to be read and decided upon: it says what happened, not what shall be."""
        log, cases = self.log, len(self.log.cases)
        yield f'"""A draft from {len(log)} events of {cases} cases: what was done, and not what ought to be done."""'
        yield ""
        yield "from attrs import frozen"
        yield ""
        yield "from salesreg.process import Process, Stage, Step, start, step"
        yield "from salesreg.rules import SYSTEM, Role"
        yield ""
        roles = {step: self.roles(step) for step in self.followers if step != BEGIN}
        for role in sorted({one for some in roles.values() for one in some}):
            yield f"{_constant(role)} = Role({_quoted(role)}, {_quoted(role.replace('_', ' '))})"
        yield 'ANYBODY = Role("anybody", "whoever did it")  # to be decided: who may'
        yield ""
        yield ""
        yield "@frozen"
        yield "class Data:"
        yield '    """What a case holds: the log does not say."""'
        yield ""
        yield ""
        yield "class Draft(Process[Data]):"
        yield f'    """From {self._titles(self.followers[BEGIN])} to the end."""'
        yield ""
        yield f"    id, version, title = {_quoted(name)}, 1, {_quoted(name.replace('_', ' ').capitalize())}"
        yield ""
        yield from self._stages()
        yield ""
        yield '    @step(start(begun), "A case begins", by=SYSTEM, clause="to be decided")'
        yield "    def begin(self) -> Data:"
        yield "        return Data()"
        yield ""
        for number in self.followers:
            if number != BEGIN:
                yield from self._step(number, roles[number])
        resting = [one for one in self.stays if not one.ends and any(self.endings[step] for step in one.after)]
        if resting or not any(one.ends for one in self.stays):
            yield "    # nothing says that a case has ended here"
            sources = [one.id for one in resting or self.stays]
            yield from _declared("rest", sources, "ended", '"Leave it at that", by=SYSTEM, clause="to be decided"')
        yield from self._habits()

    def _stages(self) -> Iterator[str]:
        yield '    begun = Stage("Begun", ANYBODY, no_term="to be decided")'
        ended = False
        for stay in self.stays:
            count = sum(self.endings[step] for step in stay.after)
            resting = f"  # {count} cases rest here" if count else ""
            if stay.ends:
                ended = True
                yield f'    ended = Stage("Ended", final=True){resting}'
                continue
            yield f"    # {self._term(stay)}"
            title = _quoted(f"After: {self._titles(stay.after)}")
            yield f'    {stay.id} = Stage({title}, ANYBODY, no_term="to be decided"){resting}'
        if not ended:
            yield '    ended = Stage("Ended", final=True)'

    def _step(self, number: int, roles: Sequence[str]) -> Iterator[str]:
        sources = [
            "begun" if before == BEGIN else self._stay_of[before].id
            for before, after in self.followers.items()
            if number in after
        ]
        by = ", ".join(map(_constant, roles)) or "ANYBODY"
        by = f"[{by}]" if ", " in by else by
        took = np.unique(self.log.person[(self.log.step == number) & (self.log.person != NOBODY)])
        yield f"    # in {self.seen[number]} cases, by {len(took)} people"
        said = _quoted(self.log.steps[number])
        yield from _declared(
            self.ids[number], sources, self._stay_of[number].id, f'{said}, by={by}, clause="to be decided"'
        )

    def roles(self, step: int) -> tuple[str, ...]:
        """The fewest roles whose holders took a step nearly always; none where the log does not say."""
        took: Counter[str] = Counter()
        codes, counts = np.unique(self.log.person[self.log.step == step], return_counts=True)
        for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
            person = self.people.get(self.log.people[code]) if code != NOBODY else None
            for role in {of_role(one)[0] for one in person.roles} if person is not None else ():
                took[role] += count
        found, covered = list[str](), 0
        for role, count in took.most_common():
            if covered >= MOSTLY * int(counts.sum()):
                break
            found.append(role)
            covered += count
        return tuple(sorted(found)) if covered >= MOSTLY * int(counts.sum()) else ()

    def _term(self, stay: Stay) -> str:
        """How long cases stayed, in working time, and the term that nine of ten would have kept."""
        log = self.log
        begins = np.flatnonzero(np.isin(log.step[:-1], stay.after) & ~log.first[1:])
        if not len(begins):
            return "nobody has left it yet"
        lasted = self.calendar.working_time_between_batch(
            log.at[begins].view("M8[us]"), np.maximum(log.at[begins + 1], log.at[begins]).view("M8[us]")
        )
        half, most = (float(one) for one in np.quantile(lasted.view(np.int64) / 60_000_000, [0.5, 0.9]))
        term = next((said for minutes, said in _STEPS if most <= minutes), "more than 10 business days")
        return f"left after {half:.0f} working minutes in the middle, {most:.0f} in nine of ten: {term}?"

    def _habits(self) -> Iterator[str]:
        """Pairs of steps behind which two people stood nearly always: perhaps a rule."""
        one_of = np.full((len(self.log.cases), len(self.log.steps)), NOBODY, np.int64)
        known = self.log.person != NOBODY
        one_of[self.log.case[known], self.log.step[known]] = self.log.person[known]
        kept = [step for step in self.followers if step != BEGIN]
        for number, first in enumerate(kept):
            for second in kept[number + 1 :]:
                both = (one_of[:, first] != NOBODY) & (one_of[:, second] != NOBODY)
                apart = int((one_of[both, first] != one_of[both, second]).sum())
                if both.sum() >= ENOUGH and apart >= MOSTLY * int(both.sum()):
                    names = f"{self.ids[first]} and {self.ids[second]}"
                    yield f"    # {names}: two people in {apart} of {int(both.sum())} cases; a rule?"

    def _titles(self, steps: Sequence[int] | frozenset[int]) -> str:
        names = [self.log.steps[one] for one in sorted(steps)]
        return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _identifiers(names: Sequence[str]) -> list[str]:
    """A name in Python for each name of the log, all different."""
    found: list[str] = []
    for number, name in enumerate(names):
        plain = "".join(one if one.isalnum() else "_" for one in name.lower()).strip("_")
        plain = textwrap.shorten(plain.replace("_", " "), 32, placeholder="").replace(" ", "_")
        wrong = not plain.isidentifier() or keyword.iskeyword(plain) or plain in _TAKEN
        plain = f"step_{number + 1}" if wrong else plain
        found.append(f"{plain}_{number + 1}" if plain in found else plain)
    return found


_TAKEN = frozenset(("begin", "begun", "ended", "rest", *dir(Process), *Process.__annotations__))
"""Names that a page has of its own."""


def _declared(name: str, sources: Sequence[str], target: str, rest: str) -> Iterator[str]:
    """A step's declaration, on as many lines as it takes."""
    some = list(dict.fromkeys(sources))
    route = some[0] if len(some) == 1 else f"({' | '.join(some)})"
    line = f"    {name} = Step({route}.to({target}), {rest})"
    if len(line) <= _WIDE:
        yield line
        return
    yield f"    {name} = Step("
    yield from textwrap.wrap(f"{route}.to({target}),", _WIDE, initial_indent=" " * 8, subsequent_indent=" " * 8)
    yield f"        {rest},"
    yield "    )"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _constant(role: str) -> str:
    return role.upper()
