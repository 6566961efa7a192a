"""Standard competition ranks, as the published summaries use them, with ties said aloud."""

from typing import Any

import pandas as pd

from lib.errors import BookError


def competition_rank(values: pd.Series, descending: bool = True) -> pd.Series:
    """Standard competition rank ("1224") of each value; NA stays NA and takes no place.

    Equal values share the better rank and the places they fill are skipped: 8, 8, 7 rank 1, 1, 3. No source states the
    rule; the published pairs of value and rank obey it exactly (see the chapter on states). Index as in `values`, dtype Int64.
    """
    ranks = values.astype("Float64").rank(method="min", ascending=not descending)
    return ranks.astype("Int64").rename("rank")


def tie_sizes(values: pd.Series) -> pd.Series:
    """How many places hold the same value, itself included; NA where the value is NA. Dtype Int64, index as in `values`."""
    return values.groupby(values).transform("size").astype("Int64").rename("tied")


def ordinal(number: int) -> str:
    """English ordinal of a positive whole number: 1st, 2nd, 3rd, 4th, 11th, 21st. Raises BookError below 1."""
    if number < 1:
        raise BookError(f"A rank is 1 or more, not {number}; check the table the rank was computed from.")
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def rank_text(rank: Any, tied: int = 1, size: int | None = None) -> str:
    """A rank in words: "5th", "tied 25th of 56"; "not ranked" when the rank is NA.

    `tied` is how many share the place, `size` how many places were ranked.
    """
    if pd.isna(rank):
        return "not ranked"
    words = ("tied " if tied > 1 else "") + ordinal(int(rank))
    return f"{words} of {size}" if size is not None else words


def ranked(values: pd.Series, descending: bool = True) -> pd.DataFrame:
    """Value, rank, tie size and the rank in words ("tied 25th of 56") of every entry, best rank first.

    Index as in `values`; equal ranks keep the order of the index. `size` in the words is the number of values that are
    not NA, because only those are ranked.
    """
    size = int(values.notna().sum())
    table = pd.DataFrame({"value": values, "rank": competition_rank(values, descending), "tied": tie_sizes(values)})
    pairs: list[tuple[Any, Any]] = list(zip(table["rank"], table["tied"], strict=True))
    table["rank_text"] = [rank_text(rank, 1 if pd.isna(tied) else tied, size) for rank, tied in pairs]
    return table.sort_values("rank", kind="stable", na_position="last")
