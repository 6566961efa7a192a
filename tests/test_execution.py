import json

import pandas as pd
import pytest

from lib import data, execution
from lib.errors import DataError
from publish import measure
from tests.conftest import CHAPTERS, ROOT


def test_every_chapter_is_counted_and_titled():
    table = execution.chapters()
    assert table["chapter"].tolist() == [path.stem for path in CHAPTERS]
    assert (table["title"].str.len() > 3).all() and not table["title"].str.contains("{", regex=False).any()
    cells = [len(json.loads(path.read_text())["cells"]) for path in CHAPTERS]
    assert (table["text_cells"] + table["code_cells"]).tolist() == cells
    assert (table["code_lines"] > table["code_cells"]).all()


def test_measurements_belong_to_chapters_and_come_from_one_run():
    assert set(data.table("execution")["chapter"]) <= {path.stem for path in CHAPTERS}
    run = execution.measurement()
    assert run["python"].count(".") == 2 and "processors" in run["machine"]


def test_several_runs_are_an_error(monkeypatch):
    table = data.table("execution")
    mixed = pd.concat([table, table.assign(measured="2000-01-01")])
    monkeypatch.setattr(data, "table", lambda _: mixed)
    with pytest.raises(DataError, match="mixes several runs"):
        execution.measurement()


def test_a_chapter_that_was_not_measured_is_said_to_be_so(monkeypatch):
    table = data.table("execution").iloc[1:]
    monkeypatch.setattr(data, "table", lambda _: table)
    row = execution.chapters().iloc[0]
    assert execution.seconds_text(row["seconds"]) == "not measured"
    assert execution.whole_text(row["peak_mb"]) == "not measured"


def test_numbers_in_words():
    assert execution.seconds_text(4.25) == "4.2" and execution.whole_text(1297) == "1,297"


def test_versions_are_those_of_the_lock_file():
    table = execution.versions().set_index("package")["version"]
    assert f"pandas=={table['pandas']} " in (ROOT / "requirements.lock").read_text()
    assert "(Python < 3.12); " in table["numpy"]


def test_a_package_without_a_pin_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["nowhere>=1"]\n')
    (tmp_path / "requirements.lock").write_text("pandas==3.1.1 \\\n    --hash=sha256:0\n")
    monkeypatch.setattr(execution, "_root", lambda: tmp_path)
    with pytest.raises(DataError, match="does not pin nowhere"):
        execution.versions()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3'])
def test_a_damaged_notebook_is_one_sentence(tmp_path, monkeypatch, text):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "01-x.ipynb").write_text(text)
    monkeypatch.setattr(execution, "_root", lambda: tmp_path)
    with pytest.raises(DataError, match=r"01-x\.ipynb is not a notebook"):
        execution.chapters()


@pytest.mark.slow
def test_measuring_leaves_the_chapter_as_it_was(tmp_path, monkeypatch):
    path = ROOT / "chapters" / "e-execution.ipynb"
    before, target = path.read_bytes(), tmp_path / "execution.csv"
    monkeypatch.setattr(measure, "TARGET", target)
    assert measure.main([str(path)]) == 0
    row = pd.read_csv(target, dtype="string").iloc[0]
    assert row["chapter"] == "e-execution" and float(row["seconds"]) > 0.1 and int(row["peak_mb"]) > 20
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["execution.csv"]


@pytest.mark.slow
def test_a_failing_chapter_writes_nothing(tmp_path, monkeypatch, capsys):
    import nbformat

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1/0")])
    nbformat.write(notebook, tmp_path / "bad.ipynb")
    monkeypatch.setattr(measure, "TARGET", tmp_path / "execution.csv")
    assert measure.main([str(tmp_path / "bad.ipynb")]) == 1
    assert "Error: bad.ipynb, cell 1 failed" in capsys.readouterr().err and not (tmp_path / "execution.csv").exists()
