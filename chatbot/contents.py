"""The contents that this repository declares, and bringing them to the provider: `manage.py sync_templates`."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from chatbot.channels.base import numbered
from chatbot.channels.content import Content, is_variable, with_choices, with_link
from chatbot.content_models import ProviderContent
from chatbot.dialogs.catalogue import CATALOGUE
from chatbot.dialogs.links import path_of
from chatbot.engine.choices import languages
from chatbot.engine.language import NAMES
from chatbot.engine.script import PARAGRAPH
from chatbot.engine.steps import Choose, Dialog, Option, Reply, Say
from chatbot.reminders import reminder_contents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from chatbot.channels.whatsapp_twilio import TwilioWhatsApp

APPROVED = "approved"
PLACEHOLDER = re.compile(r"\{(\w+)\}")
# What stands where a value will be, while a content waits to be approved or looked at.
SAMPLE = "…"


class Ready(NamedTuple):
    """A content that says what a reply says, and what fills its placeholders."""

    name: str
    variables: dict[str, str]


class Form(NamedTuple):
    """The shape of a reply that a content is kept for: its words with placeholders, its options, and its button's placeholder."""

    pattern: str
    options: tuple[Option, ...] = ()
    link: str = ""


def declared() -> tuple[Content, ...]:
    """Return every content: welcome, languages, menu, the questions whose answers are always the same, the payment links, and
    what is written without being asked for.
    """
    by_name = {content.name: content for content in _by_form(settings.PUBLIC_BASE_URL).values()}
    return (*by_name.values(), *reminder_contents())


def content_for(reply: Reply) -> Ready | None:
    """Return the content that says word for word what a reply says; None when there is none, or a value does not fit."""
    form = Form(reply.pattern, reply.options, reply.button.link if reply.button else "")
    content = _by_form(settings.PUBLIC_BASE_URL).get(form)
    if content is None:
        return None
    values = [str(reply.values[name]) for name in _names(reply.pattern)]
    if reply.button:
        values.append(path_of(str(reply.values[reply.button.link])).removeprefix("/"))
    is_fit = all(is_variable(value) for value in values)
    return Ready(content.name, _numbered(values)) if is_fit else None


@cache
def _by_form(site: str) -> Mapping[Form, Content]:
    return dict(_contents(site))


def _contents(site: str) -> Iterator[tuple[Form, Content]]:
    """Return every reply that a content is kept for. `site` is the beginning of every address of the portal."""
    yield _choices("welcome", "en", Form(CATALOGUE.welcome, languages()), "Language")
    yield _choices("languages", "en", Form(CATALOGUE.choose_language, languages()), "Language")
    for language in NAMES:
        with translation.override(language):
            yield _choices("menu", language, Form(str(CATALOGUE.menu), CATALOGUE.top()), _("Choose"))
            yield _choices("go_on", language, Form(str(CATALOGUE.go_on), CATALOGUE.whether_to_go_on()), _("Choose"))
            for dialog in CATALOGUE.by_name.values():
                yield from _of_dialog(dialog, language, site)


def _of_dialog(dialog: Dialog, language: str, site: str) -> Iterator[tuple[Form, Content]]:
    for place, step in enumerate(dialog.steps):
        if isinstance(step, Choose) and step.fixed:
            yield _choices(f"ask_{step.key}", language, Form(str(step.text), tuple(step.options({}))), _("Choose"))
        if isinstance(step, Say) and step.button:
            pattern = PARAGRAPH.join(str(said.text) for said in _said_with(dialog, place))
            yield _link(dialog.name, language, Form(pattern, link=step.button.link), str(step.button.label), site)


def _said_with(dialog: Dialog, place: int) -> list[Say]:
    """Return the paragraphs that make one message with the last of them."""
    before = takewhile(lambda step: isinstance(step, Say), reversed(dialog.steps[: place + 1]))
    return [step for step in reversed(list(before)) if isinstance(step, Say)]


def _choices(key: str, language: str, form: Form, button: str) -> tuple[Form, Content]:
    names = _names(form.pattern)
    body = _with_numbers(form.pattern, names)
    twin = numbered(Reply(body, form.options))
    samples = _numbered([SAMPLE] * len(names))
    content = with_choices(key, language, body=body, button=button, options=form.options, twin=twin, variables=samples)
    return form, content


def _link(name: str, language: str, form: Form, label: str, site: str) -> tuple[Form, Content]:
    names = _names(form.pattern)
    body, address = _with_numbers(form.pattern, names), f"{site}/{{{{{len(names) + 1}}}}}"
    samples = _numbered([*[SAMPLE] * len(names), "pay/"])
    return form, with_link(f"pay_{name}", language, body=body, title=label, address=address, variables=samples)


def _names(pattern: str) -> list[str]:
    return list(dict.fromkeys(PLACEHOLDER.findall(pattern)))


def _with_numbers(pattern: str, names: list[str]) -> str:
    return PLACEHOLDER.sub(lambda found: f"{{{{{names.index(found[1]) + 1}}}}}", pattern)


def _numbered(values: Iterable[str]) -> dict[str, str]:
    return {str(number): value for number, value in enumerate(values, start=1)}


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
