"""Lines of dues as a payment order keeps them: with the heading they stood under and the label that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_noop

from kmc_portal.common.dues import per_bill

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmc_portal.common.dues import Dues, Line

# Stored with an order as message ids, translated where they are shown.
HEAD_LABELS = {
    "property_tax": gettext_noop("Property tax"),
    "howrah_bridge_tax": gettext_noop("Howrah Bridge tax"),
    "commercial_surcharge": gettext_noop("Commercial surcharge"),
    "rebate": gettext_noop("Rebate"),
    "online_rebate": gettext_noop("Online rebate"),
    "interest": gettext_noop("Interest"),
    "penalty": gettext_noop("Penalty"),
    "waiver": gettext_noop("Waiver"),
    "rounding": gettext_noop("Rounding"),
    "advance": gettext_noop("Paid before"),
}


def order_lines(dues: Dues, lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return lines to pay as an order keeps them; those of a bill that is not paid whole carry `is_part`."""
    heading = {line.demand_number: name for name, found in dues.headings.items() for line in found.lines}
    due, paid = per_bill(dues.lines), per_bill(lines)
    return [
        {
            "heading": heading[line.demand_number],
            "bill": line.demand_number,
            "period": line.period,
            "head": line.head,
            "label": HEAD_LABELS[line.head],
            "amount_paise": line.amount_paise,
            "rule": line.rule,
            "source": line.source,
            **({"against": dict(line.terms)["against"]} if line.head == "advance" else {}),
            **({"is_part": True} if paid[line.demand_number] < due[line.demand_number] else {}),
        }
        for line in lines
    ]
