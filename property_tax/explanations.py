"""Why do I owe this? One sentence for every line of the dues, in the reader's language, with the figures it was made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kmc_portal.common.explaining import shown

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from kmc_portal.common.dues import Line

BY_HEAD: dict[str, _StrPromise] = {
    "property_tax": _("The tax of the quarter, as the bill says."),
    "howrah_bridge_tax": _("Howrah Bridge tax of the quarter, as the bill says."),
    "commercial_surcharge": _("Surcharge on the part that is not lived in, as the bill says."),
    "rebate": _("{percent} % off {of} for paying by {by}."),
    "online_rebate": _("{percent} % off {of} for paying online with bills by e-mail only, at most {cap} a bill."),
    "penalty": _("{percent} % of {of}, once, since {fell_on}; it does not grow."),
    "advance": _("Paid on {on} by order {order_number}, before the bill was paid whole."),
    "waiver": _("The scheme takes off {interest_percent} % of the interest and {penalty_percent} % of the penalty."),
}
BY_RULE: dict[str, _StrPromise] = {
    "quarter_to_rupee": _("A quarter is rounded to the nearest rupee."),
    "net_to_rupee": _("What remains after the rebate is rounded to the nearest rupee."),
}
INTEREST: dict[str, _StrPromise] = {
    "months": _("{percent} % a year on {of}, for {months} months late, a month begun counting as the rule says."),
    "days": _("{percent} % a year on {of}, for {days} days late."),
}


def explain(line: Line) -> str:
    """Return the sentence for one line of the dues, in the active language."""
    terms = {name.removesuffix("_paise"): shown(name, value) for name, value in line.terms}
    if line.head == "interest":
        return str(INTEREST["months" if "months" in terms else "days"]).format(**terms)
    return str(BY_RULE.get(line.rule) or BY_HEAD[line.head]).format(**terms)
