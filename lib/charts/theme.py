"""One Altair theme for the whole book: colour-blind safe, readable on white, on dark and in black and white print."""

from typing import Any

import altair as alt

FONT = "'Source Sans 3', sans-serif"  # quoted: a bare 3 is no CSS identifier
#: Middle tones: each has a contrast of at least 3:1 with the white and with the dark page, and differs in lightness too.
SEX = "#2f7fb5"
LABOR = "#c8651b"
OUTSIDE = "#8d76b0"
TOTAL = "#5d7486"
HIGHLIGHT = "#c23b5e"
MUTED = "#8695a3"
INK = "#3a4653"
RULE = "#c9d0d6"
WIDTH = 640


@alt.theme.register("book", enable=True)
def book() -> alt.theme.ThemeConfig:
    """The theme; site.css and charts.js recolour text and rules for the dark page."""
    axis: Any = {
        "labelColor": INK,
        "titleColor": INK,
        "domainColor": RULE,
        "tickColor": RULE,
        "gridColor": RULE,
        "gridOpacity": 0.5,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 260,
    }
    legend: Any = {
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "orient": "top",
        "symbolType": "square",
        "titleFontWeight": "normal",
        "labelLimit": 320,
        "titleLimit": 320,
    }
    return {
        "config": {
            "font": FONT,
            "background": "transparent",
            "view": {"stroke": None},
            "axis": axis,
            "legend": legend,
            "header": {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "labelFontWeight": "bold"},
            "title": {"color": INK, "anchor": "start", "fontSize": 13},
            "bar": {"color": TOTAL},
            "text": {"color": INK, "fontSize": 12},
            "rule": {"color": INK},
            "point": {"color": TOTAL, "filled": True},
        }
    }
