"""The search on the web and over REST: masked, refused alike, and not to be milked."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from property_tax import privacy
from property_tax.models import SearchAllowance
from property_tax.tests.factories import AssesseeFactory

pytestmark = pytest.mark.django_db
NUMBER = "110260100051"
WEB, REST = "/en/property-tax/search/", "/api/v1/property-tax/assessees/"
PRIVATE = {"owner_name": "Sukumar Das", "mobile": "+919830012345", "email": "sukumar@example.org"}


@pytest.fixture
def assessee():
    return AssesseeFactory(assessee_number=NUMBER, **PRIVATE)


@pytest.fixture
def few_searches(settings):
    settings.SEARCHES_PER_HOUR = 2


def page_of(client: Client, **asked: str) -> str:
    return " ".join(client.get(WEB, asked).content.decode().split())


def test_the_page_asks_first(client):
    page = page_of(client)

    assert "<h1>Find a property</h1>" in page
    assert SearchAllowance.objects.count() == 0


def test_the_enquiry_leads_to_the_search(client):
    assert (
        '<a href="/en/property-tax/search/">I do not know the number</a>'
        in client.get("/en/property-tax/").content.decode()
    )


def test_what_is_found_leads_on_to_its_dues(client, assessee):
    page = page_of(client, street="Rashbihari Avenue", ward="২৬")

    assert "<strong>12A Rashbehari Avenue</strong>" in page
    assert "Ward 26 · Owner S*** D***" in page
    assert (
        f'action="/en/property-tax/" method="get"><input type="hidden" name="assessee_number" value="{NUMBER}">' in page
    )


def test_rest_answers_with_the_same(client, assessee):
    assert client.get(REST, {"street": "রাসবিহারী", "owner": "Sukumar"}).json() == {
        "found": [
            {
                "assessee_number": NUMBER,
                "masked_owner": "S*** D***",
                "premises_number": "12A",
                "street_name": "Rashbehari Avenue",
                "ward": 26,
            }
        ],
        "after": "",
        "is_near": False,
    }


@pytest.mark.parametrize("door", [WEB, REST])
@pytest.mark.parametrize("asked", [{"street": "Rashbehari"}, {"street": "Rashbehri"}, {"owner": "das", "ward": "26"}])
def test_nobody_sees_a_name_a_telephone_or_an_address(client, assessee, door, asked):
    answer = client.get(door, asked).content.decode()

    assert NUMBER in answer
    assert {text for text in ("Sukumar", "98300", "example.org") if text in answer} == set()


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({"street": "Ra"}, "street_too_short", "street"),
        ({"street": "Rashbehari", "owner": "D."}, "owner_too_short", "owner"),
        ({"street": "Rashbehari", "ward": "145"}, "ward_unknown", "ward"),
        ({"street": "Rashbehari", "ward": "north"}, "ward_unknown", "ward"),
        ({"street": ""}, "search_place_missing", "street"),
        ({"owner": "Sukumar Das"}, "search_place_missing", "street"),
        ({"street": "Nowhere Lane"}, "nothing_found", "street"),
    ],
)
def test_both_doors_refuse_alike(client, assessee, asked, code, field):
    refusal = client.get(REST, asked).json()
    form = client.get(WEB, asked).context["form"]

    assert (refusal["code"], refusal["field"], refusal["detail"]) == (code, field, form.errors[field][0])


def test_next_page_goes_on_behind_the_last(client):
    for premises in range(1, 42):
        AssesseeFactory(premises_number=str(premises))
    pages, after = [], ""
    for _ in range(3):
        document = client.get(REST, {"street": "Rashbehari", "after": after}).json()
        pages.append([each["assessee_number"] for each in document["found"]])
        after = document["after"]

    assert ([len(page) for page in pages], after) == ([20, 20, 1], "")
    assert len({number for page in pages for number in page}) == 41
    assert f"after={pages[0][-1]}" in page_of(client, street="Rashbehari")


@pytest.mark.parametrize("after", ["x", "~", "' OR 1=1", "0" * 20, "\0", "১১০২৬০১০০০৫১"])
@pytest.mark.parametrize("door", [WEB, REST])
def test_an_invented_page_shows_nothing(client, assessee, after, door):
    answer = client.get(door, {"street": "Rashbehari Avenue", "after": after})

    assert (answer.status_code < 500, NUMBER in answer.content.decode()) == (True, False)


def test_a_connection_may_search_so_often_an_hour(client, assessee, few_searches, now):
    asked = {"street": "Rashbehari Avenue"}
    with time_machine.travel(now, tick=False):
        answers = [client.get(REST, asked).status_code, client.get(WEB, asked).status_code]
        refused, page = client.get(REST, asked), client.get(WEB, asked)
    with time_machine.travel(now + timedelta(minutes=30), tick=False):
        later = client.get(REST, asked)

    assert (answers, refused.status_code, page.status_code, later.status_code) == ([200, 200], 429, 429, 200)
    assert refused.json()["code"] == "search_limit_reached"
    assert "Please search again after 12 o&#x27;clock," in page.content.decode()


def test_another_connection_is_not_held_up(client, assessee, few_searches):
    for _ in range(3):
        client.get(REST, {"street": "Rashbehari Avenue"})

    assert client.get(REST, {"street": "Rashbehari Avenue"}, REMOTE_ADDR="10.0.0.2").status_code == 200


def test_a_household_of_ipv6_is_one_connection(now):
    for address in ("2001:db8::1", "2001:db8::ffff", "2001:db8:0:1::1", "no address"):
        privacy.spend_search(address=address, now=now)

    assert sorted(SearchAllowance.objects.values_list("searches", flat=True)) == [1, 1, 2]


def test_no_address_is_kept_and_old_hours_are_forgotten(now):
    privacy.spend_search(address="10.0.0.1", now=now - timedelta(days=2))
    privacy.spend_search(address="10.0.0.1", now=now)

    allowance = SearchAllowance.objects.get()
    assert "10.0.0.1" not in json.dumps([allowance.client])
    assert allowance.hour == now.replace(minute=0)


@pytest.mark.parametrize("door", [WEB, REST])
def test_a_search_costs_two_queries(client, assessee, django_assert_num_queries, door):
    client.get(door, {"street": "Rashbehari Avenue"})

    with django_assert_num_queries(2):
        client.get(door, {"street": "Rashbehari Avenue"})


@pytest.mark.parametrize(("language", "title"), [("bn", "সম্পত্তি খুঁজুন"), ("hi", "संपत्ति खोजें")])
def test_the_page_speaks_the_readers_language(client, language, title):
    page = client.get(f"/{language}/property-tax/search/").content.decode()

    assert f"<h1>{title}</h1>" in page
