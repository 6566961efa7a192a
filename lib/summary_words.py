"""The sentences of a state summary: each says one figure of one place in one year, or that it was not published."""

from typing import Any

from lib.metrics import SERIES_BREAK
from lib.ranking import ordinal
from lib.tables import NOT_PUBLISHED, number_text
from lib.words import count, listing, percent

_WITH_THE = ("District", "Northern", "U.S.")
CAUTION = (
    "These are counts of prosecutions in federal courts. They are not a measure of prevalence: "
    "they do not say how much human trafficking there is."
)
HOW_RANKED = (
    "The largest count ranks first; equal counts share the better place and the next places are skipped. {year} ranks {of} "
    "places: {who}."
)
NO_RANK = "No rank of new cases was published, so there is none to judge."
LATER_NOTE = (
    "Ranked among all places with a federal district court. "
    f"From {SERIES_BREAK} the counts hold cases outside the TVPA."
)
TREND_NOTE = (
    f"Until {SERIES_BREAK - 1} the reports count cases outside the TVPA beside their total, from {SERIES_BREAK} inside it; "
    "shown apart, the columns can be compared."
)
_UNIT_NOUNS = {
    "new_criminal_cases": ("new human trafficking case", None),
    "new_sex_cases": ("new sex trafficking case", None),
    "new_labor_cases": ("new forced labor case", None),
    "tvpa_cases": ("new case under the TVPA", "new cases under the TVPA"),
    "new_defendants": ("new defendant", None),
    "active_criminal_cases": ("active human trafficking case", None),
    "active_defendants": ("active defendant", None),
    "convictions": ("defendant", None),
    "outside_tvpa_cases": ("sex trafficking case outside the TVPA", "sex trafficking cases outside the TVPA"),
    "mean_sentence_months": ("month", None),
}
_STATEMENTS = {
    "new_criminal_cases": "Federal prosecutors in {place} filed {count} in {year}{rank}.",
    "new_sex_cases": "Federal prosecutors in {place} filed {count} in {year}{rank}.",
    "new_labor_cases": "Federal prosecutors in {place} filed {count} in {year}{rank}.",
    "tvpa_cases": "Federal prosecutors in {place} filed {count} in {year}{rank}.",
    "outside_tvpa_cases": "Federal prosecutors in {place} filed {count} in {year}{rank}.",
    "new_defendants": "New cases in {place} named {count} in {year}{rank}.",
    "active_criminal_cases": "Federal courts in {place} had {count} before them at some time in {year}{rank}.",
    "active_defendants": "Active cases in {place} named {count} in {year}{rank}.",
    "convictions": "Federal courts in {place} convicted {count} in human trafficking cases in {year}{rank}.",
    "mean_sentence_months": "Prison sentences in {place} averaged {count} in {year}{rank}.",
}
_OPEN = {
    "new_criminal_cases": "The number of new cases",
    "new_sex_cases": "The number of new sex trafficking cases",
    "new_labor_cases": "The number of new forced labor cases",
    "tvpa_cases": "The number of new cases under the TVPA",
    "outside_tvpa_cases": "The number of cases charged outside the TVPA",
    "new_defendants": "The number of new defendants",
    "active_criminal_cases": "The number of active cases",
    "active_defendants": "The number of active defendants",
    "convictions": "The number of convictions",
    "mean_sentence_months": "The average prison sentence",
    "restitution_pct": "How many convicted defendants were ordered to pay restitution",
}


def spoken(name: str) -> str:
    """A place as it stands in a sentence: "the District of Columbia", "Missouri"."""
    return f"the {name}" if name.startswith(_WITH_THE) else name


def how_ranked(year: int, of: int, complete: bool) -> str:
    """The rule of the ranks and who is ranked."""
    who = (
        "all with a federal district court" if complete else "the states, the District of Columbia and five territories"
    )
    return HOW_RANKED.format(year=year, of=of, who=who)


def small(text: str) -> str:
    """The text with a small first letter, the rest as it is."""
    return text[:1].lower() + text[1:]


def capital(text: str) -> str:
    """The text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def amount(metric: str, value: Any) -> str:
    """A value with its noun: "7 new human trafficking cases", "143 months"."""
    one, many = _UNIT_NOUNS[metric]
    return count(value, one, many)


def between(lower: int, upper: int) -> str:
    """Two bounds in words: "between 0 and 14", "exactly 2"."""
    return f"exactly {lower}" if lower == upper else f"between {number_text(lower)} and {number_text(upper)}"


def statement(metric: str, place: str, year: int, value: Any, rank_words: str) -> str:
    """One measure as a sentence, with its rank where there is one."""
    return _STATEMENTS[metric].format(place=place, year=year, count=amount(metric, value), rank=rank_words)


def left_open(metric: str, place: str, year: int, lower: int | None, upper: int | None, court: bool) -> str:
    """The sentence for a figure that was not published, with the bounds that the published ranks imply."""
    if not court:
        return no_court(place, year)
    words = f"{_OPEN[metric]} in {place} in {year} was not published in any copy we found"
    if lower is None or upper is None:
        return f"{words}."
    return f"{words}; the ranks and totals that were leave {between(lower, upper)}."


def no_court(place: str, year: int) -> str:
    """The sentence for a place where no figure can exist."""
    return f"{capital(place)} has no federal district court, so there is no figure for {year}."


def rank_clause(basis: str, place: int | None, tied: int | None, of: int, value: Any) -> str:
    """What a sentence says of the rank: ", which the report ranks 5th of 56", ", tied 5th of 55 places".

    Where nothing was counted a rank would sound like an achievement: the clause says how many others had nothing either.
    """
    if place is None:
        return ""
    if basis == "computed" and value == 0:
        others = (tied or 1) - 1
        return f", like {count(others, 'other place')}" if others else ""
    shared = "tied " if tied is not None and tied > 1 else ""
    if basis == "published":
        return f", which the report ranks {shared}{ordinal(place)} of {of}"
    if basis == "implied":
        return f"; the published ranks imply the {ordinal(place)} place of {of}"
    return f", {shared}{ordinal(place)} of {of} places"


def implied_rank(low: int, high: int, of: int) -> str:
    """A rank that follows from the published ones: "37th of 56 (implied)", "1st to 8th of 56 (implied)"."""
    words = ordinal(low) if low == high else f"{ordinal(low)} to {ordinal(high)}"
    return f"{words} of {of} (implied)"


def rank_words(rank: str, tied: int, value: Any) -> str:
    """A computed rank as it is printed; "one of 33 without any" where nothing was counted."""
    return f"one of {tied} without any" if value == 0 else rank


def firmness(place: str, by: str, of: int, lower: int, upper: int) -> str:
    """What may and may not be said of a computed rank: who is above and below beyond chance (joint 95 % interval).

    `by` names the measure; `lower` and `upper` are the best and the worst place among `of`.
    """
    above, below = lower - 1, of - upper
    unsure = of - 1 - above - below
    reach = f"By {small(by)}, chance alone could have put {place} anywhere from {ordinal(lower)} to {ordinal(upper)}"
    if not above and not below:
        return (
            f"{reach}: on this count it cannot be told apart from any other place. Quote the count; "
            "the rank says next to nothing."
        )
    sides = [f"{_places(below)} had clearly fewer"] * bool(below) + [f"{_places(above)} clearly more"] * bool(above)
    if below == 0:
        sides = [f"{_places(above)} had clearly more"]
    rest = f"; against the other {unsure}, chance alone could have made the order" if unsure else ""
    return (
        f"{reach}. {capital(listing(sides))}{rest}. It may be said how many {place} had; not that it did more or less "
        "than its neighbors in the list."
    )


def _places(number: int) -> str:
    """ "1 place", "12 places"."""
    return count(number, "place")


def firmness_open(value: int | None, low: float, high: float) -> str:
    """What may be said of a published rank whose competitors' figures are not public: the reach of chance for the count.

    `low` and `high` are the exact 95 % interval of the count's mean.
    """
    start = "Most places' figures of that year are not public, so how firm this rank is cannot be computed."
    if value is None:
        return start
    reach = f"between {number_text(low, 1)} and {number_text(high, 1)}"
    return (
        f"{start} A count of {number_text(value)} fits an underlying level of anything {reach} a year by chance alone."
    )


def national(value: Any, share: float | None, unit: str) -> str:
    """The nation's figure with the share: "145 in the nation (4.8%)", "33% in the nation", "nation: not published"."""
    if value is None:
        return f"nation: {NOT_PUBLISHED}"
    if unit == "percent":
        return f"{percent(value)} in the nation"
    return f"{number_text(value)} in the nation" + (f" ({number_text(share, 1)}%)" if share else "")


def outside(place: str, year: int, cases: int | None, nation: int | None, inside: bool) -> str:
    """Cases charged outside the TVPA beside the nation's, and where they are counted."""
    us = "" if nation is None else f" In the nation there were {number_text(nation)}."
    if cases is None:
        return f"{_OPEN['outside_tvpa_cases']} in {place} in {year} was not published in any copy we found.{us}"
    if cases == 0:
        return f"No sex trafficking case in {place} was charged outside the TVPA in {year}.{us}"
    where = (
        "Such cases are part of the new cases above."
        if inside
        else "Such cases stand beside the new cases above and are not part of them."
    )
    were = capital(count(cases, "sex trafficking case")) + (" was" if cases == 1 else " were")
    return f"{were} charged outside the TVPA in {place} in {year}.{us} {where}"


def restitution(place: str, year: int, ordered: int | None, convicted: int | None, rank_words: str) -> str:
    """ "2 of 9 convicted defendants were ordered to pay restitution"; one part alone is said alone."""
    if ordered is not None and convicted is not None:
        noun = "defendant" if convicted == 1 else "defendants"
        were = "was" if ordered == 1 else "were"
        return (
            f"In {place}, {number_text(ordered)} of {number_text(convicted)} convicted {noun} {were} ordered "
            f"to pay restitution in {year}{rank_words}."
        )
    if ordered is not None:
        were = "was" if ordered == 1 else "were"
        return f"In {place}, {count(ordered, 'defendant')} {were} ordered to pay restitution in {year}."
    return ""


def restitution_context(text: str, low: float | None, high: float | None, nation: Any) -> str:
    """The nation's share, and how wide the exact interval of a share of few defendants is."""
    words = "" if nation is None else f"In the nation it was {percent(nation)}. "
    if low is not None and high is not None:
        reach = f"between {percent(low)} and {percent(high)}"
        words += f"With so few defendants, {text} fits an underlying share of anything {reach}."
    return words.strip()


def national_outside(cases: int | None) -> str:
    """The nation's cases charged outside the TVPA."""
    return "" if cases is None else f"{number_text(cases)} sex trafficking cases were charged outside the TVPA."


def split(place: str, year: int, sex: int | None, labor: int | None) -> str:
    """Sex and labor cases of a place in a sentence."""
    if sex is None and labor is None:
        return f"How the new cases of {place} in {year} divide into sex trafficking and forced labor was not published."
    if sex is None or labor is None:
        known = amount("new_sex_cases", sex) if sex is not None else amount("new_labor_cases", labor)
        return f"Of {place} in {year} only one part is known: {known}. The other was not published."
    both = f"{amount('new_sex_cases', sex)} and {amount('new_labor_cases', labor)}"
    return f"{capital(both)} were filed in {place} in {year}."
