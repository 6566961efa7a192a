"""Entries of the register that are declared one by one: press headlines, official figures, the book's own sentences."""

import html
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from lib import data, implied, metrics
from lib.claims import OPEN, Claim, verdict
from lib.national import KEY_METRICS
from lib.ranking import competition_rank, ordinal, rank_text, tie_sizes
from lib.words import change, percent

#: Press headlines of which a part would have to be published: source, what it says, what a check would need.
UNCHECKED = [
    ("kvue", "Texas ranks first for active cases of 2018", "the figures of Texas and of the states next to it"),
    ("winchesterstar", "Prosecutions in Virginia went down in 2019", "the figures of Virginia for 2018"),
    ("duluthnewstribune", "Prosecutions in Minnesota and Wisconsin were steady in 2017", "their figures for 2016"),
    ("thebl", "Most online sex trafficking of 2020 went through one social network", "how each case was recruited"),
    ("foxnews", "More than half of the victims of 2021 were minors", "the ages of the victims in each case"),
]


def entries() -> list[Claim]:
    """All declared entries: press headlines, official figures, changes of the key findings, sentences of the book."""
    unchecked = [
        Claim(f"headline {source}", "Press headline", source, said, "", OPEN, missing)
        for source, said, missing in UNCHECKED
    ]
    return [*headlines(), *unchecked, *official(), *changes(), *sentences()]


def _printed(place: str, year: int, metric: str, edition: int | None = None) -> int:
    """A figure straight from figures.csv, of one edition or of the only one there is."""
    frame = data.figures()
    same = (frame.jurisdiction == place) & (frame.year == year) & (frame.metric == metric) & frame.court_id.isna()
    [value] = frame[same & (frame.edition == edition if edition else True)]["value"]
    return int(value)


def headlines() -> Iterator[Claim]:
    """Press headlines that can be recomputed."""
    worst = int(implied.bounds(2019, "active_criminal_cases").upper_rank["MA"])
    best = int(implied.bounds(2019, "new_criminal_cases").lower_rank["MA"])
    said, kind = "Massachusetts is among the top 25 of 2019 for cases", "Press headline"
    text = f"{ordinal(worst)} at worst by active cases, {ordinal(best)} at best by new ones"
    yield Claim("headline whdh", kind, "whdh", said, text, verdict(worst <= 25))
    table = metrics.with_totals(data.district_new_cases())
    cases = table[table.year == 2020].set_index("court_id").new_criminal_cases
    rank, tied = competition_rank(cases)["ohsd"], tie_sizes(cases)["ohsd"]
    said = "Ohio Southern charged the second highest number of cases of 2020"
    text = f"{cases['ohsd']} new cases, {rank_text(rank, tied, len(cases))}"
    yield Claim("headline dispatch", kind, "dispatch", said, text, verdict(rank == 2))
    before, after = (_printed("US", year, "new_sex_cases") for year in (2017, 2019))
    said = "Sex trafficking prosecutions dropped further by 2019"
    yield Claim("headline law360", kind, "law360", said, f"{after} after {before} in 2017", verdict(after < before))
    before, after = (_printed("US", year, "new_civil_sex_cases") for year in (2018, 2019))
    said = "A wave of civil sex trafficking suits came in 2019"
    yield Claim("headline todaysgc", kind, "todaysgc", said, f"{after} after {before} in 2018", verdict(after > before))


def _official(family: str, year: int, measure: str, definition: str | None = None) -> int:
    """One figure of official_series.csv; without a definition the widest, which is the largest."""
    frame = data.official_series()
    rows = frame[(frame.family == family) & (frame.fiscal_year == year) & (frame.measure == measure)]
    return int((rows[rows.definition == definition] if definition else rows)["value"].max())


def official() -> Iterator[Claim]:
    """Official figures against one another."""
    kind, filed = "Official series", "prosecutions filed"
    trac = {year: _official("TRAC", year, filed) for year in (2008, 2012, 2017, 2018, 2020)}
    ratio = trac[2012] / trac[2008]
    text = f"{trac[2012]} in fiscal year 2012 after {trac[2008]} in 2008: {ratio:.1f} times as many"
    yield Claim("trac-328", kind, "trac-syr", "Prosecutions rose fourfold from 2008", text, verdict(round(ratio) == 4))
    for key, source, year in (("trac-565", "trac-syr-2", 2018), ("trac-629", "trac-syr-3", 2020)):
        text = f"{trac[year]} in fiscal year {year} after {trac[2017]} in 2017"
        yield Claim(key, kind, source, f"Prosecutions fell by {year}", text, verdict(trac[year] < trac[2017]))
    total, sex, labor = (
        _official("DOJ", 2014, "prosecutions initiated", f"predominantly {t} trafficking" if t else "all types")
        for t in ("", "sex", "labor")
    )
    said = f"DOJ, fiscal year 2014: {total} prosecutions, {sex} of them for sex and {labor} for labor trafficking"
    yield Claim(
        "doj-2014", kind, "aassone", said, f"the parts add up to {sum((sex, labor))}", verdict(sex + labor == total)
    )
    for word in ("prosecuted", "referred to U.S. attorneys"):
        one, other = (_official("BJS", 2011, f"{who} {word}") for who in ("persons", "suspects"))
        said, text = f"BJS, fiscal year 2011: {one} persons {word}", f"{other} in an earlier BJS release"
        yield Claim(f"bjs-2011 {word}", kind, "ojp-gov", said, text, verdict(one == other))
    prison, convicted = (_official("BJS", 2015, f"defendants {what}") for what in ("sentenced to prison", "convicted"))
    said = f"BJS, fiscal year 2015: {convicted} defendants convicted, {prison} sentenced to prison"
    yield Claim("bjs-2015", kind, "ojp", said, f"{prison} is part of {convicted}", verdict(prison <= convicted))
    yield _three_groups()


def _three_groups() -> Claim:
    """The three offense groups of BJS, of which two were published."""
    measure = "defendants charged in U.S. district court"
    names = ["peonage, slavery, forced labor, sex trafficking", "sexual exploitation and other abuse of children"]
    total, parts = _official("BJS", 2022, measure), [_official("BJS", 2022, measure, name) for name in names]
    said = (
        f"BJS, fiscal year 2022: {total} defendants charged, {parts[0]} and {parts[1]} of them in two of three groups"
    )
    text = f"{total - sum(parts)} are left for the third group"
    return Claim("bjs-2022", "Official series", "ojp-gov-3", said, text, OPEN, "the figure of the third group")


@cache
def stored(chapter: str) -> dict[str, str]:
    """The stored output of each code cell of a chapter as plain text, by cell id; empty when there is no such chapter."""
    path = Path(__file__).resolve().parent.parent / "chapters" / f"{chapter}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"] if path.is_file() else []
    return {
        cell["id"]: " ".join(_plain(output) for output in cell["outputs"])
        for cell in cells
        if cell["cell_type"] == "code"
    }


def _plain(output: dict[str, Any]) -> str:
    """The Markdown of an output, or its HTML without tags, with single spaces."""
    found = output.get("data", {})
    text = "".join(found.get("text/markdown", found.get("text/html", "")))
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def _where(chapter: str, phrase: str) -> tuple[bool, str]:
    """Whether a phrase stands in the stored output of a cell of a chapter, and in which, in words."""
    cells = [cell for cell, text in stored(chapter).items() if phrase in text]
    number = cells[0].removeprefix("cell-").lstrip("0") if cells else ""
    return bool(cells), f"printed by cell {number} of {chapter}" if cells else f"not printed in {chapter}"


def changes() -> Iterator[Claim]:
    """The five key findings of 2019 with the year before, and the change that the book prints for each."""
    table = data.metrics().set_index("metric")
    for metric in KEY_METRICS:
        now, before = (_printed("US", year, metric, 2019) for year in (2019, 2018))
        pct = 100 * (now - before) / before
        row = f"{table.label[metric]} {now:,} {before:,} {pct:.1f} {table.unit[metric]}".replace("-", "\N{MINUS SIGN}")
        found, where = _where("01-national", row)
        said = f"{table.label[metric]}: {now} in 2019, {before} in 2018"
        text = f"{change(pct)}; {where}"
        yield Claim(f"change {metric} 2019", "Change", "hti-missouri-2019", said, text, verdict(found))


def sentences() -> Iterator[Claim]:
    """The headline sentences of the book, their numbers computed anew straight from the tables."""
    for chapter, makers in SENTENCES.items():
        for make in makers:
            phrase = make()
            found, where = _where(chapter, phrase)
            key, said = f"book {chapter} {make.__name__.strip('_')}", phrase.replace("**", "")
            yield Claim(key, "Sentence of the book", "", f"\N{HORIZONTAL ELLIPSIS} {said}", where, verdict(found))


def _nation() -> pd.DataFrame:
    """National sums of the district tables by year."""
    return data.district_new_cases().drop(columns=["court_id", "edition", "source_id"]).groupby("year").sum()


def _by_state(year: int | None = None) -> pd.DataFrame:
    """Sums of the district tables by jurisdiction, of one year or of all."""
    table = data.district_new_cases().merge(data.districts()[["court_id", "jurisdiction"]], on="court_id")
    table = table if year is None else table[table.year == year]
    return table.groupby("jurisdiction")[["new_sex_cases", "new_labor_cases"]].sum()


def _new_cases() -> str:
    """Chapter 1: new cases and the change."""
    now, before = (_printed("US", year, "new_criminal_cases", 2019) for year in (2019, 2018))
    return f"**{now} new criminal cases** of human trafficking, against {before} in 2018: {change(100 * now / before - 100)}"


def _convictions() -> str:
    """Chapter 1: convictions and the change."""
    now, before = (_printed("US", year, "convictions", 2019) for year in (2019, 2018))
    return f"**{now} defendants** were convicted, {change(100 * now / before - 100)}"


def _labor_share() -> str:
    """Chapter 1: the smallest and the largest share of labor cases among the years with both."""
    early = {year: [_printed("US", year, f"new_{t}_cases") for t in ("sex", "labor")] for year in (2017, 2019)}
    table = pd.concat([pd.DataFrame(early, index=["new_sex_cases", "new_labor_cases"]).T, _nation()])
    share = (100 * table.new_labor_cases / (table.new_labor_cases + table.new_sex_cases)).astype(float)
    return f"lies between {percent(share.min(), 1)} ({share.idxmin()}) and {percent(share.max(), 1)} ({share.idxmax()})"


def _civil() -> str:
    """Chapter 1: active civil cases as a difference."""
    handled, criminal = (_printed("US", 2019, metric) for metric in ("cases_handled", "active_criminal_cases"))
    return f"{handled} handled less {criminal} criminal is **{handled - criminal} active civil cases**"


def _tvpa() -> str:
    """Chapter 1: new cases under the TVPA alone."""
    table = _nation()
    total = table.new_sex_cases + table.new_labor_cases
    return f"there were {total[2020]} new cases in 2020 and {total[2023] - table.outside_tvpa_cases[2023]} in 2023"


def _missouri() -> str:
    """Chapter 2: Missouri in 2019."""
    frame = data.figures()
    row = frame[(frame.jurisdiction == "MO") & (frame.year == 2019) & (frame.metric == "new_criminal_cases")].iloc[0]
    return f"Missouri had {row['value']} new cases, which the report ranks {ordinal(row.published_rank)} of 56"


def _missouri_latest() -> str:
    """Chapter 2: Missouri in the latest year."""
    totals = _by_state(2023).sum(axis=1)
    rank, same = int((totals > totals["MO"]).sum()) + 1, int((totals == totals["MO"]).sum())
    return f"it had {totals['MO']} new cases and stood {rank_text(rank, same, len(totals))}"


def _ties() -> str:
    """Chapter 2: how many share a place."""
    totals = _by_state(2023).sum(axis=1)
    return f"{int(totals.duplicated(keep=False).sum())} jurisdictions of the {len(totals)} ranked in 2023 share their place"


def _implied() -> str:
    """Chapter 2: how many places the published figures settle."""
    table = implied.distribution(2019, "new_criminal_cases")
    return f"**{int((table['lower'] == table['upper']).sum())} of the {len(table)} places** to the case"


def _four_years() -> str:
    """Chapter 3: sex and labor cases of four years."""
    table = _nation()
    sex = table.new_sex_cases.sum() - table.outside_tvpa_cases[table.index >= 2022].sum()
    return f"{sex} sex trafficking cases under the TVPA and **{table.new_labor_cases.sum()} forced labor cases**"


def _labor_states() -> str:
    """Chapter 3: jurisdictions with and without labor cases."""
    labor = _by_state().new_labor_cases
    return f"stand in {(labor > 0).sum()} jurisdictions; {(labor == 0).sum()} jurisdictions had none in four years"


def _per_case() -> str:
    """Chapter 3: defendants for each case."""
    table = _nation()
    late, sums = table[table.index >= 2022].sum(), table.sum()
    sex, labor = late.new_sex_defendants / late.new_sex_cases, sums.new_labor_defendants / sums.new_labor_cases
    return f"in 2022 and 2023 {sex:.1f}. For each labor case it was {labor:.1f}"


def _outside() -> str:
    """Chapter 4: cases outside the TVPA of the nation."""
    outside, new = (_printed("US", 2019, metric) for metric in ("outside_tvpa_cases", "new_criminal_cases"))
    return f"**{outside} sex trafficking cases** outside the TVPA, beside {new} new cases under it"


def _outside_missouri() -> str:
    """Chapter 4: cases outside the TVPA of Missouri."""
    outside, new = (_printed("MO", 2019, metric) for metric in ("outside_tvpa_cases", "new_criminal_cases"))
    return f"In Missouri it was {outside} outside and {new} under it"


def _break() -> str:
    """Chapter 4: the evidence for the series break."""
    table = data.district_new_cases()
    table = table.assign(above=table.outside_tvpa_cases > table.new_sex_cases + table.new_labor_cases)
    groups = table[table.outside_tvpa_cases > 0].groupby("year").above
    return " ".join(f"In {year} it is {rows.sum()} of {len(rows)} districts." for year, rows in groups)


def _five_districts() -> str:
    """Chapter 4: the share of the five districts with the most outside cases."""
    outside = data.district_new_cases().groupby("court_id").outside_tvpa_cases.sum().sort_values(ascending=False)
    return f"account for {percent(100 * outside.head(5).sum() / outside.sum())} of all cases outside the TVPA"


def _tvpa_by_district() -> pd.Series:
    """New cases under the TVPA of each district over the four years; from 2022 the outside cases are taken out."""
    table = data.district_new_cases()
    inside = table.outside_tvpa_cases.where(table.year >= metrics.SERIES_BREAK, 0)
    return (table.new_sex_cases + table.new_labor_cases - inside).groupby(table.court_id).sum().astype(int)


def _districts() -> str:
    """Chapter 5: how many districts filed a case."""
    totals = _tvpa_by_district()
    return f"**{(totals > 0).sum()} districts** of {len(totals)} filed a case under the trafficking law"


def _concentration() -> str:
    """Chapter 5: the share of the five districts with the most cases, and how many had none."""
    totals = _tvpa_by_district().sort_values(ascending=False)
    share = percent(100 * totals.head(5).sum() / totals.sum())
    return f"filed **{share}** of them. {(totals == 0).sum()} districts filed none in four years"


def _told_apart(per_resident: bool) -> int:
    """Pairs of jurisdictions told apart in 2023: exact binomial tests of all ordered pairs, after Holm, pair by pair."""
    from scipy.stats import binom

    counts = _by_state(2023).sum(axis=1)
    table = data.population()
    people = table[table.year == 2023].set_index("jurisdiction").population[counts.index]
    exposure = people if per_resident else people * 0 + 1
    p_values = sorted(
        float(binom.sf(counts[j] - 1, counts[j] + counts[k], exposure[j] / (exposure[j] + exposure[k])))
        for j in counts.index
        for k in counts.index
        if j != k
    )
    rejected = [p <= 0.05 / (len(p_values) - i) for i, p in enumerate(p_values)]
    return rejected.index(False)


def _pairs() -> str:
    """Chapter 6: pairs that can be told apart."""
    places = len(_by_state(2023))
    pairs = places * (places - 1) // 2
    cases, rates = _told_apart(False), _told_apart(True)
    return (
        f"Of the {pairs:,} pairs of ranked jurisdictions, the counts tell {cases} pairs apart ({100 * cases / pairs:.1f}%) "
        f"and the counts per resident {rates} ({100 * rates / pairs:.1f}%)"
    )


def _without_outside() -> str:
    """Chapter 7: how ranks of 2023 move when outside cases are left out."""
    table = data.district_new_cases().merge(data.districts()[["court_id", "jurisdiction", "name"]], on="court_id")
    sums = (
        table[table.year == 2023]
        .groupby("jurisdiction")[["new_sex_cases", "new_labor_cases", "outside_tvpa_cases"]]
        .sum()
    )
    printed = sums.new_sex_cases + sums.new_labor_cases
    before, after = (competition_rank(v) for v in (printed, printed - sums.outside_tvpa_cases))
    far = ((before - after).abs() >= 5).sum()
    moves = f"Missouri from {ordinal(int(before['MO']))} to {ordinal(int(after['MO']))}"
    return f"{far} of {len(sums)} jurisdictions move by 5 places or more in 2023: Nevada goes from " + (
        f"{ordinal(int(before['NV']))} to {ordinal(int(after['NV']))}, {moves}"
    )


#: Chapter -> the sentences that give its answer or carry a number a reader may quote.
SENTENCES: dict[str, list[Callable[[], str]]] = {
    "01-national": [_new_cases, _convictions, _labor_share, _civil, _tvpa],
    "02-states": [_missouri, _missouri_latest, _ties, _implied],
    "03-sex-and-labor": [_four_years, _labor_states, _per_case],
    "04-outside-tvpa": [_outside, _outside_missouri, _break, _five_districts],
    "05-districts": [_districts, _concentration],
    "06-ranks": [_pairs],
    "07-definitions": [_without_outside],
}
