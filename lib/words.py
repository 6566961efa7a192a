"""Numbers in sentences: counts with their nouns, changes in plain English."""

import re
from typing import Any

import pandas as pd

from lib.tables import NOT_PUBLISHED, number_text


def count(number: Any, noun: str, plural: str | None = None) -> str:
    """A count with its noun: "1 case", "7 cases", "no cases"; NA is "not published"."""
    if pd.isna(number):
        return NOT_PUBLISHED
    many = plural or f"{noun}s"
    return f"no {many}" if number == 0 else f"{number_text(number)} {noun if number == 1 else many}"


def percent(value: Any, places: int = 0) -> str:
    """A share: "22%"; NA is "not published"."""
    return NOT_PUBLISHED if pd.isna(value) else f"{number_text(value, places)}%"


def change(value: Any) -> str:
    """A change in percent as words: "a fall of 14.7%", "a rise of 13.0%", "no change"; NA is "not published"."""
    if pd.isna(value):
        return NOT_PUBLISHED
    if value == 0:
        return "no change"
    return f"a {'rise' if value > 0 else 'fall'} of {number_text(abs(value), 1)}%"


def listing(words: list[str]) -> str:
    """Words as an English list: "a", "a and b", "a, b and c"; "none" for an empty list."""
    if not words:
        return "none"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def slug(name: str) -> str:
    """A name as part of an address: lower case, every run of other characters than a-z and 0-9 becomes one hyphen.

    "U.S. Virgin Islands" becomes "u-s-virgin-islands".
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
