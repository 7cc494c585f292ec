"""The certificate again, over chat: whole for the mobile on record, masked for everybody else."""

from __future__ import annotations

import re

import pytest

from chatbot import outgoing
from chatbot.channels.base import Inbound
from chatbot.channels.registry import channel_of
from chatbot.models import Conversation
from chatbot.services import receive
from payments.models import OutboxMessage, PaymentOrder
from payments.posting import apply_report
from payments.tests.factories import AttemptFactory, report
from trade_license.models import Certificate, License

HOLDER, STRANGER = "whatsapp:+919830012345", "whatsapp:+919830099999"


@pytest.fixture
def tell(street, now):
    numbers = iter(range(99))

    def send(text, address=HOLDER):
        message = Inbound(f"SM{next(numbers):032d}", address, text)
        return receive(message, channel=channel_of("whatsapp"), now=now).text

    return send


@pytest.fixture
def paid(tell, now):
    """The licence of the street, renewed for three years in this very chat."""
    License.objects.filter(search_key="CE26000051").update(mobile="98300 12345")
    for text in ("English", "licence", "CE/26/000051", "2"):
        tell(text)
    order = PaymentOrder.objects.get()
    attempt = AttemptFactory(order=order)
    apply_report(account=attempt.account, report=report(attempt, happened_at=now), now=now)
    return order


def certificate_address(answer: str) -> str:
    return re.search(r"(/en/trade-licence/\S+)", answer)[1]


def test_mobile_on_record_gets_the_whole_certificate(paid, tell):
    for text in ("menu", "licence", "CE/26/000051"):
        tell(text)

    last = Certificate.objects.order_by("demand__financial_year").last()
    assert certificate_address(tell("1")) == f"/en/trade-licence/certificates/{last.token}.pdf"


def test_stranger_gets_a_masked_copy(paid, tell):
    for text in ("English", "licence", "CE/26/000051"):
        tell(text, STRANGER)

    answer = tell("1", STRANGER)
    assert certificate_address(answer) == "/en/trade-licence/certificate.pdf?ce_number=CE26000051"
    assert "name is hidden" in answer


def test_receipt_comes_with_both_certificates(paid):
    payload = OutboxMessage.objects.get(topic="receipt_issued").payload

    text = outgoing.receipt_text(payload, language="en", papers=outgoing._papers(payload))

    assert paid.told_to == [str(Conversation.objects.get().pk)]
    assert len(re.findall(r"/trade-licence/certificates/[\w-]+\.pdf", text)) == 2
    assert text.splitlines()[-1].endswith(f"/receipts/{payload['token']}/")
