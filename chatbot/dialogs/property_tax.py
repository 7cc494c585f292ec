"""Property tax over chat: the number, every due, the choice, the link; or why, or a paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from chatbot.citizen_models import Kind
from chatbot.dialogs import property_tax_papers as papers
from chatbot.dialogs.assessee_numbers import assessee_number, dues_of, holds_number
from chatbot.dialogs.links import PAY, pay_link
from chatbot.dialogs.on_record import without_marks
from chatbot.dialogs.property_tax_receipts import receipt_steps
from chatbot.dialogs.remembering import SAVE, Remembering, save_option, saved_offers
from chatbot.engine.language import BACK, MENU
from chatbot.engine.steps import Answers, Ask, Choose, Context, Dialog, Do, Option, Say
from kmc_portal.common import digits
from kmc_portal.common.clock import day_of
from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import long_date
from payments.states import Source
from property_tax import inputs, services
from property_tax.states import ALL_HEADINGS

HEADING_LABELS = {
    "PD": _("Current PD: {amount}"),
    "FS": _("Current F/S: {amount}"),
    "LOI": _("Outstanding (LOI): {amount}"),
}
# What can be chosen beside a heading.
WHY, PAPERS, PART = "why", "papers", "part"


def _look_up(answers: Answers, context: Context) -> Mapping[str, object]:
    on = day_of(context.now)
    with context.looking_up(answers["assessee_number"]):
        found = dues_of(answers["assessee_number"], on=on)
    assessee, dues, language = found.assessee, found.dues, get_language() or "en"
    rupees = partial(rupee_text, language=language)
    change = dues.next_change
    return {
        "printed_number": assessee.printed_number,
        "owner": assessee.masked_owner,
        "premises": without_marks(assessee.premises),
        "ward": digits.localise(str(assessee.ward), language),
        "today": long_date(on),
        "total": rupees(dues.total_paise),
        **{name: rupees(heading.payable_paise) for name, heading in dues.headings.items()},
        "payable": [(name, heading.payable_paise) for name, heading in dues.headings.items() if heading.payable_paise],
        "saves": change is not None and change.total_paise > dues.total_paise,
        "last_day": long_date(change.on - timedelta(days=1)) if change else "",
        "saving": rupees(change.total_paise - dues.total_paise) if change else "",
        "later_total": rupees(change.total_paise) if change else "",
        "advance": rupees(found.advance_paise) if found.advance_paise else "",
        "takes_parts": found.takes_part_payments,
    }


def _what_to_do(known: Answers) -> list[Option]:
    """Offer to pay, then the reasons and the papers, then the ways out."""
    why: list[Option] = [(WHY, gettext("Why do I owe this?"))] if known["payable"] else []
    return [
        *_what_to_pay(known),
        *why,
        (PAPERS, gettext("Papers")),
        *save_option(),
        *_ways_out(gettext("Another number")),
    ]


def _what_to_do_then(known: Answers) -> list[Option]:
    """Offer the same once the reasons have been told."""
    return [*_what_to_pay(known), (PAPERS, gettext("Papers")), *_ways_out(gettext("Back"))]


def _what_to_pay(known: Answers) -> list[Option]:
    """Offer everything first, then each heading when there are several, then another amount where the rule allows it."""
    payable: list[tuple[str, int]] = known["payable"]
    offered: list[Option] = []
    if payable:
        offered.append((ALL_HEADINGS, gettext("Pay everything: {amount}").format(amount=known["total"])))
    if len(payable) > 1:
        offered += [(name, str(HEADING_LABELS[name]).format(amount=rupee_text(paise))) for name, paise in payable]
    if payable and known["takes_parts"]:
        offered.append((PART, gettext("Pay another amount")))
    return offered


def _ways_out(back: str) -> list[Option]:
    return [(BACK, back), (MENU, gettext("Menu"))]


def _open_payment(answers: Answers, context: Context) -> Mapping[str, object]:
    wanted, amount = _wanted(answers), answers.get("amount_paise", "")
    order = services.open_payment(
        assessee_number=answers["assessee_number"],
        heading=ALL_HEADINGS if wanted == PART else wanted,
        amount_paise=int(amount) if amount else None,
        source=Source.CHAT,
        now=context.now,
        language=get_language() or "en",
        reply_to=context.conversation,
    )
    return {
        "printed_number": inputs.printed(answers["assessee_number"]),
        "order_number": order.order_number,
        "amount": rupee_text(order.amount_paise),
        "pay_link": pay_link(order.token),
    }


def _owes(known: Answers) -> bool:
    return bool(known["payable"])


def _owes_nothing(known: Answers) -> bool:
    return not known["payable"]


def _saves(known: Answers) -> bool:
    return bool(known["saves"])


def _has_advance(known: Answers) -> bool:
    return bool(known["advance"])


def _wanted(known: Answers) -> str:
    """Return what the citizen chose last of all that was offered."""
    return str(known.get("then") or known.get("heading") or "")


def _asks_why(known: Answers) -> bool:
    return known.get("heading") == WHY


def _wants_paper(known: Answers) -> bool:
    return _wanted(known) == PAPERS


def _wants_receipts(known: Answers) -> bool:
    return _wants_paper(known) and known.get("paper") == papers.RECEIPTS


def _wants_link(known: Answers) -> bool:
    return _wants_paper(known) and known.get("paper") != papers.RECEIPTS


def _wants_part(known: Answers) -> bool:
    return _wanted(known) == PART


def _keeps(known: Answers) -> bool:
    return _wanted(known) == SAVE


def _pays(known: Answers) -> bool:
    return not _wants_paper(known) and not _keeps(known)


REMEMBERING = Remembering(Kind.PROPERTY_TAX, "assessee_number", _keeps)


PROPERTY_TAX = Dialog(
    name="property_tax",
    version=2,
    keeps={1: ("assessee_number",)},
    title=_("Property tax: see and pay"),
    words="""
        property tax; house tax; holding tax; tax; dues; arrears; assessee number; assesse number
        ; সম্পত্তি কর; সম্পত্তিকর; কর; ট্যাক্স; বাড়ির ট্যাক্স; হাউস ট্যাক্স; খাজনা; বকেয়া; অ্যাসেসি; অ্যাসেসি নম্বর
        ; संपत्ति कर; सम्पत्ति कर; कर; टैक्स; हाउस टैक्स; बकाया; असेसी; असेसी नंबर
        ; sompotti kor; sampatti kar; bokeya; bakeya; bakaya; khajna
    """,
    accepts=holds_number,
    steps=(
        Do(REMEMBERING.look),
        Say(
            _(
                "The assessee number stands at the top of every property-tax bill, printed like 11-026-01-0005-1. "
                "Blanks and hyphens do not matter, and any digits will do: 1, ১ or १. *help* shows a picture."
            )
        ),
        Ask(
            "assessee_number",
            _("Which assessee number? Please send its 12 digits. 0 = menu"),
            clean=assessee_number,
            offers=saved_offers,
        ),
        Do(_look_up),
        Say(_("```{printed_number}```\n```{owner}```\n{premises}, ward {ward}")),
        Say(
            _(
                "*Total due: {total}*\n"
                "• Current PD: {PD}\n"
                "• Current F/S: {FS}\n"
                "• Outstanding (LOI): {LOI}\n"
                "All three headings, as of {today}."
            ),
            when=_owes,
        ),
        Say(_("Pay by {last_day} and save {saving}; afterwards the total is {later_total}."), when=_saves),
        Say(
            _(
                "Nothing is due as of {today}, under none of the three headings: current PD, current F/S, outstanding (LOI)."
            ),
            when=_owes_nothing,
        ),
        Say(_("{advance} is kept for this number in advance; the next bill uses it."), when=_has_advance),
        Choose("heading", _("Please send a number:"), options=_what_to_do),
        # Why do I owe this?
        Do(papers.look_at_reasons, when=_asks_why),
        Say("{reasons}", when=_asks_why),
        Do(_look_up, when=_asks_why),
        Choose("then", _("Please send a number:"), options=_what_to_do_then, when=_asks_why),
        # Papers
        Do(_look_up, when=_wants_paper),
        Choose("paper", _("Which paper? Please send a number:"), options=papers.papers, when=_wants_paper),
        Do(papers.get_paper, when=_wants_link),
        Say(_("{paper_name}:\n{paper_link}\n\n0 = menu"), when=_wants_link, document="paper_link"),
        *receipt_steps(_wants_receipts),
        *REMEMBERING.steps(),
        # Paying
        Ask(
            "amount_paise",
            _("How many rupees? The oldest bill is paid first. 0 = menu"),
            clean=inputs.amount_paise,
            when=_wants_part,
        ),
        Do(_open_payment, when=_pays),
        Say(
            _(
                "*{amount}* for ```{printed_number}```, order {order_number}.\n"
                "The receipt comes to this chat as soon as the payment has arrived. 0 = menu"
            ),
            when=_pays,
        ),
        Say(_("Pay here, on the corporation's own site:\n{pay_link}"), when=_pays, button=PAY),
    ),
)
