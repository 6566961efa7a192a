"""The register of published statements that can be recomputed: each with what we compute and a verdict.

`lib.claims_figures` makes the entries that follow from the tables, one for each published rank, share, sum, part and
restatement; `lib.claims_book` those of press headlines and of the book's own headline sentences. `data/claims.csv` keeps
the verdict that each entry had when somebody last looked, so that a verdict cannot change unnoticed.
"""

from dataclasses import dataclass
from functools import cache

import pandas as pd

from lib import data
from lib.errors import DataError

AGREES, DIFFERS, OPEN = "agrees", "differs", "cannot be checked"
VERDICTS = [AGREES, DIFFERS, OPEN]


@dataclass(frozen=True)
class Claim:
    """One published statement and what we compute for it.

    `claim` is a key that stays the same from run to run; `missing` says what a check would need; `rows` are the index
    labels of `data.figures()` that the statement repeats.
    """

    claim: str
    kind: str
    source_id: str
    statement: str
    computed: str
    verdict: str
    missing: str = ""
    rows: tuple[int, ...] = ()


def verdict(holds: bool) -> str:
    """The verdict of a statement that was recomputed."""
    return AGREES if holds else DIFFERS


@cache
def _entries() -> tuple[Claim, ...]:
    """All entries, made once in a process."""
    from lib import claims_book, claims_figures

    return (*claims_figures.entries(), *claims_book.entries())


def clear_cache() -> None:
    """Forget the register and all that it was made of, so that changed tables are read again."""
    from lib import claims_book, claims_figures, implied

    _entries.cache_clear()
    claims_book.stored.cache_clear()
    claims_figures.clear_cache()
    implied.clear_cache()
    data.clear_cache()


def register() -> pd.DataFrame:
    """Every entry of the register, one a row.

    Columns: claim (key), kind, source_id ("" for the book's own), statement, computed (both in words), verdict ("agrees",
    "differs" or "cannot be checked") and why: the reason of a difference as claims.csv keeps it, or what a check would
    need. Raises DataError when two entries have one key.
    """
    table = pd.DataFrame([entry.__dict__ for entry in _entries()]).drop(columns="rows")
    if not table.claim.is_unique:
        twice = table.claim[table.claim.duplicated()].iloc[0]
        raise DataError(f"The register of published statements has {twice!r} twice; give each its own key.")
    reasons = table.claim.map(data.claims().set_index("claim").why)
    why = reasons.where(table.verdict == DIFFERS, table.missing).replace("", pd.NA)
    return table.drop(columns="missing").assign(why=why.astype("string"))


def covered() -> set[int]:
    """Index labels of the rows of figures.csv that some entry of the register is about."""
    return {row for entry in _entries() for row in entry.rows}


def changed() -> list[str]:
    """Entries whose verdict is not the one that claims.csv keeps, as sentences; empty when none changed unnoticed."""
    now, kept = register().set_index("claim").verdict, data.claims().set_index("claim").verdict
    found = [f"{key}: new, {now[key]}" for key in now.index.difference(kept.index)]
    found += [f"{key}: no longer in the register" for key in kept.index.difference(now.index)]
    both = now.index.intersection(kept.index)
    return found + [f"{key}: was {kept[key]}, now {now[key]}" for key in both if now[key] != kept[key]]


def by_verdict() -> pd.DataFrame:
    """How many entries of each kind have each verdict: kind, one column a verdict, and all; a last row adds them up."""
    table = register()
    counts = pd.crosstab(table.kind, table.verdict).reindex(columns=VERDICTS, fill_value=0)
    counts = counts.loc[list(dict.fromkeys(table.kind))]
    counts.loc["All"] = counts.sum()
    return counts.assign(all=counts.sum(axis=1)).rename_axis(columns=None).reset_index()


def of(found: str, kinds: list[str] | None = None) -> pd.DataFrame:
    """The entries of one verdict, of some kinds or of all, for a table: kind, statement, computed, why and source.

    `source` is the key of the source in sources.csv, or "this book".
    """
    table = register()
    table = table[(table.verdict == found) & (table.kind.isin(kinds) if kinds else True)]
    source = table.source_id.replace("", "this book")
    return table.assign(source=source)[["kind", "statement", "computed", "why", "source"]].reset_index(drop=True)


def answer() -> str:
    """How many statements were recomputed, how many agree, differ or cannot be checked, as Markdown."""
    counts = register().verdict.value_counts()
    checked = counts[AGREES] + counts[DIFFERS]
    return (
        f"Of {counts.sum()} statements in the register, **{checked} could be recomputed**: {counts[AGREES]} agree with what "
        f"the other published figures give and {counts[DIFFERS]} differ, each for a reason that is told below. "
        f"{counts[OPEN]} cannot be checked, because what a check would need was not published."
    )
