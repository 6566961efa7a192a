"""A state summary as Markdown or JSON, or handed to `publish` as PDF or HTML, and written at one stroke."""

import json
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from lib import data
from lib.errors import BookError
from lib.summary_figures import years
from lib.summary_model import DISTRICT_COLUMNS, District, Measure, Nation, StateSummary, TrendPoint
from lib.summary_words import capital
from lib.tables import NOT_PUBLISHED, number_text
from lib.words import slug


def cell(value: int | float | None, lower: int | None = None, upper: int | None = None) -> str:
    """A count as printed in a table: "7", "0–14" where only bounds are known, "not published"."""
    if value is not None:
        return number_text(value)
    if lower is None or upper is None:
        return NOT_PUBLISHED
    return (
        f"{number_text(lower)}" if lower == upper else f"{number_text(lower)}\N{EN DASH}{number_text(upper)} (implied)"
    )


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    """A Markdown table; all but the first column right-aligned."""
    line = "| " + " | ".join(["---"] + ["---:"] * (len(head) - 1)) + " |"
    return "\n".join(["| " + " | ".join(head) + " |", line, *("| " + " | ".join(row) + " |" for row in rows)])


def measure_row(measure: Measure) -> list[str]:
    """One measure as cells: label, value, rank with its interval, nation, the year before."""
    rank = measure.rank.text + (f", 95% {measure.rank.interval}" if measure.rank.interval else "")
    bounded = measure.value is None and measure.lower is not None
    value = cell(None, measure.lower, measure.upper) if bounded else measure.text
    before = number_text(measure.before) if measure.before is not None else measure.before_note or NOT_PUBLISHED
    return [measure.label, value, rank, measure.national_text, before]


def district_columns(districts: tuple[District, ...]) -> dict[str, str]:
    """Columns that at least one district has a figure for, with their labels."""
    return {
        name: label
        for name, label in DISTRICT_COLUMNS.items()
        if name == "new_criminal_cases" or any(getattr(d, name) is not None for d in districts)
    }


def _districts(summary: StateSummary) -> list[str]:
    """The section on districts."""
    if not summary.districts:
        return []
    columns = district_columns(summary.districts)
    rows = [[d.name, *(cell(getattr(d, name)) for name in columns)] for d in summary.districts]
    return ["## By federal district", table(["District", *columns.values()], rows), summary.districts_note]


def _trend(points: tuple[TrendPoint, ...]) -> str:
    """New cases by year as a table."""
    head = ["Year", "New cases under the TVPA", "Outside the TVPA", "Total as printed"]
    return table(
        head,
        [
            [str(p.year), cell(p.tvpa_cases, p.lower, p.upper), cell(p.outside_tvpa_cases), cell(p.as_printed)]
            for p in points
        ],
    )


def _nation(nation: Nation) -> list[str]:
    """The second page."""
    findings = table(
        ["Measure", str(nation.year), "Year before"], [[f.label, f.text, f.before_text] for f in nation.findings]
    )
    classes = [
        [label, str(sum(n is not None and low <= n <= high for n in nation.map.places.values()))]
        for label, low, high in nation.map.classes
    ]
    return [
        f"## The nation in {nation.year}",
        findings,
        "\n".join(f"- {f.sentence}" for f in nation.findings),
        f"{nation.split.sentence} {nation.outside_sentence}",
        " ".join(nation.civil),
        f"### {nation.map.title}",
        table(["New defendants", "Jurisdictions"], classes),
        nation.map.note,
        "### Trend",
        _trend(nation.trend),
    ]


def _state(summary: StateSummary) -> list[str]:
    """The first page, for a place with a federal court."""
    measures = [*summary.stack_up, *summary.others]
    head = ["Measure", summary.name, "Rank", "Nation", str(summary.year - 1)]
    return [
        f"## How {summary.spoken} stands",
        table(head, [measure_row(m) for m in measures]),
        "\n".join(f"- {m.sentence}" for m in measures if m.value is not None or m.lower is not None),
        f"{summary.how_ranked} {summary.stack_up[0].rank.firmness}",
        *_districts(summary),
        "## Sex trafficking and forced labor",
        summary.split.sentence,
        "## Charged outside the TVPA",
        summary.outside.sentence,
        "## Restitution",
        f"{summary.restitution.sentence} {summary.restitution.context}",
        f"## New cases in {summary.spoken}, by year",
        _trend(summary.trend),
        "## Not published",
        f"{capital(', '.join(summary.not_published)) or 'Nothing of what the book looks for'}.",
        " ".join(summary.notes()),
    ]


def markdown(summary: StateSummary) -> str:
    """The whole summary as Markdown."""
    sources = dict.fromkeys([*summary.sources, *summary.nation.sources])
    parts = [
        f"# {summary.name}: federal human trafficking cases, {summary.year}",
        summary.lead,
        f"**{summary.caution}**",
        *(_state(summary) if summary.has_court else []),
        *_nation(summary.nation),
        "## Sources",
        "\n".join(f"- {s.title}" + (f" <{s.url}>" if s.url else "") for s in sources),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def links(folder: str) -> str:
    """Links to the pages of all places as one Markdown paragraph, by name; `folder` is theirs, as seen from the page."""
    names = sorted(data.jurisdictions()["name"])
    return " · ".join(f"[{name}]({folder}/{slug(name)}.html)" for name in names)


def coverage() -> pd.DataFrame:
    """For how many of the 56 jurisdictions each measure of a summary is known: Measure, then one column a year."""
    from lib import summary

    places = list(data.jurisdictions().usps)
    rows = [
        {"Measure": summary.label(metric)}
        | {str(y): sum(summary.known(usps, y, metric) for usps in places) for y in years()}
        for metric in summary.MEASURES
    ]
    return pd.DataFrame(rows)


def render(summary: StateSummary, form: str) -> bytes:
    """The summary in one of the formats. PDF and HTML are laid out by `publish`, which is loaded only for them."""
    if form == "json":
        return (json.dumps(summary.to_dict(), indent=2, ensure_ascii=False) + "\n").encode()
    if form == "md":
        return markdown(summary).encode()
    from publish import summaries

    return summaries.pdf(summary) if form == "pdf" else summaries.standalone(summary).encode("utf-8")


def _form(form: str | None, out: Path | None) -> str:
    """The format asked for, else that of the file's ending, else Markdown. Raises BookError for an ending that is none."""
    from lib.summary import FORMATS

    if form or out is None:
        return form or "md"
    ending = out.suffix.lstrip(".").lower()
    if ending not in FORMATS:
        raise BookError(f"{out} has no known ending; give --format {'|'.join(FORMATS)} or one of these endings.")
    return ending


def write(summary: StateSummary, form: str | None, out: Path | None) -> int:
    """Write the summary to `out` at one stroke, or to standard output. Raises BookError when it cannot be written."""
    form = _form(form, out)
    if out is None and form == "pdf":
        raise BookError(f"A PDF needs a file: add --out {summary.slug}-{summary.year}.pdf.")
    content = render(summary, form)
    if out is None:
        sys.stdout.write(content.decode())
        return 0
    try:
        with tempfile.NamedTemporaryFile(dir=out.parent, delete=False) as part:
            part.write(content)
        os.chmod(part.name, 0o644)
        os.replace(part.name, out)
    except OSError as error:
        raise BookError(f"{out} cannot be written ({error.strerror}); choose another --out.") from None
    print(f"{summary.name}, {summary.year}: {out}")
    return 0
