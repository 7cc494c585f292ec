"""The reason of each line of licence dues, in words, from the figures it was made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kmc_portal.common.explaining import shown
from trade_license.rules.facts import APART, CREDIT, LATE_FINE, PROCESSING_FEE

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from kmc_portal.common.dues import Line

COLLATERAL = _("A charge under another section of the Act, as the demand says.")
BY_HEAD: dict[str, StrPromise] = {
    "s199": _("The enlistment fee of the year for this trade; by law at most ₹2,500 a year."),
    "s238_2": _("Water for the trade, as the demand says."),
    "s307": _("Drainage, a quarter of the charge for water."),
    "s333": _("Removal of the waste of the trade, as the demand says."),
    "s435": _("The municipal licence for using the premises other than to live in, as the demand says."),
    PROCESSING_FEE: _("The fee for preparing the demand, once."),
    APART: _("The schedule prints this charge behind a plus sign, beside its total."),
    CREDIT: _("Water and drainage fees of this year that were paid already are taken off."),
}
LATE = {
    "flat": _("Paid after the last date: since {since} a fine of one sum."),
    "percent": _("Paid after the last date: {percent} % of {of}, since {since}."),
    "months": _(
        "Paid after the last date: {percent_a_month} % of {of} a month since {since}, for {months} months begun."
    ),
}
YEARS = _("The same charge for {years} further years.")


def explain(line: Line) -> str:
    """Return the sentence for one line of the dues, in the active language."""
    terms = {name.removesuffix("_paise"): shown(name, value) for name, value in line.terms}
    if line.head == LATE_FINE:
        shape = "months" if "months" in terms else "percent" if "percent" in terms else "flat"
        return str(LATE[shape]).format(**terms)
    if "years" in terms:
        return str(YEARS).format(**terms)
    return str(BY_HEAD.get(line.head, COLLATERAL))
