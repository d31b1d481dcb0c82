"""The regulation itself: from a draft that is discussed to a text that everybody has acknowledged (R79–R100)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final, TypeAlias

from attrs import evolve

from salesreg.calendars import Term
from salesreg.commercial.domain.plans import CompensationPlan
from salesreg.commercial.domain.versions import IN_FORCE_KEY, Comment, Question, RegulationVersion, VersionId
from salesreg.commercial.motivation.lint import plan_findings
from salesreg.commercial.roles import CEO, DEPARTMENTS, HEAD_OF_SALES, HR, STAFF
from salesreg.process import (
    Attempt,
    Charge,
    Checks,
    Each,
    Known,
    Outcome,
    Process,
    Refusal,
    Sla,
    Stage,
    Text,
    Timer,
    anywhere,
    built,
    start,
    stay,
    step,
)
from salesreg.rules import PAGE_LIMIT, SYSTEM, Norm, NormText, Parameter, Role, Severity, Strength, open_norm
from salesreg.rules.lint import lint
from salesreg.rules.texts import says_nothing

ACKNOWLEDGE = open_norm(
    "regulation_version.acknowledge",
    "Whoever is bound by the rules of a published version acknowledges its text in time.",
    "R84",
    STAFF,
    title="How long a person may take to acknowledge a published version.",
    control="the acknowledgement with the hash of the text",
    metric="K16",
)
DISCUSSED = Norm(
    "regulation_version.changes_discussed",
    "Changes of the regulation are discussed with those who work by it, and told to them.",
    "R83",
    control="the comments and the changelog",
    metric="K16",
)
CHECKABLE = Norm(
    "regulation_version.only_what_can_be_checked",
    "A rule is only what can be checked and bears on the result; a duty names who does what by when.",
    "R85",
    control="the check of the text before approval",
    metric="K16",
)
IN_WRITING = Norm(
    "regulation_version.in_writing",
    "What is agreed by word of mouth is no part of the regulation.",
    "R86",
    strength=Strength.DEFINITION,
)
KNOWN_FIRST = Norm(
    "regulation_version.no_liability_unread",
    "Nobody is held to a rule that they had not acknowledged, and nobody is ever sanctioned over a recommendation.",
    "R88",
    strength=Strength.DEFINITION,
)
PUBLISH = open_norm(
    "regulation_version.publish",
    "The head of sales publishes an approved version in time to everybody whom it binds.",
    "R83",
    HEAD_OF_SALES,
    title="How long after its approval a version is published.",
    control="the record of the publication",
    metric="share of approved versions published in time",
)
REVIEW = open_norm(
    "regulation_version.review",
    "The head of sales reviews the regulation in force against what is really done, again and again.",
    "R97",
    HEAD_OF_SALES,
    title="How long after coming into force, or after a review, the next review is due.",
    control="the record of the review",
    metric="K16",
)

People: TypeAlias = tuple[Known, ...]
Revised: TypeAlias = Outcome[RegulationVersion]

author = Charge[RegulationVersion](
    "author",
    None,
    "the author of the draft",
    put=lambda version, to, _: evolve(version, author=to, writers=(*version.writers, version.author)),
)
writers = Each[RegulationVersion](lambda version: (version.author, *version.writers), "whoever worked on the text")
invited = Each[RegulationVersion](lambda version: version.invited, "those invited to comment")
readers = Each[RegulationVersion](lambda version: version.readers, "everybody it binds")
each_reader = Each[RegulationVersion](
    lambda version: version.awaited, "each whom it binds", waiting=lambda version: version.asking
)
askers = Each[RegulationVersion](lambda version: version.answered, "whoever asked")

joined = Each[RegulationVersion](lambda version: version.just_asked, "whoever is newly asked")

NEXT_DAY: Final = Term.parse("1 business day")
ROLES_OF: Final = {one.id: frozenset(role.id for role in STAFF if role.department is one) for one in DEPARTMENTS}


def comments_open(version: RegulationVersion, attempt: Attempt) -> Checks:
    """The discussion has an end."""
    until, now = version.comments_until, attempt.at
    if until is not None and now > until:
        yield Refusal("window_closed", "the time for comments is over", need=until.isoformat(), got=now.isoformat())


def comments_over(version: RegulationVersion, attempt: Attempt) -> Checks:
    """Whoever was invited to comment has had the time to (R83)."""
    until, now = version.comments_until, attempt.at
    if until is not None and now < until:
        need, got = until.isoformat(), now.isoformat()
        yield Refusal("still_discussed", "the text is still open for comments", need=need, got=got, clause="R83")


def number_fits(version: RegulationVersion, attempt: Attempt) -> Checks:
    """The number goes up, and its major part where a rule has changed (R82)."""
    before = before_of(version, attempt)
    if before is not None:
        yield from built(lambda: version.following(before), clause="R82")


def lint_clean(version: RegulationVersion, attempt: Attempt) -> Checks:
    """Nothing is approved that nobody could keep or check; every finding is named (R85, R93, R101)."""
    given = attempt.regulation
    limit = given.value(PAGE_LIMIT) if PAGE_LIMIT.name in given.settings else None
    for one in (*lint(version.norms, limit, ROLES_OF), *plan_findings(version.plans)):
        if one.severity is Severity.ERROR or one.code == "no_deadline":
            facts = {"subject": one.subject, **one.facts}
            yield Refusal(one.code, f"{{subject}}: {one.text}", got=one.subject, facts=facts, clause=one.clause)


def date_reached(version: RegulationVersion, attempt: Attempt) -> Checks:
    """A version does not come into force before its date."""
    begins = version.effective_from
    if begins is None or attempt.at < begins:
        need, got = begins and begins.isoformat(), attempt.at.isoformat()
        yield Refusal("too_early", "its date has not come", need=need, got=got)


def concerned(version: RegulationVersion, attempt: Attempt) -> Checks:
    """Those comment on a text who were invited to, or whom it says something about."""
    me = attempt.principal
    if me.id not in {version.author, *version.writers, *version.invited} and not version.concerns(me.roles):
        facts = {"name": me.full_name}
        yield Refusal("not_concerned", "{name} is neither invited nor concerned by the text", got=me.id, facts=facts)


def is_awaited(version: RegulationVersion, attempt: Attempt) -> Checks:
    """Only those ask who are to acknowledge the text."""
    me, facts = attempt.by.id, {"name": attempt.by.full_name}
    if me not in version.awaited:
        yield Refusal("nothing_asked_of_them", "{name} is not asked to acknowledge it", got=me, facts=facts)


def before_of(version: RegulationVersion, attempt: Attempt) -> RegulationVersion | None:
    """The version before, as it stands."""
    if version.previous is None:
        return None
    found: RegulationVersion = attempt.related[version.previous].data
    return found


class RegulationVersionProcess(Process[RegulationVersion]):
    """From a draft of the regulation to a version in force that everybody has acknowledged."""

    id, version, title = "regulation_version", 1, "Regulation version"
    open_to_newcomers = True
    charges = (author,)
    searchable = {"number": lambda version: version.number, "author": lambda version: version.author}

    approver = Parameter("regulation_version.approver", Role, "Who approves a version of the regulation.", clause="R85")
    comment_window = Parameter(
        "regulation_version.comment_window", Term, "How long everybody may comment on a draft.", clause="R83"
    )
    notice = Parameter(
        "regulation_version.notice",
        Term,
        "How long before it comes into force a version is published to everybody whom it binds.",
        clause="R83",
    )
    question_pauses = Parameter(
        "regulation_version.question_pauses", bool, "Whether asking stops one's clock.", clause="R84", default=True
    )

    draft = Stage("Draft", HEAD_OF_SALES, no_term="nobody waits for a draft")
    discussion = Stage("Discussion", HEAD_OF_SALES, no_term="the version says how long comments are open")
    approved = Stage("Approved", HEAD_OF_SALES, PUBLISH)
    published = Stage(
        "Published, being acknowledged", HEAD_OF_SALES, no_term="each reader has a clock; it is in force on its date"
    )
    in_force = Stage("In force", HEAD_OF_SALES, no_term="its review has a clock of its own")
    superseded = Stage("Superseded", final=True)
    withdrawn = Stage("Withdrawn", final=True)

    # -- the text -----------------------------------------------------------------------------------------------------

    @step(start(draft), "Draft a version", by=HEAD_OF_SALES, clause="R82", norms=[IN_WRITING])
    def draft_version(
        self,
        attempt: Attempt,
        *,
        number: str,
        norms: tuple[NormText, ...],
        changelog: str = "",
        plans: tuple[CompensationPlan, ...] = (),
        enacts: str = "",
        previous: VersionId | None = None,
    ) -> Revised:
        if not norms:
            yield Refusal("no_norms", "a regulation says something", need=1, got=0)
        if previous is not None:
            if says_nothing(changelog):
                yield Refusal("no_changelog", "the changelog says what is new", need=previous, clause="R83")
            yield from self.stands(previous, attempt)
        by = attempt.principal.id
        drafted = yield from built(lambda: RegulationVersion(number, by, norms, changelog, plans, enacts, previous))
        return drafted.written_by(attempt.by.id)

    @step(stay(draft, discussion), "Revise the draft", by=HEAD_OF_SALES, clause="R82")
    def revise_version(
        self,
        version: RegulationVersion,
        attempt: Attempt,
        *,
        norms: tuple[NormText, ...],
        changelog: Text,
        number: str | None = None,
        plans: tuple[CompensationPlan, ...] | None = None,
    ) -> Revised:
        plans = version.plans if plans is None else plans
        number = number or version.number
        revised = yield from built(
            lambda: evolve(version, norms=norms, changelog=changelog, number=number, plans=plans)
        )
        return revised.written_by(attempt.principal.id).written_by(attempt.by.id)

    @step(
        draft.to(discussion), "Open the discussion", by=HEAD_OF_SALES, notify=invited, clause="R83", norms=[DISCUSSED]
    )
    def open_discussion(self, version: RegulationVersion, attempt: Attempt, *, people: People) -> Revised:
        yield from self.concerns_somebody(version, people, attempt)
        return evolve(version, comments_until=attempt.due(self.comment_window), invited=people)

    @step(
        stay(discussion),
        "Comment on the draft",
        by=STAFF,
        requires=[comments_open, concerned],
        notify=author,
        clause="R83",
        norms=[DISCUSSED],
    )
    def comment(self, version: RegulationVersion, attempt: Attempt, *, text: Text, norm: str | None = None) -> Revised:
        known = tuple(one.id for one in version.norms)
        if norm is not None and norm not in known:
            yield Refusal("no_such_norm", "the draft has no norm {got}", need=known, got=norm)
        return evolve(version, comments=(*version.comments, Comment(attempt.by.id, attempt.at, text, norm)))

    @step(
        discussion.to(approved),
        "Approve the version",
        by=approver,
        never=writers,
        requires=[comments_over, number_fits, lint_clean],
        notify=HEAD_OF_SALES,
        clause="R85",
        norms=[CHECKABLE],
    )
    def approve_version(
        self, version: RegulationVersion, attempt: Attempt, *, content_hash: str | None = None
    ) -> Revised:
        """Whoever says which text they have read does not approve another one by mistake."""
        yield from self.same_text(version, content_hash)
        return evolve(version, approved_by=attempt.by.id, approved_hash=version.content_hash)

    # -- its readers --------------------------------------------------------------------------------------------------

    @step(approved.to(published), "Publish the version", by=HEAD_OF_SALES, staff=True, notify=readers, clause="R83")
    def publish_version(
        self, version: RegulationVersion, attempt: Attempt, *, effective_from: dt.datetime, people: People = ()
    ) -> Revised:
        """It is put to everybody who works here and whom its rules bind, and to others that are named (R84)."""
        earliest = attempt.due(self.notice)
        if effective_from < earliest:
            text, need = "a version comes into force at {need} or later, not at {got}", earliest.isoformat()
            yield Refusal("short_notice", text, need=need, got=effective_from.isoformat())
        dated = self.to_look(evolve(version, effective_from=effective_from), attempt)
        return self.put_to(tuple(sorted(attempt.people)), dated, attempt)

    @step(
        stay(published, in_force),
        "Ask newcomers to acknowledge it",
        by=[HEAD_OF_SALES, HR],
        notify=readers,
        clause="R98",
    )
    def ask_to_acknowledge(self, version: RegulationVersion, attempt: Attempt, *, people: People) -> Revised:
        yield from self.concerns_somebody(version, people, attempt)
        return self.put_to(people, version, attempt)

    @step(
        stay(published, in_force),
        "Ask those who have joined",
        by=SYSTEM,
        staff=True,
        notify=joined,
        clause="R98",
    )
    def ask_joined(self, version: RegulationVersion, attempt: Attempt) -> Revised:
        """Whoever has come since, or has been given another role, is asked as newcomers are."""
        asked = self.put_to(tuple(sorted(attempt.people)), self.to_look(version, attempt), attempt)
        if asked.acknowledgements == version.acknowledgements:
            yield Refusal("nobody_joined", "nobody has joined, or been given a role, whom the rules bind")
        return asked

    @step(stay(published, in_force), "Acknowledge the text", by=STAFF, clause="R84", norms=[KNOWN_FIRST])
    def acknowledge(
        self, version: RegulationVersion, attempt: Attempt, *, content_hash: str, roles: tuple[str, ...] = ()
    ) -> Revised:
        """In all roles that the person holds, and in those that they say, such as one they are a deputy in."""
        yield from self.same_text(version, content_hash)
        strange = [one for one in roles if one not in attempt.by.roles and not version.rules(frozenset([one]))]
        if strange:
            yield Refusal("no_rules_for", "the version has no rules for {got:role}", got=strange)
        me, covered = attempt.by, attempt.by.roles | frozenset(roles)
        if attempt.on_behalf_of is None and not version.unacknowledged(me.id, covered):
            got, facts = version.number, {"name": me.full_name}
            yield Refusal("already_acknowledged", "{name} has nothing left to acknowledge", got=got, facts=facts)
        return version.signed(me.id, covered, attempt.at)

    @step(
        stay(published, in_force),
        "Ask about the text",
        by=STAFF,
        requires=[is_awaited],
        notify=HEAD_OF_SALES,
        clause="R84",
    )
    def raise_question(self, version: RegulationVersion, attempt: Attempt, *, text: Text) -> RegulationVersion:
        question = Question(attempt.by.id, text, attempt.at, self.question_pauses)
        return evolve(version, questions=(*version.questions, question))

    @step(stay(published, in_force), "Answer a question", by=HEAD_OF_SALES, notify=askers, clause="R84")
    def answer_question(
        self, version: RegulationVersion, attempt: Attempt, *, employee: Known, answer: Text
    ) -> Revised:
        """Every open question of that person is answered at once."""
        if not any(one.employee == employee and one.answer is None for one in version.questions):
            facts = {"name": attempt.person(employee).full_name}
            yield Refusal("no_question", "{name} has no open question", got=employee, facts=facts)
        return version.answering(employee, answer, attempt.by.id, attempt.at)

    # -- in force -----------------------------------------------------------------------------------------------------

    @step(
        published.to(in_force),
        "Put the version in force",
        by=SYSTEM,
        requires=[date_reached],
        notify=readers,
        clause="R98",
    )
    def put_in_force(self, version: RegulationVersion, attempt: Attempt) -> RegulationVersion:
        return self.to_review(version, attempt)

    @step(in_force.to(superseded), "Supersede the version", by=SYSTEM, clause="R82")
    def supersede_version(self, version: RegulationVersion, attempt: Attempt, *, successor: VersionId) -> Revised:
        yield from self.stands(successor, attempt)
        return evolve(version, effective_to=attempt.related[successor].data.effective_from)

    @step(stay(in_force), "Record a review", by=HEAD_OF_SALES, clause="R97")
    def record_review(self, version: RegulationVersion, attempt: Attempt, *, summary: Text) -> RegulationVersion:
        return self.to_review(version, attempt)

    @step(
        anywhere(withdrawn, but=[in_force]),
        "Withdraw the version",
        by=[HEAD_OF_SALES, CEO],
        notify=readers,
        clause="R82",
    )
    def withdraw_version(self, version: RegulationVersion, *, reason: Text) -> RegulationVersion:
        return evolve(version, withdrawn_because=reason)

    # -- clocks -------------------------------------------------------------------------------------------------------

    everybody_acknowledges = Sla(
        ACKNOWLEDGE, start=[publish_version, ask_to_acknowledge, ask_joined], stop=acknowledge, owner=each_reader
    )
    review_comes = Sla(REVIEW, start=[put_in_force, record_review], stop=record_review, owner=HEAD_OF_SALES)
    somebody_joins = Timer(ask_joined, at=lambda version: version.look_at, during=[published, in_force], again=NEXT_DAY)
    comes_into_force = Timer(put_in_force, at=lambda version: version.effective_from, during=[published])

    @classmethod
    def keys(cls, data: RegulationVersion) -> Iterable[str]:
        """The number of an approved version, and the version in force."""
        if data.approved_hash is not None and data.withdrawn_because is None:
            yield f"regulation.version:{data.number}"
        if data.review_due is not None and data.effective_to is None:
            yield IN_FORCE_KEY

    @classmethod
    def key_refusal(cls, key: str, holder: str) -> Refusal:
        """Another version has the number, or is in force."""
        kind, _, number = key.partition(":")
        if kind == "regulation.version":
            by = {"holder": holder}
            return Refusal("number_taken", "version {got} is that of case {holder}", got=number, facts=by, clause="R82")
        return Refusal("version_in_force", "version {got} is in force: draft its successor", got=holder, clause="R82")

    # -- what several steps ask and do --------------------------------------------------------------------------------

    def stands(self, case_id: str, attempt: Attempt) -> Checks:
        """The version of a case is the one in force (R82)."""
        found, need = attempt.related[case_id], self.in_force.id
        if found.stage != need:
            got, facts = found.stage, {"version": found.data.number}
            yield Refusal("not_in_force", "version {version} is not in force", need=need, got=got, facts=facts)

    def same_text(self, version: RegulationVersion, content_hash: str | None) -> Checks:
        """Whoever names a text means that of the version (R84)."""
        if content_hash is not None and content_hash != version.content_hash:
            yield Refusal(
                "other_text", "this is not the text of the version", need=version.content_hash, got=content_hash
            )

    def concerns_somebody(self, version: RegulationVersion, people: People, attempt: Attempt) -> Checks:
        """The version has rules for one of some people (R83)."""
        if not any(version.rules(attempt.person(one).roles) for one in people):
            yield Refusal("nobody_affected", "none of these people is bound by the version's rules", got=people)

    def put_to(self, people: People, version: RegulationVersion, attempt: Attempt) -> RegulationVersion:
        """The version with everybody asked to acknowledge it whom its rules bind."""
        before = before_of(version, attempt)
        for one in people:
            who = attempt.person(one)
            version = version.asked(one, who.roles, attempt.at, before, who.position)
        return version

    def to_look(self, version: RegulationVersion, attempt: Attempt) -> RegulationVersion:
        """The version with the day on which it is next looked who has joined: the next business day."""
        return evolve(version, looked_at=attempt.at, look_at=attempt.due(NEXT_DAY))

    def to_review(self, version: RegulationVersion, attempt: Attempt) -> RegulationVersion:
        """The version with the day of its next review (R97)."""
        term = attempt.regulation.term(REVIEW)
        return evolve(version, review_due=None if term is None else attempt.due(term))
