"""The no-dues certificate for whoever asks for it by name. It is also among the papers of a number. In no menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from chatbot.dialogs.assessee_numbers import assessee_number, holds_number, offering_near
from chatbot.dialogs.property_tax_papers import NO_DUES, get_paper
from chatbot.engine.steps import Answers, Ask, Context, Dialog, Do, Say

if TYPE_CHECKING:
    from collections.abc import Mapping


def _get_certificate(answers: Answers, context: Context) -> Mapping[str, object]:
    with context.looking_up(answers["assessee_number"]), offering_near(answers["assessee_number"]):
        return get_paper({**answers, "paper": NO_DUES}, context)


NO_DUES_CERTIFICATE = Dialog(
    name="no_dues_certificate",
    version=1,
    title=_("No-dues certificate"),
    words="""
        no dues certificate; no due certificate; no dues; ndc; বকেয়া-শূন্য শংসাপত্র; নো ডিউজ সার্টিফিকেট; নো ডিউ সার্টিফিকেট; নো ডিউজ
        ; बकाया-शून्य प्रमाणपत्र; नो ड्यूज सर्टिफिकेट; नो ड्यूज प्रमाणपत्र; नो ड्यूज
    """,
    accepts=holds_number,
    steps=(
        Say(_("A no-dues certificate is issued at once when nothing is due under any heading.")),
        Ask("assessee_number", _("Which assessee number? Please send its 12 digits. 0 = menu"), clean=assessee_number),
        Do(_get_certificate),
        Say(_("{paper_name}:\n{paper_link}\n\n0 = menu"), document="paper_link"),
    ),
)
