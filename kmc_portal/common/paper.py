"""The words that every paper has in common, in the active language; each kind of paper adds its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext

from kmc_portal.common.codes import printed_code
from kmc_portal.common.templatetags.portal import particular

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def frame(
    *,
    title: str,
    subtitle: str,
    number_label: str,
    number: str,
    particulars: Iterable[Sequence[str]],
    notes: Iterable[str],
    qr: str,
    verify_label: str,
    verify_url: str,
    code: str = "",
    status: str = "",
) -> dict[str, Any]:
    """Return the values of a paper's frame. The labels of `particulars` are message ids; all other texts are translated."""
    return {
        "issuer": gettext(settings.SITE_NAME),
        "subtitle": subtitle,
        "title": title,
        "number_label": number_label,
        "number": number,
        "status": status,
        "particulars": [[gettext(label), particular(value)] for label, value in particulars],
        "notes": list(notes),
        "qr": qr,
        "verify_label": verify_label,
        "verify_url": verify_url,
        "code_label": gettext("Code"),
        "code": printed_code(code) if code else "",
    }
