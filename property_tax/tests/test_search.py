"""Finding an assessee without the number: in another script, with a slip, among many, page after page."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kmc_portal import city
from property_tax import search
from property_tax.models import Assessee, RegisterWord
from property_tax.search import NothingFound, SearchPlaceMissing, SearchTooShort, by_address, numbers_for_clerk
from property_tax.tests.factories import AssesseeFactory, WardFactory

pytestmark = pytest.mark.django_db
CROWD = 20_000


def live(owner: str, premises: str = "12A", street: str = "Rashbehari Avenue", ward: int = 26, **more: object) -> str:
    """Let somebody live there, and return the number."""
    number = f"11{ward:03d}01{Assessee.objects.count():04d}1"
    AssesseeFactory(
        assessee_number=number,
        ward=WardFactory(number=ward),
        owner_name=owner,
        premises_number=premises,
        street_name=street,
        **more,
    )
    return number


def numbers(**asked: str) -> list[str]:
    return [each.assessee_number for each in by_address(**asked).found]


@pytest.fixture
def crowd():
    """A register long enough that the planner would rather not read all of it."""
    names = {"first_names": city.FIRST_NAMES, "surnames": city.SURNAMES, "streets": city.STREETS}
    counts = {"first_count": len(city.FIRST_NAMES), "last_count": len(city.SURNAMES), "street_count": len(city.STREETS)}
    with connection.cursor() as cursor:
        cursor.execute(city.ASSESSEES, {"assessees": CROWD, "seed": 1, **names, **counts})
        cursor.execute(
            "INSERT INTO property_tax_registerword SELECT 'o' || md5(i::text) FROM generate_series(1, 20000) i"
        )
        # What autovacuum does after an import: until then the index has a tail that is read from end to end.
        cursor.execute("SELECT gin_clean_pending_list('assessee_search_words')")
        cursor.execute("ANALYZE property_tax_assessee")
        cursor.execute("ANALYZE property_tax_registerword")


# --- Words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("Sukumar Das", "সুকুমার দাস"),
        ("সুকুমার দাস", "Sukumar Das"),
        ("Sukumar Das", "das, sookumar"),
        ("Sukumar Das", "Skuumar Dsa"),
        ("Debabrata Mukherjee", "Debabarta Mukerjje"),
        ("অনিমেষ চক্রবর্তী", "Animesh Chakrabarti"),
        ("अनिमेष चक्रवर्ती", "অনিমেষ চক্রবর্তী"),
        ("Farida Khatun", "Smt. Farida Khatoon"),
        ("Deb Kumar Roy", "Debkumar Ray"),
        ("Debkumar Roy", "Deb Kumar Roy"),
    ],
)
def test_owner_is_found_however_the_name_is_written(stored, typed):
    number = live(stored)
    live("Mita Ghosh")

    page = by_address(owner=typed, ward="26")

    assert ([each.assessee_number for each in page.found], page.is_near) == ([number], False)


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("Rashbehari Avenue", "রাসবিহারী এভিনিউ"),
        ("রাসবিহারী এভিনিউ", "Rashbihari Avenue"),
        ("Rashbehari Avenue", "Rash Behari Avenue"),
        ("Rash Behari Avenue", "Rashbehari Avenue"),
        ("A.J.C. Bose Road", "AJC Bose Rd"),
        ("Garia Station Road", "গড়িয়া স্টেশন রোড"),
        ("Shyambazar Street", "Shyam Bazar Street"),
    ],
)
def test_street_is_found_however_it_is_written(stored, typed):
    number = live("Sukumar Das", street=stored)
    live("Sukumar Das", street="Elgin Road")

    assert numbers(street=typed) == [number]


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("Sukumar Das", "Sukunar Das"),
        ("Sukumar Das", "Sumukar"),
        ("Debabrata Mukherjee", "Degabrata Mukherji"),
        ("সুকুমার দাস", "Sukunar"),
        ("Sukumar Das", "সুকুরার"),
        ("Chakraborty", "Chakrab"),
    ],
)
def test_a_slip_or_a_beginning_finds_what_is_close_and_says_so(stored, typed):
    number = live(stored)
    live("Mita Ghosh")

    page = by_address(owner=typed, ward="26")

    assert ([each.assessee_number for each in page.found], page.is_near) == ([number], True)


def test_what_is_spelt_as_typed_leaves_out_what_is_close():
    live("Sukunar Das")
    number = live("Sukumar Das")

    assert numbers(owner="Sukumar", ward="26") == [number]


def test_ward_premises_and_owner_narrow_a_street():
    here = live("Sukumar Das")
    upstairs = live("Mita Ghosh", premises="12/1")
    elsewhere = live("Sukumar Das", premises="120", ward=90)
    street = "Rashbehari Avenue"

    assert numbers(street=street) == [here, upstairs, elsewhere]
    assert numbers(street=street, ward="26") == [here, upstairs]
    assert numbers(street=street, premises="12") == [here, upstairs]
    assert numbers(street=street, premises="12a") == [here]
    assert numbers(street=street, owner="Das") == [here, elsewhere]


def test_no_length_of_a_name_keeps_a_row_out():
    number = live("দ" * 9_000, premises="1/" * 9_000, street="কর" * 9_000)

    assert numbers_for_clerk("k" * 9_000, limit=5) == []
    assert numbers_for_clerk(number, limit=5) == [number]


def test_an_owners_name_is_no_street():
    live("Park Das", street="Elgin Road")

    with pytest.raises(NothingFound):
        by_address(street="Park")


def test_closed_numbers_are_shown_to_clerks_only():
    number = live("Sukumar Das", status="closed")

    assert numbers_for_clerk("Sukumar", limit=5) == [number]
    with pytest.raises(NothingFound):
        by_address(street="Rashbehari")


@pytest.mark.parametrize("asked", [{}, {"ward": "26"}, {"owner": "Sukumar Das"}, {"premises": "12", "ward": "26"}])
def test_without_street_or_owner_in_a_ward_nothing_is_searched(asked):
    with pytest.raises(SearchPlaceMissing):
        by_address(**asked)


@pytest.mark.parametrize("street", ["Quixotic Lane", "سڑک نام", "'); DROP TABLE x --", "a & b | !c:*", "---xyzzy---"])
def test_a_street_of_nowhere_is_a_refusal(street):
    live("Sukumar Das")

    with pytest.raises(NothingFound):
        by_address(street=street)


def test_a_changed_name_is_found_and_the_old_one_is_not():
    number = live("Sukumar Das")
    Assessee.objects.filter(assessee_number=number).update(owner_name="Zubeida Rahman")

    assert numbers(owner="Jubeida", ward="26") == [number]
    assert RegisterWord.objects.filter(word="ojbd").exists()
    with pytest.raises(NothingFound):
        by_address(owner="Sukumar", ward="26")


# --- One box for clerks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "110260100001", "11-026-01-0000-1", "১১০২৬০১০০০০১", "11026", "*00001", "*0001", "Sukumar", "das sukumar", "সুকুমার",
        "Rashbehari 12A Das", "12a rasbihari", "Sukumer", "Suk Das",
    ],
)  # fmt: skip
def test_a_clerk_types_anything_into_one_box(typed):
    number = live("Sukumar Das")
    live("Mita Ghosh", premises="7", street="Elgin Road", ward=90)

    assert numbers_for_clerk(typed, limit=5) == [number]


@pytest.mark.parametrize("typed", ["Da", "দে", "*001", "12A", "?!", "12A d"])
def test_too_little_is_refused(typed):
    with pytest.raises(SearchTooShort):
        numbers_for_clerk(typed, limit=5)


@pytest.mark.parametrize("typed", ["1102601000012", "*9999", "99"])
def test_digits_of_nobody_find_nobody(typed):
    live("Sukumar Das")

    assert numbers_for_clerk(typed, limit=5) == []


# --- Pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("few", [search.FEW, 100], ids=["sorted", "ward by ward"])
@pytest.mark.parametrize("street", ["Elgin Road", "Elbin Ruad"], ids=["as typed", "close"])
def test_pages_show_everybody_once_in_order(crowd, monkeypatch, few, street):
    monkeypatch.setattr(search, "FEW", few)
    expected = Assessee.objects.filter(street_name="Elgin Road", status="active").order_by("ward_id", "assessee_number")
    page = by_address(street=street)
    seen = [page]
    while page.after:
        page = by_address(street=street, after=page.after)
        seen.append(page)

    met = [each.assessee_number for page in seen for each in page.found]
    assert met == list(expected.values_list("assessee_number", flat=True))
    assert {len(page.found) for page in seen[:-1]} == {search.PAGE}


def test_behind_a_number_of_nobody_there_is_nothing(crowd):
    with pytest.raises(NothingFound):
        by_address(street="Elgin Road", after="119999999999")


# --- Cost -------------------------------------------------------------------------------------------------------------

PATHS = {
    "number": (lambda: numbers_for_clerk("110260100051", limit=21), {"property_tax_assessee_assessee_number"}),
    "first digits": (lambda: numbers_for_clerk("11026", limit=21), {"property_tax_assessee_assessee_number"}),
    "last digits": (lambda: numbers_for_clerk("*00051", limit=21), {"assessee_last_digits"}),
    "ward, street": (lambda: by_address(ward="26", street="Elgin Road"), {"assessee_search_words"}),
    "street, house": (lambda: by_address(street="Elgin Road", premises="12"), {"assessee_search_words"}),
    "ward, owner": (lambda: by_address(ward="26", owner="Sukumar"), {"assessee_search_words"}),
    "slips": (
        lambda: by_address(ward="3", street="Elbin Ruad"),
        {"assessee_search_words", "property_tax_registerword"},
    ),
    "clerk": (lambda: numbers_for_clerk("Sukumar Das", limit=21), {"assessee_search_words"}),
}


def indexes_of(plan: dict) -> set[str]:
    own = {plan["Index Name"]} if "Index Name" in plan else set()
    return own.union(*(indexes_of(part) for part in plan.get("Plans", [])))


def known_among(indexes: set[str]) -> set[str]:
    """The ways that the table above names; of a unique column there are two indexes, and either will do."""
    ways = set().union(*(expected for _ask, expected in PATHS.values()))
    return {way for way in ways if any(index.startswith(way) for index in indexes)}


def whole_scans_of(plan: dict) -> set[str]:
    own = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return own.union(*(whole_scans_of(part) for part in plan.get("Plans", [])))


def test_every_way_of_searching_uses_its_index(crowd):
    used, scanned = {}, {}
    for name, (ask, _expected) in PATHS.items():
        with CaptureQueriesContext(connection) as sent:
            ask()
        plans = [explained(query["sql"]) for query in sent]
        used[name] = known_among(set().union(*map(indexes_of, plans)))
        scanned[name] = set().union(*map(whole_scans_of, plans))

    assert used == {name: expected for name, (_ask, expected) in PATHS.items()}
    assert {name: tables for name, tables in scanned.items() if "property_tax_assessee" in tables} == {}


def test_going_ward_by_ward_uses_the_index(crowd, monkeypatch):
    monkeypatch.setattr(search, "FEW", 10)
    with CaptureQueriesContext(connection) as sent:
        by_address(street="Elgin Road")
    plan = explained(sent[-1]["sql"])

    assert ("assessee_search_words" in indexes_of(plan), whole_scans_of(plan)) == (True, set())


def explained(sql: str) -> dict:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql.replace('%', '%%')}", [])
        (answer,) = cursor.fetchone()
    return (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]


@pytest.mark.parametrize(
    ("asked", "queries"),
    [
        ({"street": "Elgin Road", "ward": "26"}, 1),
        ({"street": "Elbin Ruad", "ward": "26"}, 3),
        ({"street": "Elgin Road", "owner": "Sukunar Dus Ghosh Mukherji Roi"}, 3),
    ],
)
def test_a_search_is_a_fixed_number_of_queries(crowd, django_assert_num_queries, asked, queries):
    with django_assert_num_queries(queries), suppress(NothingFound):
        by_address(**asked)
