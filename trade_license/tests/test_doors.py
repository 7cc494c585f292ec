"""The same licence through every door: command, web, REST and paper."""

from __future__ import annotations

import json
from datetime import date
from io import BytesIO, StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone
from pypdf import PdfReader

from kmc_portal.common.clock import day_of
from payments.models import PaymentOrder
from payments.payables import Share
from payments.posting import apply_report
from payments.states import Source
from payments.tests.factories import AttemptFactory, report
from payments.verifiables import verification
from trade_license import services
from trade_license.models import Certificate, License, LicenseDemand
from trade_license.payable import LicensePayable
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = pytest.mark.django_db
NUMBER = "CE/26/000051"
PAGE, API = "/en/trade-licence/", "/api/v1/trade-licences/"
TYPED = ["CE/26/000051", "ce26000051", " CE 26 000051 ", "CE-২৬-০০০০৫১", "ce/२६/००००५१"]


@pytest.fixture(autouse=True)
def on_that_day(now):
    """The doors read the clock; here it shows 23 November 2026."""
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def license(db):
    found = LicenseFactory(ce_number=NUMBER)
    LicenseDemandFactory(license=found, demand_number="TLD-2026")
    return found


@pytest.fixture
def paid(license, now):
    order = services.open_payment(ce_number="CE26000051", source=Source.WEB, now=now)
    attempt = AttemptFactory(order=order)
    apply_report(account=attempt.account, report=report(attempt, happened_at=now), now=now)
    return Certificate.objects.get()


def command(*arguments) -> tuple[int, dict]:
    out = StringIO()
    try:
        call_command("licence_dues", *arguments, "--json", stdout=out)
    except SystemExit as end:
        return int(end.code), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def text_of(response) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(response.content)).pages)


@pytest.mark.parametrize("typed", TYPED)
def test_number_is_known_however_it_is_typed(license, client, typed):
    assert command(typed)[1]["total_paise"] == 395_000
    assert "₹3,950.00" in client.get(PAGE, {"ce_number": typed}).text
    assert client.get(f"{API}{typed.strip()}/dues/").json()["ce_number"] == NUMBER


def test_command_and_rest_give_the_same_document(license, client):
    status, document = command(NUMBER, "--on", "2026-07-30", "--years", "3")

    assert (status, document["total_paise"]) == (0, 390_000 + 2 * 385_000)
    assert list(document["headings"]) == ["RENEWAL", "ARREARS"]
    assert document["headings"]["RENEWAL"]["lines"][0] == {
        "demand_number": "TLD-2026", "period": "2026-27", "head": "s199", "amount_paise": 50_000, "rule": "demand",
        "source": "the demand as issued",
    }  # fmt: skip
    assert document["next_change"] == {"on": "2026-07-31", "total_paise": 1_165_000, "because": "late fine falls"}
    assert client.get(f"{API}{NUMBER}/dues/", {"on": "2026-07-30", "years": "3"}).json() == document


@pytest.mark.parametrize(
    ("number", "years", "code"),
    [
        ("CE/26/999999", "1", "license_not_found"),
        ("shop", "1", "ce_number_malformed"),
        ("", "1", "ce_number_missing"),
        (NUMBER, "2", "term_unknown"),
        (NUMBER, "4", "term_unknown"),
        (NUMBER, "two", "term_unknown"),
        (NUMBER, "life", "term_unknown"),
    ],
)
def test_refusal_is_the_same_at_every_door(license, client, number, years, code):
    assert command(number, "--years", years)[0] == 1
    assert command(number, "--years", years)[1]["error"]["code"] == code
    sentence = command(number, "--years", years)[1]["error"]["message"]
    answer = client.post(
        f"{API}payment-orders/", {"ce_number": number, "years": years}, content_type="application/json"
    )
    assert (answer.json()["code"], answer.json()["detail"]) == (code, sentence)
    assert sentence in client.post(f"{PAGE}pay/", {"ce_number": number, "years": years}).text.replace("&#x27;", "'")
    assert not PaymentOrder.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"closed_on": date(2026, 9, 1)}, "closed on 1 September 2026"),
        ({"deleted_on": date(2026, 9, 1)}, "no business at the address"),
    ],
)
def test_licence_out_of_use_says_so(license, client, changes, words):
    License.objects.update(**changes)

    assert words in client.get(PAGE, {"ce_number": NUMBER}).text
    assert client.get(f"{API}{NUMBER}/dues/").status_code == 409


def test_page_offers_every_term_with_its_price(license, client):
    page = client.get(PAGE, {"ce_number": NUMBER}).text

    for price in ("₹3,950.00", "₹11,650.00", "₹19,350.00", "₹57,850.00"):
        assert price in page
    assert "Mita" not in page


def test_page_asks_a_constant_number_of_queries(license, client, django_assert_num_queries):
    for year in range(2012, 2026):
        LicenseDemandFactory(license=license, financial_year=year)

    with django_assert_num_queries(1):
        client.get(PAGE, {"ce_number": NUMBER})


def test_rest_opens_the_order_that_the_web_opens(license, client):
    answer = client.post(f"{API}payment-orders/", {"ce_number": NUMBER, "years": 3}, content_type="application/json")
    response = client.post(f"{PAGE}pay/", {"ce_number": NUMBER, "years": "3"})

    assert (answer.status_code, answer.json()["amount_paise"]) == (201, 395_000 + 770_000)
    assert response.url == f"/en/pay/{PaymentOrder.objects.get().token}/"


def test_last_date_on_a_closed_day_names_the_last_day_of_counters(license, client):
    LicenseDemand.objects.update(last_date=date(2026, 11, 29))
    page = client.get(PAGE, {"ce_number": NUMBER}).text

    assert "Last day without late fine: 29 November 2026." in page
    assert "the last day there is 27 November 2026." in page


def test_certificate_prints_holder_sections_and_validity(paid, client):
    text = text_of(client.get(f"/en/trade-licence/certificates/{paid.token}.pdf"))

    for words in (
        "Mita Sarkar",
        "CE/26/000051",
        "14 Rashbehari Avenue",
        "₹3,900.00",
        "31 March 2027",
        "Enlistment fee (s.199)",
    ):
        assert words in text


@pytest.mark.parametrize("language", ["bn", "hi"])
def test_certificate_speaks_the_readers_language(paid, client, language):
    assert client.get(f"/{language}/trade-licence/certificates/{paid.token}.pdf").status_code == 200


def test_copy_by_the_number_alone_hides_the_holder(paid, client):
    text = text_of(client.get(f"{PAGE}certificate.pdf", {"ce_number": NUMBER}))

    assert "M*** S***" in text
    assert "Mita" not in text


def test_number_that_is_unpaid_prints_no_certificate(license, client):
    response = client.get(f"{PAGE}certificate.pdf", {"ce_number": NUMBER})

    assert "text/html" in response["Content-Type"]
    assert "There is no valid licence under CE/26/000051 to print." in response.text


def test_reversed_certificate_does_not_print(paid, client):
    LicensePayable().on_reversed(reference=NUMBER, shares=[Share("TLD-2026", {})], paid_by="")

    assert client.get(f"/en/trade-licence/certificates/{paid.token}.pdf").status_code == 409


def proved(certificate, on=None) -> tuple[str, str]:
    found = verification(code=certificate.code, on=on or day_of(timezone.now()))
    return found.status, found.tone


def test_verification_tells_what_the_paper_proves_today(paid):
    assert proved(paid) == ("valid", "good")
    assert proved(paid, date(2027, 4, 1)) == ("expired", "wait")
    License.objects.update(closed_on=date(2026, 12, 1))
    assert proved(paid, date(2026, 12, 1)) == ("closed", "stop")
    LicensePayable().on_reversed(reference=NUMBER, shares=[Share("TLD-2026", {})], paid_by="")
    assert proved(paid) == ("reversed", "stop")


def test_verification_names_nobody(paid, client):
    page = client.get(f"/en/verify/{paid.code}/").text

    assert "This licence is genuine and valid until 31 March 2027" in page
    assert "Mita" not in page


def test_number_that_is_allotted_and_unpaid_is_not_valid(license, client):
    License.objects.update(issued_on=None, valid_until=None)

    page = client.get("/en/verify/", {"code": "ce 26 000051"}, follow=True).text
    assert "This number is allotted, but nothing has been paid: it is not a valid licence yet" in page
    assert client.get("/api/v1/receipts/CE26000051/").json()["status"] == "allotted"


def test_number_is_verified_as_our_books_have_it(paid, client):
    page = client.get("/en/verify/CE26000051/").text

    assert "Valid until 31 March 2027" in page
    assert "M*** S***" in page


def test_number_of_nobody_proves_nothing(client, db):
    assert client.get("/en/verify/CE26000099/").status_code == 404
