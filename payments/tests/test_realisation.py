"""A cheque or draft is paper until its bank has paid it: until then its money is not given back by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import IntegrityError, transaction
from django.test import Client

from payments import papers
from payments.counter import counters, realisation, shifts
from payments.counter import services as counter
from payments.counter.services import Handed
from payments.models import HandedOver, Payment, Realisation, Receipt, Refund
from payments.queries import receipt_by_token
from payments.refunds import services as refunds
from payments.refunds.services import Advice
from payments.reversals import services as reversals
from payments.tests.factories import NOW, OrderFactory
from payments.tests.refund_bench import LATER, approve, ask, broken, paid_in_advance

pytestmark = pytest.mark.django_db
LIST = "/admin/payments/handedover/"
BY_HAND = {"advice": Advice("PA-77/2026", NOW.date())}
DRAFT = Handed("draft", number="000012", bank="UCO Bank", dated=NOW.date())
CHEQUE = Handed("cheque", number="123456", bank="State Bank of India", dated=NOW.date())
# Fourteen days after it was handed over a bank may still refuse it; the day after it is money.
LAST_DAY = NOW + timedelta(days=14)


@pytest.fixture
def shift():
    counters.add_counter(number=7, place="Borough VI office")
    return shifts.open_shift(counter=7, cashier="mita", change={}, now=NOW)


def handed(what: Handed, dues) -> HandedOver:
    """Have a cashier take something for bills that were paid before: all of it stands in advance."""
    dues.paid = {"PD-1", "PD-2"}
    counter.take(token=OrderFactory().token, handed=what, cashier="mita", now=NOW)
    return HandedOver.objects.get()


def note(found: HandedOver, **changes) -> Realisation:
    values = {
        "realised_on": LATER.date(),
        "proof": "Statement of 26 November, line 12",
        "who": "accounts",
        "now": LATER,
    }
    return realisation.note_realised(found.pk, **{**values, **changes})


# --- What is given back -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paper", [CHEQUE, DRAFT], ids=["cheque", "draft"])
def test_paper_is_not_given_back_before_its_bank_has_paid_or_time_has_gone_by(shift, dues, paper):
    handed(paper, dues)

    for now in (LATER, LAST_DAY):
        with pytest.raises(refunds.RefundOfPaper) as refusal:
            ask(now=now, **BY_HAND)
        assert "until 7 December 2026 its bank may still refuse it" in refusal.value.user_message
    assert not Refund.objects.exists()
    assert ask(now=LAST_DAY + timedelta(days=1), **BY_HAND).state == "requested"


def test_paper_that_its_bank_has_paid_is_given_back(shift, dues):
    note(handed(CHEQUE, dues))

    assert (approve(ask(**BY_HAND)).state, broken()) == ("done", [])


@pytest.mark.parametrize("money", [Handed("cash"), Handed("card", "AB12")], ids=["cash", "card"])
def test_money_is_given_back_at_once(shift, dues, money):
    handed(money, dues)

    assert ask(**BY_HAND).state == "requested"


def test_days_that_paper_waits_are_a_setting(shift, dues, settings):
    settings.REALISED_AFTER_DAYS = 2
    handed(CHEQUE, dues)

    assert ask(**BY_HAND).state == "requested"


# --- What is noted ----------------------------------------------------------------------------------------------------


def test_receipt_says_when_the_bank_has_paid(shift, dues):
    found = handed(CHEQUE, dues)
    token = Receipt.objects.get().token
    assert papers.realisation_text(receipt_by_token(token=token)).startswith("Subject to realisation")

    note(found)

    assert (
        papers.realisation_text(receipt_by_token(token=token))
        == "The bank paid the cheque or draft on 26 November 2026."
    )


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"proof": " "}, realisation.RealisationUnproved),
        ({"realised_on": None}, realisation.RealisedOnMalformed),
        ({"realised_on": NOW.date() - timedelta(days=1)}, realisation.RealisedOnMalformed),
        ({"realised_on": LATER.date() + timedelta(days=1)}, realisation.RealisedOnMalformed),
    ],
)
def test_note_that_says_too_little_is_refused(shift, dues, changes, refusal):
    found = handed(CHEQUE, dues)

    with pytest.raises(refusal):
        note(found, **changes)
    assert not Realisation.objects.exists()


def test_cash_is_paid_by_no_bank(shift, dues):
    with pytest.raises(realisation.NothingToRealise):
        note(handed(Handed("cash"), dues))


def test_paper_is_paid_once(shift, dues):
    found = handed(CHEQUE, dues)
    note(found)

    with pytest.raises(realisation.RealisedAlready):
        note(found)


def test_paper_that_was_dishonoured_is_not_noted_as_paid(shift, dues):
    found = handed(CHEQUE, dues)
    number = Receipt.objects.get().receipt_number
    asked = reversals.ask_for_reversal(
        receipt_number=number, reason="dishonoured", detail="Memo 9", maker="clerk", now=LATER
    )
    reversals.approve_reversal(asked.pk, approver="approver", now=LATER)

    with pytest.raises(realisation.DishonouredAlready):
        note(found)


def test_payment_through_a_gateway_is_money(dues):
    paid_in_advance(dues)

    assert realisation.only_paper_until(Payment.objects.get()) is None


def test_note_is_never_changed_or_removed(shift, dues):
    note(handed(CHEQUE, dues))

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Realisation.objects.update(realised_on=date(2026, 1, 1))
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Realisation.objects.all().delete()


@pytest.mark.parametrize("values", [{"proof": ""}, {"noted_by": ""}])
def test_note_without_proof_or_name_is_refused_by_the_database(shift, dues, values):
    good = {"realised_on": NOW.date(), "proof": "Line 12", "noted_by": "accounts", "noted_at": NOW}

    with pytest.raises(IntegrityError, match="realisation_says_what_shows_it"), transaction.atomic():
        Realisation.objects.create(handed_over=handed(CHEQUE, dues), **{**good, **values})


# --- The desk ---------------------------------------------------------------------------------------------------------


def clerk(name: str, *rights: str) -> Client:
    user = User.objects.create_user(name, password="a", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_handedover", *rights]))
    client = Client()
    client.force_login(user)
    return client


def test_clerk_notes_from_the_list_that_the_bank_has_paid(shift, dues):
    found = handed(CHEQUE, dues)
    accounts = clerk("accounts", "add_realisation")
    address = f"{LIST}{found.pk}/realised/"
    assert address in accounts.get(LIST).text
    assert "State Bank of India" in accounts.get(address).text

    page = accounts.post(address, {"realised_on": "2026-11-23", "proof": "Line 12"}, follow=True).text

    assert "It is noted that the bank has paid." in page
    assert "23 November 2026" in page
    assert address not in page
    assert Realisation.objects.get().noted_by == "accounts"


def test_refusal_stands_beside_its_field(shift, dues):
    found = handed(CHEQUE, dues)

    page = clerk("accounts", "add_realisation").post(f"{LIST}{found.pk}/realised/", {"realised_on": "2026-11-23"})

    assert "the date of the bank statement and its line" in page.text


def test_list_offers_no_note_for_cash_and_for_what_was_reversed(shift, dues):
    found = handed(CHEQUE, dues)
    number = Receipt.objects.get().receipt_number
    asked = reversals.ask_for_reversal(
        receipt_number=number, reason="dishonoured", detail="Memo 9", maker="clerk", now=LATER
    )
    reversals.approve_reversal(asked.pk, approver="approver", now=LATER)
    counter.take(token=OrderFactory().token, handed=Handed("cash"), cashier="mita", now=NOW)

    page = clerk("accounts", "add_realisation").get(LIST).text

    assert "RV-CT-007/2026-27/000001" in page
    assert f"{LIST}{found.pk}/realised/" not in page


def test_clerk_without_the_right_notes_nothing(shift, dues):
    found = handed(CHEQUE, dues)

    assert clerk("looking").get(f"{LIST}{found.pk}/realised/").status_code == 403
