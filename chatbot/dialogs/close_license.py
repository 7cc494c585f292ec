"""Closing a trade licence: the chat finds it and says what that means; the code is typed on the web, never here. In no menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from chatbot.dialogs.links import absolute
from chatbot.dialogs.on_record import without_marks
from chatbot.engine.steps import Answers, Ask, Context, Dialog, Do, Say
from kmc_portal.common.clock import day_of
from trade_license import inputs, queries
from trade_license.wording import verdict

if TYPE_CHECKING:
    from collections.abc import Mapping


def _look_up(answers: Answers, context: Context) -> Mapping[str, object]:
    with context.looking_up(answers["ce_number"]):
        found = queries.license_dues(ce_number=answers["ce_number"], on=day_of(context.now))
    page = absolute(f"/{get_language() or 'en'}/trade-licence/close/?ce_number={answers['ce_number']}")
    return {
        "ce_number_printed": found.license.ce_number,
        "trade": without_marks(found.license.trade_name),
        "verdict": verdict(found.worth),
        "close_link": page,
    }


CLOSE_LICENSE = Dialog(
    name="close_license",
    version=1,
    title=_("Close a trade licence"),
    words="""
        close licence; close license; close trade licence; close trade license; লাইসেন্স বন্ধ; ট্রেড লাইসেন্স বন্ধ; লাইসেন্স বন্ধ করব
        ; लाइसेंस बंद; ट्रेड लाइसेंस बंद; लाइसेंस बंद करना है
    """,
    steps=(
        Say(
            _(
                "A licence is closed by whoever holds its mobile on record. From that day on it is worth nothing; what is "
                "unpaid stays owed."
            )
        ),
        Ask("ce_number", _("Which certificate number? 0 = menu"), clean=inputs.ce_number),
        Do(_look_up),
        Say(_("```{ce_number_printed}```\n*{trade}*\n{verdict}.")),
        Say(
            _(
                "Close it here: a code comes to the mobile on record, and is typed on this page only, never in this chat. "
                "0 = menu\n"
                "{close_link}"
            )
        ),
    ),
)
