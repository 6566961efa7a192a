"""How firm the ranks of 2020-2023 are: who can be told apart, ties, rates per million residents and shrunken rates.

Counts of single years are new cases as the edition of that year prints them. For the four years together they are cases under
and outside the TVPA added up, which mean the same on both sides of the series break (see `metrics.tvpa_cases`). Residents of
all four years have one base; a rate of 2019 has another, and no change of a rate is read across the two.
"""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from lib import data, intervals, metrics, ranking, states
from lib.errors import BookError
from lib.words import count, listing

#: The four years together, beside the single years as text.
TOGETHER = "2020\N{EN DASH}2023"
LEVEL = 0.95
#: What is said of a rate by its number of cases; `intervals.FEWEST_EVENTS` and twice as many are the limits.
TOO_FEW, UNSTABLE, STABLE = "too few cases", "unstable", "enough cases"
#: The same limits as a note under a table.
LIMITS = f"Too few: under {intervals.FEWEST_EVENTS}, not ranked. Unstable: under {2 * intervals.FEWEST_EVENTS}."
_BEYOND = {"": "within chance", "95": "beyond the 95% limits", "99.8": "beyond the 99.8% limits"}


def years() -> list[int]:
    """Years with complete district tables, first to last."""
    return sorted({int(year) for year in data.district_new_cases().year})


def periods() -> list[str]:
    """The years as text and, last, the four years together."""
    return [*map(str, years()), TOGETHER]


@cache
def _cases(period: str) -> pd.DataFrame:
    """Cached `cases`."""
    if period not in periods():
        raise BookError(f"There is no period {period!r}; choose one of {', '.join(periods())}.")
    table, people = states.by_state(), data.population()
    chosen = years() if period == TOGETHER else [int(period)]
    table = table[table.year.isin(chosen)]
    every_charge = table.tvpa_cases + table.outside_tvpa_cases
    table = table.assign(cases=every_charge if period == TOGETHER else table.new_criminal_cases)
    sums = table.groupby(["jurisdiction", "name"], sort=False).cases.sum(min_count=1).reset_index("name")
    residents = people[people.year.isin(chosen)].groupby("jurisdiction").population.sum()
    return sums.assign(residents=residents)


def cases(period: str) -> pd.DataFrame:
    """Name, cases and residents (of four years: resident-years) of the 56 jurisdictions, indexed by USPS code.

    American Samoa has no federal district court: its cases are NA. Raises BookError for a period that is not in `periods()`.
    """
    return _cases(period).copy()


def told_apart(period: str, per_resident: bool = False) -> pd.DataFrame:
    """Pairs of jurisdictions whose order is beyond chance, jointly at 95 percent: columns above and below (names).

    By counts, or by cases per resident. With probability 95 percent or more no pair of the table is the wrong way round.
    Method: `intervals.told_apart`.
    """
    return _pairs_apart(cases(period).dropna(), per_resident)


def _pairs_apart(table: pd.DataFrame, per_resident: bool) -> pd.DataFrame:
    """Names above and below for every pair of `table` that can be told apart."""
    above = intervals.told_apart(table.cases, table.residents if per_resident else None, LEVEL)
    names = table.name.to_numpy()
    first, second = np.nonzero(above)
    return pd.DataFrame({"above": names[first], "below": names[second]})


def pairs(period: str) -> int:
    """How many pairs of ranked jurisdictions there are: n (n - 1) / 2."""
    ranked = len(cases(period).dropna())
    return ranked * (ranked - 1) // 2


def apart_summary() -> pd.DataFrame:
    """Of all pairs, how many can be told apart in each period: period, pairs, by_count, per_resident, pct (percent)."""
    rows = [
        {
            "period": period,
            "pairs": pairs(period),
            "by_count": len(told_apart(period)),
            "per_resident": len(told_apart(period, per_resident=True)),
        }
        for period in periods()
    ]
    table = pd.DataFrame(rows)
    shares = {f"{name}_pct": metrics.share(table[name], table["pairs"]) for name in ("by_count", "per_resident")}
    return table.assign(**shares)


def apart_sentences(period: str, per_resident: bool = False) -> list[str]:
    """Each year's answer to "which states can be told apart?": one sentence for each that stands above others."""
    table = told_apart(period, per_resident)
    if table.empty:
        return ["No two jurisdictions can be told apart."]
    grouped = table.groupby("above", sort=False).below.agg(list)
    order = grouped.map(len).sort_values(ascending=False, kind="stable").index
    return [f"**{name}** stands above {len(grouped[name])}: {listing(sorted(grouped[name]))}." for name in order]


def rank_table() -> pd.DataFrame:
    """Rank with its joint interval and number of cases of every jurisdiction in each year: "tied 17 (1–55), 4".

    Columns: Jurisdiction and the years as text; in the order of the latest year.
    """
    table = states.rank_by_year().set_index("Jurisdiction")
    numbers = states.all_rankings().pivot(index="name", columns="year", values="new_criminal_cases").loc[table.index]
    for year in years():
        table[str(year)] += numbers[year].map(lambda cases: "" if pd.isna(cases) else f", {cases:.0f}")
    latest: pd.Series = numbers[years()[-1]].sort_index()
    order = latest.sort_values(ascending=False, kind="stable").index
    return table.loc[order].rename_axis("Jurisdiction").reset_index()


def quotable(year: int, usps: str) -> list[str]:
    """What can be said of one year's ranks and of one state's without saying too much, as plain sentences.

    Raises BookError for a state that is not ranked in that year.
    """
    table = states.complete_ranking(year).dropna(subset=["rank"])
    widths = table.upper - table.lower + 1
    rates_apart = number_of_pairs(len(told_apart(str(year), per_resident=True)))
    filed = f"In {year} federal prosecutors filed {table.new_criminal_cases.sum()} new human trafficking cases."
    return [
        f"{filed} {_leaders(year)}",
        f"Chance leaves every other order open: of {len(table)} rank intervals even the narrowest spans {widths.min()} places.",
        f"Per resident, {rates_apart} of {pairs(str(year)):,} can be told apart; the rest of any list by rate is open to chance.",
        step_sentence(year, usps),
        "These counts do not say how much trafficking there is; they say how many cases were filed.",
    ]


def step_sentence(year: int, usps: str) -> str:
    """What one case more or one fewer would do to a state's place. Raises BookError for a state that is not ranked."""
    table = one_case_more(year)
    if usps not in table.index:
        raise BookError(f"{usps!r} is not ranked in {year}; give the USPS code of a jurisdiction with a federal court.")
    row = table.loc[usps].to_dict()
    more = f"one case more would have made it {ranking.ordinal(row['more'])}"
    fewer = "" if pd.isna(row["fewer"]) else f", one fewer {ranking.ordinal(row['fewer'])}"
    return f"{row['name']} stood {ranking.ordinal(row['rank'])} with {count(row['cases'], 'case')}; {more}{fewer}."


def _leaders(year: int) -> str:
    """Who had more cases than others beyond chance: "Texas had more than 21 other jurisdictions, beyond chance."."""
    above = told_apart(str(year)).groupby("above", sort=False).size().sort_values(ascending=False, kind="stable")
    if above.empty:
        return "No jurisdiction had more than another beyond chance."
    return f"{listing([f'{name} had more than {number} others' for name, number in above.items()])}, beyond chance."


def ties(period: str) -> pd.DataFrame:
    """Places that several jurisdictions share: cases, rank, tied (how many), names, rank_text; the largest tie last."""
    table = cases(period).dropna()
    ranked = ranking.ranked(table.cases).join(table.name)
    groups = ranked.groupby("rank", as_index=False).agg(
        cases=("value", "first"),
        tied=("tied", "first"),
        rank_text=("rank_text", "first"),
        names=("name", _sorted_listing),
    )
    return groups[groups.tied > 1].sort_values(["tied", "rank"]).reset_index(drop=True)


def _sorted_listing(names: pd.Series) -> str:
    """Names as an English list in alphabetical order."""
    return listing(sorted(names))


def tie_summary() -> pd.DataFrame:
    """Ties by year: year, ranked, sharing (jurisdictions that share a place), alone, largest (size of the largest tie)."""
    rows = []
    for year in years():
        tied = states.complete_ranking(year).tied.dropna()
        rows.append(
            {
                "year": year,
                "ranked": len(tied),
                "sharing": int((tied > 1).sum()),
                "alone": int((tied == 1).sum()),
                "largest": int(tied.max()),
            }
        )
    return pd.DataFrame(rows)


def one_case_more(year: int) -> pd.DataFrame:
    """Rank of each jurisdiction as it is and with one case more or one fewer, the others unchanged.

    Columns, indexed by USPS code: name, cases, rank, more, fewer (NA where there is no case to lose). Shows how much of a
    rank is a single case.
    """
    table = cases(str(year)).dropna()
    found = {"rank": ranking.competition_rank(table.cases)}
    for column, step in {"more": 1, "fewer": -1}.items():
        changed = table.cases + step
        others = np.greater.outer(table.cases.to_numpy(int), changed.to_numpy(int))
        np.fill_diagonal(others, False)
        found[column] = pd.Series(1 + others.sum(axis=0), table.index, dtype="Int64").where(changed >= 0)
    return table[["name", "cases"]].assign(**found)


def reliability(number: Any) -> str:
    """What may be done with a rate on this many cases: TOO_FEW, UNSTABLE or STABLE; "not published" for NA."""
    if pd.isna(number):
        return "not published"
    if number < intervals.FEWEST_EVENTS:
        return TOO_FEW
    return UNSTABLE if number < 2 * intervals.FEWEST_EVENTS else STABLE


def rates(period: str) -> pd.DataFrame:
    """Cases per million residents a year, with exact 95 percent intervals; only rates on ten cases or more are ranked.

    Columns: jurisdiction, name, cases, residents, rate, rate_low, rate_high (per million a year), reliability, rank,
    rank_interval (joint, among those ranked; "not ranked" else). Ranked ones first, then the others by name, so that the order
    of unranked rates suggests nothing. Methods: Garwood's interval, `intervals.rank_sets`.
    """
    table = cases(period).dropna()
    low, high = intervals.poisson_interval(table.cases, LEVEL)
    table = table.assign(rate=metrics.rate_per_million(table.cases, table.residents))
    for column, limit in {"rate_low": low, "rate_high": high}.items():
        table[column] = metrics.rate_per_million(pd.Series(limit, table.index), table.residents)
    table["reliability"] = table.cases.map(reliability)
    enough = table.cases >= intervals.FEWEST_EVENTS
    sets = intervals.rank_sets(table.cases[enough], table.residents[enough], LEVEL).reindex(table.index)
    table["rank"] = sets["rank"]
    ends = zip(sets["rank"], sets["lower"], sets["upper"], strict=True)
    table["rank_interval"] = [intervals.rank_interval_text(*each) for each in ends]
    return table.reset_index().sort_values(["rank", "name"], na_position="last").reset_index(drop=True)


def funnel() -> pd.DataFrame:
    """Points of the funnel plot of every period: period, name, cases, residents, rate, overall (per million a year), beyond.

    `beyond` says in words whether the rate lies within what chance allows around the overall rate. Method:
    `intervals.funnel`.
    """
    parts = []
    for period in periods():
        table = cases(period)
        found = intervals.funnel(table.cases, table.residents)
        scaled = found[["rate", "overall"]] * 1_000_000
        part = table.loc[found.index].join(scaled).assign(period=period, beyond=found.outside.map(_BEYOND))
        parts.append(part.assign(people=part.residents / (len(years()) if period == TOGETHER else 1)))
    return pd.concat(parts).reset_index(names="jurisdiction")


def funnel_curves(points: int = 50) -> pd.DataFrame:
    """Limits of the funnel plot as curves: period, people, and lower95, upper95, lower998, upper998 per million a year.

    `people` runs in equal steps of its logarithm over the residents of the period, with `points` steps.
    """
    parts = []
    for period, table in funnel().groupby("period"):
        people = np.geomspace(table.people.astype(float).min(), table.people.astype(float).max(), points)
        span = len(years()) if period == TOGETHER else 1
        expected = people * span * table.overall.iloc[0] / 1_000_000
        curves: dict[str, Any] = {}
        for name, level in {"95": 0.95, "998": 0.998}.items():
            lower, upper = intervals.funnel_curve(expected, level)
            curves |= {f"lower{name}": lower, f"upper{name}": upper}
        scaled = {name: 1_000_000 * limit / (people * span) for name, limit in curves.items()}
        parts.append(pd.DataFrame({"period": period, "people": people, **scaled}))
    return pd.concat(parts, ignore_index=True)


def shrunken(top: int = 5) -> pd.DataFrame:
    """Rates drawn towards the overall rate, and the probability of a place among the `top` highest, for every period.

    Columns: period, jurisdiction, name, cases, rate, shrunken (per million a year), p_top_pct (percent), most probable first.
    Method: `intervals.shrunken_rates`.
    """
    parts = []
    for period in periods():
        table = cases(period).dropna()
        found = intervals.shrunken_rates(table.cases, table.residents, top)
        found = pd.DataFrame(
            {
                "rate": 1_000_000 * found.rate,
                "shrunken": 1_000_000 * found.shrunken,
                "p_top_pct": (100 * found.p_top).round(1),
            }
        )
        part = table[["name", "cases"]].join(found).assign(period=period).reset_index(names="jurisdiction")
        parts.append(part.sort_values(["p_top_pct", "shrunken"], ascending=False))
    columns = ["period", "jurisdiction", "name", "cases", "rate", "shrunken", "p_top_pct"]
    return pd.concat(parts, ignore_index=True)[columns]


def ranked_rates_sentence() -> str:
    """How many rates can be ranked in each period, and how loose the ranks of the latest year are even among those."""
    tables = {period: rates(period).dropna(subset=["rank"]) for period in periods()}
    single = listing([f"{len(table)} in {period}" for period, table in tables.items() if period != TOGETHER])
    latest = str(years()[-1])
    open_ended = told_apart_among_ranked(latest).empty
    loose = "no two of them can be told apart" if open_ended else "some of them can be told apart"
    return (
        f"Enough cases for a ranked rate had {single}, and {count(len(tables[TOGETHER]), 'jurisdiction')} over the four years "
        f"together. Of the {len(tables[latest])} ranked in {latest}, {loose}."
    )


def told_apart_among_ranked(period: str) -> pd.DataFrame:
    """`told_apart` per resident among the jurisdictions with enough cases for a ranked rate only."""
    table = cases(period).dropna()
    return _pairs_apart(table[table.cases >= intervals.FEWEST_EVENTS], per_resident=True)


def per_resident_sentence() -> str:
    """What can be said per resident of the single years, in one sentence."""
    table = apart_summary().set_index("period").loc[list(map(str, years()))]
    found = [f"{number_of_pairs(row.per_resident)} in {period}" for period, row in table.iterrows()]
    return f"Per resident, of {table['pairs'].max():,} pairs of jurisdictions, {listing(found)} can be told apart."


def number_of_pairs(number: int) -> str:
    """A count of pairs in a sentence: "no pair", "1 pair", "9 pairs"."""
    return "no pair" if number == 0 else count(number, "pair")
