"""What a state summary holds: frozen records that become JSON as they are. None is "not published", never 0."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from lib.words import slug

Number = int | float | None
#: What may be known of a district, with the heads of the columns.
DISTRICT_COLUMNS = {
    "new_criminal_cases": "New cases",
    "new_sex_cases": "Sex trafficking",
    "new_labor_cases": "Forced labor",
    "new_defendants": "New defendants",
    "outside_tvpa_cases": "Outside the TVPA",
    "active_criminal_cases": "Active cases",
    "convictions": "Convictions",
}


@dataclass(frozen=True)
class Rank:
    """A place among jurisdictions, 1 for the largest value; `place` is None where none was published or can be computed.

    `tied` counts who is known to share it, itself included; `basis` is "published", "computed", "implied" or "". For a computed
    rank `lower` and `upper` are the joint 95 % interval of `lib.intervals.rank_sets`, for an implied one the best and the worst
    place that the published ranks leave; `interval` prints it, and `firmness` says in words what it allows.
    """

    place: int | None
    tied: int | None
    of: int
    text: str
    basis: str
    lower: int | None
    upper: int | None
    interval: str
    firmness: str


@dataclass(frozen=True)
class Measure:
    """One measure of a jurisdiction in a year, in `unit`, with its rank, the nation's figure and the year before.

    `label` names it, `short` in a word or three.
    `lower` and `upper` are what the published ranks imply where `value` is None. `national_share_pct` is `value` out of
    `national`. `before_note` says why `before` is missing or with what care it may be compared.
    """

    metric: str
    label: str
    short: str
    unit: str
    value: Number
    text: str
    lower: int | None
    upper: int | None
    rank: Rank
    national: Number
    national_text: str
    national_share_pct: float | None
    before: Number
    before_note: str
    sentence: str
    note: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class District:
    """What is known of one federal district: counts of new cases by type, defendants, active cases, convictions."""

    court_id: str
    name: str
    new_criminal_cases: int | None
    new_sex_cases: int | None
    new_labor_cases: int | None
    new_defendants: int | None
    outside_tvpa_cases: int | None
    active_criminal_cases: int | None
    convictions: int | None
    sources: tuple[str, ...]


@dataclass(frozen=True)
class TrendPoint:
    """New cases of one year: under the TVPA and outside it, and whether the printed total counts the latter ("inside")."""

    year: int
    tvpa_cases: int | None
    outside_tvpa_cases: int | None
    as_printed: int | None
    outside_is: str
    lower: int | None
    upper: int | None
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Split:
    """Sex and labor trafficking side by side: new cases and new defendants, and the share of labor cases in percent."""

    sex_cases: int | None
    labor_cases: int | None
    sex_defendants: int | None
    labor_defendants: int | None
    labor_share_pct: float | None
    sentence: str


@dataclass(frozen=True)
class Outside:
    """Sex trafficking cases charged outside the TVPA, of the place and of the nation, beside or inside the new cases."""

    cases: int | None
    national: int | None
    national_share_pct: float | None
    counted: str
    sentence: str


@dataclass(frozen=True)
class Restitution:
    """Defendants ordered to pay restitution out of those convicted ("2 of 9"), in percent, with its exact 95 % interval.

    `context` says the nation's share and the interval in words.
    """

    ordered: int | None
    convicted: int | None
    pct: float | None
    pct_lower: float | None
    pct_upper: float | None
    national_pct: Number
    text: str
    sentence: str
    context: str


@dataclass(frozen=True)
class Source:
    """A source by its id in sources.csv."""

    source_id: str
    title: str
    url: str


@dataclass(frozen=True)
class Finding:
    """One national key figure beside the year before."""

    metric: str
    label: str
    unit: str
    value: int | None
    before: int | None
    text: str
    before_text: str
    change_text: str
    sentence: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Map:
    """A map of the jurisdictions in classes: `classes` are (label, lowest, highest); `places` maps a USPS code to its count."""

    title: str
    note: str
    year: int
    metric: str
    classes: tuple[tuple[str, int, int], ...]
    places: dict[str, int | None]


@dataclass(frozen=True)
class Nation:
    """The second page of a summary: the nation in the same year."""

    year: int
    findings: tuple[Finding, ...]
    split: Split
    outside_tvpa_cases: int | None
    outside_sentence: str
    civil: tuple[str, ...]
    map: Map
    trend: tuple[TrendPoint, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Later:
    """New cases and rank of one year of the district tables, to show how the state went on."""

    year: int
    new_criminal_cases: int | None
    rank_text: str
    interval: str


@dataclass(frozen=True)
class StateSummary:
    """All that a summary says of one jurisdiction in one year; see the fields' own classes.

    `districts_next` are the districts in the first year known for each, where those of `year` are not all known. `sources`
    are those of the jurisdiction's own figures; the nation's stand in `nation.sources`.
    """

    usps: str
    name: str
    spoken: str
    kind: str
    year: int
    has_court: bool
    lead: str
    stack_up: tuple[Measure, ...]
    others: tuple[Measure, ...]
    districts: tuple[District, ...]
    districts_note: str
    districts_next: tuple[District, ...]
    districts_next_year: int | None
    trend: tuple[TrendPoint, ...]
    later: tuple[Later, ...]
    split: Split
    outside: Outside
    restitution: Restitution
    not_published: tuple[str, ...]
    nation: Nation
    sources: tuple[Source, ...]
    how_ranked: str
    caution: str

    @property
    def slug(self) -> str:
        """The name as part of an address, such as "missouri"."""
        return slug(self.name)

    def measure(self, metric: str) -> Measure:
        """One of the measures. Raises KeyError for a metric that no summary has."""
        return {m.metric: m for m in (*self.stack_up, *self.others)}[metric]

    def notes(self) -> list[str]:
        """What the sources of the measures say loosely, each with the name of the measure."""
        return [f"{m.label}: {m.note}." for m in (*self.stack_up, *self.others) if m.note]

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain dictionaries, lists, numbers and text. Raises ValueError for a number that is not finite."""
        found: dict[str, Any] = json.loads(json.dumps(asdict(self), allow_nan=False))
        return found
