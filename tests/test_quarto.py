"""What the project brings to Quarto: the post-render step, the themes, and settings that both renderers read."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from publish import post_render
from publish.quarto_version import version
from tests.conftest import ROOT

REMOTE = "https://cdn.example.org"
PAGE = f"""<head>
<script src="{REMOTE}/jquery@3.5.1/dist/jquery.min.js" data-relocate-top="true"></script>
<script src="{REMOTE}/require.js/2.3.6/require.min.js"></script>
<script type="application/javascript">define('jquery', [],function() {{return window.jQuery;}})</script>
<script src="site_libs/quarto.js"></script></head>
<body><a href="https://example.org/">A link stays</a>
<script src="../publish/site/site.js"></script>
<script src="../assets/charts.js" defer></script></body>"""


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    """A folder as Quarto leaves it."""
    (tmp_path / "chapters").mkdir()
    (tmp_path / "site_libs").mkdir()
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "chapters" / "one.html").write_text(PAGE)
    (tmp_path / "site_libs" / "bootstrap.css").write_text(
        f'@import url("{REMOTE}/css2?family=X&display=swap");a{{color:red}}'
    )
    return tmp_path


def test_what_quarto_adds_is_taken_out(rendered, capsys):
    assert post_render.main(rendered) == 0
    for name in ("index.html", "chapters/one.html", "site_libs/bootstrap.css"):
        assert REMOTE not in (rendered / name).read_text()
    page = (rendered / "index.html").read_text()
    assert "jquery" not in page and 'src="site_libs/quarto.js"' in page and 'href="https://example.org/"' in page
    assert (rendered / "site_libs" / "bootstrap.css").read_text() == "a{color:red}"
    assert capsys.readouterr().err == ""


def test_scripts_of_the_book_are_addressed_from_every_folder(rendered):
    post_render.main(rendered)
    assert 'src="publish/site/site.js"' in (rendered / "index.html").read_text()
    assert 'src="assets/charts.js"' in (rendered / "index.html").read_text()
    assert 'src="../assets/charts.js"' in (rendered / "chapters" / "one.html").read_text()


@pytest.mark.parametrize(
    "left",
    [
        f'<script src="{REMOTE}/x.js"></script>',
        "<script async src='//cdn.example.org/x.js'></script>",
        f'<link rel="stylesheet" href="{REMOTE}/x.css">',
        f'<link href="{REMOTE}/x.css" rel="stylesheet">',
        f'<img alt="" src="{REMOTE}/x.png">',
        f"<style>body {{ background: url({REMOTE}/x.png) }}</style>",
        f'<iframe title="x" src="{REMOTE}/"></iframe>',
    ],
)
def test_what_remains_fails_and_is_named(rendered, capsys, left):
    (rendered / "chapters" / "one.html").write_text(PAGE.replace("</body>", f"{left}</body>"))
    assert post_render.main(rendered) == 1
    said = capsys.readouterr().err
    assert "one.html still loads from another host" in said and "cdn.example.org" in said


def test_it_runs_as_quarto_calls_it(rendered):
    done = subprocess.run(
        [sys.executable, str(ROOT / "publish" / "post_render.py")],
        check=False,
        cwd=ROOT,
        env={"QUARTO_PROJECT_OUTPUT_DIR": str(rendered)},
    )
    assert done.returncode == 0 and REMOTE not in (rendered / "index.html").read_text()


@pytest.mark.parametrize(("said", "found"), [("1.9.38\n", (1, 9)), ("99.9.9", (99, 9)), ("", (0, 0))])
def test_version(said, found):
    assert version(said) == found


@pytest.mark.parametrize(("name", "place"), [("light", 0), ("dark", 1)])
def test_themes_have_the_colours_of_the_site(name, place):
    style = (ROOT / "publish" / "site" / "elements.css").read_text()
    site = {key: pair.split(", ")[place] for key, pair in re.findall(r"--([a-z]+): light-dark\((.*?)\)", style)}
    theme = dict(
        re.findall(r"^\$([a-z-]+): (#\w+);", (ROOT / "assets" / f"theme-{name}.scss").read_text(), re.MULTILINE)
    )
    same = {"body-bg": "page", "body-color": "ink", "primary": "accent", "link-color": "accent", "border-color": "line",
            "code-bg": "soft", "body-secondary": "muted"}  # fmt: skip
    for variable, colour in same.items():
        assert theme[variable].ljust(7, "f") == site[colour].ljust(7, "f"), variable


def test_every_file_that_quarto_is_told_of_exists():
    config = yaml.safe_load((ROOT / "_quarto.yml").read_text())
    html = config["format"]["html"]
    made = {"assets/charts.js", "assets/geo.js", "assets/places.js"}  # by publish.charts_script, before Quarto runs
    named = [*config["project"]["resources"], config["project"]["post-render"], config["book"]["favicon"],
             *html["theme"]["light"], *html["theme"]["dark"], html["css"], html["include-after-body"],
             config["bibliography"]]  # fmt: skip
    for name in set(named) - made:
        assert (ROOT / name).exists(), name
