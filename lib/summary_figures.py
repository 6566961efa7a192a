"""The figures behind the state summaries, looked up once: published values, sums of the district tables, ranks, bounds."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from lib import data, metrics, national, ranking, states

FIRST_YEAR = 2019
#: Measures that the tables of the 94 districts give for every jurisdiction with a federal court.
FROM_DISTRICTS = [
    "new_criminal_cases",
    "new_sex_cases",
    "new_labor_cases",
    "tvpa_cases",
    "new_defendants",
    "new_sex_defendants",
    "new_labor_defendants",
    "outside_tvpa_cases",
]
#: Counts whose meaning changes at the series break, because cases outside the TVPA join them.
BROKEN = {"new_criminal_cases", "new_sex_cases", "new_defendants"}
#: Measures whose published ranks and national total bound what was not published.
BOUNDED = {"new_criminal_cases", "active_criminal_cases", "convictions"}
_RANK_COLUMNS = ["rank", "tied", "lower", "upper"]
_PREFERENCE = {"primary": 2, "compiled": 1, "press": 0}


@dataclass(frozen=True)
class Figure:
    """One figure with what was printed beside it; `rank` is the source's own."""

    value: int | float
    rank: int | None
    edition: int
    source_id: str
    note: str


def whole(value: Any) -> int | None:
    """A count as a plain whole number, None for NA."""
    return None if pd.isna(value) else int(value)


def _plain(value: Any) -> int | float:
    """A number as int where it is whole."""
    return int(value) if float(value).is_integer() else float(value)


@cache
def _by_edition() -> dict[tuple[str, int], dict[int, dict[str, Figure]]]:
    """Every published figure by (place, year), edition and metric; of equals the first of the file from the best source."""
    frame = data.figures()
    frame = frame[frame.court_id.isna() & frame.value.notna()].iloc[::-1]  # of equals, the first of the file comes last
    kind = frame.source_id.map(data.sources().set_index("source_id").kind).map(_PREFERENCE)
    found: dict[tuple[str, int], dict[int, dict[str, Figure]]] = {}
    for row in frame.assign(kind=kind).sort_values("kind", kind="stable").to_dict("records"):
        edition = int(row["edition"])
        note = "" if pd.isna(row["note"]) else row["note"]
        figure = Figure(_plain(row["value"]), whole(row["published_rank"]), edition, row["source_id"], note)
        found.setdefault((row["jurisdiction"], int(row["year"])), {}).setdefault(edition, {})[row["metric"]] = figure
    return found


@cache
def published() -> dict[tuple[str, int, str], Figure]:
    """Every published figure of a jurisdiction or "US" by (place, year, metric), by the rule of `data.at` for the edition."""
    return {
        (*key, metric): figure
        for key, editions in _by_edition().items()
        for _, figures in sorted(editions.items())  # the latest edition comes last and stays
        for metric, figure in figures.items()
    }


def together(place: str, year: int, metrics: list[str]) -> list[int | None]:
    """Counts from the latest edition that printed all of them, as `data.default_edition` chooses; else each by itself."""
    editions = _by_edition().get((place, year), {})
    complete = [edition for edition, figures in editions.items() if set(metrics) <= set(figures)]
    if complete:
        return [int(editions[max(complete)][metric].value) for metric in metrics]
    single = [published().get((place, year, metric)) for metric in metrics]
    return [None if figure is None else int(figure.value) for figure in single]


@cache
def labels() -> dict[str, tuple[str, str]]:
    """Name and unit of every metric."""
    table = data.metrics()
    return {row["metric"]: (row["label"], row["unit"]) for row in table.to_dict("records")}


@cache
def district_figures() -> dict[tuple[str, int], dict[str, Any]]:
    """Published figures of single districts by (court, year): metric to value, and `source_id` of the last."""
    frame = data.figures()
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for row in frame[frame.court_id.notna() & frame.value.notna()].to_dict("records"):
        entry = found.setdefault((row["court_id"], int(row["year"])), {})
        entry |= {row["metric"]: int(row["value"]), "source_id": row["source_id"]}
    return found


@cache
def sums() -> dict[tuple[str, int], dict[str, int]]:
    """Sums of the district tables by (place, year), "US" for the nation; a jurisdiction without a court has none."""
    table = states.by_state().dropna(subset=["new_criminal_cases"])
    nation = metrics.national(data.district_new_cases()).assign(jurisdiction="US")
    both = pd.concat([table, nation], ignore_index=True)
    return {
        (str(row["jurisdiction"]), int(row["year"])): {metric: int(row[metric]) for metric in FROM_DISTRICTS}
        for _, row in both.iterrows()
    }


@cache
def complete_years() -> list[int]:
    """Years with complete tables of all 94 districts."""
    return sorted({year for _, year in sums()})


def years() -> list[int]:
    """Years of which a summary can be made."""
    return [FIRST_YEAR, *complete_years()]


def value(place: str, year: int, metric: str) -> tuple[int | float | None, tuple[str, ...]]:
    """Value and sources of one measure: the district tables where they have it, else as published; None if neither.

    "tvpa_cases" before the district tables is the printed total, which until 2021 counts nothing else.
    """
    counts = sums().get((place, year), {})
    if metric in counts:
        return counts[metric], (national.DISTRICT_SOURCE,)
    found = published().get((place, year, "new_criminal_cases" if metric == "tvpa_cases" else metric))
    return (None, ()) if found is None else (found.value, (found.source_id,))


@cache
def ranks(year: int, metric: str) -> dict[str, tuple[int, int, int, int]]:
    """Computed ranks of a complete year by USPS code: rank, tied, lower and upper of the joint 95 % interval."""
    from lib import intervals  # scipy takes a second to import

    by_state = states.by_state()
    counts = by_state[by_state.year == year].set_index("jurisdiction")[metric].astype("Int64")
    table = intervals.rank_sets(counts).assign(tied=ranking.tie_sizes(counts)).dropna()
    rows = table[_RANK_COLUMNS].astype(int).itertuples(name=None)
    return {usps: (rank, tied, lower, upper) for usps, rank, tied, lower, upper in rows}


@cache
def district_counts(year: int) -> dict[str, dict[str, Any]]:
    """The district tables of one year by court, with totals."""
    table = data.district_new_cases()
    table = metrics.with_totals(table[table.year == year])
    return {row["court_id"]: {str(name): value for name, value in row.items()} for row in table.to_dict("records")}


@cache
def stack(year: int) -> dict[tuple[str, str], Any]:
    """The published stack-up of `year` by (place, metric); see `states.stack_up`."""
    return {(str(row.jurisdiction), str(row.metric)): row for row in states.stack_up(year).itertuples()}


@cache
def implied(year: int, metric: str) -> dict[str, dict[str, int | None]]:
    """What the published ranks leave open for each USPS code: lower, upper, lower_rank, upper_rank; empty if nothing."""
    if year in complete_years() or metric not in BOUNDED:
        return {}
    from lib.implied import bounds as solved  # its solver takes seconds: only for years of which most is unpublished

    rows = solved(year, metric).to_dict("index")
    return {str(usps): {str(name): whole(number) for name, number in row.items()} for usps, row in rows.items()}


def bounds(usps: str, year: int, metric: str, kind: str = "") -> tuple[int | None, int | None]:
    """Lower and upper bound of an unpublished figure, or with kind "_rank" its best and worst place; None if not implied."""
    row = implied(year, metric).get(usps, {})
    return row.get(f"lower{kind}"), row.get(f"upper{kind}")


def clear_cache() -> None:
    """Forget what was looked up, so that changed data are read again."""
    for function in (
        _by_edition,
        published,
        labels,
        district_figures,
        sums,
        complete_years,
        ranks,
        district_counts,
        stack,
        implied,
    ):
        function.cache_clear()
