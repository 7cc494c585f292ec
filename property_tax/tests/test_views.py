"""The web door of property tax: one number, every due, and an order to pay."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from payments.models import PaymentOrder
from property_tax.tests.factories import AssesseeFactory, DemandFactory

pytestmark = pytest.mark.django_db

NUMBER = "110260100051"
OLD = {"financial_year": 2024, "issued_on": date(2024, 10, 1), "presented_on": date(2024, 10, 2), "rebate_date": None}


@pytest.fixture(autouse=True)
def _today(now):
    with time_machine.travel(now):
        yield


@pytest.fixture
def assessee():
    return AssesseeFactory(assessee_number=NUMBER)


def page_of(client, path="/en/property-tax/", **asked) -> str:
    return " ".join(client.get(path, asked).content.decode().split())


def test_without_a_number_the_page_asks_for_it(client):
    page = page_of(client)

    assert "<h1>Which property?</h1>" in page
    assert "error-summary" not in page


@pytest.mark.parametrize("typed", [NUMBER, "11-026-01-0005-1", "১১ ০২৬ ০১ ০০০৫ ১", "११/०२६/०१/०००५/१"])
def test_a_number_in_any_script_finds_every_due(client, assessee, typed):
    DemandFactory(assessee=assessee)

    page = page_of(client, assessee_number=typed)

    assert '<p class="amount">₹1,924.00</p>' in page
    assert "11-026-01-0005-1" in page


def test_a_posted_number_is_answered_alike(client, assessee):
    DemandFactory(assessee=assessee)

    assert "₹1,924.00" in client.post("/en/property-tax/", {"assessee_number": NUMBER}).content.decode()


def test_the_dues_page_asks_for_dues_and_applications_however_many_bills(client, assessee, django_assert_num_queries):
    for quarter in (1, 2, 3, 4):
        DemandFactory(assessee=assessee, quarter=quarter)

    with django_assert_num_queries(2):
        client.get("/en/property-tax/", {"assessee_number": NUMBER})


def test_the_owner_is_not_named(client, assessee):
    DemandFactory(assessee=assessee)

    assert assessee.owner_name not in page_of(client, assessee_number=NUMBER)


def test_the_rebate_clock_says_until_when_and_how_much(client, assessee):
    DemandFactory(assessee=assessee)

    page = page_of(client, assessee_number=NUMBER)

    assert "<strong>Pay by 30 November 2026 and save ₹101.00.</strong> After that the total is ₹2,025.00." in page


def test_a_zero_heading_beside_arrears_is_not_called_nothing_due(client, assessee):
    DemandFactory(assessee=assessee, **OLD)

    page = page_of(client, assessee_number=NUMBER)

    assert page.count("No bill here; see the other headings") == 2
    assert "Nothing is due" not in page
    assert "No unpaid bill" not in page


def test_only_when_all_headings_are_empty_nothing_is_due(client, assessee):
    page = page_of(client, assessee_number=NUMBER)

    assert "<h1>Nothing is due</h1>" in page
    assert page.count("No unpaid bill") == 3
    assert 'name="heading"' not in page


def test_one_heading_alone_offers_no_choice(client, assessee):
    DemandFactory(assessee=assessee)

    assert page_of(client, assessee_number=NUMBER).count('name="heading"') == 1


def test_two_headings_can_be_paid_together_or_alone(client, assessee):
    DemandFactory(assessee=assessee)
    DemandFactory(assessee=assessee, **OLD)

    page = page_of(client, assessee_number=NUMBER)

    offered = [code for code in ("ALL", "PD", "FS", "LOI") if f'name="heading" value="{code}"' in page]
    assert offered == ["ALL", "PD", "LOI"]


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("", "Please send the 12-digit assessee number printed on your property-tax bill."),
        ("1102", "An assessee number has 12 digits; you sent 4."),
        ("119990100051", "Digits 3 to 5 of an assessee number are the ward, 001 to 144; yours say 999."),
        ("110260100069", "No property is registered under 11-026-01-0006-9."),
    ],
)
def test_a_refused_number_is_said_twice_and_kept(client, typed, refusal):
    page = page_of(client, assessee_number=typed)

    assert f'<p class="refusal" id="id_assessee_number_error">{refusal}' in page
    assert f'<a href="#id_assessee_number">{refusal}' in page
    assert f'value="{typed}"' in page or not typed


def test_a_closed_number_is_refused(client):
    AssesseeFactory(assessee_number=NUMBER, status="closed")

    assert "is closed and cannot be paid under." in page_of(client, assessee_number=NUMBER)


@pytest.mark.parametrize(("language", "heading"), [("bn", "কোন সম্পত্তি?"), ("hi", "कौन-सी संपत्ति?")])
def test_a_refusal_speaks_the_language_of_the_page(client, language, heading):
    page = page_of(client, f"/{language}/property-tax/", assessee_number="1102")

    assert f"<h1>{heading}</h1>" in page
    assert "An assessee number has" not in page


@pytest.mark.parametrize(("heading", "amount"), [("ALL", 394_900), ("PD", 192_400), ("LOI", 202_500)])
def test_pay_opens_an_order_and_goes_to_its_page(client, assessee, heading, amount):
    DemandFactory(assessee=assessee)
    DemandFactory(assessee=assessee, **OLD)

    answer = client.post("/bn/property-tax/pay/", {"assessee_number": NUMBER, "heading": heading})

    order = PaymentOrder.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/bn/pay/{order.token}/")
    assert (order.scope, order.amount_paise, order.source, order.language) == (heading, amount, "web", "bn")


@pytest.mark.parametrize(
    ("heading", "refusal"),
    [
        ("FS", "Nothing is due under this heading for 11-026-01-0005-1. Please look at the other headings."),
        ("everything", "Please choose what to pay: everything, current PD, current F/S or outstanding (LOI)."),
    ],
)
def test_a_refused_heading_shows_the_dues_again(client, assessee, heading, refusal):
    DemandFactory(assessee=assessee)

    page = client.post("/en/property-tax/pay/", {"assessee_number": NUMBER, "heading": heading}).content.decode()

    assert f'<a href="#headings">{refusal}</a>' in page
    assert "₹1,924.00" in page


def test_pay_with_a_number_that_is_refused_asks_for_it_again(client):
    page = client.post("/en/property-tax/pay/", {"assessee_number": "1", "heading": "ALL"}).content.decode()

    assert "<h1>Which property?</h1>" in page


def test_pay_needs_the_token_of_its_form(assessee):
    answer = Client(enforce_csrf_checks=True).post("/property-tax/pay/", {"assessee_number": NUMBER, "heading": "ALL"})

    assert answer.status_code == 403


def test_a_price_holds_until_the_day_before_it_changes(client, assessee, now):
    DemandFactory(assessee=assessee, rebate_date=now.date() + timedelta(days=1))
    client.post("/property-tax/pay/", {"assessee_number": NUMBER, "heading": "ALL"})

    page = client.get(f"/en/pay/{PaymentOrder.objects.get().token}/").content.decode()

    assert "This amount holds until 24 November 2026." in page
