"""Every shipped catalogue says everything that there is to say, nothing else, and only what the code gives it."""

from __future__ import annotations

import pytest

from salesreg.commercial import COMMERCIAL
from salesreg.process import Rulebook
from salesreg.testing.catalogues import check_catalogue, english

LANGUAGES = [lang for lang in COMMERCIAL.texts.languages if lang != "en"]


def test_russian_is_shipped():
    assert LANGUAGES == ["ru"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_shipped_language_is_complete_and_says_nothing_else(lang: str):
    assert [str(one) for one in check_catalogue(COMMERCIAL, lang, ["salesreg.commercial"])] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_kernel_is_complete_without_the_shipped_pages(lang: str):
    assert [str(one) for one in check_catalogue(Rulebook("kernel"), lang)] == []


def test_a_translator_begins_with_all_of_it_in_english():
    words = english(COMMERCIAL, ["salesreg.commercial"])
    assert words.keys() >= {"sale.title", "sale.refusal.other_quote", "refusal.own_deputy", "template.remind.text"}
    assert words["refusal.wrong_role"] == "{step:step} is for {who:title}, and {name} is {got:role}"
