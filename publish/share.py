"""The picture that a link to the book shows elsewhere: title, subtitle and the first chart of the preface, 1200 by 630."""

import html
import re
import textwrap

from publish.config import Book

WIDTH, HEIGHT = 1200, 630
_PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="'Source Sans 3'">
<rect width="{width}" height="{height}" fill="#ffffff"/><rect width="560" height="{height}" fill="#0a4756"/>
{lines}{chart}</svg>"""


def _lines(text: str, width: int, top: int, size: int, style: str) -> tuple[str, int]:
    """`text` broken into SVG text lines from `top` on, and where the next line would stand."""
    broken = textwrap.wrap(text, width)
    tags = [
        f'<text x="64" y="{top + number * size * 1.2:.0f}" font-size="{size}" {style}>{html.escape(line)}</text>'
        for number, line in enumerate(broken)
    ]
    return "\n".join(tags), top + round(len(broken) * size * 1.2)


def picture(book: Book, svg: str) -> bytes:
    """The picture as PNG, the same bytes for the same book; `svg` is a chart, or an empty text for none."""
    import vl_convert

    title, below = _lines(book.title, 18, 170, 58, 'font-weight="700" fill="#ffffff"')
    subtitle, _ = _lines(book.subtitle, 34, below + 20, 30, 'fill="#d9ebef"')
    size = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg)
    if size:
        room = min((WIDTH - 620) / float(size[1]), (HEIGHT - 80) / float(size[2]))
        left, top = 590 + (580 - room * float(size[1])) / 2, (HEIGHT - room * float(size[2])) / 2
        svg = f'<g transform="translate({left:.1f} {top:.1f}) scale({room:.4f})">{svg}</g>'
    whole = _PICTURE.format(width=WIDTH, height=HEIGHT, lines=title + subtitle, chart=svg)
    png: bytes = vl_convert.svg_to_png(whole)
    return png
