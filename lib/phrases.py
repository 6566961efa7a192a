"""The words in which a state summary states its figures: numbers, ranks, places, and the phrases around a count.

Every pattern is bounded: no unlimited repetition stands next to another, so that no input makes matching slow.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lib import data

_ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_FIRST = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]
_TEENTH = ["tenth", "eleventh", "twelfth", *(f"{ten}th" for ten in _TEENS[3:])]
SIZE = 56

WORDS: dict[str, int] = {
    **{"no": 0, "none": 0, "zero": 0, "a single": 1},
    **{word: number for number, word in enumerate(_ONES + _TEENS, start=1)},
    **{ten: 10 * number for number, ten in enumerate(_TENS, start=2)},
}
ORDINALS: dict[str, int] = {
    **{word: number for number, word in enumerate(_FIRST + _TEENTH, start=1)},
    **{ten[:-1] + "ieth": 10 * number for number, ten in enumerate(_TENS, start=2)},
}

_UNITS = "|".join(_ONES)
_WORD = (
    rf"(?:{'|'.join(_TENS)})(?:[- ]?(?:{_UNITS}))?|{'|'.join(sorted(_TEENS, key=len, reverse=True))}|{_UNITS}"
    "|none|no|zero|a single"
)
#: A number in digits, and in digits or words.
DIGITS = "[0-9]{1,3}(?:,[0-9]{3}){1,2}|[0-9]{1,6}"
_NUMBER = rf"{DIGITS}|(?:{_WORD})"
#: The same as group `a` or `b`.
A, B = rf"(?P<a>{_NUMBER})", rf"(?P<b>{_NUMBER})"
YEAR = r"(?P<year>20[0-9]{2})"
_UNIT_TH = "|".join(_FIRST)
_ORDINAL_WORD = (
    rf"(?:{'|'.join(_TENS)})[- ]?(?:{_UNIT_TH})|{'|'.join(word for word in ORDINALS if word not in _FIRST)}|{_UNIT_TH}"
)
RANK = re.compile(
    r"\b(?:rank(?:s|ed|ing)?|tie[sd]?|tying|plac(?:es|ed|ing))\b[^.;:0-9]{0,40}?"
    rf"(?<![\w.,-])(?:T-?)?(?P<rank>[0-9]{{1,2}}(?= ?(?:st|nd|rd|th)\b)|(?:{_ORDINAL_WORD})\b)(?P<end> ?(?:st|nd|rd|th)?)",
    re.IGNORECASE,
)
#: What a rank is said to be for, after the ordinal.
PURPOSE = re.compile(
    r"\b(?:for|by|in) (?:the |its )?(?P<basis>number|percentage|percent|share|proportion|rate|most) ?(?:of )?(?P<of>[^.;]{0,80})",
    re.IGNORECASE,
)

_TRAFFICKING = r"(?:(?:federal|criminal|human|trafficking) ){0,4}"
_CASES = rf"{_TRAFFICKING}(?:cases?|prosecutions?)\b"
_PEOPLE = rf"{_TRAFFICKING}(?:defendants?|people|persons?|individuals?|traffickers?)\b"
_CONVICTED = rf"(?:convicted )?{_PEOPLE}(?: convicted)?"
_ORDERED = "(?:ordered|required|directed)"
_OF = "(?:out )?of (?:the |its |those )?"
_OUTSIDE = "outside (?:of )?(?:the )?(?:TVPA|Trafficking Victims)"
_LAID = "that|which|was|were|charged|filed|prosecuted|brought"
_ACTIVE = "(?:active|pending|ongoing)"
_TYPE = r"(?:(?P<scope>new|active|pending) )?(?:(?:criminal|cases?|was|were|involved|a|for) ){0,4}"

RESTITUTION = ("restitution_ordered", "restitution_convicted")
#: Phrases that state a count, in order of precedence, with the metrics that their groups a and b give.
COUNTS: list[tuple[tuple[str, ...], re.Pattern[str]]] = [
    (metrics, re.compile(pattern, re.IGNORECASE))
    for metrics, pattern in [
        (
            ("outside_tvpa_cases",),
            rf"{A} (?:new )?(?:criminal )?sex trafficking cases? "
            rf"(?:(?:{_LAID}) ){{0,4}}{_OUTSIDE}",
        ),
        (RESTITUTION, rf"{_ORDERED} {A} {_OF}{B} {_CONVICTED} to pay"),
        (RESTITUTION, rf"{A} {_OF}{B} {_CONVICTED} (?:was|were) {_ORDERED} to pay"),
        (RESTITUTION, rf"{_ORDERED} (?P<all>all|both) (?:of )?(?:the |its )?{A} {_CONVICTED} to pay"),
        (RESTITUTION[:1], rf"{_ORDERED} {A} {_CONVICTED} to pay"),
        (RESTITUTION[:1], rf"{A} {_CONVICTED} (?:was|were) {_ORDERED} to pay"),
        (("convictions",), rf"\bconvicted (?:a total of )?{A} {_PEOPLE}"),
        (("convictions",), rf"{A} {_PEOPLE} (?:was|were) convicted"),
        (("convictions",), rf"{A} {_TRAFFICKING}convictions?\b"),
        (("new_criminal_cases",), rf"{A} new {_CASES}"),
        (("new_criminal_cases",), rf"\b(?:charged|filed|brought|initiated) (?:a total of )?{A} {_CASES}"),
        (("active_criminal_cases",), rf"{A} {_ACTIVE} {_CASES}"),
        (("active_criminal_cases",), rf"{A} {_CASES} (?:that )?(?:was|were|remained) {_ACTIVE}"),
        (("new_defendants",), rf"{A} new defendants?\b"),
        (("new_defendants",), rf"\bcharged (?:a total of )?{A} defendants?\b"),
        (("active_defendants",), rf"{A} active defendants?\b"),
        (
            ("mean_sentence_months",),
            rf"\baverage (?:federal )?(?:prison )?sentence\b[^.0-9]{{0,80}}? (?:was|of) {A} months?",
        ),
        (("mean_sentence_months",), rf"\baverag(?:ed|ing) {A} months?"),
        (("sex",), rf"{A} {_TYPE}sex trafficking\b(?! cases? (?:{_LAID}|outside))"),
        (("labor",), rf"{A} {_TYPE}(?:forced labor|labor trafficking)\b"),
    ]
]
#: "did not charge any ...": a zero in words.
ZEROS: list[tuple[str, re.Pattern[str]]] = [
    (metric, re.compile(pattern, re.IGNORECASE))
    for metric, pattern in [
        ("restitution_ordered", rf"\bnot (?:order|require) any {_CONVICTED} to pay"),
        ("convictions", rf"\bnot convict any {_PEOPLE}"),
        ("new_criminal_cases", rf"\bnot (?:charge|file|bring|prosecute|have|see) any new {_CASES}"),
        ("active_criminal_cases", rf"\bnot (?:handle|have|see) any {_ACTIVE} {_CASES}"),
    ]
]
SHARE = re.compile(r"(?<![\w.,$-])(?P<a>[0-9]{1,3}) ?(?:%|percent\b)", re.IGNORECASE)
#: "down from 12 in 2018", right after a count and its year.
BEFORE = re.compile(rf"\b(?:down|up|compared (?:to|with)|versus) (?:from )?{A} in {YEAR}\b", re.IGNORECASE)
COMPARES = re.compile(r"\b(?:compared|down|up|versus|than|from|against|while|whereas)\b", re.IGNORECASE)

#: Sentences that state no plain count of one year.
UNFIT = re.compile(
    r"\b(?:since|between|over the (?:last|past)|during the (?:last|past)|cumulative|from 20[0-9]{2} (?:to|through)|"
    r"per (?:year|capita)|each year|annual(?:ly)?|projected|estimated?|expected|would|could|might|if|unless|"
    r"false(?:ly)?|alleged(?:ly)?|fiscal|FY ?(?:20)?[0-9]{2}|half|quarter|January|February|March|April|June|July|August|"
    r"September|October|November|December)\b",
    re.IGNORECASE,
)
NEGATED = re.compile(r"\b(?:not|never|neither|nor)\b|n't\b", re.IGNORECASE)
_VAGUE = re.compile(
    r"\b(?:at least|at most|more than|fewer than|less than|no more than|about|around|approximately|nearly|almost|over|"
    r"under|up to|roughly|some|another|additional|hundred(?: and)?|thousand(?: and)?|dozen|million)$"
    rf"|(?:\b(?:{_WORD})|(?<![0-9])[0-9]{{1,3}}) (?:to|or)$|[0-9] ?[-/+]$",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(r"(?P<of>\bin )?(?<![\w,.])(?P<number>[0-9](?:[0-9,.]{0,9}[0-9])?)%?$", re.IGNORECASE)
_PART_OF = re.compile(r"(?<!\btotal )\bof(?: the| its| those)?$", re.IGNORECASE)

_VERB = re.compile(
    r"\b(?:(?P<convict>convicted)|(?P<order>ordered|required|directed)|(?P<charge>charged|filed|brought|initiated))"
    r"(?: a total of)?$",
    re.IGNORECASE,
)
_OBJECTS = {
    "convict": {"convictions"},
    "order": {"restitution_ordered"},
    "charge": {"new_criminal_cases", "new_defendants", "outside_tvpa_cases", "sex", "labor"},
}

NATION = re.compile(r"\bnation(?:al|ally|wide|s)?\b|\bcountry\b|\bU\.S(?:\.|\b)|\bUnited States\b", re.IGNORECASE)
_NOT_NATION = re.compile(
    r"(?:st|nd|rd|th|place|highest|most) (?:in|of|among|across) the (?:nation|country|U\.S\.?|United States)\b"
    r"|(?:st|nd|rd|th|place) (?:nationwide|nationally)\b"
    r"|\bU\.S\. (?:Virgin|Attorneys?|District|Courts?)|\bHuman Trafficking Institute",
    re.IGNORECASE,
)
_DIRECTIONS = "Northern|Southern|Eastern|Western|Middle|Central"
#: A jurisdiction's name in other words than in jurisdictions.csv.
_OTHER_NAMES = {"washington, d.c.": "DC", "washington d.c.": "DC", "d.c.": "DC", "virgin islands": "VI"}


def number(text: str) -> int:
    """The value of a number in digits or words: "1,058", "twenty-five", "no". Raises KeyError for other words."""
    if text[0].isdigit():
        return int(text.replace(",", ""))
    words = text.lower().strip()
    if words in WORDS:
        return WORDS[words]
    ten = next(ten for ten in _TENS if words.startswith(ten))
    return WORDS[ten] + WORDS[words[len(ten) :].lstrip("- ")]


def ordinal(text: str) -> int:
    """The value of an ordinal without its suffix, or in words: "5", "fifth", "twenty-first"."""
    if text.isdigit():
        return int(text)
    words = text.lower()
    if words in ORDINALS:
        return ORDINALS[words]
    ten = next(ten for ten in _TENS if words.startswith(ten))
    return WORDS[ten] + ORDINALS[words[len(ten) :].lstrip("- ")]


def stands_free(text: str, start: int) -> bool:
    """Whether the number that begins at `start` is an exact count of its own.

    Not when it is the end of a longer number, a part of a range, one of several numbers in a row (columns that were
    read across), "about" or "at least" so many, or "of" so many.
    """
    if start and text[start - 1] not in " ([\"'":
        return False
    before = text[max(0, start - 40) : start].rstrip(" ([\"'")
    if _VAGUE.search(before) and not _is_year(before):
        return False
    return not _PART_OF.search(before) and (_is_year(before) or not _BARE_NUMBER.search(before))


def verb_fits(text: str, start: int, metric: str) -> bool:
    """Whether the verb right before a number can have the metric as its object.

    Courts do not convict new cases: such a sentence was put together from two columns.
    """
    verb = _VERB.search(text[max(0, start - 24) : start].rstrip())
    return not verb or metric in _OBJECTS[next(name for name, found in verb.groupdict().items() if found)]


def _is_year(before: str) -> bool:
    """Whether the text ends in a year: "170 in 2018"."""
    found = _BARE_NUMBER.search(before)
    return bool(found and found["of"] and re.fullmatch("20[0-9]{2}", found["number"]))


@dataclass(frozen=True)
class Gazetteer:
    """The names of the 56 jurisdictions and of their district courts, ready to be looked for."""

    codes: dict[str, str]
    names: dict[str, str]
    courts: dict[tuple[str, str], str]
    pattern: re.Pattern[str]
    tied: re.Pattern[str]
    district: re.Pattern[str]


@cache
def _gazetteer(folder: Path) -> Gazetteer:
    """Compile the names that the tables of one folder hold; once, as the names of states do not change."""
    rows = [(str(usps), str(name)) for usps, name in data.jurisdictions()[["usps", "name"]].to_numpy()]
    courts = data.districts()[["court_id", "name", "jurisdiction"]].to_numpy()
    names = dict(rows)
    codes = {name.lower(): code for code, name in rows} | _OTHER_NAMES
    any_name = "|".join(re.escape(name) for name in sorted(codes, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?P<name>{any_name})(?!\w| (?:City|County|Beach)\b)", re.IGNORECASE)
    tied = re.compile(
        rf"\b(?:tied|tying|tie) with (?:(?:the )?(?:{any_name})(?:, and |, | and )?){{1,8}}", re.IGNORECASE
    )
    district = re.compile(
        rf"(?<!\w)(?:(?P<direction>{_DIRECTIONS})(?: District)?(?: of (?:the )?(?P<name>{any_name}))?"
        rf"|District of (?P<whole>{any_name}))(?!\w)",
        re.IGNORECASE,
    )
    known = {(usps, name.replace(names[usps], "").strip().lower()): str(court) for court, name, usps in courts}
    return Gazetteer(codes, names, known, pattern, tied, district)


def gazetteer() -> Gazetteer:
    """The names that `data/` knows."""
    return _gazetteer(data.data_dir())


def places_in(text: str) -> set[str]:
    """USPS codes of the jurisdictions that a text names, but for those it ties with: "West Virginia" is not Virginia."""
    known = gazetteer()
    return {known.codes[found["name"].lower()] for found in known.pattern.finditer(without_ties(text))}


def without_ties(text: str) -> str:
    """The text without the names that follow "tied with": they say nothing of their own."""
    return gazetteer().tied.sub("tied ", text)


def names_nation(text: str) -> bool:
    """Whether a text speaks of the nation, other than to say that a place ranks so and so in it."""
    return bool(NATION.search(_NOT_NATION.sub(" ", text)))
