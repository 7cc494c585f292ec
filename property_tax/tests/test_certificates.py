"""The no-dues certificate: given when nothing is due, and what it proves afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from payments import verifiables
from payments.states import Source
from property_tax import certificates, queries
from property_tax.models import Assessee, Demand, NoDuesCertificate
from property_tax.tests.factories import AssesseeFactory, DemandFactory

pytestmark = pytest.mark.django_db
NUMBER = "110260100051"


@pytest.fixture
def assessee(db, now):
    found = AssesseeFactory(assessee_number=NUMBER)
    DemandFactory(assessee=found, demand_number="PD-1", paid_on=now.date())
    return found


def issue(now, number=NUMBER):
    return certificates.issue_no_dues_certificate(assessee_number=number, source=Source.WEB, now=now)


def proved(certificate, on):
    return verifiables.verification(code=certificate.code, on=on)


def test_certificate_is_issued_when_nothing_is_due(assessee, now):
    certificate = issue(now)

    assert (certificate.certificate_number, certificate.issued_on) == ("ND-026/2026-27/000001", now.date())
    assert certificate.particulars == [
        ["Assessee number", "11-026-01-0005-1"],
        ["Owner", "S*** D***"],
        ["Premises", "12A Rashbehari Avenue"],
        ["Ward", "26"],
    ]


@pytest.mark.parametrize(
    "changes", [{"kind": "PD"}, {"kind": "FS"}, {"issued_on": date(2025, 5, 1), "presented_on": None}]
)
def test_anything_due_under_any_heading_refuses_it(assessee, now, changes):
    DemandFactory(assessee=assessee, demand_number="X", **{"rebate_date": None, **changes})

    with pytest.raises(certificates.DuesRemain) as refused:
        issue(now)

    assert "₹2,025.00 is due under 11-026-01-0005-1" in refused.value.user_message


def test_disputed_bill_refuses_it(assessee, now):
    DemandFactory(assessee=assessee, demand_number="X", disputed_on=now.date())

    with pytest.raises(certificates.DuesRemain):
        issue(now)


def test_unknown_and_closed_numbers_are_refused(assessee, now):
    with pytest.raises(queries.AssesseeNotFound):
        issue(now, "110260100099")
    Assessee.objects.update(status="closed")
    with pytest.raises(queries.AssesseeClosed):
        issue(now)


def test_second_certificate_of_a_day_is_the_first(assessee, now):
    assert issue(now) == issue(now + timedelta(hours=5))
    assert issue(now + timedelta(days=1)).number == 2


def test_numbers_run_by_ward_and_year(assessee, now):
    AssesseeFactory(assessee_number="110260100062")
    AssesseeFactory(assessee_number="110270100062", ward__number=27)

    numbers = [issue(now, each).certificate_number for each in (NUMBER, "110260100062", "110270100062")]

    assert numbers == ["ND-026/2026-27/000001", "ND-026/2026-27/000002", "ND-027/2026-27/000001"]


@pytest.mark.django_db(transaction=True)
def test_certificates_asked_for_at_once_have_numbers_without_a_hole(now):
    numbers = [f"1102601{place:04d}1" for place in range(12)]
    for each in numbers:
        AssesseeFactory(assessee_number=each)

    def asked(number):
        try:
            return issue(now, number).number
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(asked, numbers)) == list(range(1, 13))


def test_certificate_proves_that_nothing_has_become_due_since(assessee, now):
    found = proved(issue(now), now.date() + timedelta(days=30))

    assert (found.kind, found.number, found.status, found.tone, found.facts) == (
        "no_dues_certificate",
        "ND-026/2026-27/000001",
        "valid",
        "good",
        [],
    )


def test_certificate_shows_what_has_become_due_since(assessee, now):
    certificate = issue(now)
    DemandFactory(
        assessee=assessee, demand_number="PD-4", issued_on=date(2027, 1, 1), presented_on=None, rebate_date=None
    )

    before, after = proved(certificate, date(2026, 12, 31)), proved(certificate, date(2027, 1, 1))

    assert (before.status, after.status, after.tone, after.facts) == (
        "valid",
        "dues_since",
        "wait",
        [("Due since", "₹2,025.00")],
    )


def test_certificate_of_a_number_closed_since_says_so(assessee, now):
    certificate = issue(now)
    Assessee.objects.update(status="closed")

    assert proved(certificate, now.date()).status == "closed"


def test_certificate_is_found_by_its_address_only(assessee, now):
    certificate = issue(now)

    assert certificates.certificate_by_token(token=certificate.token) == certificate
    with pytest.raises(certificates.CertificateNotFound):
        certificates.certificate_by_token(token="guess")


def test_certificate_cannot_be_changed(assessee, now):
    issue(now)

    for change in (
        lambda: NoDuesCertificate.objects.update(number=7),
        lambda: NoDuesCertificate.objects.get().delete(),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"number": 0}, "no_dues_number_positive"),
        ({"issued_on": date(2026, 11, 23), "number": 2}, "no_dues_certificate_once_a_day"),
        ({"number": 1}, "no_dues_number_once"),
    ],
)
def test_certificate_that_breaks_a_rule_is_refused(assessee, now, values, name):
    first = issue(now)
    fields = {
        "assessee": assessee, "ward": 26, "financial_year": 2026, "number": 9, "issued_on": date(2026, 11, 24),
        "issued_at": now, "particulars": [], "source": "web", "token": "t", "code": "c",
    }  # fmt: skip

    assert first.number == 1
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        NoDuesCertificate.objects.create(**{**fields, **values})


def test_unpaid_bill_elsewhere_is_nobody_elses(assessee, now):
    DemandFactory(demand_number="other")

    assert issue(now).number == 1
    assert Demand.objects.filter(paid_on=None).count() == 1
