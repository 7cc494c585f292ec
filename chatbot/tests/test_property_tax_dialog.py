"""What the transcripts do not show of property tax in the chat: long accounts, other amounts, advances."""

from __future__ import annotations

from datetime import date

import pytest

from chatbot.tests.conftest import CLEAR, OWES
from payments.models import PaymentOrder
from payments.posting import apply_report
from payments.states import Source
from payments.tests.factories import AttemptFactory, report
from property_tax import services
from property_tax.models import Assessee, NoDuesCertificate
from property_tax.tests.factories import DemandFactory
from property_tax.tests.test_part_payments import put_in_force, with_parts

pytestmark = pytest.mark.django_db


@pytest.fixture
def parts_allowed(db):
    put_in_force(with_parts())


def labels(answer):
    return [label for _name, label in answer.options]


@pytest.mark.parametrize("language", ["বাংলা", "हिन्दी", "English"])
def test_reasons_of_many_bills_fit_one_message(say, language):
    for year in range(2000, 2024):
        DemandFactory(
            assessee=Assessee.objects.get(assessee_number=OWES), demand_number=f"X-{year}", financial_year=year,
            issued_on=date(year, 5, 1), presented_on=None, rebate_date=None,
        )  # fmt: skip
    say(language)
    place = labels(say(OWES)).index(
        {"বাংলা": "এই টাকা কেন দিতে হবে?", "हिन्दी": "यह राशि क्यों देनी है?"}.get(language, "Why do I owe this?")
    )

    told = say(str(place + 1)).text

    assert len(told) <= 1600
    assert f"/property-tax/?assessee_number={OWES}" in told


def test_part_is_paid_by_chat_where_the_rule_allows_it(parts_allowed, say):
    say("English")
    answer = say(OWES)

    asked = say(str(labels(answer).index("Pay another amount") + 1))
    refused = say("a lot")
    link = say("২,০৩০")

    assert asked.text == "How many rupees? The oldest bill is paid first. 0 = menu"
    assert refused.text.startswith("Please give the amount in rupees, such as 1500 or 1,500.50.")
    assert "*₹2,030.00* for" in link.text
    assert PaymentOrder.objects.get().amount_paise == 203_000


def test_amount_above_the_dues_is_asked_for_again(parts_allowed, say):
    say("English")
    say(str(labels(say(OWES)).index("Pay another amount") + 1))

    answer = say("99,999")

    assert answer.text == (
        "No more than ₹4,449.00 is due here. Please pay that or less.\n\n"
        "How many rupees? The oldest bill is paid first. 0 = menu"
    )


def test_after_the_reasons_a_heading_is_paid(say):
    say("English")
    say(str(labels(say(OWES)).index("Why do I owe this?") + 1))

    answer = say("2")

    assert "*₹1,924.00* for" in answer.text
    assert PaymentOrder.objects.get().scope == "PD"


def test_advance_is_told_with_the_dues(say, now):
    order = services.open_payment(assessee_number=OWES, heading="FS", source=Source.WEB, now=now)
    attempt = AttemptFactory(order=order)
    for number in ("T-1", "T-2"):
        apply_report(account=attempt.account, report=report(attempt, happened_at=now, transaction_ref=number), now=now)
    say("English")

    assert "₹500.00 is kept for this number in advance; the next bill uses it." in say(OWES).text


def test_certificate_is_issued_by_chat(say):
    say("English")
    say(CLEAR)
    say("1")

    answer = say("2")

    certificate = NoDuesCertificate.objects.get()
    assert certificate.source == "chat"
    assert answer.text.startswith(f"No-dues certificate {certificate.certificate_number} of 23 November 2026:")
    assert f"/en/property-tax/certificates/{certificate.token}.pdf" in answer.text
