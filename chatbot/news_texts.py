"""What is told of a payment when something has happened to it: a receipt, a reversal, a refund, a move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chatbot.dialogs.links import absolute, receipt_link, receipt_pdf_link
from kmc_portal.common.codes import printed_code
from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import digits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payments.payables import Paper


def receipt_text(payload: Mapping[str, object], *, language: str, papers: Sequence[Paper] = ()) -> str:
    """Return the message that a payment has arrived, in a language, with the papers that it brought.

    The receipt's address stands in the last line.
    """
    with translation.override(language):
        sentence = _(
            "*{amount} received. Thank you!*\n"
            "Receipt {receipt_number}, order {order_number}. Anyone can check it with the code {code}.\n\n"
            "PDF: {pdf_url}\n\n"
            "{papers}"
            "Your receipt:\n{receipt_url}"
        )
        return sentence.format(
            amount=rupee_text(int(str(payload["amount_paise"])), language),
            receipt_number=payload["receipt_number"],
            order_number=payload["order_number"],
            code=printed_code(str(payload["code"])),
            receipt_url=receipt_link(str(payload["token"])),
            papers="".join(
                f"{_(paper.label)}, {digits(paper.period)}:\n{absolute(paper.address)}\n\n" for paper in papers
            ),
            pdf_url=receipt_pdf_link(str(payload["token"])),
        )


def reversal_text(payload: Mapping[str, object], *, language: str) -> str:
    """Return the message that a receipt has been reversed, in a language. Its address stands in the last line."""
    with translation.override(language):
        sentence = _(
            "*Your receipt {receipt_number} has been reversed.*\n"
            "The {amount} of payment {order_number} did not reach the corporation, or was taken back. What it was for is "
            "due again. The reversal is {reversal_number}.\n\n"
            "Please look up your dues and pay once more. If you think this is wrong, please take the receipt to your ward "
            "office.\n\n"
            "The receipt:\n{receipt_url}"
        )
        return sentence.format(
            receipt_number=payload["receipt_number"],
            reversal_number=payload["reversal_number"],
            order_number=payload["order_number"],
            amount=rupee_text(int(str(payload["amount_paise"])), language),
            receipt_url=receipt_link(str(payload["token"])),
        )


def refund_text(payload: Mapping[str, object], *, language: str) -> str:
    """Return the message that money of a payment was given back, and where it goes, in a language."""
    with translation.override(language):
        by_hand = _("The treasury has paid it, by its payment advice {advice_number}.")
        by_gateway = _("It goes back the way you paid. Your bank may take some days to show it.")
        sentence = _(
            "*{amount} has been given back to you.*\n"
            "It had been paid above what was due, by payment {order_number}. The refund is {refund_number}. {how}\n\n"
            "The receipt:\n{receipt_url}"
        )
        return sentence.format(
            how=by_hand.format(**payload) if payload["advice_number"] else by_gateway,
            **_refund_values(payload, language),
        )


def failed_refund_text(payload: Mapping[str, object], *, language: str) -> str:
    """Return the message that a refund has failed, and where the money is, in a language."""
    with translation.override(language):
        sentence = _(
            "*{amount} could not be given back to you.*\n"
            "The bank or the gateway did not take the refund {refund_number} of payment {order_number}. The money is kept for you "
            "as before. Please ask at your ward office with the receipt.\n\n"
            "The receipt:\n{receipt_url}"
        )
        return sentence.format(**_refund_values(payload, language))


def _refund_values(payload: Mapping[str, object], language: str) -> dict[str, object]:
    return {
        "amount": rupee_text(int(str(payload["amount_paise"])), language),
        "order_number": payload["order_number"],
        "refund_number": payload["refund_number"],
        "receipt_url": receipt_link(str(payload["token"])),
    }


# What happened to the money, and what is told of it.
MOVES = {
    "named": gettext_noop("It has been put on the bills that it was meant for, as of the day you paid: {bills}."),
    "due": gettext_noop("It has been put on what is due: {bills}."),
    "advance": gettext_noop("It is kept in advance for you; your next bills will take it."),
    "other": gettext_noop("It is kept in advance for the number {reference}, for which it was meant."),
    "charged": gettext_noop(
        "Your bank has taken it back. A bill that it had paid is due again; please look up your dues. "
        "If you think this is wrong, please ask your bank."
    ),
}


def move_text(payload: Mapping[str, object], *, language: str) -> str:
    """Return the message where money of a payment has gone, in a language. The receipt's address stands in the last line."""
    with translation.override(language):
        sentence = _("*{amount} of your payment {order_number}*\n{what}\n\nThe receipt:\n{receipt_url}")
        bills = payload["bills"]
        assert isinstance(bills, list)
        return sentence.format(
            amount=rupee_text(int(str(payload["amount_paise"])), language),
            order_number=payload["order_number"],
            what=_(MOVES[str(payload["happened"])]).format(bills=", ".join(bills), reference=payload["reference"]),
            receipt_url=receipt_link(str(payload["token"])),
        )
