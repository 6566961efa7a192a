"""What the published figures of 2019 imply."""

import pandas as pd
import pytest

from lib import bounds, data, implied
from lib.charts.implied import distribution
from lib.errors import BookError, InconsistentFigures

NEW, ACTIVE, CONVICTIONS = implied.MEASURES


def spans(metric: str) -> list[tuple[int, int, int]]:
    """Places with equal bounds together: how many, lower, upper."""
    places = implied.distribution(2019, metric)
    return [(len(g), *map(int, key)) for key, g in places.groupby(["lower", "upper"], sort=False)]


def test_new_cases_by_place():
    expected = [(1, 14, 27), (1, 14, 20), (1, 13, 13), (1, 8, 13), (1, 7, 7), (3, 5, 7), (1, 4, 4), (12, 3, 4)]
    assert spans(NEW) == [*expected, (6, 2, 2), (9, 1, 1), (20, 0, 0)]


@pytest.mark.parametrize(("metric", "total"), [(NEW, 145), (ACTIVE, 606), (CONVICTIONS, 339)])
def test_bounds_hold_what_was_published(metric, total):
    known, found = implied.facts(2019, metric), implied.bounds(2019, metric)
    places = implied.distribution(2019, metric)
    assert places["lower"].sum() <= total <= places["upper"].sum() and data.at("US", 2019, metric) == total
    assert len(found) == len(places) == 56 and (found.notna()).all(axis=None)
    values, ranks = known["value"].dropna(), known["rank"].dropna()
    assert len(values) >= 9
    assert (found["lower"][values.index] == values).all() and (found["upper"][values.index] == values).all()
    assert (found["lower_rank"][ranks.index] == ranks).all() and (found["upper_rank"][ranks.index] == ranks).all()
    assert (found["lower"] >= known.at_least.fillna(0)).all()


def test_ranks_that_were_not_printed_follow_from_the_value():
    found = implied.bounds(2019, ACTIVE)
    assert found.loc["MA", ["lower_rank", "upper_rank"]].tolist() == [23, 23]
    assert found.loc["FL"].tolist() == [33, 33, 1, 8]
    assert implied.bounds(2019, CONVICTIONS).loc["SC"].tolist() == [5, 5, 13, 24]


def test_unpublished_jurisdictions_have_one_pair_of_bounds():
    known, found = implied.facts(2019, NEW), implied.bounds(2019, NEW)
    unknown = known["value"].isna() & known.at_least.isna()
    assert unknown.sum() >= 40 and found[unknown].drop_duplicates().to_numpy().tolist() == [[0, 27, 1, 37]]


def test_lower_bounds_come_from_other_figures_of_the_place():
    assert implied.facts(2019, NEW).at_least["NV"] == 1
    assert implied.facts(2019, CONVICTIONS).at_least.dropna().to_dict() == {"NV": 1, "IL": 6, "WI": 6}
    assert pd.isna(implied.facts(2019, CONVICTIONS)["value"]["NV"]), "counts cases, not defendants"


def test_places_without_a_case_bound_each_other():
    assert implied.zeros(2019, NEW) == (20, 20)
    assert implied.zeros(2019, ACTIVE) == (4, 20)
    assert implied.zeros(2018, ACTIVE) == (4, 4)
    assert implied.zeros(2019, CONVICTIONS) is None and implied.zeros(2023, NEW) is None


def test_what_is_available():
    assert set(implied.available()) == {(2019, metric) for metric in implied.MEASURES}


@pytest.mark.parametrize(("year", "metric"), [(2019, "restitution_pct"), (2017, NEW)])
def test_without_a_total_nothing_is_implied(year, metric):
    with pytest.raises(BookError, match=f"No national total of {metric} was published for {year}"):
        implied.bounds(year, metric)


def test_a_wrong_figure_among_the_real_ones_is_found():
    known = implied.facts(2019, NEW)[["name", "value", "rank", "at_least"]]
    known.loc["KY", "rank"] = 4
    with pytest.raises(InconsistentFigures, match=r"true: .*Kentucky 4, ranked 4th; Missouri 7, ranked 5th\."):
        bounds.implied_bounds(known, 145, 56, 20)
    known.loc["KY", "rank"] = 9
    with pytest.raises(InconsistentFigures, match="a total of 100"):
        bounds.implied_bounds(known, 100, 56, 20)


def test_places_and_runs_in_words():
    table = implied.by_place(2019, NEW)
    assert table.place.tolist() == list(range(1, 57)) and table.usps.notna().sum() == 10
    assert table.set_index("place").usps[[22, 23, 24]].tolist() == ["AR", "NM", "VA"]
    runs = implied.runs(2019, NEW).set_index("places")
    assert runs["count"]["10th to 21st"] == "3 to 4" and runs["count"]["37th to 56th"] == "0"
    assert runs.published["5th"] == "Missouri (7)" and runs.published["1st"] == "\N{EM DASH}"


def test_what_follows_for_single_states_in_words():
    table = implied.open_jurisdictions(2019)
    florida = table[(table.who == "Florida") & (table.metric == "Active criminal cases")].iloc[0]
    assert (florida["count"], florida["rank"]) == ("33", "1st to 8th")
    assert (table[table.who == "American Samoa"].published == "no federal district court").all()
    assert (table[table.who.str.endswith("others, each")].published == "not published").all()


def test_the_sentence_counts_what_the_bounds_settle():
    exact = sum(n for n, low, high in spans(NEW) if low == high)
    assert f"**{exact} of the 56 places**" in implied.sentence(2019)
    assert "14 to 27 new cases, the second 14 to 20." in implied.sentence(2019)


@pytest.mark.parametrize("metric", implied.MEASURES)
def test_every_source_behind_the_bounds_is_named(metric):
    known = implied.facts(2019, metric)
    assert set(known.source_id.dropna()) < set(implied.used_sources(2019, metric)) <= set(data.sources().source_id)


def test_the_chart_draws_every_place_and_every_published_state():
    spec = distribution(implied.by_place(2019, NEW), "New criminal cases").to_dict()
    assert sorted(len(rows) for rows in spec["datasets"].values()) == [6, 10, 56]
