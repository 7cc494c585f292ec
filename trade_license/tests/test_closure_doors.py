"""Closing a certificate on the web and over REST, where nobody learns who is on record."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from citizens.codes import unsealed
from citizens.tests.conftest import another
from payments.models import OutboxMessage
from trade_license.inputs import CeNumberMalformed
from trade_license.models import Application, License
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER, KEY, MOBILE = "CE/26/000051", "CE26000051", "98300 12345"
PAGE, API = "/en/trade-licence", "/api/v1/trade-licences/closures"


@pytest.fixture(autouse=True)
def on_that_day(now):
    """The doors read the clock; here it shows 23 November 2026."""
    with time_machine.travel(now, tick=False) as clock:
        yield clock


@pytest.fixture
def license(db):
    found = LicenseFactory(ce_number=NUMBER, mobile=MOBILE)
    LicenseDemandFactory(license=found, demand_number="TLD-2026")
    return found


def last_code() -> str:
    return unsealed(OutboxMessage.objects.filter(topic="code_asked").latest("id").payload)["code"]


def closed_on(number=NUMBER):
    return License.objects.get(ce_number=number).closed_on


# --- Nobody learns who is on record -----------------------------------------------------------------------------------

STRANGERS = {"unknown": None, "closed": {"closed_on": date(2026, 9, 1)}, "deleted": {"deleted_on": date(2026, 9, 1)},
             "no mobile": {"mobile": ""}, "landline": {"mobile": "03322861000"}}  # fmt: skip


@pytest.mark.parametrize("kind", STRANGERS)
def test_page_is_the_same_where_no_code_can_be_sent(license, kind, on_that_day):
    if STRANGERS[kind] is not None:
        LicenseFactory(ce_number="CE/26/000099", **{"mobile": MOBILE, **STRANGERS[kind]})

    assert story("CE26000099", on_that_day) == story(KEY, on_that_day)
    assert [bool(unsealed(one.payload)["mobile"]) for one in OutboxMessage.objects.order_by("id")] == [False, True]


def story(key: str, clock) -> list[tuple[int, str]]:
    """Everything a browser is told: asking, asking again, six codes that are wrong, one that is too late.

    Left out are the number, the code that was typed and the form's own token.
    """
    browser, said = Client(REMOTE_ADDR=f"203.0.113.{len(key) + sum(map(ord, key)) % 200}"), []

    def post(path, **fields):
        answer = browser.post(f"{PAGE}/{path}/", {"ce_number": key, **fields}, follow=True)
        text = re.sub(r'value="([A-Za-z0-9]{64}|[0-9]{6})"', "", answer.text).replace(key, "NUMBER")
        said.append((answer.status_code, text))

    post("close")
    post("close")
    for _ in range(6):
        post("close/code", code=another(last_code()))
    clock.shift(timedelta(minutes=10))
    post("close/code", code=last_code())
    clock.shift(-timedelta(minutes=10))
    return said


def test_rest_answers_the_same_where_no_code_can_be_sent(license, client):
    asked = [
        client.post(f"{API}/", {"ce_number": number}, content_type="application/json", REMOTE_ADDR=address)
        for number, address in ((NUMBER, "203.0.113.1"), ("CE/26/999999", "203.0.113.2"))
    ]

    assert asked[0].status_code == asked[1].status_code == 202
    assert asked[0].json() == asked[1].json() == {"ends_at": "2026-11-23T11:40:00+05:30"}


# --- The doors --------------------------------------------------------------------------------------------------------


def test_browser_closes_a_licence(license, client):
    answer = client.post(f"{PAGE}/close/", {"ce_number": "ce 26 000051"})
    assert answer.headers["Location"] == f"{PAGE}/close/code/?ce_number={KEY}"
    assert KEY in client.get(answer.headers["Location"]).text

    answer = client.post(f"{PAGE}/close/code/", {"ce_number": KEY, "code": last_code()}, follow=True)

    assert "CE/26/000051" in answer.text
    assert "Closed on 23 November 2026" in answer.text


def test_browser_is_told_of_a_wrong_code_beside_its_field(license, client):
    client.post(f"{PAGE}/close/", {"ce_number": KEY})

    answer = client.post(f"{PAGE}/close/code/", {"ce_number": KEY, "code": another(last_code())})

    assert answer.status_code == 422
    assert answer.context["form"].errors["code"] == [
        "This is not the code of our last message. Please type its six digits."
    ]


def test_browser_without_a_number_is_asked_for_it(client):
    assert client.get(f"{PAGE}/close/code/").headers["Location"] == f"{PAGE}/close/"
    assert "Please send the number" in client.post(f"{PAGE}/close/", {}).text


def test_page_of_a_closed_licence_is_for_closed_ones_only(license, client):
    for number in (KEY, "CE26999999"):
        answer = client.get(f"{PAGE}/closed/", {"ce_number": number})
        assert answer.headers["Location"] == f"{PAGE}/?ce_number={number}"


def test_rest_closes_a_licence_once(license, client):
    client.post(f"{API}/", {"ce_number": NUMBER}, content_type="application/json")
    asked = {"ce_number": NUMBER, "code": last_code()}

    done = client.post(f"{API}/confirm/", asked, content_type="application/json")
    again = client.post(f"{API}/confirm/", asked, content_type="application/json")

    assert (done.status_code, done.json()["closed_on"]) == (200, "2026-11-23")
    assert (again.status_code, again.json()["field"]) == (422, "code")
    assert Application.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"ce_number": NUMBER, "code": "12"}, "code_wrong"),
        ({"ce_number": NUMBER}, "code_wrong"),
        ({"code": "123456"}, "ce_number_missing"),
        ({"ce_number": "shop", "code": "123456"}, CeNumberMalformed.code),
        ({"ce_number": NUMBER, "code": "123456"}, "code_expired"),
    ],
)
def test_rest_refuses_with_a_code(license, client, body, code):
    answer = client.post(f"{API}/confirm/", body, content_type="application/json")

    assert (answer.status_code, answer.json()["code"], closed_on()) == (422, code, None)


def test_rest_says_too_many_with_429(license, client):
    client.post(f"{API}/", {"ce_number": NUMBER}, content_type="application/json")

    answer = client.post(f"{API}/", {"ce_number": NUMBER}, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (429, "code_wait")
