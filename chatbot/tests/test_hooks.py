"""Twilio's webhooks over HTTP."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import resolve
from kombu.exceptions import OperationalError as BrokerAway
from twilio.request_validator import RequestValidator

from chatbot import services, tasks
from chatbot.models import InboundMessage, OutboundMessage, WebhookRejection
from chatbot.tests.conftest import OWES

TOKEN = "0123456789abcdef0123456789abcdef"
ACCOUNT = "AC" + "a" * 32
BASE = "https://kmc.example.org"
INBOUND, STATUS = "/hooks/twilio/inbound/", "/hooks/twilio/status/"


@pytest.fixture(autouse=True)
def twilio(settings):
    settings.PUBLIC_BASE_URL = BASE
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, TOKEN
    settings.CHAT_REPLY_VIA = "twiml"
    # Whatever a test cuts off, it is not cut off while modules are loaded.
    resolve(INBOUND)


def post(path=INBOUND, signature=None, host="portal.internal", **fields):
    form = {"AccountSid": ACCOUNT, "From": "whatsapp:+919830012345", "To": "whatsapp:+918335999111", **fields}
    signature = RequestValidator(TOKEN).compute_signature(BASE + path, form) if signature is None else signature
    return Client(enforce_csrf_checks=True, headers={"host": host}).post(
        path, form, headers={"X-Twilio-Signature": signature}
    )


def text_of(answer):
    message = ElementTree.fromstring(answer.content).find("Message")
    return None if message is None else message.text


def test_message_is_answered_with_twiml(street):
    answer = post(MessageSid="SM1", Body="110260100051")

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert text_of(answer) == InboundMessage.objects.get().reply
    assert "Set-Cookie" not in answer


def test_hook_costs_no_query_beside_the_turn(street, django_assert_num_queries):
    with django_assert_num_queries(5):  # savepoint, open, dues, close, release
        post(MessageSid="SM1", Body=OWES)


@pytest.mark.parametrize("path", [INBOUND, STATUS])
def test_unsigned_message_is_counted_and_forgotten(path, db):
    answer = post(path, signature="", MessageSid="SM1", Body="Hi")

    assert answer.status_code == 403
    assert InboundMessage.objects.count() == OutboundMessage.objects.count() == 0
    assert WebhookRejection.objects.values_list("hook", "reason", "count").get() == (path.split("/")[3], "unsigned", 1)


def test_message_signed_by_somebody_else_is_refused(db):
    assert post(signature="AAAAAAAAAAAAAAAAAAAAAAAAAAA=", MessageSid="SM1", Body="Hi").status_code == 403


def test_message_of_another_account_is_refused(db):
    assert post(MessageSid="SM1", Body="Hi", AccountSid="AC" + "f" * 32).status_code == 403


def test_hook_takes_posts_only(client):
    assert client.get(INBOUND).status_code == 405


def test_signed_form_without_a_message_is_answered_with_nothing(db):
    assert text_of(post(Body="Hi")) is None


def away(*_args, **_values):
    raise OperationalError("connection refused")


def test_hook_asks_to_come_again_while_the_database_is_away(monkeypatch, db):
    monkeypatch.setattr(services.transaction, "atomic", away)

    assert post(MessageSid="SM1", Body="Hi").status_code == 503


FALLBACK = "/hooks/twilio/fallback/"


def test_fallback_apologises_without_a_database():
    answer = post(FALLBACK, MessageSid="SM1", Body="Hi", ErrorCode="11200", ErrorUrl=BASE + INBOUND)

    assert text_of(answer).startswith("দুঃখিত")
    assert text_of(answer).endswith(BASE)


def test_fallback_answers_nobody_else(client):
    assert post(FALLBACK, signature="AAAAAAAAAAAAAAAAAAAAAAAAAAA=", MessageSid="SM1").status_code == 403
    assert client.put(FALLBACK).status_code == 405


def test_report_is_asked_for_again_while_the_database_is_away(monkeypatch, db):
    with monkeypatch.context() as cut:
        cut.setattr(services.connection, "cursor", away)
        signed, unsigned = (post(STATUS, sign, MessageSid="SM1", MessageStatus="sent") for sign in (None, ""))

    assert (signed.status_code, unsigned.status_code) == (503, 403)


def test_citizen_is_answered_whatever_breaks(monkeypatch, db):
    monkeypatch.setattr(services, "CATALOGUE", None)

    answer = post(MessageSid="SM1", Body="Hi")

    assert answer.status_code == 200
    assert text_of(answer).startswith("দুঃখিত")
    assert InboundMessage.objects.count() == 0


def test_reply_by_api_waits_in_the_same_transaction(settings, street, monkeypatch):
    settings.CHAT_REPLY_VIA = "api"
    sent = []
    monkeypatch.setattr(tasks.send_message, "delay", lambda **values: sent.append(values))

    answer = post(MessageSid="SM1", Body=OWES)

    message = OutboundMessage.objects.get()
    assert text_of(answer) is None
    assert (message.body, message.status) == (InboundMessage.objects.get().reply, "waiting")
    assert sent == [{"key": message.dedup_key}]


def test_status_is_noted_for_the_message_it_names(db):
    answer = post(f"{STATUS}?message=receipt:7", MessageSid="SM7", MessageStatus="delivered")

    assert answer.status_code == 204
    assert OutboundMessage.objects.values_list("dedup_key", "provider_id", "status").get() == (
        "receipt:7",
        "SM7",
        "delivered",
    )


def test_reply_waits_while_the_broker_is_away(settings, street, monkeypatch):
    settings.CHAT_REPLY_VIA = "api"

    def no_broker(**_values):
        raise BrokerAway("connection refused")

    monkeypatch.setattr(tasks.send_message, "delay", no_broker)

    assert text_of(post(MessageSid="SM1", Body=OWES)) is None
    assert OutboundMessage.objects.get().status == "waiting"
