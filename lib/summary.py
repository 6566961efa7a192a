"""A summary for every jurisdiction: all that a published two-page state summary says, as data, with what it left out.

`state_summary("MO", 2019)` gives values, ranks with ties, the nation beside them, the year before, districts, the trend and
the sources. The command line writes it as PDF, HTML, Markdown or JSON: `python -m lib summary MO --year 2019`.
"""

import argparse
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from lib import data, metrics, states, summary_figures, summary_nation, summary_words
from lib.errors import BookError
from lib.metrics import SERIES_BREAK
from lib.ranking import rank_text
from lib.summary_figures import BROKEN, FROM_DISTRICTS, complete_years, published, together, value, years
from lib.summary_model import (
    DISTRICT_COLUMNS,
    District,
    Later,
    Measure,
    Number,
    Outside,
    Rank,
    Restitution,
    Split,
    StateSummary,
    TrendPoint,
)
from lib.tables import NOT_PUBLISHED, number_text
from lib.words import listing, percent

_SHORT = {"restitution_pct": "Restitution ordered", "outside_tvpa_cases": "Outside the TVPA"}
_EXTRA_LABELS = {"tvpa_cases": ("New cases under the TVPA", "cases")}
#: The four measures that stand out: those of the published summaries, and those known for every place since 2020.
_STACK = list(states.STACK_UP)
_STACK_COMPLETE = ["new_criminal_cases", "new_defendants", "new_labor_cases", "outside_tvpa_cases"]
#: Every measure that a summary looks for.
MEASURES = [
    "new_criminal_cases",
    "tvpa_cases",
    "new_sex_cases",
    "new_labor_cases",
    "new_defendants",
    "active_criminal_cases",
    "active_defendants",
    "convictions",
    "restitution_pct",
    "outside_tvpa_cases",
    "mean_sentence_months",
]
FORMATS = ["pdf", "html", "md", "json"]


def find_place(text: str) -> str:
    """The USPS code of a place given by code or name ("MO", "missouri"). Raises BookError naming what exists."""
    table = data.jurisdictions()
    wanted = text.strip().casefold()
    found = table[(table.usps.str.casefold() == wanted) | (table.name.str.casefold() == wanted)]
    if found.empty:
        known = ", ".join(f"{row.usps} {row.name}" for row in table.itertuples(index=False))
        raise BookError(f"There is no state or territory {text!r}; give one of: {known}.")
    return str(found.usps.iloc[0])


def check_year(year: int) -> int:
    """The year, when a summary of it can be made. Raises BookError naming the years there are."""
    if year not in years():
        raise BookError(f"There is no summary of {year}; there are summaries of {listing([str(y) for y in years()])}.")
    return year


@cache
def state_summary(usps: str, year: int) -> StateSummary:
    """All that a summary says of one jurisdiction in one year, 2019 or a year of the district tables.

    `usps` is a code or a name. In 2019 values and ranks are the published ones, and what no public copy holds is None; from
    2020 they are sums of the district tables, ranked over all places with a federal court. Raises BookError for an unknown
    place or year, naming what exists.
    """
    usps, year = find_place(usps), check_year(year)
    row: Any = data.jurisdictions().set_index("usps").loc[usps]
    place, court = summary_words.spoken(str(row["name"])), bool(row.n_districts > 0)
    wanted = MEASURES if year >= SERIES_BREAK else [metric for metric in MEASURES if metric != "tvpa_cases"]
    found = {metric: _measure(usps, place, year, metric, court) for metric in wanted}
    stack = _STACK_COMPLETE if year in complete_years() else _STACK
    districts, trend = _districts(usps, year), _trend(usps)
    others = tuple(m for name, m in found.items() if name not in stack)
    used = [s for m in found.values() for s in m.sources] + [s for d in districts for s in d.sources]
    used += [s for point in trend for s in point.sources]
    split, outside, restitution = _parts(usps, place, year, court)
    return StateSummary(
        usps, str(row["name"]), place, str(row.kind), year, court, _lead(place, year, court),
        tuple(found[metric] for metric in stack), others, districts, _districts_note(place, year, districts),
        *_districts_next(usps, year, districts), trend,
        _later(usps, place), split, outside, restitution,
        tuple(summary_words.small(m.label) for m in found.values() if m.value is None and court), summary_nation.nation(year),
        summary_nation.source_records(used),
        summary_words.how_ranked(year, found[stack[0]].rank.of, year in complete_years()), summary_words.CAUTION,
    )  # fmt: skip


def _parts(usps: str, place: str, year: int, court: bool) -> tuple[Split, Outside, Restitution]:
    """The split by type, the charges outside the TVPA and restitution; without a court their sentences say that alone."""
    split, outside = summary_nation.split(usps, place, year), _outside(usps, place, year)
    restitution = _restitution(usps, place, year)
    if court:
        return split, outside, restitution
    none = summary_words.no_court(place, year)
    return (
        replace(split, sentence=none),
        replace(outside, sentence=none),
        replace(restitution, sentence=none, context=""),
    )


def _lead(place: str, year: int, court: bool) -> str:
    """The opening sentence."""
    if not court:
        return (
            f"{summary_words.capital(place)} has no federal district court. The tables of federal cases have no row for "
            "it, so there is nothing to count or to rank here; a case that concerns it is filed in a court elsewhere."
        )
    return f"What federal courts and prosecutors in {place} did about human trafficking in {year}."


def _label(metric: str) -> tuple[str, str]:
    """Name and unit of a metric."""
    return (summary_figures.labels() | _EXTRA_LABELS)[metric]


def label(metric: str) -> str:
    """The name of a measure. Raises KeyError for one that no summary has."""
    return _label(metric)[0]


def known(usps: str, year: int, metric: str) -> bool:
    """Whether any public copy has the figure of this place and year."""
    found = _restitution_value(usps, year) if metric == "restitution_pct" else value(usps, year, metric)
    return found[0] is not None


def _measure(usps: str, place: str, year: int, metric: str, court: bool) -> Measure:
    """One measure with its rank, the nation and the year before."""
    name, unit = _label(metric)
    if metric == "restitution_pct":
        number, sources = _restitution_value(usps, year)
    else:
        number, sources = value(usps, year, metric)
    lower, upper = (None, None) if number is not None or not court else summary_figures.bounds(usps, year, metric)
    rank = _rank(usps, place, year, metric, unit, number)
    nation, _ = value("US", year, metric)
    share = None if unit != "cases" and unit != "defendants" else metrics.share(_na(number), _na(nation))
    share = None if pd.isna(share) else round(float(share), 1)
    before, before_note = _before(usps, year, metric)
    return Measure(
        metric, name, _SHORT.get(metric, name), unit, number, _text(number, unit, court), lower, upper, rank, nation,
        summary_words.national(nation, share, unit), share, before, before_note,
        _sentence(usps, place, year, metric, number, rank, (lower, upper), court),
        _note(usps, year, metric, sources), sources,
    )  # fmt: skip


def _note(usps: str, year: int, metric: str, sources: tuple[str, ...]) -> str:
    """What the source says loosely of the figure that is shown; a percentage may rest on the count of orders."""
    names = [metric, "restitution_ordered"] if metric == "restitution_pct" else [metric]
    figures = [published().get((usps, year, name)) for name in names]
    return next((f.note for f in figures if f and f.note and f.source_id in sources), "")


def _na(number: Number) -> Any:
    """None as pandas' NA, for measures."""
    return pd.NA if number is None else number


def _text(number: Number, unit: str, court: bool = True) -> str:
    """The value as it is printed."""
    if number is None:
        return NOT_PUBLISHED if court else "no federal court"
    return percent(number) if unit == "percent" else number_text(number)


def _sentence(
    usps: str, place: str, year: int, metric: str, number: Number, rank: Rank, bounds: tuple[Any, Any], court: bool
) -> str:
    """The measure as a sentence."""
    if metric == "restitution_pct" and number is not None:
        return _restitution(usps, place, year).sentence
    if number is None:
        return summary_words.left_open(metric, place, year, *bounds, court)
    clause = summary_words.rank_clause(rank.basis, rank.place, rank.tied, rank.of, number)
    return summary_words.statement(metric, place, year, number, clause)


def _rank(usps: str, place: str, year: int, metric: str, unit: str, number: Number) -> Rank:
    """The rank: computed where every place is known, else as published."""
    if year in complete_years() and metric in FROM_DISTRICTS:
        return _computed_rank(usps, place, year, metric)
    row, size = summary_figures.stack(year).get((usps, metric)), states.JURISDICTIONS
    if row is None or pd.isna(row.published_rank):
        return _implied_rank(usps, year, metric, number)
    same = [r for (_, m), r in summary_figures.stack(year).items() if m == metric and not pd.isna(r.published_rank)]
    tied = int(sum(r.published_rank == row.published_rank for r in same))
    found = int(row.published_rank)
    words = summary_words.firmness_open(*_reach(number, unit))
    return Rank(found, tied, size, rank_text(found, tied, size), "published", None, None, "", words)


def _implied_rank(usps: str, year: int, metric: str, number: Number) -> Rank:
    """The rank of a published value whose rank was not printed, as far as the other ranks determine it."""
    size = states.JURISDICTIONS
    text = NOT_PUBLISHED if number is None else "rank not published"
    low, high = (None, None) if number is None else summary_figures.bounds(usps, year, metric, "_rank")
    if low is None or high is None:
        return Rank(None, None, size, text, "", None, None, "", "")
    words = summary_words.implied_rank(low, high, size)
    return Rank(low if low == high else None, None, size, words, "implied", low, high, "", "")


def _computed_rank(usps: str, place: str, year: int, metric: str) -> Rank:
    """A rank among all places with a federal court, with its joint interval."""
    from lib.intervals import rank_interval_text

    table = summary_figures.ranks(year, metric)
    of = len(table)
    if usps not in table:
        return Rank(None, None, of, "not ranked", "", None, None, "", "")
    found, tied, lower, upper = table[usps]
    words = summary_words.firmness(place, label(metric), of, lower, upper)
    interval, count = rank_interval_text(found, lower, upper), value(usps, year, metric)[0]
    shown = summary_words.rank_words(rank_text(found, tied, of), tied, count)
    return Rank(found, tied, of, shown, "computed", lower, upper, interval, words)


def _reach(number: Number, unit: str) -> tuple[int | None, float, float]:
    """A count with the exact 95 % interval of its mean; (None, 0, 0) for what is no count."""
    from lib.intervals import poisson_interval

    if number is None or unit not in ("cases", "defendants"):
        return None, 0.0, 0.0
    low, high = poisson_interval(int(number))
    return int(number), float(low), float(high)


def _before(usps: str, year: int, metric: str) -> tuple[Number, str]:
    """The year before, and what must be said of comparing with it."""
    if year == SERIES_BREAK and metric in BROKEN:
        return None, f"not comparable with {year - 1}: from {year} cases outside the TVPA are counted inside"
    if metric == "restitution_pct":
        return _restitution_value(usps, year - 1)[0], ""
    found, _ = value(usps, year - 1, metric)
    restated = published().get(("US", year - 1, metric))
    tables = summary_figures.sums().get(("US", year - 1), {}).get(metric)
    if found is not None and restated and tables is not None and restated.edition == year and restated.value != tables:
        return found, (
            f"the {year} report counts {number_text(restated.value)} for {year - 1} in the nation where the district tables "
            f"add up to {number_text(tables)}, so part of a change may be a later recount"
        )
    return found, ""


def _restitution_value(usps: str, year: int) -> tuple[Number, tuple[str, ...]]:
    """Share ordered to pay in percent, to one decimal, with its source."""
    if usps == "US":
        return value("US", year, "restitution_pct")
    row = summary_figures.stack(year).get((usps, "restitution_pct"))
    return (None, ()) if row is None or pd.isna(row.value) else (float(row.value), (str(row.source_id),))


def _restitution(usps: str, place: str, year: int) -> Restitution:
    """Restitution as "x of y", in percent with its exact interval, beside the nation's."""
    parts = ["restitution_ordered", "restitution_convicted"]
    ordered, convicted = together(usps, year, parts)
    pct, _ = _restitution_value(usps, year)
    rank = _rank(usps, place, year, "restitution_pct", "percent", pct)
    clause = summary_words.rank_clause(rank.basis, rank.place, rank.tied, rank.of, pct)
    sentence = summary_words.restitution(
        place, year, ordered, convicted, f" ({percent(pct)})" + clause if pct is not None else ""
    )
    low, high = _binomial(ordered, convicted)
    text = f"{ordered} of {convicted}" if ordered is not None and convicted is not None else _text(pct, "percent")
    nation, _ = value("US", year, "restitution_pct")
    empty = summary_words.left_open("restitution_pct", place, year, None, None, True)
    context = summary_words.restitution_context(text, low, high, nation)
    return Restitution(ordered, convicted, pct, low, high, nation, text, sentence or empty, context)


def _binomial(ordered: int | None, convicted: int | None) -> tuple[float | None, float | None]:
    """Exact 95 % interval of the share in percent, to one decimal; None where there is no share."""
    from lib.intervals import binomial_interval

    if ordered is None or not convicted:
        return None, None
    low, high = binomial_interval(ordered, convicted)
    return round(100 * low, 1), round(100 * high, 1)


def _outside(usps: str, place: str, year: int) -> Outside:
    """Cases charged outside the TVPA beside the nation's."""
    cases, nation = (value(who, year, "outside_tvpa_cases")[0] for who in (usps, "US"))
    found = tuple(None if n is None else int(n) for n in (cases, nation))
    share = metrics.share(_na(cases), _na(nation))
    inside = year >= SERIES_BREAK
    return Outside(
        found[0], found[1], None if pd.isna(share) else round(float(share), 1), "inside" if inside else "beside",
        summary_words.outside(place, year, found[0], found[1], inside),
    )  # fmt: skip


def _districts(usps: str, year: int) -> tuple[District, ...]:
    """The districts of a jurisdiction with what is known of each; a state of one district has the state's own figures."""
    table = data.districts()
    rows = table[table.jurisdiction == usps]
    return tuple(_district(usps, year, row["court_id"], row["name"], len(rows) == 1) for row in rows.to_dict("records"))


def _district(usps: str, year: int, court: str, name: str, alone: bool) -> District:
    """One district: the tables', else as published for it, else the state's where the state is one district."""
    known = summary_figures.district_counts(year).get(court, {}) if year in complete_years() else {}
    single = summary_figures.district_figures().get((court, year), {})
    sources: list[str] = [single["source_id"]] if single else []
    found: dict[str, int | None] = {}
    for metric in DISTRICT_COLUMNS:
        if metric in known:
            found[metric] = int(known[metric])
            sources.append(known["source_id"])
        elif metric in single:
            found[metric] = single[metric]
        else:
            number, more = value(usps, year, metric) if alone else (None, ())
            found[metric] = None if number is None else int(number)
            sources += more
    return District(court, name, sources=tuple(dict.fromkeys(sources)), **found)


def _districts_note(place: str, year: int, districts: tuple[District, ...]) -> str:
    """What to say where the figures of the districts are not all known."""
    if len(districts) == 1:
        return f"{summary_words.capital(place)} is one federal district, so its figures are the district's."
    if any(d.new_criminal_cases is None for d in districts):
        return (
            f"The report on {year} draws new cases and convictions of each district as a chart; "
            "what is missing here survives in no public copy we found."
        )
    return ""


def _later(usps: str, place: str) -> tuple[Later, ...]:
    """New cases and rank of every complete year."""
    lines = []
    for year in complete_years():
        number, _ = value(usps, year, "new_criminal_cases")
        rank = _computed_rank(usps, place, year, "new_criminal_cases")
        lines.append(Later(year, None if number is None else int(number), rank.text, rank.interval))
    return tuple(lines)


def _districts_next(usps: str, year: int, districts: tuple[District, ...]) -> tuple[tuple[District, ...], int | None]:
    """The districts in the first complete year, where a figure of `year` is missing; else none."""
    if len(districts) < 2 or all(d.new_criminal_cases is not None for d in districts):
        return (), None
    first = complete_years()[0]
    return _districts(usps, first), first


def _trend(usps: str) -> tuple[TrendPoint, ...]:
    """New cases of every year from the first that is known, at the latest 2019; years between without a figure are None."""
    early = [y for place, y, metric in published() if place == usps and metric == "new_criminal_cases"]
    first = min([*early, years()[0]])
    return tuple(
        summary_nation.trend_point(
            usps, year, summary_figures.bounds(usps, year, "new_criminal_cases") if year == years()[0] else (None, None)
        )
        for year in range(first, years()[-1] + 1)
    )


def clear_cache() -> None:
    """Forget the summaries and their figures, so that changed data are read again."""
    state_summary.cache_clear()
    summary_nation.clear_cache()
    summary_figures.clear_cache()


def run(options: argparse.Namespace) -> int:
    """Write one summary to the file or to standard output."""
    from lib import summary_output

    year = options.year if options.year is not None else complete_years()[-1]
    return summary_output.write(state_summary(options.place, year), options.format, options.out)


def add_command(subparsers: Any) -> None:
    """Add `summary` to the command line."""
    parser = subparsers.add_parser(
        "summary",
        help="the summary of one state or territory as PDF, HTML, Markdown or JSON",
        description="Write the summary of one state or territory: ranks with ties, districts, trend, the nation, sources.",
        epilog="examples:\n"
        "  python -m lib summary MO --year 2019\n"
        "  python -m lib summary Missouri --year 2019 --out missouri-2019.pdf\n"
        "  python -m lib summary 'U.S. Virgin Islands' --format json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("place", metavar="STATE", help="USPS code or name of a state or territory")
    parser.add_argument("--year", type=int, help="2019 or a year of the district tables (default: the latest complete)")
    parser.add_argument("--format", choices=FORMATS, help="default: by the ending of FILE, else md")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: standard output; a PDF needs a file")
    parser.set_defaults(run=run)
