"""Lines of licence dues as a payment order keeps them: with the heading they stood under and the label that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_noop

from trade_license.rules.facts import APART, CREDIT, LATE_FINE, PROCESSING_FEE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kmc_portal.common.dues import Dues, Line
    from trade_license.rules.facts import DemandFacts

HEADING_LABELS = {"RENEWAL": gettext_noop("Renewal"), "ARREARS": gettext_noop("Arrears")}
# Stored with an order as message ids, translated where they are shown. What a section stands for is told where it is known.
HEAD_LABELS = {
    "s199": gettext_noop("Enlistment fee (s.199)"),
    "s238_2": gettext_noop("Water (s.238(2))"),
    "s307": gettext_noop("Drainage (s.307)"),
    "s333": gettext_noop("Solid waste (s.333)"),
    "s355_2": gettext_noop("Charge under s.355(2)"),
    "s421": gettext_noop("Charge under s.421"),
    "s435": gettext_noop("Municipal licence (s.435)"),
    "s436": gettext_noop("Charge under s.436"),
    "s440": gettext_noop("Charge under s.440"),
    "s519": gettext_noop("Charge under s.519"),
    "collateral_1": gettext_noop("Collateral charge 1"),
    "collateral_2": gettext_noop("Collateral charge 2"),
    "collateral_3": gettext_noop("Collateral charge 3"),
    PROCESSING_FEE: gettext_noop("Processing fee"),
    APART: gettext_noop("Separate charge of the schedule"),
    CREDIT: gettext_noop("Water and drainage fees already paid"),
    LATE_FINE: gettext_noop("Late fine"),
}


def order_lines(dues: Dues, further: DemandFacts | None) -> list[dict[str, Any]]:
    """Return lines to pay as an order keeps them; those of further years say which years a demand for them would cover."""
    return [
        {
            "heading": HEADING_LABELS[name],
            "bill": line.demand_number,
            "period": line.period,
            "head": line.head,
            "label": HEAD_LABELS[line.head],
            "amount_paise": line.amount_paise,
            "rule": line.rule,
            "source": line.source,
            **_further(line, further),
        }
        for name, heading in dues.headings.items()
        for line in heading.lines
    ]


def _further(line: Line, further: DemandFacts | None) -> dict[str, Any]:
    if further is None or line.demand_number != further.demand_number:
        return {}
    return {"first_year": further.financial_year, "years": further.years}


def further_of(lines: Iterable[Mapping[str, Any]]) -> dict[str, tuple[int, int, dict[str, int]]]:
    """Return the demands for further years that an order's lines ask for: first year, years and heads by demand number."""
    found: dict[str, tuple[int, int, dict[str, int]]] = {}
    for line in lines:
        if "first_year" in line:
            heads = found.setdefault(line["bill"], (line["first_year"], line["years"], {}))[2]
            heads[line["head"]] = line["amount_paise"]
    return found
