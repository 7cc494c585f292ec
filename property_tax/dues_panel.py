"""Door: what is due, why, and its papers, on the page that the desk has of an assessee."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext

from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from property_tax import queries
from property_tax.wording import WORDING

if TYPE_CHECKING:
    from datetime import date


def dues_panel(assessee_number: str, *, on: date) -> str:
    """Return what a citizen would be told, as markup; a sentence where nothing can be said, as of a closed number."""
    try:
        found = queries.assessee_dues(assessee_number=assessee_number, on=on)
    except ServiceError as refusal:
        return refusal.user_message
    headings = WORDING.views(found.dues)
    notes = []
    if found.advance_paise:
        told = gettext("{amount} is kept for this number in advance. The next bill uses it.")
        notes.append(told.format(amount=rupee_text(found.advance_paise)))
    papers = [
        (str(heading.label), reverse("property_tax:bill_pdf", args=[assessee_number, heading.code]))
        for heading in headings
        if heading.bills
    ]
    asked = f"?assessee_number={assessee_number}"
    papers.append((gettext("Statement of account"), reverse("property_tax:statement") + asked))
    papers.append((gettext("The citizen's page"), reverse("property_tax:enquiry") + asked))
    page = {"dues": found.dues, "headings": headings, "notes": notes, "papers": papers}
    return render_to_string("admin/dues_panel.html", page)
