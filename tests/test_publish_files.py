"""What others need to publish, cite, review and carry on: the files are sound, agree, and name things that exist."""

import json
import re
import tomllib

import pytest
import yaml

from tests.conftest import ROOT

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
DOCUMENTS = ["README.md", "REVIEWING.md", "RAP.md", "CONTRIBUTING.md"]
ROOTS = r"(?:lib|publish|tests|data|chapters|benchmarks|assets|\.github|\.ci|\.binder|\.devcontainer)"


def workflow():
    return yaml.safe_load((ROOT / ".github/workflows/book.yml").read_text())


def targets():
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_versions_and_titles_agree():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    zenodo = json.loads((ROOT / ".zenodo.json").read_text())
    assert str(citation["version"]) == VERSION == zenodo["version"]
    assert citation["title"] == zenodo["title"] and str(citation["date-released"]) == zenodo["publication_date"]
    assert [author["name"] for author in citation["authors"]] == [creator["name"] for creator in zenodo["creators"]]
    assert f"## {VERSION}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_citation_has_what_the_standard_demands():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert citation["type"] in ("software", "dataset") and citation["cff-version"] == "1.2.0"
    assert zenodo_license() in citation["license"]


def zenodo_license():
    return json.loads((ROOT / ".zenodo.json").read_text())["license"]


def test_every_action_is_pinned_to_a_version():
    used = re.findall(r"uses: (\S+)", (ROOT / ".github/workflows/book.yml").read_text())
    assert len(used) >= 6
    assert all(re.fullmatch(r"[\w./-]+@v\d+\.\d+\.\d+", action) for action in used), used


def test_the_workflow_tests_renders_and_publishes():
    jobs = workflow()["jobs"]
    commands = "\n".join(step.get("run", "") for job in jobs.values() for step in job["steps"])
    assert set(re.findall(r"make ([a-z-]+)", commands)) <= targets()
    assert "make test" in commands and "git diff --exit-code" in commands
    assert set(jobs["publish"]["needs"]) == {"test", "quarto"}
    assert workflow()["permissions"] == {"contents": "read"}


def test_the_workflow_tests_the_oldest_python_that_is_promised():
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=")
    assert oldest in workflow()["jobs"]["test"]["strategy"]["matrix"]["python"]


def test_containers_use_commands_that_exist():
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    assert set(container["postCreateCommand"].removeprefix("make ").split()) <= targets()
    assert (ROOT / ".binder" / (ROOT / ".binder/requirements.txt").read_text().split()[1]).resolve().is_file()
    assert (ROOT / ".binder/postBuild").stat().st_mode & 0o100


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_name_files_and_commands_that_exist(name):
    text = (ROOT / name).read_text()
    for path in re.findall(rf"`({ROOTS}/[\w./-]*)`", text):
        assert (ROOT / path).exists(), path
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets()
    for module in re.findall(r"python -m (lib|publish[\w.]*|tests[\w.]*)", text):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (ROOT / link).exists(), link


def test_the_readme_leads_to_the_other_documents():
    text = (ROOT / "README.md").read_text()
    assert all(f"({name})" in text for name in ["REVIEWING.md", "RAP.md", "CONTRIBUTING.md", "CHANGELOG.md"])


def test_the_self_assessment_gives_evidence_for_each_line():
    rows = [line.split("|")[1:-1] for line in (ROOT / "RAP.md").read_text().splitlines() if line.startswith("| ")]
    rows = [row for row in rows if row[0].strip() != "asked for"]
    assert len(rows) == 18 and all(len(row) == 3 and row[2].strip() for row in rows)
    assert {row[1].strip() for row in rows} == {"met", "met in part", "open"}


def test_every_command_of_the_makefile_is_explained():
    lines = re.findall(r"^([a-z][a-z-]*):.*$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert len(lines) > 10
    for name in lines:
        assert re.search(rf"^{name}:.*## \S", (ROOT / "Makefile").read_text(), re.MULTILINE), name
