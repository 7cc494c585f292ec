"""What is known of a break, in the reader's words. Its facts are values: amounts in paise, days as ISO dates, all else as it is."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import long_date

if TYPE_CHECKING:
    from collections.abc import Mapping

# In the order in which they are told. The end of a name says what the value is.
FACTS = {
    "attempt": _("attempt {value}"),
    "order": _("order {value}"),
    "payout_on": _("pay-out of {value}"),
    "transaction": _("transaction {value}"),
    "reference": _("reference {value}"),
    "merchant": _("merchant {value}"),
    "number": _("number {value}"),
    "bill": _("bill {value}"),
    "file": _("file {value}"),
    "narration": _("“{value}”"),
    "utr": _("UTR {value}"),
    "asked_paise": _("asked {value}"),
    "came_paise": _("came {value}"),
    "over_paise": _("over {value}"),
    "moved_paise": _("moved off it {value}"),
    "settled_paise": _("settled {value}"),
    "ours_paise": _("ours {value}"),
    "gross_paise": _("gross {value}"),
    "charge_paise": _("charges {value}"),
    "gst_paise": _("GST {value}"),
    "net_paise": _("net {value}"),
    "credited_paise": _("credited {value}"),
    "returned_paise": _("gone back {value}"),
    "stands_as": _("with us it stands as {value}"),
    "gateway_says": _("posted, and the gateway now says {value}"),
    "reversal": _("reversed here under {value}"),
    "reversed_payment": _("because payment {value} was reversed"),
    "lost_case": _("because case {value} was lost"),
    "code": _("refused: {value}"),
    "rows_set_aside": _("rows set aside: {value}"),
    "paid_on": _("paid on {value}"),
    "settled_on": _("settled on {value}"),
    "reversed_on": _("on {value}"),
    "value_on": _("of {value}"),
    "said": "{value}",
}


def known_of(facts: Mapping[str, object]) -> str:
    """Return what is known of a break in a line; facts that have no words are left out."""
    return ", ".join(
        str(words).format(value=_value(name, facts[name])) for name, words in FACTS.items() if name in facts
    )


def _value(name: str, value: object) -> str:
    if name.endswith("_paise"):
        return rupee_text(int(str(value)))
    return long_date(date.fromisoformat(str(value))) if name.endswith("_on") else str(value)
