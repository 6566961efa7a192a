"""What the published figures of a year imply for every jurisdiction: the facts out of `data/`, the bounds by `lib.bounds`."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pandas as pd

from lib import data
from lib.bounds import implied, implied_distribution
from lib.errors import BookError
from lib.national import metric_label
from lib.ranking import ordinal
from lib.tables import NOT_PUBLISHED
from lib.words import count, listing

#: The measures whose jurisdictions add up to a national total.
MEASURES = ["new_criminal_cases", "active_criminal_cases", "convictions"]
#: Columns of `facts` that are statements for `lib.bounds`.
STATED = ["name", "value", "rank", "at_least"]
#: For each measure, sums of others that it cannot be below: each inner list is added up, missing parts as nothing.
_AT_LEAST = {
    "new_criminal_cases": [["new_sex_cases", "new_labor_cases"]],
    "active_criminal_cases": [
        ["active_sex_cases", "active_labor_cases"],
        ["new_criminal_cases"],
        ["new_sex_cases", "new_labor_cases"],
    ],
    "convictions": [["restitution_convicted"], ["restitution_ordered"]],
}


def _published(year: int, metric: str, edition: int) -> pd.DataFrame:
    """Rows of one metric, of `edition` where it printed the place and else of the edition nearest to it."""
    frame = data.figures()
    rows = frame[(frame.year == year) & (frame.metric == metric) & (frame.jurisdiction != "US") & frame.value.notna()]
    rows = rows.assign(distance=(rows.edition - edition).abs()).sort_values("distance", kind="stable")
    return rows.drop_duplicates(["jurisdiction", "court_id"])


def _plain(rows: pd.DataFrame, plain: bool = True) -> pd.DataFrame:
    """The rows whose figure counts what the metric says, or with plain=False those that readings.csv calls a lower bound."""
    keys = ["jurisdiction", "year", "metric", "edition", "source_id"]
    reading = rows[keys].merge(data.readings(), on=keys, how="left").reading.set_axis(rows.index)
    return rows[reading.isna()] if plain else rows[(reading == "at least").fillna(False)]


def _least(year: int, metric: str, edition: int) -> pd.Series:
    """The largest known lower bound of the metric by jurisdiction; jurisdictions without one are left out."""
    bounds = [_plain(_published(year, metric, edition), plain=False).groupby("jurisdiction")["value"].max()]
    for parts in [[metric], *_AT_LEAST[metric]]:
        rows = pd.concat([_plain(_published(year, part, edition)) for part in parts])
        state, court = rows[rows.court_id.isna()], rows[rows.court_id.notna()]
        bounds += [frame.groupby("jurisdiction")["value"].sum() for frame in (state, court) if len(frame)]
    found: pd.Series = pd.concat(bounds).groupby(level=0).max().astype("Int64")
    return found


def facts(year: int, metric: str) -> pd.DataFrame:
    """What is published of one measure, one row for each of the 56 jurisdictions (index: USPS code).

    Columns: name, value, rank (Int64, NA where not published), at_least (the most that other published figures of the
    same place prove: a district's cases, its sex trafficking cases, its new cases among active ones), edition, source_id.
    American Samoa has no federal district court, so it has none. Raises BookError when no national total was published.
    """
    return _facts(year, metric).copy()


@cache
def _facts(year: int, metric: str) -> pd.DataFrame:
    """`facts`, put together once in a process."""
    edition = data.default_edition("US", year, [metric])
    if metric not in MEASURES or edition is None:
        raise BookError(
            f"No national total of {metric} was published for {year}, so nothing is implied for the states."
        )
    rows = _plain(_published(year, metric, edition))
    rows = rows[rows.court_id.isna()].set_index("jurisdiction")
    places = data.jurisdictions().set_index("usps")
    table = places[["name"]].join(rows[["value", "published_rank", "edition", "source_id"]])
    table = table.rename(columns={"published_rank": "rank"})
    table.loc[(places.n_districts == 0) & table["value"].isna(), "value"] = 0
    least = _least(year, metric, edition).reindex(table.index)
    table.insert(3, "at_least", least.where(table["value"].isna()))
    return table


@cache
def zeros(year: int, metric: str) -> tuple[int, int] | None:
    """How many of the 56 jurisdictions have none, as (fewest, most); None when nothing is published of it.

    A place with a new case has an active one, and a place with an active case has some case: so the national counts of
    places with neither bound each other.
    """
    size = len(data.jurisdictions())

    def counted(name: str) -> Any:
        """A published number of jurisdictions without, from either form; NA when neither was published."""
        without = data.at("US", year, f"jurisdictions_without_{name}_case")
        having = data.at("US", year, f"jurisdictions_with_{name}_case")
        return without if not pd.isna(without) else size - having

    new, active, none = (counted(name) for name in ("new", "active", "any"))
    spans = {"new_criminal_cases": (new, new), "active_criminal_cases": (none, new)}
    if metric == "active_criminal_cases" and not pd.isna(active):
        return int(active), int(active)
    low, high = spans.get(metric, (pd.NA, pd.NA))
    if pd.isna(low) and pd.isna(high):
        return None
    return 0 if pd.isna(low) else int(low), size if pd.isna(high) else int(high)


@cache
def available() -> tuple[tuple[int, str], ...]:
    """Every (year, metric) with a national total and at least one published rank: those whose bounds say something."""
    frame = data.figures()
    ranked = frame[frame.published_rank.notna() & frame.court_id.isna() & frame.metric.isin(MEASURES)]
    pairs = sorted(set(zip(ranked.year.astype(int), ranked.metric.astype(str), strict=True)))
    return tuple((year, metric) for year, metric in pairs if data.default_edition("US", year, [metric]) is not None)


@cache
def _solved(year: int, metric: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Bounds by jurisdiction and by place, solved once in a process."""
    known, total = facts(year, metric), int(data.at("US", year, metric))
    return implied(known[STATED], total, len(known), zeros(year, metric))


def bounds(year: int, metric: str) -> pd.DataFrame:
    """The sharpest bounds of every jurisdiction that the published figures of one measure imply, index: USPS code.

    Int64 columns lower and upper (cases or defendants), lower_rank (best) and upper_rank (worst); equal where published
    or where nothing else is possible. Raises BookError when no national total was published, and InconsistentFigures
    when the published figures contradict each other. Solved once in a process.
    """
    return _solved(year, metric)[0].copy()


def distribution(year: int, metric: str, with_zeros: bool = True) -> pd.DataFrame:
    """The sharpest bounds of each place of the ranking: lower and upper, index: place 1 to 56. Errors as in `bounds`.

    Without zeros the published number of jurisdictions that have none is left out, to recompute it from the rest.
    """
    if with_zeros:
        return _solved(year, metric)[1].copy()
    known = facts(year, metric)
    return implied_distribution(known[STATED], int(data.at("US", year, metric)), len(known))


def by_place(year: int, metric: str) -> pd.DataFrame:
    """`distribution` as a table for a chart: place, lower, upper, and who was published there: usps, name, value.

    States that tie stand on the places of their tie in the order of their names. A state whose value was published but
    whose rank is not settled stands on no place; a place of which nobody was published has NA.
    """
    known, found = facts(year, metric), bounds(year, metric)
    settled = known[known.edition.notna() & (found["lower_rank"] == found["upper_rank"])].sort_values("name")
    first = found["lower_rank"][settled.index]
    place = (first + first.groupby(first).cumcount()).rename("place")
    seated = settled[["name", "value"]].rename_axis("usps").reset_index().set_index(pd.Index(place))
    table = distribution(year, metric).join(seated)
    return table.reset_index()


def span_text(lower: int, upper: int, form: Callable[[int], str] = str) -> str:
    """A span of whole numbers in words: "3 to 4", or "13" when it is one number."""
    return form(lower) if lower == upper else f"{form(lower)} to {form(upper)}"


def runs(year: int, metric: str) -> pd.DataFrame:
    """`distribution` with neighbouring places of equal bounds together, in words.

    Columns: places ("9th to 21st"), count ("3 to 4"), published (the states known to stand there with their values; a dash
    where there is none).
    """
    table = by_place(year, metric)
    limits = table[["lower", "upper"]]
    table["who"] = table["name"] + " (" + table["value"].astype("string") + ")"
    groups = table.groupby(limits.ne(limits.shift()).any(axis=1).cumsum())
    ends = groups.agg({"place": ["min", "max"], "lower": "first", "upper": "first"}).astype(int)
    spans = ends.itertuples(index=False, name=None)
    words = [(span_text(first, last, ordinal), span_text(low, high)) for first, last, low, high in spans]
    published = groups["who"].agg(lambda names: listing(list(names.dropna())) if names.notna().any() else "\N{EM DASH}")
    return pd.DataFrame(words, columns=["places", "count"]).assign(published=published.to_list())


def open_jurisdictions(year: int) -> pd.DataFrame:
    """What follows for jurisdictions of which a measure was not published in full, those alike in one row.

    Columns: metric (its label), who (names, or how many others), published, count and rank in words.
    """
    return pd.concat([_open(year, metric) for metric in MEASURES], ignore_index=True)


def _open(year: int, metric: str) -> pd.DataFrame:
    """`open_jurisdictions` of one measure, largest first."""
    known = facts(year, metric).join(bounds(year, metric))
    known = known[known["rank"].isna()]
    table = pd.DataFrame({"metric": metric_label(metric), "who": known.name, "least": known["lower"]})
    table["published"] = [_known(row) for _, row in known.iterrows()]
    table["count"] = [span_text(*pair) for pair in zip(known["lower"], known["upper"], strict=True)]
    table["rank"] = [span_text(*pair, ordinal) for pair in zip(known.lower_rank, known.upper_rank, strict=True)]
    alike = table.groupby(["metric", "published", "count", "rank"], as_index=False).agg(
        who=("who", lambda names: listing(list(names)) if len(names) <= 4 else f"{len(names)} others, each"),
        least=("least", "max"),
    )
    columns = ["metric", "who", "published", "count", "rank"]
    return alike.sort_values(["least", "published"], ascending=[False, True], kind="stable")[columns]


def _known(row: pd.Series) -> str:
    """What is published of one jurisdiction, in words."""
    if not pd.isna(row["value"]):
        return f"{row['value']}" if not pd.isna(row.edition) else "no federal district court"
    return NOT_PUBLISHED if pd.isna(row.at_least) else f"at least {row.at_least}"


def used_sources(year: int, metric: str) -> list[str]:
    """Keys of the sources behind the bounds: of the states' figures, of their lower bounds, and of the national figures."""
    frame = data.figures()
    frame, known = frame[frame.year == year], facts(year, metric)
    bounded = known.index[known.at_least.notna()]
    parts = [part for sums in _AT_LEAST[metric] for part in sums]
    national = frame.metric.isin([metric]) | frame.metric.str.startswith("jurisdictions_")
    used = frame[
        frame.jurisdiction.isin(bounded) & frame.metric.isin([metric, *parts]) | (frame.jurisdiction == "US") & national
    ]
    return sorted({*used.source_id, *known.source_id.dropna()})


def sentence(year: int) -> str:
    """What the bounds of new cases settle, as Markdown."""
    metric = MEASURES[0]
    table, known = distribution(year, metric), facts(year, metric)
    exact = table["lower"] == table["upper"]
    named = known.edition.notna() | known.at_least.notna()
    room = (table["upper"] - table["lower"])[exact.cumsum() > 0].max()
    leader, second = (span_text(*row) for row in table.head(2).itertuples(index=False, name=None))
    return (
        f"Figures of {count(named.sum(), 'jurisdiction')} and the total of {data.at('US', year, metric)} settle "
        f"**{exact.sum()} of the {len(table)} places** to the case. Below the first exact place no other is open by more than "
        f"{count(room, 'case')}. Above it there is room: the leader had {leader} new cases, the second {second}."
    )


def clear_cache() -> None:
    """Forget what was put together and solved, so that changed figures are read again."""
    for function in (_facts, zeros, available, _solved):
        function.cache_clear()
