"""The contents that this repository declares, and bringing them to the provider: `manage.py sync_templates`."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _

from chatbot.channels.base import numbered
from chatbot.channels.content import Content, with_choices
from chatbot.content_models import ProviderContent
from chatbot.dialogs.catalogue import CATALOGUE
from chatbot.engine.language import NAMES
from chatbot.engine.runner import languages
from chatbot.engine.steps import Reply
from chatbot.reminders import reminder_contents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chatbot.channels.whatsapp_twilio import TwilioWhatsApp

APPROVED = "approved"


@cache
def declared() -> tuple[Content, ...]:
    """Return every content: the welcome, the languages, the menu, and what is written without being asked for."""
    return (*(content for content, _reply in _replies()), *reminder_contents())


def name_of(reply: Reply) -> str:
    """Return the name of the content that says word for word what a reply says; empty when none does."""
    return _by_reply().get((reply.text, reply.options), "")


@cache
def _by_reply() -> Mapping[tuple[str, object], str]:
    return {(reply.text, reply.options): content.name for content, reply in _replies()}


def _replies() -> Iterator[tuple[Content, Reply]]:
    yield _with_choices("welcome", "en", Reply(CATALOGUE.welcome, languages()), "Language")
    for language in NAMES:
        with translation.override(language):
            yield _with_choices("menu", language, Reply(str(CATALOGUE.menu), CATALOGUE.top()), _("Choose"))


def _with_choices(key: str, language: str, reply: Reply, button: str) -> tuple[Content, Reply]:
    content = with_choices(key, language, body=reply.text, button=button, options=reply.options, twin=numbered(reply))
    return content, reply


def sync(channel: TwilioWhatsApp, *, now: datetime) -> Iterator[tuple[str, str]]:
    """Make at the provider what is not there, have approved what needs it, and note how far that is; each with what was done.

    Again changes nothing. A content whose words changed has another name and is made anew; the old one is left alone.

    :raises ChannelError: the provider refuses, or does not answer; what was done before stays done
    """
    known = {held.name: held for held in ProviderContent.objects.all()}
    for content in declared():
        held = known.get(content.name)
        if held is None:
            yield content.name, _make(channel, content, now)
        elif content.category and held.approval != APPROVED:
            held.approval, held.synced_at = channel.approval_of(held.sid), now
            held.save(update_fields=["approval", "synced_at"])
            yield content.name, held.approval
        else:
            yield content.name, "unchanged"


def _make(channel: TwilioWhatsApp, content: Content, now: datetime) -> str:
    sid = channel.make_content(content)
    held = ProviderContent.objects.create(name=content.name, sid=sid, synced_at=now)
    if not content.category:
        return "made"
    held.approval = channel.ask_approval(sid, content)
    held.save(update_fields=["approval"])
    return held.approval
