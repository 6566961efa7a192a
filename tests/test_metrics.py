import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import data, metrics
from lib.errors import BookError

counts = st.integers(0, 5000)


@given(counts, counts)
def test_share_lies_between_0_and_100(part, rest):
    found = metrics.share(part, part + rest)
    assert pd.isna(found) if part + rest == 0 else 0 <= found <= 100


def test_share_of_series_and_of_missing():
    found = metrics.share(pd.Series([1, None, 0], dtype="Int64"), pd.Series([4, 4, 0], dtype="Int64"))
    assert found[0] == 25 and pd.isna(found[1]) and pd.isna(found[2])
    assert pd.isna(metrics.share(pd.NA, 3)) and pd.isna(metrics.share(3, pd.NA))


@pytest.mark.parametrize(("part", "whole"), [(3, 2), (pd.Series([3]), pd.Series([2]))])
def test_a_part_larger_than_its_whole_is_an_error(part, whole):
    with pytest.raises(BookError, match="larger than"):
        metrics.share(part, whole)


@given(st.integers(0, 5000), st.integers(1, 5000))
def test_change_undoes_itself(now, before):
    assert before * (1 + metrics.change_pct(now, before) / 100) == pytest.approx(now)


def test_change_is_undefined_from_zero_or_missing():
    assert (
        pd.isna(metrics.change_pct(3, 0))
        and pd.isna(metrics.change_pct(pd.NA, 3))
        and pd.isna(metrics.change_pct(3, pd.NA))
    )


@given(st.integers(0, 10_000), st.integers(1, 40_000_000))
def test_rate_per_million(count, population):
    assert metrics.rate_per_million(count, population) * population / 1e6 == pytest.approx(count)


@pytest.mark.parametrize("population", [0, -1, pd.Series([5, 0])])
def test_population_must_be_positive(population):
    with pytest.raises(BookError, match="above zero"):
        metrics.rate_per_million(1, population)


def table(year, outside):
    return pd.DataFrame(
        {
            "year": [year],
            "new_sex_cases": [5],
            "new_labor_cases": [1],
            "new_sex_defendants": [7],
            "new_labor_defendants": [2],
            "outside_tvpa_cases": [outside],
            "court_id": ["moed"],
        }
    ).astype(
        dict.fromkeys(
            [
                "year",
                "new_sex_cases",
                "new_labor_cases",
                "new_sex_defendants",
                "new_labor_defendants",
                "outside_tvpa_cases",
            ],
            "Int64",
        )
    )


@pytest.mark.parametrize(("year", "expected"), [(2020, 6), (2021, 6), (2022, 4), (2023, 4)])
def test_cases_outside_the_tvpa_leave_the_total_from_2022(year, expected):
    assert metrics.tvpa_cases(table(year, 2))[0] == expected


def test_totals():
    row = metrics.with_totals(table(2022, 2)).iloc[0]
    assert (row.new_criminal_cases, row.new_defendants, row.tvpa_cases) == (6, 9, 4)


def test_unknown_court_is_an_error():
    wrong = data.district_new_cases().replace({"court_id": {"moed": "zzzz"}})
    with pytest.raises(BookError, match="zzzz"):
        metrics.by_jurisdiction(wrong, data.districts(), data.jurisdictions())


def test_states_add_up_to_the_nation():
    tables = data.district_new_cases()
    states = metrics.by_jurisdiction(tables, data.districts(), data.jurisdictions())
    counts = [
        "new_sex_cases",
        "new_labor_cases",
        "new_sex_defendants",
        "new_labor_defendants",
        "outside_tvpa_cases",
        "new_criminal_cases",
        "new_defendants",
        "tvpa_cases",
    ]
    nation = metrics.national(tables).set_index("year")[counts]
    pd.testing.assert_frame_equal(states.groupby("year")[counts].sum(), nation, check_index_type=False)


def test_american_samoa_is_missing_not_zero():
    states = metrics.by_jurisdiction(data.district_new_cases(), data.districts(), data.jurisdictions())
    samoa = states[states.jurisdiction == "AS"]
    assert len(samoa) == 4 and samoa.new_criminal_cases.isna().all()


def test_series_break_evidence():
    found = metrics.series_break(data.district_new_cases()).set_index("year")
    assert found.exceeding.to_dict() == {2020: 16, 2021: 23, 2022: 0, 2023: 0}
    assert found.with_outside.to_dict() == {2020: 37, 2021: 45, 2022: 35, 2023: 43}
