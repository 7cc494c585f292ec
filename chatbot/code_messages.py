"""One-time codes on their way to a phone. Nothing of them is written down or logged here (ADR 0026)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from chatbot.channels import whatsapp_twilio
from chatbot.channels.base import ChannelBusy, ChannelError
from chatbot.engine.language import DEFAULT
from chatbot.engine.steps import Reply
from citizens.codes import unsealed
from citizens.states import Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatbot.channels.whatsapp_twilio import TwilioWhatsApp

log = structlog.get_logger()
LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)


def send_code(payload: Mapping[str, object]) -> None:
    """Send a code on WhatsApp: consumer of the outbox topic `code_asked`.

    A code that is no longer good, or that is meant for nobody, is dropped; one that comes twice does no harm.

    :raises ChannelBusy: to be called again later
    """
    try:
        message = unsealed(payload)
    except ValueError:
        log.warning("code_not_opened")  # sealed before the portal's key was changed
        return
    if not message["mobile"] or timezone.now() >= datetime.fromisoformat(message["ends_at"]):
        return
    try:
        _hand_over(whatsapp_twilio.from_settings(), message)
    except ChannelBusy as error:
        # The error's own words may quote what was sent.
        raise ChannelBusy(code=error.code) from None
    except ChannelError as error:
        log.warning("code_not_sendable", kind=type(error).__name__, code=error.code)


def code_text(*, code: str, purpose: str, language: str) -> str:
    """Return the message with a code, as free text; the code stands in the first line, in digits of every keypad."""
    with translation.override(language):
        sentence = _(
            "*{code}* is your code to {purpose}.\n"
            "It is good for ten minutes and once. Type it only at {address} and tell it to nobody: "
            "we never ask for it. If you did not ask for it, do nothing."
        )
        return sentence.format(code=code, purpose=Purpose(purpose).label, address=settings.PUBLIC_BASE_URL)


def _hand_over(channel: TwilioWhatsApp, message: Mapping[str, str]) -> None:
    language = message["language"] if message["language"] in LANGUAGES else DEFAULT
    recipient, template = f"whatsapp:{message['mobile']}", settings.TWILIO_CODE_TEMPLATES.get(language, "")
    if template:
        channel.send_template(
            recipient=recipient,
            template=template,
            variables={"1": message["code"]},
            reference=message["reference"],
        )
    else:
        text = code_text(code=message["code"], purpose=message["purpose"], language=language)
        channel.send(recipient=recipient, reply=Reply(text), reference=message["reference"])
