"""Published summaries read into rows: round trips, wordings, what must not be read, bad files, and writing."""

import io
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from itertools import zip_longest

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib import additions, check, data, documents, phrases
from lib.__main__ import main
from lib.errors import BookError, DataError, DocumentError
from lib.ingest import read_summary
from lib.reading import in_order
from tests import synthetic_summaries as synthetic
from tests.conftest import ROOT

PLACES = data.jurisdictions().usps.tolist()
HEAD = "2019 STATE SUMMARY: OHIO\nHOW DOES YOUR STATE STACK UP?\n\n"
KEY = "KEY FINDINGS FROM FEDERAL PROSECUTIONS IN 2019\n"


def stated(reading):
    """Values and ranks of a reading, keyed as in `synthetic.Figures`."""
    rows = reading.rows.assign(court_id=reading.rows.court_id.fillna(""))
    rows = rows.set_index(["jurisdiction", "court_id", "year", "metric"])
    return tuple({tuple(k): int(v) for k, v in rows[c].dropna().items()} for c in ("value", "published_rank"))


def read(tmp_path, content):
    path = tmp_path / "summary.txt"
    path.write_text(content, encoding="utf-8")
    return read_summary(path)


def ohio(tmp_path, *sentences):
    """What a summary for Ohio with these sentences states of Ohio: {metric: value or (value, rank)}."""
    rows = read(tmp_path, HEAD + "\n".join(sentences) + "\n\nNational convictions: 339\n").rows
    rows = rows[(rows.jurisdiction == "OH") & rows.court_id.isna() & (rows.year == 2019)]
    both = rows[rows.published_rank.notna()]
    ranked = {r.metric: (None if pd.isna(r.value) else int(r.value), int(r.published_rank)) for r in both.itertuples()}
    return {r.metric: int(r.value) for r in rows.itertuples() if pd.notna(r.value)} | ranked


# --- the published Missouri summary -------------------------------------------------------------------------------


def missouri_2019():
    """The figures of the published summary, as data/ has them, for a document in words of our own."""
    rows = data.figures()
    rows = rows[rows.source_id == "hti-missouri-2019"].reset_index(drop=True)
    keys = zip(rows.jurisdiction, [""] * len(rows), map(int, rows.year), rows.metric, strict=True)
    pairs = list(zip(keys, rows.value, rows.published_rank, strict=True))
    values = {key: int(value) for key, value, _ in pairs}
    ranks = {key: int(rank) for key, _, rank in pairs if pd.notna(rank)}
    return synthetic.Figures("MO", "Missouri", 2019, values, ranks), rows


@pytest.mark.parametrize(
    "spoil", [lambda f: synthetic.text(f), lambda f: synthetic.typographic(synthetic.text(f)), synthetic.side_by_side]
)
def test_the_figures_of_the_missouri_summary_give_exactly_its_rows(tmp_path, spoil):
    known, rows = missouri_2019()
    reading = read(tmp_path, spoil(known))
    pd.testing.assert_frame_equal(reading.rows, rows)
    assert (reading.source_id, reading.conflicts) == ("hti-missouri-2019", ())
    assert set(reading.missing) == {
        *(f"MO 2019 new_{kind}_cases" for kind in ("sex", "labor")),
        *(f"{court} 2019 {metric}" for court in ("moed", "mowd") for metric in ("new_criminal_cases", "convictions")),
    }
    title = data.sources().set_index("source_id").title["hti-missouri-2019"]
    assert reading.title == title


# --- round trips --------------------------------------------------------------------------------------------------

SPOILT = [
    synthetic.text,
    lambda f: synthetic.wrapped(synthetic.text(f), 61),
    lambda f: synthetic.typographic(synthetic.wrapped(synthetic.text(f), 70, hyphenate=False)),
    synthetic.side_by_side,
]


@pytest.mark.integration
@pytest.mark.parametrize("edition", synthetic.EDITIONS)
def test_all_56_places_in_the_wording_of_an_edition(tmp_path, edition):
    for index, usps in enumerate(PLACES):
        known = synthetic.figures(usps, edition)
        reading = read(tmp_path, SPOILT[(index + edition) % len(SPOILT)](known))
        assert stated(reading) == (known.values, known.ranks), usps
        assert (reading.place, reading.edition, reading.conflicts) == (usps, edition, ())


@pytest.mark.slow
@pytest.mark.parametrize("half", [0, 1])
def test_all_56_places_as_pdf(tmp_path, half):
    for index, usps in list(enumerate(PLACES))[half::2]:
        known = synthetic.figures(usps, 2018 + index % 6)
        synthetic.pdf(known, tmp_path / "x.pdf", two_columns=index % 4 < 2)
        assert stated(read_summary(tmp_path / "x.pdf")) == (known.values, known.ranks), usps


@pytest.mark.parametrize("two_columns", [False, True])
def test_a_pdf_in_one_and_in_two_columns(tmp_path, two_columns):
    for usps, edition in (("TX", 2019), ("MP", 2023)):
        known = synthetic.figures(usps, edition)
        synthetic.pdf(known, tmp_path / "x.pdf", two_columns)
        assert stated(read_summary(tmp_path / "x.pdf")) == (known.values, known.ranks)


@pytest.mark.parametrize("edition", synthetic.EDITIONS)
def test_alternating_lines_of_two_columns_give_true_figures_or_none(tmp_path, edition):
    found = 0
    for usps in PLACES[edition % 5 :: 5]:
        known = synthetic.figures(usps, edition)
        values, ranks = stated(read(tmp_path, synthetic.interleaved(known)))
        assert values.items() <= known.values.items() and ranks.items() <= known.ranks.items()
        found += (usps, "", edition, "new_criminal_cases") in values and (usps, "", edition, "convictions") in values
    assert found == len(PLACES[edition % 5 :: 5])


@pytest.mark.parametrize("edition", synthetic.EDITIONS)
def test_two_columns_run_together_give_true_figures_or_none(tmp_path, edition):
    """Each line holds a line of both columns, one space apart: nobody could tell where one ends."""
    for usps in PLACES[edition % 8 :: 8]:
        known = synthetic.figures(usps, edition)
        left, right, rest = synthetic.columns(known)
        lines = [synthetic.wrapped(column, 47, hyphenate=False).splitlines() for column in (left, right)]
        both = "\n".join(f"{one} {two}" for one, two in zip_longest(*lines, fillvalue=""))
        values, ranks = stated(read(tmp_path, f"{both}\n{rest}"))
        assert values.items() <= known.values.items() and ranks.items() <= known.ranks.items()


# --- wordings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "Federal prosecutors in Ohio filed 1 new criminal case in 2019, tied for 28th.",
            {"new_criminal_cases": (1, 28)},
        ),
        ("Federal prosecutors in Ohio had no new cases in 2019.", {"new_criminal_cases": 0}),
        (
            "Federal prosecutors in Ohio did not charge any new criminal human trafficking cases in 2019.",
            {"new_criminal_cases": 0},
        ),
        ("Ohio had a single active case in 2019, ranked T-44th.", {"active_criminal_cases": (1, 44)}),
        (
            "Ohio had twenty-five pending cases in 2019, which placed it twenty-first.",
            {"active_criminal_cases": (25, 21)},
        ),
        ("Ohio had twenty-\nfive pending cases in 2019.", {"active_criminal_cases": 25}),
        ("In Ohio, 12 cases were active in 2019.", {"active_criminal_cases": 12}),
        ("Federal courts in Ohio convicted zero defendants in 2019.", {"convictions": 0}),
        ("Federal courts in Ohio convicted one defendant in 2019, ranking it 35 th.", {"convictions": (1, 35)}),
        ("Federal courts in Ohio recorded 1,024 convictions in 2019.", {}),  # more than the nation
        ("Federal courts in Ohio recorded 24 convictions in 2019.", {"convictions": 24}),
        (
            "Federal judges in Ohio ordered all 4 convicted defendants to pay restitution in 2019.",
            {"restitution_ordered": 4, "restitution_convicted": 4},
        ),
        (
            "Federal judges in Ohio ordered none of the three convicted defendants to pay restitution in 2019.",
            {"restitution_ordered": 0, "restitution_convicted": 3},
        ),
        (
            "Federal judges in Ohio ordered 2 convicted defendants to pay restitution in 2019.",
            {"restitution_ordered": 2},
        ),
        ("Federal judges in Ohio did not order any defendant to pay restitution in 2019.", {"restitution_ordered": 0}),
        ("The average prison sentence in Ohio was 120 months in 2019.", {"mean_sentence_months": 120}),
        (
            "Federal prosecutors in Ohio charged 12 defendants in 7 new cases in 2019.",
            {"new_defendants": 12, "new_criminal_cases": 7},
        ),
        ("Ohio had 3 new cases in 2019, down from 12 in 2018.", {"new_criminal_cases": 3}),
        ("New cases in Ohio rose from 5 new cases in 2018 to 7 new cases in 2019.", {"new_criminal_cases": 7}),
        (
            "Ohio had 3 new cases in 2019, tied with Georgia, the District of Columbia and Texas for 12th.",
            {"new_criminal_cases": (3, 12)},
        ),
        ("In Ohio there were 3 cases that were pending in 2019.", {"active_criminal_cases": 3}),
        ("Ohio ranked 9th for number of new cases in 2019.", {"new_criminal_cases": (None, 9)}),
        (
            "Ohio had 7 new criminal cases in 2019. Of these, 6 were sex trafficking cases and one was a forced labor case.",
            {"new_criminal_cases": 7, "new_sex_cases": 6, "new_labor_cases": 1},
        ),
        (
            "Ohio had 7 new cases in 2019, including 6 sex trafficking cases.",
            {"new_criminal_cases": 7, "new_sex_cases": 6},
        ),
        (
            "Ohio had 9 active cases in 2019 (8 sex trafficking and 1 labor trafficking).",
            {"active_criminal_cases": 9, "active_sex_cases": 8, "active_labor_cases": 1},
        ),
        (
            "Federal judges in Ohio ordered 1 out of 3 defendants to pay restitution (33%) in 2019, ranking it 17th in the "
            "country for the share of defendants who pay restitution.",
            {"restitution_ordered": 1, "restitution_convicted": 3, "restitution_pct": (33, 17)},
        ),
        (
            "Federal judges in Ohio ordered 1 of 3 defendants to pay restitution in 2019, ranking it 17th for number of "
            "restitution orders.",
            {"restitution_ordered": (1, 17), "restitution_convicted": 3},
        ),
    ],
)
def test_wordings(tmp_path, sentence, expected):
    filler = "Ohio had 900 active defendants in 2019.\n"
    assert ohio(tmp_path, filler, sentence) == {"active_defendants": 900} | expected


@pytest.mark.parametrize(
    "sentence",
    [
        "In Ohio, 100% of new cases were sex trafficking cases in 2019.",
        "Ohio had about 7 new cases in 2019.",
        "Ohio had at least 7 new cases in 2019.",
        "Ohio had 5 to 7 new cases in 2019.",
        "Ohio had 5-7 new cases in 2019.",
        "Ohio had two hundred five new cases in 2019.",
        "Ohio had 7.5 new cases in 2019.",
        "Ohio had 7½ new cases in 2019.",
        "Ohio had -7 new cases in 2019.",
        "Ohio had $7 new cases in 2019.",
        "Ohio had 3 7 new cases in 2019.",
        "Ohio had one of 145 new cases in 2019.",
        "Ohio did not have 7 new cases in 2019.",
        "Since 2000, Ohio had 70 new cases.",
        "Ohio would have had 7 new cases in 2019.",
        "Kansas had 7 new cases in 2019, more than Ohio.",
        "Ohio had 7 new civil cases in 2019.",
        "Nationally there were 145 new cases in 2019, 7 in Ohio.",
        "Federal courts nationwide convicted 339 defendants in 2019.",
        "Federal courts in Ohio convicted 9 new criminal cases in 2019.",
        "Ohio had \u0667 new cases in 2019.",
        "Ohio had 7\u0336 new cases in 2019.",
        "Federal prosecutors in Ohio had 2018 new cases.",
        "In 2019 Ohio had new cases 7.",
        "Ohio had 7 new cases in fiscal year 2019.",
        "Ohio had 7 new cases in the first half of 2019.",
        "Ohio had cases. Of these, 7 new cases were national.",
        "Ohio had cases. Of these, 7 new cases were in Kansas.",
        "Federal prosecutors in Kansas City, Ohio and Kansas had 7 new cases in 2019.",
    ],
)
def test_what_does_not_state_a_count_is_not_read(tmp_path, sentence):
    assert ohio(tmp_path, "Ohio had 900 active defendants in 2019.", sentence) == {"active_defendants": 900}


@pytest.mark.parametrize(
    "sentence",
    [
        "Ohio had 7 new cases in 2019, ranking it 5th for number of active cases.",
        "Ohio had 7 new cases in 2019 under the 13th Amendment.",
        "Ohio had 7 new cases in 2019, ranking it 77th.",
        "Ohio had 7 new cases in 2019, ranking it first.",
    ],
)
def test_a_rank_for_something_else_is_no_rank(tmp_path, sentence):
    expected = (7, 1) if "first" in sentence else 7
    assert ohio(tmp_path, sentence) == {"new_criminal_cases": expected}


@pytest.mark.parametrize("value", ["no data", "339.5", "33%", "1 of 5", "2019"])
def test_a_label_needs_a_number(tmp_path, value):
    reading = read(tmp_path, f"{HEAD}Ohio had 7 new cases in 2019.\nNational convictions: {value}\n")
    assert "US 2019 convictions" in reading.missing


def test_a_footnote_mark_is_no_digit(tmp_path):
    assert ohio(tmp_path, "Ohio had 7\u00b9 new cases in 2019.") == {"new_criminal_cases": 7}


def test_a_restitution_rank_without_its_basis_is_open(tmp_path):
    reading = read(
        tmp_path, HEAD + "Federal judges in Ohio ordered 1 of 3 defendants to pay restitution in 2019, ranking it 17th."
    )
    assert reading.rows.published_rank.isna().all() and "OH 2019 restitution rank" in reading.missing


def test_a_rank_alone_has_no_value(tmp_path):
    reading = read(tmp_path, HEAD + "Ohio ranked 9th for number of new cases in 2019.")
    row = reading.rows.iloc[0]
    assert pd.isna(row["value"]) and row["published_rank"] == 9 and "OH 2019 new_criminal_cases" in reading.missing


def test_a_percentage_alone_on_a_line_counts_only_when_it_is_the_share(tmp_path):
    text = HEAD + "Federal judges in Ohio ordered 2 of 9 defendants to pay restitution in 2019.\n{}\n94%\n"
    assert stated(read(tmp_path, text.format("22%")))[0]["OH", "", 2019, "restitution_pct"] == 22
    assert ("OH", "", 2019, "restitution_pct") not in stated(read(tmp_path, text.format("25%")))[0]
    zero = HEAD + "Federal judges in Ohio ordered 0 of 0 defendants to pay restitution in 2019.\n0%\n"
    assert ("OH", "", 2019, "restitution_pct") not in stated(read(tmp_path, zero))[0]


def test_courts_are_told_from_the_state(tmp_path):
    text = HEAD + (
        "Federal prosecutors in the Southern District of Ohio charged 3 new cases in 2019. Ohio had 5 new cases in 2019.\n"
        "CONVICTIONS BY DISTRICT\nNorthern District of Ohio\n4\nSouthern District of Ohio\n1\n"
    )
    values, _ = stated(read(tmp_path, text))
    assert values == {
        ("OH", "", 2019, "new_criminal_cases"): 5,
        ("OH", "ohsd", 2019, "new_criminal_cases"): 3,
        ("OH", "ohnd", 2019, "convictions"): 4,
        ("OH", "ohsd", 2019, "convictions"): 1,
    }


def test_a_sentence_about_two_courts_belongs_to_neither(tmp_path):
    both = "Federal prosecutors in the Northern District of Ohio and the Southern District of Ohio charged 3 new cases in 2019."
    values, _ = stated(read(tmp_path, HEAD + both + " Ohio had 5 new cases in 2019.\n"))
    assert values == {("OH", "", 2019, "new_criminal_cases"): 5}


def test_rows_are_shown_before_they_are_written_and_not_again(tmp_path, data_copy, capsys):
    path = tmp_path / "ohio.txt"
    path.write_text(HEAD + "Ohio had 5 new cases in 2019.\n")
    row = "OH,,2019,new_criminal_cases,5,,2019,hti-ohio-2019,"
    assert main(["ingest", str(path)]) == 0
    out = capsys.readouterr().out
    assert f"\n{row}\n" in out and "1 figure, no conflicts" in out and "nothing written now" in out
    assert main(["ingest", str(path), "--write"]) == 0
    out = capsys.readouterr().out
    assert f"\n{row}\n" not in out and f"+{row}" in out and "nothing written now" not in out


@pytest.mark.parametrize(
    "chart",
    [
        "Northern\nSouthern\n4\n1",
        "Northern 4 0\nSouthern 1 0",
        "Northern 4\nSouthern 20%",
        "Northern 4\nEastern 1",
        "Northern 4\nNorthern 1",
    ],
)
def test_a_chart_that_can_be_paired_in_two_ways_is_not_read(tmp_path, chart):
    reading = read(tmp_path, HEAD + f"Ohio had 5 new cases in 2019.\nCONVICTIONS BY DISTRICT\n{chart}\n")
    assert "ohnd 2019 convictions" in reading.missing and reading.rows.court_id.isna().all()


def test_national_counts_by_type_come_from_the_chart(tmp_path):
    chart = "2019 FEDERAL HUMAN TRAFFICKING DATA\nNEW CRIMINAL CASES\n136 Sex Trafficking\n9 Forced Labor\n"
    text = f"{HEAD}Ohio had 1 new case in 2019.\n{KEY}145 NEW CASES (170 in 2018)\n{chart}NEW CIVIL CASES\n"
    values, _ = stated(read(tmp_path, text))
    assert values["US", "", 2019, "new_sex_cases"] == 136 and values["US", "", 2019, "new_labor_cases"] == 9


@pytest.mark.parametrize(
    "form",
    [
        "145 NEW CASES\n170 IN 2018",
        "145 new cases, down from 170 in 2018",
        "145 NEW CASES (2018: 170)",
        "145 New Cases | 170 in 2018",
    ],
)
def test_key_findings_in_other_forms(tmp_path, form):
    values, _ = stated(read(tmp_path, f"{HEAD}Ohio had 1 new case in 2019.\n{KEY}{form}\n"))
    assert (values["US", "", 2019, "new_criminal_cases"], values["US", "", 2018, "new_criminal_cases"]) == (145, 170)


def test_numbers_above_their_labels_are_not_paired(tmp_path):
    text = f"{HEAD}Ohio had 1 new case in 2019.\n{KEY}145 271\nNEW CASES NEW DEFENDANTS\n170 IN 2018 287 IN 2018\n"
    assert not (read(tmp_path, text).rows.jurisdiction == "US").any()


# --- conflicts ----------------------------------------------------------------------------------------------------


def test_two_statements_that_differ_are_a_conflict_and_neither_is_taken(tmp_path):
    reading = read(
        tmp_path,
        HEAD
        + "Ohio had 7 new cases in 2019, ranking it 5th. Ohio had 8 new cases in 2019. Ohio had 9 active cases in 2019.",
    )
    assert stated(reading) == ({("OH", "", 2019, "active_criminal_cases"): 9}, {})
    (conflict,) = reading.conflicts
    assert conflict.about == "OH 2019 new_criminal_cases"
    assert "7 in " in str(conflict) and "8 in " in str(conflict)


@pytest.mark.parametrize(
    ("sentences", "gone"),
    [
        ("Federal judges in Ohio ordered 4 of 3 defendants to pay restitution in 2019.", "restitution_ordered"),
        ("Federal judges in Ohio ordered 2 of 3 defendants to pay restitution (22%) in 2019.", "restitution_pct"),
        ("Ohio had 7 new cases in 2019 (6 sex trafficking, 2 forced labor).", "new_criminal_cases"),
        ("Ohio had 7 new cases in 2019 and 5 active cases in 2019.", "new_criminal_cases"),
        ("Federal courts in Ohio convicted 400 defendants in 2019.", "convictions"),
        (
            "Federal courts in Ohio convicted 5 defendants in 2019.\nCONVICTIONS BY DISTRICT\nNorthern 2 Southern 2",
            "convictions",
        ),
    ],
)
def test_figures_that_cannot_all_be_true_are_not_taken(tmp_path, sentences, gone):
    reading = read(tmp_path, f"{HEAD}National convictions: 339\nOhio had 900 active defendants in 2019.\n{sentences}\n")
    assert gone not in set(reading.rows[reading.rows.jurisdiction == "OH"].metric)
    assert any(gone in str(conflict) for conflict in reading.conflicts)


# --- bad files ----------------------------------------------------------------------------------------------------


def pdf_bytes(pages=1, password=None):
    from pypdf import PdfWriter

    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(612, 792)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def article():
    return (
        "Federal prosecutors in Ohio charged 7 new criminal cases in 2019, a report of the Human Trafficking Institute says.\n"
        * 3
    )


BAD = {
    "empty.txt": (b"", "holds no text"),
    "blank.pdf": (pdf_bytes, "holds no text: it is empty or a scanned picture"),
    "locked.pdf": (lambda: pdf_bytes(password="secret"), "locked with a password"),
    "long.pdf": (lambda: pdf_bytes(pages=150), "has 150 pages"),
    "damaged.pdf": (b"%PDF-1.7\n1 0 obj << /Type /Catalog", "damaged PDF"),
    "cut.pdf": (lambda: pdf_bytes()[:200], "damaged PDF"),
    "binary.txt": (bytes(range(256)) * 40, "neither a PDF nor text"),
    "control.txt": (b"\x00\x01\x02 Ohio " * 90, "binary data"),
    "latin1.txt": ("2019 State Summary – Ohio ’".encode("cp1252"), "save it as PDF or as UTF-8"),
    "odd16.txt": (b"\xff\xfeO\x00h", "neither a PDF nor text"),
    "page.html": (b"<!DOCTYPE html><html><p>Ohio</html>", "web page"),
    "novel.txt": (b"It was a dark night in Ohio. No one had 7 new cases.\n" * 50, "too few of the headings"),
    "article.txt": (article, "too few of the headings"),
    "none.txt": (
        b"HOW DOES YOUR STATE STACK UP?\nKEY FINDINGS FROM FEDERAL PROSECUTIONS IN 2019\n",
        "it names no state",
    ),
    "many.txt": (lambda: "".join(synthetic.text(synthetic.figures(p, 2019)) for p in PLACES[:9]), "it is about"),
    "years.txt": (lambda: HEAD + KEY.replace("2019", "2020") + "Ohio had 7 new cases.", "the years 2019 and 2020"),
    "undated.txt": (b"STATE SUMMARY: OHIO\nHOW DOES YOUR STATE STACK UP?\nOhio had 7 new cases.", "no report year"),
    "figureless.txt": (lambda: HEAD + "Sex Trafficking Forced Labor", "states no figure of a state"),
    "huge.txt": (b"Ohio\n" * 30_000, "150,000 characters"),
    "large.txt": (b"x" * (documents.MAX_BYTES + 1), "has 20 MB"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_sentence_and_writes_nothing(tmp_path, data_copy, capsys, name):
    content, message = BAD[name]
    content = content() if callable(content) else content
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    before = snapshot(data_copy)
    assert main(["ingest", str(path), "--write"]) == 1
    out, err = capsys.readouterr()
    assert message in err and name in err and len(err.splitlines()) == 2 and "Traceback" not in out + err
    assert snapshot(data_copy) == before


def test_a_folder_a_device_and_a_missing_file(tmp_path):
    for path, message in (
        (tmp_path, "is a folder"),
        ("/dev/null", "not an ordinary file"),
        (tmp_path / "no.pdf", "No such file"),
        ("a\0b", "cannot be read"),
    ):
        with pytest.raises(DocumentError, match=message):
            read_summary(path)


def test_a_locked_pdf_without_a_password_is_read(tmp_path):
    from pypdf import PdfReader, PdfWriter

    known = synthetic.figures("GU", 2020)
    synthetic.pdf(known, tmp_path / "plain.pdf")
    writer = PdfWriter(clone_from=PdfReader(tmp_path / "plain.pdf"))
    writer.encrypt("", "owner", algorithm="RC4-128")
    writer.write(tmp_path / "x.pdf")
    assert stated(read_summary(tmp_path / "x.pdf")) == (known.values, known.ranks)


def test_an_empty_page_between_is_no_obstacle(tmp_path):
    from pypdf import PdfReader, PdfWriter

    known = synthetic.figures("WY", 2021)
    synthetic.pdf(known, tmp_path / "plain.pdf")
    writer = PdfWriter()
    for page in PdfReader(tmp_path / "plain.pdf").pages:
        writer.add_page(page)
        writer.add_blank_page()
    writer.write(tmp_path / "x.pdf")
    assert stated(read_summary(tmp_path / "x.pdf")) == (known.values, known.ranks)


def test_every_cut_of_a_pdf_gives_true_figures_or_one_sentence(tmp_path):
    known = synthetic.figures("GU", 2020)
    synthetic.pdf(known, tmp_path / "x.pdf")
    whole = (tmp_path / "x.pdf").read_bytes()
    refused = 0
    for end in range(1, len(whole), len(whole) // 12):
        (tmp_path / "cut.pdf").write_bytes(whole[:end])
        try:
            values, ranks = stated(read_summary(tmp_path / "cut.pdf"))
        except DocumentError:
            refused += 1
        else:
            assert values.items() <= known.values.items() and ranks.items() <= known.ranks.items()
    assert refused >= 6


def test_a_pdf_that_takes_too_long_is_given_up(tmp_path, monkeypatch):
    (tmp_path / "x.pdf").write_bytes(pdf_bytes())
    monkeypatch.setattr(documents, "MAX_SECONDS", 0.05)
    monkeypatch.setattr(documents, "_extracted", lambda content, name: time.sleep(5))
    with pytest.raises(DocumentError, match="takes longer than"):
        read_summary(tmp_path / "x.pdf")


def test_utf16_with_its_mark_is_text(tmp_path):
    known = synthetic.figures("VI", 2018)
    (tmp_path / "x.txt").write_bytes(synthetic.text(known).encode("utf-16"))
    assert stated(read_summary(tmp_path / "x.txt")) == (known.values, known.ranks)


@pytest.mark.parametrize(
    "unit",
    [
        "Federal prosecutors in Ohio charged ",
        "7 new criminal human trafficking ",
        "1,111,",
        "twenty ",
        "ranking it ",
        "a   ",
        "<a ",
        "*_",
        "CONVICTIONS BY DISTRICT\nNorthern 1 ",
        "145 NEW CASES ",
        "average sentence ",
        "Northern District of ",
        "KEY FINDINGS\n",
        "1 case in ",
        "federal federal criminal ",
        "\xad\n",
        "   7   cases\n",
    ],
)
def test_long_hostile_input_takes_no_long_time(tmp_path, unit):
    text = HEAD + "Ohio had 1 new case in 2019.\n" + unit * (90_000 // len(unit))
    began = time.process_time()
    with suppress(BookError):
        read(tmp_path, text)
    assert time.process_time() - began < 10


# --- whatever comes -----------------------------------------------------------------------------------------------

_PIECES = sorted(
    {
        w
        for e in synthetic.EDITIONS
        for s in synthetic.sentences(synthetic.figures("OH", e)).values()
        for w in re.findall(r"\S+", s)
    }
)
_TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(
        st.sampled_from(
            [*_PIECES, "7", "12", "no", "22%", "\n", "5th,", "in 2019.", "1,058", "Kansas", "IN 2018", "NEW CASES"]
        ),
        max_size=60,
    ).map(" ".join),
)


def literal(number: int, text: str) -> bool:
    """Whether a number stands in a text, as digits or as a word."""
    words = {word for word, value in {**phrases.WORDS, **phrases.ORDINALS}.items() if value == number}
    return (
        f"{number:,}" in text
        or str(number) in text
        or any(word in text.lower() for word in words)
        or (number == 0 and "any" in text)
    )


@settings(max_examples=60, deadline=None)
@given(content=_TEXTS, with_head=st.booleans())
def test_any_text_gives_literal_figures_or_one_sentence(tmp_path_factory, content, with_head):
    path = tmp_path_factory.mktemp("any") / "x.txt"
    text = (HEAD + KEY if with_head else "") + content
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        values, ranks = stated(read_summary(path))
    except BookError as error:
        assert len(str(error).splitlines()) == 1 and str(error).isprintable()
        return
    plain = documents.plain(text)
    for number in [*values.values(), *ranks.values()]:
        assert literal(number, plain)


@settings(max_examples=25, deadline=None)
@given(number=st.integers(0, 999), edition=st.sampled_from(synthetic.EDITIONS), usps=st.sampled_from(PLACES))
def test_one_changed_figure_is_read_as_changed_or_reported(tmp_path_factory, number, edition, usps):
    known = synthetic.figures(usps, edition)
    key = (usps, "", edition, "outside_tvpa_cases")
    changed = replace(known, values=known.values | {key: number})
    path = tmp_path_factory.mktemp("one") / "x.txt"
    path.write_text(synthetic.text(changed))
    reading = read_summary(path)
    assert stated(reading)[0].get(key) == (number if number <= 100 else None)  # the nation has 100
    assert bool(reading.conflicts) == (number > 100)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 99))
def test_numbers_in_words(number):
    tens, ones = divmod(number, 10)
    words = {value: word for word, value in phrases.WORDS.items() if word not in {"no", "none", "a single"}}
    text = words[number] if number in words else f"{words[10 * tens]}-{words[ones]}"
    assert phrases.number(text) == phrases.number(text.replace("-", " ")) == number
    assert re.fullmatch(phrases.A, text, re.IGNORECASE)


# --- writing ------------------------------------------------------------------------------------------------------


def snapshot(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def save(folder, known, name="summary.txt"):
    (folder / name).write_text(synthetic.text(known))
    return str(folder / name)


def test_the_tables_are_stored_as_they_are_written():
    for name in ("figures", "sources"):
        table = getattr(data, name)()
        assert table.to_csv(index=False, lineterminator="\n") == (data.data_dir() / f"{name}.csv").read_text()
    pd.testing.assert_frame_equal(in_order(data.figures()), data.figures())


def test_nothing_is_written_without_write(tmp_path, data_copy, capsys):
    before = snapshot(data_copy)
    assert main(["ingest", save(tmp_path, synthetic.figures("OH", 2020))]) == 0
    assert main(["ingest", save(tmp_path, synthetic.figures("OH", 2020)), "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "nothing written now" in out and "\n+OH,,2020,active_criminal_cases," in out and "Not found: " in out
    assert snapshot(data_copy) == before


def test_write_adds_rows_source_and_hashes_and_is_idempotent(tmp_path, data_copy, capsys):
    known = synthetic.figures("OH", 2020)
    path = save(tmp_path, known)
    rows = len(data.figures())
    assert main(["ingest", path, "--write"]) == 0
    assert check.check() == []
    added = data.figures()[data.figures().source_id == "hti-ohio-2020"]
    assert len(data.figures()) == rows + len(added)
    assert data.at("OH", 2020, "new_criminal_cases") == known.of("new_criminal_cases")
    source = data.sources().set_index("source_id").loc["hti-ohio-2020"]
    assert (source.kind, source.title) == ("primary", "2020 State Summary: Ohio (Human Trafficking Institute)")
    out = capsys.readouterr().out
    assert "+hti-ohio-2020,primary," in out
    new, there = map(int, re.search(r"(\d+) figures added, 0 replaced, (\d+) there already", out).groups())
    assert new == len(added) and there > 1
    after = snapshot(data_copy)
    assert main(["ingest", path, "--write"]) == 0
    last = capsys.readouterr().out.rstrip().split("\n")[-1]
    assert snapshot(data_copy) == after and last == f"no figures added, 0 replaced, {new + there} there already."
    assert not list(data_copy.glob(".*"))


def test_the_summary_that_data_holds_adds_nothing(tmp_path, data_copy):
    before = snapshot(data_copy)
    assert main(["ingest", save(tmp_path, missouri_2019()[0]), "--write"]) == 0
    assert snapshot(data_copy) == before


@pytest.mark.slow
def test_a_whole_edition_in_one_command(tmp_path, data_copy, capsys):
    nation = {key: value for key, value in missouri_2019()[0].values.items() if key[0] == "US"}
    paths = []
    for usps in PLACES:
        known = synthetic.figures(usps, 2019)
        values = {key: min(value, 60) for key, value in known.values.items() if key[0] != "US"}
        if usps != "MO":
            paths.append(save(tmp_path, replace(known, values=values | nation), f"{usps}.txt"))
    paths.append(save(tmp_path, missouri_2019()[0], "MO.txt"))
    assert main(["ingest", *paths, "--write"]) == 0
    assert check.check() == []
    new = data.figures()
    assert set(new[new.source_id.str.startswith("hti-") & (new.year == 2019)].jurisdiction) >= set(PLACES)
    assert (new[(new.jurisdiction == "US") & new.source_id.str.startswith("hti-")].source_id.nunique()) <= 2
    assert "Error" not in capsys.readouterr().err


def test_a_differing_figure_is_refused_and_replaced_on_request(tmp_path, data_copy, capsys):
    known = missouri_2019()[0]
    changed = replace(known, values=known.values | {("MO", "", 2019, "convictions"): 11})
    path = save(tmp_path, changed)
    before = snapshot(data_copy)
    assert main(["ingest", path, "--write"]) == 1
    assert "MO 2019 convictions is 11" in (err := capsys.readouterr().err) and "add --replace" in err
    assert snapshot(data_copy) == before
    assert main(["ingest", path, "--write", "--replace"]) == 0
    out = capsys.readouterr().out
    assert "-MO,,2019,convictions,9,10" in out and "+MO,,2019,convictions,11,10" in out and "1 replaced" in out
    assert check.check() == [] and data.at("MO", 2019, "convictions") == 11


def test_a_national_figure_that_another_summary_prints_differently(tmp_path, data_copy, capsys):
    known = missouri_2019()[0]
    values = known.values | {("US", "", 2019, "convictions"): 340}
    path = save(
        tmp_path,
        replace(
            known,
            usps="OH",
            name="Ohio",
            values={(("OH" if k[0] == "MO" else k[0]), *k[1:]): v for k, v in values.items()},
            ranks={("OH", *k[1:]): v for k, v in known.ranks.items()},
        ),
    )
    assert main(["ingest", path, "--write"]) == 1
    assert (
        "US 2019 convictions is 340 (edition 2019, hti-ohio-2019), but US 2019 convictions is 339"
        in capsys.readouterr().err
    )
    assert main(["ingest", path, "--write", "--replace"]) == 0
    rows = data.figures().query("jurisdiction == 'US' and year == 2019 and metric == 'convictions'")
    assert list(rows.source_id) == ["hti-ohio-2019"] and check.check() == []


def test_two_files_that_differ_are_refused_even_with_replace(tmp_path, data_copy, capsys):
    known = missouri_2019()[0]
    one = save(tmp_path, known, "one.txt")
    two = save(tmp_path, replace(known, values=known.values | {("MO", "", 2019, "convictions"): 11}), "two.txt")
    assert main(["ingest", one, two, "--write", "--replace"]) == 1
    assert "another of these files" in capsys.readouterr().err


def test_a_press_report_stays_beside_the_summary(tmp_path, data_copy, capsys):
    known = synthetic.figures("KY", 2019)
    nation = {key: value for key, value in missouri_2019()[0].values.items() if key[0] == "US"}
    changed = replace(
        known,
        values={
            **known.values,
            **nation,
            ("KY", "", 2019, "convictions"): 3,
            ("KY", "", 2019, "restitution_ordered"): 0,
            ("KY", "", 2019, "restitution_convicted"): 3,
            ("KY", "", 2019, "restitution_pct"): 0,
        },
        ranks=known.ranks,
    )
    changed = replace(changed, values={k: v for k, v in changed.values.items() if not k[1]})
    assert main(["ingest", save(tmp_path, changed), "--write"]) == 0
    assert "Beside a report that differs: KY 2019 convictions is 3" in capsys.readouterr().out
    rows = data.figures().query("jurisdiction == 'KY' and year == 2019 and metric == 'convictions'")
    assert set(rows.source_id) == {"wymt", "hti-kentucky-2019"} and data.at("KY", 2019, "convictions") == 3


def test_what_an_earlier_reading_left_open_is_filled(tmp_path, data_copy):
    known = synthetic.figures("OH", 2020)
    less = {key: rank for key, rank in known.ranks.items() if key[3] != "convictions"}
    text = synthetic.text(known)
    sentence = synthetic.sentences(known)["convictions"]
    (tmp_path / "less.txt").write_text(text.replace(sentence, sentence.split(", ranking")[0] + "."))
    assert main(["ingest", str(tmp_path / "less.txt"), "--write"]) == 0
    rows = data.figures().query("source_id == 'hti-ohio-2020' and jurisdiction == 'OH'")
    assert rows.published_rank.notna().sum() == len(less)
    assert main(["ingest", save(tmp_path, known), "--write"]) == 0
    rows = data.figures().query("source_id == 'hti-ohio-2020' and jurisdiction == 'OH'")
    assert rows.published_rank.notna().sum() == len(known.ranks) and check.check() == []


def test_one_bad_file_among_several_writes_nothing_and_all_problems_are_listed(tmp_path, data_copy, capsys):
    good = save(tmp_path, synthetic.figures("OH", 2020))
    before = snapshot(data_copy)
    assert main(["ingest", good, str(tmp_path / "none.pdf"), str(tmp_path), "--write"]) == 1
    err = capsys.readouterr().err
    assert "none.pdf cannot be read" in err and "is a folder" in err and "Nothing written: 2 problems" in err
    assert snapshot(data_copy) == before


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_a_failure_while_writing_leaves_everything_as_it_was(tmp_path, data_copy, monkeypatch, capsys, failing):
    real, calls = os.replace, []

    def broken(source, target):
        calls.append(target)
        if len(calls) == failing:
            raise OSError(28, "No space left on device")
        real(source, target)

    before = snapshot(data_copy)
    monkeypatch.setattr(additions.os, "replace", broken)
    assert main(["ingest", save(tmp_path, synthetic.figures("OH", 2020)), "--write"]) == 1
    assert "No space left on device" in capsys.readouterr().err
    assert snapshot(data_copy) == before


def test_an_interrupt_while_writing_leaves_everything_as_it_was(tmp_path, data_copy, monkeypatch):
    real, calls = os.replace, []

    def interrupted(source, target):
        calls.append(target)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(source, target)

    before = snapshot(data_copy)
    monkeypatch.setattr(additions.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        main(["ingest", save(tmp_path, synthetic.figures("OH", 2020)), "--write"])
    assert snapshot(data_copy) == before


def test_data_that_was_changed_by_hand_is_not_written_over(tmp_path, data_copy, capsys):
    (data_copy / "figures.csv").write_text(
        (data_copy / "figures.csv").read_text().replace("MO,,2019,convictions,9,", "MO,,2019,convictions,8,")
    )
    before = snapshot(data_copy)
    assert main(["ingest", save(tmp_path, synthetic.figures("OH", 2020)), "--write"]) == 1
    assert "make describe-data" in capsys.readouterr().err and snapshot(data_copy) == before


def test_two_at_once(tmp_path, data_copy):
    with additions.locked(), pytest.raises(DataError, match="another ingest"), additions.locked():
        pass
    with additions.locked():
        pass


def test_only_numbers_and_words_of_ours_enter(tmp_path, data_copy, capsys):
    evil = '=HYPERLINK("x")<script>alert(1)</script>\x1b[31m,@SUM(A1)'
    path = tmp_path / "=cmd\x1b.txt"
    path.write_text(
        HEAD
        + f"{evil} Ohio had 7 new cases in 2019. Ohio had 8 new cases in 2019 {evil}. Ohio had 9 active cases in 2019."
    )
    assert main(["ingest", str(path), "--write"]) == 0
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    new = [line for line in (data_copy / "figures.csv").read_text().splitlines() if "hti-ohio-2019" in line]
    assert new == ["OH,,2019,active_criminal_cases,9,,2019,hti-ohio-2019,"]
    assert "script" not in (data_copy / "sources.csv").read_text().split("hti-ohio-2019", 1)[1].split("\n")[0]


@pytest.mark.integration
def test_the_command_on_a_copy_of_data(tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(data.data_dir(), folder)
    path = save(tmp_path, synthetic.figures("OH", 2020))
    command = [sys.executable, "-m", "lib", "ingest"]
    ran = subprocess.run([*command, path, "--write", "--data", str(folder)], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert (
        "hti-ohio-2020" in (folder / "figures.csv").read_text()
        and "hti-ohio-2020" not in (data.data_dir() / "figures.csv").read_text()
    )
    help_text = subprocess.run([*command, "--help"], cwd=ROOT, capture_output=True, text=True).stdout
    assert "downloads/2019/*.pdf --write" in help_text


def test_a_data_folder_that_is_none(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["ingest", "x.txt", "--data", str(tmp_path / "none")])
    assert "is not a folder" in capsys.readouterr().err
    assert main(["ingest", "x.txt", "--data", str(tmp_path)]) == 1
    assert "holds no datapackage.json" in capsys.readouterr().err
