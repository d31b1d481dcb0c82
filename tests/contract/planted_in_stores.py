"""Faults of a store, each as what is written in place of what stands in the memory store."""

import unicodedata


class Loose(dict):
    """A table that takes some keys for one another."""

    def __init__(self, alike):
        super().__init__()
        self._alike = alike

    def __setitem__(self, key, value):
        super().__setitem__(self._alike(key), value)

    def __getitem__(self, key):
        return super().__getitem__(self._alike(key))

    def __contains__(self, key):
        return super().__contains__(self._alike(key))

    def get(self, key, default=None):
        return super().get(self._alike(key), default)

    def setdefault(self, key, default=None):
        return super().setdefault(self._alike(key), default)

    def update(self, other=(), /, **more):
        for key, value in dict(other, **more).items():
            self[key] = value


def composed(text):
    return unicodedata.normalize("NFC", text)


def cut(text):
    return text[:255]


def number(text):
    return text.replace("-0", "-").removesuffix(".0")


_LOOSE = "__import__('planted_in_stores')."
_CHECK = "            self._check_versions(batch)\n"
_KEYS = "            self._keys.update(self._exchanged_keys(batch))\n"
_WROTE = "replace(case, obligations=(), begun_at=begun_at)"
_LOGGED = "replace(event, position=len(self._log) + 1)"
_OWED = "works[it.id] = Piece(it, (it.case, it.id), one.wake_at, told=told)"
_PUT = "outbox.setdefault(message.id, Piece(message, (len(outbox),), message.wake_at))"
_FOUND = "return [self._whole(case.id) for case in found[: query.limit]]"
_EARLY = {
    "its cases": "for write in batch.writes: self._write(write)",
    "its first case": "self._write(batch.writes[0]) if batch.writes and batch.writes[0].case.id in self._cases else None",
    "its events": "for event in batch.events: self._append(event)",
    "its messages": "self._put(batch.messages)",
    "its marks": "self._marks.update({name: value for name, value in batch.marks.items() if value})",
    "marks it takes away": "for name, value in batch.marks.items(): self._marks.pop(name, None) if value is None else None",
    "its command key": "self._commands.update({batch.command.key: batch.command} if batch.command else {})",
    "its obligations": "for one in batch.obligations: self._work['obligation'].setdefault(one.obligation.case, {})"
    ".setdefault(one.obligation.id, Piece(one.obligation, (one.obligation.case, one.obligation.id), one.wake_at))",
    "obligations it replaces": "for one in batch.obligations: self._work['obligation'].get(one.obligation.case, {})"
    ".update({one.obligation.id: Piece(one.obligation, (one.obligation.case, one.obligation.id), one.wake_at)})",
    "its timers": "for one in batch.writes: self._work['timer'].update({one.case.id: {it.id: Piece(it, (it.case, "
    "it.timer), it.at) for it in one.timers}} if one.timers is not None else {})",
    "its parents": "for one in batch.writes: [self._children[it].add(one.case.id) or self._parents.update({one.case.id: "
    "one.parents}) for it in one.parents or ()]",
    "its search values": "for one in batch.writes: self._search.update({one.case.id: one.search} if one.search else {})",
    "keys it takes": "for one in batch.writes: [self._keys.setdefault(key, one.case.id) for key in one.keys_taken]",
    "keys it lets go": "for one in batch.writes: [self._keys.pop(key, None) for key in one.keys_released]",
    "what it erases": "for one in batch.erased: self._erase(one)",
}
"""What a store without transactions does before it finds out that it must not."""


def _kept_after(refusal, place):
    return {
        f"after {refusal} it has kept {part}": ((place, f"            {statement}\n{place}"),)
        for part, statement in _EARLY.items()
    }


FAULTS = {
    **_kept_after("a version conflict", _CHECK),
    **_kept_after("a taken key", _KEYS),
    # -- versions, keys, commands ----------------------------------------------------------------------------------
    "a stale version is overwritten": (("if written.get(case_id, kept) != expected:", "if kept < expected - 1:"),),
    "a new case goes over one that exists": (("!= expected:", "!= expected and expected:"),),
    "versions read are not looked at": (
        ("for case_id, version in batch.read.items():", "for case_id, version in ():"),
    ),
    "a case read that is gone is no conflict": (
        ("check(case_id, version)", "case_id in self._cases and check(case_id, version)"),
    ),
    "a case read that is new is no conflict": (("check(case_id, version)", "version and check(case_id, version)"),),
    "a case cannot be written twice in a batch": (("written[write.case.id] = write.case.version", "pass"),),
    "a conflict names another case": (
        ("raise version_conflict(case_id, expected)", "raise version_conflict(batch.writes[0].case.id, expected)"),
    ),
    "a case that exists is said to have moved": (
        ("raise version_conflict(case_id, expected)", "raise version_conflict(case_id, expected or 1)"),
    ),
    "a key is taken from its holder": (("if holder not in (None, write.case.id):", "if False:"),),
    "a key that is held cannot be taken again": (("holder not in (None, write.case.id)", "holder is not None"),),
    "a key is let go by a case that does not hold it": (("if after.get(key) == write.case.id:", "if True:"),),
    "a key is never let go": (("after[key] = None", "pass"),),
    "keys are taken before any is let go": (
        (
            "        for write in batch.writes:\n            for key in write.keys_released:",
            "        for write in ():\n            for key in write.keys_released:",
        ),
        (
            "        return exchanged\n",
            "        for write in batch.writes:\n            exchanged.update({key: None for key in "
            "write.keys_released if after.get(key) == write.case.id})\n        return exchanged\n",
        ),
    ),
    "a taken key names the wrong holder": (("raise key_taken(key, holder)", "raise key_taken(key, write.case.id)"),),
    "two cases of a batch take one key": (("holder = after.get(key)", "holder = self._keys.get(key)"),),
    "an ended case loses its keys": (
        (
            _KEYS,
            _KEYS + "            ended = {one.case.id for one in batch.writes if one.case.ended}\n"
            "            self._keys = {key: it for key, it in self._keys.items() if it not in ended}\n",
        ),
    ),
    "the holder of a key is not loaded": (("for key in keys if", "for key in () if"),),
    "a command key is forgotten": (("self._commands[batch.command.key] = batch.command\n", "pass\n"),),
    "a repeated command is carried out again": (("batch.command.key in self._commands:", "False:"),),
    "a repeated command gets its own answer": (
        ("ports.Committed(self._commands[batch.command.key])", "ports.Committed(batch.command)"),
    ),
    "a repeated command still tells": (
        (
            "                return ports.Committed(self._",
            "                self._put(batch.messages)\n                return ports.Committed(self._",
        ),
    ),
    "a command is not loaded": (("None if command_key is None else self._commands.get(command_key)", "None"),),
    # -- values ----------------------------------------------------------------------------------------------------
    "microseconds of a case are cut": ((_WROTE, f"{_WROTE[:-1]}, last_at=case.last_at.replace(microsecond=0))"),),
    "time ends in 2038": (
        (_WROTE, f"{_WROTE[:-1]}, last_at=min(case.last_at, dt.datetime(2038, 1, 19, 3, 14, 7, tzinfo=dt.UTC)))"),
    ),
    "time begins in 1970": (
        (_WROTE, f"{_WROTE[:-1]}, last_at=max(case.last_at, dt.datetime(1970, 1, 1, tzinfo=dt.UTC)))"),
    ),
    "instants come back naive": ((_WROTE, f"{_WROTE[:-1]}, last_at=case.last_at.replace(tzinfo=None))"),),
    "a wall time is taken for UTC": ((_WROTE, f"{_WROTE[:-1]}, last_at=case.last_at.replace(tzinfo=dt.UTC))"),),
    "data is written anew as JSON": (
        (_WROTE, f"{_WROTE[:-1]}, data=msgspec.json.encode(msgspec.json.decode(case.data)))"),
    ),
    "long data is cut": ((_WROTE, f"{_WROTE[:-1]}, data=case.data[:65_535])"),),
    "letters beyond Latin become question marks": (
        (_WROTE, f"{_WROTE[:-1]}, data=case.data.decode().encode('latin-1', 'replace'))"),
    ),
    "blanks around a stage are trimmed": ((_WROTE, f"{_WROTE[:-1]}, stage=case.stage.strip())"),),
    "whom a case waits for is cut": ((_WROTE, f"{_WROTE[:-1]}, waits_for=case.waits_for and case.waits_for[:255])"),),
    "the head of the chain is lost": ((_WROTE, f"{_WROTE[:-1]}, head='')"),),
    "the first regulation stays": ((_WROTE, f"{_WROTE[:-1]}, regulation=self._cases.get(case.id, case).regulation)"),),
    "the first process version stays": (
        (_WROTE, f"{_WROTE[:-1]}, process_version=self._cases.get(case.id, case).process_version)"),
    ),
    "the rulebook is lost": ((_WROTE, f"{_WROTE[:-1]}, rulebook='')"),),
    "an ended case still waits for somebody": (
        (_WROTE, f"{_WROTE[:-1]}, waits_for=case.waits_for or getattr(self._cases.get(case.id), 'waits_for', None))"),
    ),
    "the beginning of a case moves": (
        (
            "self._cases[case.id].begun_at if write.expected else case.begun_at or case.last_at",
            "case.begun_at or case.last_at",
        ),
    ),
    "a case without a beginning has none": (("case.begun_at or case.last_at", "case.begun_at"),),
    "microseconds of an event are cut": ((_LOGGED, f"{_LOGGED[:-1]}, at=event.at.replace(microsecond=0))"),),
    "an event is recorded when it happened": ((_LOGGED, f"{_LOGGED[:-1]}, recorded_at=event.at)"),),
    "an event's body is written anew": (
        (_LOGGED, f"{_LOGGED[:-1]}, body=msgspec.json.encode(msgspec.json.decode(event.body)))"),
    ),
    "a long body is cut": ((_LOGGED, f"{_LOGGED[:-1]}, body=event.body[:65_535])"),),
    "an event without personal texts has empty ones": ((_LOGGED, f"{_LOGGED[:-1]}, personal=event.personal or b'')"),),
    "personal texts are lost": ((_LOGGED, f"{_LOGGED[:-1]}, personal=None)"),),
    "the hash of an event is lost": ((_LOGGED, f"{_LOGGED[:-1]}, hash='')"),),
    "ids of cases are of any letter case": (
        ("self._cases: dict[CaseId, ports.StoredCase] = {}", f"self._cases = {_LOOSE}Loose(str.casefold)"),
    ),
    "ids of cases lose blanks at their ends": (
        ("self._cases: dict[CaseId, ports.StoredCase] = {}", f"self._cases = {_LOOSE}Loose(str.rstrip)"),
    ),
    "ids of cases are cut": (
        ("self._cases: dict[CaseId, ports.StoredCase] = {}", f"self._cases = {_LOOSE}Loose({_LOOSE}cut)"),
    ),
    "ids of cases are numbers where they can be": (
        ("self._cases: dict[CaseId, ports.StoredCase] = {}", f"self._cases = {_LOOSE}Loose({_LOOSE}number)"),
    ),
    "keys are of any letter case": (
        ("self._keys: dict[str, CaseId | None] = {}", f"self._keys = {_LOOSE}Loose(str.casefold)"),
    ),
    "keys lose blanks around": (
        ("self._keys: dict[str, CaseId | None] = {}", f"self._keys = {_LOOSE}Loose(str.strip)"),
    ),
    "accents of keys are composed": (
        ("self._keys: dict[str, CaseId | None] = {}", f"self._keys = {_LOOSE}Loose({_LOOSE}composed)"),
    ),
    "command keys are of any letter case": (
        ("self._commands: dict[str, ports.Command] = {}", f"self._commands = {_LOOSE}Loose(str.lower)"),
    ),
    "ids of messages are of any letter case": (
        ('"message": {"": {}}', f'"message": {{"": {_LOOSE}Loose(str.lower)}}'),
    ),
    "long marks are cut": (
        (
            "marks = {**self._marks, **batch.marks}",
            "marks = {**self._marks, **{name: value and value[:255] for name, value in batch.marks.items()}}",
        ),
    ),
    "an empty mark is none": (("if value is not None}\n", "if value}\n"),),
    "marks are replaced as a whole": (("marks = {**self._marks, **batch.marks}", "marks = batch.marks"),),
    "a mark is not taken away": (
        ("if value is not None}\n", "} | {name: self._marks[name] for name in self._marks}\n"),
    ),
    "marks are found by what is in their names": (("if name.startswith(prefix)", "if prefix in name"),),
    "marks come in any order": (
        ("in sorted(self._marks.items()) if name", "in sorted(self._marks.items())[::-1] if name"),
    ),
    # -- obligations and timers --------------------------------------------------------------------------------------
    "an obligation is put in a second time": (
        (_OWED, "works[f'{it.id}.{len(works)}'] = Piece(it, (it.case, it.id), one.wake_at)"),
    ),
    "an obligation that changes moves to the end": ((_OWED, f"works.pop(it.id, None); {_OWED}"),),
    "microseconds of due instants are cut": (
        (_OWED, f"it = replace(it, due=it.due and it.due.replace(microsecond=0)); {_OWED}"),
    ),
    "pauses are lost": ((_OWED, f"it = replace(it, pauses=()); {_OWED}"),),
    "what an entry corrects is lost": ((_OWED, f"it = replace(it, corrects=None); {_OWED}"),),
    "how often it moved is lost": ((_OWED, f"it = replace(it, moved=0); {_OWED}"),),
    "an obligation that a commit replaced keeps its lease": (
        (_OWED, f"old = works.get(it.id); {_OWED}; old and (setattr(works[it.id], 'token', old.token))"),
    ),
    "what was told is told again": (
        ("told = works[it.id].told if it.id in works and", "told = () if it.id in works and"),
    ),
    "what was told of another deadline counts": (("and _alike(works[it.id].body, it) else ()", "else ()"),),
    "met obligations come with their case": (
        (
            "frozenset({ObligationStatus.OPEN, ObligationStatus.PAUSED})",
            "frozenset(set(ObligationStatus) - {'cancelled'})",
        ),
    ),
    "paused obligations do not come with their case": (
        ("frozenset({ObligationStatus.OPEN, ObligationStatus.PAUSED})", "frozenset({ObligationStatus.OPEN})"),
    ),
    "obligations of ended cases do not come with them": (
        (
            "obligations=tuple(self._owed(case_id)))",
            "obligations=() if self._cases[case_id].ended else tuple(self._owed(case_id)))",
        ),
    ),
    "obligations of ended cases are not found": (
        (
            'every = [work.body for work in self._all("obligation")]',
            'every = [work.body for work in self._all("obligation") if not self._cases[work.body.case].ended]',
        ),
    ),
    "obligations that are met are thrown away": ((_OWED, f"{_OWED}; it.closed_at and works.pop(it.id)"),),
    "timers end when nothing is said of them": (
        ("if write.timers is not None:", "if True:"),
        ("for one in write.timers}", "for one in write.timers or ()}"),
    ),
    "timers are added to those that there were": (
        ('self._work["timer"][case.id] = timers', 'self._work["timer"].setdefault(case.id, {}).update(timers)'),
    ),
    "timers of ended cases go off": (
        (
            'self._work["timer"][case.id] = timers',
            'self._work["timer"][case.id] = timers or self._work["timer"].get(case.id, {})',
        ),
    ),
    # -- claims ------------------------------------------------------------------------------------------------------
    "a stale lease settles": (("or work.token != claim.token:", "or False:"),),
    "every lease has one token": (("secrets.token_hex(8)", "'token'"),),
    "a lease ends at once": (("token, now + lease", "token, now"),),
    "a lease never ends": (("token, now + lease", "token, now + lease * 1000"),),
    "a lease ends a moment late": (("self.lease_until > now", "self.lease_until >= now"),),
    "work is due a moment late": (("self.wake_at > now else", "self.wake_at >= now else"),),
    "work is due within the second": (("self.wake_at > now else", "self.wake_at.replace(microsecond=0) > now else"),),
    "as much is claimed as there is": (("in free[:limit]:", "in free:"),),
    "one too many is claimed": (("in free[:limit]:", "in free[: limit + 1]:"),),
    "the last due is claimed first": (("in free[:limit]:", "in free[::-1][:limit]:"),),
    "no more than a thousand are claimed": (("in free[:limit]:", "in free[: min(limit, 1000)]:"),),
    "tries are not counted": (("work.attempts + 1, token", "work.attempts, token"),),
    "what was told does not come with the claim": (("work.body, work.told))", "work.body))"),),
    "a claim may be settled twice": (("work.token = work.lease_until = None", "work.lease_until = None"),),
    "what an outcome tells is lost": (("self._put(outcome.messages)", "pass"),),
    "the reason for a delay is lost": (("work.reason = work.reason if reason is None else reason", "pass"),),
    "no time to try counts as a reason": (("work.reason if reason is None else reason", "reason or ''"),),
    "dead work comes back": (
        (
            "reason, work.attempts = settled(claim, outcome)",
            "reason, work.attempts = settled(claim, outcome)\n"
            "        work.wake_at = work.wake_at or (claim.wake_at if work.state == 'dead' else None)",
        ),
    ),
    "a retry comes back at once": (
        (
            "reason, work.attempts = settled(claim, outcome)",
            "reason, work.attempts = settled(claim, outcome)\n        work.wake_at = work.wake_at and claim.wake_at",
        ),
    ),
    "only the last that was told is remembered": (
        ("work.told = (*work.told, *outcome.told)", "work.told = outcome.told"),
    ),
    "a lost lease spoils those settled with it": (
        (
            "return [self._settle(claim, outcome) for claim, outcome in outcomes]",
            "done = [self._settle(claim, outcome) for "
            "claim, outcome in outcomes]; return done if all(done) else [False] * len(done)",
        ),
    ),
    "work put back has used up its tries": (('"waiting", now, 0, ""', '"waiting", now, work.attempts, ""'),),
    "work put back keeps its old reason": (('"waiting", now, 0, ""', '"waiting", now, 0, work.reason'),),
    "what waits is put back too": ((' and work.stands(kind) == "dead"]', "]"),),
    "work put back is nobody's to claim": (('"waiting", now, 0, ""', '"waiting", None, 0, ""'),),
    "what is leased is the next": (("if it.wake_at and not it.leased(now)]", "if it.wake_at]"),),
    "what is leased is not due": (("if it.wake_at and it.wake_at <= now)", "if it.due(now))"),),
    "what is due now is overdue": (("it.due is not None and it.due < now)", "it.due is not None and it.due <= now)"),),
    "what is met is overdue": (("if it.status is ObligationStatus.OPEN and it.due", "if it.due"),),
    "dead work of any kind is counted as messages": (
        ("dead = {kind: sum(1 for it in works if", "dead = {kind: sum(1 for it in every['message'] if"),
    ),
    "looking again wakes what is met": (
        ("if work.body.closed_at is None and work.body.due is not None:", "if work.body.due is not None:"),
    ),
    "looking again leaves what is paused": (
        ("if work.body.closed_at is None and", "if work.body.status is ObligationStatus.OPEN and"),
    ),
    "looking again does nothing": (("                    work.wake_at = now\n", "                    pass\n"),),
    # -- the outbox --------------------------------------------------------------------------------------------------
    "a message of the same id is told again": (
        (_PUT, _PUT.replace("setdefault(message.id", "__setitem__(message.id")),
    ),
    "a message does not wait for its time": ((_PUT, _PUT.replace("message.wake_at", "message.at")),),
    "the second message of a batch is lost": ((_PUT, f"outbox.pop(message.id, None) if len(outbox) % 2 else {_PUT}"),),
    "long texts are cut": ((_PUT, f"message = replace(message, text=message.text[:65_535]); {_PUT}"),),
    "line breaks become blanks": (
        (_PUT, f"message = replace(message, text=' '.join(message.text.split('\\n'))); {_PUT}"),
    ),
    "facts of a message are lost": ((_PUT, f"message = replace(message, payload={{}}); {_PUT}"),),
    "a message forgets that it goes with others": ((_PUT, f"message = replace(message, digest=False); {_PUT}"),),
    "messages come the newest first": (("if work.state == state][:limit]", "if work.state == state][::-1][:limit]"),),
    "all messages are listed whatever became of them": (("if work.state == state][:limit]", "][:limit]"),),
    "no more than a thousand messages are listed": (
        ("if work.state == state][:limit]", "if work.state == state][: min(limit, 1000)]"),
    ),
    "messages lose the reason": (("return [(work.body, work.reason) for", "return [(work.body, '') for"),),
    "work is listed without end": (("for work in found[:limit]]", "for work in found]"),),
    # -- queries -----------------------------------------------------------------------------------------------------
    "a page begins with the end of the one before": (("else place(case) > end)]", "else place(case) >= end)]"),),
    "a page downwards begins with the end of the one before": (("(place(case) < end if", "(place(case) <= end if"),),
    "every page is the first": (("if query.after is not None:", "if query.after is not None and query.after == ' ':"),),
    "a page has one too many": ((_FOUND, _FOUND.replace("query.limit]", "query.limit + 1]")),),
    "a page has one too few": ((_FOUND, _FOUND.replace("query.limit]", "max(query.limit - 1, 1)]")),),
    "no page is longer than a thousand": ((_FOUND, _FOUND.replace("query.limit]", "min(query.limit, 1000)]")),),
    "cases of one instant are passed over between pages": (
        (
            "end = (query.after_at or self._cases[query.after].last_at, query.after)",
            "end = (query.after_at or self._cases[query.after].last_at, '' if descending else '\\U0010ffff')",
        ),
    ),
    "a page goes on from where its last case now stands": (("(query.after_at or self._cases", "(self._cases"),),
    "a page after a case that is gone is empty": (
        ('raise CaseNotFound(f"no case', 'return []; raise CaseNotFound(f"no case'),
    ),
    "cases come as they were written": (
        (
            "found = sorted(self._described(query), key=place, reverse=descending)",
            "found = list(self._described(query))",
        ),
    ),
    "cases come in the order of a dictionary": (
        ('attrgetter("id") if by_id', "(lambda it: (it.id.casefold(), it.id)) if by_id"),
        ("end: Any = query.after\n", "end: Any = (query.after.casefold(), query.after)\n"),
    ),
    "downwards is upwards": (
        ("key=place, reverse=descending)", "key=place)"),
        ("(place(case) < end if descending else", "(False if False else"),
    ),
    "a count ends with the page": (("return sum(1 for _ in self._described(query))", "return len(self.find(query))"),),
    "a query by key looks at nothing else": (
        (
            "            ids = filter(None, [self._keys.get(query.key)])",
            "            yield from map(self._cases.__getitem__, filter(None, [self._keys.get(query.key)]))\n            return",
        ),
    ),
    "a query by key finds what let it go": (("ids = filter(None, [self._keys.get(query.key)])", "pass"),),
    "the process is not looked at": (
        ("query.process in (None, case.process)\n                and query.stage", "query.stage"),
    ),
    "the stage is not looked at beside a process": (
        ("and query.stage in (None, case.stage)", "and (query.process or query.stage in (None, case.stage))"),
    ),
    "ended cases are found among those running": (
        ("and query.ended in (None, case.ended)", "and query.ended in (None, False, case.ended)"),
    ),
    "a query by parent finds the parent's other children": (
        ("query.parent in self._parents.get(case.id, ())", "True"),
        ("ids = self._children.get(query.parent, ())", "pass"),
    ),
    "only the first whom they wait for is looked for": (
        ("case.waits_for in query.waits_for)", "case.waits_for == query.waits_for[0])"),
    ),
    "since leaves out its own instant": (("case.last_at >= query.since)", "case.last_at > query.since)"),),
    "until takes in its own instant": (("case.last_at < query.until)", "case.last_at <= query.until)"),),
    "one condition of where is enough": (
        ("and all(self._found_under(", "and (not query.where or any(self._found_under("),
        ("for each in query.where.items())\n", "for each in query.where.items()))\n"),
    ),
    "where minds letter case": (
        ("value.casefold()) for name, value in write.search)", "value) for name, value in write.search)"),
        ("startswith(wanted[:-1].casefold())", "startswith(wanted[:-1])"),
        ("return wanted.casefold() in values", "return wanted in values"),
    ),
    "where looks anywhere in a value": (
        ("any(value.startswith(wanted[:-1].casefold()) for", "any(wanted[:-1].casefold() in value for"),
    ),
    "where takes every value for a beginning": (
        ("return wanted.casefold() in values", "return any(value.startswith(wanted.casefold()) for value in values)"),
    ),
    "where looks under every name": (
        ("self._search.get(case_id, ()) if each == name]", "self._search.get(case_id, ())]"),
    ),
    "only one value of a name is kept": (
        (
            "self._search[case.id] = tuple((name, value.casefold()) for name, value in write.search)",
            "self._search[case.id] = tuple((name, value.casefold()) for name, value in dict(write.search).items())",
        ),
    ),
    "old search values stay": (
        ("self._search[case.id] = tuple(", "self._search[case.id] = self._search.get(case.id, ()) + tuple("),
    ),
    "search values end when nothing is said of them": (
        ("if write.search is not None:", "if True:"),
        ("for name, value in write.search)", "for name, value in write.search or ())"),
    ),
    "old parents stay": (
        (
            "self._parents[case.id] = write.parents",
            "self._parents[case.id] = (*self._parents.get(case.id, ()), *write.parents)",
        ),
        ("self._children[parent].discard(case.id)", "pass"),
    ),
    "whoever owes in person is idle": (
        ("return it.role in owners or it.person in owners", "return it.role in owners"),
    ),
    "whoever has done it is not idle": (
        (
            "for each in self._owed(case.id))",
            "for each in (it.body for it in self._work['obligation'].get(case.id, {}).values()))",
        ),
    ),
    "obligations come as they were opened": (
        (
            "return sorted((it for it in found if not ends or _due(it) > ends[0]), key=_due)",
            "return list(it for it in found if not ends or _due(it) > ends[0])",
        ),
    ),
    "obligations without a due instant come first": (
        ("return it.due or _LAST, it.id", "return it.due or dt.datetime.min.replace(tzinfo=dt.UTC), it.id"),
    ),
    "a page of obligations begins with the end of the one before": (("_due(it) > ends[0])", "_due(it) >= ends[0])"),),
    "obligations due together are passed over between pages": (("_due(it) > ends[0])", "_due(it)[0] > ends[0][0])"),),
    "a page of obligations after one that is gone is the first": (
        ("if query.after is not None and not ends:", "if False:"),
    ),
    "pages of obligations have no end": (("key=_due)[: query.limit]", "key=_due)"),),
    "no more than a thousand obligations": (("key=_due)[: query.limit]", "key=_due)[: min(query.limit, 1000)]"),),
    "obligations are found as they were stored": (
        ("it.status if query.at is None else it.status_at(query.at)", "it.status"),
    ),
    "obligations due at an instant are due before it": (("it.due < query.due_before)", "it.due <= query.due_before)"),),
    "obligations without a due instant are due before any": (
        ("(it.due is not None and it.due < query.due_before)", "(it.due is None or it.due < query.due_before)"),
    ),
    "obligations without a due instant are never due from": (
        ("it.due is None or it.due >= query.due_from)", "(it.due is not None and it.due >= query.due_from))"),
    ),
    "the norm is not looked at": (("        and query.norm in (None, it.norm)\n", ""),),
    "the case of obligations is not looked at beside owners": (
        ("query.case in (None, it.case)\n", "(query.owners or query.case in (None, it.case))\n"),
    ),
    "the log is read from one too far": (
        ("iter(self._log[after:][:limit])", "iter(self._log[after + 1 if after else 0:][:limit])"),
    ),
    "the log begins with the event before": (
        ("iter(self._log[after:][:limit])", "iter(self._log[max(after - 1, 0):][:limit])"),
    ),
    "a page of the log has no end": (("iter(self._log[after:][:limit])", "iter(self._log[after:])"),),
    "events of a case begin with the one before": (
        ("if event.position > after][:limit])", "if event.position >= after][:limit])"),
    ),
    "events of a case come the last first": (
        ("if event.position > after][:limit])", "if event.position > after][:limit][::-1])"),
    ),
    "no more than a thousand events": (
        ("iter(self._log[after:][:limit])", "iter(self._log[after:][: min(limit, 1000)])"),
    ),
    "events of one batch come in the order of their cases": (
        ("for event in batch.events:", "for event in sorted(batch.events, key=lambda it: it.case):"),
    ),
    "ended cases are running": (("                if not case.ended\n", ""),),
    "running cases of all rulebooks are one": (("case.regulation, case.rulebook)", "case.regulation, '')"),),
    "a fingerprint is that of every version": (
        ("self._fingerprints[process, version, rulebook] =", "self._fingerprints[process, 1, rulebook] ="),
    ),
    "the first fingerprint stays": (
        (
            "self._fingerprints[process, version, rulebook] = fingerprint",
            "self._fingerprints.setdefault((process, version, rulebook), fingerprint)",
        ),
    ),
    # -- all of it ---------------------------------------------------------------------------------------------------
    "a snapshot changes with the store": (("tables = {name: _copied(value) for", "tables = {name: value for"),),
    "a snapshot shares the outbox": (
        (
            "if isinstance(value, Piece):\n        return replace(value)",
            "if isinstance(value, Piece):\n        return value",
        ),
        (
            "copy.update({key: _copied(one) for key, one in value.items()})",
            "copy.update({key: one if key == '' else _copied(one) for key, one in value.items()})",
        ),
    ),
    "an archive lacks commands": (
        ("yield from (ports.KeptCommand(command) for _, command in sorted(self._commands.items()))", "pass"),
    ),
    "an archive lacks delivered messages": (
        (
            "            yield ports.KeptMessage(work.body,",
            "            if work.state != 'delivered': yield ports.KeptMessage(work.body,",
        ),
    ),
    "an archive lacks what was told": (
        ("reason=work.reason, told=work.told, **state)", "reason=work.reason, **state)"),
    ),
    "an archive lacks timers": (("tuple(search), timers, owed)", "tuple(search), (), owed)"),),
    "restoring writes over what is there": (
        ("case ports.KeptCase(case=case) if case.id not in self._cases:", "case ports.KeptCase(case=case):"),
        ("if event.version not in {one.version for one in self._history.get(event.case, ())}:", "if True:"),
    ),
    "restoring forgets keys": (("self._keys.update(dict.fromkeys(kept.keys, case.id))", "pass"),),
    "restoring forgets how work stands": (
        (
            'self._work["obligation"][case.id] = {\n                    it.id: _stood(it, (it.case, it.id), its)',
            'self._work["obligation"][case.id] = {\n                    it.id: Piece(it, (it.case, it.id), its.wake_at)',
        ),
    ),
    "restoring puts back no mark": (("self._marks |= {} if value is None else {name: value}", "pass"),),
    "restoring takes no mark away": (("self._marks.pop(name, None)", "pass"),),
    "clearing out takes dead messages": (
        ('frozenset({"delivered", "dropped"})', 'frozenset({"delivered", "dropped", "dead"})'),
    ),
    "clearing out takes what waits": (
        ("if work.state in _SETTLED and work.body.at < before]", "if work.state != 'dead' and work.body.at < before]"),
    ),
    "clearing out takes what is of that instant": (("work.body.at < before]", "work.body.at <= before]"),),
    "clearing out leaves command keys": (("not in set(known)}", "}"),),
    "erasing leaves facts of messages": (("replace(message, payload=payload, **said)", "replace(message, **said)"),),
    "erasing reaches other cases": (("            if message.case != erased.case:\n                continue\n", ""),),
    "erasing leaves what a command asked for": (('self._commands[key] = replace(command, fingerprint="")', "pass"),),
    "erasing leaves the log": (("self._log = list(map(bare, self._log))", "pass"),),
    "a closed store answers": (
        ("        if self._closed:\n            raise", "        if False:\n            raise"),
    ),
    "closing twice is an error": (
        ("        self._closed = True\n", "        self._locked()\n        self._closed = True\n"),
    ),
    "a closed store raises something else": (('raise StoreUnavailable("the store', 'raise ValueError("the store'),),
    "a closed store still lists everything": (("        self._locked()  # which a closed store refuses\n", ""),),
    "two stores share their keys": (
        ("self._keys: dict[str, CaseId | None] = {}", "self._keys = _SHARED"),
        ("_SETTLED: Final = frozenset(", "_SHARED: Any = {}\n_SETTLED: Final = frozenset("),
    ),
    # -- several at once ---------------------------------------------------------------------------------------------
    "a batch is half visible": (
        (
            "            for write in batch.writes:\n                self._write(write)\n            for event in batch.events:",
            "            pass\n"
            "        for write in batch.writes:\n            with self._locked():\n                self._write(write)\n            __import__('time').sleep(0.0005)\n"
            "        with self._locked():\n            for event in batch.events:",
        ),
    ),
    "events become visible before their cases": (
        (
            "            for write in batch.writes:\n                self._write(write)\n            for event in batch.events:\n                self._append(event)\n",
            "            pass\n        for event in batch.events:\n            with self._locked():\n                self._append(event)\n            __import__('time').sleep(0.0005)\n"
            "        with self._locked():\n            for write in batch.writes:\n                self._write(write)\n",
        ),
    ),
    "versions are checked before the store is locked": (
        (
            "    def commit(self, batch: ports.Batch) -> ports.Committed:\n        with self._locked():\n            if batch.command is not None and batch.command.key in self._commands:\n                return ports.Committed(self._commands[batch.command.key])\n            self._check_versions(batch)\n",
            "    def commit(self, batch: ports.Batch) -> ports.Committed:\n        self._check_versions(batch)\n        __import__('time').sleep(0.0005)\n        with self._locked():\n            if batch.command is not None and batch.command.key in self._commands:\n                return ports.Committed(self._commands[batch.command.key])\n",
        ),
    ),
    "work is handed out before it is marked": (
        (
            "            token = secrets.token_hex(8)\n            claims = []\n",
            "            token = secrets.token_hex(8)\n            claims = []\n        __import__('time').sleep(0.0005)\n        with self._locked():\n",
        ),
    ),
    "whoever is alone is not": (("        with self._locked():\n            yield\n", "        yield\n"),),
    "whoever is alone stops themselves": (("self._lock = threading.RLock()", "self._lock = threading.Lock()"),),
    "a second commit waits for ever": (
        (
            "            self._check_versions(batch)\n",
            "            self._check_versions(batch)\n            self._log and __import__('time').sleep(60)\n",
        ),
    ),
    "a log that is written while it is read has no end": (
        ("return iter(self._log[after:][:limit])", "return (it for it in self._log if it.position > after)"),
    ),
    "an archive that breaks off is taken in up to there": (
        ("        whole = list(kept)  # what breaks off while it is read is not taken in\n", "        whole = kept\n"),
    ),
    "what was loaded is remembered until a commit": (
        (
            "None if command_key is None else self._commands.get(command_key)",
            "self.__dict__.setdefault('_memo', {}).setdefault(command_key, found) if command_key and (found := self._commands.get(command_key)) else self.__dict__.get('_memo', {}).get(command_key)",
        ),
    ),
}
