"""Tables of one house style: numbers right-aligned, rows with headers, notes and sources below.

A template of ours rather than Great Tables, because its 8 kB of style a table cannot follow a dark page, and its cells
carry no `scope` for screen readers.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

import pandas as pd
from jinja2 import Environment, Template
from markupsafe import soft_str

from lib import data
from lib.errors import DataError

NOT_PUBLISHED = "not published"
_FORMULA = ("=", "+", "-", "@")
_NUMBER = ' class="num" style="text-align: right"'
_TABLE = """<table class="{{ classes }}">
<thead><tr>{% for c in columns %}<th scope="col"{{ num | safe if c.number }}>{{ c.label }}</th>\
{% endfor %}</tr></thead>
<tbody>
{% for row in rows %}<tr{{ ' class="picked"' | safe if row.picked }}>{% for cell in row.cells %}\
{% if loop.first %}<th scope="row">{{ cell.text }}</th>\
{% else %}<td{{ num | safe if cell.number }}\
{{ ' data-sort="%s"' | format(cell.key) | safe if cell.key is not none }}>{{ cell.text }}</td>{% endif %}{% endfor %}</tr>
{% endfor %}</tbody>
</table>"""


#: So many sources are named by their titles; more would fill half a page.
_TITLES = 2
_FOOT = """{% if foot %}
<p class="table-note">{{ foot }}</p>{% endif %}{% if sentences %}
<details class="sentences"><summary>The same in sentences</summary>
<ul>{% for sentence in sentences %}<li>{{ sentence }}</li>{% endfor %}</ul></details>{% endif %}"""


@cache
def _template(text: str) -> Template:
    """A compiled template; every value is escaped."""
    return Environment(autoescape=True).from_string(text)


def number_text(value: Any, places: int = 0) -> str:
    """A number as the book prints it: thousands with commas, a true minus sign; NA is "not published"."""
    if pd.isna(value):
        return NOT_PUBLISHED
    return f"{value:,.{places}f}".replace("-", "\N{MINUS SIGN}")


def _cell(value: Any, form: Callable[[Any], str] | None, number: bool) -> dict[str, Any]:
    """One cell: its text, whether it is a number, and the key it sorts by when the text does not tell."""
    text = (
        form(value)
        if form
        else number_text(value)
        if number
        else (NOT_PUBLISHED if pd.isna(value) else soft_str(value))
    )
    return {"text": text, "number": number, "key": float(value) if number and not pd.isna(value) else None}


def html_table(
    frame: pd.DataFrame,
    labels: dict[str, str] | None = None,
    forms: dict[str, Callable[[Any], str]] | None = None,
    picked: str | None = None,
    sortable: bool = False,
) -> str:
    """`frame` as an HTML table; the first column is the header of its row, and the row whose header is `picked` is marked.

    `labels` renames columns, `forms` formats them; numbers without a form are printed whole. NA becomes "not published".
    """
    labels, forms = labels or {}, forms or {}
    numeric = {column: pd.api.types.is_numeric_dtype(frame[column]) for column in frame}
    columns = [{"label": labels.get(str(c), str(c)), "number": numeric[c]} for c in frame]
    rows = [
        {
            "picked": picked is not None and values[0] == picked,
            "cells": [_cell(v, forms.get(str(c)), numeric[c]) for c, v in zip(frame, values, strict=True)],
        }
        for values in frame.itertuples(index=False, name=None)
    ]
    return _template(_TABLE).render(
        num=_NUMBER, columns=columns, rows=rows, classes="data sortable" if sortable else "data"
    )


def spreadsheet_safe(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy in which no text can run as a formula when a spreadsheet opens it as CSV: an apostrophe is put before it.

    A spreadsheet takes a cell that begins with = + - or @, also after white space, for a formula. Numbers stay numbers.
    Source: OWASP, CSV Injection.
    """
    found = frame.rename(columns=_harmless)
    for column in found.columns[[not pd.api.types.is_numeric_dtype(kind) for kind in found.dtypes]]:
        found[column] = found[column].astype("object").map(_harmless)
    return found


def _harmless(value: Any) -> Any:
    """A text with an apostrophe before a sign that a spreadsheet takes for the start of a formula; others unchanged."""
    if not isinstance(value, str):
        return value
    text = value.replace("\r", " ")  # a bare carriage return would end the row
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def source_names(source_ids: list[str]) -> str:
    """One or two sources by title, more by short name, separated by semicolons; Appendix C lists both with the address.

    Raises DataError for an id that sources.csv does not have.
    """
    table = data.sources().set_index("source_id")
    unknown = [source for source in source_ids if source not in table.index]
    if unknown:
        raise DataError(f"sources.csv has no source {unknown[0]!r}; add it there or correct the id.")
    named = table.loc[list(dict.fromkeys(source_ids))]
    return "; ".join(dict.fromkeys(named["title"] if len(named) <= _TITLES else named["short_name"]))


class StoredTable:
    """A table shown by Jupyter as HTML, with one line of text that changes when any cell does."""

    def __init__(self, html: str, rows: int) -> None:
        """Keep the HTML and the number of rows."""
        self.html, self.rows = html, rows

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """What Jupyter stores."""
        digest = hashlib.sha256(self.html.encode()).hexdigest()[:12]
        return {"text/html": self.html, "text/plain": f"Table of {self.rows} rows [{digest}]"}


def show_table(
    frame: pd.DataFrame,
    labels: dict[str, str] | None = None,
    forms: dict[str, Callable[[Any], str]] | None = None,
    picked: str | None = None,
    sources: list[str] | None = None,
    note: str = "",
    sentences: list[str] | None = None,
) -> StoredTable:
    """A table for a chapter, with note and sources; the last expression of a cell with `#| label: tbl-...`.

    Tables of more than 12 rows can be sorted on the site. `sentences` says each row of a ranking in words, in a fold.
    """
    body = html_table(frame, labels, forms, picked, sortable=len(frame) > 12)
    foot = " ".join(text for text in (note, f"Sources: {source_names(sources)}." if sources else "") if text)
    return StoredTable(body + _template(_FOOT).render(foot=foot, sentences=sentences), len(frame))
