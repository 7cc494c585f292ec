"""Property tax over REST: the same answers and the same refusals as every other door."""

from __future__ import annotations

import pytest
from django.test import Client

from payments.models import PaymentOrder
from property_tax.tests.factories import AssesseeFactory, DemandFactory

pytestmark = pytest.mark.django_db
NUMBER = "110260100051"
ORDERS = "/api/v1/property-tax/payment-orders/"


@pytest.fixture
def assessee():
    found = AssesseeFactory(assessee_number=NUMBER)
    DemandFactory(assessee=found, demand_number="PD-1")
    return found


def dues(client: Client, number: str = NUMBER, **query: str):
    return client.get(f"/api/v1/property-tax/assessees/{number}/dues/", query)


def order(client: Client, key: str = "", **changes: str):
    headers = {"Idempotency-Key": key} if key else {}
    body = {"assessee_number": NUMBER, "heading": "ALL", **changes}
    return client.post(ORDERS, body, content_type="application/json", headers=headers)


def test_dues_are_the_document_of_the_contract(client, assessee):
    document = dues(client, on="2026-11-23").json()

    assert document == {
        "assessee_number": NUMBER,
        "as_of": "2026-11-23",
        "total_paise": 192_400,
        "headings": {
            "PD": {
                "payable_paise": 192_400,
                "lines": [
                    line("property_tax", 200_000, "bill", "the bill as issued"),
                    line("howrah_bridge_tax", 2_500, "bill", "the bill as issued"),
                    line("rebate", -10_125, "rebate_5_percent", "KMC Act 1980, s.215(2)"),
                    line("rounding", 25, "net_to_rupee", "kmcgov.in, assessment page"),
                ],
            },
            "FS": {"payable_paise": 0, "lines": []},
            "LOI": {"payable_paise": 0, "lines": []},
        },
        "next_change": {"on": "2026-12-01", "total_paise": 202_500, "because": "rebate ends"},
    }


def line(head: str, amount: int, rule: str, source: str) -> dict[str, object]:
    return {
        "demand_number": "PD-1",
        "period": "2026-27 Q3",
        "head": head,
        "amount_paise": amount,
        "rule": rule,
        "source": source,
    }


@pytest.mark.parametrize(
    ("number", "status", "code", "field"),
    [
        ("11026010005", 422, "assessee_number_too_short", "assessee_number"),
        ("1102601000511", 422, "assessee_number_too_long", "assessee_number"),
        ("110000100051", 422, "assessee_number_bad_ward", "assessee_number"),
        ("none", 422, "assessee_number_missing", "assessee_number"),
        ("110260100099", 404, "assessee_not_found", "assessee_number"),
    ],
)
def test_dues_refusals_are_problem_documents(client, number, status, code, field):
    answer = dues(client, number)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert (answer.json()["code"], answer.json()["field"]) == (code, field)


def test_dues_of_a_day_that_does_not_exist_are_refused(client, assessee):
    answer = dues(client, on="2026-02-30")

    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "invalid", "on")


def test_refusal_speaks_the_readers_language(client, db):
    answer = client.get("/bn/api/v1/property-tax/assessees/110260100099/dues/")

    assert "১১" in answer.json()["detail"] or "11-026" in answer.json()["detail"]
    assert "No property" not in answer.json()["detail"]


def test_order_is_opened_and_can_be_looked_at_with_its_token(client, assessee):
    opened = order(client)

    assert opened.status_code == 201
    document = opened.json()
    looked_at = client.get(f"/api/v1/payment-orders/{document['order_number']}/", {"token": document["token"]})
    assert looked_at.json() == document
    assert document["pay_url"].endswith(f"/pay/{document['token']}/")


@pytest.mark.parametrize("query", [{}, {"token": "guess"}])
def test_order_is_not_shown_without_its_token(client, assessee, query):
    number = order(client).json()["order_number"]

    answer = client.get(f"/api/v1/payment-orders/{number}/", query)

    assert (answer.status_code, answer.json()["code"]) == (404, "order_not_found")


def test_idempotency_key_opens_one_order(client, assessee):
    first, again = order(client, key="k-1"), order(client, key="k-1")

    assert first.json()["order_number"] == again.json()["order_number"]
    assert PaymentOrder.objects.count() == 1


def test_idempotency_key_for_another_request_is_a_conflict(client, assessee):
    order(client, key="k-1")

    answer = order(client, key="k-1", heading="PD")

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"assessee_number": ""}, "assessee_number_missing", "assessee_number"),
        ({"heading": "X"}, "heading_unknown", "heading"),
        ({"heading": "FS"}, "nothing_due", "heading"),
    ],
)
def test_order_refusals_name_the_field(client, assessee, changes, code, field):
    answer = order(client, **changes)

    assert (answer.json()["code"], answer.json()["field"]) == (code, field)


def test_body_that_is_no_json_is_refused(client):
    answer = client.post(ORDERS, "{", content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")
