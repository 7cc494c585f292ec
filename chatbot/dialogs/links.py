"""Addresses that are sent to people: on the portal's own domain, in full; and the corporation's telephone."""

from __future__ import annotations

from django.conf import settings
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from chatbot.engine.steps import Button

# As the corporation's own contact page gave it.
HELPLINE = "1800 345 3375"
NUMBER_PICTURE = "img/assessee-number.svg"
PAY = Button(_("Pay now"), "pay_link")


def absolute(path: str) -> str:
    """Return `path` of this portal as an address that can be tapped anywhere."""
    return f"{settings.PUBLIC_BASE_URL}{path}"


def path_of(address: str) -> str:
    """Return where an address of ours stands within the portal; empty when it is none of ours."""
    base = settings.PUBLIC_BASE_URL
    return address.removeprefix(base) if address.startswith(f"{base}/") else ""


def number_picture() -> str:
    """Return the address of the picture that shows where the assessee number stands on a bill.

    Whoever asks for help is answered also while the static files are not collected yet.
    """
    try:
        return absolute(static(NUMBER_PICTURE))
    except ValueError:
        return absolute(f"{settings.STATIC_URL}{NUMBER_PICTURE}")


def pay_link(token: str) -> str:
    """Return the payment page of an order. The address is part of the portal's public face."""
    return absolute(f"/pay/{token}/")


def receipt_link(token: str) -> str:
    """Return the page of a receipt."""
    return absolute(f"/receipts/{token}/")


def receipt_pdf_link(token: str) -> str:
    """Return the receipt as a PDF."""
    return absolute(f"/receipts/{token}.pdf")
