"""What chapter 8 shows: the definition, an example on SYNTHETIC rows, and the comparison once a reader has counted the file."""

from pathlib import Path
from typing import Any

import pandas as pd

from lib import data, words
from lib.court_records import clean, command, measures
from lib.court_records.compare import YEARS, compare
from lib.court_records.definition import definition
from lib.court_records.layout import MARK, NEEDED
from lib.court_records.problems import Report
from lib.tables import number_text

GROUP_NAMES = {
    "tvpa": "Under the TVPA",
    "sex": "Sex trafficking",
    "forced_labor": "Forced labor",
    "undetermined": "Undetermined",
    "outside_tvpa": "Outside the TVPA",
}
ROW_LABELS = {
    "FISCALYR": "Fiscal year",
    "DOCKET": "Docket",
    "DEFLGKY": "Person",
    "FILEDATE": "Filed",
    "FTITLE1": "First charge",
    "TTITLE1": "Last charge",
    "DISP1": "Result",
    "DISPDATE": "Decided",
    "PRISTOT": "Prison",
}
ROW_NOTE = (
    "Synthetic: these rows are about no real case. First charge: at filing; last charge: at termination. Result 1: dismissed, "
    "4: guilty plea, 9: convicted by a jury. Prison: months, \N{MINUS SIGN}2: none, \N{MINUS SIGN}4: life."
)
COUNT_LABELS = {
    "year": "Year",
    "group": "Charges",
    "new_cases": "New cases",
    "new_defendants": "New defendants",
    "active_cases": "Active cases",
    "convictions": "Convictions",
    "mean_months": "Mean months",
    "life_terms": "Life terms",
}
#: Four SYNTHETIC defendants of three dockets and a fifth whose charge does not count; invented, about nobody.
_PEOPLE: list[dict[str, str]] = [
    {"DOCKET": "SYN0001", "DEFLGKY": "SYN-A", "FTITLE1": "18:1591", "FILEDATE": "03/05/2019", "TTITLE1": "18:1591(A)",
     "DISP1": "4", "DISPDATE": "02/10/2020", "PRISTOT": "180"},
    {"DOCKET": "SYN0001", "DEFLGKY": "SYN-B", "FTITLE1": "18:1594(C)", "FILEDATE": "03/05/2019"},
    {"DOCKET": "SYN0002", "DEFLGKY": "SYN-C", "FTITLE1": "18:1589", "FILEDATE": "06/18/2019", "TTITLE1": "18:1589",
     "DISP1": "1", "DISPDATE": "05/20/2020", "PRISTOT": "-2"},
    {"DOCKET": "SYN0003", "DEFLGKY": "SYN-D", "FTITLE1": "18:2423.F", "FILEDATE": "09/03/2019", "TTITLE1": "18:2423.F",
     "DISP1": "9", "DISPDATE": "08/14/2020", "PRISTOT": "-4"},
    {"DOCKET": "SYN0004", "DEFLGKY": "SYN-E", "FTITLE1": "18:371", "FILEDATE": "07/30/2019"},
]  # fmt: skip


def counts_file() -> Path | None:
    """The counts that a reader made of the real file, `data/court_records.csv`, or None while there are none."""
    path = data.data_dir() / "court_records.csv"
    return path if path.exists() else None


def answer(counts: Path | None) -> str:
    """The answer of the chapter in a sentence or two."""
    have = (
        "This copy of the book holds counts of the real file; they stand beside the published figures below."
        if counts
        else "This copy of the book was built without the real file, so **it shows no count of real records**."
    )
    return (
        f"Yes. One command reads the courts' file of {command.FILE_ROWS / 1e6:.1f} million rows and counts the same measures "
        f"by a definition of {len(definition().sections)} sections of law that anyone can read and change. {have}"
    )


def definition_table() -> pd.DataFrame:
    """The sections that count: law, heading, counts_as and note."""
    table = pd.read_csv(data.data_dir() / "court_record_charges.csv", dtype="string", keep_default_na=False)
    return pd.DataFrame(
        {
            "law": table["section"],
            "heading": table["heading"],
            "counts_as": table["group"].map(GROUP_NAMES),
            "note": table["note"],
        }
    )


def example_rows() -> pd.DataFrame:
    """The SYNTHETIC rows of the worked example: each defendant once in the year of filing and once in the next."""
    rows = []
    for person in _PEOPLE:
        start = {key: person[key] for key in ("DOCKET", "DEFLGKY", "FTITLE1", "FILEDATE")}
        rows += [start | {"FISCALYR": "2019"}, person | {"FISCALYR": "2020"}]
    return pd.DataFrame([{column: row.get(column, "") for column in ROW_LABELS} for row in rows])


def _example_records() -> pd.DataFrame:
    """The synthetic rows as cleaned records, with the flags, keys and dates that the page does not show."""
    raw = example_rows()
    filed, ended = (
        raw["FISCALYR"].eq("2019").map({True: "1", False: "0"}),
        raw["DISP1"].ne("").map({True: "1", False: "0"}),
    )
    raw = raw.assign(
        DISTRICT=data.districts()["fjc_district"].iloc[0],
        OFFICE="1",
        LOADDATE="11/15/" + raw["FISCALYR"],
        TERMDATE=raw["DISPDATE"],
        CTFILTRN=filed,
        CTFIL=filed,
        CTTRTRN=ended,
        CTTR=ended,
        **{MARK: "SYNTHETIC"},
    )
    rows = raw.reindex(columns=[*NEEDED, MARK], fill_value="").to_numpy().tolist()
    return clean.clean(list(enumerate(rows, 2)), definition(), Report("the synthetic example", strict=True))


def example_counts() -> pd.DataFrame:
    """The counts that follow from the SYNTHETIC rows, for both years and every group of charges; "none" where no mean is."""
    counts = measures.tally(_example_records(), [2019, 2020])
    counts["group"] = counts["group"].map(GROUP_NAMES)
    months = counts["mean_months"].map(lambda value: "none" if pd.isna(value) else number_text(value))
    return counts.assign(mean_months=months.astype("string"), year=counts["year"].astype("string"))[list(COUNT_LABELS)]


def example_words() -> str:
    """What to see in the worked example."""
    rows = example_rows()
    counts = example_counts().set_index(["year", "group"]).astype({"new_cases": int, "new_defendants": int})
    tvpa, outside = GROUP_NAMES["tvpa"], GROUP_NAMES["outside_tvpa"]
    new = {
        column: words.count(counts[column]["2019", tvpa], f"new {column[4:-1]}")
        for column in ("new_cases", "new_defendants")
    }
    left_out = rows.loc[rows["FTITLE1"] == "18:371", "DEFLGKY"].iloc[0]
    convicted = words.count(counts["convictions"]["2020", tvpa], "defendant")
    life = words.count(counts["life_terms"]["2020", outside], "life term")
    return (
        f"In this synthetic example {len(rows)} rows become {new['new_defendants']} in {new['new_cases']} under the TVPA in "
        f"2019: the rows of 2020 repeat the same people. {left_out} is left out, because the charge is not in the definition. "
        f"In 2020 the counts have {convicted} convicted under the TVPA, and {life} outside it, counted apart from the months."
    )


def method_words() -> str:
    """What the method assumes in numbers: life terms and the size of the file."""
    return (
        f"Where a mean includes life terms, each stands for {measures.LIFE_MONTHS} months, as the U.S. Sentencing Commission "
        f"takes them. The published archive is about {command.ARCHIVE_BYTES / 1e6:.0f} MB and holds "
        f"{command.FILE_BYTES / 1e9:.2f} GB of text. It is read once, a block at a time, and only the few rows that "
        f"name a section of the definition are taken apart and kept. So one ordinary computer is enough, even for a file "
        f"a hundred times as large: `python -m benchmarks court_records` measures the time and prints it for that size."
    )


def _cell(value: Any) -> str:
    """A number of the comparison as text."""
    return number_text(value)


def _pipe_table(table: pd.DataFrame) -> str:
    """A table in Markdown, so that site and PDF both have it."""
    lines = [list(table.columns), ["---"] + ["---:"] * (len(table.columns) - 1), *table.to_numpy().tolist()]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _national(both: pd.DataFrame) -> str:
    """Every measure of the nation by year, published and ours."""
    nation = both[both["place"] == "US"]
    table = pd.DataFrame(
        {
            "Measure": nation["label"] + ", " + nation["year"].astype("string"),
            "Published by HTI": nation["published"].map(_cell),
            "From the court records": nation["computed"].map(_cell),
            "Difference": [("" if pd.isna(value) else number_text(value)) for value in nation["difference"]],
        }
    )
    return _pipe_table(table.sort_values("Measure", kind="stable"))


def _states(both: pd.DataFrame) -> str:
    """New cases under the TVPA of every state by year, published and ours."""
    states = both[(both["place"] != "US") & (both["metric"] == "new_criminal_cases")]
    text = states["published"].map(_cell) + " / " + states["computed"].map(_cell)
    wide = (
        states.assign(text=text)
        .pivot(index="name", columns="year", values="text")
        .fillna("not published / not counted")
    )
    wide.columns = [str(year) for year in wide.columns]
    return _pipe_table(wide.rename_axis("Published by HTI / from the court records").reset_index())


def comparison(counts: Path | None) -> str:
    """The published figures beside ours, or, while the real file has not been counted, a plain statement that there are none."""
    if counts is None:
        return (
            "**The real file is not part of this copy of the book, so nothing is compared here.** No number on this page comes "
            "from a court. To fill this section, run `python -m lib court-records`: it says where to get the file. "
            f"Afterwards this section shows, for each year from {YEARS[0]} to {YEARS[-1]}, new cases, new defendants, active "
            "cases, convictions and the mean sentence of the nation, and new cases of every state, as HTI published them and as "
            "counted from the records, with their difference."
        )
    both = compare(counts)
    parts = ["The nation:", _national(both)]
    if (both["place"] != "US").any():
        parts += ["New cases under the TVPA by state:", _states(both)]
    return "\n\n".join(parts)
