"""Walk through "How to add an edition in an hour" of CONTRIBUTING.md with a made-up edition, in a copy of the project.

Every figure here is synthetic: it is invented for the test and stands nowhere in data/.
"""

import csv
import json
import os
import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.reproduce import copy

YEAR = 2024
STEPS = ["Source", "Figures", "Districts", "Describe", "Check", "Series", "Chapters", "Book"]


def checklist():
    text = (ROOT / "CONTRIBUTING.md").read_text().split("## How to add an edition in an hour")[1]
    return re.findall(r"^- \[ \] \*\*(\w+)\.\*\* (.+)$", text, re.MULTILINE)


def test_the_checklist_has_the_steps_that_are_walked_here():
    assert [name for name, _ in checklist()] == STEPS


def append(path, rows):
    with path.open("a", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def run(project, *arguments, fails=False):
    environment = os.environ | {"PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, *arguments], cwd=project, env=environment, capture_output=True, text=True)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project with a synthetic edition of 2024 entered: the first three steps."""
    folder = tmp_path_factory.mktemp("edition") / "project"
    folder.mkdir()
    copy(folder, None)
    data = folder / "data"
    append(
        data / "sources.csv",
        [
            [
                "synthetic-2024",
                "primary",
                "Made-up report",
                "Made-up report for a test",
                "https://example.org/",
                "2025-06",
            ]
        ],
    )
    append(
        data / "figures.csv",
        [
            ["US", "", YEAR, "new_criminal_cases", 188, "", YEAR, "synthetic-2024", ""],
            ["US", "", YEAR - 1, "new_criminal_cases", 205, "", YEAR, "synthetic-2024", "restated"],
            ["MO", "", YEAR, "new_criminal_cases", 4, 11, YEAR, "synthetic-2024", ""],
        ],
    )
    with (data / "districts.csv").open(encoding="utf-8", newline="") as file:
        courts = [row["court_id"] for row in csv.DictReader(file)]
    append(data / "district_new_cases.csv", [[court, YEAR, 2, 0, 3, 0, 1, YEAR, "synthetic-2024"] for court in courts])
    return folder


@pytest.mark.slow
def test_a_made_up_edition_can_be_added(project):
    assert "is not the file that datapackage.json describes" in run(project, "-m", "lib", "check", fails=True)
    run(project, "data/describe.py")
    assert "all agree" in run(project, "-m", "lib", "check")
    after = "from lib import data, metrics, states; print(metrics.series_break(data.district_new_cases()).to_json())"
    assert json.loads(run(project, "-c", after))["exceeding"]["4"] == 0
    restated = run(project, "-c", "from lib import data; print(data.at('US', 2023, 'new_criminal_cases'))")
    assert restated.strip() == "205", "the latest edition is the default"
    chapters = sorted(str(path) for path in (project / "chapters").glob("0[1-4]*.ipynb"))
    said = run(project, "-m", "publish.execute", *chapters, str(project / "chapters" / "c-data.ipynb"))
    assert said.count("outputs changed") >= 3
    states = (project / "chapters" / "02-states.ipynb").read_text()
    assert str(YEAR) in states.replace('"year": 2024', ""), "the new year shows in the chapter on states"
    run(project, "-m", "publish", "--to", "html")
    assert "Made-up report for a test" in (project / "_book" / "chapters" / "c-data.html").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["US", "", YEAR, "new_criminal_cases", -1, "", YEAR, "synthetic-2024", ""], "minimum"),
        (["US", "", YEAR, "new_criminal_cases", 1, "", YEAR, "nowhere", ""], "nowhere"),
        (["US", "", YEAR, "new_crimnal_cases", 1, "", YEAR, "synthetic-2024", ""], "new_crimnal_cases"),
    ],
)
def test_a_slip_of_the_pen_is_named(project, tmp_path, row, message):
    path = project / "data" / "figures.csv"
    sound = path.read_bytes()
    try:
        append(path, [row])
        assert message in run(project, "-m", "lib", "check", fails=True)
    finally:
        path.write_bytes(sound)
