"""Door: what is due, why, and its papers, on the page that the desk has of a licence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext

from kmc_portal.common.templatetags.portal import long_date
from trade_license import queries
from trade_license.wording import WORDING

if TYPE_CHECKING:
    from datetime import date

    from trade_license.queries import LicenseDues


def dues_panel(ce_number: str, *, on: date) -> str:
    """Return what its holder would be told, as markup. The number is that of a licence on record."""
    found = queries.license_as_it_is(ce_number=ce_number, on=on)
    page = {
        "dues": found.dues,
        "headings": WORDING.views(found.dues),
        "notes": _notes(found),
        "papers": [
            (gettext("Certificates"), f"{reverse('admin:trade_license_certificate_changelist')}?q={ce_number}"),
            (gettext("The citizen's page"), f"{reverse('trade_license:enquiry')}?ce_number={ce_number}"),
        ],
    }
    return render_to_string("admin/dues_panel.html", page)


def _notes(found: LicenseDues) -> list[str]:
    if not found.last_date:
        return []
    return [gettext("Last day without late fine: {day}.").format(day=long_date(found.last_date))]
