"""The tables behind the maps: one place in one year a row, as `lib.charts.maps.choropleth` takes them."""

import pandas as pd

from lib import data, districts, ranking, states
from lib.districts import ALL_YEARS, MEASURES

NO_COURT = "no federal district court"
_TABLES = "hti-district-tables"


def by_district() -> pd.DataFrame:
    """The 94 districts in 2020-2023, in each year and in all together; see `_rows`."""
    return _rows(districts.by_year().rename(columns={"court_id": "place"}))


def by_state(first: int = 2019) -> pd.DataFrame:
    """The 56 jurisdictions in `first` (as far as published) and in 2020-2023, in each year and in all together; see `_rows`.

    Of `first` only the states that a public source prints have figures; American Samoa, without a court, has none in any year.
    """
    table = _rows(states.by_state().rename(columns={"jurisdiction": "place"}))
    early = published(first)
    without = data.jurisdictions().set_index("usps")["n_districts"] == 0
    table = pd.concat([early, table], ignore_index=True)
    return table.assign(why=table["place"].map(without).map({True: NO_COURT, False: "not published"}))


def published(year: int) -> pd.DataFrame:
    """The published figures of a year before the district tables, for every jurisdiction; NA where no copy was found.

    Ranks are the source's own. Until 2021 the published total is the count under the TVPA.
    """
    stack = states.stack_up(year)
    stack = stack[stack["metric"] == "new_criminal_cases"].set_index("jurisdiction")
    places = data.jurisdictions().rename(columns={"usps": "place"})[["place", "name"]]
    table = places.assign(year=str(year), **dict.fromkeys(MEASURES, pd.Series(pd.NA, places.index, dtype="Int64")))
    table["tvpa_cases"] = places["place"].map(stack["value"]).astype("Int64")
    table["outside_tvpa_cases"] = [data.at(str(place), year, "outside_tvpa_cases") for place in places["place"]]
    table = table.astype({"outside_tvpa_cases": "Int64", "year": "string"})
    table["tvpa_cases_rank"] = places["place"].map(stack["rank_text"])
    return table.assign(source=places["place"].map(stack["source_id"]))


def _rows(table: pd.DataFrame) -> pd.DataFrame:
    """Places and years, and all years together, with the measures of `MEASURES`, a rank in words for each, and the source.

    Columns: place, name, year (text), the measures, `<measure>_rank`, source (a key of sources.csv).
    """
    sums = table.groupby(["place", "name"], as_index=False)[list(MEASURES)].sum(min_count=1).assign(year=ALL_YEARS)
    rows = pd.concat([table[["place", "name", "year", *MEASURES]].astype({"year": "string"}), sums], ignore_index=True)
    for measure in MEASURES:
        parts = [ranking.ranked(group)["rank_text"] for _, group in rows.groupby("year", sort=False)[measure]]
        rows[f"{measure}_rank"] = pd.concat(parts)
    return rows.astype({"year": "string"}).assign(source=_TABLES)
