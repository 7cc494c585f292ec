"""The desks for kept money, breaks and chargebacks: one clerk asks, another decides, others see nothing happen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from payments.models import BreakClosing, ClosingRequest, Dispute, KeptMoney, Placement, ReconBreak, Reversal
from payments.reconciliation.breaks import ask_to_close
from payments.tests.conftest import OTHER
from payments.tests.factories import NOW
from payments.tests.kept_desk import breaks, came, kept, propose

pytestmark = pytest.mark.django_db
KEPT, PLACEMENTS = "/admin/payments/keptmoney/", "/admin/payments/placement/"
BREAKS, CLOSINGS = "/admin/payments/reconbreak/", "/admin/payments/closingrequest/"
DISPUTES = "/admin/payments/dispute/"
REFERENCE = "110260100051"


def clerk(name: str, *rights: str) -> Client:
    user = User.objects.create_user(name, password="a", is_staff=True)
    viewing = ("keptmoney", "placement", "reconbreak", "closingrequest", "dispute")
    codes = [*(f"view_{table}" for table in viewing), *rights]
    user.user_permissions.set(Permission.objects.filter(codename__in=codes))
    client = Client()
    client.force_login(user)
    return client


# --- Kept money -------------------------------------------------------------------------------------------------------


def test_kept_money_goes_from_one_clerk_to_another():
    came()
    asking, deciding = clerk("asking", "add_placement"), clerk("deciding", "change_placement")
    address = f"{PLACEMENTS}{KeptMoney.objects.get().pk}/propose/"
    assert address in asking.get(KEPT).text

    said = {"target": "other", "placed_for": OTHER, "amount_paise": "1,000.00", "detail": "A digit was wrong"}
    page = asking.post(address, said, follow=True).text
    assert "waits for a colleague" in page
    assert f"advance {OTHER}: ₹1,000.00" in page

    address = f"{PLACEMENTS}{Placement.objects.get().pk}/decide/"
    page = deciding.get(address).text
    assert "asking: A digit was wrong" in page
    assert "suspense: -₹1,000.00" in page
    assert "R. D." in page
    assert "₹1,000.00 have been placed." in deciding.post(address, {"do": "Approve"}, follow=True).text
    assert kept() == [("suspense", REFERENCE, 50_000), ("advance", OTHER, 100_000)]


def test_placement_is_shown_by_bill_and_head():
    came()
    asked = propose()

    page = clerk("deciding", "change_placement").get(f"{PLACEMENTS}{asked.pk}/decide/").text

    assert "Bill PD-1: ₹1,000.00 (Property tax ₹1,000.00)" in page


def test_refused_placement_leaves_the_money():
    came()
    asked = propose(target="advance")

    page = clerk("deciding", "change_placement").post(
        f"{PLACEMENTS}{asked.pk}/decide/", {"other": "Refuse", "refusal": "Another payer"}, follow=True
    )

    assert "Another payer" in page.text
    assert kept() == [("suspense", REFERENCE, 150_000)]


def test_refusal_stands_beside_its_field():
    came()
    address = f"{PLACEMENTS}{KeptMoney.objects.get().pk}/propose/"
    asking = clerk("asking", "add_placement")

    page = asking.post(address, {"target": "other", "placed_for": REFERENCE, "detail": "Why"}).text
    assert "The money is kept under this number already." in page
    page = asking.post(address, {"target": "advance", "amount_paise": "1.234", "detail": "Why"}).text
    assert "Please give the amount in rupees" in page


def test_number_that_is_not_in_use_any_more_is_said_to_who_decides(dues):
    came()
    asked = propose(target="other", placed_for=OTHER)
    dues.known.remove(OTHER)

    page = clerk("deciding", "change_placement").get(f"{PLACEMENTS}{asked.pk}/decide/")

    assert "Nobody has this number." in page.text


def test_who_proposed_does_not_decide():
    came()
    asked = propose(target="advance", maker="both")

    page = clerk("both", "change_placement").post(f"{PLACEMENTS}{asked.pk}/decide/", {"do": "Approve"})

    assert "This is decided by somebody other than who asked for it." in page.text
    assert kept() == [("suspense", REFERENCE, 150_000)]


@pytest.mark.parametrize("typed", [REFERENCE, "11-026-01-0005-1", "PT-026/2026-27/000001"])
def test_kept_money_is_found_by_what_stands_on_the_paper(typed):
    came()

    found = clerk("looking").get(KEPT, {"q": typed}).context["cl"].result_list

    assert [row.amount_paise for row in found] == [150_000]


def test_number_that_the_money_counts_for_now_finds_it():
    came()
    asked = propose(target="other", placed_for=OTHER)
    clerk("deciding", "change_placement").post(f"{PLACEMENTS}{asked.pk}/decide/", {"do": "Approve"})

    assert len(clerk("looking").get(KEPT, {"q": OTHER}).context["cl"].result_list) == 1


@pytest.mark.parametrize("address", [KEPT, PLACEMENTS, BREAKS, CLOSINGS, DISPUTES])
def test_list_asks_the_database_as_often_for_many_rows(address, django_assert_max_num_queries):
    looking = clerk("looking", "add_placement")
    for _ in range(6):
        came()

    with django_assert_max_num_queries(10):
        assert looking.get(address).status_code == 200


# --- Breaks -----------------------------------------------------------------------------------------------------------


def test_break_is_closed_by_two_clerks():
    came()
    found = ReconBreak.objects.get()
    asking, deciding = clerk("asking", "change_reconbreak"), clerk("deciding", "change_closingrequest")

    assert "order KP" in asking.get(f"{BREAKS}{found.pk}/close/").text
    assert "Please say why" in asking.post(f"{BREAKS}{found.pk}/close/", {"detail": " "}).text
    page = asking.post(f"{BREAKS}{found.pk}/close/", {"detail": "The rest came as a cheque"}, follow=True).text
    assert "waits for a colleague" in page
    address = f"{CLOSINGS}{ClosingRequest.objects.get().pk}/decide/"
    assert "asking: The rest came as a cheque" in deciding.get(address).text
    assert "The break is closed." in deciding.post(address, {"do": "Approve"}, follow=True).text

    assert breaks() == {"AMOUNT_DIFF": "manual"}


def test_refused_closing_leaves_the_break_open():
    came()
    asked = ask_to_close(ReconBreak.objects.get().pk, detail="Looked into", maker="asking", now=NOW)

    page = clerk("deciding", "change_closingrequest").post(
        f"{CLOSINGS}{asked.pk}/decide/", {"other": "Refuse", "refusal": "Ask the payer first"}, follow=True
    )

    assert "Ask the payer first" in page.text
    assert breaks() == {"AMOUNT_DIFF": ""}


def test_breaks_are_listed_the_oldest_open_first_with_age_and_amount():
    came()
    came(100_000)
    first, second = ReconBreak.objects.order_by("pk")
    ReconBreak.objects.filter(pk=first.pk).update(opened_at=timezone.now() - timedelta(days=1))
    ReconBreak.objects.filter(pk=second.pk).update(opened_at=timezone.now() - timedelta(days=31))
    looking = clerk("looking")

    page = looking.get(BREAKS)

    assert [row.pk for row in page.context["cl"].result_list] == [second.pk, first.pk]
    assert [text in page.text for text in ("&gt;30", "0–1", "₹1,500.00", "₹1,000.00")] == [True] * 4


def test_closed_breaks_are_listed_when_asked_for():
    came()
    BreakClosing.objects.create(recon_break=ReconBreak.objects.get(), how="auto", note="placed", closed_at=NOW)
    looking = clerk("looking")

    counts = [
        len(looking.get(f"{BREAKS}{query}").context["cl"].result_list) for query in ("", "?state=closed", "?state=all")
    ]

    assert counts == [0, 1, 1]


# --- Chargebacks ------------------------------------------------------------------------------------------------------


def opened(client: Client, **changes):
    said = {
        "receipt_number": "PT-026/2026-27/000001",
        "amount_paise": "1,924",
        "case_number": "CB-77",
        "detail": "Not known to the cardholder",
        "reply_by": (timezone.now() + timedelta(days=9)).date().isoformat(),
        **changes,
    }
    return client.post(f"{DISPUTES}open/", said, follow=True)


@pytest.mark.parametrize(("button", "state", "reversals"), [("do", "won", 0), ("other", "lost", 1)])
def test_f55_dispute_goes_from_one_clerk_to_another(button, state, reversals):
    came(192_400)
    asking = clerk("asking", "add_dispute")
    assert "Last day for a reply" in asking.get(f"{DISPUTES}open/").text
    assert "No bill is touched" in opened(asking).text
    found = Dispute.objects.get()
    deciding = clerk("deciding", "change_dispute")

    assert "asking: Not known to the cardholder" in deciding.get(f"{DISPUTES}{found.pk}/decide/").text
    page = deciding.post(f"{DISPUTES}{found.pk}/decide/", {button: "x", "detail": "Letter 9"}, follow=True).text

    assert "deciding: Letter 9" in page
    assert (Dispute.objects.get().state, Reversal.objects.count()) == (state, reversals)


def test_refusal_of_a_dispute_stands_beside_its_field():
    came(192_400)

    page = opened(clerk("asking", "add_dispute"), amount_paise="1924.01").text

    assert "That is more than the payment has left" in page
    assert not Dispute.objects.exists()


def test_dispute_is_not_decided_by_who_opened_it():
    came(192_400)
    both = clerk("both", "add_dispute", "change_dispute")
    opened(both)

    page = both.post(f"{DISPUTES}{Dispute.objects.get().pk}/decide/", {"do": "x", "detail": "Letter 9"})

    assert "This is decided by somebody other than who asked for it." in page.text


def test_desks_are_closed_to_those_without_the_right():
    came()
    asked = propose(target="advance")
    looking = clerk("looking")
    pages = [
        f"{PLACEMENTS}{KeptMoney.objects.get().pk}/propose/",
        f"{PLACEMENTS}{asked.pk}/decide/",
        f"{BREAKS}{ReconBreak.objects.get().pk}/close/",
        f"{DISPUTES}open/",
    ]

    assert [looking.get(page).status_code for page in pages] == [403] * 4
    assert "Open a dispute" not in looking.get(DISPUTES).text
