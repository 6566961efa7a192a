"""The register of published statements: complete, and no verdict changes unnoticed."""

import json
import re
import runpy

import pandas as pd
import pytest

from lib import bounds, claims, claims_book, claims_figures, data, implied
from lib.claims import AGREES, DIFFERS, OPEN
from lib.errors import DataError, InconsistentFigures
from tests.conftest import CHAPTERS, ROOT


@pytest.fixture(scope="module")
def register():
    return claims.register()


@pytest.fixture
def copy(data_copy):
    """A copy of data/ that a test may change; the register is made anew from it."""
    claims.clear_cache()
    yield data_copy
    claims.clear_cache()


@pytest.mark.integration
def test_no_verdict_changed_unnoticed():
    assert claims.changed() == [], (
        "look at these; if they are meant, run `make verdicts` and add the reasons to data/claims.csv"
    )


def test_every_entry_is_told_in_full(register):
    assert set(register.verdict) == {AGREES, DIFFERS, OPEN}
    assert (register.statement.str.len() > 15).all()
    assert (
        register.why[register.verdict != AGREES].notna().all() and register.why[register.verdict == AGREES].isna().all()
    )
    assert (register.computed[register.verdict != OPEN] != "").all()


def test_every_published_figure_is_in_the_register():
    assert claims.covered() == set(data.figures().index)


def test_every_entry_has_a_known_source_or_is_the_books_own(register):
    assert set(register.source_id) - {""} <= set(data.sources().source_id)
    assert set(register.kind[register.source_id == ""]) == {"Sentence of the book"}


@pytest.mark.parametrize(
    ("claim", "computed", "verdict"),
    [
        ("rank KY 2019 new_criminal_cases 2019 wymt", "the other published figures leave 6th to 15th", AGREES),
        ("rank AR 2019 new_criminal_cases 2019 talkbusiness", "the other published figures leave 22nd", AGREES),
        ("rank FL 2017 convictions 2017 news4jax", "", OPEN),
        ("rank ohsd 2020 new_defendants 2020 dispatch", "15, 2nd of 94 in the district tables", AGREES),
        (
            "rank MO 2019 restitution_pct 2019 hti-missouri-2019",
            "the other published figures leave 18th to 56th",
            AGREES,
        ),
        ("share MO 2019 restitution_pct 2019 hti-missouri-2019", "2 of 9 is 22.2%", AGREES),
        ("parts US 2019 new_criminal_cases 2019", "the parts add up to 145", AGREES),
        ("parts US 2018 new_criminal_cases 2019", "161 are left for new sex trafficking cases", OPEN),
        ("contained IN 2019 new_criminal_cases 2019", "0 is not more than 7", AGREES),
        ("districts US 2022 new_criminal_cases 2022 amaralegal", "the district tables give 184", DIFFERS),
        ("districts WI 2020 new_criminal_cases 2020 wearegreenbay", "the district tables give 6", AGREES),
        ("printed districts FL 2017 active_criminal_cases 2017", "the districts add up to 57", AGREES),
        ("printed districts VA 2019 convictions 2019", "0 are left for the others", OPEN),
        ("zeros US 2019 jurisdictions_without_new_case 2019 fox59", None, AGREES),
        ("editions US 2018 active_criminal_cases 2019 hti-missouri-2019", "36 fewer in the later edition", DIFFERS),
        ("outside within total 2021", "they exceed it in 23 of 45 districts that have any", DIFFERS),
        ("defendants labor 2021", "not California Central (cases 0, defendants 6)", DIFFERS),
        ("headline dispatch", "3 new cases, tied 19th of 94", DIFFERS),
        ("bjs-2022", "344 are left for the third group", OPEN),
    ],
)
def test_singular_entries(register, claim, computed, verdict):
    row = register.set_index("claim").loc[claim]
    assert row.verdict == verdict and (computed is None or row.computed == computed)


def test_counts_add_up(register):
    table = claims.by_verdict().set_index("kind")
    assert table.loc["All", "all"] == len(register) == len(data.claims())
    assert (table[claims.VERDICTS].sum(axis=1) == table["all"]).all()
    assert table.loc["All", DIFFERS] == len(claims.of(DIFFERS)) > 0
    assert len(claims.of(AGREES, ["Rank"])) == table.loc["Rank", AGREES] > 20


@pytest.mark.parametrize("chapter", list(claims_book.SENTENCES))
def test_each_recomputed_sentence_stands_in_the_cell_that_is_named(register, chapter):
    rows = register[register.claim.str.startswith(f"book {chapter} ")]
    assert len(rows) == len(claims_book.SENTENCES[chapter]) >= 1
    cells = {c["id"]: c for c in json.loads((ROOT / "chapters" / f"{chapter}.ipynb").read_text())["cells"]}
    for row in rows.itertuples():
        number = int(re.search(r"cell (\d+)", row.computed)[1])
        cell = cells[f"cell-{number:02d}"]
        text = "".join(cell["outputs"][0]["data"]["text/markdown"]).replace("**", "")
        assert row.statement.removeprefix("\N{HORIZONTAL ELLIPSIS} ") in text


def test_each_answer_of_the_findings_is_in_the_register():
    """The first thing that a chapter prints is its answer; the court records, which are no part of data/, stand apart."""
    findings = [path.stem for path in CHAPTERS if path.stem[0].isdigit() and path.stem != "08-court-records"]
    assert len(findings) >= 7
    for chapter in findings:
        answer = next(text for text in claims_book.stored(chapter).values() if text)
        assert any(make() in answer for make in claims_book.SENTENCES[chapter]), chapter


def test_a_key_twice_is_an_error(monkeypatch):
    entry = claims.Claim("key", "Rank", "", "said", "computed", AGREES)
    monkeypatch.setattr(claims, "_entries", lambda: (entry, entry))
    with pytest.raises(DataError, match="has 'key' twice"):
        claims.register()


def test_a_chapter_that_is_not_there_prints_nothing():
    assert claims_book.stored("99-none") == {}
    assert claims_book._where("99-none", "x") == (False, "not printed in 99-none")


@pytest.mark.parametrize(
    ("value", "others", "limits"),
    [
        (50, {"A": (60, 2), "B": (40, 9)}, (3, 8)),
        (60, {"A": (60, 2), "B": (40, 9)}, (2, 2)),
        (70, {"A": (60, 2)}, (1, 1)),
        (10, {"A": (60, 2)}, (3, 56)),
    ],
)
def test_ranks_between_two_others(value, others, limits):
    table = pd.DataFrame.from_dict(others, orient="index", columns=["value", "published_rank"])
    assert claims_figures._between(value, table) == limits


def test_a_rank_is_recomputed_from_all_others_alone():
    known = implied.facts(2019, "new_criminal_cases")[implied.STATED]
    known.loc["KY", "rank"] = 40
    assert bounds.implied_rank(known, "KY", 145, 56, 20) == (6, 15)


CHANGES = [
    ("MO,,2019,restitution_pct,22,", "MO,,2019,restitution_pct,23,", "share MO 2019.*was agrees, now differs"),
    ("IA,,2020,new_criminal_cases,5,", "IA,,2020,new_criminal_cases,4,", "districts IA 2020.*was agrees, now differs"),
    ("US,,2019,new_labor_cases,9,", "US,,2019,new_labor_cases,8,", "parts US 2019 new.*was agrees, now differs"),
    (
        "US,,2018,new_defendants,287,",
        "US,,2018,new_defendants,288,",
        "change new_defendants 2019: was agrees, now differs",
    ),
    ("US,,2018,convictions,346,", "US,,2018,convictions,300,", "editions US 2018 convictions.*was differs, now agrees"),
]


@pytest.mark.integration
def test_a_changed_figure_changes_a_verdict(copy):
    path = copy / "figures.csv"
    text = path.read_text()
    for old, new, _ in CHANGES:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text)
    found = claims.changed()
    for *_, sentence in CHANGES:
        assert any(re.search(sentence, line) for line in found), sentence


def test_figures_that_contradict_each_other_stop_the_register(copy):
    path = copy / "figures.csv"
    path.write_text(path.read_text().replace("VA,,2019,new_criminal_cases,2,22", "VA,,2019,new_criminal_cases,2,23", 1))
    with pytest.raises(InconsistentFigures, match="Arkansas 2, ranked 22nd; Virginia 2, ranked 23rd"):
        claims.register()


@pytest.mark.integration
def test_new_and_lost_entries_are_named_and_recorded_when_meant(copy):
    path = copy / "claims.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], "no such entry,agrees,", *lines[2:]]) + "\n")
    lost = lines[1].split(",")[0]
    assert claims.changed() == [f"{lost}: new, agrees", "no such entry: no longer in the register"]
    runpy.run_path(str(ROOT / "data" / "verdicts.py"))["record"]()
    data.clear_cache()
    assert claims.changed() == [] and path.read_text().splitlines() == lines
