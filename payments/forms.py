"""The code on a paper, or a link that somebody doubts."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.clock import day_of
from kmc_portal.common.codes import CodeMalformed, clean_code
from kmc_portal.common.digits import to_ascii
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.web import CleanField
from payments.verifiables import of_number

# An address as it is pasted: with its scheme, or cut off after it.
ADDRESS = re.compile(r"[a-z]+://|(?:www\.)?[\w-]+(?:\.[\w-]+)+(?::[0-9]+)?/", re.IGNORECASE)
OURS = re.compile(r"(?:/(?:bn|hi|en))?/(?P<page>pay|verify|receipts|[a-z-]+/certificates)/(?P<rest>[\w-]+)(?:\.pdf|/)?")


class AddressNotOurs(ServiceError):
    code = "address_not_ours"
    message = _(
        "This address is not ours. Our pages begin with {address}. Do not pay there, and give no PIN, OTP or card number."
    )
    field = "code"


class AddressIncomplete(ServiceError):
    code = "address_incomplete"
    message = _(
        "This is an address of ours, but not that of a receipt or a payment. "
        "Please paste the address from the square code or the message."
    )
    field = "code"


def clean_code_or_link(typed: str) -> str:
    """Return the path of our page that answers for what was typed or pasted: a code, or a link of ours.

    :raises CodeMalformed: neither a code nor an address
    :raises AddressNotOurs, AddressIncomplete: an address of somebody else, or one of ours that proves nothing
    """
    text = typed.strip()
    if not ADDRESS.match(text):
        return f"verify/{_code_or_number(text)}/"
    address = urlsplit(text if "://" in text else f"//{text}")
    if address.netloc.lower() != urlsplit(settings.PUBLIC_BASE_URL).netloc.lower():
        raise AddressNotOurs(address=f"{settings.PUBLIC_BASE_URL}/")
    found = OURS.fullmatch(address.path)
    if found is None:
        raise AddressIncomplete
    return f"{found['page']}/{found['rest']}/"


def _code_or_number(text: str) -> str:
    try:
        return clean_code(text)
    except CodeMalformed:
        if of_number(text, on=day_of(timezone.now())) is None:
            raise
        return "".join(char for char in to_ascii(text) if char.isalnum())


class VerifyForm(forms.Form):
    code = CleanField(
        clean_code_or_link,
        label=_("Code or link"),
        help_text=_(
            "16 letters and digits, printed beside the square code of the paper; or the number of a trade licence."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
