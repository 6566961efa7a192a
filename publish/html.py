"""The site: each chapter through pandoc into the page template, with search index and Markdown copies."""

import html
import json
import os
import re
import shutil
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pypandoc
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from lxml import html as lxml_html

from lib.charts.notebook import register_fonts
from lib.errors import BookError
from publish import charts_script
from publish.blocks import Block
from publish.config import Book
from publish.references import Chapter, Numbering, cover_figure
from publish.share import picture

#: Tags in prose are text: a value that a sentence quotes can never become markup. Raw blocks are the renderer's own.
_MARKDOWN = "markdown-smart-raw_html-raw_tex+raw_attribute"
HERE = Path(__file__).resolve().parent
SHARED = "assets/share.png"
FONTS = HERE.parent / "lib" / "fonts"
_CALLOUT = re.compile(r'^::: *\{\.callout-(\w+) title="(.*?)"\}\n', re.MULTILINE)


def fenced(text: str, info: str = "") -> str:
    """A code block of Markdown; its fence is longer than any run of backticks in the text, so that nothing ends it early."""
    fence = "`" * (3 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"\n\n{fence}{info}\n{text}\n{fence}\n\n"


def raw(text: str, form: str) -> str:
    """A raw block that pandoc passes through to `form` unchanged."""
    return fenced(text, f"{{={form}}}")


def pandoc(text: str, to: str, book: Book, where: object) -> str:
    """Markdown to `to` with citations. Raises BookError naming the chapter when pandoc fails."""
    extra = ["--syntax-highlighting=none" if to == "typst" else "--mathml", "--wrap=none", "--fail-if-warnings=false"]
    if book.bibliography and re.search(r"\[[^\]]*@[\w-]", text):
        extra += ["--citeproc", f"--bibliography={book.bibliography}", "-M", "link-citations=true"]
        text += "" if "{#refs}" in text else "\n\n## References {#references}\n\n::: {#refs}\n:::\n"
    os.environ["LC_ALL"] = "C.UTF-8"  # pandoc reads names of files in the locale's encoding
    try:
        found: str = pypandoc.convert_text(text, to, _MARKDOWN, extra_args=extra)
    except (RuntimeError, OSError) as error:
        reason = " ".join(str(error).split())[:300]
        raise BookError(f"{where}: pandoc cannot convert the chapter ({reason}); correct the chapter.") from None
    return found


def _callout(match: re.Match[str]) -> str:
    """The opening of a callout with its title as a paragraph."""
    return f"::: {{.callout .callout-{match[1]}}}\n\n::: {{.callout-title}}\n{match[2]}\n:::\n\n"


def _figure(block: Block, tag: str) -> str:
    """A figure or table with its caption; tables scroll in a box of their own on narrow screens."""
    words = html.escape(str(block.options.get("words", "")))
    caption = (
        f"<figcaption><span class='label'>{words}.</span> {html.escape(block.caption)}</figcaption>" if words else ""
    )
    body = block.html.replace(">not published</td>", '><span class="missing">not published</span></td>')
    if block.kind == "table":
        body = re.sub(
            r"(<table.*?</table>)",
            r'<div class="table-scroll" tabindex="0" role="region">\1</div>',
            body,
            count=1,
            flags=re.DOTALL,
        )
        body = re.sub(r"<td>(?=[^<]{23})", '<td class="words">', body)  # long cells wrap, all others stay on one line
        body = body.replace(
            'role="region"', f'role="region" aria-label="{html.escape(block.caption or "Table", quote=True)}"', 1
        )
    inner = caption + body if block.kind == "table" else body + caption
    return f'<figure id="{html.escape(block.label)}" class="{tag}">{inner}</figure>' if block.label else body


def markdown(chapter: Chapter, numbering: Numbering) -> str:
    """The chapter as pandoc Markdown with raw HTML for figures and tables."""
    parts: list[str] = []
    for block in chapter.blocks:
        if block.kind == "prose":
            text = _CALLOUT.sub(_callout, block.text)
            parts.append(numbering.resolve(text, chapter.page, block.cell, single=False))
        elif block.kind == "code":
            parts.append(raw('<details class="code-fold"><summary>Code</summary>', "html"))
            parts.append(fenced(block.text, "python") + raw("</details>", "html"))
        elif block.kind == "text":
            parts.append(fenced(block.text))
        elif block.kind == "panel":
            parts.append(raw(block.html, "html"))
        else:
            parts.append(raw(_figure(block, "fig" if block.kind == "figure" else "tbl"), "html"))
    return "\n\n".join(parts)


def navigation(chapters: list[Chapter], current: Chapter | None = None) -> list[dict[str, Any]]:
    """The sidebar: parts with their pages."""
    nav: list[dict[str, Any]] = []
    for chapter in chapters:
        if not nav or nav[-1]["part"] != (chapter.page.part or None):
            nav.append({"part": chapter.page.part or None, "pages": []})
        nav[-1]["pages"].append(
            {
                "title": chapter.title,
                "number": chapter.page.number,
                "url": chapter.page.url,
                "current": chapter is current,
            }
        )
    return nav


def _description(body: str) -> str:
    """The answer of a chapter, or the first paragraph of another page, cut to the length that search engines show."""
    page = lxml_html.fromstring(f"<div>{body}</div>")
    found = page.find("div[@class='callout callout-answer']/p")
    found = page.find("p") if found is None else found
    return textwrap.shorten("" if found is None else "".join(map(str, found.itertext())), 200, placeholder=" …")


def about(book: Book) -> dict[str, str]:
    """What the page template is told of the book."""
    texts = ("title", "subtitle", "author", "description", "site_url", "repo_url")
    return {name: getattr(book, name) for name in texts} | {
        "date": book.printed_date,
        "pdf": "book.pdf",
        "image": SHARED,
    }


def _context(book: Book, chapters: list[Chapter], index: int, body: str) -> dict[str, Any]:
    """What the page template is given."""
    chapter = chapters[index]
    root = "../" * (len(chapter.page.path.parts) - 1)

    def beside(step: int) -> dict[str, str] | None:
        """Title and address of the page before or after."""
        place = index + step
        return {"title": chapters[place].title, "url": chapters[place].page.url} if 0 <= place < len(chapters) else None

    page = {
        "id": chapter.identifier,
        "title": chapter.title,
        "number": chapter.page.number,
        "html": body,
        "description": _description(body) if chapter.page.number else book.description,
        "url": chapter.page.url,
        "notebook": chapter.page.path.name if chapter.page.path.suffix == ".ipynb" else None,
        "markdown": chapter.page.path.with_suffix(".md").name,
    }
    return {
        "book": about(book),
        "page": page,
        "toc": [{"id": i, "title": t, "level": level} for i, t, level in chapter.toc or []],
        "nav": navigation(chapters, chapter),
        "previous": beside(-1),
        "next": beside(1),
        "root": root,
        "assets": f"{root}assets/",
    }


def _search_entries(chapter: Chapter, body: str) -> Iterable[dict[str, str]]:
    """One entry for each section of a page: title, section, address, text."""
    for number, piece in enumerate(re.split(r'(?=<h[23] id=")', body)):
        found = re.match(r'<h[23] id="([\w-]+)"[^>]*>(.*?)</h', piece, re.DOTALL)
        if number and not found:
            continue
        plain = re.sub(r"<(script|style|svg|details)\b.*?</\1>", " ", piece, flags=re.DOTALL)
        text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", plain)).split())
        section = html.unescape(re.sub(r"<[^>]+>", "", found[2])) if found else ""
        url = chapter.page.url + (f"#{found[1]}" if found else "")
        yield {"title": chapter.title, "section": section, "url": url, "text": text}


def _markdown_copy(chapter: Chapter, body: str) -> str:
    """The page as plain Markdown, for readers and programs that want text: charts become their descriptions."""
    plain = re.sub(
        r'<div class="chart".*?<svg[^>]*aria-label="(.*?)".*?</svg></div>', r"<p>[Chart: \1]</p>", body, flags=re.DOTALL
    )
    plain = re.sub(
        r'<script.*?</script>|<details class="(?:code-fold|figure-data|sentences)".*?</details>',
        "",
        plain,
        flags=re.DOTALL,
    )
    text: str = pypandoc.convert_text(plain, "gfm-raw_html", "html", extra_args=["--wrap=none"])
    return f"# {chapter.title}\n\n{text}"


def copy_assets(out: Path) -> None:
    """Copy style, scripts and typefaces, and make the scripts of charts, maps and look-ups."""
    assets = out / "assets"
    shutil.copytree(HERE / "site" / "fonts", assets / "fonts", dirs_exist_ok=True)
    shutil.copyfile(FONTS / "OFL.md", assets / "fonts" / "OFL.md")
    for name in ("summary.css", "site.js", "favicon.svg"):
        shutil.copyfile(HERE / "site" / name, assets / name)
    styles = [(HERE / "site" / name).read_text(encoding="utf-8") for name in ("elements.css", "site.css")]
    (assets / "site.css").write_text("\n".join(styles), encoding="utf-8")
    charts_script.write(assets)


def write_search(out: Path, index: list[dict[str, str]]) -> None:
    """The index that the site's search reads."""
    search = f"window.searchIndex = {json.dumps(index, ensure_ascii=False)};\n"
    (out / "assets" / "search.js").write_text(search, encoding="utf-8")


def _lists(book: Book, chapters: list[Chapter], out: Path, more: list[dict[str, str]]) -> None:
    """llms.txt, and a sitemap when the site has an address; `more` are pages beside the chapters."""
    lines = [f"# {book.title}", "", f"> {book.description or book.subtitle}", ""]
    lines += [f"- [{c.title}]({c.page.path.with_suffix('.md').as_posix()})" for c in chapters]
    lines += [f"- [{entry['title']}]({entry['url'].replace('.html', '.md')})" for entry in more if entry["section"]]
    (out / "llms.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if book.site_url:
        addresses = [c.page.url for c in chapters] + [entry["url"] for entry in more]
        urls = "".join(f"<url><loc>{html.escape(book.site_url.rstrip('/'))}/{url}</loc></url>" for url in addresses)
        sitemap = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>\n'
        (out / "sitemap.xml").write_text(sitemap, encoding="utf-8")


def write(
    book: Book, chapters: list[Chapter], numbering: Numbering, out: Path, more: list[dict[str, str]] | None = None
) -> None:
    """Write the whole site below `out`; `more` are search entries of pages that others write."""
    environment = Environment(loader=FileSystemLoader(HERE / "site"), autoescape=True, undefined=StrictUndefined)
    template = environment.get_template("page.html.jinja")
    copy_assets(out)
    index: list[dict[str, str]] = []
    for place, chapter in enumerate(chapters):
        body = pandoc(markdown(chapter, numbering), "html", book, chapter.page.path)
        target = out / chapter.page.url
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(template.render(_context(book, chapters, place, body)), encoding="utf-8")
        target.with_suffix(".md").write_text(_markdown_copy(chapter, body), encoding="utf-8")
        if chapter.page.path.suffix == ".ipynb":
            shutil.copyfile(book.root / chapter.page.path, target.with_suffix(".ipynb"))
        index += _search_entries(chapter, body)
    cover = cover_figure(chapters)
    register_fonts()
    (out / SHARED).write_bytes(picture(book, cover.svg if cover else ""))
    write_search(out, index + (more or []))
    _lists(book, chapters, out, more or [])
