"""How wide text is, and where its lines break: the metrics of Arial, which Liberation Sans and Helvetica share."""

from __future__ import annotations

from functools import cache
from typing import Final

# Characters by their width in thousandths of the size.
_REGULAR: Final = {
    191: "'",
    222: "ijl’",
    260: "|",
    278: " !,./:;I[\\]ft·",
    333: "()-`r‹›“”",
    334: "{}",
    350: "•",
    355: '"',
    365: "г",
    389: "*",
    438: "к",
    458: "зт",
    469: "^",
    500: "Jcksvxyzсух",
    510: "э",
    521: "чь",
    531: "в",
    542: "Гпя",
    552: "н",
    556: "#$0123456789?L_abdeghnopquаеорё«»–",
    559: "ий",
    573: "бц",
    583: "Кдл",
    584: "+<=>~×",
    604: "З",
    611: "FTZТ",
    625: "ъ",
    635: "У",
    656: "БЛЬ",
    667: "&ABEKPSVXYАВЕРХЧЁ",
    669: "ж",
    677: "Д",
    688: "м",
    719: "ИЙПЭы",
    722: "CDHNRUwНСЯ",
    740: "Ц",
    750: "ю",
    760: "Ф",
    778: "GOQО",
    792: "Ъ",
    802: "ш",
    823: "фщ",
    833: "MmМ",
    885: "Ы",
    889: "%",
    917: "Ш",
    923: "Ж",
    938: "Щ",
    944: "W",
    1000: "—…→",
    1010: "Ю",
    1015: "@",
    1073: "№",
}
_BOLD: Final = {
    238: "'",
    278: " ,./I\\ijl·’",
    280: "|",
    333: "!()-:;[]`ft‹›",
    350: "•",
    389: "*r{}",
    417: "г",
    474: '"',
    490: "т",
    497: "з",
    500: "zк“”",
    552: "э",
    556: "#$0123456789J_aceksvxyаесухё«»–",
    567: "Г",
    581: "ч",
    583: "я",
    584: "+<=>^~×",
    604: "нп",
    610: "К",
    611: "?FLTZbdghnopquТор",
    615: "вийць",
    618: "б",
    622: "У",
    626: "З",
    635: "дл",
    667: "EPSVXYЕРХ",
    669: "Ё",
    702: "Л",
    703: "Ч",
    709: "ж",
    711: "Э",
    712: "Д",
    719: "БИЙПЬЯ",
    722: "&ABCDHKNRUАВНС",
    729: "ъ",
    730: "Ц",
    740: "м",
    778: "GOQwО",
    833: "MМш",
    844: "щ",
    854: "Фыю",
    870: "Ъ",
    875: "ф",
    889: "%m",
    904: "Ж",
    944: "W",
    975: "@",
    979: "Ы",
    1000: "—…→",
    1005: "Ш",
    1019: "Щ",
    1031: "Ю",
    1115: "№",
}
_UNKNOWN: Final = 1000


@cache
def _table(bold: bool) -> dict[str, int]:
    return {sign: width for width, signs in (_BOLD if bold else _REGULAR).items() for sign in signs}


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a line of text is, in the unit of its size."""
    table = _table(bold)
    return sum(table.get(sign, _UNKNOWN) for sign in text) * size / 1000


def wrapped(text: str, size: float, room: float, *, bold: bool = False) -> list[str]:
    """Lines that fit into a room; a word that is too long for it is broken."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if width(longer, size, bold=bold) <= room:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for sign in word:
            if width(lines[-1] + sign, size, bold=bold) > room:
                lines.append("")
            lines[-1] += sign
    return lines
