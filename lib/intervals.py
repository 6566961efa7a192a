"""How firm a count, a rate or a rank is: exact intervals, joint rank sets, funnel limits and shrunken rates.

Counts of court cases are treated as Poisson counts: the same court, under the same conditions, could have had a few more or
fewer. The intervals say how far chance of that kind alone could move a figure; they say nothing of errors in counting.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from lib.errors import BookError

Floats = NDArray[np.float64]

#: Below this many events no rate is ranked, and below twice as many it is marked unstable (after NCI and CDC practice).
FEWEST_EVENTS = 10


def poisson_interval(count: Any, level: float = 0.95) -> tuple[Any, Any]:
    """Exact (Garwood) interval of the mean of a Poisson count; arrays in, arrays out, in the unit of the count.

    Source: Garwood 1936, Biometrika 28:437. Raises BookError for a negative count or a level outside (0, 1).
    """
    counts, tail = _counts(count), _tail(level)
    lower = np.where(counts > 0, stats.chi2.ppf(tail, 2 * np.maximum(counts, 0.5)) / 2, 0.0)
    upper = stats.chi2.isf(tail, 2 * (counts + 1)) / 2
    return (float(lower), float(upper)) if np.ndim(count) == 0 else (lower, upper)


def binomial_interval(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Exact (Clopper-Pearson) interval of a proportion, between 0 and 1; "2 of 9" is (0.028, 0.600).

    Source: Clopper & Pearson 1934, Biometrika 26:404. Raises BookError unless 0 <= successes <= trials and trials > 0.
    """
    if not 0 <= successes <= trials or trials == 0:
        raise BookError(f"{successes} of {trials} is no proportion; give 0 <= successes <= trials, trials above 0.")
    tail = _tail(level)
    lower = stats.beta.ppf(tail, successes, trials - successes + 1) if successes else 0.0
    upper = stats.beta.isf(tail, successes + 1, trials - successes) if successes < trials else 1.0
    return float(lower), float(upper)


def is_above(a: int, b: int, exposure_a: float = 1.0, exposure_b: float = 1.0) -> float:
    """Exact p-value of "the rate behind `a` is not above the rate behind `b`": small means that A is above B.

    Given the sum, `a` is binomial with probability exposure_a / (exposure_a + exposure_b) when the rates are equal.
    Source: Przyborowski & Wilenski 1940, Biometrika 31:313.
    """
    _counts([a, b])
    return float(stats.binom.sf(a - 1, a + b, exposure_a / (exposure_a + exposure_b)))


def _tail(level: float) -> float:
    """Half of the error of a two-sided level. Raises BookError outside (0, 1)."""
    if not 0 < level < 1:
        raise BookError(f"A confidence level lies between 0 and 1, not at {level}.")
    return (1 - level) / 2


def _counts(counts: Any) -> Floats:
    """Counts as floats. Raises BookError for negative ones."""
    found = np.asarray(counts, dtype=float)
    if (found < 0).any():
        raise BookError("A count cannot be negative; check the table it comes from.")
    return found


def _exposures(exposure: Any, size: int) -> Floats:
    """Exposures as floats, 1 for each without. Raises BookError unless all are above zero."""
    found = np.ones(size) if exposure is None else np.asarray(exposure, dtype=float)
    if not (found > 0).all():
        raise BookError("An exposure, such as a population, must be above zero; check population.csv.")
    return found


def pairwise_p_values(counts: Any, exposure: Any = None) -> Floats:
    """Matrix of `is_above` for all ordered pairs: entry (j, k) is small when j is above k; 1 on the diagonal."""
    x = _counts(counts)
    e = _exposures(exposure, len(x))
    p: Floats = np.asarray(stats.binom.sf(x[:, None] - 1, x[:, None] + x, e[:, None] / (e[:, None] + e)))
    np.fill_diagonal(p, 1.0)
    return p


def holm(p_values: Floats, level: float) -> NDArray[np.bool_]:
    """Which hypotheses Holm's step-down method rejects at familywise error 1 - level; the shape of `p_values`.

    The diagonal of a square matrix of pairs is no hypothesis and not counted. Source: Holm 1979, Scand. J. Stat. 6:65.
    """
    flat = np.sort(p_values[~np.eye(len(p_values), dtype=bool)])
    allowed = (1 - level) / np.arange(len(flat), 0, -1)
    fails = np.flatnonzero(flat > allowed)
    first = fails[0] if len(fails) else len(flat)
    # all p-values below the first one that is too large are rejected; ties with it are not
    limit = flat[first] if first < len(flat) else np.inf
    return np.asarray((p_values < limit) & ~np.eye(len(p_values), dtype=bool))


def told_apart(counts: Any, exposure: Any = None, level: float = 0.95) -> NDArray[np.bool_]:
    """Matrix of ordered pairs (j, k) in which j is above k beyond chance, jointly at `level` over all pairs."""
    _tail(level)
    return holm(pairwise_p_values(counts, exposure), level)


def rank_sets(counts: pd.Series, exposure: pd.Series | None = None, level: float = 0.95) -> pd.DataFrame:
    """Rank of each entry with a joint interval: with probability `level` *all* true ranks lie in their intervals.

    Columns rank, lower, upper (Int64, 1 is the largest), index as `counts`; entries that are NA stay NA. `exposure`, such
    as a population, makes it ranks of rates. Exact conditional tests of all ordered pairs with Holm's correction, after
    Mogstad, Romano, Shaikh & Wilhelm (doi:10.1093/restud/rdad006): the best possible place is 1 + the number of places
    significantly above, the worst is the number of places less those significantly below.
    """
    known = counts.notna() if exposure is None else counts.notna() & exposure.notna()
    x = counts[known].astype(float)
    e = None if exposure is None else exposure[known].astype(float)
    above = told_apart(x.to_numpy(), None if e is None else e.to_numpy(), level)
    rates = x if e is None else x / e
    found = pd.DataFrame(
        {
            "rank": rates.rank(method="min", ascending=False),
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

    Columns: count, exposure, rate (events per unit of exposure), overall, and lower/upper limits at 95 and 99.8 percent,
    and `outside` ("", "95", "99.8"). Exact Poisson quantiles of the expected
    count. Source: Spiegelhalter 2005, Stat. Med. 24:1185.
    """
    table = pd.DataFrame({"count": counts, "exposure": exposure}).dropna().astype(float)
    overall = table["count"].sum() / table["exposure"].sum()
    table = table.assign(rate=table["count"] / table["exposure"], overall=overall)
    for name, level in {"95": 0.95, "998": 0.998}.items():
        lower, upper = funnel_limits(overall * table["exposure"].to_numpy(), level)
        table[f"lower{name}"], table[f"upper{name}"] = lower / table["exposure"], upper / table["exposure"]
    beyond = {
        name: (table["rate"] < table[f"lower{name}"]) | (table["rate"] > table[f"upper{name}"])
        for name in ("95", "998")
    }
    table["outside"] = np.select([beyond["998"], beyond["95"]], ["99.8", "95"], default="")
    return table


def funnel_limits(expected: Any, level: float) -> tuple[Floats, Floats]:
    """Smallest and largest count that chance keeps with probability `level` around an expected count (exact Poisson)."""
    tail = _tail(level)
    expected = np.asarray(expected, dtype=float)
    return np.asarray(stats.poisson.ppf(tail, expected)), np.asarray(stats.poisson.isf(tail, expected))


def gamma_prior(counts: Floats, exposure: Floats) -> tuple[float, float]:
    """Shape and rate of the gamma distribution of true rates, by the method of moments.

    Source: Marshall 1991, Appl. Stat. 40:283. When the rates vary no more than chance does, the shape is very large.
    """
    overall = counts.sum() / exposure.sum()
    spread = (exposure * (counts / exposure - overall) ** 2).sum() / exposure.sum()
    between = spread - overall / exposure.mean()
    between = max(between, overall**2 / 1e6)
    return overall**2 / between, overall / between


def shrunken_rates(counts: pd.Series, exposure: pd.Series, top: int = 5, draws: int = 20_000) -> pd.DataFrame:
    """Rates drawn towards the overall rate as far as chance demands, and the probability of a place in the top `top`.

    Columns rate and shrunken (events per unit of exposure) and p_top (0 to 1), index as `counts` without NA. The posterior of
    each rate is gamma (Clayton & Kaldor 1987, Biometrics 43:671); p_top counts `draws` posterior samples with a fixed seed,
    so that it repeats; its standard error is at most 0.004.
    """
    table = pd.DataFrame({"count": counts, "exposure": exposure}).dropna().astype(float)
    x, e = table["count"].to_numpy(), _exposures(table["exposure"], len(table))
    shape, rate = gamma_prior(_counts(x), e)
    samples = np.random.default_rng(2019).gamma(shape + x, size=(draws, len(x))) / (rate + e)
    limit = np.partition(samples, len(x) - top, axis=1)[:, len(x) - top][:, None] if top < len(x) else 0.0
    return pd.DataFrame(
        {"rate": x / e, "shrunken": (shape + x) / (rate + e), "p_top": (samples >= limit).mean(axis=0)},
        index=table.index,
    )
