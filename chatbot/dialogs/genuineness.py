"""Is this link ours, is this receipt genuine? Whoever is sent a strange message forwards it here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatbot.dialogs.links import absolute
from chatbot.engine.steps import Answers, Ask, Context, Dialog, Do, Say
from kmc_portal.common import digits
from kmc_portal.common.clock import day_of
from kmc_portal.common.codes import CODE_LENGTH, CodeMalformed
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import long_date
from payments import queries
from payments.forms import AddressNotOurs, clean_code_or_link
from payments.guesses import note_guess
from payments.verifiables import verification
from property_tax.certificates import certificate_by_token as no_dues_certificate
from trade_license.certificates import certificate_by_token as license_certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from payments.verifiables import Verification

MOST = 3
# With its scheme, or as people copy it: a name with dots, and a path.
LINK = re.compile(r"[a-z]+://[^\s<>\"]+|\b(?:[\w-]+\.)+[a-z]{2,}/[^\s<>\"]*", re.IGNORECASE)
CODE = re.compile(r"\b[0-9A-Z]{4}(?:[-\s]?[0-9A-Z]{4}){3}\b", re.IGNORECASE)
PRINTED_CODE = re.compile(r"\b(?=[\d-]*[A-Z])[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b", re.IGNORECASE)
# Of the Ministry of Home Affairs, for money lost to cheats online.
CYBER_HELPLINE = "1930"
OPEN_LINK = _(
    "*This payment link is ours*: {amount} for {title} {reference}. It goes to the corporation's own payment page."
)
PAID_LINK = _("*This payment link is ours*, and it has been paid: {amount} for {title} {reference}.")
NOT_OURS = _(
    "*Warning.* {verdict} If you have paid there or told an OTP or PIN, call your bank and {cyber_helpline} at once. The "
    "corporation sends no app to install (APK)."
)


def holds_link_or_code(text: str) -> bool:
    """Say whether a text holds an address, or a code in groups as papers print it."""
    return bool(LINK.search(text) or PRINTED_CODE.search(digits.to_ascii(text)))


def doubted(text: str) -> str:
    """Return the addresses in a text, three at most, or the code in it.

    :raises CodeMalformed: there is neither
    """
    links = [found.rstrip(".,;:!?)।") for found in LINK.findall(text)]
    if links:
        return " ".join(dict.fromkeys(links[:MOST]))
    code = CODE.search(digits.to_ascii(text))
    if code is None:
        raise CodeMalformed
    return "".join(char for char in code[0] if char.isalnum())[:CODE_LENGTH]


def _check(answers: Answers, context: Context) -> Mapping[str, object]:
    told = [_verdict(each, context) for each in str(answers["code"]).split(" ")]
    return {"verdicts": "\n\n".join(told), "site": absolute("/")}


def _verdict(doubted: str, context: Context) -> str:
    """Say of one address or code whose it is. One of ours that leads nowhere is counted as a guess.

    :raises GuessLimitReached: it was one too many
    """
    try:
        return _proof(clean_code_or_link(doubted).strip("/"), day_of(context.now))
    except AddressNotOurs as refusal:
        shown = f"{doubted}\n{NOT_OURS}"
        return shown.format(verdict=refusal.user_message, cyber_helpline=CYBER_HELPLINE)
    except ServiceError as refusal:
        note_guess(address=f"chat:{context.conversation}", now=context.now)
        return f"{doubted}\n{refusal.user_message}"


def _proof(path: str, on: date) -> str:
    """Return what the page at a path of ours proves. :raises ServiceError: there is nothing at it"""
    page, _slash, rest = path.rpartition("/")
    if page == "pay":
        return _of_order(rest)
    codes: dict[str, Callable[[str], str]] = {
        "receipts": lambda token: queries.receipt_by_token(token=token).code,
        "property-tax/certificates": lambda token: no_dues_certificate(token=token).code,
        "trade-licence/certificates": lambda token: license_certificate(token=token).code,
    }
    code = codes[page](rest) if page in codes else rest
    return _of_paper(verification(code=code, on=on))


def _of_order(token: str) -> str:
    status = queries.order_status(token=token)
    order = status.order
    facts = {
        "amount": rupee_text(order.amount_paise),
        "title": gettext(order.snapshot["title"]),
        "reference": order.snapshot["particulars"][0][1] if order.snapshot["particulars"] else order.reference,
    }
    return str(PAID_LINK if status.step == "paid" else OPEN_LINK).format(**facts)


def _of_paper(found: Verification) -> str:
    heading = f"{'✅' if found.tone == 'good' else '⚠️'} *{found.verdict}.*"
    facts = [(gettext(found.title), found.number), *found.facts]
    if found.issued_on:
        facts.append((gettext("Issued on"), long_date(found.issued_on)))
    if found.amount_paise is not None:
        facts.append((gettext("Amount"), rupee_text(found.amount_paise)))
    lines = [f"• {name}: {value}" for name, value in facts]
    return "\n".join([heading, *lines, found.advice])


VERIFY = Dialog(
    name="verify",
    version=1,
    title=_("Is a link or receipt genuine?"),
    words="""
        verify; check link; check a link; genuine; যাচাই; যাচাই করুন; লিঙ্ক যাচাই; जाँच; जांच; लिंक की जाँच; jachai; janch
    """,
    accepts=holds_link_or_code,
    steps=(
        Ask(
            "code",
            _(
                "Please paste the link, or send the code of 16 letters and digits under the square code of the paper. A "
                "strange message can be forwarded here. 0 = menu"
            ),
            clean=doubted,
        ),
        Do(_check),
        Say("{verdicts}"),
        Say(_("Our addresses all begin with {site}. Send 0 for the menu.")),
    ),
)
