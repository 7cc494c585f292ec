"""Property tax over chat, what can be had beside paying: the reason of every figure, and papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from chatbot.dialogs.links import absolute
from chatbot.engine.language import BACK, MENU
from chatbot.engine.steps import Answers, Context, Option
from kmc_portal.common import digits
from kmc_portal.common.clock import day_of
from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import long_date, period
from payments.states import Source
from property_tax import queries
from property_tax.certificates import issue_no_dues_certificate
from property_tax.explanations import explain
from property_tax.order_lines import HEAD_LABELS
from property_tax.states import Heading

if TYPE_CHECKING:
    from kmc_portal.common.dues import Line

STATEMENT, NO_DUES, RECEIPTS = "statement", "no_dues", "receipts"
BILL_LABELS = {
    "PD": _("Bill: current PD"),
    "FS": _("Bill: current F/S"),
    "LOI": _("Letter of intimation (LOI)"),
}
# A message holds 1,600 characters, the question behind the reasons among them.
REASONS_CHARS = 900


def look_at_reasons(answers: Answers, context: Context) -> Mapping[str, object]:
    """Tell what each line of the dues is for, bill by bill, as far as a message holds it."""
    number = answers["assessee_number"]
    dues = queries.assessee_dues(assessee_number=number, on=day_of(context.now)).dues
    bills = [
        _bill(name, list(lines))
        for name, heading in dues.headings.items()
        for _number, lines in groupby(heading.lines, key=lambda line: line.demand_number)
    ]
    told = _as_many_as_fit(bills)
    more = gettext("… and {count} more bills.").format(count=_count(len(bills) - told)) if told < len(bills) else ""
    page = f"{_address()}/?assessee_number={number}"
    sources = gettext("Every bill, with the rule and its source:\n{page}").format(page=page)
    return {"reasons": "\n\n".join([*bills[:told], *([more] if more else []), sources])}


def papers(known: Answers) -> list[Option]:
    """Offer the papers that there are."""
    bills = [(name, str(BILL_LABELS[name])) for name, _paise in known["payable"]]
    return [
        (STATEMENT, gettext("Statement of account")),
        *bills,
        (NO_DUES, gettext("No-dues certificate")),
        (RECEIPTS, gettext("Receipts")),
        (BACK, gettext("Back")),
        (MENU, gettext("Menu")),
    ]


def get_paper(answers: Answers, context: Context) -> Mapping[str, object]:
    """Return a paper's name and address; a certificate is issued here and refused as on the website."""
    number, paper = answers["assessee_number"], answers["paper"]
    if paper == STATEMENT:
        return {
            "paper_name": gettext("Statement of account"),
            "paper_link": f"{_address()}/statement.pdf?assessee_number={number}",
        }
    if paper == NO_DUES:
        issued = issue_no_dues_certificate(assessee_number=number, source=Source.CHAT, now=context.now)
        name = gettext("No-dues certificate {number} of {day}")
        return {
            "paper_name": name.format(number=issued.certificate_number, day=long_date(issued.issued_on)),
            "paper_link": f"{_address()}/certificates/{issued.token}.pdf",
        }
    return {"paper_name": str(BILL_LABELS[paper]), "paper_link": f"{_address()}/bills/{number}/{paper}.pdf"}


def _address() -> str:
    return absolute(f"/{get_language() or 'en'}/property-tax")


def _bill(heading: str, lines: Sequence[Line]) -> str:
    amount = rupee_text(sum(line.amount_paise for line in lines))
    title = f"*{Heading(heading).label} · {period(lines[0].period)}: {amount}*"
    return "\n".join([title, *(_line(line) for line in lines)])


def _line(line: Line) -> str:
    told = f"• {gettext(HEAD_LABELS[line.head])}: {rupee_text(line.amount_paise)}"
    return told if line.rule == "bill" else f"{told}\n   {explain(line)}"


def _as_many_as_fit(bills: Sequence[str]) -> int:
    """Return how many bills a message holds, one at least."""
    length = 0
    for place, bill in enumerate(bills):
        length += len(bill)
        if length > REASONS_CHARS:
            return max(1, place)
    return len(bills)


def _count(number: int) -> str:
    return digits.localise(str(number), get_language() or "en")
