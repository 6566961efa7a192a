"""How ranks move when the same prosecutions are counted differently, and what each published series counts.

A *definition* is a measure in one of the years 2020-2023 or, for measures that mean the same on both sides of the series break of
2022, in all four years together. Its name says both: "2023: cases as printed".
"""

from functools import cache
from typing import Any

import pandas as pd

from lib import data, metrics, national, ranking, states
from lib.errors import BookError
from lib.tables import number_text
from lib.uncertainty import TOGETHER, years
from lib.words import count, listing

#: Measures by name; each takes the table of `states.by_state` and returns one count a row.
MEASURES: dict[str, Any] = {
    "cases as printed": metrics.new_criminal_cases,
    "cases under the TVPA only": lambda t: t["tvpa_cases"],
    "cases under and outside the TVPA": lambda t: t["tvpa_cases"] + t["outside_tvpa_cases"],
    "sex trafficking cases, any law": lambda t: t["tvpa_cases"] + t["outside_tvpa_cases"] - t["new_labor_cases"],
    "defendants as printed": lambda t: t["new_defendants"],
}
#: Printed counts change their meaning in 2022, so that they are never added over the years.
NOT_ADDED = ("cases as printed", "defendants as printed")
#: A move of so many places or more is called far.
FAR = 5
#: Longest label of a tie that names its members.
LABEL_LETTERS = 20

#: How the tables of this chapter print their columns.
RANK_FORMS: dict[str, Any] = {
    measure: lambda rank: "not ranked" if pd.isna(rank) else f"{rank:.0f}" for measure in MEASURES
}
RESTATED_FORMS: dict[str, Any] = {
    "year": str,
    "first_edition": str,
    "later_edition": str,
    **dict.fromkeys(("pct", "from_first", "from_later"), lambda pct: number_text(pct, 1)),
}


def name(period: str, measure: str) -> str:
    """The name of a definition: "2023: cases as printed"."""
    return f"{period}: {measure}"


@cache
def _table() -> pd.DataFrame:
    """Cached `table`."""
    rows = states.by_state()
    parts = []
    for measure, counted in MEASURES.items():
        values = rows[["jurisdiction", "name"]].assign(period=rows.year.astype("string"), value=counted(rows))
        parts.append(values.assign(measure=measure))
        if measure not in NOT_ADDED:
            sums = values.groupby(["jurisdiction", "name"], as_index=False).value.sum(min_count=1)
            parts.append(sums.assign(period=TOGETHER, measure=measure))
    frame = pd.concat(parts, ignore_index=True)
    frame = frame.assign(definition=frame.period + ": " + frame.measure)
    ranks = pd.concat([ranking.ranked(group.value) for _, group in frame.groupby("definition", sort=False)])
    columns = ["definition", "period", "measure", "jurisdiction", "name", "value"]
    return frame[columns].join(ranks[["rank", "tied", "rank_text"]])


def table() -> pd.DataFrame:
    """Every jurisdiction under every definition, one a row.

    Columns: definition, period, measure, jurisdiction, name, value (cases or defendants), rank, tied, rank_text. American Samoa,
    without a federal district court, is NA.
    """
    return _table().copy()


def definitions() -> list[str]:
    """Names of all definitions, by period and then in the order of `MEASURES`."""
    found = set(_table().definition)
    wanted = [name(period, measure) for period in [*map(str, years()), TOGETHER] for measure in MEASURES]
    return [each for each in wanted if each in found]


def under(definition: str) -> pd.DataFrame:
    """The rows of `table` under one definition, indexed by USPS code. Raises BookError for a definition that is not there."""
    frame = _table()
    if definition not in set(frame.definition):
        raise BookError(f"There is no definition {definition!r}; choose one of {'; '.join(definitions())}.")
    return frame[frame.definition == definition].set_index("jurisdiction")


def moves(first: str, second: str) -> pd.DataFrame:
    """How each ranked jurisdiction moves from one definition to another, the farthest first.

    Columns: jurisdiction, name, value_first, rank_first, value_second, rank_second, move (places gained; negative is lost).
    """
    before, after = under(first), under(second)
    columns = ["value", "rank"]
    sides: list[Any] = [before[columns].add_suffix("_first"), after[columns].add_suffix("_second")]
    found = before[["name"]].join(sides).dropna()
    found = found.assign(move=found.rank_first - found.rank_second)
    far = found.move.abs().rename("far")
    return found.join(far).sort_values(["far", "name"], ascending=[False, True]).drop(columns="far").reset_index()


def within_chance(year: int) -> tuple[int, int]:
    """Of the jurisdictions that move from the printed count of `year` to the count under the TVPA: how many, and how many of
    those move to a place that their joint interval leaves open anyway.
    """
    change = moves(name(str(year), "cases as printed"), name(str(year), "cases under the TVPA only"))
    change = change[change["move"] != 0].set_index("jurisdiction")
    ends = states.complete_ranking(year).set_index("jurisdiction").loc[change.index]
    inside = (ends.lower <= change.rank_second) & (change.rank_second <= ends.upper)
    return len(change), int(inside.sum())


def top(definition: str, places: int = 5) -> str:
    """The first `places` places under a definition as a list of names, tied ones by name: "Texas, California and New York"."""
    frame = under(definition)
    found = frame[(frame["rank"] <= places).fillna(False)].sort_values(["rank", "name"])
    return listing(list(found.name))


def summary() -> pd.DataFrame:
    """For each period, how ranks move from its first measure to each other one.

    Columns: period, measure, base, moved (jurisdictions whose rank differs), far (by `FAR` places or more), farthest (the largest
    move in words), top (the first five places). The base is the printed count, for the four years together the TVPA count.
    """
    rows = []
    for period in [*map(str, years()), TOGETHER]:
        measures = [each for each in MEASURES if name(period, each) in definitions()]
        for measure in measures:
            change = moves(name(period, measures[0]), name(period, measure))
            rows.append(
                {
                    "period": period,
                    "measure": measure,
                    "base": measures[0],
                    "moved": int((change.move != 0).sum()),
                    "far": int((change.move.abs() >= FAR).sum()),
                    "farthest": _farthest(change),
                    "top": top(name(period, measure)),
                }
            )
    return pd.DataFrame(rows)


def place(rank: Any) -> str:
    """A rank as an ordinal: "17th"; NA is "no place"."""
    return "no place" if pd.isna(rank) else ranking.ordinal(int(rank))


def district_total(year: int) -> int:
    """Printed new cases of all districts added up."""
    return int(under(name(str(year), "cases as printed")).value.sum())


def _farthest(change: pd.DataFrame) -> str:
    """The largest move in words, with how many share it: "Missouri, 17th to 40th"."""
    row = change.iloc[0]
    if row["move"] == 0:
        return "none"
    others = int((change["move"].abs() == abs(row["move"])).sum()) - 1
    words = f"{row['name']}, {place(row['rank_first'])} to {place(row['rank_second'])}"
    return words if not others else f"{words}, and {count(others, 'other')} as far"


def ranks_by_definition(period: str) -> pd.DataFrame:
    """Rank of every jurisdiction in one period under each measure: Jurisdiction and one column a measure, best first.

    Raises BookError for a period without tables.
    """
    frame = _table()[_table().period == period]
    if frame.empty:
        raise BookError(f"There is no period {period!r}; choose one of {', '.join(map(str, years()))}, {TOGETHER}.")
    measures = [each for each in MEASURES if each in set(frame.measure)]
    wide = frame.pivot(index="name", columns="measure", values="rank")[measures]
    wide = wide.sort_values([*measures[:1], "name"], na_position="last")
    return wide.rename_axis("Jurisdiction").rename_axis(None, axis=1).reset_index()


def wide_ranks() -> pd.DataFrame:
    """Rank of every jurisdiction under every definition: Jurisdiction and one column a definition."""
    wide = _table().pivot(index="name", columns="definition", values="rank")[definitions()]
    return wide.rename_axis("Jurisdiction").rename_axis(None, axis=1).reset_index()


def slopes() -> pd.DataFrame:
    """The ranked rows of `table` for the chart of moves: definition, name, value, rank, rank_text, label.

    `label` stands on one row of each tie and names those that share the place; it is empty on the others.
    """
    frame = _table().dropna(subset=["rank"]).sort_values(["definition", "rank", "name"])
    groups = frame.groupby(["definition", "rank"], sort=False).name
    labels = groups.transform(_tie_label)
    frame = frame.assign(label=labels.where(groups.cumcount() == 0, ""))
    return frame[["definition", "name", "value", "rank", "rank_text", "label"]].reset_index(drop=True)


def _tie_label(names: pd.Series) -> str:
    """Who shares a place, short enough for the margin of a chart on a phone: "Texas", "Utah and Wisconsin", "7 tied"."""
    both = listing(list(names))
    return both if len(names) == 1 or len(both) <= LABEL_LETTERS else f"{len(names)} tied"


def restated() -> pd.DataFrame:
    """National figures that two editions print differently: metric, label, year, first_edition, first, later_edition, later, pct.

    `pct` is the difference in percent of the first figure. Every figure of `data/figures.csv` with two editions is looked at.
    """
    frame = data.figures()
    frame = frame[(frame.jurisdiction == "US") & frame.court_id.isna() & frame.value.notna()]
    several = frame.groupby(["year", "metric"]).edition.agg(["min", "max"]).query("min < max").reset_index()
    labels = data.metrics().set_index("metric").label
    rows = []
    for year, metric, old, new in several.itertuples(index=False, name=None):
        first, later = (data.at("US", year, metric, edition) for edition in (old, new))
        rows.append(
            {
                "metric": metric,
                "label": labels[metric],
                "year": year,
                "first_edition": old,
                "first": first,
                "later_edition": new,
                "later": later,
                "pct": metrics.change_pct(later, first),
            }
        )
    found = pd.DataFrame(rows)
    return found[found["first"] != found["later"]].reset_index(drop=True)


def restated_sources() -> list[str]:
    """Sources of the figures in `restated` and `restated_changes`."""
    found: list[str] = []
    for year, metric in restated()[["year", "metric"]].itertuples(index=False, name=None):
        frame = data.figures()
        same = (frame.jurisdiction == "US") & (frame.metric == metric) & frame.year.isin([year, year + 1])
        found += list(frame[same & frame.court_id.isna()].source_id)
    return sorted(set(found))


def restated_changes() -> pd.DataFrame:
    """What a restatement does to the change into the next year: metric, label, year, next, from_first, from_later (percent).

    `next` is the figure of the year after, in its default edition; rows without one are left out.
    """
    found = restated()
    after = [data.at("US", year + 1, metric) for year, metric in zip(found.year, found.metric, strict=True)]
    table = found.assign(next=after).dropna(subset=["next"])
    for column in ("first", "later"):
        pairs = zip(table["next"], table[column], strict=True)
        table[f"from_{column}"] = [metrics.change_pct(now, before) for now, before in pairs]
    return table[["metric", "label", "year", "next", "from_first", "from_later"]].reset_index(drop=True)


def defendants_break() -> pd.DataFrame:
    """Do printed defendants include those of cases outside the TVPA? Districts all of whose cases are outside, by year.

    Columns: year, districts (with cases outside the TVPA and none under it), with_defendants (those that print any new
    defendant). Until 2021 hardly any does, from 2022 nearly all do: the break of `metrics.SERIES_BREAK` holds for defendants too.
    """
    frame = metrics.with_totals(data.district_new_cases())
    only = frame[(frame.tvpa_cases == 0) & (frame.outside_tvpa_cases > 0)]
    grouped = only.assign(with_defendants=only.new_defendants > 0).groupby("year", as_index=False)
    return grouped.agg(districts=("court_id", "size"), with_defendants=("with_defendants", "sum")).astype("Int64")


def what_each_counts(year: int) -> pd.DataFrame:
    """The figures of one year by everybody who counts: who, counts, which, period, value, source_id; smallest first.

    HTI's are of the calendar year, the official ones of the fiscal year of the same number (October to September).
    """
    totals = metrics.national(data.district_new_cases()).set_index("year").loc[year]
    ours = [
        ("HTI", "new criminal cases", "the TVPA only", totals.tvpa_cases),
        ("HTI", "new criminal cases", "the TVPA and other laws", totals.tvpa_cases + totals.outside_tvpa_cases),
        ("HTI", "new defendants", "as printed", totals.new_defendants),
    ]
    own = pd.DataFrame(ours, columns=["who", "counts", "which", "value"])
    own = own.assign(period="calendar year", source_id=national.DISTRICT_SOURCE)
    official = data.official_series()
    official = official[official.fiscal_year == year].rename(
        columns={"family": "who", "measure": "counts", "definition": "which"}
    )
    both = pd.concat([own, official.assign(period="fiscal year")], ignore_index=True)
    columns = ["who", "counts", "which", "period", "value", "source_id"]
    return both[columns].astype({"value": "Int64"}).sort_values("value", kind="stable").reset_index(drop=True)
