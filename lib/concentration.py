"""How unevenly counts are spread over places: share of the largest, Lorenz curve, Gini coefficient."""

import pandas as pd

from lib import metrics
from lib.errors import BookError


def _ordered(counts: pd.Series) -> pd.Series:
    """The counts as floats, smallest first. Raises BookError for a missing or negative count, or when there is none."""
    if counts.empty or counts.isna().any():
        raise BookError("A concentration needs the count of every place; leave out places that are not published.")
    if (counts < 0).any():
        raise BookError(f"A count cannot be negative, but one is {counts.min()}; correct the table.")
    return counts.astype("float64").sort_values(ignore_index=True)


def top_share(counts: pd.Series, places: int) -> float:
    """Share of the `places` largest counts in the sum of all, in percent; NA when all counts are zero."""
    ordered = _ordered(counts)
    share: float = metrics.share(ordered.tail(places).sum(), ordered.sum())
    return share


def lorenz(counts: pd.Series) -> pd.DataFrame:
    """The Lorenz curve: after 0, 1, ... n places, smallest first, `places_pct` and `cases_pct`, both from 0 to 100.

    Raises BookError when all counts are zero, because there is nothing to share out.
    """
    ordered = _ordered(counts)
    if ordered.sum() == 0:
        raise BookError("All counts are zero; a Lorenz curve needs at least one case.")
    steps = pd.concat([pd.Series([0.0]), ordered.cumsum()], ignore_index=True)
    return pd.DataFrame({"places_pct": 100 * steps.index / len(ordered), "cases_pct": 100 * steps / ordered.sum()})


def gini(counts: pd.Series) -> float:
    """Gini coefficient: 0 when all places have the same count, (n - 1)/n when one of n has all.

    Half the mean absolute difference between two places, relative to the mean. Raises BookError when all counts are zero.
    """
    curve = lorenz(counts) / 100
    area = (curve["cases_pct"] + curve["cases_pct"].shift(1)).iloc[1:].sum() / 2 / (len(curve) - 1)
    return round(1 - 2 * float(area), 12)


def places_with_half(counts: pd.Series) -> int:
    """The smallest number of places that together hold at least half of all cases. Raises BookError when all are zero."""
    held = _ordered(counts)[::-1].cumsum()
    if held.iloc[-1] == 0:
        raise BookError("All counts are zero; half of nothing is held by no place.")
    return int((held < held.iloc[-1] / 2).sum()) + 1
