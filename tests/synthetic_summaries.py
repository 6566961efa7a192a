"""Synthetic state summaries: invented figures in the form of the published ones, in wordings of our own.

One wording for each edition from 2018 to 2023, as text and as PDF, with the ways in which text gets spoilt on its way out
of a PDF. Nothing here is a published figure.
"""

import random
import re
from dataclasses import dataclass
from pathlib import Path

from lib import data

EDITIONS = range(2018, 2024)
_WITH_THE = {"DC", "MP", "VI"}
_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


@dataclass(frozen=True)
class Figures:
    """What a synthetic summary states; `values` and `ranks` by (place, court, year, metric)."""

    usps: str
    name: str
    edition: int
    values: dict[tuple[str, str, int, str], int]
    ranks: dict[tuple[str, str, int, str], int]

    def of(self, metric: str, place: str | None = None, year: int | None = None, court: str = "") -> int:
        return self.values[(place or self.usps, court, year or self.edition, metric)]

    def rank(self, metric: str) -> str:
        return ordinal(self.ranks[(self.usps, "", self.edition, metric)])


def ordinal(number: int) -> str:
    suffix = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def figures(usps: str, edition: int) -> Figures:
    """Invented figures that could be true together, always the same for one place and edition."""
    draw = random.Random(f"{usps} {edition}")
    name = data.jurisdictions().set_index("usps").name[usps]
    new = draw.choice([0, 1, 1, 2, 7, 12, 23])
    convicted = draw.choice([0, 1, 3, 9, 14])
    ordered = draw.randint(0, convicted)
    nation = {
        "new_criminal_cases": draw.randint(120, 300),
        "active_criminal_cases": draw.randint(500, 900),
        "convictions": draw.randint(100, 400),
        "new_defendants": draw.randint(200, 1_200),
        "mean_sentence_months": draw.randint(100, 180),
    }
    state = {
        "new_criminal_cases": new,
        "active_criminal_cases": new + draw.randint(0, 40),
        "convictions": convicted,
        "restitution_ordered": ordered,
        "restitution_convicted": convicted,
        "outside_tvpa_cases": draw.randint(0, 40),
    }
    if edition in {2020, 2021, 2023}:
        state["new_labor_cases"] = draw.randint(0, new)
        state["new_sex_cases"] = new - state["new_labor_cases"]
    if convicted and edition != 2018:
        state["restitution_pct"] = round(100 * ordered / convicted)
    values = {(usps, "", edition, metric): value for metric, value in state.items()}
    values |= {("US", "", edition, metric): value for metric, value in nation.items()}
    values |= {("US", "", edition - 1, metric): value + draw.randint(1, 60) for metric, value in nation.items()}
    values |= {("US", "", edition, "restitution_pct"): 33, ("US", "", edition, "outside_tvpa_cases"): 100}
    ranked = ["new_criminal_cases", "active_criminal_cases", "convictions"]
    ranked.append("restitution_ordered" if edition == 2018 else "restitution_pct")
    ranks = {(usps, "", edition, metric): draw.randint(1, 56) for metric in ranked}
    courts = data.districts()[data.districts().jurisdiction == usps].court_id.tolist()
    if edition in {2019, 2022} and len(courts) > 1:
        for metric in ("new_criminal_cases", "convictions"):
            cuts = sorted(draw.randint(0, state[metric]) for _ in courts[1:])
            parts = [b - a for a, b in zip([0, *cuts], [*cuts, state[metric]], strict=True)]
            values |= {(usps, court, edition, metric): n for court, n in zip(courts, parts, strict=True)}
    return Figures(usps, name, edition, values, ranks)


def _count(number: int, edition: int) -> str:
    """Digits in some editions, words up to twelve in others."""
    if edition in {2020, 2022} and number < len(_WORDS):
        return "no" if number == 0 else _WORDS[number]
    return str(number)


_SHORT = {
    "n": "new_criminal_cases",
    "sex": "new_sex_cases",
    "labor": "new_labor_cases",
    "a": "active_criminal_cases",
    "c": "convictions",
    "o": "restitution_ordered",
    "of": "restitution_convicted",
    "p": "restitution_pct",
    "x": "outside_tvpa_cases",
}
_COURT_2020 = {
    "outside": "Besides, {x} sex trafficking case{xs} charged outside the TVPA came before a judge in {S} in {y}.",
    "new": "There {n_was} {n} new criminal human trafficking case{ns} in {S} in {y}, a place tied at {r_n} of all. Of these, "
    "{sex} {sex_was_a} sex trafficking case{sexs} and {labor} {labor_was_a} forced labor case{labors}.",
    "active": "{Subject} had {a} active criminal case{as} in {y}, ranking T-{r_a}.",
    "convictions": "In {S}, {c} defendant{cs} {c_was} convicted in {y}, ranking {r_c} in the U.S.",
    "restitution": "In {S}, {o} of the {of} convicted defendant{ofs} {of_was} ordered to pay restitution{pct} in {y}, "
    "ranking {r_paid} by percentage of defendants owing restitution.",
}
_LATE = {
    "outside": "“In {y}, federal prosecutors in {S} brought **{x} sex trafficking case{xs}** charged outside of the TVPA.”",
    "new": "Federal prosecutors in {S} initiated **{n} new criminal human trafficking case{ns}** in {y}, "
    "placing it _{r_n}_ among all jurisdictions for number of new cases.",
    "active": "Federal courts in {S} worked on **{a} active criminal human trafficking case{as}** in {y}, "
    "placing it _{r_a}_ among all jurisdictions for number of active cases.",
    "convictions": "Federal courts in {S} convicted **{c} defendant{cs}** in {y}, "
    "placing it _{r_c}_ among all jurisdictions for number of defendants convicted.",
    "restitution": "Federal courts in {S} required **{o} out of {of} convicted defendant{ofs} to pay restitution**{pct} in {y}, "
    "placing it _{r_paid}_ among all jurisdictions for share of defendants required to pay restitution.",
}
#: One wording for each edition.
_WORDINGS = {
    2018: {
        "outside": "In {y}, federal prosecutors in {S} filed {x} sex trafficking case{xs} outside the TVPA.",
        "new": "In {y}, federal prosecutors in {S} filed {n} new trafficking case{ns}, tied for {r_n} in the country.",
        "active": "In {y}, federal courts in {S} had {a} active trafficking case{as}, tied for {r_a} in the country.",
        "convictions": "In {y}, federal courts in {S} convicted {c} defendant{cs}, placing it {r_c}.",
        "restitution": "In {y}, federal judges in {S} ordered {o} of {of} defendant{ofs} to pay restitution, "
        "placing it {r_paid} for the number of restitution orders.",
    },
    2019: {
        "outside": "Prosecutors also used other laws: federal prosecutors in {S} brought {x} sex trafficking case{xs} outside "
        "of the TVPA during {y}.",
        "new": "Federal prosecutors in {S} brought {n} new criminal human trafficking case{ns} during {y}, "
        "which ranked it {r_n} nationwide for the number of new cases.",
        "active": "Federal courts in {S} saw {a} active criminal human trafficking case{as} during {y}, "
        "which ranked it {r_a} nationwide for the number of active cases.",
        "convictions": "Federal courts in {S} convicted {c} human trafficking defendant{cs} during {y}, "
        "which ranked it {r_c} nationwide for the number of convicted defendants.",
        "restitution": "Federal judges in {S} ordered {o} out of {of} defendant{ofs} to pay restitution{pct} during {y}, "
        "which ranked it {r_paid} nationwide for the percentage of defendants with a restitution order.",
    },
    2020: _COURT_2020,
    2021: _COURT_2020,
    2022: _LATE,
    2023: _LATE
    | {
        "new": _LATE["new"].replace("** in", "** ({sex} sex trafficking, {labor} forced labor) in"),
        "active": _LATE["active"].replace("active", "pending"),
    },
}


def sentences(f: Figures) -> dict[str, str]:
    """The statements about the state, in the wording of the edition; `**` and `_` are marks of Markdown."""
    place = f"the {f.name}" if f.usps in _WITH_THE else f.name
    words = {"S": "the Commonwealth of the Northern Mariana Islands" if f.usps == "MP" else place, "y": str(f.edition)}
    for short, metric in _SHORT.items():
        if (number := f.values.get((f.usps, "", f.edition, metric))) is not None:
            was = "was" if number == 1 else "were"
            words |= {short: _count(number, f.edition), f"{short}s": "" if number == 1 else "s", f"{short}_was": was}
            words[f"{short}_was_a"] = "was a" if number == 1 else "were"
        if (f.usps, "", f.edition, metric) in f.ranks:
            words[f"r_{short}"] = f.rank(metric)
    words["r_paid"] = f.rank("restitution_ordered" if f.edition == 2018 else "restitution_pct")
    with_share = f.edition in {2019, 2021, 2023} and "p" in words
    words["pct"] = f" ({f.of('restitution_pct')}%)" if with_share else ""
    words["Subject"] = words["S"][0].upper() + words["S"][1:]
    return {about: sentence.format(**words) for about, sentence in _WORDINGS[f.edition].items()}


def parts(f: Figures) -> list[tuple[str, list[str]]]:
    """Headings and paragraphs in the order of the published form: the state, then the nation."""
    said, year = sentences(f), f.edition
    us = {key[3]: value for key, value in f.values.items() if key[0] == "US" and key[2] == year}
    before = {key[3]: value for key, value in f.values.items() if key[0] == "US" and key[2] == year - 1}
    names = data.districts().set_index("court_id").name
    district: dict[str, list[str]] = {"new_criminal_cases": [], "convictions": []}
    for (_, court, _, metric), value in f.values.items():
        if court:
            district[metric].append(f"{names[court].replace(f.name, '').strip()} District of {f.name} {value}")
    share = [] if f.values.get((f.usps, "", year, "restitution_pct")) is None else [f"{f.of('restitution_pct')}%"]
    labels = ["NEW CASES", "NEW DEFENDANTS", "ACTIVE CASES", "CONVICTIONS", "MONTHS PRISON SENTENCE, ON AVERAGE"]
    metrics = ["new_criminal_cases", "new_defendants", "active_criminal_cases", "convictions", "mean_sentence_months"]
    found = [f"{us[m]:,} {label}\n{before[m]:,} IN {year - 1}" for m, label in zip(metrics, labels, strict=True)]
    return [
        (f"{year} STATE SUMMARY: {f.name.upper()}", []),
        ("NEW CRIMINAL CASES BY DISTRICT", district["new_criminal_cases"]),
        ("CONVICTIONS BY DISTRICT", district["convictions"]),
        ("NEW CRIMINAL HUMAN TRAFFICKING CASE TREND", []),
        (
            "SEX TRAFFICKING CASES CHARGED OUTSIDE OF THE TVPA",
            [said["outside"], f"{f.of('outside_tvpa_cases')} CASES IN {f.usps}\n100 CASES IN THE U.S."],
        ),
        ("HOW DOES YOUR STATE STACK UP?", ["Sex Trafficking Forced Labor"]),
        ("NEW CRIMINAL CASES:", [said["new"], f"National new criminal cases: {us['new_criminal_cases']}"]),
        ("ACTIVE CRIMINAL CASES:", [said["active"], f"National active criminal cases: {us['active_criminal_cases']}"]),
        ("CONVICTIONS:", [said["convictions"], f"National convictions: {us['convictions']}"]),
        ("RESTITUTION:", [said["restitution"], "National restitution percentage: 33%", *share]),
        (f"KEY FINDINGS FROM FEDERAL PROSECUTIONS IN {year}", found),
        (f"{year} FEDERAL HUMAN TRAFFICKING DATA", ["Sex Trafficking\nForced Labor"]),
        (
            "ACTIVE DEFENDANTS IN CRIMINAL HUMAN TRAFFICKING CASES",
            ["50-150 Defendants\n25-49 Defendants\n0 Defendants"],
        ),
    ]


def text(f: Figures) -> str:
    """The summary as text, one paragraph a line."""
    return "\n\n".join("\n\n".join([heading, *paragraphs]) for heading, paragraphs in parts(f)) + "\n"


def wrapped(content: str, width: int, hyphenate: bool = True) -> str:
    """Lines broken in mid-sentence, some words broken too."""
    lines = []
    for line in content.splitlines():
        while len(line) > width:
            cut = line.rfind(" ", 0, width)
            broken = re.search(r"(?<=[a-z]{4})(?=[a-z]{4})", line[cut + 1 : width + 8]) if hyphenate else None
            if broken and cut + 1 + broken.start() < width:
                at = cut + 1 + broken.start()
                lines.append(line[:at] + "-")
                line = line[at:]
            else:
                lines.append(line[:cut])
                line = line[cut + 1 :]
        lines.append(line)
    return "\n".join(lines) + "\n"


def typographic(content: str) -> str:
    """Ligatures, non-breaking spaces, curly quotes, soft hyphens: what a PDF holds instead of plain letters."""
    content = content.replace("ffi", "\ufb03").replace("fi", "\ufb01").replace("fl", "\ufb02")
    content = re.sub(r"(?<=[0-9]) (?=[a-z])", "\u00a0", content)
    return content.replace("restitution", "resti\u00adtution").replace("'", "\u2019").replace("-", "\u2010")


def columns(f: Figures) -> tuple[str, str, str]:
    """The left and the right column of page 1, and page 2."""
    blocks = ["\n".join([heading, *paragraphs]) for heading, paragraphs in parts(f)]
    return "\n".join(blocks[:5]), "\n".join(blocks[5:10]), "\n".join(blocks[10:])


def side_by_side(f: Figures, width: int = 58) -> str:
    """Both columns on the same lines with a gap, as a page is laid out."""
    left, right, rest = columns(f)
    one, two = wrapped(left, width, False).splitlines(), wrapped(right, width, False).splitlines()
    rows = max(len(one), len(two))
    one, two = [side + [""] * (rows - len(side)) for side in (one, two)]
    page = "\n".join(f"{a:<{width + 6}}{b}".rstrip() for a, b in zip(one, two, strict=True))
    return f"{page}\n\f{rest}\n"


def interleaved(f: Figures, width: int = 58) -> str:
    """Lines of both columns in turn, as some extraction leaves them; state sentences of both are whole in their column."""
    said = sentences(f)
    left = wrapped("\n".join([said["new"], said["active"]]), width, False).splitlines()
    right = wrapped("\n".join([said["convictions"], said["restitution"]]), width, False).splitlines()
    rows = min(len(left), len(right))
    turn = [line for pair in zip(left, right, strict=False) for line in pair]
    blocks = parts(f)
    head = "\n".join([blocks[0][0], blocks[5][0]])
    rest = "\n".join("\n".join([heading, *paragraphs]) for heading, paragraphs in blocks[10:])
    return "\n".join([head, *turn, *left[rows:], *right[rows:], rest]) + "\n"


def _quoted(content: str) -> str:
    """Text as a Typst string, without marks of Markdown."""
    plain = content.replace("**", "").replace("_", "").replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'#"{plain}"'


def pdf(f: Figures, path: Path, two_columns: bool = False) -> None:
    """The summary as a PDF of two pages, justified and hyphenated; page 1 in one or two columns, key findings in a row."""
    import typst

    def set_block(heading: str, paragraphs: list[str]) -> str:
        body = "\n\n".join(" \\ ".join(_quoted(line) for line in p.split("\n")) for p in paragraphs)
        return f"#strong[{_quoted(heading)}]\n\n{body}\n"

    blocks = parts(f)
    key, paragraphs = blocks[10]
    row = ", ".join("[" + " \\ ".join(_quoted(line) for line in p.split("\n")) + "]" for p in paragraphs)
    left = "\n".join(set_block(*block) for block in blocks[:5])
    right = "\n".join(set_block(*block) for block in blocks[5:10])
    page = f"#grid(columns: (1fr, 1fr), column-gutter: 1cm, [{left}], [{right}])" if two_columns else left + right
    source = (
        '#set page(paper: "us-letter", margin: 1.5cm)\n#set par(justify: true)\n'
        '#set text(size: 10pt, hyphenate: true, lang: "en")\n'
        f"{page}\n#pagebreak()\n#strong[{_quoted(key)}]\n\n#grid(columns: 3, column-gutter: 1cm, row-gutter: 8pt, {row})\n\n"
        + "\n".join(set_block(*block) for block in blocks[11:])
    )
    path.write_bytes(typst.compile(source.encode()))
