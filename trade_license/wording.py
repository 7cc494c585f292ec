"""What a certificate is worth and for how long it is sold, in words, for every door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.digits import localise
from kmc_portal.common.dues_view import Wording
from kmc_portal.common.templatetags.portal import long_date
from trade_license.explanations import explain
from trade_license.order_lines import HEAD_LABELS
from trade_license.states import FOR_LIFE, Heading, Standing

if TYPE_CHECKING:
    from datetime import date

    from django_stubs_ext import StrPromise

    from trade_license.queries import LicenseDues
    from trade_license.rules.standing import Worth

VERDICTS: dict[str, StrPromise] = {
    Standing.ALLOTTED: _("This number is allotted, but nothing has been paid: it is not a valid licence yet"),
    Standing.ACTIVE: _("Valid until {day}"),
    Standing.DUE: _("It was valid until {day}; renewing it costs no late fine yet"),
    Standing.OVERDUE: _("It was valid until {day}; the renewal is overdue"),
    Standing.EXPIRED: _("It was valid until {day}, and no demand has been raised since"),
    Standing.CLOSED: _("Closed on {day}"),
    Standing.DELETED: _("Deleted on {day}: an inspection found no business at the address"),
}

WORDING = Wording({heading.value: (heading.label, "") for heading in Heading}, HEAD_LABELS, explain)


def verdict(worth: Worth) -> str:
    """Return in a sentence, without its full stop, what a certificate is worth."""
    return str(VERDICTS[worth.standing]).format(day=day_text(worth.until))


def trade_text(found: LicenseDues) -> str:
    """Return the nature of a trade in the reader's language, where the schedule has a name for it, else as it is on record."""
    trade = found.trade
    row = found.book.fee(
        trade.trade, is_air_conditioned=trade.is_air_conditioned, area_sq_ft=trade.area_sq_ft, on=found.dues.as_of
    )
    language = get_language() or "en"
    return row.names[language] if row and language != "en" and language in row.names else found.license.nature_of_trade


def day_text(day: date | None) -> str:
    """Return a day in words; a certificate without an end is valid for life."""
    return long_date(day) if day else gettext("the end of the trade")


def term_label(years: str) -> str:
    """Return a term as people read it: `3 years`, `for life`."""
    if years == FOR_LIFE:
        return gettext("for life")
    count = localise(years, get_language() or "en")
    return ngettext("{count} year", "{count} years", int(years)).format(count=count)
