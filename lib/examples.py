"""Worked examples of the methods, small enough to follow by hand, for the appendix "Methods".

Each example goes through the steps in plain arithmetic and sets them beside what the library's function gives. The counts are
synthetic. A test compares both and checks the numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import comb, exp, factorial, log
from typing import Any

import pandas as pd

from lib import intervals, metrics, ranking, uncertainty
from lib.bounds import implied_distribution
from lib.tables import number_text as n
from lib.words import count, listing


@dataclass(frozen=True)
class Example:
    """An example in words (Markdown), the results of the library, and the same by hand."""

    text: str
    found: tuple[float, ...]
    by_hand: tuple[float, ...]


def _places(values: Any, places: int = 3) -> str:
    """Numbers as an English list."""
    return listing([n(value, places) for value in values])


def competition_ranks() -> Example:
    """Ranks of four counts of which two are equal."""
    counts = pd.Series([8, 8, 7, 5])
    found = tuple(int(rank) for rank in ranking.competition_rank(counts))
    by_hand = tuple(1 + sum(other > mine for other in counts) for mine in counts)
    text = f"Counts of {_places(counts, 0)}: one more than the number of larger counts is {_places(by_hand, 0)}."
    return Example(f"{text} The place after the tie stays empty.", found, by_hand)


def shares_and_changes() -> Example:
    """A share, a change and a rate."""
    found = (metrics.share(2, 9), metrics.change_pct(145, 170), metrics.rate_per_million(4, 6_000_000))
    by_hand = (100 * 2 / 9, 100 * (145 - 170) / 170, 4 / 6)
    text = (
        f"2 of 9 is 100 × 2 / 9, or {n(by_hand[0], 1)}%. From 170 to 145 is 100 × (145 − 170) / 170, or "
        f"{n(by_hand[1], 1)}%. And 4 cases among 6 million residents are 4 / 6, or {n(by_hand[2], 2)} per million."
    )
    return Example(text, found, by_hand)


def tvpa_cases() -> Example:
    """The same printed figures on both sides of the series break."""
    years = [metrics.SERIES_BREAK - 1, metrics.SERIES_BREAK]
    table = pd.DataFrame({"year": years, "new_sex_cases": 5, "new_labor_cases": 1, "outside_tvpa_cases": 2})
    found, by_hand = tuple(metrics.tvpa_cases(table)), (5 + 1, 5 + 1 - 2)
    text = (
        f"A district prints 5 sex and 1 labor case, and 2 cases outside the TVPA. In {years[0]} those 2 stand "
        f"beside the total, and {by_hand[0]} cases are under the TVPA; in {years[1]} they stand inside it, and "
        f"{by_hand[1]} are."
    )
    return Example(text, found, by_hand)


def poisson_interval() -> Example:
    """The upper end for no event: the mean at which none has a probability of half the error."""
    found, by_hand = (intervals.poisson_interval(0)[1],), (-log(0.025),)
    low, high = intervals.poisson_interval(10)
    text = (
        "No case was counted. With a mean of m the probability of none is e to the power −m. It falls to 2.5% at "
        f"m = −ln 0.025 = {n(by_hand[0], 2)}: the interval runs from 0 to there. For 10 cases it runs from "
        f"{n(low, 1)} to {n(high, 1)}."
    )
    return Example(text, found, by_hand)


def binomial_interval() -> Example:
    """The upper end for none of three."""
    found, by_hand = (intervals.binomial_interval(0, 3)[1],), (1 - 0.025 ** (1 / 3),)
    low, high = intervals.binomial_interval(2, 9)
    text = (
        "Of 3 convicted defendants none was ordered to pay. With a share of s the probability of that is (1 − "
        f"s)³. It falls to 2.5% at s = 1 − the cube root of 0.025 = {n(100 * by_hand[0], 1)}%. For 2 of 9 the "
        f"interval runs from {n(100 * low, 1)}% to {n(100 * high, 1)}%."
    )
    return Example(text, found, by_hand)


def conditional_test() -> Example:
    """Five against none, and two against none where the second has three times the population."""
    found = (intervals.is_above(5, 0), intervals.is_above(3, 1), intervals.is_above(2, 0, 1, 3))
    by_hand = (0.5**5, (comb(4, 3) + comb(4, 4)) / 2**4, 0.25**2)
    text = (
        "A has 5 cases and B none. Were both alike, each of the 5 would fall to A or B as a coin falls, and all "
        f"to A with probability (1/2)⁵ = {n(by_hand[0], 5)}. For 3 against 1 it is the probability of 3 or 4 heads "
        f"in 4 throws, (4 + 1) / 16 = {n(by_hand[1], 4)}. If B has three times the residents, each case falls to A "
        f"with probability 1/4, and 2 against none has probability (1/4)² = {n(by_hand[2], 4)}."
    )
    return Example(text, found, by_hand)


def rank_sets() -> Example:
    """Three jurisdictions of which one can be told apart from the others."""
    table = intervals.rank_sets(pd.Series({"A": 9, "B": 0, "C": 0}))
    found = tuple(float(value) for value in table.to_numpy().ravel())
    p, bars = 0.5**9, [0.05 / left for left in (6, 5, 4)]
    above_others = p <= bars[0] and p <= bars[1]
    by_hand = (1, 1, 1, 2, 2, 3, 2, 2, 3) if above_others else (1, 1, 3, 2, 1, 3, 2, 1, 3)
    shown = [intervals.rank_interval_text(*map(int, row)) for row in table.to_numpy()]
    text = (
        "A has 9 cases, B and C have none. There are 6 ordered pairs. “A above B” and “A above C” have the "
        f"p-value (1/2)⁹ = {n(p, 4)}, the other four have 1. Holm compares the smallest with 0.05/6 = "
        f"{n(bars[0], 4)}, the next with 0.05/5 = {n(bars[1], 4)}, and both pass; the third, 1, exceeds 0.05/4 = "
        f"{n(bars[2], 4)}, and the method stops. So A is surely above B and C, and nothing is sure between those: "
        f"A is {shown[0]}, B and C are {shown[1]}."
    )
    return Example(text, found, by_hand)


def _poisson(k: int, mean: float) -> float:
    """Probability of k events with this mean."""
    return exp(-mean) * mean**k / factorial(k)


def funnel_limits() -> Example:
    """The largest count that chance keeps when one is expected."""
    lower, upper = intervals.funnel_limits(1.0, 0.95)
    found = (float(lower), float(upper))
    beyond = [1 - sum(_poisson(k, 1.0) for k in range(least)) for least in (3, 4)]
    by_hand = (0.0, 3.0 if beyond[1] <= 0.025 < beyond[0] else float("nan"))
    text = (
        "At the national rate a state would have 1 case. The probability of 4 or more is 1 − (1 + 1 + 1/2 + 1/6) "
        f"/ e = {n(beyond[1], 3)}, below 2.5%; that of 3 or more is {n(beyond[0], 3)}. So 3 cases lie within the "
        f"95% limits and 4 beyond. The probability of none is 1 / e = {n(_poisson(0, 1.0), 3)}: no count is too "
        "small."
    )
    return Example(text, found, by_hand)


def shrunken_rates() -> Example:
    """Two rates drawn to their mean."""
    ones = pd.Series([1.0, 1.0])
    table = intervals.shrunken_rates(pd.Series([1, 9]), ones, top=1)
    overall, spread = (1 + 9) / 2, ((1 - 5) ** 2 + (9 - 5) ** 2) / 2
    between = spread - overall
    weight = between / (between + overall)
    by_hand = (overall + weight * (1 - overall), overall + weight * (9 - overall), 1.0)
    found = (*table["shrunken"], table["p_top"].sum())
    text = (
        f"Two states of a million each have 1 and 9 cases. The overall rate is {n(overall)}, the mean square of "
        f"the distances from it {n(spread)}. Chance explains {n(overall)} of that, because a Poisson count varies "
        f"by as much as its mean; {n(between)} are between the states. Each rate keeps {n(between)}/{n(spread)} of "
        f"its distance: they become {_places(by_hand[:2], 2)}. The second is truly the higher with probability "
        f"{n(table['p_top'].iloc[1], 3)}."
    )
    return Example(text, found, by_hand)


def small_numbers() -> Example:
    """Which rates are ranked."""
    few = intervals.FEWEST_EVENTS
    numbers = [few - 1, few, 2 * few - 1, 2 * few]
    said = [uncertainty.reliability(number) for number in numbers]
    kinds = [uncertainty.TOO_FEW, uncertainty.UNSTABLE, uncertainty.STABLE]
    text = "; ".join(f"{count(each, 'case')}: “{words}”" for each, words in zip(numbers, said, strict=True))
    return Example(f"{text}.", tuple(float(kinds.index(words)) for words in said), (0.0, 1.0, 1.0, 2.0))


def bounds() -> Example:
    """Four places of which one is published, with the total and the number of zeros."""
    published = pd.DataFrame({"value": [5], "rank": [1]}, index=["A"], dtype="Int64")
    table = implied_distribution(published, total=10, size=4, zeros=1)
    found = tuple(float(value) for value in table.to_numpy().ravel())
    rest = 10 - 5
    splits = [(a, rest - a) for a in range(rest + 1) if 5 >= a >= rest - a >= 1]
    seconds, thirds = [a for a, _ in splits], [b for _, b in splits]
    by_hand = (5, 5, min(seconds), max(seconds), min(thirds), max(thirds), 0, 0)
    text = (
        "Four states have 10 cases together; A has 5 and ranks 1st; one state has none. The two others share "
        f"{rest}, each has at least 1, and neither more than A: they have "
        f"{' or '.join(f'{a} and {b}' for a, b in splits)}. So the 2nd place holds {min(seconds)} to "
        f"{max(seconds)} cases, the 3rd {min(thirds)} to {max(thirds)}."
    )
    return Example(text, found, tuple(map(float, by_hand)))


#: Every example of the appendix by the name of its section.
EXAMPLES: dict[str, Callable[[], Example]] = {
    example.__name__: example
    for example in (
        competition_ranks,
        shares_and_changes,
        tvpa_cases,
        bounds,
        poisson_interval,
        binomial_interval,
        conditional_test,
        rank_sets,
        funnel_limits,
        shrunken_rates,
        small_numbers,
    )
}
