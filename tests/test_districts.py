import html
import json
import re

import nbformat
import pandas as pd
import pytest

from lib import concentration, data, districts, map_rows, metrics, outside, states, types
from tests.conftest import ROOT


def output(chapter: str, label: str) -> str:
    """The stored HTML of a labelled cell."""
    notebook = nbformat.read(next((ROOT / "chapters").glob(f"*{chapter}.ipynb")), as_version=4)
    return next(c.outputs[0].data["text/html"] for c in notebook.cells if f"#| label: {label}\n" in c.source)


def printed(chapter: str, label: str) -> pd.DataFrame:
    """A table as the book prints it, cells as text."""
    body = re.search(r"<table.*?</table>", output(chapter, label), re.DOTALL)[0]
    rows = [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    ]
    return pd.DataFrame([[html.unescape(cell) for cell in row] for row in rows[1:]], columns=rows[0])


def total(column: pd.Series) -> int:
    """The sum of a printed column of counts; what was not published is left out."""
    return int(column[column != "not published"].str.replace(",", "").astype(int).sum())


@pytest.fixture(scope="module")
def nation() -> pd.DataFrame:
    """The sums of the district tables by year, made here with nothing of the library's."""
    table = pd.read_csv(ROOT / "data" / "district_new_cases.csv")
    table["total"] = table.new_sex_cases + table.new_labor_cases
    table["tvpa"] = table.total - table.outside_tvpa_cases.where(table.year >= 2022, 0)
    return table.groupby("year").sum(numeric_only=True)


def test_printed_districts_sum_to_the_nation(nation):
    table = printed("districts", "tbl-district-cases")
    assert len(table) == 94
    for year in nation.index:
        assert total(table[str(year)]) == nation.tvpa[year]
    assert total(table["Four years"]) == nation.tvpa.sum()
    assert total(table["Of these labor"]) == nation.new_labor_cases.sum()
    assert total(table["Outside the TVPA"]) == nation.outside_tvpa_cases.sum()


def test_printed_states_sum_to_the_nation(nation):
    ranking = printed("states", "tbl-ranking")
    assert total(ranking["New cases"]) == nation.total[2023] and total(ranking["Labor"]) == nation.new_labor_cases[2023]
    by_type = printed("sex-and-labor", "tbl-type-states")
    assert total(by_type["Sex cases 2020-21"]) == nation.new_sex_cases[[2020, 2021]].sum()
    assert total(by_type["Sex defendants 2022-23"]) == nation.new_sex_defendants[[2022, 2023]].sum()
    assert total(by_type["Labor defendants"]) == nation.new_labor_defendants.sum()
    out = printed("outside-tvpa", "tbl-outside-states")
    assert total(out["Under the TVPA"]) == nation.tvpa.sum()
    assert total(out["Outside the TVPA"]) == nation.outside_tvpa_cases.sum()


def test_printed_tables_of_districts_agree_with_those_of_states():
    for chapter, by_district, by_state, columns in [
        (
            "sex-and-labor",
            "tbl-type-districts",
            "tbl-type-states",
            ["Sex cases 2020-21", "Sex cases 2022-23", "Labor cases"],
        ),
        ("outside-tvpa", "tbl-outside-districts", "tbl-outside-states", ["Under the TVPA", "Outside the TVPA"]),
    ]:
        home = data.districts().set_index("name").jurisdiction.map(data.jurisdictions().set_index("usps").name)
        parts, wholes = printed(chapter, by_district), printed(chapter, by_state).set_index("Jurisdiction")
        for column in columns:
            sums = parts[column].astype(int).groupby(parts.District.map(home)).sum()
            assert (wholes.loc[sums.index, column].astype(int) == sums).all(), column


def test_printed_years_outside_the_tvpa_and_labor_sum_to_the_nation(nation):
    for chapter, label, column in [
        ("outside-tvpa", "tbl-outside-years", "outside_tvpa_cases"),
        ("sex-and-labor", "tbl-labor-district", "new_labor_cases"),
    ]:
        table = printed(chapter, label)
        for year in nation.index:
            assert total(table[str(year)]) == nation[column][year], label
        assert total(table["Four years"]) == nation[column].sum()


def test_the_national_chapter_prints_the_same_totals(nation):
    spec = json.loads(re.search(r"data-vega-for=[^>]*>(.*?)</script>", output("national", "fig-trend"), re.DOTALL)[1])
    rows = [row for rows in spec["datasets"].values() for row in rows if row.get("year") in (2020, 2021)]
    assert {row["year"]: row["tvpa_cases"] for row in rows} == nation.tvpa[[2020, 2021]].to_dict()


def test_maps_hold_the_same_sums(nation):
    for rows in (map_rows.by_district(), map_rows.by_state()):
        sums = rows.groupby("year")[list(districts.MEASURES)].sum()
        for year in nation.index:
            assert sums.tvpa_cases[str(year)] == nation.tvpa[year]
        assert sums.loc[districts.ALL_YEARS, "new_labor_cases"] == nation.new_labor_cases.sum()


def test_press_figures_of_districts_agree_with_the_tables():
    rows = data.figures().dropna(subset=["court_id"])
    table = metrics.with_totals(data.district_new_cases()).set_index(["court_id", "year"])
    known = rows[(rows.year >= 2020) & rows.metric.isin(["new_criminal_cases", "new_defendants"])]
    assert len(known) == 5
    for row in known.itertuples():
        assert table.loc[(row.court_id, row.year), row.metric] == row.value


def test_every_published_district_figure_is_listed():
    assert len(districts.published()) == data.figures().court_id.notna().sum() == 12


def test_states_of_one_source_have_no_case_elsewhere():
    sums = districts.over_years()
    home = sums.jurisdiction.map(data.jurisdictions().set_index("usps").name)
    for row in districts.one_source().itertuples():
        filed = sums[(home == row.state) & (sums.tvpa_cases > 0)]
        assert list(filed.name) == [row.largest] and row.districts > 1 and row.largest_share_pct == 100


def test_level_districts_are_both_named():
    table = districts.divided_states().set_index("state")
    assert len(table) == 24
    assert (
        table.largest["Indiana"] == "Indiana Northern and Indiana Southern" and table.largest_share_pct["Indiana"] == 50
    )


def test_filed_none_are_exactly_the_zeros():
    zeros = districts.over_years().query("tvpa_cases == 0")
    assert set(districts.filed_none().name) == set(zeros.name) and len(zeros) > 0
    assert districts.filed_none("new_labor_cases").new_labor_cases.sum() == 0


def test_concentration_by_year_agrees_with_the_measures():
    table = districts.concentration_by_year().set_index("year")
    sums = districts.over_years().tvpa_cases
    assert table.gini[districts.ALL_YEARS] == concentration.gini(sums)
    assert table.filing[districts.ALL_YEARS] == (sums > 0).sum()
    assert (table.drop(districts.ALL_YEARS).gini > table.gini[districts.ALL_YEARS]).all()


def test_panels_hold_every_district_of_every_divided_state():
    table = districts.panels()
    several = data.jurisdictions().query("n_districts > 1")
    assert (
        set(table.state) == set(several.name)
        and table.groupby("state").district.nunique().sum() == several.n_districts.sum()
    )
    whole = table.year == districts.ALL_YEARS
    assert table[~whole].tvpa_cases.sum() == table[whole].tvpa_cases.sum() and table.year.nunique() == 5


def test_a_place_that_was_not_published_stays_missing_and_says_why():
    rows = map_rows.by_state().set_index(["place", "year"])
    assert pd.isna(rows.tvpa_cases["TX", "2019"]) and rows.why["TX", "2019"] == "not published"
    assert rows.tvpa_cases["MO", "2019"] == 7 and rows.tvpa_cases_rank["MO", "2019"] == "5th of 56"
    assert rows.outside_tvpa_cases["MO", "2019"] == 9 and pd.isna(rows.tvpa_sex_cases["MO", "2019"])
    samoa = rows.loc["AS"]
    assert samoa[list(districts.MEASURES)].isna().all(axis=None) and set(samoa.why) == {map_rows.NO_COURT}


def test_counties_of_a_district_are_listed_and_counted():
    table = districts.counties().set_index("name")
    assert table.counties.sum() == len(data.district_counties())
    assert "Boone" in table.names["Missouri Western"].split(", ") and table.names["Alaska"].startswith("the whole")


def test_a_sentence_says_cases_rank_and_what_stands_outside():
    row = districts.wide().set_index("name", drop=False).loc["Vermont"]
    assert districts.sentence(row).startswith("Vermont: no new cases under the TVPA from 2020 to 2023, tied 83rd of 94")


def test_ratios_need_a_case():
    table = types.by_district().set_index("name")
    assert (
        pd.isna(table.sex_per_case_late["Vermont"])
        and types.ratio_text(pd.NA) == "—"
        and types.ratio_text(2.04) == "2.0"
    )
    known = table.dropna(subset=["labor_per_case"])
    rows = data.district_new_cases().groupby("court_id")[["new_labor_cases", "new_labor_defendants"]].sum()
    expected = rows[rows.new_labor_cases > 0].new_labor_defendants.sum()
    assert (known.labor_per_case * known.labor_cases).sum() == pytest.approx(float(expected))


def test_outside_years_add_up():
    table = outside.by_district_and_year()
    assert (table.drop(columns=["name", "Four years"]).sum(axis=1) == table["Four years"]).all()
    assert (table["Four years"] > 0).all() and len(table) == (outside.by_district().outside_tvpa_cases > 0).sum()


def test_state_and_district_maps_share_their_sums():
    one, other = map_rows.by_district(), map_rows.by_state()
    home = data.districts().set_index("court_id").jurisdiction
    sums = one.assign(place=one.place.map(home)).groupby(["place", "year"]).tvpa_cases.sum()
    found = other.set_index(["place", "year"]).tvpa_cases
    assert (found.loc[sums.index] == sums).all()
    assert states.by_state().tvpa_cases.sum() == sums.drop(districts.ALL_YEARS, level="year").sum()
