"""Damaged inputs end in one clear sentence and exit status 1: no traceback, no half-written file, no hang."""

import contextlib
import csv
import io
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import altair as alt
import nbformat
import pandas as pd
import pytest
from lxml import html as lxml_html
from pypdf import PdfReader

import lib.__main__
import publish.__main__
from lib import check, data, tables
from lib.charts import notebook
from lib.errors import BookError
from publish import files
from tests import damaged, faults_kill
from tests.conftest import ROOT

CORPUS = list(damaged.corpus())
#: One case in this many runs in `make check`; all of them run in `make test`.
EVERY = 7
DATA = [case for case in CORPUS if case[0].endswith((".csv", "package.json", ".topojson"))]
BOOK = [case for case in CORPUS if case[0] in ("_quarto.yml", "notebook")]
#: Damage that leaves a sound book: JSON and YAML allow it, or a renderer has nothing to object to.
HARMLESS: set[tuple[str, str]] = set()
SECONDS = 60


def cases(every):
    """Cases as parameters of a test; most of them marked slow."""
    return [
        pytest.param(*case, id=f"{case[0]}: {case[1]}", marks=[] if number % EVERY == 0 else [pytest.mark.slow])
        for number, case in enumerate(every)
    ]


@contextlib.contextmanager
def within(seconds):
    """Fail when the block takes longer, as a hang would."""

    def stop(*_):
        raise AssertionError(f"took more than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def is_clear(text):
    """Sentences that name what is wrong, no traceback, not endless."""
    assert text.strip() and "Traceback" not in text and "Error: Error" not in text
    assert max(map(len, text.splitlines())) < 2_000
    return True


def test_the_corpus_is_large_and_every_case_damages():
    assert len(CORPUS) >= 200 and len({(kind, name) for kind, name, _ in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize(("kind", "name", "damage"), cases(DATA))
def test_damaged_data_are_never_read_silently(kind, name, damage, data_copy):
    """Reading is a DataError or gives a table; the file then still differs from its description, and is said to."""
    path = data_copy / kind
    sound = path.read_bytes()
    path.write_bytes(damage(sound))
    assert path.read_bytes() != sound
    with within(SECONDS):
        wrong = []
        try:
            for entry in data.package()["resources"]:
                data.geo("states") if "schema" not in entry else data.table(entry["name"])
            wrong = check.stale()
        except data.DataError as error:
            wrong = [str(error)]
    if kind != "datapackage.json" or wrong:
        assert wrong and is_clear("\n".join(wrong))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name", "damage"), cases(DATA))
def test_the_check_names_what_is_wrong(kind, name, damage, data_copy, capsys):
    path = data_copy / kind
    path.write_bytes(damage(path.read_bytes()))
    with within(SECONDS):
        assert lib.__main__.main(["check"]) == 1
    assert is_clear(capsys.readouterr().err)


@pytest.fixture
def small_book(tmp_path):
    """A book of one preface and one chapter, already rendered once."""
    root = tmp_path / "project"
    (root / "folder").mkdir(parents=True)
    shutil.copyfile(ROOT / "references.bib", root / "references.bib")
    (root / "index.qmd").write_text("# Preface {.unnumbered}\n\nText.\n")
    shutil.copyfile(ROOT / "chapters" / "e-execution.ipynb", root / "one.ipynb")
    (root / "_quarto.yml").write_text(
        "book:\n  title: x\n  author: x\n  chapters: [index.qmd, one.ipynb]\nbibliography: references.bib\n"
    )
    out = root / "_book"
    out.mkdir()
    (out / "index.html").write_text("the last good book")
    return root


@pytest.mark.parametrize(("kind", "name", "damage"), cases(BOOK))
def test_a_damaged_book_leaves_the_last_good_one(kind, name, damage, small_book, capsys):
    path = small_book / ("one.ipynb" if kind == "notebook" else kind)
    path.write_bytes(damage(path.read_bytes()))
    out = small_book / "_book"
    with within(SECONDS):
        status = publish.__main__.main(["--no-states", "--config", str(small_book / "_quarto.yml"), "--out", str(out)])
    text = (out / "index.html").read_text()
    if status == 1:
        assert text == "the last good book" and is_clear(capsys.readouterr().err)
        assert sorted(p.name for p in out.iterdir()) == ["index.html"]
    else:
        assert status == 0 and (out / "book.pdf").stat().st_size > 1000 and text != "the last good book"
        assert (kind, name) in HARMLESS
    assert not [p.name for p in small_book.iterdir() if p.name.startswith(".book-")]
    assert not Path("/tmp/never").exists()


# --- interrupted, full, read-only -------------------------------------------------------------------------------------


def run(arguments, cwd, **options):
    """A command of the project in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        **options,
    )


def published(root):
    return ["publish", "--config", str(root / "_quarto.yml"), "--out", str(root / "_book")]


def left_over(root):
    return sorted(p.name for p in root.iterdir() if p.name.startswith((".book-", "_book.")) or p.suffix == ".tmp")


@pytest.mark.parametrize("kilobytes", [1, pytest.param(400, marks=pytest.mark.slow)])
def test_a_limit_on_file_size_leaves_the_last_good_book(small_book, kilobytes):
    limit = kilobytes * 1024
    done = run(
        published(small_book), ROOT, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    )
    assert done.returncode == 1 and is_clear(done.stderr) and done.stderr.startswith("Error: ")
    assert (small_book / "_book" / "index.html").read_text() == "the last good book" and not left_over(small_book)


@pytest.fixture
def tiny(tmp_path):
    """A file system of half a megabyte; only root can make one."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    made = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)], capture_output=True
        ).returncode
    )
    if not made:
        pytest.skip("a small file system needs root and the right to mount; RLIMIT_FSIZE is tested instead")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
def test_a_full_disk_leaves_the_last_good_book(small_book, tiny):
    out = tiny / "_book"
    out.mkdir()
    (out / "index.html").write_text("the last good book")
    done = run(["publish", "--config", str(small_book / "_quarto.yml"), "--out", str(out)], ROOT)
    assert done.returncode == 1 and "No space left on device" in done.stderr and is_clear(done.stderr)
    assert [p.name for p in tiny.iterdir()] == ["_book"] and (out / "index.html").read_text() == "the last good book"


@pytest.mark.slow
def test_a_chapter_on_a_full_disk_stays_as_it_was(small_book, tiny):
    chapter = tiny / "one.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("'x' * 600_000")])
    nbformat.write(notebook, chapter)
    before = chapter.read_bytes()
    done = run(["publish.execute", str(chapter)], ROOT)
    assert (
        done.returncode == 1 and "cannot be written (No space left on device)" in done.stderr and is_clear(done.stderr)
    )
    assert chapter.read_bytes() == before and [p.name for p in tiny.iterdir()] == ["one.ipynb"]


def as_nobody(arguments, cwd):
    """A command run by a user without rights, for whom modes of files count; None where that cannot be."""
    if os.geteuid() != 0:
        return run(arguments, cwd)
    if not shutil.which("setpriv") or run_as(["-c", "import lib"], cwd).returncode:
        return None
    return run_as(["-m", *arguments], cwd)


def run_as(arguments, cwd):
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, *arguments]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(cwd),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120)


def open_path(folder):
    """Let every user pass through the folders of pytest down to `folder`."""
    for path in [folder, *folder.parents]:
        if path.stat().st_uid == os.geteuid() and not path.stat().st_mode & 0o001:
            path.chmod(path.stat().st_mode | 0o011)


@pytest.mark.slow
def test_a_read_only_folder_is_one_sentence(small_book):
    open_path(small_book)
    small_book.chmod(0o555)
    try:
        done = as_nobody(published(small_book), small_book)
    finally:
        small_book.chmod(0o755)
    if done is None:
        pytest.skip("no user without rights can run this Python here")
    assert done.returncode == 1 and "Permission denied" in done.stderr and is_clear(done.stderr), done.stderr
    assert (small_book / "_book" / "index.html").read_text() == "the last good book"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["_quarto.yml", "one.ipynb", "index.qmd"])
def test_an_unreadable_file_is_one_sentence(small_book, name):
    open_path(small_book)
    (small_book / name).chmod(0o000)
    small_book.chmod(0o777)
    done = as_nobody(published(small_book), small_book)
    if done is None:
        pytest.skip("no user without rights can run this Python here")
    assert done.returncode == 1 and name in done.stderr and "Permission denied" in done.stderr and is_clear(done.stderr)


def test_a_draft_that_cannot_be_written_leaves_the_file(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("old")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(BookError, match="No space left"):
        files.write(path, "new")
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["a.txt"]


# --- killed between two steps -------------------------------------------------------------------------------------------


def folder(path, text):
    path.mkdir()
    (path / "index.html").write_text(text)
    return path


@pytest.mark.parametrize("can_exchange", [True, False])
def test_swap_puts_the_new_folder_in_place(tmp_path, monkeypatch, can_exchange):
    if not can_exchange:
        monkeypatch.setattr(files, "_exchange", lambda *_: False)
    new, old = folder(tmp_path / "new", "new"), folder(tmp_path / "_book", "old")
    files.swap(new, old)
    assert (old / "index.html").read_text() == "new" and not (tmp_path / "_book.old").exists()


def test_folders_are_exchanged_in_one_step_here(tmp_path):
    one, other = folder(tmp_path / "one", "1"), folder(tmp_path / "other", "2")
    assert files._exchange(one, other) and (one / "index.html").read_text() == "2"
    assert not files._exchange(one, tmp_path / "nowhere")


def test_an_old_book_that_was_set_aside_comes_back(tmp_path):
    folder(tmp_path / "_book.old", "old")
    files.recover(tmp_path / "_book")
    assert (tmp_path / "_book" / "index.html").read_text() == "old" and [p.name for p in tmp_path.iterdir()] == [
        "_book"
    ]


def test_what_killed_runs_left_is_removed_and_what_others_make_is_not(tmp_path):
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    for name in (f".book-{dead.stdout.strip()}-x", ".book-x", f".book-{os.getpid()}-x", "_book.old", "_book"):
        folder(tmp_path / name, name)
    files.recover(tmp_path / "_book")
    assert sorted(p.name for p in tmp_path.iterdir()) == [f".book-{os.getpid()}-x", "_book"]


@pytest.mark.slow
def test_a_build_killed_at_random_moments_leaves_a_whole_book():
    assert faults_kill.main(["4"]) == 0


# --- nothing in the data becomes markup, code or a formula ---------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "]]>&lt;b&gt;",
    "#panic()[x] $x$ @ref <label> `raw` \\ *bold* _it_",
    "{{ 7 * 7 }} {% raw %}",
    "[a](javascript:alert(1)) ![x](http://x.invalid/y.png)",
    '=HYPERLINK("http://x.invalid")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
]


def active(text):
    """Elements and attributes of a page that run or load something."""
    tree = lxml_html.fromstring(f"<div>{text}</div>")
    found = [e for e in tree.iter("script", "img", "iframe", "object", "embed") if e.get("type") != "application/json"]
    handlers = [a for e in tree.iter() if isinstance(e.tag, str) for a in e.attrib if a.lower().startswith("on")]
    links = [e.get("href") for e in tree.iter("a") if (e.get("href") or "").startswith("javascript")]
    return found + handlers + links


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_stays_text_in_tables(text):
    frame = pd.DataFrame({"name": [text], "value": [1]})
    shown = tables.show_table(frame, {"name": text, "value": text}, note=text, sentences=[text]).html
    assert not active(shown)
    cell = lxml_html.fromstring(f"<div>{shown}</div>").find(".//tbody/tr/th").text_content()
    assert cell.replace("\r", "\n") == text.replace("\r", "\n")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_stays_text_in_charts(text):
    frame = pd.DataFrame({"name": [text], "value": [1]})
    chart = alt.Chart(frame).mark_bar().encode(x="value:Q", y="name:N", tooltip=["name:N"]).properties(title=text)
    stored = notebook.show(chart, frame, ["fox59"], alt_text=text)
    assert not active(stored.html) and not active(stored.svg)
    spec = re.search(r"data-vega-for=[^>]*>(.*?)</script>", stored.html, re.DOTALL)[1]
    assert json.loads(spec)["title"] == text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_downloaded_csv_holds_no_formula(text):
    frame = pd.DataFrame({"name": [text, "Utah"], "value": [-3, 2], "share": [-0.5, None], text: ["a", "b"]})
    link = re.search(r'href="data:text/csv;charset=utf-8,([^"]*)"', notebook.data_fold(frame, "x", []))[1]
    rows = list(csv.reader(io.StringIO(unquote(link), newline="")))
    assert len(rows) == 3 and not [cell for row in rows for cell in row if cell.lstrip().startswith(("=", "+", "@"))]
    assert rows[1][1] == "-3" and rows[1][2] == "-0.5", "a negative number is no formula"
    assert rows[1][0].lstrip("'") == text.replace("\r", " ") and not rows[1][0].startswith("-")


def hostile_book(root, text):
    """A chapter with a table whose cells, caption and description are hostile, and a sentence with the same text."""
    cells = [
        nbformat.v4.new_markdown_cell("# Title {#sec-x}"),
        nbformat.v4.new_code_cell(f"#| label: tbl-x\n#| tbl-cap: {json.dumps(text)}\n1", execution_count=1),
        nbformat.v4.new_code_cell("2", execution_count=2),
    ]
    table = tables.show_table(pd.DataFrame({"name": [text]}), note=text).html
    cells[1].outputs = [nbformat.v4.new_output("display_data", {"text/html": table})]
    cells[2].outputs = [nbformat.v4.new_output("display_data", {"text/plain": text})]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), root / "one.ipynb")


@pytest.mark.slow
def test_hostile_names_stay_text_in_site_and_pdf(small_book):
    text = " ".join(sorted(t.strip() for t in HOSTILE))
    hostile_book(small_book, text)
    out = small_book / "_book"
    assert publish.__main__.main(["--config", str(small_book / "_quarto.yml"), "--out", str(out)]) == 0
    tree = lxml_html.parse(str(out / "one.html")).getroot()
    main = tree.find(".//main")
    assert not active(lxml_html.tostring(main, encoding="unicode"))
    assert " ".join(main.find(".//tbody/tr/th").text_content().split()) == text
    pdf = "".join(page.extract_text() for page in PdfReader(out / "book.pdf").pages)
    for piece in ("<script>alert(1)</script>", "#panic()[x]", "{{ 7 * 7 }}", "=HYPERLINK("):
        assert piece in " ".join(pdf.split()), piece


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "[a](javascript:alert(1))", "=1+1", "`x`", "<b>x"])
def test_a_place_name_that_is_no_name_stops_the_build(data_copy, name, capsys):
    path = data_copy / "jurisdictions.csv"
    path.write_text(path.read_text().replace(",Missouri,", f",{name},", 1))
    data.clear_cache()
    assert lib.__main__.main(["check"]) == 1
    assert "pattern" in capsys.readouterr().err


def test_markup_in_a_sentence_stays_text(small_book):
    (small_book / "index.qmd").write_text(
        "# Preface {.unnumbered}\n\nIn <script>alert(1)</script>, <img src=x onerror=a()>.\n"
    )
    out = small_book / "_book"
    assert publish.__main__.main(["--no-states", "--config", str(small_book / "_quarto.yml"), "--out", str(out)]) == 0
    main = lxml_html.parse(str(out / "index.html")).getroot().find(".//main")
    assert not active(lxml_html.tostring(main, encoding="unicode"))
    assert "<script>alert(1)</script>" in main.text_content()
