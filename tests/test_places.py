import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib import data, places
from lib.errors import BookError
from lib.places import AmbiguousPlace, UnknownPlace

USPS = sorted(data.jurisdictions().usps)
COURTS = sorted(data.districts().court_id)
JURISDICTION_NAMES = [(usps, name) for usps in USPS for name in places.jurisdiction_names(usps)]
DISTRICT_NAMES = [(court, name) for court in COURTS for name in places.district_names(court)]
COUNTIES = list(data.district_counties()[["county_fips", "court_id"]].itertuples(index=False, name=None))


@st.composite
def written(draw, names):
    """A code and one of its names, written carelessly: case, points, spaces."""
    code, name = draw(st.sampled_from(names))
    change = draw(st.sampled_from([str, str.lower, str.upper, str.swapcase]))
    points = draw(st.sampled_from(["keep", "drop", "comma"]))
    text = {"keep": name, "drop": name.replace(".", ""), "comma": f" {name},"}[points]
    return code, change(text).replace(" ", draw(st.sampled_from([" ", "  ", "-"])))


@given(written(JURISDICTION_NAMES))
@settings(max_examples=150)
def test_every_jurisdiction_is_found_by_each_of_its_names(case):
    code, text = case
    assert places.find(text, "jurisdiction").code == code


@given(written(DISTRICT_NAMES))
@settings(max_examples=300)
def test_every_district_is_found_by_each_of_its_names(case):
    code, text = case
    assert places.find(text, "district").code == code


def test_all_94_and_all_56_by_all_names():
    assert len(USPS) == 56 and len(COURTS) == 94 and len(DISTRICT_NAMES) > 700
    assert all(places.find(name, "jurisdiction").code == code for code, name in JURISDICTION_NAMES)
    assert all(places.find(name, "district").code == code for code, name in DISTRICT_NAMES)


def test_every_county_is_found_by_its_code_and_by_its_label():
    for fips, court in COUNTIES:
        found = places.find(fips)
        assert found.code == court
        assert places.find(found.county).code == court, found.county


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("MO", "MO"), ("missouri", "MO"), ("State of Missouri", "MO"), ("FIPS 29", "MO"), ("Commonwealth of Virginia", "VA"),
        ("moed", "moed"), ("E.D. Mo.", "moed"), ("ED MO", "moed"), ("e. d. missouri", "moed"), ("Missouri Eastern", "moed"),
        ("eastern district of missouri", "moed"), ("FJC 29", "flnd"), ("097-", "akd"), ("7-", "akd"), ("D. Alaska", "akd"),
        ("U.S. District Court for the Eastern District of Missouri", "moed"), ("S.D. W. Va.", "wvsd"), ("D.V.I.", "vid"),
        ("Boone County, Missouri", "mowd"), ("Boone, MO", "mowd"), ("boone co., mo.", "mowd"), ("Boone Missouri", "mowd"),
        ("29019", "mowd"), ("Doña Ana", "nmd"), ("dona ana county", "nmd"), ("Saint Louis city, Missouri", "moed"),
        ("De Kalb, Georgia", "gand"), ("Orleans Parish, LA", "laed"), ("Prince George's County, MD", "mdd"),
        ("Carson City", "nvd"),
        ("Franklin city, VA", "vaed"), ("Franklin County, VA", "vawd"), ("James City County, Virginia", "vaed"),
        ("Washington", "WA"), ("Washington, D.C.", "DC"), ("Washington County, Oregon", "ord"), ("New York", "NY"),
        ("New York County, New York", "nysd"), ("Virgin Islands", "VI"), ("Guam", "GU"), ("CNMI", "MP"),
    ],
)  # fmt: skip
def test_usual_ways_of_writing(text, code):
    assert places.find(text).code == code


@pytest.mark.parametrize(
    ("text", "kind", "codes"),
    [
        ("Missouri", "district", {"moed", "mowd"}),
        ("Franklin, VA", None, {"vawd", "vaed"}),
        ("29", None, {"MO", "flnd"}),
    ],
)
def test_an_ambiguous_name_is_answered_by_its_candidates(text, kind, codes):
    with pytest.raises(AmbiguousPlace) as caught:
        places.find(text, kind)
    assert {place.code for place in caught.value.candidates} == codes
    assert all(code in str(caught.value) for code in codes) and str(caught.value).count(". ") == 0


def test_a_county_in_several_states_lists_them():
    with pytest.raises(
        AmbiguousPlace, match=r"fits 8 places.*Boone County, Missouri: Western District of Missouri \(mowd\)"
    ):
        places.find("Boone")
    assert len(places.candidates("boone county")) == 8


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("Missuri", None, "did you mean Missouri"),
        ("Boone County, Atlantis", None, "No jurisdiction, district or county"),
        ("", None, "try"),
        ("Atlantis city", None, "No jurisdiction, district or county"),
        ("American Samoa", "district", "has no federal district court"),
    ],
)
def test_an_unknown_name_is_one_sentence(text, kind, words):
    with pytest.raises(UnknownPlace, match=words) as caught:
        places.find(text, kind)
    assert isinstance(caught.value, BookError)


@given(st.text(max_size=40))
@settings(max_examples=100)
def test_no_text_breaks_the_search(text):
    for place in places.candidates(text):
        assert place.code in USPS or place.code in COURTS


def test_every_county_belongs_to_one_district_of_its_state():
    table = data.district_counties()
    home = data.districts().set_index("court_id").jurisdiction
    assert table.county_fips.is_unique and table.court_id.notna().all()
    assert (table.court_id.map(home) == table.jurisdiction).all()
    assert set(table.court_id) == set(COURTS)
    assert (table.county_fips.str[:2] == table.jurisdiction.map(data.jurisdictions().set_index("usps").fips)).all()


def test_the_lookup_of_the_site_holds_every_county_once():
    table = places.lookup_table()
    assert len(table["courts"]) == 94 and len(table["states"]) == 56
    assert len(table["counties"]) == len(data.district_counties())
    boone = next(c for c in table["counties"] if c[:2] == ["Boone County", "MO"])
    assert table["courts"][boone[2]] == ["mowd", "Western District of Missouri"]
