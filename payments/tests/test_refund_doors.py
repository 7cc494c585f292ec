"""What a citizen sees of money that was given back, and the desk where it is asked for and decided."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from pypdf import PdfReader

from payments import queries
from payments.models import Receipt, Refund
from payments.posting import apply_report
from payments.refunds import moves as refund_moves
from payments.refunds.services import Advice
from payments.states import RefundState
from payments.tests.factories import KIND, NOW, AttemptFactory, report
from payments.tests.refund_bench import LATER, PAID, approved, ask, paid_in_advance

pytestmark = pytest.mark.django_db
LIST = "/admin/payments/refund/"
NUMBER = "PT-026/2026-27/000001"


@pytest.fixture
def advance(dues):
    return paid_in_advance(dues)


def move(refund: Refund, *steps: RefundState) -> Refund:
    for step in steps:
        refund_moves.move(refund_moves.locked(refund.pk), step, now=LATER)
    return refund


@pytest.fixture
def given_back(advance):
    return move(approved(100_000), RefundState.SUBMITTED, RefundState.DONE)


def receipt() -> Receipt:
    return Receipt.objects.get()


def page(client) -> str:
    return client.get(f"/en/receipts/{receipt().token}/").text


def paper(client) -> str:
    response = client.get(f"/en/receipts/{receipt().token}.pdf")
    return " ".join(PdfReader(BytesIO(response.content)).pages[0].extract_text().split())


# --- The receipt ------------------------------------------------------------------------------------------------------


def test_receipt_says_what_was_given_back(given_back, client):
    sentence = f"₹1,000.00 of this payment was given back on 26 November 2026 under {given_back.refund_number}."

    assert (sentence in page(client), sentence in paper(client)) == (True, True)
    assert "₹1,924.00 of this money found no unpaid bill" in page(client)


def test_receipt_says_nothing_of_a_refund_that_is_under_way(advance, client):
    approved(100_000)

    assert ("given back" in page(client), "given back" in paper(client)) == (False, False)


def test_refund_that_failed_changes_nothing_of_the_receipt(advance, client):
    before = page(client)
    move(approved(100_000), RefundState.SUBMITTED, RefundState.FAILED)

    assert page(client) == before


def test_verification_says_what_was_given_back(given_back, client):
    text = client.get(f"/en/verify/{receipt().code}/").text

    assert "This receipt is genuine, but money was given back" in text
    assert "₹1,000.00, 26 November 2026" in text
    assert client.get(f"/api/v1/receipts/{receipt().code}/").json()["status"] == "refunded"


def test_receipt_that_stands_is_verified_as_genuine(advance, client):
    ask()

    assert client.get(f"/api/v1/receipts/{receipt().code}/").json()["status"] == "genuine"


def test_bill_that_was_paid_on_the_day_of_a_refund_was_not_paid_from_the_advance():
    attempt = AttemptFactory()
    apply_report(account=attempt.account, report=report(attempt, amount_paise=PAID + 7_600), now=NOW)
    approved(7_600, left_paise=7_600, now=NOW)

    found = queries.payments_of_bills(kind=KIND, bills=["PD-1", "PD-2"])

    assert [one.is_advance_used for one in found] == [False, False]


# --- The desk ---------------------------------------------------------------------------------------------------------


def clerk(name: str, *rights: str) -> Client:
    user = User.objects.create_user(name, password="a", is_staff=True)
    codes = [f"{right}_refund" for right in ("view", *rights)]
    user.user_permissions.set(Permission.objects.filter(codename__in=codes))
    client = Client()
    client.force_login(user)
    return client


def find(client: Client, number: str = NUMBER):
    return client.post(f"{LIST}ask/", {"receipt_number": number}, follow=True)


def asked_by(client: Client, **changes):
    """Look a payment up, and send the form that is shown."""
    found = find(client)
    left = re.search(r'name="left_paise" value="(\d+)"', found.text)[1]
    form = {"left_paise": left, "amount_paise": "1,000", "reason": "Letter 12", **changes}
    return client.post(found.redirect_chain[-1][0], form, follow=True)


def decide(client: Client, **form):
    return client.post(f"{LIST}{Refund.objects.get().pk}/decide/", form, follow=True)


def test_refund_goes_from_one_clerk_to_another(advance):
    asking, deciding = clerk("keeper", "add"), clerk("approver", "change")

    assert "Receipt number" in asking.get(f"{LIST}ask/").text
    shown = find(asking).text
    assert (
        f"{NUMBER} · 110260100051 · ₹1,924.00" in shown,
        "₹1,924.00 of this payment stands in advance." in shown,
    ) == (
        True,
        True,
    )
    assert 'name="amount_paise" value="1924.00"' in shown
    assert "waits for a colleague" in asked_by(asking).text
    refund = Refund.objects.get()
    assert "keeper: Letter 12" in deciding.get(f"{LIST}{refund.pk}/decide/").text
    assert "The refund is approved." in decide(deciding, do="Approve").text

    refund.refresh_from_db()
    assert (refund.state, refund.amount_paise, refund.maker, refund.approver) == (
        "approved",
        100_000,
        "keeper",
        "approver",
    )


def test_refund_by_hand_is_done_by_the_second_clerk(advance):
    asked_by(clerk("keeper", "add"), advice_number="PA-77/2026", advice_on="2026-11-20")
    deciding = clerk("approver", "change")

    about = deciding.get(f"{LIST}{Refund.objects.get().pk}/decide/").text
    assert "payment advice PA-77/2026 of 20 November 2026." in about
    decide(deciding, do="Approve")

    assert (Refund.objects.get().state, Refund.objects.get().advice_on) == ("done", date(2026, 11, 20))


def test_refusal_is_kept_and_shown_in_the_list(advance):
    asked_by(clerk("keeper", "add"))
    deciding = clerk("approver", "change")

    assert "Please say why it is refused" in decide(deciding, other="Refuse").text
    assert "Due for PD-3" in decide(deciding, other="Refuse", refusal="Due for PD-3").text
    assert Refund.objects.get().state == "refused"


def test_amount_that_has_changed_since_is_shown_again(advance, dues):
    asking = clerk("keeper", "add")

    shown = asked_by(asking, left_paise="200000").text

    assert "Meanwhile ₹1,924.00 of this payment stands in advance." in shown
    assert ('name="left_paise" value="192400"' in shown, Refund.objects.count()) == (True, 0)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"amount_paise": ""}, "Please give an amount of more than nothing."),
        ({"amount_paise": "a lot"}, "Please give the amount in rupees, such as 1500 or 1,500.50."),
        ({"amount_paise": "2000"}, "No more than ₹1,924.00 of this payment stands in advance."),
        ({"reason": ""}, "Please say why the money is given back"),
        ({"advice_number": "PA-77"}, "Please give both number and date"),
    ],
)
def test_refusal_stands_beside_its_field(advance, form, sentence):
    text = asked_by(clerk("keeper", "add"), **form).text

    assert (sentence in text, "errorlist" in text, Refund.objects.count()) == (True, True, 0)


def test_unknown_receipt_is_refused_where_it_was_typed(advance):
    assert "There is no receipt of this number." in find(clerk("keeper", "add"), "PT-1").text


def test_payment_without_advance_is_refused_where_its_number_was_typed():
    attempt = AttemptFactory()
    apply_report(account=attempt.account, report=report(attempt), now=NOW)

    assert "Nothing of this payment is kept in advance." in find(clerk("keeper", "add")).text


def test_clerk_who_asked_does_not_decide(advance):
    both = clerk("both", "add", "change")
    asked_by(both)

    assert "This is decided by somebody other than who asked for it." in decide(both, do="Approve").text
    assert Refund.objects.get().state == "requested"


def test_desk_is_closed_to_those_without_the_right(advance):
    asked_by(clerk("keeper", "add"))
    looking = clerk("looking")

    refund = Refund.objects.get()
    assert find(looking).status_code == 403
    assert looking.get(f"{LIST}ask/{refund.payment_id}/").status_code == 403
    assert looking.get(f"{LIST}{refund.pk}/decide/").status_code == 403


def test_end_of_an_unknown_refund_goes_from_one_clerk_to_another(advance):
    refund = approved(100_000)
    for step in (RefundState.SUBMITTED, RefundState.UNKNOWN):
        move(Refund.objects.get(), step)
    asking, deciding = clerk("keeper", "add"), clerk("approver", "change")
    enter, confirm = f"{LIST}{refund.pk}/verdict/", f"{LIST}{refund.pk}/confirm/"
    assert "Enter how it ended" in asking.get(LIST).text

    assert "What shows it" in asking.get(enter).text
    assert "Please say how it ended" in asking.post(enter, {"verdict": "failed", "proof": ""}).text
    asking.post(enter, {"verdict": "failed", "proof": "Letter 9"})
    assert "Confirm how it ended" in deciding.get(LIST).text
    deciding.post(confirm, {"other": "Refuse"})
    assert Refund.objects.get().verdict == ""
    asking.post(enter, {"verdict": "done", "proof": "Letter 10"})
    assert "keeper: given back. Letter 10" in deciding.get(confirm).text
    assert (asking.post(confirm).status_code, deciding.get(enter).status_code) == (403, 403)
    deciding.post(confirm, {"do": "Confirm"})

    assert (Refund.objects.get().state, Refund.objects.get().verdict_approver) == ("done", "approver")


def test_clerk_who_entered_the_end_does_not_confirm_it(advance):
    refund, both = approved(100_000), clerk("both", "add", "change")
    for step in (RefundState.SUBMITTED, RefundState.UNKNOWN):
        move(Refund.objects.get(), step)
    both.post(f"{LIST}{refund.pk}/verdict/", {"verdict": "done", "proof": "Letter 9"})

    assert "somebody other than who asked" in both.post(f"{LIST}{refund.pk}/confirm/", {"do": "Confirm"}).text
    assert Refund.objects.get().state == "unknown"


@pytest.mark.parametrize("sought", ["refund_number", NUMBER, "110260100051", "PA-77/2026"])
def test_refunds_are_found_with_their_state(advance, admin_client, sought):
    refund = approved(advice=Advice("PA-77/2026", LATER.date()))

    shown = admin_client.get(LIST, {"q": getattr(refund, sought, sought)}).text

    assert (refund.refund_number in shown, "given back" in shown) == (True, True)
    assert refund.refund_number not in admin_client.get(LIST, {"q": "PT-9"}).text


def test_list_of_refunds_asks_the_database_a_constant_number_of_times(dues, admin_client, django_assert_num_queries):
    with django_assert_num_queries(4):
        admin_client.get(LIST)
    for number in range(3):
        paid_in_advance(dues, order__reference=f"{number}")
        approved()

    with django_assert_num_queries(4):
        assert "refund" in admin_client.get(LIST).text
