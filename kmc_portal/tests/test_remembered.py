"""Numbers that a browser remembers: after a yes only, in a cookie of ours, and forgotten by a button."""

from __future__ import annotations

import pytest
from django.test import Client

from citizens import remembered
from property_tax.tests.factories import AssesseeFactory, DemandFactory
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = pytest.mark.django_db
NUMBER = "110260100051"
PROPERTY = {"kind": "property_tax", "reference": NUMBER}


@pytest.fixture
def browser():
    return Client()


@pytest.fixture
def assessee():
    found = AssesseeFactory(assessee_number=NUMBER)
    DemandFactory(assessee=found)
    return found


def numbers_on(browser) -> list[str]:
    """What the front page offers."""
    return [each.printed for each in browser.get("/en/").context["remembered"]]


def test_looking_up_a_number_remembers_nothing(browser, assessee):
    browser.get("/en/property-tax/", {"assessee_number": NUMBER})

    assert remembered.COOKIE not in browser.cookies
    assert numbers_on(browser) == []


def test_remembered_number_stands_on_the_front_page_and_leads_to_the_dues(browser, assessee):
    answer = browser.post("/en/remember/", PROPERTY)

    assert answer.headers["Location"] == f"/en/property-tax/?assessee_number={NUMBER}"
    assert numbers_on(browser) == ["11-026-01-0005-1"]
    assert 'href="/en/property-tax/?assessee_number=110260100051"' in browser.get("/en/").text


def test_licence_is_remembered_as_it_is_printed(browser):
    LicenseDemandFactory(license=LicenseFactory(ce_number="CE/26/0051"))
    page = browser.get("/en/trade-licence/", {"ce_number": "CE260051"}).context["remembering"]

    answer = browser.post("/en/remember/", {"kind": page.kind, "reference": page.reference})

    assert numbers_on(browser) == ["CE/26/0051"]
    assert browser.get(answer.headers["Location"]).context["remembering"].is_kept


def test_number_is_forgotten_where_it_was_shown(browser, assessee):
    browser.post("/en/remember/", PROPERTY)
    here = f"/en/property-tax/?assessee_number={NUMBER}"

    answer = browser.post("/en/forget/", {**PROPERTY, "next": here})

    assert answer.headers["Location"] == here
    assert browser.cookies[remembered.COOKIE].value == ""
    assert numbers_on(browser) == []


def test_last_number_comes_first_and_a_second_time_changes_nothing_else(browser):
    for number in ("110260100051", "110260100069", "110260100051"):
        browser.post("/en/remember/", {"kind": "property_tax", "reference": number})

    assert numbers_on(browser) == ["11-026-01-0005-1", "11-026-01-0006-9"]


def test_cookie_holds_eight_numbers(browser):
    for serial in range(9):
        browser.post("/en/remember/", {"kind": "property_tax", "reference": f"1102601000{serial}1"})

    assert len(numbers_on(browser)) == remembered.MOST


@pytest.mark.parametrize(
    "asked", [{}, {"kind": "water", "reference": "1"}, {"kind": "property_tax", "reference": "12"}]
)
def test_what_is_no_number_of_ours_is_not_remembered(browser, asked):
    answer = browser.post("/en/remember/", asked)

    assert answer.headers["Location"] == "/en/"
    assert remembered.COOKIE not in browser.cookies


def test_cookie_is_signed_and_for_no_script(browser):
    cookie = browser.post("/en/remember/", PROPERTY).cookies[remembered.COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", remembered.KEPT_SECONDS)

    browser.cookies[remembered.COOKIE] = cookie.value[:-1] + ("A" if cookie.value[-1] != "A" else "B")

    assert numbers_on(browser) == []


def test_page_to_go_back_to_is_ours(browser):
    assert browser.post("/en/forget/", {**PROPERTY, "next": "https://example.org/"}).headers["Location"] == "/en/"
