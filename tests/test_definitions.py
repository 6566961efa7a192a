"""How ranks move between definitions, restated editions and what each series counts."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib import data, definitions, metrics, states
from lib.charts import ranks
from lib.charts.notebook import StoredChart
from lib.errors import BookError

names = st.sampled_from(definitions.definitions())


def test_printed_counts_are_never_added_over_the_years():
    found = definitions.definitions()
    assert len(found) == len(set(found)) == 23
    assert not any(each.startswith(definitions.TOGETHER) and "printed" in each for each in found)


@pytest.mark.parametrize("year", [2020, 2021, 2022, 2023])
def test_the_printed_count_is_one_of_the_comparable_ones(year):
    """Before the break it is the count under the TVPA, from the break on the count under and outside it."""
    same = "cases under the TVPA only" if year < metrics.SERIES_BREAK else "cases under and outside the TVPA"
    printed, other = (definitions.under(definitions.name(str(year), each)).value for each in ("cases as printed", same))
    pd.testing.assert_series_equal(printed, other)


@pytest.mark.parametrize("period", ["2020", "2021", "2022", "2023", definitions.TOGETHER])
def test_counts_nest(period):
    values = {
        measure: definitions.under(definitions.name(period, measure)).value.dropna()
        for measure in (
            "cases under the TVPA only",
            "cases under and outside the TVPA",
            "sex trafficking cases, any law",
        )
    }
    tvpa, every, sex = values.values()
    assert (tvpa <= every).all() and (sex <= every).all() and (sex >= 0).all() and (tvpa >= 0).all()


def test_the_sum_is_the_sum_of_the_years():
    for measure in definitions.MEASURES:
        if measure not in definitions.NOT_ADDED:
            parts = sum(definitions.under(definitions.name(str(year), measure)).value for year in range(2020, 2024))
            total = definitions.under(definitions.name(definitions.TOGETHER, measure)).value
            pd.testing.assert_series_equal(parts.sort_index(), total.sort_index(), check_names=False)


def test_ranks_are_those_of_chapter_two():
    ours = definitions.under("2023: cases as printed")["rank"]
    theirs = states.complete_ranking(2023).set_index("jurisdiction")["rank"]
    pd.testing.assert_series_equal(ours.sort_index(), theirs.sort_index(), check_names=False)


@given(names, names)
@settings(max_examples=20, deadline=None)
def test_moves_are_antisymmetric_and_leave_out_who_is_not_ranked(first, second):
    there = definitions.moves(first, second).set_index("jurisdiction").move
    back = definitions.moves(second, first).set_index("jurisdiction").move
    assert (there == -back[there.index]).all() and len(there) == 55 and "AS" not in there.index
    assert (definitions.moves(first, first).move == 0).all()


def test_the_moves_the_chapter_speaks_of():
    table = definitions.moves("2023: cases as printed", "2023: cases under the TVPA only").set_index("name")
    assert table.iloc[0].name == "Nevada" and list(table.loc["Nevada", ["rank_first", "rank_second"]]) == [17, 40]
    assert list(table.loc["Missouri", ["rank_first", "rank_second"]]) == [17, 8]


def test_summary_counts_the_moves():
    table = definitions.summary()
    assert (table[table.measure == table.base].moved == 0).all() and (table.far <= table.moved).all()
    row = table[(table.period == "2023") & (table.measure == "cases under the TVPA only")].iloc[0]
    change = definitions.moves("2023: cases as printed", "2023: cases under the TVPA only").move.abs()
    assert (row.moved, row.far) == ((change > 0).sum(), (change >= definitions.FAR).sum())
    assert row.farthest == "Nevada, 17th to 40th" and row.top.startswith("Texas, California, New York")


def test_moves_within_chance():
    moved, inside = definitions.within_chance(2023)
    assert (
        0
        < inside
        <= moved
        == definitions.summary().set_index(["period", "measure"]).moved["2023", "cases under the TVPA only"]
    )
    assert definitions.within_chance(2020) == (0, 0)


@pytest.mark.parametrize("call", [definitions.under, definitions.top, lambda d: definitions.moves(d, d)])
def test_an_unknown_definition_is_named(call):
    with pytest.raises(BookError, match="no definition '2019: cases'"):
        call("2019: cases")


def test_an_unknown_period_is_named():
    with pytest.raises(BookError, match="no period '2019'"):
        definitions.ranks_by_definition("2019")


def test_wide_tables_have_everybody():
    wide = definitions.wide_ranks()
    assert wide.shape == (56, 24) and wide.set_index("Jurisdiction").loc["American Samoa"].isna().all()
    one = definitions.ranks_by_definition("2023")
    assert len(one) == 56 and one.iloc[0].Jurisdiction == "Texas" and one.iloc[-1].Jurisdiction == "American Samoa"
    assert definitions.RANK_FORMS["cases as printed"](pd.NA) == "not ranked"


def test_restated_figures_are_exactly_the_known_ones():
    found = definitions.restated().set_index(["metric", "year"])[["first", "later"]]
    assert {key: tuple(pair) for key, pair in zip(found.index, found.to_numpy(), strict=True)} == {
        ("new_criminal_cases", 2018): (171, 170),
        ("active_criminal_cases", 2018): (680, 644),
        ("convictions", 2018): (346, 300),
        ("new_criminal_cases", 2022): (183, 203),
    }
    assert set(definitions.restated_sources()) <= set(data.sources().source_id)


def test_a_restatement_can_turn_a_change_round():
    changes = definitions.restated_changes().set_index(["metric", "year"])
    convictions = changes.loc[("convictions", 2018)]
    assert convictions.from_first == pytest.approx(100 * (339 - 346) / 346)
    assert convictions.from_later == pytest.approx(100 * (339 - 300) / 300)
    assert definitions.district_total(2022) == 184


def test_defendants_break_with_the_cases():
    table = definitions.defendants_break().set_index("year")
    assert table.districts.to_dict() == {2020: 9, 2021: 16, 2022: 12, 2023: 15}
    assert table.with_defendants.to_dict() == {2020: 0, 2021: 1, 2022: 12, 2023: 14}


def test_what_each_counts_has_every_family_and_a_source():
    table = definitions.what_each_counts(2020)
    assert set(table.who) == {"HTI", "DOJ", "BJS", "TRAC"} and table.value.is_monotonic_increasing
    assert set(table.source_id) <= set(data.sources().source_id)
    assert table[table.who == "HTI"].value.tolist() == [165, 257, 257]
    official = data.official_series().query("fiscal_year == 2020")
    assert sorted(table[table.who != "HTI"].value) == sorted(official.value)


def test_labels_name_each_tie_once_and_stay_short():
    table = definitions.slopes()
    labels = table[table.label != ""]
    assert not labels.duplicated(["definition", "rank"]).any()
    assert len(labels) == len(table.drop_duplicates(["definition", "rank"]))
    shared = labels[labels.label.str.endswith(" tied")]
    sizes = table.groupby(["definition", "rank"]).size()
    keys = list(zip(shared.definition, shared["rank"], strict=True))
    assert (shared.label.str.split().str[0].astype(int).to_numpy() == sizes[keys].to_numpy()).all()


def test_the_chart_shows_the_default_pair_and_offers_the_others():
    chosen = ("2023: cases as printed", "2022: defendants as printed")
    chart = ranks.slopes(definitions.slopes(), definitions.definitions(), *chosen, "Missouri")
    spec = chart.to_dict()
    params = {each["name"]: each for each in spec["params"]}
    assert (params["first"]["value"], params["second"]["value"]) == chosen
    assert params["first"]["bind"]["options"] == definitions.definitions()
    stored = StoredChart(chart, "description", None, [])
    assert "defendants as printed" in stored.svg and "Missouri" in stored.svg
    again = StoredChart(
        ranks.slopes(definitions.slopes(), definitions.definitions(), *chosen, "Missouri"), "description", None, []
    )
    assert stored.html == again.html


def test_the_same_definition_on_both_sides_is_a_level_line():
    same = "2023: cases as printed"
    svg = StoredChart(
        ranks.slopes(definitions.slopes(), definitions.definitions(), same, same, "Missouri"), "d", None, []
    ).svg
    assert svg.count(">Texas") + svg.count("Texas<") >= 2
