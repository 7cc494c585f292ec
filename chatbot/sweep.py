"""What Twilio heard and we did not: a webhook that never arrived is found in Twilio's own list and answered late."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from chatbot import parking
from chatbot.models import Conversation, InboundMessage, ParkedMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.channels.base import Inbound
    from chatbot.channels.whatsapp_twilio import TwilioWhatsApp

log = structlog.get_logger()
# As far back as an answer still makes sense; and what is younger may be on its way yet.
BACK, YOUNG = timedelta(minutes=30), timedelta(minutes=1)


def take_in_missed(channel: TwilioWhatsApp, *, now: datetime) -> int:
    """Take the turns that were missed, oldest first, and have their replies sent. Returns how many.

    Whoever has written again since is left alone: a `1` of ten minutes ago would be read against another list.

    :raises ChannelError: Twilio does not answer
    """
    heard = [(message, at) for message, at in channel.heard_since(now - BACK) if now - BACK <= at <= now - YOUNG]
    missed = _missed(heard)
    taken = sum(parking.taken_or_noted(message, channel=channel.code, now=now) for message in missed)
    if missed:
        log.warning("messages_missed", count=len(missed), taken=taken)
    return taken


def _missed(heard: Sequence[tuple[Inbound, datetime]]) -> list[Inbound]:
    """Return what was not taken before, of each citizen the last message and only where nothing newer was taken."""
    numbers = [message.provider_id for message, _at in heard]
    # What broke has been taken in too, and is tried again by itself.
    taken_in = (InboundMessage.objects, ParkedMessage.objects)
    known = {
        number
        for kept in taken_in
        for number in kept.filter(provider_id__in=numbers).values_list("provider_id", flat=True)
    }
    addresses = {message.address for message, _at in heard}
    spoken = dict(Conversation.objects.filter(address__in=addresses).values_list("address", "last_inbound_at"))
    last = {message.address: (message, at) for message, at in heard}
    return [
        message
        for message, at in last.values()
        if message.provider_id not in known and not (message.address in spoken and spoken[message.address] >= at)
    ]
