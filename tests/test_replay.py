"""Each chapter, run in this process, shows what is stored in it; and a change of either is noticed."""

import json

import nbformat
import pandas as pd
import pytest

from lib import data, summary_figures
from tests import mutants_code, mutants_data, replay
from tests.conftest import NOTEBOOKS


@pytest.mark.integration
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_chapter_shows_what_is_stored(path):
    cells = replay.cells(path)
    assert sum(cell.stored is not None for cell in cells) >= 3
    with replay.without_pictures():
        assert replay.difference(cells) is None


def test_a_changed_output_is_noticed():
    cells = replay.cells(NOTEBOOKS[1])
    cells[-1].stored = cells[-1].stored.replace("defendants", "people", 1)
    with replay.without_pictures():
        assert replay.difference(cells).startswith(NOTEBOOKS[1].name)


def test_a_cell_that_fails_is_noticed(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    nbformat.write(notebook, tmp_path / "bad.ipynb")
    assert replay.difference(replay.cells(tmp_path / "bad.ipynb")) == "bad.ipynb, cell 1: ZeroDivisionError"


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [(7, "number", 8), (pd.NA, "number", 1), ("MO", "string", "MOx"), (pd.NA, "string", "x")],
)
def test_a_mutant_differs_from_its_original(value, kind, expected):
    assert mutants_data.changed(value, kind) == expected


def row_of(jurisdiction: str, metric: str, edition: int) -> int:
    table = data.table("figures")
    same = (table["jurisdiction"] == jurisdiction) & (table["metric"] == metric) & (table["edition"] == edition)
    return int((same & (table["year"] == edition)).to_numpy().argmax())


@pytest.mark.integration
@pytest.mark.parametrize("metric", ["new_criminal_cases", "convictions", "restitution_ordered", "outside_tvpa_cases"])
def test_one_case_more_in_missouri_is_noticed(metric):
    mutant = mutants_data.Mutant("figures", "value", row_of("MO", metric, 2019))
    assert ".ipynb, cell" in mutants_data.noticed_by_chapters(mutant)


@pytest.mark.integration
def test_a_column_that_no_chapter_shows_is_not_noticed():
    assert mutants_data.noticed_by_chapters(mutants_data.Mutant("population", "population", 0)) == ""


def test_survivors_are_written_with_their_rows(tmp_path):
    mutant = mutants_data.Mutant("figures", "value", 0)
    mutants_data.write_survivors(
        [mutants_data.Result(mutant, ""), mutants_data.Result(mutant, "x")], tmp_path / "s.csv"
    )
    lines = (tmp_path / "s.csv").read_text().splitlines()
    assert len(lines) == 2 and lines[1].startswith("figures,2,value,4,US|")


@pytest.mark.slow
def test_nbval_notices_what_the_quick_comparison_notices():
    mutant = mutants_data.Mutant("figures", "value", row_of("MO", "convictions", 2019))
    assert mutants_data.nbval_notices(mutant, "02-states")


def test_the_score_counts_what_no_test_reaches_as_survived(tmp_path, capsys):
    (tmp_path / "lib").mkdir()
    codes = {"lib.x.a": 1, "lib.x.b": 0, "lib.x.c": 33, "lib.x.e": 36}
    names = json.dumps({"exit_code_by_key": dict.fromkeys([*codes, "lib.x.d"])})
    (tmp_path / "lib" / "x.py.meta").write_text(names)
    (tmp_path / "results.jsonl").write_text("\n".join(json.dumps([name, code, ""]) for name, code in codes.items()))
    found = mutants_code.records(tmp_path)
    assert mutants_code.report(found) == 50 and mutants_code.untried(found) == ["lib.x.d"]
    said = capsys.readouterr().out
    assert "lib.x: 2 of 4 killed, 1 not tried" in said and "survived: lib.x.b" in said and "no test: lib.x.c" in said


def test_a_smaller_sample_is_part_of_a_larger_one():
    found = {"lib.x": dict.fromkeys(map(str, range(100)))}
    small, large = (set(mutants_code.chosen(found, [], size)["lib.x"]) for size in (10, 20))
    assert len(small) == 10 and len(large) == 20 and small < large


def test_nothing_is_remembered_of_other_tables():
    original, changed = data._table, data.figures().assign(value=1)
    with replay.tables(lambda name: changed if name == "figures" else original(name)):
        assert {figure.value for figure in summary_figures.published().values()} == {1}
    assert len({figure.value for figure in summary_figures.published().values()}) > 50
