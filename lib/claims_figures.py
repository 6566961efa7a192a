"""Entries of the register that follow from the tables of `data/`: ranks, shares, parts, sums, editions, oddities."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd

from lib import data, implied, metrics, states
from lib.bounds import implied_rank
from lib.claims import OPEN, Claim, verdict
from lib.implied import span_text
from lib.national import DISTRICT_SOURCE
from lib.ranking import competition_rank, ordinal, rank_text, tie_sizes
from lib.words import listing, percent

#: Totals and the parts that add up to them within one edition.
PARTS = {
    "new_criminal_cases": ["new_sex_cases", "new_labor_cases"],
    "active_criminal_cases": ["active_sex_cases", "active_labor_cases"],
    "active_civil_cases": ["active_civil_sex_cases", "active_civil_labor_cases"],
}
#: Pairs of which the first is always contained in the second.
CONTAINED = [
    ("new_criminal_cases", "active_criminal_cases"),
    ("restitution_ordered", "restitution_convicted"),
    ("restitution_convicted", "convictions"),
    ("active_criminal_cases", "cases_handled"),
]
SUMMED = ["new_criminal_cases", "new_sex_cases", "new_labor_cases", "new_defendants"]


def entries() -> list[Claim]:
    """All entries that follow from the tables; every row of figures.csv is in one of them at least."""
    found = [
        claim
        for make in (
            ranks,
            district_ranks,
            shares,
            sums_of_parts,
            contained,
            sums_of_districts,
            nations,
            editions,
            tables,
        )
        for claim in make()
    ]
    told = {row for claim in found for row in claim.rows}
    return found + list(single_figures(told))


def _rows(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table as named tuples, the index label first."""
    yield from frame.itertuples()


@cache
def _labels() -> dict[Any, str]:
    """Metric -> its name within a sentence."""
    table = data.metrics().set_index("metric").label
    return {metric: label[0].lower() + label[1:] for metric, label in table.items()}


@cache
def _names() -> dict[Any, str]:
    """USPS code or court id -> name."""
    return (
        {"US": "United States"}
        | dict(data.jurisdictions().set_index("usps")["name"])
        | {court: f"{name} (district)" for court, name in data.districts().set_index("court_id")["name"].items()}
    )


def _who(row: Any) -> str:
    """The name of the place of a row of figures.csv."""
    return _names()[row.jurisdiction if pd.isna(row.court_id) else row.court_id]


def _key(kind: str, row: Any) -> str:
    """A key that names the row of figures.csv it is about."""
    place = row.jurisdiction if pd.isna(row.court_id) else row.court_id
    return f"{kind} {place} {row.year} {row.metric} {row.edition} {row.source_id}"


def _about(kind: str, key: str, row: Any, said: str, text: str, holds: Any = None, missing: str = "") -> Claim:
    """An entry about one row of figures.csv; it cannot be checked when `holds` is None."""
    found = OPEN if holds is None else verdict(bool(holds))
    return Claim(_key(key, row), kind, row.source_id, said, text, found, missing, (row.Index,))


def _said(row: Any, text: str) -> str:
    """A statement in words: who, when, which measure, what."""
    return f"{_who(row)}, {row.year}, {_labels()[row.metric]}: {text}"


def _state_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows about a whole jurisdiction, without the nation."""
    return frame[frame.court_id.isna() & (frame.jurisdiction != "US")]


def ranks() -> Iterator[Claim]:
    """Every published rank of a jurisdiction, against the ranks that all other published figures leave to its value."""
    frame = _state_rows(data.figures())
    for row in _rows(frame[frame.published_rank.notna()]):
        limits = _rank_limits(row)
        said = _said(row, f"{row.value}, ranked {ordinal(row.published_rank)}")
        if limits is None:
            yield _about("Rank", "rank", row, said, "", missing="figures of the jurisdictions ranked next to it")
            continue
        text = f"the other published figures leave {span_text(*limits, ordinal)}"
        yield _about("Rank", "rank", row, said, text, limits[0] <= row.published_rank <= limits[1])


def _rank_limits(row: Any) -> tuple[int, int] | None:
    """Best and worst rank that the other published figures leave to a figure; None when they say nothing."""
    if (row.year, row.metric) in implied.available():
        known, total = implied.facts(row.year, row.metric), int(data.at("US", row.year, row.metric))
        none = implied.zeros(row.year, row.metric)
        return implied_rank(known[implied.STATED], row.jurisdiction, total, len(known), none)
    metric = "restitution_pct" if row.metric == "restitution_ordered" else row.metric
    pairs = _stack_up(row.year)
    pairs = pairs[pairs.metric == metric].set_index("jurisdiction")[["value", "published_rank"]].dropna()
    others = pairs.drop(index=row.jurisdiction, errors="ignore")
    return _between(pairs["value"].get(row.jurisdiction), others) if len(others) else None


@cache
def _stack_up(year: int) -> pd.DataFrame:
    """The published stack-up, made once in a process."""
    return states.stack_up(year)


def _between(value: Any, others: pd.DataFrame) -> tuple[int, int]:
    """The ranks that other pairs of value and rank leave to a value, where no total is known."""
    same = others.published_rank[others["value"] == value]
    if len(same):
        return int(same.iloc[0]), int(same.iloc[0])
    above, below = (others.published_rank[side] for side in (others["value"] > value, others["value"] < value))
    return int(above.max()) + 1 if len(above) else 1, int(below.min()) - 1 if len(below) else states.JURISDICTIONS


@cache
def _by_district() -> pd.DataFrame:
    """The district tables with totals, indexed by court id and year."""
    return metrics.with_totals(data.district_new_cases()).set_index(["court_id", "year"])


def district_ranks() -> Iterator[Claim]:
    """Every published rank of a district, against its rank in the district tables."""
    frame = data.figures()
    for row in _rows(frame[frame.published_rank.notna() & frame.court_id.notna()]):
        values = _by_district()[row.metric].xs(row.year, level="year")
        value, rank = values[row.court_id], competition_rank(values)[row.court_id]
        said = _said(row, f"{row.value}, ranked {ordinal(row.published_rank)} among the districts")
        place = rank_text(rank, tie_sizes(values)[row.court_id], len(values))
        holds = rank == row.published_rank and value == row.value
        yield _about("Rank", "rank", row, said, f"{value}, {place} in the district tables", holds)


def shares() -> Iterator[Claim]:
    """Every published percentage, against "x of y" where both are published."""
    frame = data.figures()
    for row in _rows(frame[frame.metric.str.endswith("_pct")]):
        said, parts = _said(row, percent(row.value)), ("restitution_ordered", "restitution_convicted")
        ordered, base = (data.at(row.jurisdiction, row.year, part, row.edition) for part in parts)
        if row.metric != "restitution_pct" or pd.isna(ordered) or pd.isna(base):
            yield _about("Share", "share", row, said, "", missing="the two numbers that the percentage was made of")
            continue
        rate = metrics.restitution_rate(ordered, base)
        yield _about(
            "Share", "share", row, said, f"{ordered} of {base} is {percent(rate, 1)}", round(rate) == row.value
        )


def _wide() -> Iterator[dict[str, Any]]:
    """Each place, year and edition with its metrics, each a pair of value and row label of figures.csv."""
    frame = data.figures().fillna({"court_id": ""})
    for (usps, court, year, edition), group in frame.groupby(["jurisdiction", "court_id", "year", "edition"]):
        cells = {row.metric: (int(row.value), int(row.Index)) for row in _rows(group)}
        code = court or usps
        yield {"code": code, "name": _names()[code], "year": year, "edition": edition, "cells": cells}


@cache
def _sources() -> dict[Any, str]:
    """Row label of figures.csv -> its source."""
    return data.figures().source_id.to_dict()


def sums_of_parts() -> Iterator[Claim]:
    """Every total of which an edition printed a part: do the parts add up to it?"""
    for place in _wide():
        for total, parts in PARTS.items():
            found = {part: place["cells"][part] for part in parts if part in place["cells"]}
            if total in place["cells"] and found:
                yield _parts(place, total, found)


def _parts(place: dict[str, Any], total: str, found: dict[str, tuple[int, int]]) -> Claim:
    """One total and those of its parts that the same edition printed."""
    (value, label), parts = place["cells"][total], sum(number for number, _ in found.values())
    words = listing([f"{_labels()[part]} {number}" for part, (number, _) in found.items()])
    said = f"{place['name']}, {place['year']}, {_labels()[total]}: {value}, of which {words}"
    gap = [_labels()[part] for part in PARTS[total] if part not in found]
    text, result = f"the parts add up to {parts}", verdict(parts == value)
    if gap and parts <= value:
        text, result = f"{value - parts} are left for {listing(gap)}", OPEN
    key = f"parts {place['code']} {place['year']} {total} {place['edition']}"
    labels = (label, *(row for _, row in found.values()))
    missing = f"{listing(gap)}, as this edition printed them" if result == OPEN else ""
    return Claim(key, "Parts and total", _sources()[label], said, text, result, missing, labels)


def contained() -> Iterator[Claim]:
    """Every pair of figures of one edition of which the first is part of the second, such as new and active cases."""
    for place in _wide():
        for part, whole in CONTAINED:
            if not {part, whole} <= set(place["cells"]):
                continue
            (small, first), (large, second) = place["cells"][part], place["cells"][whole]
            said = f"{place['name']}, {place['year']}: {_labels()[part]} {small}, {_labels()[whole]} {large}"
            text = f"{small} is {'not more' if small <= large else 'more'} than {large}"
            key = f"contained {place['code']} {place['year']} {part} {place['edition']}"
            found = verdict(small <= large)
            yield Claim(key, "Part within a whole", _sources()[first], said, text, found, rows=(first, second))


def sums_of_districts() -> Iterator[Claim]:
    """State and national figures since 2020 against the district tables, and state figures against printed districts."""
    frame = data.figures()
    years = set(data.district_new_cases().year)
    for row in _rows(frame[frame.metric.isin(SUMMED) & frame.year.isin(years)]):
        value = _from_tables(row)
        said, text = _said(row, f"{row.value} ({row.edition} edition)"), f"the district tables give {value}"
        yield _about("Sum of districts", "districts", row, said, text, value == row.value)
    yield from _printed_districts(frame)


def _from_tables(row: Any) -> int:
    """The same count out of the district tables: of the district, of the districts of the state, or of all."""
    values = _by_district()[row.metric].xs(row.year, level="year")
    home = data.districts().set_index("court_id").jurisdiction
    if not pd.isna(row.court_id):
        return int(values[row.court_id])
    return int(values.sum() if row.jurisdiction == "US" else values[home[values.index] == row.jurisdiction].sum())


def _printed_districts(frame: pd.DataFrame) -> Iterator[Claim]:
    """State figures whose districts were printed beside them."""
    keys = ["jurisdiction", "year", "metric", "edition", "source_id"]
    courts = frame[frame.court_id.notna()].rename_axis("label").reset_index()
    courts["said"] = courts.court_id.map(_names()) + " " + courts["value"].astype("string")
    sums = courts.groupby(keys, as_index=False).agg(
        found=("value", "sum"), courts=("value", "size"), said=("said", list), labels=("label", list)
    )
    whole = _state_rows(frame).rename_axis("label").reset_index()[[*keys[:-1], "value", "label"]]
    every = data.jurisdictions().set_index("usps").n_districts
    for row in _rows(sums.merge(whole, on=keys[:-1])):
        said = f"{_names()[row.jurisdiction]}, {row.year}, {_labels()[row.metric]}: {row.value}; {listing(row.said)}"
        text, result, missing = f"the districts add up to {row.found}", verdict(row.found == row.value), ""
        if row.courts < every[row.jurisdiction] and row.found <= row.value:
            text, result = f"{row.value - row.found} are left for the others", OPEN
            missing = "the figures of its other districts"
        key = f"printed districts {row.jurisdiction} {row.year} {row.metric} {row.edition}"
        labels = (row.label, *row.labels)
        yield Claim(key, "Sum of districts", row.source_id, said, text, result, missing, labels)


def nations() -> Iterator[Claim]:
    """The national count of jurisdictions without a new case, against what ranks and total leave open."""
    frame, metric = data.figures(), "new_criminal_cases"
    for row in _rows(frame[frame.metric == "jurisdictions_without_new_case"]):
        said = _said(row, f"{row.value} of {states.JURISDICTIONS}")
        if (row.year, metric) not in implied.available():
            yield _about("Nation", "zeros", row, said, "", missing="the ranks of that year")
            continue
        places = implied.distribution(row.year, metric, with_zeros=False)
        fewest, most = int((places["upper"] == 0).sum()), int((places["lower"] == 0).sum())
        text = f"ranks and total leave {span_text(fewest, most)}"
        yield _about("Nation", "zeros", row, said, text, fewest <= row.value <= most)


def editions() -> Iterator[Claim]:
    """Every figure that two editions printed: did the later one repeat the earlier?"""
    keys = ["jurisdiction", "court_id", "year", "metric"]
    frame = data.figures().rename_axis("label").reset_index().sort_values("edition", kind="stable")
    groups = frame.groupby(keys, dropna=False)
    frame[["old", "before", "first"]] = groups[["edition", "value", "label"]].shift()
    for row in _rows(frame[frame.old.notna() & (frame.old != frame.edition)].set_index("label")):
        said = _said(row, f"{row.before} in the {row.old} edition, {row.value} in the {row.edition} edition")
        gap = int(row.value - row.before)
        text = "the same" if gap == 0 else f"{abs(gap)} {'more' if gap > 0 else 'fewer'} in the later edition"
        found = _about("Two editions", "editions", row, said, text, gap == 0)
        yield replace(found, rows=(int(row.first), row.Index))


def tables() -> Iterator[Claim]:
    """What the district tables should obey: outside cases within the total, and no case without a defendant."""
    for row in _rows(metrics.series_break(data.district_new_cases())):
        said = f"{row.year}: cases outside the TVPA are part of the total of new cases of each district"
        text = f"they exceed it in {row.exceeding} of {row.with_outside} districts that have any"
        key, found = f"outside within total {row.year}", verdict(row.exceeding == 0)
        yield Claim(key, "District tables", DISTRICT_SOURCE, said, text, found)
    for year, group in _by_district().reset_index().groupby("year"):
        for short, name in (("sex", "sex trafficking"), ("labor", "forced labor")):
            cases, people = group[f"new_{short}_cases"], group[f"new_{short}_defendants"]
            odd = [_odd(row, short) for row in _rows(group[(people < cases) | (cases == 0) & (people > 0)])]
            said = f"{year}: each district with new {name} defendants has a new case, and each case a defendant"
            text = f"not {listing(odd)}" if odd else "true of every district"
            yield Claim(f"defendants {short} {year}", "District tables", DISTRICT_SOURCE, said, text, verdict(not odd))


def _odd(row: Any, short: str) -> str:
    """A district whose cases and defendants do not match, in words."""
    cases, people = getattr(row, f"new_{short}_cases"), getattr(row, f"new_{short}_defendants")
    return f"{_names()[row.court_id].removesuffix(' (district)')} (cases {cases}, defendants {people})"


def single_figures(told: set[int]) -> Iterator[Claim]:
    """Published figures with which nothing else that is published can be compared."""
    frame = data.figures()
    for row in _rows(frame[~frame.index.isin(list(told))]):
        yield _about("Single figure", "single", row, _said(row, f"{row.value}"), "", missing=_needs(row))


def _needs(row: Any) -> str:
    """What a check of a single figure would need."""
    if row.metric == "mean_sentence_months":
        return "the sentences of all convicted defendants"
    if row.jurisdiction == "US":
        return "the figures of all jurisdictions for that year"
    return "its rank among all jurisdictions, or the figures of its districts"


def clear_cache() -> None:
    """Forget what was read, so that changed tables are read again."""
    for function in (_labels, _names, _stack_up, _by_district, _sources):
        function.cache_clear()
