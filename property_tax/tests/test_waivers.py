"""Applications to waiver schemes: entered by one clerk, decided by another, and only then taken off the dues."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.auth.models import Permission, User
from django.db import IntegrityError, transaction
from django.test import Client

from property_tax import queries, waivers
from property_tax.models import WaiverApplication
from property_tax.tests.books import INTEREST, WAIVER, document, put_in_force
from property_tax.tests.factories import AssesseeFactory, DemandFactory

pytestmark = pytest.mark.django_db
NUMBER = "110260100051"
LIST = "/admin/property_tax/waiverapplication/"
TODAY = date(2026, 11, 23)
SCHEME = {**WAIVER, "apply_from": "2026-10-01", "apply_to": "2026-12-31", "bills_presented_to": "2026-03-31"}


@pytest.fixture(autouse=True)
def scheme(time_machine, now, db):
    time_machine.move_to(now)
    put_in_force(document(INTEREST, SCHEME))


@pytest.fixture
def assessee(scheme):
    """1,000 rupees late since 1 April 2026: eight months of interest, 80 rupees."""
    found = AssesseeFactory(assessee_number=NUMBER)
    DemandFactory(
        assessee=found, financial_year=2025, quarter=4, issued_on=date(2025, 5, 1), presented_on=date(2025, 5, 1),
        rebate_date=None, property_tax_paise=100_000, howrah_bridge_tax_paise=0,
    )  # fmt: skip
    return found


def apply(number=NUMBER, scheme="graded", applied_on=TODAY, maker="anita"):
    return waivers.apply_for_waiver(assessee_number=number, scheme=scheme, applied_on=applied_on, maker=maker)


def due() -> int:
    return queries.assessee_dues(assessee_number=NUMBER, on=TODAY).dues.total_paise


def test_application_takes_effect_when_somebody_else_approves_it(assessee):
    application = apply()
    assert due() == 108_000

    waivers.approve_waiver(application.pk, approver="bimal", on=TODAY)

    assert due() == 104_000


def test_refused_application_takes_nothing_off_and_says_why(assessee):
    application = waivers.refuse_waiver(apply().pk, approver="bimal", on=TODAY, reason=" no signature ")

    assert (due(), application.reason, application.refused_on) == (108_000, "no signature", TODAY)


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"number": "110260100099"}, queries.AssesseeNotFound),
        ({"scheme": "gift"}, waivers.WaiverSchemeUnknown),
        ({"applied_on": date(2026, 9, 30)}, waivers.WaiverWindowClosed),
        ({"applied_on": date(2027, 1, 1)}, waivers.WaiverWindowClosed),
    ],
)
def test_application_that_cannot_be_made_is_refused(assessee, asked, refusal):
    with pytest.raises(refusal):
        apply(**asked)


@pytest.mark.parametrize("applied_on", [date(2026, 10, 1), date(2026, 12, 31)])
def test_first_and_last_day_of_the_window_are_inside(assessee, applied_on):
    assert apply(applied_on=applied_on).applied_on == applied_on


def test_bill_presented_after_the_schemes_day_is_not_covered(assessee):
    assessee.demands.update(presented_on=date(2026, 4, 1))

    with pytest.raises(waivers.WaiverCoversNothing):
        apply()


def test_closed_number_and_second_application_are_refused(assessee):
    apply()

    with pytest.raises(waivers.WaiverAppliedAlready):
        apply(maker="bimal")
    type(assessee).objects.update(status="closed")
    with pytest.raises(queries.AssesseeClosed):
        apply()


def test_decision_is_made_once_by_another_and_a_refusal_with_a_reason(assessee):
    application = apply()

    with pytest.raises(waivers.WaiverApproverIsMaker):
        waivers.approve_waiver(application.pk, approver="anita", on=TODAY)
    with pytest.raises(waivers.WaiverReasonMissing):
        waivers.refuse_waiver(application.pk, approver="bimal", on=TODAY, reason=" ")
    waivers.approve_waiver(application.pk, approver="bimal", on=TODAY)
    with pytest.raises(waivers.WaiverDecided):
        waivers.refuse_waiver(application.pk, approver="chitra", on=TODAY, reason="late")


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"approver": "anita", "approved_on": TODAY}, "waiver_approved_by_another"),
        ({"approver": "bimal"}, "waiver_decision_is_whole"),
        ({"approver": "bimal", "approved_on": TODAY, "refused_on": TODAY, "reason": "x"}, "waiver_decision_is_whole"),
        ({"approver": "bimal", "refused_on": TODAY}, "waiver_refusal_has_a_reason"),
    ],
)
def test_database_refuses_half_a_decision(assessee, values, name):
    apply()

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        WaiverApplication.objects.update(**values)


def test_dues_page_says_how_an_application_stands(assessee, client):
    question = f"/en/property-tax/?assessee_number={NUMBER}"
    application = apply()
    waiting = client.get(question).text

    waivers.approve_waiver(application.pk, approver="bimal", on=TODAY)

    assert "The application of 23 November 2026 to waive interest and penalty waits for its decision." in waiting
    assert "was approved on 23 November 2026." in client.get(question).text


# --- The desk ---------------------------------------------------------------------------------------------------------


def clerk(name: str, *rights: str) -> Client:
    user = User.objects.create_user(name, password="a", is_staff=True)
    codes = [f"{right}_waiverapplication" for right in ("view", *rights)]
    user.user_permissions.set(Permission.objects.filter(codename__in=codes))
    client = Client()
    client.force_login(user)
    return client


ASKED = {"assessee_number": "11-026-01-0005-1", "scheme": "graded", "applied_on": "23-11-2026"}


def test_application_goes_from_one_clerk_to_another(assessee):
    anita, bimal = clerk("anita", "add"), clerk("bimal", "change")

    page = anita.post(f"{LIST}apply/", ASKED, follow=True)
    application = WaiverApplication.objects.get()
    assert "The application is entered and waits for a colleague" in page.text

    refused = bimal.post(f"{LIST}{application.pk}/decide/", {"other": "Refuse", "reason": ""})
    assert "Please say why the application is refused" in refused.text
    bimal.post(f"{LIST}{application.pk}/decide/", {"do": "Approve"})

    application.refresh_from_db()
    assert (application.maker, application.approver, application.approved_on, due()) == (
        "anita",
        "bimal",
        TODAY,
        104_000,
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"assessee_number": "12"}, "An assessee number has 12 digits; you sent 2."),
        ({"assessee_number": "110260100099"}, "No property is registered under 11-026-01-0009-9."),
        ({"applied_on": "30-09-2026"}, "Applications to this scheme are taken from 2026-10-01 to 2026-12-31."),
    ],
)
def test_desk_refuses_beside_the_field(assessee, changes, sentence):
    assert sentence in clerk("anita", "add").post(f"{LIST}apply/", {**ASKED, **changes}).text
    assert not WaiverApplication.objects.exists()


def test_who_may_only_look_neither_enters_nor_decides(assessee):
    onlooker, application = clerk("onlooker"), apply()

    assert onlooker.post(f"{LIST}apply/", ASKED).status_code == 403
    assert onlooker.post(f"{LIST}{application.pk}/decide/", {"do": "Approve"}).status_code == 403
