"""State summaries as data and on the command line: every figure of the published one of Missouri, 2019, and the rules."""

import dataclasses
import json
import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib import data, metrics, ranking, states, summary, summary_figures, summary_nation, summary_output, summary_words
from lib.__main__ import main
from lib.errors import BookError
from lib.words import slug
from tests import stored_summaries

PLACES = list(data.jurisdictions().usps)
YEARS = summary_figures.years()
cases = st.tuples(st.sampled_from(PLACES), st.sampled_from(YEARS))


@pytest.fixture(scope="module")
def missouri():
    return summary.state_summary("MO", 2019)


def test_years():
    assert YEARS == [2019, 2020, 2021, 2022, 2023]


@pytest.mark.parametrize(
    ("metric", "value", "rank", "nation"),
    [
        ("new_criminal_cases", 7, "5th of 56", 145),
        ("active_criminal_cases", 18, "9th of 56", 606),
        ("convictions", 9, "10th of 56", 339),
        ("restitution_pct", 22.2, "24th of 56", 33),
    ],
)
def test_missouri_2019_stack_up(missouri, metric, value, rank, nation):
    found = missouri.measure(metric)
    assert found in missouri.stack_up
    assert (found.value, found.rank.text, found.rank.basis, found.national) == (value, rank, "published", nation)
    assert rank in found.sentence and found.sources == ("hti-missouri-2019",)


def test_missouri_2019_restitution_and_outside(missouri):
    found = missouri.restitution
    assert (found.text, found.ordered, found.convicted, found.national_pct) == ("2 of 9", 2, 9, 33)
    assert found.pct_lower < 22.2 < found.pct_upper and "22%" in found.sentence and "24th" in found.sentence
    assert (missouri.outside.cases, missouri.outside.national, missouri.outside.counted) == (9, 100, "beside")
    assert "not part of them" in missouri.outside.sentence


def test_missouri_2019_nation(missouri):
    pairs = {f.metric: (f.value, f.before) for f in missouri.nation.findings}
    assert pairs == {
        "new_criminal_cases": (145, 170),
        "new_defendants": (271, 287),
        "active_criminal_cases": (606, 644),
        "convictions": (339, 300),
        "mean_sentence_months": (143, 145),
    }
    assert (missouri.nation.split.sex_cases, missouri.nation.split.labor_cases) == (136, 9)
    assert "after 7 in 2018" in missouri.nation.civil[0]


def test_missouri_2019_says_what_was_not_published(missouri):
    assert "new defendants" in missouri.not_published and "convictions" not in missouri.not_published
    assert missouri.split.sex_cases is None and "not published" in missouri.split.sentence
    assert all(d.new_criminal_cases is None for d in missouri.districts) and missouri.districts_note
    assert missouri.districts_next_year == 2020 and [d.new_criminal_cases for d in missouri.districts_next] == [2, 2]
    assert missouri.nation.map.year == 2020 and "2020 is the first year" in missouri.nation.map.note


def test_missouri_trend_and_later_years(missouri):
    points = {p.year: (p.tvpa_cases, p.outside_tvpa_cases, p.as_printed, p.outside_is) for p in missouri.trend}
    assert points[2019] == (7, 9, 7, "beside") and points[2022] == (4, 8, 12, "inside")
    assert [line.year for line in missouri.later] == YEARS[1:] and missouri.later[2].rank_text == "3rd of 55"


@pytest.mark.integration
def test_the_bounds_of_what_was_not_published():
    texas = summary.state_summary("TX", 2019)
    found = texas.measure("new_criminal_cases")
    assert found.value is None and found.rank.place is None
    assert (found.lower, found.upper) == (0, 27) and "between 0 and 27" in found.sentence
    assert (texas.trend[0].tvpa_cases, texas.trend[0].lower, texas.trend[0].upper) == (None, 0, 27)
    indiana = summary.state_summary("IN", 2019).measure("new_criminal_cases")
    assert (indiana.value, indiana.rank.place, indiana.rank.basis) == (0, 37, "implied")
    assert "implied" in indiana.rank.text and "report ranks" not in indiana.sentence


def test_ties_are_said_where_they_are_known():
    assert summary.state_summary("IN", 2019).measure("convictions").rank.text == "tied 25th of 56"
    assert summary.state_summary("OH", 2023).measure("new_criminal_cases").rank.text == "tied 17th of 55"
    zero = summary.state_summary("GU", 2023).measure("new_criminal_cases")
    assert zero.rank.text == "one of 9 without any" and "like 8 other places" in zero.sentence


def test_what_a_source_says_loosely_is_noted():
    minnesota = summary.state_summary("MN", 2019)
    assert "basis" in minnesota.measure("restitution_pct").note
    assert minnesota.measure("restitution_pct").rank.text == "8th of 56"
    assert any("year inferred" in note for note in summary.state_summary("NM", 2019).notes())
    assert not summary.state_summary("MO", 2019).notes()


def test_american_samoa_has_no_court():
    for year in YEARS:
        found = summary.state_summary("AS", year)
        assert not found.has_court and "no federal district court" in found.lead
        assert not found.districts and not found.not_published
        assert all(m.value is None and m.rank.place is None for m in (*found.stack_up, *found.others))
        assert found.nation.map.places["AS"] is None
        assert "was not published" not in found.restitution.sentence + found.split.sentence + found.outside.sentence


def test_the_year_before_is_not_compared_across_the_series_break():
    found = summary.state_summary("CA", 2022)
    assert found.measure("new_criminal_cases").before is None
    assert "not comparable with 2021" in found.measure("new_criminal_cases").before_note
    assert found.measure("tvpa_cases").before == 7 and found.measure("new_labor_cases").before == 0
    assert "Such cases are part of the new cases" in found.outside.sentence
    nation = {f.metric: f for f in found.nation.findings}["new_criminal_cases"]
    assert nation.before is None and "not comparable" in nation.before_text and "add up to 184" in nation.sentence


def test_a_later_recount_is_said():
    found = summary.state_summary("CA", 2023).measure("new_criminal_cases")
    assert found.before == 6 and "203" in found.before_note and "184" in found.before_note


@pytest.mark.parametrize("usps", PLACES)
def test_every_summary_is_json_and_repeats_the_tables(usps):
    table = states.by_state().set_index(["jurisdiction", "year"])
    for year in YEARS:
        found = summary.state_summary(usps, year)
        text = json.dumps(found.to_dict(), allow_nan=False)
        assert json.loads(text) == found.to_dict() and not re.search(r"\b(nan|NaN|NA|None)\b", text)
        if year in summary_figures.complete_years() and found.has_court:
            row = table.loc[(usps, year)]
            for metric in ("new_criminal_cases", "tvpa_cases", "new_defendants", "outside_tvpa_cases"):
                assert summary_figures.value(usps, year, metric)[0] == row[metric]
            assert sum(d.new_criminal_cases for d in found.districts) == row.new_criminal_cases
            assert sum(d.new_defendants for d in found.districts) == row.new_defendants


@pytest.mark.integration
def test_looked_up_figures_follow_the_rule_of_the_data():
    for (place, year, metric), figure in summary_figures.published().items():
        assert figure.value == data.at(place, year, metric), (place, year, metric)
        edition = data.default_edition(place, year, [metric])
        assert figure.source_id == data.row_at(place, year, metric, edition).source_id
    parts = ["restitution_ordered", "restitution_convicted"]
    for usps in PLACES:
        for year in YEARS:
            found = [pd.NA if n is None else n for n in summary_figures.together(usps, year, parts)]
            edition = data.default_edition(usps, year, parts)
            if edition is not None:
                assert found == [data.at(usps, year, part, edition) for part in parts]


@given(cases)
@settings(max_examples=60, deadline=None)
def test_ranks_shares_and_intervals_hold(case):
    found = summary.state_summary(*case)
    for m in (*found.stack_up, *found.others):
        assert (m.value is None) == (m.text in ("not published", "no federal court"))
        assert m.value is None or (m.lower is None and m.upper is None)
        rank = m.rank
        if rank.basis == "computed":
            assert rank.lower <= rank.place <= rank.upper <= rank.of == 55 and rank.interval
        if m.national_share_pct is not None:
            assert 0 <= m.national_share_pct <= 100
            assert m.national_share_pct == round(float(metrics.share(m.value, m.national)), 1)
        assert set(m.sources) <= {s.source_id for s in found.sources}
    assert found.sources or not found.has_court


@given(st.sampled_from(YEARS[1:]), st.sampled_from(["new_criminal_cases", "new_defendants", "outside_tvpa_cases"]))
@settings(max_examples=12, deadline=None)
def test_ranks_are_standard_competition_ranks_of_all_places(year, metric):
    table = states.by_state()
    counts = table[table.year == year].set_index("jurisdiction")[metric]
    expected, tied = ranking.competition_rank(counts), ranking.tie_sizes(counts)
    for usps in PLACES:
        rank = summary.state_summary(usps, year).measure(metric).rank
        assert (rank.place, rank.tied) == ((None, None) if pd.isna(expected[usps]) else (expected[usps], tied[usps]))


@given(st.integers(2, 60).flatmap(lambda of: st.tuples(st.just(of), st.integers(1, of), st.integers(1, of))))
def test_firmness_counts_everybody_once(case):
    of, a, b = case
    lower, upper = min(a, b), max(a, b)
    words = summary_words.firmness("Alphaland", "New cases", of, lower, upper)
    if (lower, upper) == (1, of):
        assert "cannot be told apart" in words
        return
    fewer, more = (
        re.search(r"(\d+) places? had clearly fewer", words),
        re.search(r"(\d+) places? .*?clearly more", words),
    )
    rest = re.search(r"other (\d+)", words)
    found = [
        0 if m is None else int(m[1]) for m in (fewer, re.search(r"(\d+) places? (?:had )?clearly more", words), rest)
    ]
    assert found == [of - upper, lower - 1, upper - lower] and (more is None) == (lower == 1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("U.S. Virgin Islands", "u-s-virgin-islands"),
        ("Missouri", "missouri"),
        ("District of Columbia", "district-of-columbia"),
    ],
)
def test_slug(name, expected):
    assert slug(name) == expected


def test_slugs_differ():
    assert len({slug(name) for name in data.jurisdictions()["name"]}) == 56


@pytest.mark.parametrize(("number", "expected"), [(0, 0), (1, 1), (4, 1), (5, 2), (24, 3), (25, 4), (50, 5), (150, 5)])
def test_classes_of_the_map(number, expected):
    assert summary_nation.class_of(number) == expected


def test_a_count_beyond_the_map_is_an_error():
    with pytest.raises(BookError, match="no class for 151"):
        summary_nation.class_of(151)


@pytest.mark.parametrize("text", ["MO", "mo", "Missouri", " missouri "])
def test_a_place_is_found_by_code_or_name(text):
    assert summary.find_place(text) == "MO"
    assert summary.state_summary(text, 2019).name == "Missouri"


def test_unknown_places_and_years_say_what_exists():
    with pytest.raises(
        BookError, match=r"no state or territory 'Atlantis'; give one of: AL Alabama, .* VI U\.S\. Virgin Islands"
    ):
        summary.state_summary("Atlantis", 2019)
    with pytest.raises(BookError, match="no summary of 2018; there are summaries of 2019, 2020, 2021, 2022 and 2023"):
        summary.state_summary("MO", 2018)


def test_the_nation_is_shared_by_all_summaries():
    assert summary.state_summary("TX", 2019).nation is summary.state_summary("MO", 2019).nation


def test_changed_data_are_read_after_clear_cache(monkeypatch):
    table = data.figures()
    changed = table.assign(value=table.value.mask((table.jurisdiction == "MO") & (table.metric == "convictions"), 8))
    summary.clear_cache()
    monkeypatch.setattr(data, "figures", changed.copy)
    assert summary.state_summary("MO", 2019).measure("convictions").value == 8
    monkeypatch.undo()
    summary.clear_cache()
    assert summary.state_summary("MO", 2019).measure("convictions").value == 9


def test_records_cannot_be_changed(missouri):
    with pytest.raises(dataclasses.FrozenInstanceError):
        missouri.name = "Kansas"


def test_coverage_counts_what_is_known():
    table = summary_output.coverage().set_index("Measure")
    assert table.loc["New criminal cases", "2023"] == 55 and table.loc["New criminal cases", "2019"] == 10


def test_links_lead_to_every_place():
    assert len(re.findall(r"\]\(\.\./states/[a-z-]+\.html\)", summary_output.links("../states"))) == 56


# the command line


def run(capsys, *arguments):
    status = main(["summary", *map(str, arguments)])
    return status, capsys.readouterr()


MISSOURI = [
    "7 new", "5th", "145", "18 active", "9th", "606", "9 defendants", "10th", "339", "2 of 9", "24th", "22%", "33%",
    "9 sex trafficking cases", "100", "170", "271", "287", "644", "300", "143",
]  # fmt: skip


def test_markdown_holds_every_figure(capsys):
    status, out = run(capsys, "MO", "--year", 2019)
    assert status == 0 and all(text in out.out for text in MISSOURI)
    assert "not a measure of prevalence" in out.out and "not published" in out.out


def test_a_number_that_is_none_stops_json(missouri):
    with pytest.raises(ValueError, match="Out of range float"):
        dataclasses.replace(missouri, year=float("nan")).to_dict()


@pytest.mark.parametrize(("usps", "year"), stored_summaries.CHOSEN)
def test_a_summary_says_what_is_stored(usps, year):
    stored = stored_summaries.path(usps, year).read_text(encoding="utf-8")
    assert summary_output.markdown(summary.state_summary(usps, year)) == stored, (
        "read the difference; when it is meant, `make stored` renews the stored summaries"
    )


def test_default_is_the_latest_complete_year(capsys):
    assert run(capsys, "wyoming")[1].out.startswith("# Wyoming: federal human trafficking cases, 2023")


def test_json(capsys, tmp_path):
    out = tmp_path / "mo.json"
    assert run(capsys, "MO", "--year", 2019, "--out", out)[0] == 0
    assert json.loads(out.read_text()) == summary.state_summary("MO", 2019).to_dict()
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Atlantis"], "no state or territory 'Atlantis'"),
        (["MO", "--year", "1999"], "no summary of 1999"),
        (["MO", "--format", "pdf"], "A PDF needs a file"),
        (["MO", "--out", "summary.docx"], "no known ending"),
        (["MO", "--out", "no/such/folder/mo.md"], "cannot be written"),
    ],
)
def test_errors_are_one_sentence(capsys, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    status, out = run(capsys, *arguments)
    assert status == 1 and message in out.err and out.err.startswith("Error: ") and out.err.count("\n") == 1
    assert not list(tmp_path.iterdir())
