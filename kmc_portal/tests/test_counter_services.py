"""The counter takes what each department asks for, and no counter gives what only the website gives."""

from __future__ import annotations

import pytest

from payments import invariants, payables
from payments.counter import counters, shifts
from payments.counter import services as counter
from payments.counter.services import Handed
from payments.services import OrderExpired
from payments.states import Source
from property_tax.models import Demand
from property_tax.tests.factories import AssesseeFactory, DemandFactory
from trade_license.models import Certificate
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = pytest.mark.django_db
NUMBER = "110260100051"
TAX, LICENSE = "property_tax", "trade_license"


@pytest.fixture(autouse=True)
def shift(now):
    counters.add_counter(number=7, place="Borough VI office")
    shifts.open_shift(counter=7, cashier="mita", change={}, now=now)


@pytest.fixture
def assessee():
    """A bill of this year and one of the last, the bills by e-mail only."""
    found = AssesseeFactory(assessee_number=NUMBER, bills_by_email=True)
    DemandFactory(assessee=found, demand_number="PD-1")
    DemandFactory(assessee=found, demand_number="PD-0", financial_year=2025, issued_on="2025-10-01", rebate_date=None)
    return found


@pytest.fixture
def license():
    found = LicenseFactory(ce_number="CE/26/000051")
    LicenseDemandFactory(license=found)
    return found


def offers(kind: str, text: str, now) -> payables.Offers:
    return payables.payable_of(kind).offers(text=text, on=now.date())


def open_order(kind: str, reference: str, scope: str, now, source=Source.COUNTER):
    payable = payables.payable_of(kind)
    return payable.open_order(reference=reference, scope=scope, source=source, now=now, language="bn")


def take(order, now):
    return counter.take(token=order.token, handed=Handed("cash"), cashier="mita", now=now)


def test_assessee_is_offered_everything_and_each_heading(assessee, now):
    found = offers(TAX, "১১-০২৬-০১-০০০৫-১", now)

    assert (found.reference, [offer.scope for offer in found.choices]) == (NUMBER, ["ALL", "PD", "LOI"])
    assert found.choices[0].amount_paise == sum(offer.amount_paise for offer in found.choices[1:])


def test_one_heading_is_offered_once(assessee, now):
    Demand.objects.filter(demand_number="PD-0").delete()

    assert [offer.scope for offer in offers(TAX, NUMBER, now).choices] == ["ALL"]


def test_counter_gives_no_rebate_for_paying_online(assessee, now):
    across = open_order(TAX, NUMBER, "PD", now)
    online = open_order(TAX, NUMBER, "PD", now, source=Source.WEB)

    assert "online_rebate" not in {line["head"] for line in across.snapshot["lines"]}
    assert "online_rebate" in {line["head"] for line in online.snapshot["lines"]}
    with pytest.raises(OrderExpired):
        take(online, now)
    assert take(across, now).payment.amount_paise == across.amount_paise


def test_cash_for_a_heading_pays_its_bills_only(assessee, now):
    take(open_order(TAX, NUMBER, "LOI", now), now)

    assert list(Demand.objects.filter(paid_on=now.date()).values_list("demand_number", flat=True)) == ["PD-0"]
    assert all(one["holds"] for one in invariants.verify(now=now))


def test_certificate_is_offered_for_every_term(license, now):
    found = offers(LICENSE, "CE/26/000051", now)

    assert [offer.scope for offer in found.choices] == ["years-1", "years-3", "years-5", "years-15"]
    assert found.choices[0].amount_paise < found.choices[1].amount_paise


def test_cash_for_a_licence_is_its_certificate(license, now):
    take(open_order(LICENSE, "CE/26/000051", "years-3", now), now)

    assert Certificate.objects.count() == 2
    assert all(one["holds"] for one in invariants.verify(now=now))


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        (TAX, "abc", "assessee_number_missing"),
        (TAX, "110260199999", "assessee_not_found"),
        (LICENSE, "", "ce_number_missing"),
        (LICENSE, "CE/26/999999", "license_not_found"),
    ],
)
def test_number_that_says_nothing_is_refused_as_everywhere(assessee, license, now, kind, text, code):
    with pytest.raises(counter.ServiceError) as refused:
        offers(kind, text, now)

    assert refused.value.code == code


def test_nothing_due_is_said(assessee, license, now):
    take(open_order(TAX, NUMBER, "ALL", now), now)
    take(open_order(LICENSE, "CE/26/000051", "years-1", now), now)

    for kind, text, code in ((TAX, NUMBER, "nothing_due"), (LICENSE, "CE/26/000051", "nothing_to_renew")):
        with pytest.raises(counter.ServiceError) as refused:
            offers(kind, text, now)
        assert refused.value.code == code
