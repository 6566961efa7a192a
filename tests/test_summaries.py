"""The pages and PDFs of the states in the finished book, and alone from the command line."""

import gzip
import re
from io import BytesIO
from itertools import pairwise

import pytest
from lxml import html as lxml_html
from pypdf import PdfReader

from lib import data, summary, summary_figures
from lib.__main__ import main
from lib.words import slug
from publish import summaries, summary_map, summary_pdf
from tests.test_summary import MISSOURI

NAMES = dict(zip(data.jurisdictions().usps, data.jurisdictions()["name"], strict=True))


def text_of(path):
    tree = lxml_html.parse(str(path)).getroot()
    for hidden in tree.xpath("//script | //style"):
        hidden.drop_tree()
    return " ".join(tree.text_content().split())


def pdf_text(content):
    return [" ".join(page.extract_text().split()) for page in PdfReader(content).pages]


def test_every_place_has_its_page_and_pdfs(book):
    for name in NAMES.values():
        for ending in (".html", ".md", ".pdf", "-2023.pdf"):
            assert (book / "states" / f"{slug(name)}{ending}").stat().st_size > 3000, name + ending
    assert len(list((book / "states").glob("*.html"))) == 57


def test_pages_hold_all_years_without_script_and_nothing_broken(book):
    for usps, name in NAMES.items():
        path = book / "states" / f"{slug(name)}.html"
        page, text = path.read_text(), text_of(path)
        assert not re.search(r"\b(nan|NaN|None|NA|undefined|null)\b", text), name
        for year in summary_figures.years():
            assert f'id="{year}"' in page and f'href="#{year}"' in page
            found = summary.state_summary(usps, year)
            assert not found.has_court or f"{name} in {year}" in text
            assert found.stack_up[0].sentence in text or not found.has_court
        assert page.count('class="year latest" id="2023"') == 1
        assert "not a measure of prevalence" in text
        assert len(gzip.compress(path.read_bytes())) < 150_000


def test_missouri_2019_stands_in_page_pdf_and_text(book):
    page = lxml_html.parse(str(book / "states" / "missouri.html")).getroot()
    section = " ".join(page.xpath('//section[@id="2019"]')[0].text_content().split())
    printed = " ".join(pdf_text(book / "states" / "missouri.pdf"))
    copy = (book / "states" / "missouri.md").read_text()
    for text in MISSOURI:
        assert text in section and text in printed and text in copy, text


@pytest.mark.parametrize(
    "name", ["texas", "wyoming", "guam", "missouri", "california", "american-samoa", "u-s-virgin-islands"]
)
@pytest.mark.parametrize("ending", [".pdf", "-2023.pdf"])
def test_pdfs_are_two_letter_pages_and_accessible(book, name, ending):
    path = book / "states" / f"{name}{ending}"
    reader = PdfReader(path)
    assert [tuple(map(float, page.mediabox[2:])) for page in reader.pages] == [(612, 792), (612, 792)]
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"] and b"pdfuaid" in path.read_bytes()
    first, second = pdf_text(path)
    assert "not a measure of prevalence" in first and "not a measure of prevalence" in second
    assert "The nation" in second and "Sources:" in second and "Page 2 of 2" in second
    assert not re.search(r"\b(nan|None|NaN|NA)\b", first + second)


def test_all_pdfs_have_two_pages(book):
    paths = sorted((book / "states").glob("*.pdf"))
    assert len(paths) == 112
    assert {path.name: len(PdfReader(path).pages) for path in paths if len(PdfReader(path).pages) != 2} == {}


def test_american_samoa_says_that_it_has_no_court(book):
    assert "American Samoa has no federal district court" in text_of(book / "states" / "american-samoa.html")
    assert "American Samoa has no federal district court" in pdf_text(book / "states" / "american-samoa.pdf")[0]


def test_index_has_a_map_of_links_and_a_list(book):
    tree = lxml_html.parse(str(book / "states" / "index.html")).getroot()
    assert len(tree.xpath('//svg[@class="us-map"]/a')) == 56 and len(tree.xpath('//ul[@class="places"]/li/a')) == 56
    assert len(tree.xpath("//table//th[@scope='row']/a")) == 56


def test_search_and_lists_know_the_states(book):
    search = (book / "assets" / "search.js").read_text()
    assert "states/wyoming.html" in search and "states/index.html" in search
    assert "states/guam.md" in (book / "llms.txt").read_text()


@pytest.mark.slow
def test_without_states_the_book_has_none(tmp_path):
    from publish.__main__ import render
    from tests.conftest import ROOT

    render(ROOT / "_quarto.yml", tmp_path / "_book", ["html"], states=False)
    assert not (tmp_path / "_book" / "states").exists()
    assert "states/wyoming.html" not in (tmp_path / "_book" / "assets" / "search.js").read_text()


@pytest.mark.integration
def test_states_can_be_written_into_a_book_of_quarto(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(summaries, "names", lambda: {"GU": "Guam", "MO": "Missouri"})
    assert summaries.main(["--out", str(tmp_path)]) == 0
    written = {path.name for path in (tmp_path / "states").iterdir()}
    assert {"index.html", "guam.html", "guam.pdf", "missouri-2023.pdf"} <= written
    assert (tmp_path / "assets" / "summary.css").exists() and (tmp_path / "assets" / "search.js").exists()
    assert summaries.main(["--out", str(tmp_path / "nowhere")]) == 1
    assert "There is no book" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["pdf", "html"])
def test_command_line_writes_what_can_be_printed(form, tmp_path, capsys):
    out = tmp_path / f"mo.{form}"
    assert main(["summary", "MO", "--year", "2019", "--out", str(out)]) == 0
    text = " ".join(pdf_text(out)) if form == "pdf" else text_of(out)
    assert all(words in text for words in MISSOURI)


def test_page_that_stands_alone_loads_nothing():
    page = summaries.standalone(summary.state_summary("TX", 2023))
    tree = lxml_html.fromstring(page)
    assert {element.tag for element, *_ in tree.iterlinks()} <= {"a", "use"}
    assert "url(" not in page and "<script" not in page


def test_one_summary_gives_the_same_bytes_again():
    found = summary.state_summary("CA", 2022)
    first = summaries.pdf(found)
    assert summaries.pdf(found) == first and len(PdfReader(BytesIO(first)).pages) == 2


def test_map_has_every_place_once():
    outlines, squares = set(summary_map.outlines()), set(summary_map.squares())
    assert outlines | squares == set(NAMES) and not outlines & squares
    found = summary.state_summary("MO", 2023).nation.map
    drawn = summary_map.page_map(summary_pdf.classes(found), "A map", "MO")
    assert len(re.findall("<use ", drawn)) == 56 and drawn.count("picked") == 1 and drawn.count('class="none"') == 1
    assert len(re.findall("<(?:path|rect) ", summary_map.print_map(summary_pdf.classes(found)))) == 56


def test_legend_counts_every_place_with_a_figure():
    found = summary.state_summary("MO", 2021).nation.map
    numbers = [0 if e["places"] == "no places" else int(e["places"].split()[0]) for e in summary_pdf.legend(found)]
    assert sum(numbers) == 55
    assert "Map of the United States" in summary_pdf.map_alt(found)


def test_classes_of_the_map_get_darker():
    def light(color):
        return sum(int(color[i : i + 2], 16) * w for i, w in ((1, 0.299), (3, 0.587), (5, 0.114)))

    steps = [light(color) for color in summary_map.RAMP]
    assert all(a - b > 20 for a, b in pairwise(steps))
