"""Every figure and rank of the published Missouri summary of 2019 that follows from the data."""

import pytest

from lib import data, metrics, national, states
from lib.tables import number_text
from lib.words import change, percent


@pytest.mark.parametrize(
    ("metric", "value", "rank"),
    [
        ("new_criminal_cases", 7, "5th of 56"),
        ("active_criminal_cases", 18, "9th of 56"),
        ("convictions", 9, "10th of 56"),
        ("restitution_pct", 22.2, "24th of 56"),
    ],
)
def test_stack_up(metric, value, rank):
    table = states.stack_up(2019).set_index(["jurisdiction", "metric"])
    row = table.loc[("MO", metric)]
    assert (row["value"], row.rank_text) == (value, rank)


def test_two_of_nine_is_22_percent():
    found = metrics.restitution_rate(
        data.at("MO", 2019, "restitution_ordered"), data.at("MO", 2019, "restitution_convicted")
    )
    assert percent(found) == "22%" and data.at("MO", 2019, "restitution_pct") == round(found)


def test_outside_the_tvpa():
    assert data.at("MO", 2019, "outside_tvpa_cases") == 9 and data.at("US", 2019, "outside_tvpa_cases") == 100


@pytest.mark.parametrize(
    ("metric", "now", "before", "words"),
    [
        ("new_criminal_cases", 145, 170, "a fall of 14.7%"),
        ("new_defendants", 271, 287, "a fall of 5.6%"),
        ("active_criminal_cases", 606, 644, "a fall of 5.9%"),
        ("convictions", 339, 300, "a rise of 13.0%"),
        ("mean_sentence_months", 143, 145, "a fall of 1.4%"),
    ],
)
def test_key_findings(metric, now, before, words):
    row = national.key_findings(2019).set_index("metric").loc[metric]
    assert (row["value"], row.before, change(row.change_pct)) == (now, before, words)


def test_national_restitution():
    assert data.at("US", 2019, "restitution_pct") == 33


@pytest.mark.parametrize("metric", list(states.STACK_UP))
def test_published_ranks_agree_with_one_another(metric):
    table = states.stack_up(2019)
    pairs = table[table.metric == metric]
    assert pairs.published_rank.notna().sum() >= 2
    assert states.pairs_agree(pairs["value"], pairs.published_rank)


@pytest.mark.parametrize(
    ("values", "ranks"), [([7, 8], [1, 2]), ([7, 7], [1, 2]), ([9, 9, 5], [1, 1, 2]), ([5, 5], [3, 4])]
)
def test_pairs_that_contradict_are_found(values, ranks):
    import pandas as pd

    assert not states.pairs_agree(pd.Series(values), pd.Series(ranks))


def test_pairs_of_the_2019_edition():
    """8 -> 23rd (two), 7 -> 25th (six), 6 -> 31st (one), 5 -> 32nd: there is room for exactly these."""
    table = states.stack_up(2019)
    active = table[(table.metric == "active_criminal_cases") & table.published_rank.notna()]
    ranks = dict(zip(active["value"], active.published_rank, strict=True))
    assert [ranks[v] for v in (8, 7, 6, 5)] == [23, 25, 31, 32]


def test_trend_under_the_tvpa():
    trend = national.tvpa_trend().set_index("year").tvpa_cases
    assert trend.to_dict() == {2018: 170, 2019: 145, 2020: 165, 2021: 140, 2022: 125, 2023: 124}


def test_active_civil_cases_are_derived_where_not_published():
    civil = national.civil_cases().set_index("year")
    assert civil.active_civil_cases[2019] == 179 and civil.how[2019].startswith("derived")
    assert civil.active_civil_cases[2020] == 200 and civil.how[2020] == "published"


def test_a_split_of_which_one_part_is_public_stays_open():
    types = national.cases_by_type().set_index("year")
    assert types.loc[2018, ["new_sex_cases", "new_labor_cases", "labor_share_pct"]].isna().all()
    assert (types.new_sex_cases[2019], types.new_labor_cases[2019]) == (136, 9)


def test_missing_is_printed_as_not_published():
    import pandas as pd

    assert (
        number_text(pd.NA) == "not published" and percent(pd.NA) == "not published" and change(pd.NA) == "not published"
    )


def test_compiled_tables_agree_with_the_press():
    """Each state figure of 2020-2023 that the press printed is the sum of the district tables."""
    table = states.by_state().set_index(["jurisdiction", "year"])
    figures = data.figures()
    printed = figures[
        (figures.year >= 2020)
        & (figures.jurisdiction != "US")
        & figures.court_id.isna()
        & figures.metric.isin(["new_criminal_cases", "new_sex_cases", "new_labor_cases", "new_defendants"])
    ]
    assert len(printed) >= 15
    for row in printed.itertuples():
        assert table.loc[(row.jurisdiction, row.year), row.metric] == row.value, (
            row.jurisdiction,
            row.year,
            row.metric,
        )
