"""A published state summary, read into rows of figures.csv.

What two places of a document state differently is a conflict, and neither goes in; so are figures that cannot all be
true (more defendants ordered to pay than convicted). What is not stated is listed, never computed or guessed.
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lib import data, documents, phrases
from lib.documents import View
from lib.errors import DocumentError
from lib.statements import Context, Flow, Key, Statement, flow, headings, statements
from lib.words import listing, slug

_MARKS = [
    r"how does (?:your state|[a-z. ]{3,30}) stack up",
    r"key (?:national )?findings from federal",
    r"20[0-9]{2} federal human trafficking data",
    r"(?:cases?|convictions|convicted) by district",
    r"cases charged outside (?:of )?the (?:tvpa|trafficking victims)",
    r"national (?:new criminal|active criminal|convictions|restitution)",
    r"active defendants in criminal human trafficking cases",
    r"human trafficking cases? trend",
    r"state (?:summary|report)",
]
_EDITIONS = [
    r"federal prosecutions in (20[0-9]{2})|(20[0-9]{2}) federal human trafficking data|(20[0-9]{2}) state (?:summary|report)"
    r"|state summary,? (20[0-9]{2})",
    r"(20[0-9]{2}) federal human trafficking report",
    r"federal (?:prosecutors|courts|judges) in [^.;]{3,160}? (?:in|during) (20[0-9]{2})",
]
_COMPARED = ["new_criminal_cases", "new_defendants", "active_criminal_cases", "convictions", "mean_sentence_months"]
_STATE = [
    "new_criminal_cases",
    "new_sex_cases",
    "new_labor_cases",
    "active_criminal_cases",
    "convictions",
    "restitution_ordered",
    "restitution_convicted",
    "restitution_pct",
    "outside_tvpa_cases",
]
_RANKED = ["new_criminal_cases", "active_criminal_cases", "convictions"]
_PARTS = [
    ("restitution_ordered", "restitution_convicted"),
    ("new_sex_cases", "new_criminal_cases"),
    ("new_labor_cases", "new_criminal_cases"),
    ("active_sex_cases", "active_criminal_cases"),
    ("active_labor_cases", "active_criminal_cases"),
    ("new_criminal_cases", "active_criminal_cases"),
]
_NOT_ADDITIVE = {"restitution_pct", "mean_sentence_months"}
COLUMNS = ["jurisdiction", "court_id", "year", "metric", "value", "published_rank", "edition", "source_id", "note"]


@dataclass(frozen=True)
class Conflict:
    """Statements that cannot all be true, and what they are about."""

    about: str
    statements: tuple[str, ...]

    def __str__(self) -> str:
        """One sentence with every statement."""
        return f"{self.about}: {'; '.join(self.statements)}"


@dataclass(frozen=True)
class Reading:
    """What one document says: rows of figures.csv, what was looked for and not found, and what contradicts itself."""

    place: str
    edition: int
    source_id: str
    title: str
    rows: pd.DataFrame
    missing: tuple[str, ...]
    conflicts: tuple[Conflict, ...]


def read_summary(path: Path | str) -> Reading:
    """Read a state summary of the Human Trafficking Institute, PDF or text, into rows of figures.csv.

    Raises DocumentError, one sentence, when the file cannot be read or is not one state's summary. Values are counts,
    percent for restitution_pct and months for mean_sentence_months; a figure of which only the rank is printed has a
    value of NA.
    """
    path = Path(path)
    views = documents.views(path)
    runs = [flow(view) for view in views]
    context = _context([run.text for run in runs[:-2]], documents.name_of(path))
    found = _found(runs, context)
    values, conflicts = _settled(found)
    _add_share(values, [(view, run) for view, run in zip(views[:-2], runs[:-2], strict=True)], found, context)
    conflicts += _contradictions(values)
    if not any(key.place == context.place for key in values) and not conflicts:
        raise DocumentError(_wrong(documents.name_of(path), "it states no figure of a state that could be read"))
    name = phrases.gazetteer().names[context.place]
    source = f"hti-{slug(name)}-{context.edition}"
    return Reading(
        context.place,
        context.edition,
        source,
        f"{context.edition} State Summary: {name} (Human Trafficking Institute)",
        _rows(values, context, source),
        tuple(_missing(values, context)),
        tuple(conflicts),
    )


def _wrong(name: str, reason: str) -> str:
    """The sentence for a document of another kind."""
    return f"{name} is not a state summary of the Human Trafficking Institute: {reason}; name the summary of one state."


def _context(texts: list[str], name: str) -> Context:
    """Which state and report year a document is about. Raises DocumentError when it is of another kind or of several."""
    whole = "\n".join(texts)
    marks = sum(bool(re.search(mark, whole, re.IGNORECASE)) for mark in _MARKS)
    if marks < 2:
        raise DocumentError(_wrong(name, "it has too few of the headings of one"))
    places = _places(whole)
    if not places:
        raise DocumentError(_wrong(name, "it names no state"))
    if len(places) > 1:
        names = sorted(phrases.gazetteer().names[place] for place in places)
        raise DocumentError(_wrong(name, f"it is about {listing(names[:3] + (['others'] if names[3:] else []))}"))
    return Context(places.pop(), _edition(whole, name))


def _edition(text: str, name: str) -> int:
    """The report year: of the headings, else of the title of the report, else of the sentences. Raises DocumentError."""
    editions = next((years for pattern in _EDITIONS if (years := _years(pattern, text))), set())
    if len(editions) == 1:
        return editions.pop()
    said = f"the years {listing([str(year) for year in sorted(editions)[:3]])}" if editions else "no report year"
    raise DocumentError(_wrong(name, f"it gives {said}"))


def _years(pattern: str, text: str) -> set[int]:
    """Report years from 2015 on that a pattern's groups find."""
    found = itertools.chain(*(match.groups() for match in re.finditer(pattern, text, re.IGNORECASE)))
    return {int(year) for year in found if year and 2015 <= int(year) <= 2030}


def _places(text: str) -> set[str]:
    """The jurisdictions that a document is about: named after "federal courts in", in its title, or alone."""
    known = phrases.gazetteer()
    any_name = known.pattern.pattern
    actors = rf"federal (?:prosecutors|courts|judges|juries) in (?:the )?(?:[a-z]{{4,8}} district of )?{any_name}"
    titles = rf"20[0-9]{{2}} state (?:summary|report) ?[:-]? ?{any_name}"
    found = {
        known.codes[match["name"].lower()]
        for pattern in (actors, titles)
        for match in re.finditer(pattern, text, re.IGNORECASE)
    }
    found |= {code for code in re.findall(r"[Cc][Aa][Ss][Ee][Ss]? [Ii][Nn] ([A-Z]{2})\b", text) if code in known.names}
    return found or (alone if len(alone := phrases.places_in(text)) == 1 else set())


def _found(runs: list[Flow], context: Context) -> list[Statement]:
    """The statements of all views; where lines of two columns alternate, none that runs on from line to line."""
    first = statements(runs[0], context)
    woven = _woven(runs[-2:], context)
    spans: set[int] = set().union(*(range(min(item.lines), max(item.lines) + 1) for item in woven))
    first = [item for item in first if len(item.lines) == 1 or not item.lines & spans]
    return first + [item for run in runs[1:-2] for item in statements(run, context)] + woven


def _woven(halves: list[Flow], context: Context) -> list[Statement]:
    """Statements in every other line, where lines of two columns alternate.

    Accepted only when the lines skipped belong to statements or headings too: both columns must make sense.
    """
    both = [statements(run, context, charts=False) for run in halves]
    kept = []
    for mine, others, run in ((both[0], both[1], halves[1]), (both[1], both[0], halves[0])):
        heads = (run.lines(start, end) for start, end, _ in headings(run))
        sense: set[int] = set().union(*heads, *(statement.lines for statement in others))
        skipped = [(item, set(run.numbers) & set(range(min(item.lines), max(item.lines)))) for item in mine]
        kept += [item for item, lines in skipped if lines and lines <= sense]
    return kept


def _settled(found: Iterable[Statement]) -> tuple[dict[Key, int], list[Conflict]]:
    """Numbers on which all statements agree, and the conflicts; a figure with a conflict has no rank either."""
    said: dict[Key, dict[int, str]] = defaultdict(dict)
    for statement in found:
        said[statement.key].setdefault(statement.number, statement.words)
    values = {key: next(iter(numbers)) for key, numbers in said.items() if len(numbers) == 1}
    conflicts = []
    for key, numbers in said.items():
        if len(numbers) > 1:
            quoted = tuple(f'{number} in "{words}"' for number, words in numbers.items())
            conflicts.append(Conflict(_about(key), quoted))
            if key.aspect == "value":
                values.pop(_rank_of(key), None)
    return values, conflicts


def _rank_of(key: Key) -> Key:
    """The key of the rank that belongs to a value."""
    return Key(key.place, key.court, key.year, key.metric, "rank")


def _about(key: Key) -> str:
    """A key in words: "MO 2019 new_criminal_cases", "moed 2019 convictions", "... rank"."""
    return f"{key.court or key.place} {key.year} {key.metric}{' rank' if key.aspect == 'rank' else ''}"


def _add_share(values: dict[Key, int], runs: list[tuple[View, Flow]], found: list[Statement], context: Context) -> None:
    """Add the percentage ordered to pay restitution where it stands alone on a line, as it does in the picture beside.

    Such a number does not say what it is of. It is taken when the summary also states how many of how many, and exactly
    one such percentage is that share rounded.
    """
    key = Key(context.place, "", context.edition, "restitution_pct")
    of = values.get(Key(context.place, "", context.edition, "restitution_convicted"), 0)
    ordered = values.get(Key(context.place, "", context.edition, "restitution_ordered"))
    if key in values or not of or ordered is None or any(statement.key == key for statement in found):
        return
    used = [statement.lines for statement in found if statement.key.metric == "restitution_pct"]
    alone = {
        int(match["a"])
        for view, _ in runs
        for number, line in zip(view.numbers, view.lines, strict=True)
        if (match := phrases.SHARE.fullmatch(line)) and not any(number in lines for lines in used)
    }
    if len(fits := [share for share in alone if _is_share(share, ordered, of)]) == 1:
        values[key] = fits[0]


def _is_share(percent: int, part: int, whole: int) -> bool:
    """Whether a whole percentage is part/whole rounded, halves either way."""
    return abs(100 * part - percent * whole) * 2 <= whole


def _contradictions(values: dict[Key, int]) -> list[Conflict]:
    """Take figures that cannot all be true out of `values`, with their ranks; return them as conflicts."""
    found = list(_impossible(values))
    conflicts = []
    for keys, reason in found:
        said = tuple(f"{_about(key)} is {values[key]}" for key in keys)
        conflicts.append(Conflict(reason, said))
    for key in {key for keys, _ in found for key in keys}:
        del values[key]
        values.pop(_rank_of(key), None)
    return conflicts


def _impossible(values: dict[Key, int]) -> Iterator[tuple[tuple[Key, ...], str]]:
    """Sets of figures of which one at least is wrong, with the reason."""
    for key, number in values.items():
        if key.aspect != "value":
            continue
        for part, whole in _PARTS:
            larger = Key(key.place, key.court, key.year, whole)
            if key.metric == part and number > values.get(larger, number):
                yield (key, larger), "a part is larger than its whole"
        if key.metric not in _NOT_ADDITIVE:
            for larger in _around(key):
                if number > values.get(larger, number):
                    yield (key, larger), "a place has more than the one around it"
        yield from _sums(key, values)
    yield from _wrong_shares(values)


def _around(key: Key) -> list[Key]:
    """The same figure of the places around: the state of a district, the nation of a state."""
    state = [Key(key.place, "", key.year, key.metric)] if key.court else []
    nation = [Key("US", "", key.year, key.metric)] if key.place != "US" else []
    return state + nation


def _sums(key: Key, values: dict[Key, int]) -> Iterator[tuple[tuple[Key, ...], str]]:
    """Parts that are all known and do not add up to the total `key`: sex and labor, or all districts of a state."""
    if key.court or key.metric in _NOT_ADDITIVE:
        return
    stem, _, rest = key.metric.partition("_criminal_")
    types = [Key(key.place, "", key.year, f"{stem}_{kind}_{rest}") for kind in ("sex", "labor")] if rest else []
    courts = [Key(key.place, court, key.year, key.metric) for court in _courts(key.place)]
    for parts, reason in ((types, "sex and labor do not add up"), (courts, "districts do not add up")):
        if parts and all(part in values for part in parts) and sum(values[part] for part in parts) != values[key]:
            yield (key, *parts), reason


def _courts(place: str) -> list[str]:
    """Ids of the district courts of a jurisdiction."""
    return sorted(court for (usps, _), court in phrases.gazetteer().courts.items() if usps == place)


def _wrong_shares(values: dict[Key, int]) -> Iterator[tuple[tuple[Key, ...], str]]:
    """Percentages of restitution that are not the share of the counts printed beside them."""
    for key, percent in values.items():
        part = Key(key.place, key.court, key.year, "restitution_ordered")
        whole = Key(key.place, key.court, key.year, "restitution_convicted")
        if key.metric != "restitution_pct" or key.aspect != "value" or not {part, whole} <= set(values):
            continue
        if values[part] <= values[whole] and not _is_share(percent, values[part], values[whole]):
            yield (key, part, whole), "a percentage is not that of its counts"


def _rows(values: dict[Key, int], context: Context, source: str) -> pd.DataFrame:
    """Rows of figures.csv, with the types and the order of that table."""
    figures = dict.fromkeys((key.place, key.court, key.year, key.metric) for key in values)
    known = set(data.metrics().metric)
    rows = [
        {
            "jurisdiction": place,
            "court_id": court or pd.NA,
            "year": year,
            "metric": metric,
            "value": values.get(Key(place, court, year, metric), pd.NA),
            "published_rank": values.get(Key(place, court, year, metric, "rank"), pd.NA),
            "edition": context.edition,
            "source_id": source,
            "note": _note(place, year, metric, context.edition),
        }
        for place, court, year, metric in figures
        if metric in known
    ]
    return in_order(pd.DataFrame(rows, columns=COLUMNS).astype(data.figures().dtypes.to_dict()))


def _note(place: str, year: int, metric: str, edition: int) -> object:
    """The remark that a row needs, in words of ours."""
    if year < edition:
        return f"{year} comparator as printed beside the {edition} figure"
    return (
        "sex trafficking cases charged outside the TVPA" if (place, metric) == ("US", "outside_tvpa_cases") else pd.NA
    )


def in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows in the order of figures.csv: the nation, then places by code, each before its districts, by year and metric."""
    keys = rows.assign(first=rows.jurisdiction != "US", court=rows.court_id.fillna(""))
    order = keys.sort_values(["first", "jurisdiction", "court", "year", "metric", "edition"], kind="stable").index
    return rows.loc[order].reset_index(drop=True)


def _missing(values: dict[Key, int], context: Context) -> list[str]:
    """What a summary may hold and this one was not found to state."""
    place, year = context.place, context.edition
    courts = _courts(place)
    wanted = [Key(place, "", year, metric) for metric in _STATE]
    wanted += [Key(place, "", year, metric, "rank") for metric in _RANKED]
    if len(courts) > 1:
        wanted += [
            Key(place, court, year, metric) for metric in ("new_criminal_cases", "convictions") for court in courts
        ]
    wanted += [Key("US", "", at, metric) for at in (year, year - 1) for metric in _COMPARED]
    wanted += [Key("US", "", year, metric) for metric in ("restitution_pct", "outside_tvpa_cases")]
    found = [_about(key) for key in wanted if key not in values]
    ranks = [Key(place, "", year, metric, "rank") for metric in ("restitution_pct", "restitution_ordered")]
    return found + ([] if any(rank in values for rank in ranks) else [f"{place} {year} restitution rank"])
