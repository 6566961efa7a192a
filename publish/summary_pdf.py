"""The two-page PDF of a state summary, laid out by Typst from what `lib.summary` hands over."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import typst

from lib import summary_words
from lib.errors import BookError
from lib.summary_model import DISTRICT_COLUMNS, District, Map, Measure, StateSummary
from lib.summary_nation import class_of
from lib.summary_output import cell
from lib.tables import number_text
from lib.words import count
from publish import summary_map
from publish.html import FONTS

HERE = Path(__file__).resolve().parent
_MORE_COLUMNS = ["new_defendants", "outside_tvpa_cases", "active_criminal_cases", "convictions"]
_MOST_SOURCES = 9
_LINE = "A summary for every state, with data, method and uncertainty"


def classes(found: Map) -> dict[str, int | None]:
    """The class of each place on a map, None without a figure."""
    return {code: None if number is None else class_of(number) for code, number in found.places.items()}


def legend(found: Map) -> list[dict[str, Any]]:
    """The classes with their colours and how many places are in each, the highest first."""
    numbers = [number for number in classes(found).values() if number is not None]
    entries = [
        {"label": label, "color": summary_map.RAMP[n], "places": count(numbers.count(n), "place")}
        for n, (label, _, _) in enumerate(found.classes)
    ]
    return entries[::-1]


def map_alt(found: Map) -> str:
    """The map in words, for readers who cannot see it."""
    numbers = list(classes(found).values())
    parts = [f"{count(numbers.count(n), 'place')} with {label}" for n, (label, _, _) in enumerate(found.classes)]
    return f"Map of the United States. {found.title}: {', '.join(parts)}."


def before_text(measure: Measure, year: int) -> str:
    """The year before in a few words."""
    if measure.before is not None:
        text = f"{number_text(measure.before)}%" if measure.unit == "percent" else number_text(measure.before)
        return f"{year - 1}: {text}"
    return measure.before_note or f"{year - 1}: not published"


def range_text(measure: Measure) -> str:
    """The bounds of an unpublished figure."""
    if measure.lower is None or measure.upper is None:
        return ""
    return f"between {number_text(measure.lower)} and {number_text(measure.upper)}, by the published ranks"


def titles(summary_sources: tuple[Any, ...]) -> str:
    """Titles of sources for the foot of a page; a long list ends with how many more the site names."""
    names = list(dict.fromkeys(source.title for source in summary_sources))
    more = len(names) - _MOST_SOURCES
    return "; ".join(names[:_MOST_SOURCES]) + (f"; and {more} more, named on the page of the site" if more > 0 else "")


def _measure(measure: Measure, summary: StateSummary) -> dict[str, Any]:
    """What a card shows besides the measure's own fields."""
    restitution = measure.metric == "restitution_pct" and measure.value is not None
    fraction = summary.restitution.text if restitution and "of" in summary.restitution.text else ""
    return {"fraction": fraction, "range": range_text(measure), "before_text": before_text(measure, summary.year)}


def district_columns(districts: tuple[District, ...]) -> list[dict[str, Any]]:
    """The columns beside the bars that any district has a figure for."""
    return [
        {"label": DISTRICT_COLUMNS[name], "cells": [cell(getattr(d, name)) for d in districts]}
        for name in _MORE_COLUMNS
        if any(getattr(d, name) is not None for d in districts)
    ]


def share_text(share: float | None) -> str:
    """A share of forced labor worth saying; nothing where there is none."""
    return f"{number_text(share, 1)}%" if share else ""


def _nation(summary: StateSummary) -> dict[str, Any]:
    """What the second page shows besides the nation's own fields."""
    nation = summary.nation
    units = {"months": " (months)"}
    return {
        "findings": [f.__dict__ | {"unit_words": units.get(f.unit, "")} for f in nation.findings],
        "map_file": f"map-{nation.map.year}.svg",
        "map_alt": map_alt(nation.map),
        "legend": legend(nation.map),
        "labor_share": share_text(nation.split.labor_share_pct),
        "notes": [f.sentence for f in nation.findings if "add up" in f.sentence],
    }


def sheet(summary: StateSummary) -> dict[str, Any]:
    """The summary as the Typst template reads it."""
    found = summary.to_dict()
    for entry, measure in zip(found["stack_up"], summary.stack_up, strict=True):
        entry |= _measure(measure, summary)
    found["nation"] |= json.loads(json.dumps(_nation(summary)))
    later = [line.__dict__ | {"text": cell(line.new_criminal_cases)} for line in summary.later]
    return found | {
        "stack_words": [m.sentence for m in summary.stack_up if m.value is not None or m.lower is not None],
        "words": [m.sentence for m in summary.others if m.value is not None and m.metric not in _IN_BLOCKS],
        "district_columns": district_columns(summary.districts),
        "labor_share": share_text(summary.split.labor_share_pct),
        "firmness": summary.stack_up[0].rank.firmness
        or "No rank of new cases was published, so there is none to judge.",
        "later": later,
        "later_title": f"New cases since {later[0]['year']}",
        "no_court": summary.lead,
        "notes": summary.notes(),
        "later_note": summary_words.LATER_NOTE,
        "trend_note": summary_words.TREND_NOTE,
        "state_sources": titles(summary.sources),
        "nation_sources": titles(summary.nation.sources),
    }


_IN_BLOCKS = {"new_sex_cases", "new_labor_cases", "outside_tvpa_cases", "restitution_pct"}


class Press:
    """Compiles summaries one after another with one Typst compiler; typefaces and maps are read once."""

    def __init__(self, work: Path, book: str, author: str) -> None:
        """Use `work` for the template, the JSON files and the maps."""
        self.work, self.about = work, {"book": f"{book} · {_LINE}", "author": author}
        shutil.copyfile(HERE / "summary.typ", work / "summary.typ")
        self.compiler = typst.Compiler(
            work / "summary.typ",
            root=work,
            font_paths=[FONTS],
            ignore_system_fonts=True,
            sys_inputs=self.about | {"file": ""},
        )

    def prepare(self, summary: StateSummary) -> str:
        """Write the JSON file of a summary, and its map if no other summary has; the name of the JSON file."""
        name = f"{summary.slug}-{summary.year}.json"
        (self.work / name).write_text(json.dumps(sheet(summary), ensure_ascii=False), encoding="utf-8")
        chart = self.work / f"map-{summary.nation.map.year}.svg"
        if not chart.exists():
            chart.write_text(summary_map.print_map(classes(summary.nation.map)), encoding="utf-8")
        return name

    def print(self, name: str) -> bytes:
        """The PDF/UA-1 of a prepared JSON file. Raises BookError when Typst finds an error."""
        moment = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
        try:
            found: Any = self.compiler.compile(
                sys_inputs=self.about | {"file": name}, pdf_standards=["ua-1"], timestamp=moment
            )
        except typst.TypstError as error:
            raise BookError(f"Typst cannot make the summary {name}: {' '.join(str(error).split())[:400]}") from None
        return bytes(found)
