"""`salesreg audit questionnaire`: what a self-diagnosis asks, and what answers score."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from salesreg.cli.options import AsJson, LangOption, RulebookOption, option, print_json, print_line


def questionnaire(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="As TOML; by default the shipped one.")] = None,
    answers: Annotated[Path | None, option("--answers", "Answers to score, as TOML.", metavar="FILE")] = None,
    how: Annotated[
        Literal["md", "html", "toml"],
        typer.Option("--format", help="How to show it; toml is a file of answers to fill in."),
    ] = "md",
    rulebook: RulebookOption = None,
    lang: LangOption = "en",
    as_json: AsJson = False,
) -> None:
    """Show a questionnaire, or what answers to it score: by section, in total, and what lowered it by which clause."""
    from salesreg.cli.rulebooks import rulebook_from
    from salesreg.commercial import self_diagnosis
    from salesreg.documents.html import page_html
    from salesreg.documents.sections import written

    locale = rulebook_from(rulebook).texts.locale(lang)
    asked = self_diagnosis.load_questionnaire(file or self_diagnosis.SHIPPED)
    if how == "toml":
        if answers is not None:
            raise typer.BadParameter("toml is to be filled in: give --answers with md or html", param_hint="--format")
        for line in self_diagnosis.answer_sheet(asked, lang):
            print_line(line)
        return
    given = None if answers is None else self_diagnosis.load_answers(answers, asked)
    page = self_diagnosis.QuestionnairePage(asked, given, locale)
    if as_json:
        print_json(_plain(asked) if page.score is None else self_diagnosis.plain_score(page.score))
    elif how == "html":
        typer.echo(page_html(page.title, page.edition, page.sections(), locale), nl=False)
    else:
        typer.echo(written(page.title, page.edition, page.sections()), nl=False)


def _plain(asked: Any) -> Any:
    import attrs

    return attrs.asdict(
        asked, value_serializer=lambda _, __, value: str(value) if hasattr(value, "quantize") else value
    )
