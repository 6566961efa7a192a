"""The measures from the court records beside the Human Trafficking Institute's published ones."""

from pathlib import Path

import pandas as pd

from lib import data, metrics
from lib.court_records.measures import COUNTS
from lib.court_records.problems import CourtRecordsError

#: Each published metric with the measure and the group of charges that come nearest to it.
NEAREST = {
    "new_criminal_cases": ("new_cases", "tvpa"),
    "new_sex_cases": ("new_cases", "sex"),
    "new_labor_cases": ("new_cases", "forced_labor"),
    "outside_tvpa_cases": ("new_cases", "outside_tvpa"),
    "new_defendants": ("new_defendants", "tvpa"),
    "active_criminal_cases": ("active_cases", "tvpa"),
    "active_sex_cases": ("active_cases", "sex"),
    "active_labor_cases": ("active_cases", "forced_labor"),
    "active_defendants": ("active_defendants", "tvpa"),
    "convictions": ("convictions", "tvpa"),
    "mean_sentence_months": ("mean_months", "tvpa"),
}
#: From the series break on these published totals hold what was charged outside the TVPA, and nothing tells how much:
#: both groups of charges together come nearest to them.
_WITH_OUTSIDE = {"new_defendants", "active_criminal_cases", "active_defendants", "convictions", "mean_sentence_months"}
BOTH = "tvpa and outside_tvpa"
YEARS = range(2018, 2024)
_PUBLISHED = ["place", "year", "metric", "published", "source_id"]
_LABELS = ["place", "year", "group", "by", "years", "records"]


def read_counts(path: Path | str) -> pd.DataFrame:
    """The output of `python -m lib court-records --out`, typed. Raises CourtRecordsError when it is not that or synthetic."""
    try:
        table = pd.read_csv(
            path,
            dtype={column: "string" for column in _LABELS if column != "year"},
            keep_default_na=False,
            na_values=[""],
        )
    except OSError as error:
        raise CourtRecordsError(f"{path} cannot be read ({error.strerror}); check its name.") from None
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise CourtRecordsError(f"{path} is not a well-formed CSV file ({reason}); count the records again.") from None
    missing = [column for column in [*_LABELS, *COUNTS] if column not in table.columns]
    if missing:
        raise CourtRecordsError(
            f"{path} has no column {missing[0]!r}; write it with `python -m lib court-records --out`."
        )
    if not (table["years"] == "calendar").all():
        raise CourtRecordsError(
            f"{path} counts fiscal years, the published figures calendar years; count without --fiscal."
        )
    return table.astype({"year": "Int64"} | dict.fromkeys(COUNTS, "Int64"))


def _summed(counts: pd.DataFrame) -> pd.DataFrame:
    """Counts by nation, state or district as counts of states and the nation (place "US"), with mean prison months."""
    parts = [counts]
    if (counts["by"] == "district").any():
        homes = data.districts().set_index("court_id")["jurisdiction"]
        parts = [counts.assign(place=counts["place"].map(homes))]
    if (counts["by"] != "nation").all():
        parts.append(parts[0].assign(place="US"))
    every = pd.concat(parts)
    apart = every[every["group"].isin(["tvpa", "outside_tvpa"])]  # these two never overlap, so they add up
    added = pd.concat([every, apart.assign(group=BOTH)]).groupby(["place", "year", "group"])[COUNTS]
    sums = added.sum(min_count=1).reset_index()
    months, terms = sums["prison_months"].astype("Float64"), sums["prison_terms"]
    return sums.assign(mean_months=(months / terms.where(terms > 0)).round(1))


def _computed(sums: pd.DataFrame) -> pd.DataFrame:
    """For each place, year and metric of NEAREST our nearest count and the group of charges it is of."""
    pieces = []
    for metric, (measure, group) in NEAREST.items():
        late = (sums["year"] >= metrics.SERIES_BREAK) & (metric in _WITH_OUTSIDE)
        kept = sums[sums["group"] == late.map({True: BOTH, False: group})]
        computed = kept[measure].astype("Float64")
        pieces.append(kept[["place", "year"]].assign(computed=computed, metric=metric, charges=kept["group"]))
    return pd.concat(pieces)


def _printed() -> pd.DataFrame:
    """The published figures of the metrics of NEAREST, each from its default edition: place, year, metric, value, source_id."""
    figures = data.figures()
    wanted = figures["year"].isin(list(YEARS)) & figures["metric"].isin(list(NEAREST)) & figures["court_id"].isna()
    rows = []
    for place, year, metric in figures.loc[wanted, ["jurisdiction", "year", "metric"]].drop_duplicates().to_numpy():
        row = data.row_at(place, year, metric, data.default_edition(place, year, [metric]))
        if row is not None:
            rows.append((place, year, metric, row["value"], row["source_id"]))
    return pd.DataFrame(rows, columns=_PUBLISHED)


def _district_sums() -> pd.DataFrame:
    """Sums of the district tables in the same columns as `_printed`; of American Samoa, which has no court, there are none."""
    tables = metrics.by_jurisdiction(data.district_new_cases(), data.districts(), data.jurisdictions())
    nation = metrics.national(data.district_new_cases()).assign(jurisdiction="US")
    sums = pd.concat([tables, nation])
    inside = sums["outside_tvpa_cases"].where(sums["year"] >= metrics.SERIES_BREAK, 0)
    sums = sums.assign(new_criminal_cases=sums["tvpa_cases"], new_sex_cases=sums["new_sex_cases"] - inside)
    sums = sums.rename(columns={"jurisdiction": "place"})
    columns = [metric for metric in NEAREST if metric in sums]
    long = sums.melt(["place", "year"], columns, var_name="metric", value_name="published").dropna(subset=["published"])
    return long.assign(source_id="hti-district-tables")[_PUBLISHED]


def published() -> pd.DataFrame:
    """HTI's figures of 2018-2023 for the nation and the states: place, year, metric, published, source_id.

    From 2020 new cases are sums of the district tables, which are complete. From the series break on cases outside the TVPA
    are taken out of `new_criminal_cases` (see `lib.metrics.tvpa_cases`) and of `new_sex_cases`, as all of them are such.
    """
    both = pd.concat([_printed(), _district_sums()]).drop_duplicates(["place", "year", "metric"], keep="last")
    return both.reset_index(drop=True).astype(
        {"place": "string", "year": "Int64", "metric": "string", "published": "Float64", "source_id": "string"}
    )


def compare(path: Path | str, synthetic: bool = False) -> pd.DataFrame:
    """HTI's published figures of 2018-2023 beside the nearest counts from the court records in the CSV file `path`.

    One row for each place (the nation "US", then states), year and metric that either side has: place, name, year, metric,
    label, charges (the group counted), published, computed, difference (computed less published, in the unit of the
    metric), source_id. NA on the side that has none. Where the counts are by nation there are no states.

    Raises CourtRecordsError for a file that is not the command's output, and for counts of synthetic records unless
    `synthetic` is true, so that no test can pass for a finding.
    """
    counts = read_counts(path)
    if not synthetic and (counts["records"] != "FJC Integrated Database").any():
        raise CourtRecordsError(
            f"{path} was counted from synthetic records, which say nothing about any court; count the real file."
        )
    sums = _summed(counts)
    computed = _computed(sums).astype({"place": "string", "metric": "string"})
    both = published().merge(computed[computed["year"].isin(list(YEARS))], on=["place", "year", "metric"], how="outer")
    both = both[both["place"].isin(set(sums["place"])) & (both["published"].notna() | both["computed"].notna())]
    names = data.jurisdictions().set_index("usps")["name"].to_dict() | {"US": "United States"}
    labels = data.metrics().set_index("metric")["label"]
    both = both.assign(
        name=both["place"].map(names), label=both["metric"].map(labels), difference=both["computed"] - both["published"]
    )
    columns = [
        "place",
        "name",
        "year",
        "metric",
        "label",
        "charges",
        "published",
        "computed",
        "difference",
        "source_id",
    ]
    return both[columns].reset_index(drop=True)
