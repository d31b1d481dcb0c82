"""`salesreg simulate`: what would be, by a log."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from salesreg.cli.audit import MappingArgument, audited
from salesreg.cli.options import AsJson, LangOption, RulebookOption, console, option, print_json, print_line, sayer
from salesreg.cli.processes import RegulationOption

app: Final = typer.Typer(help="What would be, by a log.")


@app.callback()
def _simulate() -> None:
    """What would be, by a log."""


@app.command("staff")
def staff(
    mapping: MappingArgument,
    norm: Annotated[str, option("--norm", "The rule whose term is to be kept, such as invoice.issue.")],
    minutes: Annotated[float, option("--minutes", "How long one takes on average, in working minutes.")],
    target: Annotated[float, typer.Option("--target", help="The share that is to be done in time.")] = 0.95,
    variation: Annotated[float, typer.Option("--variation", help="The deviation of that time by its mean.")] = 1.0,
    days: Annotated[
        int | None, option("--days", "How many working days are played; by default as the log has.")
    ] = None,
    replications: Annotated[int, typer.Option("--replications", help="How often each number is played.")] = 30,
    seed: Annotated[int, typer.Option("--seed", help="The same one gives the same answer.")] = 1,
    rulebook: RulebookOption = None,
    regulation: RegulationOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Say how many people it takes so that enough is done in time: the past first, then other numbers of people."""
    import attrs
    from rich.table import Table

    from salesreg.simulation import demand, staffing

    found, locale, _ = audited(mapping, rulebook, regulation, lang)
    of = demand(found, norm)
    study = staffing(
        of, minutes=minutes, target=target, variation=variation, replications=replications, days=days, seed=seed
    )
    if as_json:
        print_json(attrs.asdict(study) | {"reproduces": study.reproduces, "people": of.people, "known": of.known})
        return
    say = sayer(locale)
    past = "The past: {people} {people:plural|person|people} kept {seen} of {known}; the model says {low} to {high}."
    low, high = f"{study.past.low:.1%}", f"{study.past.high:.1%}"
    say("cli.simulate.past", past, people=of.people, seen=f"{study.seen:.1%}", known=of.known, low=low, high=high)
    if not study.reproduces:
        wrong = (
            "The model does not reproduce the past, so its shares are worth nothing: correct --minutes, --variation."
        )
        say("cli.simulate.wrong", wrong)
        raise typer.Exit(1)
    ceiling = "Nobody exceeds {share} by hiring: what takes longer alone than the term is late anyway."
    say("cli.simulate.ceiling", ceiling, share=f"{study.ceiling:.1%}")
    heads = ("people", "share", "interval", "busy")
    table = Table(*(locale.say(f"cli.simulate.head.{head}", head) for head in heads), box=None, pad_edge=False)
    for one in study.levels:
        table.add_row(str(one.people), f"{one.share:.1%}", f"{one.low:.1%} – {one.high:.1%}", f"{one.busy:.0%}")
    console().print(table)
    if study.answer is None:
        print_line(locale.say("cli.simulate.never", "No number of people reaches {target}.", target=f"{target:.0%}"))
    else:
        enough = "{people} {people:plural|person|people}: the fewest with {target} in time, interval included."
        say("cli.simulate.answer", enough, people=study.answer, target=f"{target:.0%}")
