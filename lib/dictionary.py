"""The dictionary of all data as tables: files, columns, metrics and sources, read from `data/datapackage.json`.

Nothing is described here: each text stands once, in the data package, in metrics.csv or in sources.csv.
"""

from typing import Any

import pandas as pd
from markupsafe import Markup

from lib import data
from lib.tables import number_text

#: Rules of a column in words; what is not here is shown as it stands in the data package.
_RULES = {"required": "never empty", "unique": "no value twice"}
#: Patterns of texts that chapters show: no sign that starts markup, a formula or code may stand in them.
_PATTERNS = {
    "[A-Za-z][A-Za-z .,'()-]*": "a name: letters, spaces and . , ' ( ) -",
    "[^<>{}\\[\\]`]+": "plain text without < > { } [ ] `",
    "[^<>{}\\[\\]`;]+": "plain text without < > { } [ ] ` ;",
}
_LICENSES = {"CC-BY-4.0": "CC BY 4.0", "other-pd": "Public domain"}
_DASH = "\N{EM DASH}"


def _tables() -> list[dict[str, Any]]:
    """The resources that are tables with columns."""
    return [entry for entry in data.package()["resources"] if "schema" in entry]


def _length(entry: dict[str, Any]) -> int:
    """Rows of a table, or shapes of a map."""
    if "schema" in entry:
        return len(data.table(entry["name"]))
    topology = data.geo(entry["path"].removeprefix("geo/").removesuffix(".topojson"))
    return sum(len(layer["geometries"]) for layer in topology["objects"].values())


def files() -> pd.DataFrame:
    """Every file of `data/`: path, what a row is, rows (shapes in a map), bytes, licence, day of retrieval, SHA-256."""
    return pd.DataFrame(
        [
            {
                "path": entry["path"],
                "row_is": entry["description"],
                "rows": _length(entry),
                "bytes": entry["bytes"],
                "license": "; ".join(_LICENSES.get(terms["name"], terms["name"]) for terms in entry["licenses"]),
                "retrieved": entry["retrieved"],
                "sha256": entry["hash"].removeprefix("sha256:"),
            }
            for entry in data.package()["resources"]
        ]
    )


def _rules(constraints: dict[str, Any]) -> str:
    """The constraints of one column in words, such as "never empty; 0 or more"."""
    words = [text for rule, text in _RULES.items() if constraints.get(rule)]
    low, high = constraints.get("minimum"), constraints.get("maximum")
    if low is not None:
        words.append(f"{low} to {high}" if high is not None else f"{low} or more")
    if "enum" in constraints:
        words.append("one of " + ", ".join(map(str, constraints["enum"])))
    if "maxLength" in constraints:
        words.append(f"at most {constraints['maxLength']} characters")
    if "pattern" in constraints:
        words.append(_PATTERNS.get(constraints["pattern"], f"pattern {constraints['pattern']}"))
    return "; ".join(words) or _DASH


def _references(schema: dict[str, Any]) -> dict[str, str]:
    """What each column of a table refers to, such as "sources.source_id"."""
    return {
        key["fields"]: f"{key['reference']['resource']}.{key['reference']['fields']}"
        for key in schema.get("foreignKeys", [])
    }


def _column(entry: dict[str, Any], field: dict[str, Any]) -> dict[str, str]:
    """One column as a row of the dictionary."""
    schema = entry["schema"]
    refers = _references(schema).get(field["name"])
    meaning = field["description"] + (f" (refers to {refers})" if refers else "")
    return {
        "column": f"{entry['name']}: {field['name']}",
        "type": field["type"] + (" (key)" if field["name"] in schema.get("primaryKey", []) else ""),
        "unit": field.get("unit", _DASH),
        "rules": _rules(field.get("constraints", {})),
        "meaning": meaning,
    }


def columns() -> pd.DataFrame:
    """Every column of every table: column ("figures: value"), type, unit, rules in words, meaning."""
    return pd.DataFrame([_column(entry, field) for entry in _tables() for field in entry["schema"]["fields"]])


def metrics() -> pd.DataFrame:
    """Every metric with its definition and what every reader must know, and how much of it is public.

    Columns: label, unit, definition, caution, figures (rows of figures.csv), years ("2018 to 2023").
    """
    found = data.figures().groupby("metric")["year"].agg(["size", "min", "max"])
    years = [
        str(low) if low == high else f"{low} to {high}" for low, high in zip(found["min"], found["max"], strict=True)
    ]
    counts = pd.DataFrame({"figures": found["size"], "years": years}, index=found.index)
    columns = ["label", "unit", "definition", "caution", "figures", "years"]
    return data.metrics().join(counts, on="metric")[columns]


def figures() -> pd.DataFrame:
    """Every row of figures.csv in words: place, metric with any note, year, edition, value, rank, source by short name.

    The nation comes first, then the places by name; each in the order of metrics.csv, year and edition.
    """
    found = data.figures().sort_values(["year", "edition"], kind="stable")
    labels = data.metrics().set_index("metric")["label"]
    states = data.jurisdictions().set_index("usps")["name"]
    courts = data.districts().set_index("court_id")["name"]
    place = found["court_id"].map(courts).fillna(found["jurisdiction"].map(states))
    position = found["metric"].map({name: number for number, name in enumerate(labels.index)})
    order = pd.DataFrame({"place": place.fillna(""), "metric": position}).sort_values(
        ["place", "metric"], kind="stable"
    )
    named = found.assign(
        place=place.fillna("United States"),
        metric=found["metric"].map(labels) + (" (" + found["note"] + ")").fillna(""),
        source=_short_names(found["source_id"]),
    )
    columns = ["place", "metric", "year", "edition", "value", "published_rank", "source"]
    return named.loc[order.index, columns].reset_index(drop=True)


def official_series() -> pd.DataFrame:
    """Every row of official_series.csv: family, fiscal_year, measure, definition, value, unit, source by short name."""
    found = data.official_series()
    return found.assign(source=_short_names(found["source_id"])).drop(columns="source_id")


def _short_names(source_ids: pd.Series) -> pd.Series:
    """What notes call these sources."""
    return source_ids.map(data.sources().set_index("source_id")["short_name"])


def used() -> pd.DataFrame:
    """How many rows of each table rest on each source: source_id, table, rows."""
    parts = []
    for entry in _tables():
        table = data.table(entry["name"])
        if "source_id" in table and entry["name"] != "sources":
            parts.append(table.groupby("source_id").size().rename("rows").reset_index().assign(table=entry["name"]))
    known = data.sources().drop_duplicates("url").set_index("url")["source_id"]
    mapped = [
        {"source_id": known.get(source["path"]), "table": entry["name"], "rows": _length(entry)}
        for entry in data.package()["resources"]
        for source in entry.get("sources", [])
    ]
    return pd.concat([*parts, pd.DataFrame(mapped)], ignore_index=True)[["source_id", "table", "rows"]]


def sources() -> pd.DataFrame:
    """Every source: title, short name, kind, published, url and host, the files that rest on it, and the rows that do."""
    grouped = used().groupby("source_id").agg(files=("table", ", ".join), rows=("rows", "sum"))
    table = data.sources().join(grouped, on="source_id")
    host = table["url"].str.extract(r"^https?://(?:www\.)?([^/]+?)\.?(?:/|$)", expand=False)
    return table.assign(host=host)[
        ["source_id", "title", "short_name", "kind", "published", "url", "host", "files", "rows"]
    ]


def linked(table: pd.DataFrame) -> pd.DataFrame:
    """`sources()` with the title as a link to the address, where there is one, safe to show as HTML."""
    pairs: list[tuple[str, Any]] = list(zip(table["title"], table["url"], strict=True))
    titles = [_link(title, url) for title, url in pairs]
    return table.assign(title=pd.Series(titles, table.index, dtype="object"))


def _link(title: str, url: Any) -> Markup:
    """The title as a link; as plain text when the address is missing or is no web address."""
    web = isinstance(url, str) and url.startswith(("http://", "https://"))
    return Markup('<a href="{}">{}</a>').format(url, title) if web else Markup("{}").format(title)


def size_text(size: int) -> str:
    """A size in bytes as kilobytes of 1,000 bytes, "12.3 kB"."""
    return f"{number_text(size / 1000, 1)} kB"


def plain(value: Any) -> str:
    """A text as it is; a dash where there is none to give, such as the address of a paper document."""
    return _DASH if pd.isna(value) else str(value)
