"""Find a jurisdiction or a federal district by any of its usual names: USPS, FIPS or court code, title, county.

Case, punctuation, accents and spaces do not matter: "E.D. Mo.", "edmo", "Eastern District of Missouri" and "Missouri Eastern"
are one place. A name that fits several places is answered by the candidates, never by a guess.
"""

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from lib import data
from lib.errors import BookError

#: Abbreviations of states in legal citations, as in "E.D. Mo."; states that are not abbreviated are left out.
CITED = {
    "AL": "Ala.", "AZ": "Ariz.", "AR": "Ark.", "CA": "Cal.", "CO": "Colo.", "CT": "Conn.", "DE": "Del.",
    "DC": "D.C.", "FL": "Fla.", "GA": "Ga.", "HI": "Haw.", "IL": "Ill.", "IN": "Ind.", "KS": "Kan.", "KY": "Ky.",
    "LA": "La.", "ME": "Me.", "MD": "Md.", "MA": "Mass.", "MI": "Mich.", "MN": "Minn.", "MS": "Miss.", "MO": "Mo.",
    "MT": "Mont.", "NE": "Neb.", "NV": "Nev.", "NH": "N.H.", "NJ": "N.J.", "NM": "N.M.", "NY": "N.Y.", "NC": "N.C.",
    "ND": "N.D.", "OK": "Okla.", "OR": "Or.", "PA": "Pa.", "PR": "P.R.", "RI": "R.I.", "SC": "S.C.", "SD": "S.D.",
    "TN": "Tenn.", "TX": "Tex.", "VT": "Vt.", "VA": "Va.", "VI": "V.I.", "WA": "Wash.", "WV": "W. Va.",
    "WI": "Wis.", "WY": "Wyo.", "MP": "N. Mar. I.",
}  # fmt: skip
_OTHER_NAMES = {"DC": ["Washington, D.C."], "VI": ["Virgin Islands", "US Virgin Islands"], "MP": ["CNMI"]}
_SIDES = {"Northern": "N", "Southern": "S", "Eastern": "E", "Western": "W", "Middle": "M", "Central": "C"}
_COUNTY_WORDS = re.compile(
    r"\b(county|parish|borough|census area|city and borough|municipality|municipio|co)\b\.?", re.IGNORECASE
)
_OPENINGS = re.compile(
    r"^(the )?(united states |us |u s )?(district court )?(for )?(the )?"
    r"((state|commonwealth|territory|city and county) of (the )?)?"
)
_KINDS = {"LA": " Parish"} | dict.fromkeys(["AK", "DC", "PR", "VI", "GU", "MP"], "")
_FIRST_CITY = 510  # county codes from 510 on are independent cities


class PlaceError(BookError):
    """No place, or more than one, has the name that was given."""


class UnknownPlace(PlaceError):
    """No place has the name."""


class AmbiguousPlace(PlaceError):
    """Several places have the name; `candidates` lists them."""

    def __init__(self, text: str, candidates: "list[Place]") -> None:
        """Say in one sentence which places the name fits."""
        self.candidates = candidates
        words = "; ".join(place.label for place in candidates[:12]) + ("; ..." if len(candidates) > 12 else "")
        super().__init__(f"{text!r} fits {len(candidates)} places, name one of them: {words}.")


@dataclass(frozen=True, order=True)
class Place:
    """A jurisdiction (`code` is its USPS code) or a district (`code` is its court id), and the county it was found by."""

    kind: str
    code: str
    name: str
    jurisdiction: str
    county: str = ""

    @property
    def label(self) -> str:
        """The place in words: "Missouri (MO)", "Eastern District of Missouri (moed)", with the county before it."""
        words = f"{title(self.code) if self.kind == 'district' else self.name} ({self.code})"
        return f"{self.county}: {words}" if self.county else words


def _key(text: str) -> str:
    """A name without case, accents, punctuation, spaces and openings such as "the State of"; Saint is St, & is and."""
    bare = unicodedata.normalize("NFKD", text.replace("&", " and ")).encode("ascii", "ignore").decode().lower()
    words = " ".join(re.sub(r"[^a-z0-9]+", " ", bare.replace("'", "").replace(".", "")).split())
    words = re.sub(r"\bsaint\b", "st", words)
    return (_OPENINGS.sub("", words) or words).replace(" ", "")


@cache
def _states() -> dict[str, dict[str, Any]]:
    """Rows of jurisdictions.csv by USPS code."""
    return {str(row["usps"]): dict(row) for _, row in data.jurisdictions().iterrows()}


@cache
def _courts() -> dict[str, dict[str, Any]]:
    """Rows of districts.csv by court id."""
    return {str(row["court_id"]): dict(row) for _, row in data.districts().iterrows()}


def _side(court_id: str) -> str:
    """The part of its state that a district covers: "Eastern"; empty for a whole state."""
    row = _courts()[court_id]
    last = str(row["name"]).rsplit(" ", 1)[-1]
    return last if last in _SIDES and _states()[str(row["jurisdiction"])]["n_districts"] > 1 else ""


def title(court_id: str) -> str:
    """The court's district in full: "Eastern District of Missouri", "District of Alaska", "District of Columbia"."""
    state, side = str(_states()[str(_courts()[court_id]["jurisdiction"])]["name"]), _side(court_id)
    if state.startswith("District of"):
        return state
    article = "the " if state.endswith("Islands") else ""
    return f"{side} District of {state}" if side else f"District of {article}{state.removeprefix('U.S. ')}"


def jurisdiction_names(usps: str) -> list[str]:
    """Every name by which a jurisdiction is found: USPS code, FIPS code, name, abbreviation in citations."""
    row = _states()[usps]
    cited = [CITED[usps]] if usps in CITED else []
    return [usps, str(row["fips"]), f"FIPS {row['fips']}", str(row["name"]), *cited, *_OTHER_NAMES.get(usps, [])]


def district_names(court_id: str) -> list[str]:
    """Every name by which a district is found: court id, title, "Missouri Eastern", "E.D. Mo.", "ED MO", codes of the FJC."""
    row, side = _courts()[court_id], _side(court_id)
    usps = str(row["jurisdiction"])
    states = [
        str(_states()[usps]["name"]),
        usps,
        *([CITED[usps]] if usps in CITED else []),
        *_OTHER_NAMES.get(usps, []),
    ]
    short = f"{_SIDES[side]}.D." if side else "D."
    codes = [str(row["fjc_district"]), f"FJC {row['fjc_district']}", str(row["fjc_circuit_district"])]
    names = [court_id, str(row["name"]), title(court_id), *codes]
    for state in states:
        names += [f"{short} {state}", f"{side} District of {state}" if side else f"District of {state}"]
        names += [f"{state} {side}", f"{side} {state}", f"{state} {side} District"] if side else [f"{state} District"]
    return names


@cache
def _index() -> dict[str, list[Place]]:
    """Every jurisdiction and district by every key."""
    found: dict[str, set[Place]] = defaultdict(set)
    for usps, row in _states().items():
        for name in jurisdiction_names(usps):
            found[_key(name)].add(Place("jurisdiction", usps, str(row["name"]), usps))
    for court_id, row in _courts().items():
        for name in district_names(court_id):
            found[_key(name)].add(Place("district", court_id, str(row["name"]), str(row["jurisdiction"])))
    return {key: sorted(places) for key, places in found.items()}


@dataclass(frozen=True)
class _County:
    """A county, parish, borough or independent city with its district."""

    fips: str
    name: str
    usps: str
    court_id: str

    @property
    def city(self) -> bool:
        """Whether it is an independent city, such as St. Louis."""
        return int(self.fips[2:]) >= _FIRST_CITY and self.usps in ("VA", "MD", "MO", "NV")

    @property
    def label(self) -> str:
        """Name with its kind and state: "Boone County, Missouri"."""
        kind = ("" if self.name.endswith("City") else " (city)") if self.city else _KINDS.get(self.usps, " County")
        return f"{self.name}{kind}, {_states()[self.usps]['name']}"


@cache
def _counties() -> dict[str, list[_County]]:
    """Counties by the key of their name and by FIPS code."""
    found: dict[str, list[_County]] = defaultdict(list)
    columns = ["county_fips", "county_name", "jurisdiction", "court_id"]
    for fips, name, usps, court_id in data.district_counties()[columns].itertuples(index=False, name=None):
        county = _County(fips, name, usps, court_id)
        for key in {_key(name), fips}:
            found[key].append(county)
    return dict(found)


def _splits(text: str) -> Iterator[tuple[str, str | None]]:
    """Ways to read a text as county and state: at the last comma, then before each of the last three words, then no state."""
    if "," in text:
        county, state = text.rsplit(",", 1)
        yield county, state
    words = text.split()
    for count in range(1, min(4, len(words))):
        yield " ".join(words[:-count]), " ".join(words[-count:])
    yield text, None


def _counties_named(county: str, usps: str | None) -> list[_County]:
    """Counties of a name, in one state or in all, with or without "County"; "city" and "County" pick where both exist."""
    bare = _COUNTY_WORDS.sub(" ", county)
    city = re.search(r"\bcity\b", county, re.IGNORECASE)
    found = _counties().get(_key(county)) or _counties().get(_key(bare)) or []
    if city and not found:
        found = [c for c in _counties().get(_key(re.sub(r"\bcity\b", " ", bare, flags=re.IGNORECASE)), []) if c.city]
    elif bare != county:
        found = [c for c in found if not c.city] or found
    return [c for c in found if usps in (None, c.usps)]


def _by_county(text: str) -> list[Place]:
    """The districts of the counties that a text names; the first reading that fits counts."""
    for county, state in _splits(text):
        homes = _index().get(_key(state), []) if state is not None else []
        usps = next((p.code for p in homes if p.kind == "jurisdiction"), None)
        found = _counties_named(county, usps) if state is None or usps else []
        if found:
            return [_place(c) for c in found]
    return []


def _place(county: _County) -> Place:
    """The district of a county."""
    return Place("district", county.court_id, str(_courts()[county.court_id]["name"]), county.usps, county.label)


def candidates(text: str, kind: str | None = None) -> list[Place]:
    """Every place that `text` names; none is an empty list.

    `kind` ("jurisdiction" or "district") leaves out the others. A jurisdiction goes before a district of the same name, both go
    before counties, and asking for the district of a state lists all of its districts.
    """
    exact = _index().get(_key(text), [])
    if kind != "district":
        first = [place for place in exact if place.kind == "jurisdiction"]
        whole = {place.code for place in first}
        others = [p for p in exact if p.kind == "district" and p.jurisdiction not in whole] if kind is None else []
        if first or others or kind == "jurisdiction":
            return first + others
    courts = [place for place in exact if place.kind == "district"]
    return courts or _of_state(exact) or _by_county(text)


def _of_state(places: Iterable[Place]) -> list[Place]:
    """All districts of the jurisdictions among `places`."""
    codes = {place.code for place in places if place.kind == "jurisdiction"}
    found = [(court, row) for court, row in _courts().items() if row["jurisdiction"] in codes]
    return [Place("district", court, str(row["name"]), str(row["jurisdiction"])) for court, row in found]


def find(text: str, kind: str | None = None) -> Place:
    """The one place that `text` names; see `candidates`.

    Counties of one name that lie in one district of one state count as one place. Raises UnknownPlace with the nearest names, or
    AmbiguousPlace with the candidates.
    """
    found = candidates(text, kind)
    if not found:
        raise UnknownPlace(_unknown(text, kind))
    if len({(place.kind, place.code) for place in found}) > 1:
        raise AmbiguousPlace(text, found)
    return found[0]


def _unknown(text: str, kind: str | None) -> str:
    """One sentence on a name that fits nothing, with the nearest names there are."""
    if kind == "district" and any(p.kind == "jurisdiction" for p in _index().get(_key(text), [])):
        return f"{text!r} has no federal district court, so no district belongs to it; name another place."
    known = {_key(str(row["name"])): str(row["name"]) for row in [*_states().values(), *_courts().values()]}
    known |= {key: found[0].label for key, found in _counties().items() if not key.isdigit()}
    near = [known[key] for key in difflib.get_close_matches(_key(text), known, n=3, cutoff=0.75)]
    hint = f"; did you mean {' or '.join(near)}?" if near else '; try "Missouri", "moed" or "Boone County, Missouri".'
    return f"No jurisdiction, district or county is called {text!r}{hint}"


def lookup_table() -> dict[str, Any]:
    """What "Find your district" on the site searches: names of states, titles of districts, and every county.

    `counties` is a list of [name with kind, USPS code, number of the district in `courts`]; `courts` lists [court id, title].
    """
    courts = list(_courts())
    counties = sorted(
        {
            (c.label.rsplit(", ", 1)[0], c.usps, courts.index(c.court_id))
            for found in _counties().values()
            for c in found
        }
    )
    return {
        "states": {usps: str(row["name"]) for usps, row in _states().items()},
        "courts": [[court, title(court)] for court in courts],
        "counties": [list(county) for county in counties],
    }
