"""What every page of the portal shares: the frame around it, how its forms are drawn, how a refusal is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting
from django.urls import get_script_prefix, reverse
from django.utils.translation import activate, get_language, gettext, gettext_noop

from kmc_portal.common.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

# The value of settings.SITE_NAME, for the catalogue: settings cannot speak.
gettext_noop("Kolkata Municipal Corporation")


class FormRenderer(TemplatesSetting):
    """Draw fields with `templates/forms/`: label, hint, refusal, control, in this order, joined for screen readers."""

    field_template_name = "forms/field.html"


class CleanField(forms.CharField):
    """Text cleaned by the function that every door uses; its refusal is the field's."""

    def __init__(self, cleaner: Callable[[str], str], **options: Any) -> None:
        super().__init__(required=False, **options)
        self.cleaner = cleaner

    def clean(self, value: Any) -> str:
        try:
            return self.cleaner(str(value or ""))
        except ServiceError as refusal:
            raise ValidationError(refusal.user_message, code=refusal.code) from refusal


@dataclass(frozen=True, slots=True)
class LanguageChoice:
    """One entry of the language switch: the page the reader is on, in this language."""

    code: str
    name: str
    href: str
    is_current: bool


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return what `base.html` needs on every page. Asks the database nothing."""
    number = settings.WHATSAPP_NUMBER
    return {
        "site_name": gettext(settings.SITE_NAME),
        # The page to sign in at the desk calls the host by the other name.
        "corporation": gettext(settings.SITE_NAME),
        "whatsapp_number": f"{number[2:7]} {number[7:]}",
        "whatsapp_link": f"https://wa.me/{number}?text=Hi",
        "languages": languages(request),
        "is_demo": settings.DEBUG,
    }


def languages(request: HttpRequest) -> list[LanguageChoice]:
    """Return the address of the page the reader is on in each language, with its question kept.

    A page that answers a POST is left by a link, so the switch goes to the same address without the posted answers.
    """
    query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    root = request.META.get("SCRIPT_NAME", "")
    return [
        LanguageChoice(code, name, f"{root}/{code}{request.path_info}{query}", code == get_language())
        for code, name in settings.LANGUAGES
    ]


def refuse(form: forms.Form, error: ServiceError) -> None:
    """Show a service's refusal beside the field it belongs to, or above the form when the form has no such field."""
    form.add_error(error.field if error.field in form.fields else None, error.user_message)


def speak(request: HttpRequest, language: str) -> None:
    """Answer in `language` unless the reader has chosen one, by the prefix or by the cookie.

    A link out of a chat carries nothing; the conversation's language is known better than the browser's.
    """
    has_prefix = request.path != request.META.get("SCRIPT_NAME", "") + request.path_info
    if not has_prefix and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and language in dict(settings.LANGUAGES):
        activate(language)


def client_address(request: HttpRequest) -> str:
    """Return the reader's IP address: what our own proxy says it is, and the peer's when there is no proxy."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return forwarded.split(",")[-1].strip() or request.META.get("REMOTE_ADDR", "")


def public_url(name: str, *args: str) -> str:
    """Return the full address of a page in no language of its own: for gateways, messages and QR codes."""
    return f"{settings.PUBLIC_BASE_URL}/{reverse(name, args=args).removeprefix(get_script_prefix())}"
