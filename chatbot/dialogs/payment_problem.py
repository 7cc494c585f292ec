"""How a payment stands: for whoever waits for a receipt, and where money was cut and nothing came."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatbot import payment_questions
from chatbot.dialogs.links import HELPLINE
from chatbot.dialogs.payment_references import holds_order, payment_reference
from chatbot.dialogs.payment_words import order_label, status_text
from chatbot.engine.language import MENU
from chatbot.engine.steps import Answers, Ask, Choose, Context, Dialog, Do, Option, Say
from chatbot.hurrying import hurry
from chatbot.tasks import answer_payment_questions
from kmc_portal.common.errors import ServiceError
from payments.guesses import note_guess
from payments.payment_status import orders_named, orders_told_to

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payments.payment_status import OrderSeen

OTHER = "other"
SHOWN = 2
BEING_ASKED = _("The bank is being asked now. What it says comes here in a moment.")


class PaymentUnknown(ServiceError):
    code = "payment_unknown"
    message = _(
        "No payment is known here under {reference}. If money has left your account for it, your bank puts it back within "
        "five days; if not, call the helpline {helpline} with your bank's reference (UTR), the day and the amount. Please "
        "check the number and send it again, or send the order number."
    )
    field = "reference"
    http_status = 404


def _look_at_own(_answers: Answers, context: Context) -> Mapping[str, object]:
    """Tell of the last payment that was begun in this conversation, and which others there are."""
    own = orders_told_to(conversation=context.conversation)
    if not own:
        return {"own": []}
    return {"own": own, "latest": _told(own[0], context, is_payers=True)}


def _which(known: Answers) -> list[Option]:
    others = [(found.order_number, order_label(found)) for found in known["own"][1:]]
    return [*others, (OTHER, gettext("Another payment")), (MENU, gettext("Menu"))]


def _look_up(answers: Answers, context: Context) -> Mapping[str, object]:
    """Tell of the two newest payments under a number. One of nothing here is counted: somebody may be walking through them.

    :raises PaymentUnknown: no payment has this number
    :raises GuessLimitReached, LookUpLimitReached: it was one too many
    """
    name = _name(answers)
    with context.looking_up(name):
        found = orders_named(name=name)
        if not found:
            note_guess(address=f"chat:{context.conversation}", now=context.now)
            raise PaymentUnknown(reference=name, helpline=HELPLINE)
    told = [_told(each, context, is_payers=_is_payers(each, name, context)) for each in found[:SHOWN]]
    return {"status": "\n\n".join(told)}


def _is_payers(found: OrderSeen, name: str, context: Context) -> bool:
    """Say whether somebody shows to be the payer: it was begun here, or they know the number that nobody can guess."""
    return name == found.order_number or context.conversation in found.told_to


def _told(found: OrderSeen, context: Context, *, is_payers: bool) -> str:
    """Return how a payment stands by our own records. Where the bank may know more, it is asked, and its answer follows."""
    told = status_text(found, is_payers=is_payers, now=context.now)
    if not found.is_waiting(now=context.now):
        return told
    is_asked = payment_questions.ask_gateway(
        conversation=context.conversation, order=found.pk, is_payers=is_payers, now=context.now
    )
    if not is_asked:
        return told
    transaction.on_commit(partial(hurry, answer_payment_questions))
    return f"{told}\n\n{BEING_ASKED}"


def _name(answers: Answers) -> str:
    chosen = str(answers.get("order", OTHER))
    return str(answers["reference"]) if chosen == OTHER else chosen


def _has_own(known: Answers) -> bool:
    return bool(known.get("own"))


def _has_none(known: Answers) -> bool:
    return known.get("own") == []


def _chooses(known: Answers) -> bool:
    return "order" in known or _has_own(known)


def _means_another(known: Answers) -> bool:
    return bool(known.get("order", OTHER) == OTHER)


PAYMENT_PROBLEM = Dialog(
    name="payment_problem",
    version=1,
    title=_("Payment: has it arrived?"),
    words="""
        payment problem; payment failed; payment status; status of payment; money cut; money deducted
        ; টাকা কেটেছে; টাকা কেটে নিয়েছে; পেমেন্ট ফেল; পেমেন্ট স্ট্যাটাস
        ; पैसा कट गया; पैसे कट गए; पेमेंट फेल; पेमेंट स्टेटस; taka kete niyeche; paisa kat gaya; paise kat gaye
    """,
    accepts=holds_order,
    steps=(
        Do(_look_at_own),
        Say("{latest}", when=_has_own),
        Say(_("Please do not pay a second time before you know what became of the first."), when=_has_none),
        Choose("order", _("Do you ask about another payment? Please send a number:"), options=_which, when=_chooses),
        Ask(
            "reference",
            _(
                "Which payment? Please send the order number (it begins with KP), the receipt number, the bank's reference "
                "(UTR), or the number of the assessee or the licence that was paid for. 0 = menu"
            ),
            clean=payment_reference,
            when=_means_another,
        ),
        Do(_look_up),
        Say("{status}"),
        Say(_("Send 0 for the menu.")),
    ),
)
