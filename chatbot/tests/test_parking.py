"""Messages over which the portal itself fails: an apology, two more tries, then a person (ADR 0047)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone
from twilio.request_validator import RequestValidator

from chatbot import memory, parking, services
from chatbot.channels.base import Inbound
from chatbot.channels.registry import CONSOLE
from chatbot.hooks import APOLOGY
from chatbot.models import Conversation, InboundMessage, OutboundMessage, ParkedMessage
from chatbot.tests.conftest import ACCOUNT_SID, AUTH_TOKEN, OWES

RINA = "whatsapp:+919830012345"
HOOK = "/hooks/twilio/inbound/"


@pytest.fixture
def broken(monkeypatch):
    """A portal that cannot take a turn, until `mend` is called."""

    def mend():
        cut.undo()

    cut = pytest.MonkeyPatch()
    cut.setattr(services, "turn", _breaks)
    yield mend
    cut.undo()


def _breaks(*_values, **_named):
    raise ZeroDivisionError("a fault of ours")


def write(settings, sid, body):
    """Post a message as Twilio does; return the answer's body."""
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT_SID, AUTH_TOKEN
    form = {"AccountSid": ACCOUNT_SID, "From": RINA, "MessageSid": sid, "Body": body}
    signature = RequestValidator(AUTH_TOKEN).compute_signature(f"{settings.PUBLIC_BASE_URL}{HOOK}", form)
    answer = Client().post(HOOK, form, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 200
    return answer.content.decode()


def after(minutes):
    return timezone.now() + timedelta(minutes=minutes)


def parked():
    return ParkedMessage.objects.get()


def test_message_that_breaks_its_turn_is_apologised_for_and_noted(street, broken, settings):
    assert APOLOGY.splitlines()[0] in write(settings, "SM1", OWES)

    assert (parked().tries, parked().fault, parked().body, parked().parked_at) == (1, "ZeroDivisionError", OWES, None)
    assert InboundMessage.objects.count() == 0


def test_message_is_answered_late_once_the_fault_is_mended(street, broken, settings):
    write(settings, "SM1", OWES)
    broken()

    assert parking.try_again(now=after(2)) == 1
    assert "Total due" in OutboundMessage.objects.get().body or "মোট" in OutboundMessage.objects.get().body
    assert parked().settled_by == "portal"
    assert parking.try_again(now=after(9)) == 0


def test_after_three_tries_it_waits_for_a_person_and_its_citizen_is_free(street, settings):
    write(settings, "SM0", "English")
    write(settings, "SM1", OWES)
    cut = pytest.MonkeyPatch()
    cut.setattr(services, "turn", _breaks)
    write(settings, "SM2", "why")
    assert parking.try_again(now=after(2)) == 0
    assert parked().parked_at is None
    assert Conversation.objects.get().state["dialog"] == "property_tax"
    assert parking.try_again(now=after(5)) == 0
    assert parking.try_again(now=after(9)) == 0
    cut.undo()

    assert parked().tries == 3
    assert parked().parked_at is not None
    assert Conversation.objects.get().state == {"language": "en"}
    assert "What do you need?" in write(settings, "SM3", "menu")


def test_who_has_written_again_is_not_answered_late(street, broken, settings):
    write(settings, "SM1", "1")
    broken()
    write(settings, "SM2", "English")

    assert parking.try_again(now=after(2)) == 0
    assert parked().settled_by == "citizen"
    assert OutboundMessage.objects.count() == 0


def test_one_poisoned_message_stops_no_other(street, broken, settings, monkeypatch):
    for sid, address in (("SM1", "whatsapp:+911"), ("SM2", "whatsapp:+912")):
        parking.note_failure(Inbound(sid, address, "Hi"), channel="whatsapp", fault=KeyError(), now=timezone.now())
    broken()
    taken = services.turn
    monkeypatch.setattr(
        services, "turn", lambda *values, **named: _breaks() if named["context"].conversation else taken(*values)
    )

    assert parking.try_again(now=after(2)) == 0
    assert list(ParkedMessage.objects.values_list("tries", flat=True)) == [2, 2]


def test_message_in_the_browser_is_tried_again_and_stands_on_the_page(street, broken):
    browser = Client()
    browser.post("/chat/", {"text": "English", "message": "m1"})
    assert parked().channel == "web"
    broken()
    parking.try_again(now=after(2))

    (shown,) = browser.get("/chat/").context["exchanges"]
    assert shown.reply.endswith("Please send a number:")
    assert OutboundMessage.objects.count() == 0


@pytest.fixture
def clerk(client, db):
    user = User.objects.create_user("bela", is_staff=True)
    rights = ("view_parkedmessage", "change_parkedmessage")
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)
    return client


def park(street=None):
    for _try in range(3):
        message = Inbound("SM1", "console:1", "<b>English</b>")
        parking.note_failure(message, channel="console", fault=KeyError(), now=timezone.now())
    return parked().pk


def see_to(clerk, number, wanted):
    return clerk.post(f"/admin/chatbot/parkedmessage/{number}/see-to/", {"parked": wanted}, follow=True)


def test_desk_lists_what_is_parked_without_the_address(clerk):
    number = park()
    listed = clerk.get("/admin/chatbot/parkedmessage/").content.decode()
    shown = clerk.get(f"/admin/chatbot/parkedmessage/{number}/see-to/").content.decode()

    assert "KeyError" in listed
    assert "&lt;b&gt;English" in listed
    assert "&lt;b&gt;English" in shown
    assert "console:1" not in listed + shown


def test_desk_has_it_tried_once_more(clerk, street):
    number = park()

    assert "The message has been answered." in see_to(clerk, number, "again").content.decode()
    assert parked().settled_by == "bela"
    assert OutboundMessage.objects.count() == 1


def test_desk_is_told_when_it_fails_again(clerk, street, broken):
    number = park()

    assert "It failed again." in see_to(clerk, number, "again").content.decode()
    assert (parked().settled_at, parked().tries) == (None, 4)


def test_desk_settles_it_once(clerk):
    number = park()
    see_to(clerk, number, "settled")

    assert parked().settled_by == "bela"
    for wanted in ("settled", "again"):
        assert "settled already" in see_to(clerk, number, wanted).content.decode()


def test_only_who_may_change_sees_to_it(client, db):
    user = User.objects.create_user("asha", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_parkedmessage"))
    client.force_login(user)

    assert see_to(client, park(), "settled").status_code == 403


def test_parked_message_goes_when_its_citizen_is_forgotten(street, now):
    park()
    services.receive(Inbound("SM9", "console:1", "English"), channel=CONSOLE, now=timezone.now())
    conversation = Conversation.objects.get()
    memory.forget_all(conversation=str(conversation.pk), now=after(1))
    memory.erase_asked()

    assert ParkedMessage.objects.count() == 0


def test_parked_message_goes_after_thirty_days(db):
    park()

    assert memory.blank_old_words(now=timezone.now() + timedelta(days=29)) == 0
    assert memory.blank_old_words(now=timezone.now() + timedelta(days=31)) == 1


def test_settled_by_somebody(db):
    park()

    with pytest.raises(IntegrityError, match="parked_settled_by_somebody"):
        ParkedMessage.objects.update(settled_at=timezone.now(), settled_by="")
