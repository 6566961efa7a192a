"""How firm the ranks of 2020-2023 are: recomputed by plain means from the tables."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib import data, intervals, states, uncertainty
from lib.charts import ranks
from lib.charts.notebook import StoredChart, data_fold
from lib.errors import BookError

ALL = uncertainty.periods()


def test_periods():
    assert ALL == ["2020", "2021", "2022", "2023", "2020–2023"]
    with pytest.raises(BookError, match="no period '2019'"):
        uncertainty.cases("2019")


def test_cases_are_the_printed_totals_and_together_the_comparable_ones():
    district = data.district_new_cases()
    for year in uncertainty.years():
        rows = district[district.year == year]
        assert uncertainty.cases(str(year)).cases.sum() == (rows.new_sex_cases + rows.new_labor_cases).sum()
    inside = district.outside_tvpa_cases.where(district.year < 2022, 0).sum()
    together = uncertainty.cases(uncertainty.TOGETHER).cases.sum()
    assert together == (district.new_sex_cases + district.new_labor_cases).sum() + inside


@pytest.mark.parametrize("period", ALL)
def test_american_samoa_has_no_court_and_is_never_ranked(period):
    assert pd.isna(uncertainty.cases(period).cases["AS"])
    assert "AS" not in set(uncertainty.rates(period).jurisdiction)
    assert uncertainty.pairs(period) == 55 * 54 // 2


def test_residents_never_mix_the_two_bases():
    people = data.population()
    later = people[people.year >= 2020].groupby("jurisdiction").population.sum()
    table = uncertainty.cases(uncertainty.TOGETHER)
    assert (table.residents == later[table.index]).all()


def test_a_caller_cannot_change_the_cases():
    table = uncertainty.cases("2023")
    table["cases"] = 0
    assert uncertainty.cases("2023").cases.sum() > 0


@pytest.mark.parametrize("per_resident", [False, True])
def test_who_can_be_told_apart_agrees_with_the_intervals(per_resident):
    for period in ALL:
        table = uncertainty.cases(period).dropna()
        sets = intervals.rank_sets(table.cases, table.residents if per_resident else None).set_axis(table.name)
        pairs = uncertainty.told_apart(period, per_resident)
        assert (pairs.groupby("below").size().reindex(table.name, fill_value=0) == sets.lower - 1).all()
        assert (pairs.groupby("above").size().reindex(table.name, fill_value=0) == len(table) - sets.upper).all()


def test_summary_of_pairs():
    table = uncertainty.apart_summary().set_index("period")
    assert table.by_count.to_dict() == {"2020": 45, "2021": 22, "2022": 26, "2023": 21, "2020–2023": 356}
    assert table.per_resident.to_dict() == {"2020": 0, "2021": 2, "2022": 2, "2023": 9, "2020–2023": 127}
    assert (table.per_resident_pct[:4] < 1).all(), "per capita almost nothing can be told apart"


def test_one_pair_by_hand():
    """Texas 22 and Georgia 0 in 2023: (1/2)^22 is far below 0.05 / 2970."""
    table = uncertainty.cases("2023")
    assert (table.cases["TX"], table.cases["GA"]) == (22, 0)
    assert intervals.is_above(22, 0) == pytest.approx(0.5**22) and 0.5**22 < 0.05 / (55 * 54)
    pairs = uncertainty.told_apart("2023")
    assert ((pairs.above == "Texas") & (pairs.below == "Georgia")).any()


def test_sentences_name_every_pair_once():
    assert uncertainty.apart_sentences("2020", per_resident=True) == ["No two jurisdictions can be told apart."]
    (only,) = uncertainty.apart_sentences("2021", per_resident=True)
    assert only == "**Nebraska** stands above 2: California and North Carolina."
    for period in ALL:
        numbers = [int(s.split(" above ")[1].split(":")[0]) for s in uncertainty.apart_sentences(period)]
        assert sum(numbers) == len(uncertainty.told_apart(period)) and numbers == sorted(numbers, reverse=True)


def test_ties():
    summary = uncertainty.tie_summary()
    assert (summary.sharing + summary.alone == summary.ranked).all()
    for row in summary.itertuples():
        ties = uncertainty.ties(str(row.year))
        assert ties.tied.sum() == row.sharing and ties.tied.max() == row.largest == ties.iloc[-1].tied
        assert (ties.names.str.count(",") + ties.names.str.count(" and ") >= ties.tied - 1).all()


def test_one_case_more_by_ranking_again():
    table = uncertainty.one_case_more(2023)
    cases = uncertainty.cases("2023").cases.dropna()
    for usps in ("MO", "TX", "GA"):
        for column, step in (("more", 1), ("fewer", -1)):
            changed = cases.copy()
            changed[usps] += step
            expected = changed.rank(method="min", ascending=False)[usps] if changed[usps] >= 0 else pd.NA
            assert table.loc[usps, column] is expected or table.loc[usps, column] == expected
    with pytest.raises(BookError, match="'AS' is not ranked in 2023"):
        uncertainty.step_sentence(2023, "AS")
    assert "fewer" not in uncertainty.step_sentence(2023, "GA")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "too few"),
        (9, "too few"),
        (10, "unstable"),
        (19, "unstable"),
        (20, "enough"),
        (pd.NA, "not published"),
    ],
)
def test_small_numbers(number, said):
    assert said in uncertainty.reliability(number)


@pytest.mark.parametrize("period", ALL)
def test_no_rate_below_ten_cases_is_ranked_and_unstable_ones_are_marked(period):
    table = uncertainty.rates(period)
    ranked = table[table["rank"].notna()]
    assert (ranked.cases >= 10).all() and (table[table["rank"].isna()].cases < 10).all()
    assert (table[table["rank"].isna()].rank_interval == "not ranked").all()
    assert (table.cases.between(10, 19) == (table.reliability == uncertainty.UNSTABLE)).all()
    assert ranked.rate.is_monotonic_decreasing
    assert table[table["rank"].isna()].name.is_monotonic_increasing
    assert ((table.rate_low <= table.rate) & (table.rate <= table.rate_high)).all()


def test_a_rate_by_hand():
    row = uncertainty.rates("2023").set_index("jurisdiction").loc["TX"]
    low, high = stats.chi2.ppf(0.025, 44) / 2, stats.chi2.ppf(0.975, 46) / 2
    assert [row.rate, row.rate_low, row.rate_high] == pytest.approx([n * 1e6 / row.residents for n in (22, low, high)])


def test_among_ranked_rates():
    table = uncertainty.told_apart_among_ranked(uncertainty.TOGETHER)
    names = set(uncertainty.rates(uncertainty.TOGETHER).dropna(subset=["rank"]).name)
    assert set(table.above) | set(table.below) <= names
    assert "no two of them can be told apart" in uncertainty.ranked_rates_sentence()


def test_rank_table_has_every_year_with_intervals_and_ties():
    table = uncertainty.rank_table().set_index("Jurisdiction")
    assert table.loc["Texas", "2023"] == "1 (1–34), 22" and table.loc["Missouri", "2023"] == "tied 17 (1–55), 4"
    assert (table.loc["American Samoa"] == "not ranked").all()
    assert list(table.columns) == ["2020", "2021", "2022", "2023"] and len(table) == 56


def test_chapter_two_has_the_same_intervals():
    ranking = states.complete_ranking(2023).set_index("jurisdiction")
    assert ranking.rank_interval["TX"] == "1 (1–34)" and ranking.rank_interval["AS"] == "not ranked"
    assert states.sentence(ranking.loc["MO"], 2023).endswith(
        "tied 17th of 55; its true place lies between 1st and 55th."
    )
    assert "not ranked" in states.sentence(ranking.loc["AS"], 2023)
    wide = states.rank_by_year().set_index("Jurisdiction")
    assert wide.loc["Missouri", "2023"] == "tied 17 (1–55)" and wide.loc["American Samoa", "2023"] == "not ranked"


def test_what_a_reporter_can_quote():
    lines = uncertainty.quotable(2023, "MO")
    assert "202 new human trafficking cases. Texas had more than 21 others, beyond chance." in lines[0]
    assert "55 rank intervals even the narrowest spans 34 places" in lines[1]
    assert "9 pairs of 1,485" in lines[2]
    assert lines[3] == "Missouri stood 17th with 4 cases; one case more would have made it 15th, one fewer 23rd."


def test_quotes_when_nothing_can_be_told_apart(monkeypatch):
    monkeypatch.setattr(uncertainty, "told_apart", lambda *_, **__: pd.DataFrame({"above": [], "below": []}))
    assert "No jurisdiction had more than another" in uncertainty.quotable(2023, "MO")[0]
    assert "no pair of 1,485" in uncertainty.quotable(2023, "MO")[2]


def test_funnel_points_and_curves_agree():
    points, curves = uncertainty.funnel(), uncertainty.funnel_curves(12)
    assert set(points.period) == set(curves.period) == set(ALL)
    assert (curves.groupby("period").size() == 12).all() and (curves.lower95 <= curves.upper95).all()
    for row in points.itertuples():
        span = 4 if row.period == uncertainty.TOGETHER else 1
        expected = row.overall * row.people * span / 1e6
        assert row.rate == pytest.approx(row.cases * 1e6 / row.residents)
        tails = stats.poisson.cdf(row.cases, expected), stats.poisson.sf(row.cases - 1, expected)
        inside = tails[0] >= 0.025 and tails[1] > 0.025
        assert (row.beyond == "within chance") == inside, row


def test_places_in_the_top_five_add_up():
    table = uncertainty.shrunken()
    assert np.allclose(table.groupby("period").p_top_pct.sum(), 500, atol=2)
    top = table[(table.period == uncertainty.TOGETHER)].iloc[0]
    assert top["name"] == "Nebraska" and top.p_top_pct > 95 and top.shrunken < top.rate


@pytest.mark.parametrize(
    "chart",
    [
        lambda: ranks.funnel(uncertainty.funnel(), uncertainty.funnel_curves(10), "2023", "Missouri"),
        lambda: ranks.rank_intervals(states.all_rankings(), "Missouri"),
        lambda: ranks.top_places(uncertainty.shrunken(), uncertainty.TOGETHER, "Missouri"),
    ],
)
def test_charts_draw_the_picked_state_and_repeat(chart):
    first, second = StoredChart(chart(), "description", None, []), StoredChart(chart(), "description", None, [])
    assert first.html == second.html and "Missouri" in first.svg


def test_the_interval_chart_shows_the_latest_year_and_only_the_ranked():
    svg = StoredChart(ranks.rank_intervals(states.all_rankings(), "Missouri"), "description", None, []).svg
    assert svg.count("1 (1–34)") >= 1 and "1 (1–30)" not in svg and "American Samoa" not in svg


def test_the_fold_prints_whole_numbers_whole_and_others_with_two_decimals():
    table = pd.DataFrame({"count": [3.0, 4.0], "rate": [0.308, float("nan")], "name": ["a", "b"]})
    fold = data_fold(table, "chart-1", [])
    assert ">3<" in fold and ">0.31<" in fold and ">not published<" in fold and "0.308" in fold
