"""What a state summary states: each figure and rank with the words that state it.

A statement is accepted only from words that say the whole of it: the count, what is counted, and the place. Anything
short of that (a share, a legend without a number, a number beside another number) yields nothing.
"""

import bisect
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lib import phrases
from lib.documents import UNREADABLE, View

EARLIEST, MASK = 2000, "\0"

_HEADINGS = {
    "new_district": r"new criminal (?:human trafficking )?cases? by district",
    "active_district": r"active criminal (?:human trafficking )?cases? by district",
    "conviction_district": r"(?:convictions?|defendants convicted) by district",
    "trend": r"(?:new|active) criminal (?:human trafficking )?cases? trend",
    "outside": r"sex trafficking cases? (?:charged |filed |prosecuted )?outside (?:of )?the (?:trafficking victims "
    "protection act|tvpa)",
    "stack": r"how does (?:your state|[a-z. ]{3,30}) stack up",
    "key": r"key (?:national )?findings(?: from federal prosecutions)?(?: in (?P<year>20[0-9]{2}))?",
    "data": r"20[0-9]{2} federal human trafficking data",
    "map": r"active defendants in criminal human trafficking cases",
    "civil": r"(?:new|active) civil (?:human trafficking )?cases?",
    "new": r"new criminal (?:human trafficking )?cases?",
    "active": r"active criminal (?:human trafficking )?cases?",
    "conviction": r"convictions?",
    "restitution": r"restitution",
}
_HEADING = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _HEADINGS.items()) + r"\b", re.IGNORECASE)
_MAJOR = {"new_district", "active_district", "conviction_district", "trend", "outside", "stack", "key", "data", "map"}
_DISTRICT_METRICS = {
    "new_district": "new_criminal_cases",
    "active_district": "active_criminal_cases",
    "conviction_district": "convictions",
}
_TRAFFICKING = "(?:criminal )?(?:human trafficking )?"
_LABEL = re.compile(
    rf"\bnational (?:total (?:of )?)?(?:(?P<new_criminal_cases>new {_TRAFFICKING}cases?)|(?P<active_criminal_cases>"
    rf"(?:active|pending) {_TRAFFICKING}cases?)|(?P<convictions>convictions?|defendants convicted)"
    rf"|(?P<restitution_pct>restitution percentage)) ?[:=-]? (?P<a>{phrases.DIGITS})(?P<share> ?%| percent)?"
    r"(?![\w,]|\.[0-9]| (?:out )?of)",
    re.IGNORECASE,
)
_IN_PLACE = r"{A} cases? in (?:(?P<nation>the U\.S\.?|the United States)|(?P<place>{place}))(?!\w)"
_FINDINGS = {
    "new_criminal_cases": r"new (?:criminal )?(?:human trafficking )?cases?",
    "new_defendants": r"new defendants?|defendants? charged",
    "active_criminal_cases": r"(?:active|pending) (?:criminal )?(?:human trafficking )?cases?",
    "active_defendants": r"(?:active|pending) defendants?",
    "convictions": r"(?:total )?convictions?|defendants? convicted|convicted defendants?",
    "mean_sentence_months": r"months?(?: of| in)? prison(?: sentence)?,? on average|months? (?:average|mean)(?: prison)? sentence"
    r"|months?,? average(?: prison)? sentence",
}
_FINDING = re.compile(
    rf"{phrases.A} (?:"
    + "|".join(f"(?P<{metric}>{pattern})" for metric, pattern in _FINDINGS.items())
    + r")\b(?! ?:| by )(?:[ ,;:(/-]{1,3}(?:(?:down |up )?from |compared (?:to|with) |versus |vs\.? )?"
    + rf"(?:{phrases.B} in {phrases.YEAR}|(?P<year_first>20[0-9]{{2}}): ?(?P<c>{phrases.DIGITS}))(?![\w,]|\.[0-9]))?",
    re.IGNORECASE,
)
_ACTORS = "ederal (?:prosecutors|courts|judges|juries)"
_ACTOR = f"[Ff]{_ACTORS}"
_CUT = re.compile(
    rf"[{MASK}{UNREADABLE}]+|(?<!\b[A-Z])(?<!\bNo)[.!?][\"')\]]*(?= |$)|(?=\bIn 20[0-9]{{2}}, {_ACTOR}\b)"
    rf"|(?<!, )(?=\bF{_ACTORS}\b)"
)
_BETWEEN = " .!?\"')]" + MASK + UNREADABLE
_FOLLOWS = re.compile(r"^\W*(?:Of|Among) (?:these|those|them)\b|^\W*(?:The|This|That) state\b", re.IGNORECASE)
_ACTOR_OF_COURT = re.compile(rf"{_ACTOR} (?:in|for|of) the $|\bIn the $")
_CHART_NUMBER = re.compile(r"(?<![\w.,$#/-])(?P<n>[0-9]{1,4})(?![\w.,%/-]*[\w%])")
_CHART_TYPE = re.compile(r"(?P<sex>sex trafficking)|(?P<labor>(?:forced )?labor(?: trafficking)?)", re.IGNORECASE)


@dataclass(frozen=True)
class Context:
    """What a document is about: the jurisdiction's USPS code and the report year."""

    place: str
    edition: int


@dataclass(frozen=True)
class Key:
    """What a number is about: place, court id or "", year, metric, and "value" or "rank"."""

    place: str
    court: str
    year: int
    metric: str
    aspect: str = "value"


@dataclass(frozen=True)
class Statement:
    """A number with the words that state it and the lines of the document in which they stand."""

    key: Key
    number: int
    words: str
    lines: frozenset[int]


@dataclass(frozen=True)
class Flow:
    """Lines joined to running text, hyphenation undone; knows which line a character came from."""

    text: str
    starts: tuple[int, ...]
    numbers: tuple[int, ...]

    def lines(self, start: int, end: int) -> frozenset[int]:
        """Numbers of the lines in which text[start:end] stands."""
        first, last = bisect.bisect_right(self.starts, start) - 1, bisect.bisect_left(self.starts, end)
        return frozenset(self.numbers[max(first, 0) : last])

    def begins_line(self, offset: int) -> bool:
        """Whether a line begins at this offset."""
        at = bisect.bisect_left(self.starts, offset)
        return at < len(self.starts) and self.starts[at] == offset

    def ends_line(self, offset: int) -> bool:
        """Whether a line ends here, but for punctuation."""
        rest = self.text[offset : offset + 3].lstrip(":?. ")
        return not self.text[offset:].strip(":?. ") or any(
            self.begins_line(offset + skip) for skip in range(4 - len(rest))
        )


def flow(view: View) -> Flow:
    """Running text of a view."""
    parts: list[str] = []
    starts: list[int] = []
    length, last = 0, ""
    for line in view.lines:
        if re.search(r"[^\W\d]-$", last) and line[0].isalpha() and last[-2].isupper() == line[0].isupper():
            parts[-1], length = parts[-1][:-1], length - 1
        elif parts:
            parts.append(" ")
            length += 1
        starts.append(length)
        parts.append(line)
        length, last = length + len(line), line
    return Flow("".join(parts), tuple(starts), view.numbers)


def headings(run: Flow) -> list[tuple[int, int, str]]:
    """Start, end and kind of each heading: at the start of a line, in capitals or alone on its line."""
    found = []
    for match in _HEADING.finditer(run.text):
        words = match.group()
        alone = words[0].isupper() and run.ends_line(match.end())
        if run.begins_line(match.start()) and (words.isupper() or alone):
            found.append((match.start(), match.end(), str(match.lastgroup)))
    return [(start, end, "key" if kind == "year" else kind) for start, end, kind in found]


def _section(heads: list[tuple[int, int, str]], offset: int, kinds: set[str] | None = None) -> tuple[int, str]:
    """End and kind of the last heading (of `kinds`) before an offset; (-1, "") when there is none."""
    for _, end, kind in reversed(heads[: bisect.bisect_right(heads, offset, key=lambda head: head[1])]):
        if kinds is None or kind in kinds:
            return end, kind
    return -1, ""


def statements(run: Flow, context: Context, charts: bool = True) -> list[Statement]:
    """Every statement of one view; labels are taken out before sentences are looked at. Charts need all their lines."""
    heads = headings(run)
    found: list[tuple[int, int, Key, int]] = []
    text = run.text
    for reader in (_labels, _in_place, _findings):
        spans = list(reader(text, heads, context))
        found += [span for span in spans if span[2].metric]
        text = _masked(text, [(start, end) for start, end, _, _ in spans])
    found += _charts(text, heads, context) if charts else []
    found += _sentences(_masked(text, [(start, end) for start, end, _ in heads]), context)
    return [
        Statement(key, number, " ".join(run.text[start:end].split())[:200], run.lines(start, end))
        for start, end, key, number in found
        if EARLIEST <= key.year <= context.edition and not re.fullmatch("20[0-9]{2}", str(number))  # that is a year
    ]


def _masked(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with these spans overwritten, offsets unchanged."""
    characters = list(text)
    for start, end in spans:
        characters[start:end] = MASK * (end - start)
    return "".join(characters)


Found = Iterator[tuple[int, int, Key, int]]
Heads = list[tuple[int, int, str]]


def _labels(text: str, heads: Heads, context: Context) -> Found:
    """ "National convictions: 339" and the like."""
    for match in _LABEL.finditer(text):
        metric = next(
            name
            for name in ("new_criminal_cases", "active_criminal_cases", "convictions", "restitution_pct")
            if match[name]
        )
        fits = (metric == "restitution_pct") == bool(match["share"])
        yield (
            match.start(),
            match.end(),
            Key("US", "", context.edition, metric if fits else ""),
            phrases.number(match["a"]),
        )


def _in_place(text: str, heads: Heads, context: Context) -> Found:
    """ "9 CASES IN MO 100 CASES IN THE U.S.", which are those outside the TVPA when they stand under that heading."""
    known = phrases.gazetteer()
    place = f"(?-i:{context.place})|{re.escape(known.names[context.place])}"
    pattern = re.compile(_IN_PLACE.format(A=phrases.A, place=place), re.IGNORECASE)
    for match in pattern.finditer(text):
        fits = _section(heads, match.start())[1] == "outside" and phrases.stands_free(text, match.start("a"))
        where = "US" if match["nation"] else context.place
        key = Key(where, "", context.edition, "outside_tvpa_cases" if fits else "")
        yield match.start(), match.end(), key, phrases.number(match["a"])


def _findings(text: str, heads: Heads, context: Context) -> Found:
    """ "145 NEW CASES 170 IN 2018" under the heading of the national key findings."""
    for match in _FINDING.finditer(text):
        if _section(heads, match.start(), _MAJOR)[1] != "key" or not phrases.stands_free(text, match.start("a")):
            continue
        metric = next(name for name in _FINDINGS if match[name])
        yield match.start(), match.end(), Key("US", "", context.edition, metric), phrases.number(match["a"])
        before = match["b"] or match["c"]
        if before:
            year = int(match["year"] or match["year_first"])
            yield match.start(), match.end(), Key("US", "", year, metric), phrases.number(before)


def _charts(text: str, heads: Heads, context: Context) -> list[tuple[int, int, Key, int]]:
    """Numbers beside the labels of a chart: new cases and convictions by district, new cases by type.

    Only where labels and numbers alternate strictly; anything else could be paired in more than one way.
    """
    found = []
    ends = [start for start, _, _ in heads[1:]] + [len(text)] * bool(heads)
    for (_, start, kind), stop in zip(heads, ends, strict=True):
        block = text[start : min(stop, start + 600)]
        if anchor := _CUT.search(block.replace(MASK, " ")):
            block = block[: anchor.start()]
        keys: list[tuple[int, Key]] = []
        if kind in _DISTRICT_METRICS:
            keys = _court_labels(block, _DISTRICT_METRICS[kind], context)
        elif kind in {"new", "civil"} and _section(heads, start, _MAJOR)[1] == "data":
            keys = _type_labels(block, "civil_" if kind == "civil" else "", context)
        found += [(start, start + len(block), key, number) for key, number in _alternating(block, keys)]
    return found


def _court_labels(block: str, metric: str, context: Context) -> list[tuple[int, Key]]:
    """Offset and key of each district court that a chart names."""
    found = []
    for match in phrases.gazetteer().district.finditer(block):
        court = _court(match, context)
        found.append((match.start(), Key(context.place, court or "?", context.edition, metric)))
    return found


def _court(match: re.Match[str], context: Context) -> str | None:
    """The court that a label such as "Eastern District of Missouri" names; None when it is not one of this place."""
    known = phrases.gazetteer()
    name = match["name"] or match["whole"]
    if name and known.codes[name.lower()] != context.place:
        return None
    return known.courts.get((context.place, (match["direction"] or "").lower()))


def _type_labels(block: str, kind: str, context: Context) -> list[tuple[int, Key]]:
    """Offset and key of each label "Sex Trafficking" or "Forced Labor" of a national chart."""
    return [
        (match.start(), Key("US", "", context.edition, f"new_{kind}{match.lastgroup}_cases"))
        for match in _CHART_TYPE.finditer(block)
    ]


def _alternating(block: str, labels: list[tuple[int, Key]]) -> list[tuple[Key, int]]:
    """Pairs of label and number where they strictly alternate and no label repeats; nothing otherwise."""
    if MASK in block or UNREADABLE in block or "%" in block:
        return []
    marks: list[tuple[int, Key | int]] = [*labels, *((m.start(), int(m["n"])) for m in _CHART_NUMBER.finditer(block))]
    items = [item for _, item in sorted(marks, key=lambda mark: mark[0])]
    first, second = items[::2], items[1::2]
    keys, numbers = (first, second) if items and isinstance(items[0], Key) else (second, first)
    fits = len(first) == len(second) == len(set(keys)) and len(re.findall("[0-9]+", block)) == len(numbers)
    pairs = [(key, number) for key, number in zip(keys, numbers, strict=False)]
    if not fits or any(
        not isinstance(key, Key) or key.court == "?" or isinstance(number, Key) for key, number in pairs
    ):
        return []
    return [(key, number) for key, number in pairs if isinstance(key, Key) and isinstance(number, int)]


def _sentences(text: str, context: Context) -> list[tuple[int, int, Key, int]]:
    """Statements of all sentences; "Of these, ..." belongs to the sentence before."""
    found: list[tuple[int, int, Key, int]] = []
    before: tuple[str, str, int, str] | None = None
    bounds = [0, *(offset for match in _CUT.finditer(text) for offset in {match.start(), match.end()}), len(text)]
    bounds.sort()
    for start, end in itertools.pairwise(bounds):
        sentence = text[start:end].lstrip(_BETWEEN)
        start = end - len(sentence)
        if not (sentence := sentence[:700].rstrip(_BETWEEN)):
            continue
        stated, before = _sentence(sentence, context, before if _FOLLOWS.search(sentence) else None)
        found += [(start, start + len(sentence), key, number) for key, number in stated]
    return found


Carried = tuple[str, str, int, str] | None


def _sentence(sentence: str, context: Context, before: Carried) -> tuple[list[tuple[Key, int]], Carried]:
    """Statements of one sentence, and what a following "Of these, ..." would be part of."""
    unnamed = not phrases.names_nation(sentence) and not phrases.places_in(sentence)
    where = before[:2] if before and unnamed else _where(sentence, context)
    if where is None or phrases.UNFIT.search(sentence):
        return [], None
    place, court = where
    stated: list[tuple[Key, int]] = []
    counts = _zeros(sentence) if phrases.NEGATED.search(sentence) else _counts(sentence)
    scope = before[3] if before else ""
    years = [int(year) for year in re.findall(r"\b(20[0-9]{2})\b", sentence)]
    default = before[2] if before and not years else context.edition
    for index, (match, metrics) in enumerate(counts):
        later = [other.start() for other, names in counts[index + 1 :] if names[0] not in {"sex", "labor"}]
        tail = sentence[match.end() : later[0] if later else None]
        year = _year(sentence, match.start(), tail, default)
        scope = _scope(match, metrics, scope)
        for metric, number in _values(match, metrics, scope):
            stated.append((Key(place, court, year, metric), number))
        stated += _rank(metrics, tail, Key(place, court, year, metrics[0]))
        stated += _earlier(tail, metrics, place, court)
    if not counts:
        stated += _rank_alone(sentence, Key(place, court, _year(sentence, len(sentence), "", default), ""))
    stated += _share(
        sentence, counts, Key(place, court, _year(sentence, len(sentence), "", default), "restitution_pct")
    )
    return stated, (place, court, _year(sentence, len(sentence), "", default), scope) if scope else None


def _where(sentence: str, context: Context) -> tuple[str, str] | None:
    """Place and court that a sentence is about; None when that is not plain."""
    nation, places = phrases.names_nation(sentence), phrases.places_in(sentence)
    if nation:
        return ("US", "") if not places and re.search(_ACTOR, sentence) else None
    if places != {context.place}:
        return None
    courts = [m for m in phrases.gazetteer().district.finditer(sentence) if "istrict" in m.group()]
    courts = [m for m in courts if m.group().lower() != "district of columbia"]
    if not courts:
        return context.place, ""
    if len(courts) > 1 or not _ACTOR_OF_COURT.search(sentence[: courts[0].start()]):
        return None
    court = _court(courts[0], context)
    return (context.place, court) if court else None


def _counts(sentence: str) -> list[tuple[re.Match[str], tuple[str, ...]]]:
    """The phrases of a sentence that state a count, in order; where two overlap the more specific one."""
    taken: list[tuple[re.Match[str], tuple[str, ...]]] = []
    for metrics, pattern in phrases.COUNTS:
        for match in pattern.finditer(sentence):
            apart = all(match.end() <= other.start() or other.end() <= match.start() for other, _ in taken)
            fits = phrases.verb_fits(sentence, match.start("a"), metrics[0])
            if apart and fits and phrases.stands_free(sentence, match.start("a")):
                taken.append((match, metrics))
    return sorted(taken, key=lambda item: item[0].start())


def _zeros(sentence: str) -> list[tuple[re.Match[str], tuple[str, ...]]]:
    """Phrases such as "did not charge any new cases"."""
    found = [(match, (metric,)) for metric, pattern in phrases.ZEROS for match in pattern.finditer(sentence)]
    return sorted(found, key=lambda item: item[0].start())


def _values(match: re.Match[str], metrics: tuple[str, ...], scope: str) -> list[tuple[str, int]]:
    """Metric and number of each group of a phrase."""
    groups = match.groupdict()
    if "a" not in groups:
        return [(metrics[0], 0)]
    if metrics[0] in {"sex", "labor"}:
        return [(f"{scope}_{metrics[0]}_cases", phrases.number(groups["a"]))] if scope else []
    numbers = [groups["a"], groups["a"] if groups.get("all") else groups.get("b")]
    return [(metric, phrases.number(text)) for metric, text in zip(metrics, numbers, strict=False) if text]


def _scope(match: re.Match[str], metrics: tuple[str, ...], before: str) -> str:
    """Whether counts by type that follow are of new or of active cases; "" when unknown."""
    if metrics[0] in {"sex", "labor"}:
        said = (match["scope"] or "").lower()
        return {"new": "new", "active": "active", "pending": "active"}.get(said, before)
    return {"new_criminal_cases": "new", "active_criminal_cases": "active"}.get(metrics[0], "")


def _year(sentence: str, start: int, tail: str, default: int) -> int:
    """The year of a count: the first after it, before any comparison; else the last before it; else the default."""
    compared = phrases.COMPARES.search(tail)
    after = re.search(r"\b20[0-9]{2}\b", tail[: compared.start()] if compared else tail)
    if after:
        return int(after.group())
    earlier = re.findall(r"\b20[0-9]{2}\b", sentence[:start])
    return int(earlier[-1]) if earlier else default


def _earlier(tail: str, metrics: tuple[str, ...], place: str, court: str) -> list[tuple[Key, int]]:
    """ "..., down from 12 in 2018", said of a count of one metric."""
    match = phrases.BEFORE.search(tail)
    if not match or len(metrics) > 1 or metrics[0] in {"sex", "labor"}:
        return []
    return [(Key(place, court, int(match["year"]), metrics[0]), phrases.number(match["a"]))]


def _rank(metrics: tuple[str, ...], tail: str, key: Key) -> list[tuple[Key, int]]:
    """The rank that follows a count, unless it is said to be for something else or for no one knows what."""
    tail = phrases.without_ties(tail)
    match = phrases.RANK.search(tail)
    if not match or not 1 <= phrases.ordinal(match["rank"]) <= phrases.SIZE:
        return []
    purpose = phrases.PURPOSE.search(tail[match.end() :][:160])
    metric = _ranked(metrics[0], purpose)
    if not metric or key.court or key.place == "US":  # a district's rank would be among 94, and the nation has none
        return []
    return [(Key(key.place, "", key.year, metric, "rank"), phrases.ordinal(match["rank"]))]


_PURPOSES = {
    "new_criminal_cases": "new",
    "active_criminal_cases": "active|pending",
    "convictions": "convict",
    "restitution_ordered": "restitution",
}


def _ranked(metric: str, purpose: re.Match[str] | None) -> str:
    """The metric that a rank is for: of restitution the number or the percentage, as said; "" when it does not fit."""
    if metric not in _PURPOSES:
        return ""
    if purpose and not re.search(_PURPOSES[metric], purpose["of"], re.IGNORECASE):
        return ""
    if metric != "restitution_ordered":
        return metric
    basis = purpose["basis"].lower() if purpose else ""
    return {"number": metric, "most": metric, "": ""}.get(basis, "restitution_pct")


def _rank_alone(sentence: str, key: Key) -> list[tuple[Key, int]]:
    """ "Missouri ranked 5th in the nation for number of new cases.", a sentence without a count."""
    match = phrases.RANK.search(sentence)
    purpose = phrases.PURPOSE.search(sentence[match.end() :][:160]) if match else None
    if not match or not purpose:
        return []
    metrics = ["restitution_ordered"] if re.search("restitution", purpose["of"], re.IGNORECASE) else list(_PURPOSES)
    fits = {found for metric in metrics if (found := _ranked(metric, purpose))}
    return _rank((metrics[0] if len(metrics) == 1 else fits.pop(),), sentence, key) if len(fits) == 1 else []


def _share(sentence: str, counts: list[tuple[re.Match[str], tuple[str, ...]]], key: Key) -> list[tuple[Key, int]]:
    """The percentage printed in a sentence on restitution, when there is one only."""
    shares = {int(match["a"]) for match in phrases.SHARE.finditer(sentence)}
    said = [metrics for _, metrics in counts if metrics[0] == "restitution_ordered"]
    return [(key, shares.pop())] if len(shares) == 1 and len(said) == 1 and not key.court else []
