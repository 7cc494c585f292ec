"""Trade licence over chat: what is due and why, renew for some years, the certificate again."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from chatbot.citizen_models import Kind
from chatbot.dialogs.links import PAY, absolute, pay_link
from chatbot.dialogs.on_record import without_marks
from chatbot.dialogs.remembering import SAVE, Remembering, save_option, saved_offers
from chatbot.engine.language import BACK, MENU
from chatbot.engine.steps import Answers, Ask, Choose, Context, Dialog, Do, Option, Say
from chatbot.queries import speaks_for
from kmc_portal.common.clock import day_of
from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import digits, long_date
from payments.states import Source
from trade_license import inputs, queries, services
from trade_license.certificates import certificate_in_force
from trade_license.explanations import explain
from trade_license.order_lines import HEAD_LABELS
from trade_license.states import Heading, Standing
from trade_license.wording import term_label, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmc_portal.common.dues import Line

WHY, CERTIFICATE = "why", "certificate"
# A message holds 1,600 characters, the question behind the reasons among them.
REASONS_CHARS = 900


def _look_up(answers: Answers, context: Context) -> Mapping[str, object]:
    with context.looking_up(answers["ce_number"]):
        found = queries.license_dues(ce_number=answers["ce_number"], on=day_of(context.now))
    license, dues = found.license, found.dues
    last = found.last_date
    return {
        "ce_number_printed": license.ce_number,
        "trade": without_marks(license.trade_name),
        "holder": license.masked_holder,
        "address": without_marks(license.address),
        "ward": digits(license.ward),
        "verdict": verdict(found.worth),
        "is_valid": found.worth.standing == Standing.ACTIVE,
        "today": long_date(dues.as_of),
        "total": rupee_text(dues.total_paise),
        "owes": dues.total_paise > 0,
        **{name: rupee_text(heading.payable_paise) for name, heading in dues.headings.items()},
        "terms": [(years, rupee_text(queries.total_for(found, years))) for years in queries.terms_sold(found)],
        "last_day": long_date(last) if last and last >= dues.as_of else "",
    }


def _what_to_do(known: Answers) -> list[Option]:
    """Offer the terms with what each costs, the reasons, the certificate, then the ways out."""
    terms = [(years, _term(years, total)) for years, total in known["terms"]]
    if known["owes"] and not terms:
        terms = [("1", gettext("Pay everything: {amount}").format(amount=known["total"]))]
    why: list[Option] = [(WHY, gettext("Why do I owe this?"))] if known["owes"] else []
    paper: list[Option] = [(CERTIFICATE, gettext("The certificate again"))] if known["is_valid"] else []
    return [*terms, *why, *paper, *save_option(), (BACK, gettext("Another number")), (MENU, gettext("Menu"))]


def _what_to_do_then(known: Answers) -> list[Option]:
    return [option for option in _what_to_do(known) if option[0] != WHY]


def _term(years: str, total: str) -> str:
    return gettext("Renew, {term}: {amount}").format(term=term_label(years), amount=total)


def _reasons(answers: Answers, context: Context) -> Mapping[str, object]:
    """Tell what each line of the dues is for, demand by demand, as far as a message holds it."""
    found = queries.license_dues(ce_number=answers["ce_number"], on=day_of(context.now))
    told: list[str] = []
    for name, heading in found.dues.headings.items():
        for _number, lines in groupby(heading.lines, key=lambda line: line.demand_number):
            told.append(_demand(name, list(lines)))
    page = f"{_address()}/?ce_number={answers['ce_number']}"
    sources = gettext("Every demand, with the rule and its source:\n{page}").format(page=page)
    kept = [text for place, text in enumerate(told) if not place or len("".join(told[: place + 1])) <= REASONS_CHARS]
    more = (
        [gettext("… and {count} more demands.").format(count=digits(len(told) - len(kept)))]
        if len(kept) < len(told)
        else []
    )
    return {"reasons": "\n\n".join([*kept, *more, sources])}


def _demand(heading: str, lines: Sequence[Line]) -> str:
    amount = rupee_text(sum(line.amount_paise for line in lines))
    title = f"*{Heading(heading).label} · {digits(lines[0].period)}: {amount}*"
    return "\n".join([title, *map(_line, lines)])


def _line(line: Line) -> str:
    told = f"• {gettext(HEAD_LABELS[line.head])}: {rupee_text(line.amount_paise)}"
    return told if line.rule == "demand" else f"{told}\n   {explain(line)}"


def _certificate(answers: Answers, context: Context) -> Mapping[str, object]:
    issued = certificate_in_force(ce_number=answers["ce_number"], on=day_of(context.now))
    page = _address()
    is_holder = speaks_for(context.conversation, issued.demand.license.mobile)
    link = (
        f"{page}/certificates/{issued.token}.pdf"
        if is_holder
        else f"{page}/certificate.pdf?ce_number={answers['ce_number']}"
    )
    return {"paper_link": link, "is_copy": not is_holder}


def _address() -> str:
    return absolute(f"/{get_language() or 'en'}/trade-licence")


def _open_payment(answers: Answers, context: Context) -> Mapping[str, object]:
    order = services.open_payment(
        ce_number=answers["ce_number"],
        years=_wanted(answers),
        source=Source.CHAT,
        now=context.now,
        language=get_language() or "en",
        reply_to=context.conversation,
    )
    return {
        "ce_number_printed": order.reference,
        "order_number": order.order_number,
        "amount": rupee_text(order.amount_paise),
        "pay_link": pay_link(order.token),
    }


def _wanted(known: Answers) -> str:
    """Return what the citizen chose last of all that was offered."""
    return str(known.get("then") or known.get("wanted") or "")


def _owes(known: Answers) -> bool:
    return bool(known["owes"])


def _owes_nothing(known: Answers) -> bool:
    return not known["owes"]


def _has_a_last_day(known: Answers) -> bool:
    return bool(known["last_day"])


def _asks_why(known: Answers) -> bool:
    return known.get("wanted") == WHY


def _wants_certificate(known: Answers) -> bool:
    return _wanted(known) == CERTIFICATE


def _is_copy(known: Answers) -> bool:
    return _wants_certificate(known) and bool(known["is_copy"])


def _keeps(known: Answers) -> bool:
    return _wanted(known) == SAVE


def _pays(known: Answers) -> bool:
    return not _wants_certificate(known) and not _keeps(known)


REMEMBERING = Remembering(Kind.TRADE_LICENSE, "ce_number", _keeps)


TRADE_LICENSE = Dialog(
    name="trade_license",
    version=2,
    keeps={1: ("ce_number",)},
    title=_("Trade licence: see and renew"),
    words="""
        trade licence; trade license; licence; license; lisens; certificate of enlistment; renew licence; renew license
        ; ট্রেড লাইসেন্স; লাইসেন্স; লাইসেন্স নবীকরণ; ट्रेड लाइसेंस; लाइसेंस; लाइसेंस नवीनीकरण
    """,
    steps=(
        Do(REMEMBERING.look),
        Say(
            _(
                "The certificate number stands on last year's certificate of enlistment and on the demand that comes every "
                "year. Blanks, hyphens and small letters do not matter. To close one, write *close licence*."
            )
        ),
        Ask("ce_number", _("Which certificate number? 0 = menu"), clean=inputs.ce_number, offers=saved_offers),
        Do(_look_up),
        Say(_("```{ce_number_printed}```\n*{trade}*\n{holder}\n{address}, ward {ward}\n{verdict}.")),
        Say(_("*Total due: {total}*\n• Renewal: {RENEWAL}\n• Arrears: {ARREARS}\nAs of {today}."), when=_owes),
        Say(_("Last day without late fine: {last_day}."), when=_has_a_last_day),
        Say(_("Nothing is due as of {today}."), when=_owes_nothing),
        Choose("wanted", _("Please send a number:"), options=_what_to_do),
        # Why do I owe this?
        Do(_reasons, when=_asks_why),
        Say("{reasons}", when=_asks_why),
        Do(_look_up, when=_asks_why),
        Choose("then", _("Please send a number:"), options=_what_to_do_then, when=_asks_why),
        # The certificate again
        Do(_certificate, when=_wants_certificate),
        Say(
            _("The certificate of enlistment (PDF):\n{paper_link}\n\n0 = menu"),
            when=_wants_certificate,
            document="paper_link",
        ),
        Say(
            _(
                "The holder's name is hidden in this copy. From the mobile number on record, this chat sends the whole "
                "certificate."
            ),
            when=_is_copy,
        ),
        *REMEMBERING.steps(),
        # Paying
        Do(_open_payment, when=_pays),
        Say(
            _(
                "*{amount}* for ```{ce_number_printed}```, order {order_number}.\n"
                "Receipt and certificate come to this chat as soon as the payment has arrived. 0 = menu"
            ),
            when=_pays,
        ),
        Say(_("Pay here, on the corporation's own site:\n{pay_link}"), when=_pays, button=PAY),
    ),
)
