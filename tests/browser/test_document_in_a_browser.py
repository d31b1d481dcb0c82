"""The regulation's document in a real browser with the network off; run with `pytest -m browser`."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pypdfium2
import pytest

from salesreg.commercial import COMMERCIAL, example
from salesreg.documents import RegulationDocument, regulation_html

pytestmark = pytest.mark.browser
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ASK = """
<script>addEventListener("load", () => {
  const out = {wide: document.documentElement.scrollWidth, shown: innerWidth, schemes: {}, tables: {}};
  out.dark = getComputedStyle(document.body).backgroundColor;
  for (const one of document.querySelectorAll("section.process")) {
    out.schemes[one.id] = [...one.querySelectorAll("svg")].every(it => it.getBoundingClientRect().height > 100);
    out.tables[one.id] = one.querySelectorAll("table tr td").length;
  }
  document.title = JSON.stringify(out);
})</script>
"""


def browser(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert CHROMIUM is not None, "Debian's chromium is needed: apt-get install chromium"
    usual = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    offline = ["--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr"]
    return subprocess.run([CHROMIUM, *usual, *offline, *arguments], capture_output=True, text=True, timeout=120)


@pytest.fixture(params=["en", "ru"])
def page(request, tmp_path):
    import datetime as dt

    locale = COMMERCIAL.texts.locale(request.param)
    text = regulation_html(RegulationDocument(COMMERCIAL, example(), locale, on=dt.date(2026, 3, 2)))
    file = tmp_path / "regulation.html"
    file.write_text(text.replace("</body>", f"{ASK}</body>"), encoding="utf-8")
    return file


def asked(tmp_path, page, *arguments):
    done = browser(tmp_path, *arguments, "--dump-dom", page.as_uri())
    assert "CONSOLE" not in done.stderr
    head = done.stdout[done.stdout.index("<title>") + 7 : done.stdout.index("</title>")]
    return json.loads(head.replace("&quot;", '"').replace("&amp;", "&"))


@pytest.mark.parametrize("size", ["1200,900", "500,900"])
def test_every_process_has_its_scheme_and_table_and_nothing_is_wider_than_the_screen(tmp_path, page, size):
    found = asked(tmp_path, page, f"--window-size={size}")
    assert {f"process-{one.id}" for one in COMMERCIAL.processes} == found["schemes"].keys()
    assert all(found["schemes"].values())
    assert all(count > 10 for count in found["tables"].values())
    assert found["wide"] <= found["shown"]


def test_it_is_dark_for_those_who_want_it_dark(tmp_path, page):
    assert asked(tmp_path, page)["dark"] == "rgb(255, 255, 255)"
    assert asked(tmp_path, page, "--blink-settings=preferredColorScheme=0")["dark"] == "rgb(20, 27, 36)"


def test_it_prints_with_a_number_on_every_page_no_heading_at_a_foot_and_the_year_in_one_piece(tmp_path, page):
    file = tmp_path / "regulation.pdf"
    browser(tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={file}", page.as_uri())
    printed = pypdfium2.PdfDocument(file)
    texts = [[*filter(None, map(str.strip, one.get_textpage().get_text_range().splitlines()))] for one in printed]
    titles = {*re.findall(r"<h[2-5]>(.*?)</h", page.read_text("utf-8"))}
    assert len(texts) > 20
    for number, lines in enumerate(texts, 1):
        (said,) = [line for line in lines if re.fullmatch(r"\d+ / \d+", line)]
        assert said == f"{number} / {len(texts)}"
        above = [line for line in lines if line != said]
        assert above
        assert above[-1] not in titles
    months = [{*lines} & {"January", "December", "Январь", "Декабрь"} for lines in texts]
    assert [one for one in months if one] in ([{"January", "December"}], [{"Январь", "Декабрь"}])
