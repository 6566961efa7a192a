"""The 94 federal judicial districts over 2020-2023: which file, which do not, and how unevenly."""

import pandas as pd

from lib import concentration, data, metrics, ranking
from lib.words import count, listing

#: Counts that a map or a table of districts shows. They mean the same in every year, so they can be added up.
MEASURES = {
    "tvpa_cases": "New cases under the TVPA",
    "new_labor_cases": "Forced labor cases",
    "tvpa_sex_cases": "Sex trafficking cases under the TVPA",
    "outside_tvpa_cases": "Cases outside the TVPA",
}
ALL_YEARS = "2020 to 2023"


def by_year() -> pd.DataFrame:
    """One district in one year a row: court_id, name, jurisdiction, year and the district's counts with totals."""
    places = data.districts()[["court_id", "name", "jurisdiction"]]
    return places.merge(metrics.with_totals(data.district_new_cases()), on="court_id", validate="one_to_many")


def over_years() -> pd.DataFrame:
    """The four years added up: court_id, name, jurisdiction, the measures of `MEASURES` and the rank by cases under the TVPA.

    Columns `rank`, `tied` and `rank_text` ("tied 3rd of 94"); most cases first, then by name.
    """
    sums = by_year().groupby(["court_id", "name", "jurisdiction"], as_index=False)[list(MEASURES)].sum()
    ranks = ranking.ranked(sums["tvpa_cases"])[["rank", "tied", "rank_text"]]
    return sums.join(ranks).sort_values(["tvpa_cases", "name"], ascending=[False, True]).reset_index(drop=True)


def wide() -> pd.DataFrame:
    """Cases under the TVPA by district, one column a year, with the sums over four years and the rank, most cases first.

    Columns: name, the years as text, tvpa_cases, new_labor_cases, outside_tvpa_cases, rank_text.
    """
    sums = over_years()
    years = by_year().pivot(index="court_id", columns="year", values="tvpa_cases")
    years.columns = [str(year) for year in years.columns]
    columns = ["name", *years.columns, "tvpa_cases", "new_labor_cases", "outside_tvpa_cases", "rank_text"]
    return sums.join(years, on="court_id")[columns]


def sentence(row: pd.Series) -> str:
    """One row of `wide` as a sentence."""
    cases = count(row["tvpa_cases"], "new case")
    beside = f"{count(row['outside_tvpa_cases'], 'case')} outside it"
    return f"{row['name']}: {cases} under the TVPA from {ALL_YEARS}, {row['rank_text']}, and {beside}."


def concentration_by_year() -> pd.DataFrame:
    """How cases under the TVPA are spread over the 94 districts, in each year and in all together.

    Columns: year (text), tvpa_cases, filing (districts with a case), top_five_pct, half (the fewest districts that hold half
    of the cases), gini.
    """
    table = by_year().astype({"year": "string"})[["year", "tvpa_cases"]]
    rows = pd.concat([table, over_years()[["tvpa_cases"]].assign(year=ALL_YEARS)], ignore_index=True)
    grouped = rows.groupby("year", sort=False)["tvpa_cases"]
    measures = {
        "tvpa_cases": grouped.sum(),
        "filing": grouped.agg(lambda counts: int((counts > 0).sum())),
        "top_five_pct": grouped.agg(lambda counts: concentration.top_share(counts, 5)),
        "half": grouped.agg(concentration.places_with_half),
        "gini": grouped.agg(concentration.gini),
    }
    return pd.DataFrame(measures).reset_index()


def filed_none(measure: str = "tvpa_cases") -> pd.DataFrame:
    """Districts without any case of `measure` in four years: the columns of `over_years`, by name."""
    sums = over_years()
    return sums[sums[measure] == 0].sort_values("name").reset_index(drop=True)


def divided_states() -> pd.DataFrame:
    """States with more than one district, the most concentrated first.

    Columns: state, districts, `filing` (districts with a case under the TVPA in four years), tvpa_cases, `largest` (the
    district with most cases, several when they are level) and `largest_share_pct` (its share; NA without a case).
    """
    names = data.jurisdictions().set_index("usps")["name"]
    sums = over_years().assign(state=lambda t: t["jurisdiction"].map(names), cases=lambda t: t["tvpa_cases"])
    top = sums[sums["cases"] == sums.groupby("state")["cases"].transform("max")]
    table = sums.groupby("state").agg(
        districts=("name", "size"),
        filing=("cases", lambda c: (c > 0).sum()),
        tvpa_cases=("cases", "sum"),
        most=("cases", "max"),
    )
    table["largest"] = top.groupby("state")["name"].agg(lambda found: listing(list(found)))
    table["largest_share_pct"] = metrics.share(table["most"], table["tvpa_cases"])
    table = table[table["districts"] > 1].sort_values(["largest_share_pct", "tvpa_cases"], ascending=False)
    return table.drop(columns="most").reset_index()


def one_source() -> pd.DataFrame:
    """States with several districts whose cases of four years all come from one: the rows of `divided_states` with a case."""
    table = divided_states()
    return table[(table["filing"] == 1)].sort_values("state").reset_index(drop=True)


def panels() -> pd.DataFrame:
    """Cases by district in the states with more than one, in each year (text) and in all together, for small multiples.

    Columns: state, district (the name without the state), year and the measures of `MEASURES`.
    """
    table = by_year().astype({"year": "string"})
    every = over_years().assign(year=ALL_YEARS)
    columns = ["jurisdiction", "name", "year", *MEASURES]
    table = pd.concat([table[columns], every[columns]], ignore_index=True).astype({"year": "string"})
    several = table.groupby("jurisdiction")["name"].transform("nunique") > 1
    table = table[several].assign(state=table["jurisdiction"].map(data.jurisdictions().set_index("usps")["name"]))
    pairs = zip(table["name"], table["state"], strict=True)
    table["district"] = [str(name).removeprefix(f"{state} ") for name, state in pairs]
    return (
        table[["state", "district", "year", *MEASURES]]
        .sort_values(["year", "state", "district"])
        .reset_index(drop=True)
    )


def published() -> pd.DataFrame:
    """Every figure of one district that the press printed: district, year, measure, value, published_rank, source_id."""
    rows = data.figures()
    rows = rows[rows["court_id"].notna()]
    names, labels = data.districts().set_index("court_id")["name"], data.metrics().set_index("metric")["label"]
    rows = rows.assign(district=rows["court_id"].map(names), measure=rows["metric"].map(labels))
    columns = ["district", "year", "measure", "value", "published_rank", "source_id"]
    return rows.sort_values(["district", "year", "metric"])[columns].reset_index(drop=True)


def counties() -> pd.DataFrame:
    """The counties of each district: name of the district, their number, and their names (the state for a whole state)."""
    places = data.districts()[["court_id", "name", "jurisdiction"]]
    grouped = data.district_counties().groupby("court_id")["county_name"]
    listed = grouped.agg(counties="size", names=lambda names: ", ".join(sorted(set(names))))
    table = places.merge(listed, on="court_id", how="left", validate="one_to_one")
    whole = table.groupby("jurisdiction")["court_id"].transform("size") == 1
    table["names"] = table["names"].where(~whole, "the whole state or territory")
    return table.sort_values("name")[["name", "counties", "names"]].reset_index(drop=True)
