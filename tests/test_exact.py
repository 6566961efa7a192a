"""Exact words and exact shapes: what mutation showed that looser tests let pass."""
# ruff: noqa: E501

import json
import re

import pandas as pd
import pytest

import lib.__main__
from lib import check, data, dictionary, execution, metrics, national, outside, ranking, states, types
from lib.errors import BookError, DataError


def message(function, *arguments, error=DataError):
    with pytest.raises(error) as caught:
        function(*arguments)
    return str(caught.value)


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


# --- checking ---------------------------------------------------------------------------------------------------------


def stale_sentence(path):
    return f"data/{path} is not the file that datapackage.json describes; if the change is meant, run `make describe-data`."


def test_a_changed_file_is_named_once(data_copy):
    edit(data_copy / "figures.csv", "MO,,2019,convictions,9,", "MO,,2019,convictions,8,")
    assert check.check() == [stale_sentence("figures.csv")]
    assert check.stale() == [stale_sentence("figures.csv")]


def test_a_broken_rule_is_named_with_its_file(data_copy):
    edit(data_copy / "figures.csv", "MO,,2019,convictions,9,", "MO,,2019,convictions,-9,")
    first, second = check.check()
    assert first.startswith("data/figures.csv: ") and "minimum" in first and second == stale_sentence("figures.csv")


def test_a_missing_file_is_named(data_copy):
    (data_copy / "figures.csv").unlink()
    words = "cannot be read (No such file or directory); restore it with `git checkout data`."
    assert message(check.digest, data_copy / "figures.csv") == f"{data_copy / 'figures.csv'} {words}"
    assert message(data.figures) == f"{data_copy / 'figures.csv'} {words}"
    (data_copy / "datapackage.json").unlink()
    data.clear_cache()
    assert message(data.package) == f"{data_copy / 'datapackage.json'} {words}"


def test_digest_is_sha256_and_size(tmp_path):
    (tmp_path / "x").write_bytes(b"abc")
    assert check.digest(tmp_path / "x") == (
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        3,
    )


def test_the_command_says_what_it_found(data_copy, capsys):
    files = len(data.package()["resources"])
    assert lib.__main__.main(["check"]) == 0
    assert capsys.readouterr() == (f"{files} files of data/ checked: all agree with datapackage.json.\n", "")
    edit(data_copy / "figures.csv", "MO,,2019,convictions,9,", "MO,,2019,convictions,8,")
    assert lib.__main__.main(["check"]) == 1
    said = capsys.readouterr()
    assert said.out == f"{files} files of data/ checked: 1 things are wrong.\n"
    assert said.err == stale_sentence("figures.csv") + "\n"


def test_the_command_explains_itself(capsys):
    with pytest.raises(SystemExit) as done:
        lib.__main__.main(["check", "--help"])
    text = capsys.readouterr().out
    assert done.value.code == 0 and "example:\n  python -m lib check" in text
    assert "Validate every file of data/ by datapackage.json: types, constraints, keys, references, SHA-256." in text
    with pytest.raises(SystemExit):
        lib.__main__.main(["--help"])
    assert re.search(r"check +validate every file of data/", capsys.readouterr().out)


# --- reading ----------------------------------------------------------------------------------------------------------


def test_an_unknown_table_lists_the_known(data_copy):
    names = ", ".join(entry["name"] for entry in data.package()["resources"])
    assert message(data.table, "nothing") == f"datapackage.json describes no table 'nothing'; it describes {names}."


def test_a_text_that_says_na_is_a_text(data_copy):
    edit(
        data_copy / "figures.csv",
        "US,,2000,new_criminal_cases,4,,2018,preventht,\n",
        "US,,2000,new_criminal_cases,4,,2018,preventht,NA\n",
    )
    assert data.figures()["note"].iloc[0] == "NA"


@pytest.mark.parametrize(
    ("table", "old", "new", "words"),
    [
        ("figures", "US,,2000,new_criminal_cases,4,", "US,,2000,new_criminal_cases,four,", "line 2, column value: 'four' is not a whole number; correct it."),
        ("figures", "US,,2017,new_labor_cases,11,", "US,,2017,new_labor_cases,1.5,", "line 3, column value: '1.5' is not a whole number; correct it."),
        ("execution", "01-national,", "01-national,x", "line 2, column seconds: 'x"),
    ],
)  # fmt: skip
def test_a_wrong_number_is_named_with_its_line(data_copy, table, old, new, words):
    edit(data_copy / f"{table}.csv", old, new)
    assert message(data.table, table).startswith(f"{data_copy / table}.csv, {words}")


def test_a_wrong_decimal_number_is_called_a_number(data_copy):
    edit(data_copy / "execution.csv", "01-national,", "01-national,x")
    assert message(data.table, "execution").endswith(" is not a number; correct it.")


def test_a_long_wrong_value_is_cut(data_copy):
    edit(data_copy / "figures.csv", "US,,2000,new_criminal_cases,4,", f"US,,2000,new_criminal_cases,{'x' * 5000},")
    assert "... (5002 characters) is not a whole number" in message(data.figures)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda package: package.update(resources=[]), "datapackage.json lists no resources; restore it from git."),
        (lambda package: package["resources"][1].pop("hash"), "datapackage.json, resource 2: name, path, hash, bytes or a column's type is missing; add it."),
        (lambda package: package["resources"][0].update(path="/etc/passwd"), "datapackage.json, resource 1: name"),
        (lambda package: package["resources"][0].update(path="../x.csv"), "datapackage.json, resource 1: name"),
        (lambda package: package["resources"][0]["schema"]["fields"][0].update(type="date"), "datapackage.json, resource 1: name"),
        (lambda package: package["resources"][0]["schema"]["fields"][0].pop("name"), "datapackage.json, resource 1: name"),
        (lambda package: package["resources"][0].update(schema="none"), "datapackage.json, resource 1: name"),
    ],
)  # fmt: skip
def test_a_package_that_describes_nothing_is_named(data_copy, change, words):
    path = data_copy / "datapackage.json"
    package = json.loads(path.read_text())
    change(package)
    path.write_text(json.dumps(package))
    data.clear_cache()
    assert words in message(data.package)


@pytest.mark.parametrize(
    ("text", "words"), [("[1]", "holds no JSON object; restore it from git."), ("{", "is not valid JSON (")]
)
def test_a_file_that_is_no_object_is_named(data_copy, text, words):
    (data_copy / "datapackage.json").write_text(text)
    data.clear_cache()
    assert message(data.package).startswith(f"{data_copy / 'datapackage.json'} {words}")


# --- describing -------------------------------------------------------------------------------------------------------


def test_several_and_unknown_licenses_are_listed(monkeypatch):
    entry = data.package()["resources"][0] | {"licenses": [{"name": "other-pd"}, {"name": "ODbL-1.0"}]}
    monkeypatch.setattr(data, "package", lambda: {"resources": [entry]})
    assert dictionary.files()["license"].tolist() == ["Public domain; ODbL-1.0"]


def test_a_table_without_a_key_has_no_key_columns():
    field = {"name": "x", "type": "string", "description": "Nothing"}
    row = dictionary._column({"name": "t", "schema": {"fields": [field]}}, field)
    assert row == {
        "column": "t: x",
        "type": "string",
        "unit": "\N{EM DASH}",
        "rules": "\N{EM DASH}",
        "meaning": "Nothing",
    }


def test_dictionary_tables_are_numbered_from_zero():
    for table in (
        dictionary.files(),
        dictionary.columns(),
        dictionary.used(),
        dictionary.sources(),
        dictionary.metrics(),
    ):
        assert table.index.tolist() == list(range(len(table)))


def test_links_keep_the_index():
    table = pd.DataFrame({"title": ["a", "b"], "url": ["https://x.org", pd.NA]}, index=[7, 3])
    linked = dictionary.linked(table)
    assert linked.index.tolist() == [7, 3] and linked["title"].tolist() == ['<a href="https://x.org">a</a>', "b"]


def test_years_of_a_metric():
    years = dictionary.metrics().set_index("label")["years"]
    assert years["New criminal cases"] == "2000 to 2023" and years["Cases charged outside the TVPA"] == "2019"


@pytest.mark.parametrize(
    ("sources", "title"),
    [
        (["# A title {#sec-a}"], "A title"),
        (["Text", ["# A", " title\n", "More"]], "A title"),
        (["No heading"], ""),
        (["## Second level"], ""),
        (["x # y", "# Z"], "Z"),
    ],
)
def test_the_title_of_a_chapter(sources, title):
    assert execution._title([{"source": source} for source in sources]) == title


def test_the_error_of_mixed_runs(monkeypatch):
    monkeypatch.setattr(data, "table", lambda _: pd.DataFrame(columns=["measured", "machine", "python"]))
    words = "data/execution.csv mixes several runs; run `make measure` to measure all chapters in one."
    assert message(execution.measurement) == words


def test_pins():
    lock = "a==1.0 \\\n    --hash=sha256:0\nb==2 ; python_full_version < '3.12' \\\nb==3 ; python_full_version >= '3.12' \\\n"
    assert execution._pins(lock) == {"a": "1.0", "b": "2 (Python < 3.12); 3 (Python >= 3.12)"}


# --- measures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("population", [0, pd.Series([5, 0])])
def test_the_error_of_an_empty_population(population):
    words = "A population must be above zero; check population.csv."
    assert message(metrics.rate_per_million, 1, population, error=BookError) == words


def test_a_population_of_one_is_a_population():
    assert metrics.rate_per_million(1, 1) == 1_000_000
    assert metrics.rate_per_million(pd.Series([1, None]), pd.Series([1, 2])).tolist() == [1_000_000, pd.NA]


def test_the_errors_of_a_part_above_its_whole():
    both = "check that both count the same thing."
    assert message(metrics.share, 3, 2, error=BookError) == f"The part 3 is larger than the whole 2; {both}"
    series = pd.Series([1, 3]), pd.Series([2, 2])
    assert message(metrics.share, *series, error=BookError) == f"A part is larger than its whole; {both}"


@pytest.mark.parametrize(("part", "whole", "expected"), [(1, 4, 25), (4, 4, 100), (0, 4, 0), (0, 1, 0), (1, 1, 100)])
def test_share(part, whole, expected):
    assert metrics.share(part, whole) == expected
    assert metrics.share(pd.Series([part]), whole).tolist() == [expected]
    assert metrics.share(part, pd.Series([whole])).tolist() == [expected]


def test_change_and_restitution():
    assert metrics.change_pct(145, 170) == pytest.approx(-14.70588) and metrics.change_pct(2, 1) == 100
    assert metrics.restitution_rate(2, 9) == pytest.approx(200 / 9) and pd.isna(metrics.restitution_rate(0, 0))


def test_sums_by_jurisdiction_and_nation():
    table = metrics.by_jurisdiction(data.district_new_cases(), data.districts(), data.jurisdictions())
    assert table.columns.tolist() == [
        "jurisdiction", "name", "year", "new_sex_cases", "new_labor_cases", "new_sex_defendants", "new_labor_defendants",
        "outside_tvpa_cases", "new_criminal_cases", "new_defendants", "tvpa_cases",
    ]  # fmt: skip
    assert len(table) == 56 * 4 and table["year"].dtype == "Int64" and table["new_sex_cases"].dtype == "Int64"
    assert table.index.tolist() == list(range(len(table)))
    assert set(table.loc[table["jurisdiction"] == "MO", "name"]) == {"Missouri"}
    nation = metrics.national(data.district_new_cases())
    assert nation["year"].tolist() == [2020, 2021, 2022, 2023] and nation["tvpa_cases"].tolist() == [165, 140, 125, 124]
    wrong = data.district_new_cases().replace({"court_id": {"moed": "zzzz"}})
    words = "district_new_cases.csv has the unknown court 'zzzz'; use a court_id of districts.csv."
    assert message(metrics.by_jurisdiction, wrong, data.districts(), data.jurisdictions(), error=BookError) == words


def test_series_of_counts_have_names():
    table = data.district_new_cases()
    assert (
        metrics.new_criminal_cases(table).name == "new_criminal_cases"
        and metrics.tvpa_cases(table).name == "tvpa_cases"
    )
    evidence = metrics.series_break(table)
    assert evidence.columns.tolist() == ["year", "with_outside", "exceeding"] and set(map(str, evidence.dtypes)) == {
        "Int64"
    }


# --- ranks ------------------------------------------------------------------------------------------------------------


def test_ranks_have_names_and_types():
    values = pd.Series([2, 2, None, 1], index=list("abcd"), dtype="Int64")
    assert ranking.competition_rank(values).name == "rank" and ranking.tie_sizes(values).name == "tied"
    assert str(ranking.tie_sizes(values).dtype) == "Int64"
    table = ranking.ranked(values)
    assert table.columns.tolist() == ["value", "rank", "tied", "rank_text"] and table.index.tolist() == list("abdc")
    assert table["rank_text"].tolist() == ["tied 1st of 3", "tied 1st of 3", "3rd of 3", "not ranked"]
    assert ranking.ranked(values, descending=False).index.tolist() == list("dabc")


def test_equal_ranks_keep_the_order_of_the_index():
    values = pd.Series([1, 5] * 20, dtype="Int64")
    assert ranking.ranked(values).index.tolist() == [*range(1, 40, 2), *range(0, 40, 2)]


def test_the_error_of_a_rank_below_one():
    words = "A rank is 1 or more, not 0; check the table the rank was computed from."
    assert message(ranking.ordinal, 0, error=BookError) == words


@pytest.mark.parametrize(
    ("number", "text"),
    [(10, "10th"), (14, "14th"), (22, "22nd"), (23, "23rd"), (101, "101st"), (111, "111th"), (113, "113th")],
)
def test_more_ordinals(number, text):
    assert ranking.ordinal(number) == text


def test_tied_means_more_than_one():
    assert ranking.rank_text(2, tied=2) == "tied 2nd" and ranking.rank_text(2, tied=1, size=9) == "2nd of 9"


# --- tables of chapters -----------------------------------------------------------------------------------------------


def test_types_of_trafficking():
    wide = types.labor_by_district()
    assert wide.columns.tolist() == ["name", "2020", "2021", "2022", "2023", "Four years"]
    assert wide["Four years"].is_monotonic_decreasing and wide.index.tolist() == list(range(len(wide)))
    ties = wide[wide["Four years"] == 1]["name"].tolist()
    assert ties == sorted(ties), "a stable sort keeps names in order"
    each = types.defendants_per_case()
    assert each.index.tolist() == list(range(8)) and each["per_case"].iloc[0] == round(each["per_case"].iloc[0], 4)
    assert each.columns.tolist() == ["year", "type", "cases", "defendants", "per_case"]


def test_without_labor_leaves_out_what_is_missing():
    totals = pd.DataFrame(
        {"name": ["B", "A", "C"], "new_labor_cases": pd.array([0, 0, None], "Int64"), "tvpa_cases": [1, 2, 3]}
    )
    found = types.without_labor(totals)
    assert found.to_dict("list") == {"name": ["A", "B"], "tvpa_cases": [2, 1]} and found.index.tolist() == [0, 1]


def test_outside_the_tvpa_tables():
    table = outside.published(2019)
    assert table.columns.tolist() == ["place", "new_criminal_cases", "outside_tvpa_cases", "name", "outside_share_pct"]
    assert table["place"].tolist()[0] == "US" and table["name"].tolist()[0] == "United States"
    districts = outside.by_district()
    assert districts.columns.tolist() == ["court_id", "tvpa_cases", "outside_tvpa_cases", "name", "outside_share_pct"]
    assert len(districts) == 94 and districts["outside_tvpa_cases"].is_monotonic_decreasing
    same = districts[districts["outside_tvpa_cases"] == 0]["name"].tolist()
    assert same == sorted(same) and districts.index.tolist() == list(range(94))
    assert outside.by_state()["name"].iloc[-1] == "American Samoa"
    assert outside.share_text(pd.NA) == "\N{EM DASH}" and outside.share_text(12.6) == "13%"


def test_an_unknown_metric_is_named():
    words = message(national.metric_label, "nothing", error=BookError)
    assert words == f"metrics.csv has no metric 'nothing'; it has {', '.join(data.metrics()['metric'])}."


def test_a_year_without_figures_is_missing_everywhere():
    table = national.key_findings(1999)
    assert table[["value", "before", "change_pct", "source_id"]].isna().all(axis=None) and len(table) == 5
    assert pd.isna(national.active_civil_cases(1999)) and pd.isna(states.restitution_pct("MO", 1999))


def test_key_findings_have_types():
    kinds = national.key_findings(2019).dtypes.astype(str)
    assert kinds[["value", "before", "change_pct", "source_id"]].tolist() == ["Int64", "Int64", "Float64", "string"]


def test_national_tables_have_types():
    kinds = national.cases_by_type().dtypes.astype(str)
    assert kinds.tolist() == ["Int64", "Int64", "Int64", "Float64", "string"]
    trend = national.tvpa_trend()
    assert (
        trend["outside_is"].tolist() == ["beside"] * 4 + ["inside"] * 2 and str(trend["outside_is"].dtype) == "string"
    )
    assert (
        trend["as_printed"].tolist() == [170, 145, 165, 140, 184, 202]
        and trend["outside_tvpa_cases"].isna().tolist()[0]
    )
    assert set(national.civil_cases().dtypes.astype(str)) - {"str", "object"} == {"Int64"}


def test_a_state_in_a_sentence():
    row = pd.Series(
        {"name": "Utah", "rank": 3, "new_criminal_cases": 1, "rank_text": "3rd of 55", "lower": 1, "upper": 40}
    )
    assert (
        states.sentence(row, 2023) == "Utah: 1 new case in 2023, 3rd of 55; its true place lies between 1st and 40th."
    )
    row["new_criminal_cases"] = 2
    assert states.sentence(row, 2023).startswith("Utah: 2 new cases in 2023, 3rd of 55; ")
    none = pd.Series({"name": "Guam", "rank": pd.NA})
    assert (
        states.sentence(none, 2023)
        == "Guam has no federal district court, so it has no federal cases and is not ranked."
    )


def test_rankings_of_all_years():
    table = states.all_rankings()
    assert sorted(set(table["year"])) == [2020, 2021, 2022, 2023] and len(table) == 56 * 4
    assert table.index.tolist() == list(range(len(table)))
    wide = states.rank_by_year()
    assert wide.columns.tolist() == ["Jurisdiction", "2020", "2021", "2022", "2023"] and len(wide) == 56
    assert set(wide.loc[wide["Jurisdiction"] == "American Samoa", "2020"]) == {"not ranked"}


def test_sums_over_years_stay_missing_where_missing():
    table = states.over_years().set_index("jurisdiction")
    assert table.loc["AS"].drop("name").isna().all() and table.loc["MO", "tvpa_cases"] > 0
    assert table.columns.tolist()[0] == "name" and len(table) == 56


def test_the_stack_up_has_its_columns():
    table = states.stack_up(2019)
    assert table.columns.tolist() == [
        "jurisdiction",
        "name",
        "metric",
        "value",
        "published_rank",
        "rank_text",
        "edition",
        "source_id",
    ]
    assert not table.duplicated(["jurisdiction", "metric"]).any() and str(table["value"].dtype) == "Float64"
    assert table["metric"].is_monotonic_increasing and table.index.tolist() == list(range(len(table)))
    wide = states.stack_up_wide(2019)
    assert wide.columns.tolist() == ["Jurisdiction", *states.STACK_UP.values()]
    assert wide.iloc[0].tolist() == ["United States", "145", "606", "339", "33"]
    assert wide.set_index("Jurisdiction").loc["Missouri"].tolist() == ["7 (5th)", "18 (9th)", "9 (10th)", "22 (24th)"]
