"""Intervals, rank sets, funnels and shrunken rates against values from the literature, scipy's own tests and brute force."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lib import intervals as iv
from lib.errors import BookError

few = settings(max_examples=40, deadline=None)
count_lists = st.lists(st.integers(0, 40), min_size=1, max_size=9)
levels = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])


def series(numbers, dtype="Int64"):
    return pd.Series(numbers, index=[f"s{n}" for n in range(len(numbers))], dtype=dtype)


# --- Poisson and binomial intervals


@pytest.mark.parametrize(
    ("count", "lower", "upper"),
    [
        (0, 0.0, 3.689),
        (1, 0.025, 5.572),
        (2, 0.242, 7.225),
        (5, 1.623, 11.668),
        (10, 4.795, 18.390),
        (20, 12.217, 30.888),
    ],
)
def test_garwood_as_tabulated(count, lower, upper):
    assert iv.poisson_interval(count) == pytest.approx((lower, upper), abs=6e-4)


@given(st.integers(0, 500), levels)
@few
def test_garwood_leaves_half_the_error_on_each_side(count, level):
    lower, upper = iv.poisson_interval(count, level)
    assert stats.poisson.cdf(count, upper) == pytest.approx((1 - level) / 2)
    assert lower <= count <= upper
    if count:
        assert stats.poisson.sf(count - 1, lower) == pytest.approx((1 - level) / 2)


def test_garwood_of_many_counts_keeps_missing_missing_and_rises():
    lower, upper = iv.poisson_interval(series([0, None, 3, 4]))
    assert np.isnan([lower[1], upper[1]]).all() and lower[0] == 0
    assert lower[2] < lower[3] and upper[0] < upper[2] < upper[3]
    assert np.isnan(iv.poisson_interval(pd.NA)).all()


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), levels)
@few
def test_clopper_pearson_is_scipys(pair, level):
    expected = stats.binomtest(*pair).proportion_ci(level, method="exact")
    assert iv.binomial_interval(*pair, level) == pytest.approx(tuple(expected), abs=1e-9)


def test_two_of_nine():
    assert iv.binomial_interval(2, 9) == pytest.approx((0.0281, 0.6001), abs=1e-4)
    assert iv.binomial_interval(0, 9)[0] == 0 and iv.binomial_interval(9, 9)[1] == 1


@pytest.mark.parametrize("pair", [(3, 2), (0, 0), (-1, 4), (1.5, 4), (pd.NA, 4)])
def test_no_proportion(pair):
    with pytest.raises(BookError):
        iv.binomial_interval(*pair)


@pytest.mark.parametrize("level", [0, 1, 95, -0.1, float("nan")])
def test_levels_are_probabilities(level):
    for call in (
        lambda: iv.poisson_interval(3, level),
        lambda: iv.holm([0.1], level),
        lambda: iv.told_apart([1, 2], level=level),
        lambda: iv.funnel_limits([3], level),
        lambda: iv.funnel_curve([3], level),
    ):
        with pytest.raises(BookError, match="level"):
            call()


@pytest.mark.parametrize("bad", [[-1, 2], [1.5, 2], [float("inf"), 2]])
def test_counts_are_whole_and_not_negative(bad):
    for call in (iv.poisson_interval, iv.told_apart, lambda x: iv.shrunken_rates(pd.Series(x), pd.Series([1.0, 1.0]))):
        with pytest.raises(BookError, match="whole number"):
            call(bad)


def test_a_missing_count_is_not_taken_for_zero():
    with pytest.raises(BookError, match="missing"):
        iv.told_apart(series([3, None]))
    with pytest.raises(BookError, match="missing"):
        iv.is_above(3, pd.NA)


# --- is A above B


@pytest.mark.parametrize(
    ("a", "b", "ea", "eb", "p"),
    [
        (5, 0, 1, 1, 1 / 32),
        (3, 1, 1, 1, 5 / 16),
        (0, 5, 1, 1, 1),
        (0, 0, 1, 1, 1),
        (2, 0, 1, 3, 1 / 16),
        (2, 0, 3, 1, 9 / 16),
    ],
)
def test_is_above_by_hand(a, b, ea, eb, p):
    assert iv.is_above(a, b, ea, eb) == pytest.approx(p)


@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.01, 100), st.floats(0.01, 100))
@few
def test_is_above_is_scipys_binomial_test(a, b, ea, eb):
    expected = stats.binomtest(a, a + b, ea / (ea + eb), alternative="greater").pvalue if a + b else 1.0
    assert iv.is_above(a, b, ea, eb) == pytest.approx(expected, rel=1e-6, abs=1e-14)


@given(st.integers(0, 40), st.integers(0, 40), st.floats(0.1, 10))
@few
def test_is_above_falls_as_a_grows_and_is_blind_to_the_unit_of_exposure(a, b, e):
    assert iv.is_above(a + 1, b, e) <= iv.is_above(a, b, e) <= iv.is_above(a, b + 1, e) + 1e-12
    assert iv.is_above(a, b, e, 2) == pytest.approx(iv.is_above(a, b, 1000 * e, 2000))


@given(st.integers(0, 40), st.integers(0, 40))
@few
def test_both_directions_share_the_probability_of_what_was_seen(a, b):
    seen = stats.binom.pmf(a, a + b, 0.5)
    assert iv.is_above(a, b) + iv.is_above(b, a) == pytest.approx(1 + seen)


@pytest.mark.parametrize("exposure", [0, -3, float("nan"), float("inf")])
def test_exposures_are_above_zero(exposure):
    with pytest.raises(BookError, match="above zero"):
        iv.is_above(3, 2, exposure)


def test_one_exposure_for_each_count():
    with pytest.raises(BookError, match="2 counts but 3 exposures"):
        iv.told_apart([1, 2], [1, 2, 3])


# --- Holm


def naive_holm(p, level):
    """The rule as its author states it, one hypothesis at a time."""
    rejected, left = [False] * len(p), len(p)
    for place in sorted(range(len(p)), key=lambda k: p[k]):
        if p[place] > (1 - level) / left:
            break
        rejected[place], left = True, left - 1
    return rejected


def test_holm_by_hand():
    # 0.005 <= 0.05/4, 0.01 <= 0.05/3, 0.03 > 0.05/2: stop
    assert iv.holm([0.01, 0.04, 0.03, 0.005]).tolist() == [True, False, False, True]


def test_equal_p_values_stand_and_fall_together():
    assert iv.holm([0.02, 0.02, 0.02]).tolist() == [False] * 3  # 0.02 > 0.05/3, though 0.02 <= 0.05/2
    assert iv.holm([0.016, 0.016, 0.016]).tolist() == [True] * 3
    assert iv.holm([0.05]).tolist() == [True]  # at most, not below
    assert iv.holm([]).tolist() == []


@given(st.lists(st.one_of(st.sampled_from([0.0, 0.001, 0.01, 0.0125, 0.025, 0.05, 1.0]), st.floats(0, 0.2))), levels)
@few
def test_holm_is_the_naive_loop(p, level):
    assert iv.holm(p, level).tolist() == naive_holm(p, level)


@pytest.mark.parametrize("p", [[0.1, float("nan")], [1.2], [-0.1], [[0.1, 0.2]]])
def test_holm_needs_p_values(p):
    with pytest.raises(BookError, match="p-values between 0 and 1"):
        iv.holm(p)


# --- joint rank sets


def naive_rank_sets(counts, exposure, level):
    size = len(counts)
    pairs = [(j, k) for j in range(size) for k in range(size) if j != k]
    p = [
        stats.binomtest(
            counts[j], counts[j] + counts[k], exposure[j] / (exposure[j] + exposure[k]), alternative="greater"
        ).pvalue
        if counts[j] + counts[k]
        else 1.0
        for j, k in pairs
    ]
    above = {pair for pair, rejected in zip(pairs, naive_holm(p, level), strict=True) if rejected}
    rates = [c / e for c, e in zip(counts, exposure, strict=True)]
    return [
        (
            1 + sum(other > rates[j] for other in rates),
            1 + sum((k, j) in above for k in range(size)),
            size - sum((j, k) in above for k in range(size)),
        )
        for j in range(size)
    ]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9)), min_size=1, max_size=6), levels)
@settings(max_examples=25, deadline=None)
def test_rank_sets_are_those_of_plain_loops(pairs, level):
    counts, exposure = [c for c, _ in pairs], [e for _, e in pairs]
    for given_exposure, plain in ((series(exposure), exposure), (None, [1] * len(counts))):
        found = iv.rank_sets(series(counts), given_exposure, level)
        assert list(found.itertuples(index=False, name=None)) == naive_rank_sets(counts, plain, level)


@given(count_lists, levels)
@few
def test_a_rank_lies_in_its_interval_and_larger_counts_reach_as_high(counts, level):
    table = iv.rank_sets(series(counts), level=level).assign(count=counts)
    assert ((table.lower >= 1) & (table.lower <= table["rank"]) & (table["rank"] <= table.upper)).all()
    assert (table.upper <= len(counts)).all()
    ordered = table.sort_values("count", ascending=False)
    assert ordered.lower.is_monotonic_increasing and ordered.upper.is_monotonic_increasing
    assert (table.groupby("count")[["rank", "lower", "upper"]].nunique() == 1).all(axis=None)


@given(count_lists)
@few
def test_a_higher_level_never_narrows_an_interval(counts):
    narrow, wide = iv.rank_sets(series(counts), level=0.8), iv.rank_sets(series(counts), level=0.99)
    assert (wide.lower <= narrow.lower).all() and (wide.upper >= narrow.upper).all()


@given(count_lists, st.randoms(use_true_random=False))
@few
def test_order_missing_entries_and_the_unit_of_exposure_do_not_matter(counts, random):
    places = list(range(len(counts)))
    random.shuffle(places)
    base = iv.rank_sets(series(counts))
    pd.testing.assert_frame_equal(base, iv.rank_sets(series(counts).iloc[places]).sort_index())
    pd.testing.assert_frame_equal(base, iv.rank_sets(series(counts), series([7_000] * len(counts))))
    padded = iv.rank_sets(pd.concat([series(counts), pd.Series([pd.NA], index=["AS"], dtype="Int64")]))
    pd.testing.assert_frame_equal(base, padded.drop("AS"))
    assert padded.loc["AS"].isna().all()


def test_rates_not_counts_are_ranked_when_there_is_exposure():
    table = iv.rank_sets(series([10, 5, 0, 0]), series([10, 1, 1, 50]))
    assert table["rank"].tolist() == [2, 1, 3, 3]


def test_exposure_is_matched_by_index_and_without_it_there_is_no_rank():
    exposure = pd.Series({"s1": 1.0, "s0": 100.0})
    table = iv.rank_sets(series([10, 5, 3]), exposure)
    assert table["rank"].tolist()[:2] == [2, 1] and table.loc["s2"].isna().all()


def test_a_clear_order_is_exact_and_nothing_is_known_of_nothing():
    assert iv.rank_sets(series([500, 200, 50])).to_numpy().tolist() == [[1, 1, 1], [2, 2, 2], [3, 3, 3]]
    assert iv.rank_sets(series([0, 0, 0])).to_numpy().tolist() == [[1, 1, 3]] * 3
    assert iv.rank_sets(series([4])).to_numpy().tolist() == [[1, 1, 1]]
    assert iv.rank_sets(series([None, None])).isna().all(axis=None)


@pytest.mark.parametrize("level", [0.1, 0.49])
def test_a_joint_level_below_a_half_would_claim_both_orders(level):
    with pytest.raises(BookError, match=r"between 0\.5 and 1"):
        iv.rank_sets(series([1, 2]), level=level)


@pytest.mark.parametrize("means", [(3, 3), (1, 8), (2, 2, 2), (1, 4, 8)])
def test_a_false_claim_is_as_rare_as_promised(means):
    """Exact, by adding up the probabilities of all outcomes in which any pair is put the wrong way round."""
    wrong, level = 0.0, 0.8
    false = np.less_equal.outer(means, means)
    for counts in itertools.product(*(range(int(stats.poisson.isf(1e-4, m)) + 1) for m in means)):
        if (iv.told_apart(counts, level=level) & false).any():
            wrong += np.prod(stats.poisson.pmf(counts, means))
    assert wrong <= 1 - level


def test_rank_in_words():
    assert iv.rank_interval_text(5, 2, 31) == "5 (2–31)"
    assert iv.rank_interval_text(pd.NA, pd.NA, pd.NA) == "not ranked"


# --- funnel


@given(st.floats(0.01, 200), st.sampled_from([0.95, 0.998]))
@few
def test_funnel_limits_leave_at_most_half_the_error_beyond(expected, level):
    lower, upper = iv.funnel_limits(expected, level)
    tail = (1 - level) / 2
    assert stats.poisson.cdf(lower - 1, expected) <= tail < stats.poisson.cdf(lower, expected)
    assert stats.poisson.sf(upper, expected) <= tail < stats.poisson.sf(upper - 1, expected)


@given(st.floats(0.01, 200), st.sampled_from([0.95, 0.998]))
@few
def test_the_curve_flags_the_same_whole_counts(expected, level):
    lower, upper = iv.funnel_limits([expected], level)
    low, high = iv.funnel_curve([expected], level)
    counts = np.arange(0, 300)
    assert ((counts >= high) == (counts > upper)).all()
    assert ((counts < low) == (counts < lower)).all()


def test_funnel_by_hand():
    # 20 events over 4 million: 5 expected in each of one million, of which chance keeps 1 to 10
    table = iv.funnel(series([11, 5, 4, 0, None]), series([1.0, 1.0, 1.0, 1.0, 1.0], "Float64"))
    assert table.outside.tolist() == ["95", "", "", "95"] and (table.overall == 5).all()
    assert table.lower95.tolist() == [1] * 4 and table.upper95.tolist() == [10] * 4
    assert list(table.index) == ["s0", "s1", "s2", "s3"]


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0.1, 50)), min_size=1, max_size=9))
@few
def test_beyond_the_wide_limits_is_beyond_the_narrow_ones(pairs):
    table = iv.funnel(series([c for c, _ in pairs]), series([e for _, e in pairs], "Float64"))
    assert (table.lower998 <= table.lower95).all() and (table.upper95 <= table.upper998).all()
    far = table[table.outside == "99.8"]
    assert ((far.rate < far.lower95) | (far.rate > far.upper95)).all()


# --- shrunken rates


def test_prior_and_shrinkage_by_hand():
    # 1 and 9 over one unit each: overall 5, spread 16, of which chance explains 5: 11 between them
    assert iv.gamma_prior([1, 9], [1, 1]) == pytest.approx((25 / 11, 5 / 11))
    found = iv.shrunken_rates(series([1, 9]), series([1.0, 1.0], "Float64"), top=1)
    assert found.shrunken.tolist() == pytest.approx([2.25, 7.75])


def test_where_chance_explains_all_every_rate_is_the_overall_rate():
    found = iv.shrunken_rates(series([2, 3, 4]), series([1.0, 1.0, 1.0], "Float64"))
    assert found.shrunken.tolist() == pytest.approx([3, 3, 3], rel=1e-3) and (found.p_top == 1).all()


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0.5, 50)), min_size=2, max_size=12), st.integers(1, 6))
@few
def test_shrunken_rates_lie_between_rate_and_overall_and_the_places_add_up(pairs, top):
    counts, exposure = series([c for c, _ in pairs]), series([e for _, e in pairs], "Float64")
    if counts.sum() == 0:
        with pytest.raises(BookError, match="no event"):
            iv.shrunken_rates(counts, exposure)
        return
    found = iv.shrunken_rates(counts, exposure, top)
    overall = counts.sum() / exposure.sum()
    low, high = np.minimum(found.rate, overall), np.maximum(found.rate, overall)
    assert ((low - 1e-9 <= found.shrunken) & (found.shrunken <= high + 1e-9)).all()
    assert found.p_top.between(-1e-9, 1 + 1e-9).all()
    assert found.p_top.sum() == pytest.approx(min(top, len(pairs)), abs=0.02)


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (3.0, 8.0), (20.0, 0.7)])
def test_of_two_the_probability_is_a_beta_tail(a, b):
    found = iv.top_probability(np.array([a, b]), np.array([2.0, 2.0]), top=1)
    assert found == pytest.approx([stats.beta.sf(0.5, a, b), stats.beta.cdf(0.5, a, b)], abs=2e-4)


def test_top_probability_is_what_drawing_gives_and_ties_share_it():
    shape, rate = np.array([1.5, 4.0, 4.0, 9.0, 2.0, 0.8]), np.array([1.0, 2.0, 2.0, 4.0, 3.0, 1.0])
    draws = np.random.default_rng(1).gamma(shape, size=(40_000, 6)) / rate
    placed = (draws.argsort(axis=1).argsort(axis=1) >= 4).mean(axis=0)
    found = iv.top_probability(shape, rate, top=2)
    assert found == pytest.approx(placed, abs=0.01) and found[1] == found[2]


def test_missing_entries_are_left_out_and_a_top_of_none_is_an_error():
    found = iv.shrunken_rates(series([1, None, 9]), series([1.0, 1.0, 1.0], "Float64"), top=1)
    assert list(found.index) == ["s0", "s2"]
    with pytest.raises(BookError, match="1 or more"):
        iv.shrunken_rates(series([1, 9]), series([1.0, 1.0], "Float64"), top=0)
