"""Counting court records: known answers, a slow and plain oracle, every kind of input, and what can be wrong with it."""

import gzip
import io
import re
import subprocess
import sys
import warnings
import zipfile
import zlib
from datetime import date
from functools import cache
from itertools import product

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lib import data
from lib.__main__ import main
from lib.court_records import (
    CourtRecordsError,
    SetAsideWarning,
    chapter,
    compare,
    count,
    definition,
    read,
    scan,
    sources,
)
from lib.court_records.command import years
from lib.court_records.layout import NEEDED
from lib.court_records.measures import GROUPS, MONTHS, sentence_measures
from lib.court_records.problems import EXAMPLES, Report
from tests import synthetic_court_records as synthetic

MEASURES = ["new_cases", "new_defendants", "active_cases", "active_defendants", "convictions"]
YEARS = [2016, 2018, 2019, 2021]


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A synthetic file with rows of every kind, and the defendants behind it."""
    path = tmp_path_factory.mktemp("records") / "synthetic.txt"
    return path, synthetic.write(path, rows=3000, seed=7, every=3, bad=True)


@pytest.fixture
def small(tmp_path):
    """Write a synthetic file of the rows given as dicts of changes; returns its path."""

    def write(*rows, name="small.txt", columns=synthetic.COLUMNS, end="\n"):
        path = tmp_path / name
        lines = ["\t".join(columns), *(synthetic.line(GOOD | row, columns) for row in rows)]
        path.write_bytes((end.join(lines) + end).encode("latin-1"))
        return path

    return write


GOOD = {
    "FISCALYR": 2019, "DISTRICT": "66", "OFFICE": "4", "DOCKET": "1900001", "DEFNO": "1", "REOPSEQ": 0,
    "DEFLGKY": "066004190000101001", "FILEDATE": "03/05/2019", "DISPDATE": "", "SENTDATE": "", "TERMDATE": "",
    "LOADDATE": "11/15/2019", "FTITLE1": "18:1591", "CTFILTRN": 1, "CTFIL": 1, "CTTRTRN": 0, "CTTR": 0,
}  # fmt: skip
ENDED = {"FISCALYR": 2020, "LOADDATE": "11/15/2020", "CTFILTRN": 0, "CTFIL": 0, "CTTRTRN": 1, "CTTR": 1,
         "DISPDATE": "12/20/2019", "TERMDATE": "02/01/2020", "TTITLE1": "18:1591", "DISP1": 4, "PRISTOT": 120}  # fmt: skip


read_once = cache(read)


def found(path, year, measure="new_defendants", group="tvpa", charges=None, **options):
    """One national number; a file is read once for all numbers asked of it."""
    table = read_once(path, charges).count([year], **options).set_index("group")
    return table.loc[group, measure]


def quiet(path, *arguments, **options):
    """Count although rows are set aside."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SetAsideWarning)
        return count(path, *arguments, **options)


# Known answers


@pytest.mark.parametrize("by", ["nation", "state", "district"])
def test_known_answers_of_every_place_year_and_group(made, by):
    path, told = made
    homes = data.districts().groupby("jurisdiction").court_id.agg(set)
    courts = {"nation": lambda p: None, "state": lambda p: homes[p], "district": lambda p: {p}}[by]
    table = read_once(path).count(YEARS, by=by).set_index(["place", "year", "group"])
    for (place, year, group), measure in product(table.index, MEASURES):
        if by != "nation" and place not in {"MO", "AK", "NY", "GU", "CA", "mowd", "akd", "nysd", "gud"}:
            continue
        true = synthetic.answers(told, measure, year, group, courts(place))
        assert table.loc[(place, year, group), measure] == true, (place, year, group, measure)
    assert table[MEASURES].sum().min() > 0


def test_places_add_up(made):
    path, _ = made
    tables = {by: read_once(path).count(YEARS, by=by) for by in ("nation", "state", "district")}
    sums = [t.groupby(["year", "group"])[[*MEASURES, "sentenced", "prison_months"]].sum() for t in tables.values()]
    pd.testing.assert_frame_equal(sums[0], sums[1])
    pd.testing.assert_frame_equal(sums[0], sums[2])
    assert [len(t.place.unique()) for t in tables.values()] == [1, 55, 94]


def test_sentences_are_split_without_rest(made):
    table = quiet(made[0], YEARS)
    kinds = ["without_prison", "prison_terms", "life_terms", "death_sentences"]
    assert (table[kinds].sum(axis=1) == table.sentenced).all()
    assert (table.sentenced + table.sentence_unknown == table.convictions).all()


def test_fiscal_years_begin_in_october(small):
    path = small(
        {"FILEDATE": "10/01/2018"}, {"FILEDATE": "09/30/2018", "DEFLGKY": "2", "DOCKET": "2", "FISCALYR": 2018}
    )
    assert found(path, 2019, calendar=False) == 1 and found(path, 2018, calendar=False) == 1
    assert found(path, 2018) == 2


# An oracle: slow, plain, one defendant at a time


def oracle(path, year):
    """Counts of one calendar year by (measure, group), straight from the text with loops and sets."""
    rows = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False).to_dict("records")
    kept = []
    for number, row in enumerate(rows):
        day = lambda name, r=row: pd.to_datetime(r[name], format="%m/%d/%Y") if r[name] else None  # noqa: E731
        row = row | {
            "number": number,
            "F": [row[f"FTITLE{i}"] for i in range(1, 6)],
            "T": [row[f"TTITLE{i}"] for i in range(1, 6)],
            "C": [row[f"TTITLE{i}"] for i in range(1, 6) if row[f"DISP{i}"] in ("4", "5", "8", "9", "17", "19")],
            "filed": day("FILEDATE"), "end": day("TERMDATE"), "disposed": day("DISPDATE"), "load": day("LOADDATE"),
            "case": (row["DISTRICT"], row["OFFICE"], row["DOCKET"]),
        }  # fmt: skip
        if synthetic.groups(row["F"] + row["T"]):
            kept.append(row)
    last = max((int(row["FISCALYR"]) for row in rows), default=0)
    counts = dict.fromkeys(product(MEASURES, GROUPS), 0)

    def newest(some):
        best = {}
        for row in some:
            key = (row["DEFLGKY"], row["REOPSEQ"])
            order = (row["load"], int(row["FISCALYR"]), row["number"])
            if key not in best or order > best[key][0]:
                best[key] = (order, row)
        return [row for _, row in best.values()]

    def first_of_each(some, when):
        best = {}
        for row in some:
            order = (when(row), row["load"], int(row["FISCALYR"]), row["number"])
            if row["DEFLGKY"] not in best or order < best[row["DEFLGKY"]][0]:
                best[row["DEFLGKY"]] = (order, row)
        return [row for _, row in best.values()]

    def add(measure, sets):
        for charges in sets:
            for group in synthetic.groups(charges):
                counts[measure, group] += 1

    def joined(some, key, charges):
        together = {}
        for row in some:
            together.setdefault(row[key], []).extend(row[charges])
        return together.values()

    new = first_of_each(
        newest([r for r in kept if r["CTFILTRN"] == "1" and synthetic.groups(r["F"])]), lambda r: r["filed"]
    )
    add("new_defendants", [r["F"] for r in new if r["filed"].year == year])
    first = {}
    for row in new:
        first[row["case"]] = min(first.get(row["case"], row["filed"]), row["filed"])
    add("new_cases", joined([r for r in new if first[r["case"]].year == year], "case", "F"))
    now = []
    for row in newest(kept):
        end, flagged = row["end"], "1" in (row["CTTRTRN"], row["CTTR"])
        if end is None and flagged:
            end = row["disposed"]
        if end is None and (flagged or int(row["FISCALYR"]) < last):
            end = pd.Timestamp(int(row["FISCALYR"]), 9, 30)
        if row["filed"].year <= year and (end is None or end.year >= year):
            now.append(row | {"all": row["F"] + row["T"]})
    add("active_defendants", joined(now, "DEFLGKY", "all"))
    add("active_cases", joined(now, "case", "all"))
    over = [
        r
        for r in newest([r for r in kept if r["CTTRTRN"] == "1" and synthetic.groups(r["T"])])
        if synthetic.groups(r["C"])
    ]
    when = lambda r: r["disposed"] or r["end"] or pd.Timestamp(int(r["FISCALYR"]), 9, 30)  # noqa: E731
    add("convictions", [r["C"] for r in first_of_each(over, when) if when(r).year == year])
    return counts


charge = st.sampled_from(["18:1591", "18:1591(A)", "18:1589", "18:1594", "18:2422", "18:15910", "18:371", "", "-8"])
day = st.dates(date(2017, 10, 1), date(2020, 9, 30)).map(synthetic.us_date)
flag = st.sampled_from([0, 1])
any_row = st.fixed_dictionaries(
    {
        "FISCALYR": st.sampled_from([2018, 2019, 2020]), "DISTRICT": st.sampled_from(["66", "3A", "7-"]), "OFFICE": st.just("4"),
        "DOCKET": st.sampled_from(["1", "2", "3"]), "DEFLGKY": st.sampled_from(list("ABCD")), "REOPSEQ": st.sampled_from([0, 1]),
        "FILEDATE": day, "TERMDATE": st.one_of(st.just(""), day), "DISPDATE": st.one_of(st.just(""), day), "LOADDATE": day,
        "FTITLE1": charge, "FTITLE3": charge, "TTITLE1": charge, "TTITLE2": charge, "CTFILTRN": flag, "CTFIL": flag,
        "CTTRTRN": flag, "CTTR": flag, "DISP1": st.sampled_from([1, 4, 9, 20, -8]), "DISP2": st.sampled_from([5, 0]),
    }
)  # fmt: skip


def coherent(rows):
    """Give every defendant one case and court, as a key implies."""
    homes = {row["DEFLGKY"]: {k: row[k] for k in ("DISTRICT", "OFFICE", "DOCKET")} for row in rows}
    return [row | homes[row["DEFLGKY"]] for row in rows]


@pytest.mark.integration
@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate])  # shrinking takes minutes
@given(st.lists(any_row, min_size=1, max_size=12).map(coherent), st.sampled_from([2018, 2019, 2020]))
def test_counts_agree_with_the_oracle(tmp_path_factory, rows, year):
    path = tmp_path_factory.mktemp("oracle") / "synthetic.txt"
    lines = ["\t".join(synthetic.COLUMNS), *(synthetic.line(GOOD | {"FTITLE1": ""} | row) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    records = read(path)
    table = records.count([year]).set_index("group")
    if table.new_cases.isna().any():
        assert not min(records.report.fiscal_years) <= year <= max(records.report.fiscal_years)
        return
    for (measure, group), true in oracle(path, year).items():
        assert table.loc[group, measure] == true, (measure, group)


# The rules, one at a time


def test_pending_rows_and_loads_count_once(small):
    path = small(GOOD, GOOD | {"FISCALYR": 2020, "CTFILTRN": 0, "LOADDATE": "11/15/2020"}, GOOD)
    assert (found(path, 2019), found(path, 2019, "active_defendants"), found(path, 2020, "active_cases")) == (1, 1, 1)


def test_the_newest_load_decides(small):
    path = small({"LOADDATE": "11/20/2019", "FTITLE1": "18:1589"}, {"LOADDATE": "11/15/2019", "FILEDATE": "03/05/2018"})
    assert (found(path, 2019, group="forced_labor"), found(path, 2019, group="sex")) == (1, 0)


def test_a_reopened_case_is_not_new_again(small):
    again = {"REOPSEQ": 1, "FILEDATE": "05/01/2021", "FISCALYR": 2021, "LOADDATE": "11/15/2021"}
    path = small(GOOD, GOOD | ENDED, again)
    assert [found(path, year) for year in (2019, 2020, 2021)] == [1, 0, 0]
    assert [found(path, year, "active_cases") for year in (2019, 2020, 2021)] == [1, 1, 1]


def test_transfers_count_in_both_districts_or_in_neither(small):
    moved = {"DISTRICT": "65", "DEFLGKY": "x", "DOCKET": "7", "CTFIL": 0}
    path = small(GOOD, moved)
    assert (found(path, 2019), found(path, 2019, transfers=False)) == (2, 1)
    assert count(path, [2019], transfers=False).set_index("group").new_defendants["tvpa"] == 1


@pytest.mark.parametrize(("more", "expected"), [([], 3), (["--without-transfers"], 2), (["--fiscal"], 1)])
def test_the_command_passes_its_choices_on(small, tmp_path, more, expected):
    later = {"FILEDATE": "10/05/2019", "FISCALYR": 2020, "LOADDATE": "11/15/2020", "DEFLGKY": "y", "DOCKET": "8"}
    path = small(GOOD, later, later | {"DISTRICT": "65", "DEFLGKY": "x", "DOCKET": "7", "CTFIL": 0})
    out = tmp_path / "counts.csv"
    command = ["court-records", str(path), "--years", "2019", "--by", "nation", "--out", str(out), *more]
    assert main(command) == 0
    assert pd.read_csv(out).set_index("group").new_defendants["tvpa"] == expected


def test_a_case_is_new_once_although_defendants_join(small):
    path = small(GOOD, {"DEFLGKY": "other", "DEFNO": "2", "FILEDATE": "01/10/2020", "FISCALYR": 2020})
    assert [found(path, year, "new_cases") for year in (2019, 2020)] == [1, 0]
    assert [found(path, year, "new_defendants") for year in (2019, 2020)] == [1, 1]


def test_charge_at_termination_decides_convictions(small):
    path = small(GOOD, GOOD | ENDED | {"TTITLE1": "18:371", "TTITLE2": "18:2421", "DISP2": 9})
    assert (found(path, 2019, "convictions"), found(path, 2019, "convictions", "outside_tvpa")) == (0, 1)


@pytest.mark.parametrize(
    ("code", "convicted"), [*((c, 1) for c in synthetic.CONVICTED), *((c, 0) for c in synthetic.NOT_CONVICTED)]
)
def test_dispositions(small, code, convicted):
    path = small(GOOD, GOOD | ENDED | {"DISP1": code})
    assert found(path, 2019, "convictions") == convicted


def test_attempt_and_conspiracy_alone_are_undetermined(small):
    alone = small({"FTITLE1": "18:1594"}, name="alone.txt")
    both = small({"FTITLE1": "18:1594", "FTITLE2": "18:1591"}, name="both.txt")
    assert (found(alone, 2019, group="undetermined"), found(both, 2019, group="undetermined")) == (1, 0)
    assert (found(alone, 2019), found(both, 2019, group="sex")) == (1, 1)


def test_rows_that_stop_end_with_their_fiscal_year(small):
    path = small(GOOD, {"DEFLGKY": "2", "DOCKET": "2", "FISCALYR": 2022, "FILEDATE": "01/01/2022"})
    assert [found(path, year, "active_cases") for year in (2019, 2020, 2022)] == [1, 0, 1]


def test_years_outside_the_file_are_missing_not_zero(small):
    table = count(small(GOOD), [2018, 2019, 2020]).set_index(["year", "group"])
    assert table.loc[2018].new_cases.isna().all() and table.loc[2020].new_cases.isna().all()
    assert table.loc[(2019, "forced_labor"), "new_cases"] == 0


def test_life_terms_are_apart_and_can_be_included():
    convicted = pd.DataFrame({"prison": [120, 60, -4, -1, -2, 0, -3, -8, -5], "place": "US"})
    measured = sentence_measures(convicted, ["place"]).loc["US"]
    assert measured["prison_terms"] == 3 and measured["prison_months"] == 180 and measured["life_terms"] == 1
    assert (measured["without_prison"], measured["death_sentences"], measured["sentence_unknown"]) == (2, 1, 2)
    assert (measured["mean_months"], measured["median_months"]) == (60, 60)
    assert (measured["mean_months_with_life"], measured["median_months_with_life"]) == (162.5, 90)


def test_no_term_no_mean():
    convicted = pd.DataFrame({"prison": [-2, 0], "place": "US"})
    assert sentence_measures(convicted, ["place"]).loc["US", MONTHS].isna().all()


# The definition


@pytest.mark.parametrize(
    ("text", "section"),
    [("18:1591", "18:1591"), ("18:1591A", "18:1591"), ("18:1591.F", "18:1591"), ("18:1591(A)", "18:1591"),
     ("18:1591a ", "18:1591"), ("18:15910", None), ("18:1593", None), ("18:1593A", "18:1593A"),
     ("18:2421A", "18:2421A"), ("18:2421B", "18:2421"),
     ("118:1591", None), ("8:1591", None), ("", None), ("-8", None), ("18:159", None)],
)  # fmt: skip
def test_sections_with_suffixes_and_near_misses(text, section):
    law = definition()
    assert law.bits(text) == (law.sections[section] if section else 0)


@given(st.sampled_from(sorted(definition().sections)), st.text("ABCDEF.()0123456789 -", max_size=6))
def test_a_suffix_never_starts_with_a_digit(section, suffix):
    bits = definition().bits(section + suffix)
    plain = section[-1].isdigit()
    assert (bits == 0) == bool(plain and suffix[:1].isdigit())


def test_a_definition_of_ones_own(small, tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("title,section,group\n8,1324,forced_labor\n18,2,sex\n")
    path = small(
        {"FTITLE1": "8:1324(A)(1)"}, {"FTITLE1": "18:2", "DEFLGKY": "2", "DOCKET": "2"}, {"FTITLE1": "18:1591"}
    )
    assert (found(path, 2019, charges=own), found(path, 2019, group="sex", charges=own)) == (2, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [("title,section\n18,1591\n", "has no column 'group'"),
     ("title,section,group\n18,1591,all\n", "line 2: the group is not one of"),
     ("title,section,group\n18,1591,sex\n18,1591,sex\n", "line 3: the section is listed twice"),
     ("title,section,group\n", "lists no section"),
     ("title,section,group\n18,15-91,sex\n", "line 2: the section is not"),
     ("title,section,group\nx,1591,sex\n", "line 2: the title"),
     ('title,section,group\n"18,1591\n', "not a well-formed")],
)  # fmt: skip
def test_a_wrong_definition_is_named(tmp_path, text, message):
    path = tmp_path / "own.csv"
    path.write_text(text)
    with pytest.raises(CourtRecordsError, match=message):
        definition(path)


def test_a_missing_definition_is_named(tmp_path):
    with pytest.raises(CourtRecordsError, match="cannot be read"):
        definition(tmp_path / "none.csv")


def test_the_definition_is_described_in_the_data_package():
    assert len(data.resource("court_record_charges")["schema"]["fields"]) == 5


# The prefilter


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.sampled_from([b":15", b":1591", b":1594", b":242", b"2421", b"\t", b"\n", b"18:1592", b":", b"x" * 7]),
        max_size=60,
    )
)
def test_the_prefilter_finds_what_a_regular_expression_finds(parts):
    numbers = definition().numbers
    text = b"".join(parts)
    block = scan.np.zeros(len(text) + 128, dtype=scan.np.uint8)
    block[: len(text)] = list(text)
    found = scan.Prefilter(numbers, len(text) + 8).positions(block, len(text)).tolist()
    pattern = re.compile(b":(?:" + "|".join(numbers).encode() + rb")(?!\d)")
    # a section cut off by the end of the text cannot be found: whole lines are searched
    assert found == [match.start() for match in pattern.finditer(text)]


@pytest.mark.parametrize("size", [600, 1000, 4096, 10_000])
def test_the_size_of_a_block_changes_nothing(made, monkeypatch, size):
    whole = read(made[0])
    for name in ("BLOCK",):
        monkeypatch.setattr(scan, name, max(size, 2000))
    monkeypatch.setattr(scan.Lines.__dataclass_fields__["buffer"], "default_factory", None, raising=False)
    lines = scan.Lines
    monkeypatch.setattr(scan, "Lines", lambda source: lines(source, bytearray(scan.BLOCK + 64)))
    parts = read(made[0])
    pd.testing.assert_frame_equal(whole.table, parts.table)
    assert (whole.report.rows, whole.report.reasons) == (parts.report.rows, parts.report.reasons)


# Kinds of input


def deflate64(path, text, name="cr96on.txt"):
    """Write a zip with one Deflate64 member, as published: `zipfile` writes headers, `inflate64` the contents."""
    import inflate64

    packer = inflate64.Deflater()
    squeezed = packer.deflate(text) + packer.flush()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(name, squeezed)
    content = bytearray(path.read_bytes())
    for start, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):  # the local and the central header
        at = content.rindex(start) + offset if offset == 10 else offset
        content[at : at + 2] = (9).to_bytes(2, "little")
        content[at + 6 : at + 10] = zlib.crc32(text).to_bytes(4, "little")
        content[at + 14 : at + 18] = len(text).to_bytes(4, "little")
    path.write_bytes(content)
    return path


def packed(kind, path, folder):
    """The file in another packing."""
    target = folder / f"packed.{kind}"
    if kind == "zip":
        return deflate64(target, path.read_bytes())
    if kind == "gz":
        target.write_bytes(gzip.compress(path.read_bytes()))
    if kind in ("parquet", "typed.parquet"):
        frame = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, on_bad_lines="skip")
        if kind == "typed.parquet":
            frame = frame.replace({"": None, "-8": None})
            frame = frame.assign(
                FISCALYR=pd.to_numeric(frame.FISCALYR), REOPSEQ=frame.REOPSEQ.astype(float),
                LOADDATE=pd.to_datetime(frame.LOADDATE, format="%m/%d/%Y"), CTFILTRN=pd.to_numeric(frame.CTFILTRN),
            )  # fmt: skip
        frame.to_parquet(target)
    return target


@pytest.fixture(scope="session")
def clean_file(tmp_path_factory):
    """A synthetic file without bad rows."""
    path = tmp_path_factory.mktemp("clean") / "synthetic.txt"
    synthetic.write(path, rows=1500, seed=3, every=5)
    return path


@pytest.mark.parametrize("kind", ["zip", "gz", "parquet", "typed.parquet"])
def test_every_packing_gives_the_same(clean_file, tmp_path, kind):
    path = packed(kind, clean_file, tmp_path)
    pd.testing.assert_frame_equal(count(clean_file, YEARS, by="state"), count(path, YEARS, by="state"))
    assert read(path).report.rows == read(clean_file).report.rows


def test_the_library_unpacks_deflate64_where_unzip_is_missing(clean_file, tmp_path, monkeypatch):
    path = packed("zip", clean_file, tmp_path)
    monkeypatch.setattr(sources.shutil, "which", lambda name: None)
    pd.testing.assert_frame_equal(count(clean_file, YEARS), count(path, YEARS))


@pytest.mark.parametrize("kind", ["txt", "gz"])
def test_standard_input(clean_file, tmp_path, monkeypatch, kind):
    content = clean_file.read_bytes()
    stream = io.BytesIO(gzip.compress(content) if kind == "gz" else content)
    monkeypatch.setattr(sys, "stdin", type("Input", (), {"buffer": io.BufferedReader(stream)}))
    pd.testing.assert_frame_equal(count(clean_file, YEARS), count("-", YEARS))


def test_archives_on_standard_input_are_refused(monkeypatch):
    ways = {
        b"PK\x03\x04....": "run `unzip -p FILE | python -m lib court-records -`",
        b"PAR1....": "run `python -m lib court-records FILE`",
    }
    for start, way in ways.items():
        monkeypatch.setattr(sys, "stdin", type("Input", (), {"buffer": io.BufferedReader(io.BytesIO(start))}))
        with pytest.raises(CourtRecordsError, match="not text but an archive") as error:
            read("-")
        assert way in str(error.value)


def test_columns_in_any_order_extra_ones_ignored_windows_lines(small):
    columns = [*reversed(synthetic.COLUMNS), "EXTRA"]
    path = small(GOOD, GOOD | ENDED, columns=columns, end="\r\n")
    assert (found(path, 2019), found(path, 2019, "convictions")) == (1, 1)


def test_a_byte_order_mark_and_a_missing_last_newline(small):
    path = small(GOOD)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().rstrip(b"\n"))
    assert found(path, 2019) == 1 and read(path).report.rows == 1


# What can be wrong


@pytest.mark.parametrize("name", ["DEFLGKY", "CTFILTRN", "FTITLE3"])
def test_a_missing_column_is_named(small, name):
    path = small(GOOD, columns=[c for c in synthetic.COLUMNS if c != name])
    with pytest.raises(CourtRecordsError, match=f"small.txt, line 1: 1 needed columns are missing: {name}"):
        read(path)


def test_a_column_twice_is_named(small):
    with pytest.raises(CourtRecordsError, match="the column DISTRICT is there twice"):
        read(small(GOOD, columns=[*synthetic.COLUMNS, "DISTRICT"]))


@pytest.mark.parametrize(
    ("header", "message"),
    [(",".join(synthetic.COLUMNS), "no tab separates"), ("CIRCUIT\tDISTRICT\tDOCKET\tORIGIN\tNOS\tPLT\tDEF\tJURIS", "civil file"),
     ("CIRCUIT\tDISTRICT\tOFFICE\tDOCKET\tDISP1\tFOFFENSE", "an older criminal file"),
     ("CASEKEY\tSNAPSHOT\tDISTRICT", "bankruptcy file"),
     ("a\tb\tc\td", "needed columns are missing")],
)  # fmt: skip
def test_another_file_is_recognized(tmp_path, header, message):
    path = tmp_path / "other.txt"
    path.write_text(header + "\n1\n")
    with pytest.raises(CourtRecordsError, match=message):
        read(path)


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "is empty"), (None, "cannot be read"), (b"x" * 3_000_000, "more than")]
)
def test_no_file_at_all(tmp_path, content, message):
    path = tmp_path / "records.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CourtRecordsError, match=message):
        read(path)


def test_a_header_alone(small):
    with pytest.raises(CourtRecordsError, match="has a header but no rows"):
        read(small())


@pytest.mark.parametrize("kind", ["zip", "gz", "parquet"])
@pytest.mark.parametrize("library", [True, False])
def test_a_truncated_archive_is_an_error(clean_file, tmp_path, monkeypatch, kind, library):
    if library:
        monkeypatch.setattr(sources.shutil, "which", lambda name: None)
    path = packed(kind, clean_file, tmp_path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(CourtRecordsError, match=r"download it again|convert it again"):
        read(path)


@pytest.mark.parametrize("library", [True, False])
def test_a_damaged_archive_is_an_error(clean_file, tmp_path, monkeypatch, library):
    if library:
        monkeypatch.setattr(sources.shutil, "which", lambda name: None)
    path = packed("zip", clean_file, tmp_path)
    content = bytearray(path.read_bytes())
    for place in range(len(content) // 2, len(content) // 2 + 40):
        content[place] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(CourtRecordsError):
        read(path)


def test_a_zip_of_several_files_is_refused(tmp_path):
    path = tmp_path / "several.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "1")
        archive.writestr("b.txt", "2")
    with pytest.raises(CourtRecordsError, match="holds 2 files"):
        read(path)


def test_bad_rows_are_counted_with_reason_and_line(made):
    path, _ = made
    report = read(path).report
    for _, reason in synthetic.BAD.values():
        assert sum(number for what, number in report.reasons.items() if what.startswith(reason)) == 1, reason
    width = "the row does not have as many columns as the header"
    lines = path.read_bytes().count(b"\n")
    assert report.reasons[width] == 2 and report.lines[width] == [lines - 1, lines]
    assert report.rows == lines - 1 and report.total_set_aside == len(synthetic.BAD) + 2
    assert str(lines) in " ".join(report.sentences())


def test_rows_set_aside_are_warned_of(made):
    with pytest.warns(SetAsideWarning, match="10 set aside"):
        count(made[0], [2019])


@pytest.mark.parametrize(("change", "reason"), synthetic.BAD.values(), ids=list(synthetic.BAD))
def test_strict_stops_at_the_line(small, change, reason):
    path = small(GOOD, change)
    with pytest.raises(CourtRecordsError, match=f"line 3: {reason}"):
        read(path, strict=True)


@pytest.mark.parametrize("cut", [30, 300])
def test_a_text_cut_short_loses_its_last_row_and_says_so(small, cut):
    path = small(GOOD, {"DEFLGKY": "2", "DOCKET": "2"})
    path.write_bytes(path.read_bytes()[:-cut])
    report = read(path).report
    assert report.lines == {"the row does not have as many columns as the header": [3]} and report.relevant == 1


def test_widths_that_cancel_out_are_found_in_rows_that_matter(small):
    path = small(GOOD, {"DEFLGKY": "2"}, {"DEFLGKY": "3"})
    head, one, two, three, _ = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([head, one, two + b"\t", three.rsplit(b"\t", 1)[0], b""]))
    report = read(path).report
    assert report.rows == 3 and sum(report.reasons.values()) == 2 and report.relevant == 1


def test_no_level_no_year(small):
    for by, wanted in (("county", [2019]), ("nation", [])):
        with pytest.raises(CourtRecordsError, match="Cannot count"):
            count(small(GOOD), wanted, by=by)


# Privacy


def test_no_name_and_no_judge_survives(small, tmp_path, capsys):
    secret = {"NAME": "SECRETNAME", "FJUDGE": "SECJ", "TJUDGE": "SECK", "D2FOFFCD1": "SECX"}
    shifted = "\t".join(synthetic.line(GOOD | secret).split("\t")[:-1]).replace("18:1591", "18:1591\tSECRETNAME")
    path = small(GOOD | secret, *(secret | change for change, _ in synthetic.BAD.values()), ENDED | secret)
    path.write_text(path.read_text() + shifted + "\n" + "\t".join(["SECRETNAME"] * 143) + "\n")
    out = tmp_path / "counts.csv"
    assert main(["court-records", str(path), "--years", "2019", "--by", "district", "--out", str(out)]) == 0
    records = read(path)
    strict = ""
    try:
        read(path, strict=True)
    except CourtRecordsError as error:
        strict = str(error)
    everything = "".join([*capsys.readouterr(), out.read_text(), records.table.to_csv(), repr(records.report), strict])
    assert strict and "SEC" not in everything
    assert not {"NAME", "FJUDGE", "TJUDGE"} & set(NEEDED)


# The command


def test_the_command_writes_all_or_nothing(clean_file, tmp_path, capsys):
    out = tmp_path / "counts.csv"
    assert (
        main(
            ["court-records", str(clean_file), "--years", "2018-2019", "--by", "state", "--out", str(out), "--progress"]
        )
        == 0
    )
    table = pd.read_csv(out, dtype={"place": "string"})
    assert len(table) == 55 * 2 * len(GROUPS) and set(table.records) == {"synthetic"}
    assert "These records are SYNTHETIC: made for tests, about no real case." in capsys.readouterr().err
    assert main(["court-records", str(clean_file), "--years", "2018", "--out", str(tmp_path / "no" / "where.csv")]) == 1
    assert main(["court-records", str(tmp_path / "none.txt"), "--years", "2018", "--out", str(out)]) == 1
    assert len(pd.read_csv(out)) == 55 * 2 * len(GROUPS) and [p.name for p in tmp_path.iterdir()] == ["counts.csv"]
    out.unlink()
    out.mkdir()
    assert main(["court-records", str(clean_file), "--years", "2018", "--out", str(out)]) == 1
    assert "cannot be written" in capsys.readouterr().err and [p.name for p in tmp_path.iterdir()] == ["counts.csv"]


def test_the_command_prints_counts_and_the_summary_apart(clean_file, capsys):
    assert main(["court-records", str(clean_file), "--years", "2019,2030"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("place,name,year,group") and "Not in the file, so left empty: 2030." in err


def test_the_command_says_where_the_file_is(capsys):
    assert main(["court-records"]) == 0
    text = capsys.readouterr().out
    address = data.sources().set_index("source_id").url["fjc-idb"]
    assert address in text and "253 MB" in text and "cr96on_0.zip" in text


def test_a_file_without_years_is_an_error(clean_file, capsys):
    assert main(["court-records", str(clean_file)]) == 1
    assert "Say which years" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("2019", [2019]), ("2018-2020", [2018, 2019, 2020]), ("2021, 2018-2019,2018", [2018, 2019, 2021])],
)
def test_lists_of_years(text, wanted):
    assert years(text) == wanted


@pytest.mark.parametrize("text", ["", "19", "2020-2018", "2019-", "abc", "2019;2020", "-2019"])
def test_lists_of_years_that_are_none(text):
    with pytest.raises(CourtRecordsError, match="no list of years"):
        years(text)


def test_importing_the_command_line_does_not_load_arrow():
    code = "import sys, lib.court_records; print('pyarrow.parquet' in sys.modules, 'inflate64' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]


# Beside the published figures


@pytest.mark.parametrize("by", ["nation", "state", "district"])
def test_compare_puts_the_same_measures_side_by_side(clean_file, tmp_path, by):
    out = tmp_path / "counts.csv"
    assert main(["court-records", str(clean_file), "--years", "2018-2022", "--by", by, "--out", str(out)]) == 0
    table = compare(out, synthetic=True).set_index(["place", "year", "metric"])
    national = count(clean_file, range(2018, 2023)).set_index(["year", "group"])
    row = table.loc[("US", 2019, "new_criminal_cases")]
    assert (row.published, row.computed) == (145, national.loc[(2019, "tvpa"), "new_cases"])
    assert row.difference == row.computed - row.published and row.charges == "tvpa"
    late = table.loc[("US", 2022, "new_defendants")]
    assert late.computed == national.loc[2022].loc[["tvpa", "outside_tvpa"], "new_defendants"].sum()
    assert table.loc[("US", 2022, "new_criminal_cases"), "published"] == 125
    assert table.loc[("US", 2022, "new_sex_cases"), "published"] + 59 > 150
    mean = table.loc[("US", 2019, "mean_sentence_months"), "computed"]
    assert mean == pytest.approx(national.loc[(2019, "tvpa"), "mean_months"], abs=0.06) or pd.isna(mean)
    assert pd.isna(table.loc[("US", 2023, "new_criminal_cases"), "computed"])
    states = set(table.index.get_level_values("place")) - {"US"}
    assert len(states) == (0 if by == "nation" else 55)


def test_compare_refuses_synthetic_counts(clean_file, tmp_path):
    out = tmp_path / "counts.csv"
    main(["court-records", str(clean_file), "--years", "2019", "--out", str(out)])
    with pytest.raises(CourtRecordsError, match="synthetic records"):
        compare(out)


@pytest.mark.parametrize(
    ("text", "message"),
    [("a,b\n1,2\n", "has no column 'place'"), (None, "cannot be read"), ('a,"b\n1', "not a well-formed")],
)
def test_compare_names_a_file_that_is_none(tmp_path, text, message):
    path = tmp_path / "counts.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(CourtRecordsError, match=message):
        compare(path)


def test_compare_refuses_fiscal_years(clean_file, tmp_path):
    out = tmp_path / "counts.csv"
    main(["court-records", str(clean_file), "--years", "2019", "--fiscal", "--out", str(out)])
    with pytest.raises(CourtRecordsError, match="fiscal years"):
        compare(out, synthetic=True)


# The chapter


def test_the_chapter_shows_no_count_while_the_real_file_is_absent():
    text = chapter.comparison(None)
    assert "nothing is compared here" in text and "|" not in text
    assert "shows no count of real records" in chapter.answer(None)


def test_the_chapter_refuses_synthetic_counts(clean_file, tmp_path):
    out = tmp_path / "counts.csv"
    main(["court-records", str(clean_file), "--years", "2019", "--out", str(out)])
    with pytest.raises(CourtRecordsError, match="synthetic records"):
        chapter.comparison(out)


@pytest.mark.parametrize(("by", "states"), [("nation", False), ("state", True)])
def test_the_chapter_shows_both_sides_when_the_file_was_counted(clean_file, tmp_path, by, states):
    out = tmp_path / "counts.csv"
    main(["court-records", str(clean_file), "--years", "2018-2023", "--by", by, "--out", str(out)])
    out.write_text(out.read_text().replace(",synthetic", ",FJC Integrated Database"))  # as if it were the real file
    text = chapter.comparison(out)
    ours = count(clean_file, [2019]).set_index("group").new_cases["tvpa"]
    assert re.search(rf"\| New criminal cases, 2019 \| 145 \| {ours} \| \N{{MINUS SIGN}}?{145 - ours} \|", text)
    assert ("| Missouri | " in text) == states


def test_the_example_is_synthetic_and_follows_the_rules():
    assert chapter.example_rows().DEFLGKY.str.startswith("SYN").all() and "synthetic" in chapter.example_words()
    counts = chapter.example_counts().set_index(["year", "group"])
    assert counts.loc[("2019", "Undetermined"), "new_defendants"] == 1
    assert counts.loc[("2020", "Outside the TVPA"), ["convictions", "life_terms", "mean_months"]].tolist() == [
        1,
        1,
        "none",
    ]


def test_the_report_names_the_commonest_reason_first_and_says_when_lines_are_left_out():
    report = Report("file.txt")
    for line in range(2, 3 + EXAMPLES):
        report.set_aside(line, "b, the commoner reason")
    report.set_aside(1, "a, the rarer reason")
    report.set_aside(99, "c, as rare")
    sentences = report.sentences()
    assert [sentence.split(": ")[1][0] for sentence in sentences[1:]] == ["b", "a", "c"]
    assert sentences[1].endswith(", ...).") and sentences[2] == "Set aside, 1: a, the rarer reason (line 1)."


@pytest.mark.parametrize("kind", ["file", "standard input"])
def test_progress_is_told_in_bytes_with_the_size_where_it_is_known(clean_file, monkeypatch, kind):
    stream = io.BufferedReader(io.BytesIO(clean_file.read_bytes()))
    monkeypatch.setattr(sys, "stdin", type("Input", (), {"buffer": stream}))
    told, size = [], clean_file.stat().st_size
    read(clean_file if kind == "file" else "-", progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == size and {total for _, total in told} == {size if kind == "file" else None}
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_flag_that_is_empty_is_no_flag(small):
    moved = small(GOOD | {"CTFIL": "", "CTFILTRN": 1}, name="moved.txt")
    assert (found(moved, 2019), found(moved, 2019, transfers=False)) == (1, 0)
    assert found(small(GOOD | {"CTFIL": "", "CTFILTRN": ""}, name="none.txt"), 2019) == 0
