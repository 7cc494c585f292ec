"""Papers on the web and over REST: the same figures as the dues, in three languages, the owner masked."""

from __future__ import annotations

import subprocess
from datetime import date

import pytest

from payments.posting import apply_report
from payments.states import Source
from payments.tests.factories import AttemptFactory, report
from property_tax import services
from property_tax.models import NoDuesCertificate
from property_tax.tests.factories import AssesseeFactory, DemandFactory

pytestmark = pytest.mark.django_db
NUMBER = "110260100051"
WEB, REST = "/property-tax", "/api/v1/property-tax"
LANGUAGES = ("bn", "hi", "en")


@pytest.fixture(autouse=True)
def today(time_machine, now):
    time_machine.move_to(now)


@pytest.fixture
def assessee(db):
    """A PD of this year within its rebate, and one of last year."""
    found = AssesseeFactory(assessee_number=NUMBER)
    DemandFactory(assessee=found, demand_number="PD-new")
    DemandFactory(
        assessee=found, demand_number="PD-old", financial_year=2025, issued_on=date(2025, 5, 1),
        presented_on=date(2025, 5, 1), rebate_date=date(2025, 5, 22),
    )  # fmt: skip
    return found


def pay_everything(now):
    order = services.open_payment(assessee_number=NUMBER, heading="ALL", source=Source.WEB, now=now)
    attempt = AttemptFactory(order=order)
    apply_report(account=attempt.account, report=report(attempt, happened_at=now), now=now)


def paper(answer) -> str:
    """The text of a PDF, its white space made one blank."""
    assert answer["Content-Type"] == "application/pdf"
    read = subprocess.run(["pdftotext", "-layout", "-", "-"], input=answer.content, capture_output=True, check=True)
    return " ".join(read.stdout.decode().split())


def pages(answer) -> int:
    read = subprocess.run(["pdfinfo", "-"], input=answer.content, capture_output=True, check=True).stdout.decode()
    return int(read.split("Pages:")[1].split()[0])


# --- Bills ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "title", "total"),
    [("PD", "Periodic demand (PD)", "₹1,924.00"), ("LOI", "Letter of intimation (LOI)", "₹2,025.00")],
)
def test_bill_tells_every_line_with_its_reason(client, assessee, heading, title, total):
    text = paper(client.get(f"/en{WEB}/bills/{NUMBER}/{heading}.pdf"))

    assert (title in text, total in text, "S*** D***" in text) == (True, True, True)
    if heading == "PD":
        assert "5 % off ₹2,025.00 for paying by 30 November 2026. (KMC Act 1980, s.215(2))" in text
        assert "These amounts hold until 30 November 2026." in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_bill_is_one_page_in_every_language(client, assessee, language):
    answer = client.get(f"/{language}{WEB}/bills/{NUMBER}/PD.pdf")

    assert (pages(answer), "Sukumar" in paper(answer)) == (1, False)


@pytest.mark.parametrize("address", [f"{NUMBER}/FS.pdf", "110260199999/PD.pdf", "11/PD.pdf"])
def test_bill_that_is_not_there_leads_to_the_dues(client, assessee, address):
    answer = client.get(f"/en{WEB}/bills/{address}")

    assert answer["Content-Type"].startswith("text/html")


def test_bill_of_no_heading_is_not_found(client, assessee):
    assert client.get(f"/en{WEB}/bills/{NUMBER}/XX.pdf").status_code == 404


# --- Statement --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_statement_is_the_same_on_page_paper_and_rest(client, assessee, now, language):
    pay_everything(now)
    query = {"assessee_number": NUMBER}

    page = client.get(f"/{language}{WEB}/statement/", query)
    printed = paper(client.get(f"/{language}{WEB}/statement.pdf", query))
    document = client.get(f"{REST}/assessees/{NUMBER}/statement/").json()

    found = page.context["statement"]
    assert [entry["amount_paise"] for entry in document["entries"]] == [entry.amount_paise for entry in found.entries]
    assert [entry["balance_paise"] for entry in document["entries"]] == [left for _entry, left in found.balances()]
    assert (document["closing_paise"], document["due_paise"]) == (0, 0)
    assert ("PT-026/2026-27/***" in printed, "000001" in printed) == (True, False)
    assert "Sukumar" not in printed


def test_long_statement_repeats_its_head_on_every_page(client, assessee):
    for year in range(2000, 2020):
        for quarter in range(1, 5):
            DemandFactory(
                assessee=assessee, demand_number=f"X-{year}-{quarter}", financial_year=year, quarter=quarter,
                issued_on=date(year, 5, 1), presented_on=None, rebate_date=None, paid_on=date(year, 6, 1),
            )  # fmt: skip

    answer = client.get(f"/en{WEB}/statement.pdf", {"assessee_number": NUMBER, "since": "2000-04-01"})

    assert pages(answer) == paper(answer).count("Date What Number Period Amount Balance") > 2


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ({"since": "2026-12-01"}, "since", "The first day of a statement cannot come after its last."),
        ({"until": "2026-11-24"}, "until", "A statement ends today at the latest."),
        ({"since": "31-02-2026"}, "since", "Please give the day as day, month and year, such as 31-03-2026."),
        ({"since": "1990-01-01"}, "since", "A statement covers 30 years at most."),
        ({"assessee_number": "12"}, "assessee_number", "An assessee number has 12 digits; you sent 2."),
    ],
)
def test_statement_that_cannot_be_is_refused_beside_its_field(client, assessee, query, field, sentence):
    page = client.get(f"/en{WEB}/statement/", {"assessee_number": NUMBER, **query})

    assert sentence in page.context["form"].errors[field][0]
    assert sentence in page.content.decode()


def test_statement_that_cannot_be_on_paper_is_asked_for_again(client, assessee):
    page = client.get(f"/en{WEB}/statement.pdf", {"assessee_number": NUMBER, "until": "2027-01-01"})

    assert "A statement ends today at the latest." in page.content.decode()


def test_rest_refuses_a_statement_by_code(client, assessee):
    answer = client.get(f"{REST}/assessees/{NUMBER}/statement/", {"until": "2027-01-01"})

    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "statement_in_future", "until")


# --- No-dues certificate ----------------------------------------------------------------------------------------------


def test_certificate_is_issued_on_the_web_and_proves_itself(client, assessee, now):
    pay_everything(now)

    page = client.post(f"/en{WEB}/certificates/", {"assessee_number": NUMBER}, follow=True)
    certificate = NoDuesCertificate.objects.get()
    printed = paper(client.get(f"/en{WEB}/certificates/{certificate.token}.pdf"))

    assert certificate.certificate_number in page.content.decode()
    assert "nothing is due to the corporation as property tax under the assessee number 11-026-01-0005-1" in printed
    verified = client.get(f"/en/verify/{certificate.code}/").content.decode()
    assert "This certificate is genuine, and nothing has become due since" in verified


@pytest.mark.parametrize("language", LANGUAGES)
def test_certificate_is_one_page_and_never_changes(client, assessee, now, language):
    pay_everything(now)
    client.post(f"/en{WEB}/certificates/", {"assessee_number": NUMBER})
    address = f"/{language}{WEB}/certificates/{NoDuesCertificate.objects.get().token}.pdf"

    first, again = client.get(address), client.get(address)

    assert (pages(first), first.content == again.content, "Sukumar" in paper(first)) == (1, True, False)


def test_certificate_is_refused_where_something_is_due(client, assessee):
    page = client.post(f"/en{WEB}/certificates/", {"assessee_number": NUMBER})
    answer = client.post(f"{REST}/no-dues-certificates/", {"assessee_number": NUMBER}, content_type="application/json")

    assert "₹3,949.00 is due under 11-026-01-0005-1" in page.content.decode()
    assert (answer.status_code, answer.json()["code"]) == (409, "dues_remain")
    assert not NoDuesCertificate.objects.exists()


def test_rest_issues_a_certificate(client, assessee, now):
    pay_everything(now)

    answer = client.post(f"{REST}/no-dues-certificates/", {"assessee_number": NUMBER}, content_type="application/json")

    certificate = NoDuesCertificate.objects.get()
    assert (answer.status_code, answer.json()["certificate_number"]) == (201, certificate.certificate_number)
    assert client.get(f"/api/v1/receipts/{certificate.code}/").json() == {
        "kind": "no_dues_certificate",
        "number": certificate.certificate_number,
        "receipt_number": None,
        "issued_on": "2026-11-23",
        "paid_on": None,
        "amount_paise": None,
        "status": "valid",
    }


@pytest.mark.parametrize("ending", ["/", ".pdf"])
def test_certificate_address_that_is_not_ours_says_so(client, ending):
    answer = client.get(f"/en{WEB}/certificates/guess{ending}")

    assert answer.status_code == 404
    assert "This address of a certificate is not ours" in answer.content.decode()


def test_dues_lead_to_the_papers(client, assessee):
    page = client.get(f"/en{WEB}/", {"assessee_number": NUMBER}).content.decode()

    for address in (f"/bills/{NUMBER}/PD.pdf", f"/bills/{NUMBER}/LOI.pdf", f"/statement/?assessee_number={NUMBER}"):
        assert address in page
    assert f"/bills/{NUMBER}/FS.pdf" not in page
    assert "No-dues certificate" not in page.replace("A no-dues certificate", "")


@pytest.mark.parametrize(
    ("typed", "iso"), [("31-03-2026", "2026-03-31"), ("৩১/৩/২০২৬", "2026-03-31"), ("2026-3-31", "2026-03-31")]
)
def test_day_is_read_as_people_write_it(client, assessee, typed, iso):
    page = client.get(f"/en{WEB}/statement/", {"assessee_number": NUMBER, "until": typed})

    assert page.context["statement"].until == date.fromisoformat(iso)
