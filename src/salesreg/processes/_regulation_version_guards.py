"""What must hold before a regulation version is approved and put in force."""

from __future__ import annotations

from collections.abc import Iterator

from salesreg.domain.regulations import RegulationVersion
from salesreg.errors import Refusal
from salesreg.processes._case import Attempt
from salesreg.regulation import PAGE_LIMIT, Severity
from salesreg.regulation.lint import lint

__all__ = ["date_reached", "lint_clean", "number_fits", "previous_of", "window_closed"]


def previous_of(version: RegulationVersion, attempt: Attempt) -> RegulationVersion | None:
    """The version before, as it stands."""
    if version.previous is None:
        return None
    found: RegulationVersion = attempt.related[version.previous].data
    return found


def lint_clean(version: RegulationVersion, attempt: Attempt) -> Iterator[Refusal]:
    """Nothing is approved that nobody could keep or check; every finding is named (R85)."""
    given = attempt.regulation
    limit = given.value(PAGE_LIMIT) if PAGE_LIMIT.name in given.settings else None
    for finding in lint(version.norms, version.plans, limit):
        if finding.severity is Severity.ERROR or finding.code == "no_deadline":
            yield Refusal(
                finding.code,
                f"{finding.subject}: {finding.message}",
                ru=f"{finding.subject}: {finding.ru}",
                clause=finding.clause,
                need="a text without findings",
                got=finding.subject,
            )


def number_fits(version: RegulationVersion, attempt: Attempt) -> Iterator[Refusal]:
    """The number goes up, and its major part where a rule has changed (R82)."""
    before = previous_of(version, attempt)
    if before is None:
        return
    if version.order <= before.order:
        yield Refusal(
            "number_not_higher",
            f"version {version.number} does not come after {before.number}",
            ru=f"номер {version.number} не следует за {before.number}",
            clause="R82",
            need=f"a number above {before.number}",
            got=version.number,
        )
    elif version.order[0] == before.order[0] and (changed := version.changed_rules(before)):
        yield Refusal(
            "rule_in_minor_version",
            f"a minor version changes no rule, and this one changes {', '.join(changed)}",
            ru=f"малая редакция не меняет правил, а эта меняет: {', '.join(changed)}",
            clause="R82",
            need=f"version {before.order[0] + 1}.0",
            got=changed,
        )


def window_closed(version: RegulationVersion, attempt: Attempt) -> Iterator[Refusal]:
    """Whoever was invited to comment has had the time to."""
    if version.comments_until is not None and attempt.at < version.comments_until:
        yield Refusal(
            "still_discussed",
            "the text is still open for comments",
            ru="обсуждение ещё открыто",
            clause="R83",
            need=f"at or after {version.comments_until.isoformat()}",
            got=attempt.at.isoformat(),
        )


def date_reached(version: RegulationVersion, attempt: Attempt) -> Iterator[Refusal]:
    """A version does not come into force before its date."""
    if version.effective_from is None or attempt.at < version.effective_from:
        yield Refusal(
            "too_early",
            "its date has not come",
            ru="дата введения не наступила",
            clause="R98",
            need=version.effective_from and version.effective_from.isoformat(),
            got=attempt.at.isoformat(),
        )
