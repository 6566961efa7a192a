"""How firm a count, a rate or a rank is: exact intervals, joint rank sets, funnel limits and shrunken rates.

Counts of court cases are treated as independent Poisson counts: the same court, under the same conditions, could have had a
few more or fewer. The intervals say how far chance of that kind alone could move a figure; they say nothing of errors in
counting. Each method's source stands in its docstring, with a worked example in the appendix "Methods".
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special  # not scipy.stats, which takes a second to import

from lib.errors import BookError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Below this many events no rate is ranked, and below twice as many it is marked unstable (after NCI and CDC practice).
FEWEST_EVENTS = 10


def poisson_interval(count: Any, level: float = 0.95) -> tuple[Any, Any]:
    """Exact (Garwood) interval of the mean of a Poisson count; arrays in, arrays out, in the unit of the count.

    Where a count is missing both ends are NaN. Source: Garwood 1936, Biometrika 28:437. Raises BookError for a count that is
    negative or not whole, and for a level outside (0, 1).
    """
    counts, tail = _counts(count, missing=True), _tail(level)
    lower = np.where(counts == 0, 0.0, special.gammaincinv(counts, tail))  # P(X >= count) = tail
    upper = special.gammainccinv(counts + 1, tail)  # P(X <= count) = tail
    return (float(lower), float(upper)) if np.ndim(count) == 0 else (lower, np.asarray(upper))


def binomial_interval(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Exact (Clopper-Pearson) interval of a proportion, between 0 and 1; "2 of 9" is (0.028, 0.600).

    Source: Clopper & Pearson 1934, Biometrika 26:404. Raises BookError unless both are whole numbers, 0 <= successes <=
    trials and trials > 0.
    """
    x, n = (float(value) for value in _counts([successes, trials]))
    if x > n or n == 0:
        raise BookError(f"{successes} of {trials} is no proportion; give 0 <= successes <= trials, trials above 0.")
    tail = _tail(level)
    lower = special.betaincinv(x, n - x + 1, tail) if x > 0 else 0.0
    upper = special.betainccinv(x + 1, n - x, tail) if x < n else 1.0
    return float(lower), float(upper)


def is_above(a: int, b: int, exposure_a: float = 1.0, exposure_b: float = 1.0) -> float:
    """Exact p-value of "the rate behind `a` is not above the rate behind `b`": small means that A is above B.

    Given the sum, `a` is binomial with probability exposure_a / (exposure_a + exposure_b) when the rates are equal; the
    p-value is the probability of `a` or more. With no events at all it is 1. Source: Przyborowski & Wilenski 1940,
    Biometrika 31:313. Raises BookError for a count that is missing, negative or not whole, or an exposure not above zero.
    """
    return float(pairwise_p_values([a, b], [exposure_a, exposure_b])[0, 1])


def _tail(level: float) -> float:
    """Half of the error of a two-sided level. Raises BookError outside (0, 1)."""
    if not 0 < level < 1:
        raise BookError(f"A confidence level lies between 0 and 1, not at {level}; give 0.95 for 95 percent.")
    return (1 - level) / 2


def _counts(counts: Any, missing: bool = False) -> Floats:
    """Counts as floats. Raises BookError for one that is negative, not whole, or (unless `missing`) not there."""
    found = np.asarray(pd.array(np.atleast_1d(counts), dtype="Float64").to_numpy(dtype=float, na_value=np.nan))
    known = found[~np.isnan(found)]
    if len(known) < len(found) and not missing:
        raise BookError("A count is missing; leave the entry out rather than counting it as 0.")
    if not (np.isfinite(known) & (known >= 0) & (np.floor(known) == known)).all():
        raise BookError("A count must be a whole number, 0 or more; check the table it comes from.")
    return found if np.ndim(counts) else np.asarray(found[0])


def _exposures(exposure: Any, size: int) -> Floats:
    """Exposures as floats, 1 for each without. Raises BookError unless there are `size`, all finite and above zero."""
    found = np.ones(size) if exposure is None else np.asarray(exposure, dtype=float)
    if found.shape != (size,):
        raise BookError(f"There are {size} counts but {found.size} exposures; give one for each count.")
    if not (np.isfinite(found) & (found > 0)).all():
        raise BookError("An exposure, such as a population, must be above zero; check population.csv.")
    return found


def pairwise_p_values(counts: Any, exposure: Any = None) -> Floats:
    """Matrix of `is_above` for all ordered pairs: entry (j, k) is small when j is above k; 1 on the diagonal."""
    x = _counts(counts)
    e = _exposures(exposure, len(x))
    # P(Bin(n, q) >= x) is the regularized incomplete beta function I_q(x, n - x + 1), and 1 for x = 0
    p = special.betainc(np.maximum(x, 1)[:, None], x + 1, e[:, None] / (e[:, None] + e))
    p[x == 0] = 1.0
    np.fill_diagonal(p, 1.0)
    return np.asarray(p)


def holm(p_values: Any, level: float = 0.95) -> Flags:
    """Which of a list of hypotheses Holm's step-down method rejects at familywise error 1 - `level`.

    In order of size the i-th of m p-values is rejected while it is at most (1 - level) / (m - i + 1). The allowance grows with
    i, so equal p-values are rejected all or none. Source: Holm 1979, Scand. J. Stat. 6:65. Raises BookError for a p-value
    that is missing or outside [0, 1].
    """
    _tail(level)
    p = np.asarray(p_values, dtype=float)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise BookError("Holm's method needs a list of p-values between 0 and 1; check the test they come from.")
    ordered = np.sort(p)
    kept = np.flatnonzero(ordered > (1 - level) / np.arange(len(p), 0, -1))
    return np.asarray(p < ordered[kept[0]] if len(kept) else np.ones(len(p), dtype=bool))


def told_apart(counts: Any, exposure: Any = None, level: float = 0.95) -> Flags:
    """Matrix of ordered pairs (j, k) in which j is above k beyond chance, jointly at `level` over all pairs.

    Raises BookError for a level below a half, at which both orders of one pair could be claimed, and for bad counts.
    """
    if not 0.5 <= level < 1:
        raise BookError(f"A joint level lies between 0.5 and 1, not at {level}; give 0.95 for 95 percent.")
    p = pairwise_p_values(counts, exposure)
    pairs = ~np.eye(len(p), dtype=bool)
    above = np.zeros_like(pairs)
    above[pairs] = holm(p[pairs], level)
    return above


def rank_sets(counts: pd.Series, exposure: pd.Series | None = None, level: float = 0.95) -> pd.DataFrame:
    """Rank of each entry with a joint interval: with probability `level` or more *all* true ranks lie in their intervals.

    Columns rank, lower, upper (Int64, 1 is the largest), index as `counts`; an entry without count or exposure is NA.
    `exposure`, such as a population, makes it ranks of rates. Exact conditional tests of all ordered pairs with Holm's
    correction, after Mogstad, Romano, Shaikh & Wilhelm (doi:10.1093/restud/rdad006): the best possible place is 1 + the
    number of places significantly above, the worst is the number of places less those significantly below.
    """
    e = pd.Series(1.0, counts.index) if exposure is None else exposure.reindex(counts.index)
    known = counts.notna() & e.notna()
    x, e = counts[known].astype(float), e[known].astype(float)
    above = told_apart(x, e, level)
    found = pd.DataFrame(
        {
            "rank": (x / e).rank(method="min", ascending=False),
            "lower": 1 + above.sum(axis=0),
            "upper": len(x) - above.sum(axis=1),
        },
        index=x.index,
    )
    return found.reindex(counts.index).astype("Int64")


def rank_interval_text(rank: Any, lower: Any, upper: Any) -> str:
    """A rank with its interval as "5 (2–31)", the form of NCI's CI*Rank; "not ranked" when it is NA."""
    return "not ranked" if pd.isna(rank) else f"{rank} ({lower}\N{EN DASH}{upper})"


def funnel(counts: pd.Series, exposure: pd.Series) -> pd.DataFrame:
    """Rates with the limits that chance alone keeps around the overall rate, for a funnel plot.

    Columns: count, exposure, rate and overall (events per unit of exposure), lower95, upper95, lower998, upper998 (the rates of
    `funnel_limits`), and `outside`: "99.8", "95" or "" for the widest limits that the entry lies beyond. Entries without count
    or exposure are left out. Source: Spiegelhalter 2005, Stat. Med. 24:1185. Raises BookError for bad counts or exposures.
    """
    table = pd.DataFrame({"count": counts, "exposure": exposure.reindex(counts.index)}).dropna().astype(float)
    x, e = _counts(table["count"]), _exposures(table["exposure"], len(table))
    overall = x.sum() / e.sum() if len(x) else np.nan
    table = table.assign(rate=x / e, overall=overall)
    beyond = []
    for name, level in {"998": 0.998, "95": 0.95}.items():
        lower, upper = funnel_limits(overall * e, level)
        table[f"lower{name}"], table[f"upper{name}"] = lower / e, upper / e
        beyond.append((x < lower) | (x > upper))
    return table.assign(outside=np.select(beyond, ["99.8", "95"], default=""))


def funnel_limits(expected: Any, level: float) -> tuple[Floats, Floats]:
    """Smallest and largest count that chance keeps with probability `level` around an expected count (exact Poisson).

    A count below the first, or above the second, has a probability of at most (1 - level) / 2.
    """
    tail = _tail(level)
    expected = np.asarray(expected, dtype=float)
    low, high = funnel_curve(expected, level)
    lower, upper = np.ceil(low), np.ceil(high) - 1
    # one step for the last digit, with which an inverse may miss a whole number
    lower -= (lower > 0) & (special.pdtr(lower - 1, expected) >= tail)
    lower += special.pdtr(lower, expected) < tail
    upper -= (upper > 0) & (special.pdtrc(upper - 1, expected) <= tail)
    upper += special.pdtrc(upper, expected) > tail
    return lower, upper


def funnel_curve(expected: Any, level: float) -> tuple[Floats, Floats]:
    """The limits of `funnel_limits` as smooth curves, for drawing: a whole count lies on or above the upper curve, or below
    the lower, exactly when it lies beyond the whole-number limits.

    The Poisson tail is continued between whole counts by the incomplete gamma function, which it equals at each of them. The
    lower curve is 0 where even no event would be within chance.
    """
    tail = _tail(level)
    expected = np.asarray(expected, dtype=float)
    upper = special.gdtrib(1.0, tail, expected)  # P(X >= u) = tail
    lower = special.gdtrib(1.0, 1 - tail, expected) - 1  # P(X <= l) = tail
    return np.maximum(lower, 0.0), np.asarray(upper)


def gamma_prior(counts: Any, exposure: Any) -> tuple[float, float]:
    """Shape and rate of the gamma distribution of true rates, by the method of moments.

    Source: Marshall 1991, Appl. Stat. 40:283. Where the rates vary no more than chance alone would make them, the shape is
    very large, so that all shrunken rates are the overall rate. Raises BookError without any event.
    """
    x = _counts(counts)
    e = _exposures(exposure, len(x))
    if not x.sum():
        raise BookError("There is no event at all, so no rate can be estimated; check the years and the measure.")
    overall = x.sum() / e.sum()
    spread = (e * (x / e - overall) ** 2).sum() / e.sum()
    between = max(spread - overall / e.mean(), overall**2 / 1e6)
    return float(overall**2 / between), float(overall / between)


def shrunken_rates(counts: pd.Series, exposure: pd.Series, top: int = 5) -> pd.DataFrame:
    """Rates drawn towards the overall rate as far as chance demands, and the probability of a place in the top `top`.

    Columns rate and shrunken (events per unit of exposure) and p_top (0 to 1; they add up to `top`), index as `counts` without
    the entries that have no count or exposure. The posterior of each rate is gamma (Clayton & Kaldor 1987, Biometrics 43:671)
    with the prior of `gamma_prior`. Raises BookError for bad counts or exposures and for a `top` below 1.
    """
    if top < 1:
        raise BookError(f"The number of top places is 1 or more, not {top}.")
    table = pd.DataFrame({"count": counts, "exposure": exposure.reindex(counts.index)}).dropna().astype(float)
    x, e = _counts(table["count"]), _exposures(table["exposure"], len(table))
    shape, rate = gamma_prior(x, e)
    return pd.DataFrame(
        {"rate": x / e, "shrunken": (shape + x) / (rate + e), "p_top": top_probability(shape + x, rate + e, top)},
        index=table.index,
    )


def top_probability(shape: Floats, rate: Floats, top: int, nodes: int = 64) -> Floats:
    """Probability that each of several independent gamma variables is among the `top` largest.

    For each variable the probability that fewer than `top` others exceed it, averaged over its own distribution by
    Gauss-Legendre quadrature with `nodes` points; no random numbers, so that it repeats. The number of others above is a sum
    of independent yes-or-no outcomes (Poisson binomial), added up one variable at a time.
    """
    size = len(shape)
    points, weights = np.polynomial.legendre.leggauss(nodes)
    own = special.gammaincinv(shape[:, None], (points + 1) / 2) / rate[:, None]
    above = np.zeros((min(top, size), size, nodes))  # probability that exactly 0, 1, ... others are above
    above[0] = 1.0
    for other in range(size):
        exceeds = special.gammaincc(shape[other], rate[other] * own)
        exceeds[other] = 0.0
        shifted = np.concatenate([np.zeros((1, size, nodes)), above[:-1]])
        above = above * (1 - exceeds) + shifted * exceeds
    return np.asarray(above.sum(axis=0) @ (weights / 2))
