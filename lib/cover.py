"""The front page: headline figures as cards and "find your state", each computed from the data and stored as one output.

Every panel is stored twice: as HTML for the site, and as Markdown for the PDF, which has no cards and no form.
"""

import hashlib
from functools import cache
from typing import Any

import pandas as pd
from jinja2 import Environment, Template

from lib import data, national, states, words
from lib.tables import number_text

_CARDS = """<div class="cards">
{% for card in cards %}<div class="card"><p class="number">{{ card.number }}</p>\
<p class="label">{{ card.label }}</p><p>{{ card.detail }}</p></div>
{% endfor %}</div>"""
_FIND = """<form class="find-state" action="#">
<p class="find-title">Find your state</p>
<ul class="places">
{% for place in places %}<li><a href="{{ place.page }}">{{ place.name }}</a></li>
{% endfor %}</ul></form>"""


class StoredPanel:
    """A piece of a page shown by Jupyter as HTML on the site and as Markdown in the PDF; one line of text for nbval."""

    def __init__(self, html: str, markdown: str) -> None:
        """Keep both forms."""
        self.html, self.markdown = html, markdown

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """What Jupyter stores."""
        digest = hashlib.sha256(self.html.encode()).hexdigest()[:12]
        return {"text/html": self.html, "text/markdown": self.markdown, "text/plain": f"Panel [{digest}]"}


@cache
def _template(text: str) -> Template:
    """A compiled template; every value is escaped."""
    return Environment(autoescape=True, trim_blocks=False).from_string(text)


def headlines(year: int, latest: int) -> pd.DataFrame:
    """The headline figures as text: number, label, detail.

    New cases and convictions of `year` beside the year before, new cases under the TVPA of `latest` beside the first year
    with complete tables, and how many jurisdictions share their rank in `latest`.
    """
    key = national.key_findings(year).set_index("metric").to_dict("index")
    trend = national.tvpa_trend().set_index("year").tvpa_cases
    first = int(data.district_new_cases().year.min())
    ranked = states.complete_ranking(latest)
    shared, places = int((ranked.tied > 1).sum()), int(ranked["rank"].notna().sum())
    rows = [
        _beside(key["new_criminal_cases"], f"new criminal cases in {year}"),
        _beside(key["convictions"], f"defendants convicted in {year}"),
        (
            number_text(trend[latest]),
            f"new cases under the TVPA in {latest}",
            f"{number_text(trend[first])} in {first}",
        ),
        (f"{shared} of {places}", f"places share their rank in {latest}", "a rank alone says little"),
    ]
    return pd.DataFrame(rows, columns=["number", "label", "detail"])


def _beside(finding: dict[Any, Any], label: str) -> tuple[str, str, str]:
    """One key finding as a card: its value, and the year before with the change in words."""
    detail = f"{number_text(finding['before'])} the year before, {words.change(finding['change_pct'])}"
    return number_text(finding["value"]), label, detail


def cards(frame: pd.DataFrame) -> StoredPanel:
    """Cards with a number, what it counts, and what to compare it with: columns number, label, detail, all text."""
    listed = [f"- **{row.number}** {row.label} ({row.detail})" for row in frame.itertuples()]
    return StoredPanel(_template(_CARDS).render(cards=frame.to_dict("records")), "\n".join(listed))


def page_of(name: str) -> str:
    """Address, below the root of the site, of the page of a jurisdiction: "states/missouri.html"."""
    return f"states/{words.slug(name)}.html"


def find_state() -> StoredPanel:
    """A list of links to the page of each jurisdiction, which site.js turns into a box to type in."""
    places = [{"name": name, "page": page_of(name)} for name in sorted(data.jurisdictions().name)]
    text = (
        f"Each of the {len(places)} states and territories has a summary of two pages of its own. "
        "They stand on the site and, as PDF, in the folder `states` beside this file."
    )
    return StoredPanel(_template(_FIND).render(places=places), text)


def tiles() -> pd.DataFrame:
    """What the map of tiles shows: jurisdiction, name, year, cases (new, under the TVPA; NA without a court), page."""
    table = states.by_state().rename(columns={"tvpa_cases": "cases"})
    table = table.assign(page=table.name.map(page_of))
    return table[["jurisdiction", "name", "year", "cases", "page"]].reset_index(drop=True)
