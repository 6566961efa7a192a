"""The pages of the states: `states/<name>.html` with all years and two PDFs each, and an index with a map.

`python -m publish` writes them with the book; after Quarto `python -m publish.summaries --out _book` does.
"""

import argparse
import html
import sys
import tempfile
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from tqdm import tqdm

from lib import data, summary, summary_figures, summary_output
from lib.errors import BookError
from lib.summary_model import StateSummary
from lib.words import slug
from publish import html as site
from publish import summary_map, summary_pdf
from publish.config import Book

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
FOLDER = "states"
_INTRO = (
    "Two pages for each state, the District of Columbia and five territories: how many federal cases, where the place "
    "stands and how firm that is, and the nation beside it. Choose a place by name or on the map."
)


def names() -> dict[str, str]:
    """The 56 places by USPS code, in alphabetical order of their names."""
    table = data.jurisdictions().sort_values("name")
    return dict(zip(table.usps, table.name, strict=True))


def pdf_files(name: str) -> list[dict[str, str]]:
    """The PDFs of a place, the latest year first: file, label, short label, year."""
    first, last = summary_figures.years()[0], summary_figures.years()[-1]
    files = {last: f"{slug(name)}-{last}.pdf", first: f"{slug(name)}.pdf"}
    return [
        {"file": file, "label": f"Two pages to print, {year} (PDF)", "short": str(year), "year": str(year)}
        for year, file in files.items()
    ]


def entries() -> list[dict[str, str]]:
    """What the site's search finds: each place by name and code, and the index."""
    found = [{"title": "State summaries", "section": "", "url": f"{FOLDER}/index.html", "text": _INTRO}]
    districts = data.districts().groupby("jurisdiction").name.agg(", ".join)
    for usps, name in names().items():
        text = f"{usps}: new cases, rank, convictions, restitution, year by year. Districts: {districts.get(usps, 'none')}."
        found.append({"title": name, "section": "State summary", "url": f"{FOLDER}/{slug(name)}.html", "text": text})
    return found


@cache
def _macros() -> Any:
    """The macros of the template."""
    environment = Environment(loader=FileSystemLoader(HERE / "site"), autoescape=True, undefined=StrictUndefined)
    return environment


def _macro(name: str, *arguments: Any, **shared: Any) -> str:
    """One macro of the template, filled in."""
    template = _macros().get_template("summary.html.jinja")
    found: str = getattr(template.make_module(shared), name)(*arguments)
    return found


def view(found: StateSummary) -> dict[str, Any]:
    """A summary as the page template reads it: the sheet of the PDF with table rows, sources and the map."""
    later = found.districts_next
    return summary_pdf.sheet(found) | {
        "rows": [summary_output.measure_row(m) for m in (*found.stack_up, *found.others)],
        "district_columns_next": summary_pdf.district_columns(later),
        "map_svg": summary_map.page_map(
            summary_pdf.classes(found.nation.map), summary_pdf.map_alt(found.nation.map), found.usps
        ),
    }


def _sources(summaries: Iterable[StateSummary]) -> list[Any]:
    """The sources of several summaries, each once."""
    return list(dict.fromkeys(source for s in summaries for source in (*s.sources, *s.nation.sources)))


def body(usps: str, name: str) -> str:
    """The content of the page of one place, all years."""
    years = [summary.state_summary(usps, year) for year in summary_figures.years()]
    content = _macro(
        "place", [view(s) for s in years], summary_map.definitions(), pdf_files(name), all_sources=_sources(years)
    )
    return f'<div class="summary">{content}</div>'


def index_body() -> str:
    """The content of the index: a map of links, a list, a table."""
    year = summary_figures.years()[-1]
    all_names = names()
    found = {usps: summary.state_summary(usps, year) for usps in all_names}
    places = []
    for usps, name in all_names.items():
        line = found[usps].later[-1]
        places.append(
            {
                "name": name,
                "file": f"{slug(name)}.html",
                "pdfs": pdf_files(name),
                "text": found[usps].stack_up[0].text,
            }
            | line.__dict__
        )
    nation = next(iter(found.values())).nation
    links = {usps: (f"{slug(name)}.html", name) for usps, name in all_names.items()}
    chart = summary_map.page_map(summary_pdf.classes(nation.map), f"{nation.map.title}: choose a place", links=links)
    content = _macro(
        "index",
        chart,
        summary_map.definitions(),
        places,
        summary_pdf.legend(nation.map),
        nation.map.title,
        nation.map.note,
        _INTRO,
    )
    return f'<div class="summary">{content}</div>'


def standalone(found: StateSummary) -> str:
    """One summary as a page of its own that needs no other file."""
    content = _macro("alone", view(found), summary_map.definitions(), all_sources=_sources([found]))
    style = "".join(
        (HERE / "site" / name).read_text(encoding="utf-8") for name in ("elements.css", "site.css", "summary.css")
    )
    style = "\n".join(line for line in style.splitlines() if not line.startswith("@font-face"))
    title = html.escape(f"{found.name}: federal human trafficking cases, {found.year}")
    return (
        f'<!DOCTYPE html>\n<html lang="en-US"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{title}</title><style>{style}</style></head><body><main class="summary"><article><h1>{title}</h1>{content}'
        "</article></main></body></html>\n"
    )


def pdf(found: StateSummary) -> bytes:
    """One summary as a two-page PDF."""
    from publish import config

    book = config.load(ROOT / "_quarto.yml")
    with tempfile.TemporaryDirectory() as folder:
        press = summary_pdf.Press(Path(folder), book.title, book.author)
        return press.print(press.prepare(found))


def _page(book: Book, url: str, title: str, content: str, nav: list[Any], beside: dict[str, Any]) -> str:
    """A page of the site."""
    template = _macros().get_template("page.html.jinja")
    page = {
        "id": "summary", "title": title, "number": "", "html": content, "url": f"{FOLDER}/{url}", "notebook": None,
        "description": f"{title}: federal human trafficking cases, ranks with ties, districts, trend and sources.",
        "markdown": None if url == "index.html" else Path(url).with_suffix(".md").name, "styles": ["summary.css"],
    }  # fmt: skip
    text: str = template.render(
        book=site.about(book), page=page, toc=[], nav=nav, root="../", assets="../assets/", **beside
    )
    return text


def _write_pages(book: Book, nav: list[Any], out: Path) -> None:
    """The index and one page for each place, with its text in Markdown."""
    index = {"title": "State summaries", "url": f"{FOLDER}/index.html"}
    listed = [{"title": name, "url": f"{FOLDER}/{slug(name)}.html"} for name in names().values()]
    around = [index, *listed, None]
    (out / "index.html").write_text(
        _page(book, "index.html", "State summaries", index_body(), nav, {"previous": None, "next": listed[0]}), "utf-8"
    )
    for place, (usps, name) in enumerate(tqdm(names().items(), "pages of states", disable=None), 1):
        beside = {"previous": around[place - 1], "next": around[place + 1]}
        target = out / f"{slug(name)}.html"
        target.write_text(_page(book, target.name, name, body(usps, name), nav, beside), "utf-8")
        texts = [
            summary_output.markdown(summary.state_summary(usps, year)) for year in reversed(summary_figures.years())
        ]
        target.with_suffix(".md").write_text("\n".join(texts), "utf-8")


def _write_pdfs(book: Book, out: Path) -> None:
    """Two PDFs for each place."""
    with tempfile.TemporaryDirectory() as folder:
        press = summary_pdf.Press(Path(folder), book.title, book.author)
        for usps, name in tqdm(names().items(), "PDFs of states", disable=None):
            for entry in pdf_files(name):
                found = summary.state_summary(usps, int(entry["year"]))
                (out / entry["file"]).write_bytes(press.print(press.prepare(found)))


def write(book: Book, nav: list[Any], out: Path) -> None:
    """Write all pages and PDFs below `out/states`; `nav` is the sidebar of the site."""
    start = time.perf_counter()
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    _write_pages(book, nav, folder)
    _write_pdfs(book, folder)
    print(f"states: {len(names())} places, {time.perf_counter() - start:.1f} s", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """After Quarto: write the pages into its book, with the style and scripts that they need."""
    from publish import config
    from publish.__main__ import read_chapters

    parser = argparse.ArgumentParser(prog="python -m publish.summaries", description="Write the pages of the states.")
    parser.add_argument("--out", type=Path, default=ROOT / "_book", help="folder of the finished book (default: _book)")
    options = parser.parse_args(arguments)
    try:
        if not options.out.is_dir():
            raise BookError(f"There is no book in {options.out}; render it first, or give --out.")
        book = config.load(ROOT / "_quarto.yml")
        chapters, _ = read_chapters(book)
        site.copy_assets(options.out)
        site.write_search(options.out, entries())
        write(book, site.navigation(chapters), options.out)
    except BookError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
