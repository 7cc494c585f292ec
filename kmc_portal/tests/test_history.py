"""The page of an assessee, or of a certificate, tells all that happened to it, in as many queries for much as for little."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kmc_portal.common.history import Happening
from payments.posting import apply_report
from payments.states import Source
from payments.tests.factories import AttemptFactory, report
from property_tax import history as assessees
from property_tax import import_runs
from property_tax.imports import ASSESSEES
from property_tax.models import Assessee, HearingDecision, WaiverApplication
from property_tax.services import open_payment
from property_tax.tests.factories import AssesseeFactory, DemandFactory
from trade_license import history as licenses
from trade_license.models import Application
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = pytest.mark.django_db
NUMBER = "110260100051"


@pytest.fixture
def assessee() -> Assessee:
    return AssesseeFactory(assessee_number=NUMBER)


def pay(now) -> None:
    order = open_payment(assessee_number=NUMBER, heading="ALL", source=Source.CHAT, now=now)
    attempt = AttemptFactory(order=order, amount_paise=order.amount_paise, created_at=now)
    apply_report(account=attempt.account, report=report(attempt), now=now + timedelta(minutes=5))


def told(happenings: list[Happening]) -> list[str]:
    return [one.what for one in happenings]


def test_bills_and_payments_are_told_newest_first_and_lead_on(assessee, now):
    DemandFactory(assessee=assessee)
    pay(now)

    found = assessees.happenings_of(assessee)

    assert told(found) == ["Receipt issued", "Payment order opened", "Bill paid whole", "Bill presented", "Bill issued"]
    order = found[1].address
    assert (found[0].address, order.startswith("/admin/payments/paymentorder/"), found[2].address) == (order, True, "")
    assert found[4].detail == "PD 2026-27 Q3 · ₹2,025.00"


def test_bills_of_one_day_are_told_of_as_one(assessee):
    for quarter in (1, 2, 3, 4):
        DemandFactory(assessee=assessee, quarter=quarter, presented_on=None, rebate_date=None)

    (issued,) = assessees.happenings_of(assessee)
    assert (issued.what, issued.detail) == (
        "4 bills issued",
        "PD 2026-27 Q1, PD 2026-27 Q2, PD 2026-27 Q3, PD 2026-27 Q4 · ₹8,100.00",
    )


def test_decisions_are_told_with_who_took_them(assessee):
    values = {"financial_year": 2026, "quarter": 3, "annual_value_paise": 5_000_000, "tax_rate_percent": 20}
    HearingDecision.objects.create(assessee=assessee, decided_on=date(2026, 11, 3), decided_by="officer", **values)
    days = {"applied_on": date(2026, 11, 4), "refused_on": date(2026, 11, 5)}
    WaiverApplication.objects.create(assessee=assessee, scheme="2026", maker="a", approver="b", reason="late", **days)

    assert [(one.what, one.detail) for one in assessees.happenings_of(assessee)] == [
        ("Waiver refused", "2026 · b: late"),
        ("Waiver applied for", "2026 · a"),
        ("Annual value decided by a hearing", "₹50,000.00 · 2026-27 Q3 · officer"),
    ]


def test_what_imports_brought_and_changed_is_told_field_by_field(tmp_path, now):
    path = tmp_path / "register.csv"
    for hour, owner in enumerate(("Sukumar Das", "Mita Das")):
        row = f"{NUMBER},{owner},12A,Rashbehari Avenue,700006,,,active,no,20000,0,40,0.5"
        path.write_text("\n".join([",".join(ASSESSEES.columns), row]))
        import_runs.import_register(path=path, register="assessees", maker="clerk", now=now + timedelta(hours=hour))

    found = assessees.happenings_of(Assessee.objects.get())

    assert [(one.what, one.detail) for one in found] == [
        ("Changed by an import", "register.csv · clerk · owner_name: Sukumar Das → Mita Das"),
        ("Came into the register", "register.csv · clerk"),
    ]


def test_assessee_page_asks_as_often_for_much_as_for_little(admin_client, assessee, now):
    page = f"/admin/property_tax/assessee/{assessee.pk}/change/"
    DemandFactory(assessee=assessee)
    pay(now)
    once = asked(admin_client, page)

    for year in (2021, 2022, 2023, 2024):
        DemandFactory(
            assessee=assessee, financial_year=year, issued_on=date(year, 10, 1), presented_on=None, rebate_date=None
        )
    pay(now + timedelta(hours=1))

    assert asked(admin_client, page) == once


def test_page_shows_what_happened(admin_client, assessee):
    DemandFactory(assessee=assessee)

    shown = admin_client.get(f"/admin/property_tax/assessee/{assessee.pk}/change/").content.decode()
    assert "Bill issued" in shown
    assert '<time datetime="2026-10-01">1 Oct 2026</time>' in shown


def test_certificate_tells_of_demands_and_applications(now):
    license = LicenseFactory()
    LicenseDemandFactory(license=license, paid_on=date(2026, 5, 2))
    application = Application.objects.create(
        application_number="A-1", kind="closure", state="refused", license=license, mobile="+919830012345",
        applicant_name="Mita", made_at=now, decided_at=now + timedelta(days=1), reason="dues",
    )  # fmt: skip
    application.votes.create(member="one", is_for=False, reason="dues", voted_at=now + timedelta(hours=2))

    found = licenses.happenings_of(license)

    assert told(found) == [
        "Application decided", "Vote of the committee", "Application made", "Demand paid", "Demand issued",
        "Certificate issued",
    ]  # fmt: skip
    assert found[1].detail == "one: against it: dues"


def test_licence_page_asks_as_often_for_much_as_for_little(admin_client):
    license = LicenseFactory()
    page = f"/admin/trade_license/license/{license.pk}/change/"
    LicenseDemandFactory(license=license)
    once = asked(admin_client, page)

    for year in (2022, 2023, 2024):
        LicenseDemandFactory(license=license, financial_year=year, paid_on=date(year, 5, 2))

    assert asked(admin_client, page) == once


def asked(client, page: str) -> int:
    client.get(page)  # the kinds of records are looked up once
    with CaptureQueriesContext(connection) as sent:
        assert client.get(page).status_code == 200
    return len(sent)
