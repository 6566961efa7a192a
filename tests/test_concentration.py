import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib import concentration
from lib.errors import BookError

counts = st.lists(st.integers(0, 60), min_size=1, max_size=100).filter(any).map(lambda c: pd.Series(c, dtype="Int64"))


def mean_difference(values):
    """The Gini coefficient by its definition: half the mean absolute difference over the mean."""
    pairs = [abs(a - b) for a in values for b in values]
    return sum(pairs) / len(pairs) / (2 * sum(values) / len(values))


@given(counts)
@settings(max_examples=60)
def test_gini_is_half_the_relative_mean_difference(values):
    found = concentration.gini(values)
    assert found == pytest.approx(mean_difference(list(values)), abs=1e-9)
    assert 0 <= found <= 1 - 1 / len(values) + 1e-9


@given(counts, st.integers(2, 9))
def test_gini_does_not_change_with_scale_order_or_copies(values, factor):
    expected = pytest.approx(concentration.gini(values), abs=1e-9)
    assert concentration.gini(values * factor) == expected
    assert concentration.gini(values[::-1]) == expected
    assert concentration.gini(pd.concat([values] * factor)) == expected


def test_gini_of_equal_counts_is_0_and_of_one_place_with_all_its_largest_value():
    assert concentration.gini(pd.Series([3, 3, 3, 3])) == 0
    assert concentration.gini(pd.Series([0, 0, 0, 8])) == 0.75


@given(counts)
def test_a_lorenz_curve_rises_from_0_to_100_below_the_line_of_equality(values):
    curve = concentration.lorenz(values)
    assert len(curve) == len(values) + 1
    assert curve.iloc[0].tolist() == [0, 0] and curve.iloc[-1].tolist() == pytest.approx([100, 100])
    assert curve.cases_pct.is_monotonic_increasing
    assert (curve.cases_pct <= curve.places_pct + 1e-9).all()
    assert (curve.cases_pct.diff().diff().dropna() >= -1e-9).all()  # ever steeper


@given(counts, st.integers(1, 100))
def test_the_share_of_the_largest_is_the_rest_of_the_curve(values, places):
    places = min(places, len(values))
    curve = concentration.lorenz(values).cases_pct
    assert concentration.top_share(values, places) == pytest.approx(100 - curve.iloc[len(values) - places])


@given(counts)
def test_half_of_the_cases_is_held_by_no_fewer_places(values):
    places = concentration.places_with_half(values)
    assert concentration.top_share(values, places) >= 50 - 1e-9
    assert places == 1 or concentration.top_share(values, places - 1) < 50


@pytest.mark.parametrize("measure", [concentration.gini, concentration.lorenz, concentration.places_with_half])
@pytest.mark.parametrize(
    ("values", "words"),
    [([0, 0], "All counts are zero"), ([], "every place"), ([1, None], "every place"), ([3, -1], "cannot be negative")],
)
def test_counts_that_cannot_be_shared_out_are_refused(measure, values, words):
    with pytest.raises(BookError, match=words):
        measure(pd.Series(values, dtype="Int64"))


def test_the_share_of_nothing_is_missing():
    assert pd.isna(concentration.top_share(pd.Series([0, 0]), 1))
