"""The finished book: every page and link, and key numbers in HTML and PDF."""

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from lxml import html as lxml_html
from pypdf import PdfReader

from lib import national, states
from publish import config
from publish.__main__ import render
from tests.conftest import ROOT

#: What the renderer reads.
PARTS = ["_quarto.yml", "index.ipynb", "references.bib", "chapters", "data", "lib", "publish"]


def pages(book: Path) -> list[Path]:
    return sorted(book.rglob("*.html"))


@pytest.fixture(scope="module")
def pdf_text(book) -> str:
    """The words of book.pdf, read once."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(book / "book.pdf").pages).split())


def test_every_chapter_is_there(book):
    listed = [page.url for page in config.load(ROOT / "_quarto.yml").pages]
    assert len(listed) >= 5
    for url in listed:
        assert (book / url).is_file() and (book / url).with_suffix(".md").is_file()


def test_every_internal_link_resolves(book):
    checked = 0
    for path in pages(book):
        tree = lxml_html.parse(str(path)).getroot()
        for element, attribute, link, _ in tree.iterlinks():
            if re.match(r"(https?|data|mailto):", link):
                assert element.tag == "a" or link.startswith("data:"), f"{path} loads {link}"
                continue
            address, fragment = urldefrag(link)
            target = (path.parent / unquote(address)).resolve() if address else path
            assert target.is_file(), f"{path.name}: {link} ({attribute})"
            if fragment and target.suffix == ".html":
                assert f'id="{fragment}"' in target.read_text(), f"{path.name}: {link}"
            checked += 1
    assert checked > 100


def test_key_numbers_stand_in_html_and_pdf(book, pdf_text):
    words = [f"{row['value']} new criminal cases" for _, row in national.key_findings(2019).head(1).iterrows()]
    missouri = states.stack_up(2019).set_index(["jurisdiction", "metric"]).loc[("MO", "new_criminal_cases")]
    words += [f"{missouri['value']:.0f} new cases, which the report ranks {missouri.rank_text}"]
    words += [f"is {national.active_civil_cases(2019)} active civil cases"]
    site = " ".join(" ".join(re.sub(r"<[^>]+>", "", path.read_text()).split()) for path in pages(book))
    for text in words:
        assert text in site and text in pdf_text, text


def test_references_are_numbered_alike_in_both(book, pdf_text):
    site = (book / "chapters" / "03-sex-and-labor.html").read_text()
    assert re.search(r'href="01-national\.html#fig-types">Figure 1\.2<', site)
    assert "Figure 1.2" in pdf_text


def test_pdf_is_tagged_and_has_bookmarks_and_metadata(book):
    reader = PdfReader(book / "book.pdf")
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.metadata.title == config.load(ROOT / "_quarto.yml").title
    assert any("National findings" in str(item) for item in str(reader.outline).split("},"))
    assert b"pdfuaid" in (book / "book.pdf").read_bytes() or "pdfuaid" in str(reader.xmp_metadata.stream.get_data())


def test_every_figure_stands_in_both(book, pdf_text):
    site = "".join(path.read_text() for path in pages(book))
    labels = re.findall(r'<figure id="((?:fig|tbl)-[\w-]+)"', site)
    assert len(labels) == len(set(labels)) >= 20
    captions = re.findall(r"<figcaption><span class='label'>((?:Figure|Table) [\w.]+?)\.</span>", site)
    assert all(f"{caption}." in pdf_text for caption in captions)


def test_missing_is_never_shown_as_nan_or_none(book):
    for path in pages(book):
        text = re.sub(r"<script.*?</script>", "", path.read_text(), flags=re.DOTALL)
        assert not re.search(r"\b(nan|NaN|&lt;NA&gt;|None(?! of\b| are\b)|null|undefined)\b", text), path
    assert "not published" in (book / "chapters" / "02-states.html").read_text()


def test_pages_are_light(book):
    for path in (book / "chapters").glob("*.html"):
        assert len(gzip.compress(path.read_bytes())) < 150_000, path.name


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_another_copy_at_another_time_and_place_gives_the_same_bytes(book, tmp_path):
    """The project copied to another folder, rendered by a new process with another time zone, locale, hash seed and umask."""
    copy = tmp_path / "a copy elsewhere"
    copy.mkdir()
    for name in PARTS:
        whole = ROOT / name
        shutil.copytree(
            whole, copy / name, ignore=shutil.ignore_patterns("__pycache__")
        ) if whole.is_dir() else shutil.copy(whole, copy / name)
    other = {
        "TZ": "Asia/Kathmandu",
        "LC_ALL": "tr_TR.UTF-8",
        "PYTHONHASHSEED": "77",
        "PYTHONPATH": str(copy),
        "HOME": str(tmp_path),
    }
    command = [sys.executable, "-m", "publish", "--out", str(tmp_path / "out")]
    subprocess.run(command, cwd=copy, env={**os.environ, **other}, umask=0o077, check=True, capture_output=True)
    assert digests(book) == digests(tmp_path / "out")


def test_no_page_knows_where_it_was_made(book):
    for path in book.rglob("*"):
        if path.is_file():
            assert str(ROOT).encode() not in path.read_bytes() and str(book).encode() not in path.read_bytes(), path


def test_one_changed_cell_changes_the_bytes(book, tmp_path):
    """The comparison above can fail: another output gives another page and another PDF."""
    for name in PARTS:
        if name not in ("lib", "data"):
            whole = ROOT / name
            shutil.copytree(whole, tmp_path / name) if whole.is_dir() else shutil.copy(whole, tmp_path / name)
    chapter = tmp_path / "chapters" / "01-national.ipynb"
    chapter.write_text(chapter.read_text().replace("federal prosecutors filed", "federal prosecutors brought"))
    render(tmp_path / "_quarto.yml", tmp_path / "out", ["html", "pdf"], states=False)
    before, after = digests(book), digests(tmp_path / "out")
    changed = {name for name in after if before[name] != after[name]}
    assert {"chapters/01-national.html", "book.pdf"} <= changed
    assert not any(name.startswith("chapters/03") for name in changed)


@pytest.mark.parametrize("name", ["search.js", "charts.js", "site.css", "site.js", "favicon.svg"])
def test_assets_are_there(book, name):
    assert (book / "assets" / name).stat().st_size > 100
