"""How far an application for a licence is, for whoever knows its number, which nobody can guess. In no menu."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from chatbot.dialogs.links import absolute
from chatbot.engine.steps import Answers, Ask, Context, Dialog, Do, Say
from kmc_portal.common import digits
from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.templatetags.portal import long_date
from payments.guesses import note_guess
from trade_license.changes import ApplicationNotFound
from trade_license.queries import application_named

if TYPE_CHECKING:
    from collections.abc import Mapping

NUMBER = re.compile(r"\bLA[\s-]?(\d{6})[\s-]?([0-9A-HJKMNP-TV-Z]{6})\b", re.IGNORECASE)


class ApplicationNumberMissing(ServiceError):
    code = "application_number_missing"
    message = _(
        "There is no application number in it. It begins with LA and stands on the page and in the message that you got when "
        "you applied, such as LA261123ABC123."
    )
    field = "application_number"


def holds_application(text: str) -> bool:
    """Say whether a text names an application; one with a link in it is about the link."""
    return "://" not in text and bool(NUMBER.search(digits.to_ascii(text)))


def application_number(text: str) -> str:
    """Return the number of an application in a text, as it is printed. :raises ApplicationNumberMissing: there is none"""
    found = NUMBER.search(digits.to_ascii(text))
    if found is None:
        raise ApplicationNumberMissing
    return f"LA{found[1]}{found[2]}".upper()


def _look_up(answers: Answers, context: Context) -> Mapping[str, object]:
    """Tell how far an application is, without a name.

    :raises ApplicationNotFound: none has this number
    :raises GuessLimitReached, LookUpLimitReached: it was one too many
    """
    number = answers["application_number"]
    with context.looking_up(number):
        found = application_named(number=number)
        if found is None:
            note_guess(address=f"chat:{context.conversation}", now=context.now)
            raise ApplicationNotFound(application_number=number)
    return {
        "kind": found.get_kind_display(),
        "state": found.get_state_display(),
        "since": long_date(day_of(found.decided_at or found.made_at)),
        "ce_number": found.license.ce_number,
        "page": absolute("/trade-licence/applications/"),
    }


APPLICATION_STATUS = Dialog(
    name="application_status",
    version=1,
    title=_("How far is my application?"),
    words="""
        application status; status of application; my application; আবেদনের অবস্থা; আমার আবেদন; আবেদন কত দূর
        ; आवेदन की स्थिति; मेरा आवेदन; abedoner obostha; aavedan ki sthiti
    """,
    accepts=holds_application,
    steps=(
        Ask(
            "application_number",
            _("Which application? Please send its number, which begins with LA. 0 = menu"),
            clean=application_number,
        ),
        Do(_look_up),
        Say(_("*{application_number}* ({kind}): *{state}*, {since}.\nCertificate of enlistment: {ce_number}.")),
        Say(
            _(
                "Papers, reasons and what can be paid or withdrawn stand here, for the mobile that applied. 0 = menu\n{page}"
            )
        ),
    ),
)
