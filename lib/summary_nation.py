"""The second page of a state summary: the nation in one year, from what was published and the district tables."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import pandas as pd

from lib import data, metrics, national, summary_words
from lib.errors import BookError
from lib.metrics import SERIES_BREAK
from lib.summary_figures import BROKEN, FROM_DISTRICTS, complete_years, published, sums, together, value, whole
from lib.summary_model import Finding, Map, Nation, Source, Split, TrendPoint
from lib.tables import NOT_PUBLISHED, number_text
from lib.words import change, count

#: The six classes of the source's map.
CLASSES = (("0", 0, 0), ("1–4", 1, 4), ("5–9", 5, 9), ("10–24", 10, 24), ("25–49", 25, 49), ("50–150", 50, 150))


def source_records(source_ids: Iterable[str]) -> tuple[Source, ...]:
    """The sources with these ids, each once, in the order in which they come."""
    table = data.sources().set_index("source_id")
    return tuple(
        Source(name, str(table.title[name]), "" if pd.isna(table.url[name]) else str(table.url[name]))
        for name in dict.fromkeys(source_ids)
    )


@cache
def _printed(year: int) -> pd.DataFrame:
    """The key findings as the edition of the year printed them, by metric."""
    return national.key_findings(year).set_index("metric")


def _now_and_before(metric: str, year: int) -> tuple[int | None, int | None, str, tuple[str, ...]]:
    """A national figure, the year before, what must be said of the comparison, and the sources.

    The edition of the year comes first, for both years; then the district tables; then the year before as its own edition
    printed it. Across the series break nothing is compared.
    """
    row = _printed(year).loc[metric]
    now, before, note = whole(row["value"]), whole(row.before), ""
    sources: tuple[str, ...] = () if pd.isna(row.source_id) else (str(row.source_id),)
    if now is None:
        found, sources = value("US", year, metric)
        now = whole(found if found is not None else pd.NA)
    if year == SERIES_BREAK and metric in BROKEN:
        return now, None, "not comparable: from this year cases outside the TVPA are counted inside", sources
    if before is None:
        earlier, more = value("US", year - 1, metric)
        before, sources = whole(earlier if earlier is not None else pd.NA), sources + more
        if before is not None and metric not in FROM_DISTRICTS:
            note = f"as the {published()['US', year - 1, metric].edition} report printed it"
    return now, before, note, sources


def _finding(metric: str, year: int) -> Finding:
    """One key finding with its sentence."""
    now, before, note, sources = _now_and_before(metric, year)
    label, unit = national.metric_label(metric), str(data.metrics().set_index("metric").unit[metric])
    before_text = note if before is None and note else f"{year - 1}: {number_text(pd.NA if before is None else before)}"
    words = f"{label}: {number_text(pd.NA if now is None else now)} in {year}"
    move = "" if now is None or before is None else change(metrics.change_pct(now, before))
    if before is not None:
        words += f", {number_text(before)} in {year - 1}"
        words += f", {move}" if move else ""
    words += f" ({note})." if note else "."
    text = NOT_PUBLISHED if now is None else number_text(now)
    return Finding(
        metric, label, unit, now, before, text, before_text, move, words + _differs(metric, year, now), sources
    )


def _differs(metric: str, year: int, now: int | None) -> str:
    """A sentence where the printed total and the sum of the district tables are not the same."""
    tables = sums().get(("US", year), {}).get(metric)
    if now is None or tables is None or tables == now:
        return ""
    return f" The tables of the 94 districts add up to {number_text(tables)}."


def split(place: str, name: str, year: int) -> Split:
    """Sex and labor trafficking of one place ("US" for the nation), as far as both come from one edition."""
    counts: dict[str, Any] = dict(sums().get((place, year), {}))
    if not counts:
        parts = ["new_sex_cases", "new_labor_cases"]
        counts = dict(zip(parts, together(place, year, parts), strict=True))
    sex, labor = counts.get("new_sex_cases"), counts.get("new_labor_cases")
    total = None if sex is None or labor is None else sex + labor
    share = metrics.share(labor, total) if total else pd.NA
    return Split(
        sex,
        labor,
        counts.get("new_sex_defendants"),
        counts.get("new_labor_defendants"),
        None if pd.isna(share) else round(float(share), 1),
        summary_words.split(name, year, sex, labor),
    )


def civil(year: int) -> tuple[str, ...]:
    """What is known of civil cases, suits by victims, as sentences."""
    figures = published()
    found = []
    new, before = (figures.get(("US", y, "new_civil_sex_cases")) for y in (year, year - 1))
    if new:
        earlier = f", after {number_text(before.value)} in {year - 1}" if before else ""
        found.append(f"{number_text(new.value)} new civil sex trafficking suits were filed in {year}{earlier}.")
    active = national.active_civil_cases(year)
    if not pd.isna(active):
        how = "" if ("US", year, "active_civil_cases") in figures else " (cases handled less active criminal cases)"
        kinds = [figures.get(("US", year, f"active_civil_{kind}_cases")) for kind in ("sex", "labor")]
        parts = (
            f", {number_text(kinds[0].value)} on sex trafficking and {number_text(kinds[1].value)} on forced labor"
            if kinds[0] and kinds[1]
            else ""
        )
        found.append(f"{count(active, 'civil case was', 'civil cases were')} active in {year}{how}{parts}.")
    missing = "New civil cases of either type were" if not new else "New civil forced labor suits were"
    return (*found, f"{missing} not published in any copy we found.")


def class_of(number: int) -> int:
    """The class of the source's map a count falls into, 0 to 5. Raises BookError for a count that none holds."""
    for index, (_, lowest, highest) in enumerate(CLASSES):
        if lowest <= number <= highest:
            return index
    raise BookError(f"The map has no class for {number} defendants; extend summary_nation.CLASSES.")


def defendants_map(year: int) -> Map:
    """New defendants by jurisdiction; before the district tables the first year that is known everywhere stands in."""
    shown = max(year, complete_years()[0])
    usps = list(data.jurisdictions().usps)
    places = {place: sums().get((place, shown), {}).get("new_defendants") for place in usps}
    note = "A jurisdiction without a federal district court has no count."
    if shown != year:
        note = (
            f"The report on {year} maps active defendants, but its values by state survive in no public copy we found; "
            f"{shown} is the first year known for every state. {note}"
        )
    return Map(f"New defendants by state, {shown}", note, shown, "new_defendants", CLASSES, places)


def trend_point(place: str, year: int, bounds: tuple[int | None, int | None] = (None, None)) -> TrendPoint:
    """New cases of one place and year under the TVPA and outside it."""
    tvpa, sources = value(place, year, "tvpa_cases")
    total, _ = value(place, year, "new_criminal_cases")
    outside, more = value(place, year, "outside_tvpa_cases")
    counted = "inside" if year >= SERIES_BREAK else "beside"
    lower, upper = bounds if tvpa is None else (None, None)
    found = [None if n is None else int(n) for n in (tvpa, outside, total)]
    return TrendPoint(year, found[0], found[1], found[2], counted, lower, upper, tuple(dict.fromkeys(sources + more)))


def _on_page(metric: str) -> bool:
    """Whether a national figure outside the key findings and the trend stands on the page."""
    return "civil" in metric or metric in ("new_labor_cases", "cases_handled", "restitution_pct")


@cache
def nation(year: int) -> Nation:
    """The nation in one year: key findings, types, civil cases, map and trend."""
    findings = tuple(_finding(metric, year) for metric in national.KEY_METRICS)
    trend = tuple(trend_point("US", y) for y in range(2018, complete_years()[-1] + 1))
    outside, more = value("US", year, "outside_tvpa_cases")
    used = [s for f in findings for s in f.sources] + [s for point in trend for s in point.sources] + list(more)
    used += [f.source_id for (who, y, m), f in published().items() if (who, y) == ("US", year) and _on_page(m)]
    return Nation(
        year,
        findings,
        split("US", "the nation", year),
        None if outside is None else int(outside),
        summary_words.national_outside(None if outside is None else int(outside)),
        civil(year),
        defendants_map(year),
        trend,
        source_records(used),
    )


def clear_cache() -> None:
    """Forget the nation's pages."""
    nation.cache_clear()
    _printed.cache_clear()
