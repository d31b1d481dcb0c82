"""Faults of a notifier, a directory and a clock."""

import datetime as dt
import html
import itertools
import threading
import time

from planting import patched

from salesreg.adapters.memory import SystemClock, clock, directory
from salesreg.ports import Delivered, Permanent, Temporary
from salesreg.testing import ClockContract, DirectoryContract, NotifierContract


class Post:
    """A notifier that puts messages into boxes by address; what is right of it each fault spoils."""

    def __init__(self):
        self.inbox = []
        self.id = None

    def send(self, message):
        if not message.address or not message.address.isprintable() or " " in message.address:
            return Permanent(f"no box has the address {message.address!r}")
        self.put(message)
        return Delivered()

    def put(self, message):
        self.inbox.append((message.address, message.subject, message.text))


class OfNotifiers(NotifierContract):
    def arrived(self, notifier):
        return notifier.inbox


class OfDirectories(DirectoryContract):
    pass


class OfClocks(ClockContract):
    pass


def _putting(how):
    """A notifier that puts something else, or puts it otherwise."""
    return type("Planted", (Post,), {"put": how})


def _sending(how):
    """A notifier that sends in another way; it may send as it should too."""
    return type("Planted", (Post,), {"send": how})


def _mixed_up(self, message):
    self.current = message
    time.sleep(0.002)
    Post.put(self, self.current)


def _lost_among_threads(self, message):
    there = list(self.inbox)
    time.sleep(0.002)
    self.inbox = [*there, (message.address, message.subject, message.text)]


def _sent_as_headers(self, message):
    Post.put(self, message)
    _, *more = message.subject.split("\r\n")
    self.inbox += [(line.removeprefix("Bcc: "), message.subject, message.text) for line in more]


def _marked_as_sent(self, message):
    message.payload["sent"] = "yes"
    return Post.send(self, message)


def _once_an_id(self, message):
    self.seen = getattr(self, "seen", set())
    if message.id in self.seen:
        raise KeyError(message.id)
    self.seen.add(message.id)
    return Post.send(self, message)


def _refused_and_arrived(self, message):
    self.inbox.append((message.address, message.subject, message.text))
    return Post.send(self, message)


def _to_the_first(self, message):
    self.to = getattr(self, "to", message.subject)
    self.inbox.append((message.address, self.to, message.text))


NOTIFIERS = {
    "it raises what the channel raises": _sending(lambda self, it: Post.send(self, it) if it.address else {}[it.to]),
    "it raises at letters that cannot be encoded": _sending(
        lambda self, it: (it.text.encode(), Post.send(self, it))[1]
    ),
    "it reports nothing": _sending(lambda self, it: (Post.send(self, it), None)[1]),
    "it reports True": _sending(lambda self, it: Post.send(self, it) == Delivered()),
    "it reports an error of its own": _sending(lambda self, it: ValueError("no address")),
    "it gives no reason": _sending(lambda self, it: Post.send(self, it) if it.address else Permanent("")),
    "it calls everything temporary": _sending(lambda self, it: (Post.send(self, it), Temporary("busy"))[1]),
    "it delivers and says that it did not": _sending(_refused_and_arrived),
    "it takes a message apart": _sending(_marked_as_sent),
    "a message sent again is an error": _sending(_once_an_id),
    "it waits for ever": _sending(lambda self, it: threading.Event().wait()),
    "threads wait for one another": _sending(
        lambda self, it: (
            Post.send(self, it) if threading.current_thread() is threading.main_thread() else time.sleep(60)
        )
    ),
    "it throws everything away": _putting(lambda self, it: None),
    "it sends the first line alone": _putting(
        lambda self, it: self.inbox.append((it.address, it.subject, it.text.partition("\n")[0]))
    ),
    "it sends question marks": _putting(
        lambda self, it: self.inbox.append((it.address, it.subject, it.text.encode("latin-1", "replace").decode()))
    ),
    "it cuts what is long": _putting(lambda self, it: self.inbox.append((it.address, it.subject, it.text[:1000]))),
    "it writes for a browser": _putting(
        lambda self, it: self.inbox.append((it.address, it.subject, html.escape(it.text)))
    ),
    "it leaves out letters that a telephone has not": _putting(
        lambda self, it: self.inbox.append(
            (it.address, it.subject, "".join(one for one in it.text if one < "\U00010000"))
        )
    ),
    "what says the same is one": _sending(
        lambda self, it: (
            Delivered()
            if (it.address, it.subject, it.text) in self.inbox and it.id != self.id
            else Post.send(self, it),
            setattr(self, "id", it.id),
        )[0]
    ),
    "it leaves out the subject": _putting(lambda self, it: self.inbox.append((it.address, "", it.text))),
    "it sends to the id": _putting(lambda self, it: self.inbox.append((it.to, it.subject, it.text))),
    "it sends what it sent first": _putting(_to_the_first),
    "it keeps the last alone": _putting(lambda self, it: setattr(self, "inbox", [(it.address, it.subject, it.text)])),
    "it loses every other": _putting(
        lambda self, it: (setattr(self, "n", getattr(self, "n", 0) + 1), self.n % 2 and Post.put(self, it))
    ),
    "a subject names recipients": _putting(_sent_as_headers),
    "threads send what is another's": _putting(_mixed_up),
    "threads lose messages": _putting(_lost_among_threads),
}

_OF = "return tuple(sorted(found, key=lambda person: person.id))"
_GIVEN = "return tuple(each for each in self._delegations if each.deputy == deputy and each.covers(on))"
_AWAY = "return tuple(each for each in self._absences if each.covers(on))"
_ASKED = "return self._employees[employee_id]"
_KEPT = "self._employees[employee.id] = employee"
_DIRECTORIES = {
    "ids are of any letter case": (
        (_ASKED, "return {key.casefold(): it for key, it in self._employees.items()}[employee_id.casefold()]"),
    ),
    "ids lose blanks around": ((_ASKED, "return self._employees[employee_id.strip()]"),),
    "ids are patterns": ((_ASKED, "return self._employees[employee_id if '%' not in employee_id else 'anna']"),),
    "whoever is close answers": (
        (
            "            raise UnknownEmployee(",
            "            if close: return self._employees[close[0]]\n            raise UnknownEmployee(",
        ),
    ),
    "nobody answers for somebody unknown": (
        ("            raise UnknownEmployee(", "            return None\n            raise UnknownEmployee("),
    ),
    "somebody unknown is another error": (("raise UnknownEmployee(", "raise LookupError("),),
    "the nameless are somebody": ((_ASKED, "return self._employees[employee_id or 'anna']"),),
    "those who have left are unknown": (
        (_KEPT, f"if employee.left_on is None or employee.left_on > dt.date(2026, 3, 1): {_KEPT}"),
    ),
    "those yet to come are unknown": (
        (_KEPT, f"if employee.hired_on is None or employee.hired_on < dt.date(2026, 3, 3): {_KEPT}"),
    ),
    "superiors are lost": ((_KEPT, f"import attrs; {_KEPT[:-8]}attrs.evolve(employee, manager=None)"),),
    "addresses are lost": ((_KEPT, f"import attrs; {_KEPT[:-8]}attrs.evolve(employee, address=None)"),),
    "languages are lost": ((_KEPT, f"import attrs; {_KEPT[:-8]}attrs.evolve(employee, lang=None)"),),
    "times of day are lost": ((_KEPT, f"import attrs; {_KEPT[:-8]}attrs.evolve(employee, digest=None)"),),
    "everybody has one role": (
        (_KEPT, f"import attrs; {_KEPT[:-8]}attrs.evolve(employee, roles=[max(employee.roles)])"),
    ),
    "those who have left hold roles": (
        ("and person.works_on(on))\n        return tuple(sorted", ")\n        return tuple(sorted"),
    ),
    "the day after the last is the last": (
        (
            "and person.works_on(on))\n        return tuple(sorted",
            "and (person.works_on(on) or person.left_on == on))\n        return tuple(sorted",
        ),
    ),
    "the first day does not count": (
        (
            "and person.works_on(on))\n        return tuple(sorted",
            "and person.works_on(on) and person.hired_on != on)\n        return tuple(sorted",
        ),
    ),
    "holders come in any order": ((_OF, "return tuple(found)"),),
    "there is one holder": ((_OF, f"{_OF}[:1]"),),
    "roles are found by how they begin": (
        ("if role in person.roles", "if any(it.startswith(role) for it in person.roles)"),
    ),
    "roles are of any letter case": (("if role in person.roles", "if role.lower() in person.roles"),),
    "roles lose blanks around": (("if role in person.roles", "if role.strip() in person.roles"),),
    "whoever is away holds nothing": (
        (
            _OF,
            "away = {each.employee for each in self._absences if each.covers(on)}\n"
            "        return tuple(sorted((it for it in found if it.id not in away), key=lambda person: person.id))",
        ),
    ),
    "the first answer stays": (
        (
            _OF,
            f"kept = vars(self).setdefault('_kept', {{}})\n        {_OF.replace('return tuple', 'found = tuple')}\n        return kept.setdefault(role, found)",
        ),
    ),
    "those who have left stand in": (("if person is None or not person.works_on(on):", "if False:"),),
    "a delegation ends a day early": ((_GIVEN, _GIVEN.replace("covers(on)", "covers(on) and on < each.last_day")),),
    "a delegation begins a day late": ((_GIVEN, _GIVEN.replace("covers(on)", "covers(on) and on > each.first_day")),),
    "a delegation does not end": ((_GIVEN, _GIVEN.replace("each.covers(on)", "each.first_day <= on")),),
    "a delegation is of every role": (
        (_GIVEN, _GIVEN.replace("each for each", "__import__('attrs').evolve(each, roles=None) for each")),
    ),
    "a delegation goes both ways": (
        (_GIVEN, _GIVEN.replace("each.deputy == deputy", "deputy in (each.deputy, each.absent)")),
    ),
    "a deputy has one delegation": ((_GIVEN, f"{_GIVEN}[:1]"),),
    "an absence ends a day early": ((_AWAY, _AWAY.replace("covers(on)", "covers(on) and on < each.last_day")),),
    "an absence begins a day late": ((_AWAY, _AWAY.replace("covers(on)", "covers(on) and on > each.first_day")),),
    "an absence has no deputy": (
        (_AWAY, _AWAY.replace("each for each", "Absence(each.employee, each.first_day, each.last_day) for each")),
    ),
    "whoever has no deputy is not away": ((_AWAY, _AWAY.replace("covers(on)", "covers(on) and each.deputy")),),
    "somebody is away alone": ((_AWAY, f"{_AWAY}[:1]"),),
    "a directory waits for ever": (
        (_OF, f"threading.Event().wait()\n        {_OF}"),
        ("import difflib", "import difflib, threading"),
    ),
}
DIRECTORIES = {
    fault: patched(*changes, modules=(directory,), named="MemoryDirectory") for fault, changes in _DIRECTORIES.items()
}
_NOW = "return dt.datetime.now(dt.UTC)"


class GoingBack(SystemClock):
    def __init__(self):
        self.looks = itertools.count()

    def now(self):
        return super().now() - dt.timedelta(seconds=next(self.looks))


class Zoneless(dt.tzinfo):
    def utcoffset(self, _):
        return None


_CLOCKS = {
    "it is naive": "return dt.datetime.now()",
    "it is naive UTC": "return dt.datetime.now(dt.UTC).replace(tzinfo=None)",
    "its zone says nothing": "return dt.datetime.now(__import__('planted_in_ports').Zoneless())",
    "it shows UTC as another zone's time": "return dt.datetime.now(dt.UTC).replace(tzinfo=dt.timezone(dt.timedelta(hours=3)))",
    "it shows a zone's time as UTC": "return dt.datetime.now(dt.timezone(dt.timedelta(hours=3))).replace(tzinfo=dt.UTC)",
    "it shows a day": "return dt.datetime.now(dt.UTC).date()",
    "it shows a number": "return dt.datetime.now(dt.UTC).timestamp()",
    "it shows a text": "return dt.datetime.now(dt.UTC).isoformat()",
    "it shows midnight": "return dt.datetime.now(dt.UTC).replace(hour=(dt.datetime.now(dt.UTC).hour + 5) % 24)",
    "it stands still": "return vars(type(self)).get('first') or setattr(type(self), 'first', dt.datetime.now(dt.UTC)) or type(self).first",
    "it waits for ever": "__import__('threading').Event().wait()",
}
CLOCKS = {
    "it goes back": GoingBack,
    **{it: patched((_NOW, how), modules=(clock,), named="SystemClock") for it, how in _CLOCKS.items()},
}
