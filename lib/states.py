"""The tables by state: the published stack-up of 2019 and the complete rankings of 2020-2023."""

from typing import Any

import pandas as pd

from lib import data, metrics, ranking

#: The four measures of the published state summaries, with their names in the book.
STACK_UP = {
    "new_criminal_cases": "New cases",
    "active_criminal_cases": "Active cases",
    "convictions": "Convictions",
    "restitution_pct": "Restitution, percent",
}
JURISDICTIONS = 56


def restitution_pct(usps: str, year: int) -> Any:
    """Share of convicted defendants ordered to pay, in percent: computed from "x of y", else as published; NA if neither."""
    metrics_needed = ["restitution_ordered", "restitution_convicted"]
    edition = data.default_edition(usps, year, metrics_needed)
    if edition is None:
        return data.at(usps, year, "restitution_pct")
    ordered, convicted = (data.at(usps, year, metric, edition) for metric in metrics_needed)
    return metrics.restitution_rate(ordered, convicted)


def stack_up(year: int) -> pd.DataFrame:
    """Every jurisdiction of which `year`'s figures were published, on the four measures with their published ranks.

    One row per jurisdiction and measure that has a value: jurisdiction, name, metric, value, published_rank, rank_text
    ("5th of 56", "not published"), source_id, edition. A rank is the source's own, never computed from an incomplete list.
    """
    frame = data.figures()
    wanted = (
        (frame.year == year) & (frame.jurisdiction != "US") & frame.court_id.isna() & frame.metric.isin(list(STACK_UP))
    )
    known = frame[wanted & frame.value.notna() & (frame.metric != "restitution_pct")]
    table = pd.concat([known.sort_values("edition"), _restitution(year)], ignore_index=True)
    table = (
        table.drop_duplicates(["jurisdiction", "metric"], keep="last").astype({"value": "Float64"}).round({"value": 1})
    )
    names = data.jurisdictions().set_index("usps").name
    table = table.assign(name=table.jurisdiction.map(names), rank_text=[_published(r) for r in table.published_rank])
    columns = ["jurisdiction", "name", "metric", "value", "published_rank", "rank_text", "edition", "source_id"]
    return table.sort_values(["metric", "value", "name"], ascending=[True, False, True])[columns].reset_index(drop=True)


def _restitution(year: int) -> pd.DataFrame:
    """Restitution percentages of `year`, from "x of y" where both are published, with the rank printed beside either."""
    frame = data.figures()
    same = (frame.year == year) & (frame.jurisdiction != "US") & frame.court_id.isna()
    rows = frame[same & frame.metric.isin(["restitution_ordered", "restitution_pct"])]
    ranks = rows.groupby("jurisdiction").published_rank.max()
    last = rows.sort_values("edition").drop_duplicates("jurisdiction", keep="last")
    values = [restitution_pct(str(usps), year) for usps in last.jurisdiction]
    return last.assign(metric="restitution_pct", value=values, published_rank=last.jurisdiction.map(ranks))


def _published(rank: Any) -> str:
    """A published rank in words."""
    return "not published" if pd.isna(rank) else ranking.rank_text(rank, size=JURISDICTIONS)


def stack_up_wide(year: int) -> pd.DataFrame:
    """`stack_up` with one row per jurisdiction: name and, for each measure, "7 (5th)"; the nation first; else "not published"."""
    table = stack_up(year)
    ranks = table.published_rank.map(lambda r: "" if pd.isna(r) else f" ({ranking.ordinal(int(r))})")
    cells = table.assign(cell=table.value.map("{:.0f}".format).astype("string") + ranks.astype("string"))
    wide = cells.pivot(index="name", columns="metric", values="cell").reindex(columns=list(STACK_UP))
    nation = pd.DataFrame({m: [data.at("US", year, m)] for m in STACK_UP}, index=["United States"]).astype("string")
    return pd.concat([nation, wide]).rename(columns=STACK_UP).rename_axis("Jurisdiction").reset_index()


def pairs_agree(values: pd.Series, ranks: pd.Series) -> bool:
    """Whether published values and ranks can come from one standard competition ranking.

    A larger value must have a smaller rank, equal values the same rank, and between two ranks there must be room for the
    entries known to lie there. `values` and `ranks` share an index; entries with NA in either are left out.
    """
    known = (
        pd.DataFrame({"value": values, "rank": ranks}).dropna().sort_values(["rank", "value"], ascending=[True, False])
    )
    groups = known.groupby("value")["rank"].agg(["first", "nunique", "size"]).sort_index(ascending=False)
    room = groups["first"].shift(-1) - groups["first"] >= groups["size"]
    return bool((groups["nunique"] == 1).all() and room[:-1].all())


def complete_ranking(year: int) -> pd.DataFrame:
    """All jurisdictions with a federal district court ranked by new cases of `year` (2020-2023), ties said aloud.

    Columns: jurisdiction, name, new_criminal_cases, new_sex_cases, new_labor_cases, tvpa_cases, outside_tvpa_cases, rank,
    tied, rank_text, and the joint 95 percent interval of the rank as lower, upper and rank_interval ("5 (2–31)"). American
    Samoa has no federal district court: its counts are NA and it is not ranked.
    """
    from lib import intervals  # imports scipy: only when ranks are asked for

    table = by_state()
    table = table[table.year == year].set_index("jurisdiction")
    order = ranking.ranked(table.new_criminal_cases)
    columns = ["name", "new_criminal_cases", "new_sex_cases", "new_labor_cases", "tvpa_cases", "outside_tvpa_cases"]
    found = order.drop(columns="value").join(table[columns])
    found = found.join(intervals.rank_sets(table.new_criminal_cases)[["lower", "upper"]])
    ends = zip(found["rank"], found["lower"], found["upper"], strict=True)
    found["rank_interval"] = [intervals.rank_interval_text(*each) for each in ends]
    return found.reset_index()[
        ["jurisdiction", *columns, "rank", "tied", "rank_text", "lower", "upper", "rank_interval"]
    ]


def by_state() -> pd.DataFrame:
    """The 94 district tables of 2020-2023 summed to jurisdictions, one row per jurisdiction and year."""
    return metrics.by_jurisdiction(data.district_new_cases(), data.districts(), data.jurisdictions())


def over_years() -> pd.DataFrame:
    """The four years 2020-2023 added up for each jurisdiction: counts that mean the same in every year only.

    Columns: jurisdiction, name, tvpa_cases, tvpa_sex_cases, new_labor_cases, outside_tvpa_cases. What the series break of
    2022 changes, such as printed totals and defendants, is left out on purpose.
    """
    columns = ["tvpa_cases", "tvpa_sex_cases", "new_labor_cases", "outside_tvpa_cases"]
    return by_state().groupby(["jurisdiction", "name"], as_index=False)[columns].sum(min_count=1)


def sentence(row: pd.Series, year: int) -> str:
    """One row of `complete_ranking` as a sentence, with what chance leaves open of its place."""
    if pd.isna(row["rank"]):
        return f"{row['name']} has no federal district court, so it has no federal cases and is not ranked."
    cases = "1 new case" if row["new_criminal_cases"] == 1 else f"{row['new_criminal_cases']} new cases"
    place = f"{row['name']}: {cases} in {year}, {row['rank_text']}"
    return f"{place}; its true place lies between {ranking.ordinal(row['lower'])} and {ranking.ordinal(row['upper'])}."


def all_rankings() -> pd.DataFrame:
    """`complete_ranking` of every year with complete district tables, one below the other, with a column `year`."""
    years = sorted({int(year) for year in data.district_new_cases().year})
    return pd.concat([complete_ranking(year).assign(year=year) for year in years], ignore_index=True)


def rank_by_year() -> pd.DataFrame:
    """The rank of each jurisdiction by new cases in each year with its joint 95 percent interval, as "tied 25 (2–55)"."""
    table = all_rankings()
    table["words"] = (table.tied > 1).map({True: "tied ", False: ""}).fillna("") + table.rank_interval
    wide = table.pivot(index="name", columns="year", values="words")
    wide.columns = [str(year) for year in wide.columns]
    return wide.rename_axis("Jurisdiction").reset_index()
