from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser

from kmc_portal.common.commands import JsonCommand
from kmc_portal.common.financial_year import FinancialYear
from kmc_portal.common.money import paise_from_rupees
from property_tax.hearings import issue_fresh_supplementary, record_decision
from property_tax.inputs import assessee_number
from property_tax.rules.billing import Valuation

if TYPE_CHECKING:
    from collections.abc import Mapping

FROM = re.compile(r"([0-9]{4}-[0-9]{2})Q([1-4])")


class Command(JsonCommand):
    help = "Record what a hearing decided and issue the F/S that carry it into the bills already sent."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("assessee_number")
        parser.add_argument("--decided-on", type=date.fromisoformat, required=True, metavar="DATE")
        parser.add_argument("--decided-by", required=True, metavar="NAME")
        parser.add_argument("--from", type=quarter, required=True, dest="since", metavar="2025-26Q3")
        parser.add_argument("--annual-value", type=amount, required=True, metavar="RUPEES")
        parser.add_argument("--commercial-annual-value", type=amount, default=0, metavar="RUPEES")
        parser.add_argument("--tax-rate", type=percent, required=True, metavar="PERCENT")
        parser.add_argument("--howrah-bridge-tax", type=percent, default=Decimal(0), metavar="PERCENT")
        parser.add_argument("--issued-on", type=date.fromisoformat, required=True, metavar="DATE")

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        financial_year, quarter = options["since"]
        decision = record_decision(
            assessee_number=assessee_number(options["assessee_number"]),
            decided_on=options["decided_on"],
            decided_by=options["decided_by"],
            financial_year=financial_year,
            quarter=quarter,
            valuation=Valuation(
                options["annual_value"],
                options["commercial_annual_value"],
                options["tax_rate"],
                options["howrah_bridge_tax"],
            ),
        )
        issued = issue_fresh_supplementary(decision, issued_on=options["issued_on"])
        bills = [
            {"demand_number": bill.demand_number, "financial_year": str(FinancialYear(bill.financial_year))}
            | {name: getattr(bill, name) for name in ("quarter", *HEADS)}
            for bill in issued.demands
        ]
        return {
            "decision": decision.pk,
            "bills": bills,
            "left_over": [one._asdict() for one in issued.left_over],
        }, False


HEADS = ("property_tax_paise", "howrah_bridge_tax_paise", "commercial_surcharge_paise")


def quarter(text: str) -> tuple[FinancialYear, int]:
    """Return the quarter written as `2025-26Q3`. :raises ValueError: anything else"""
    found = FROM.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return FinancialYear.parse(found[1]), int(found[2])


def amount(text: str) -> int:
    """Return the paise of rupees; a negative amount is for the service to refuse by name."""
    return paise_from_rupees(text, allow_negative=True)


def percent(text: str) -> Decimal:
    """Return a percentage. :raises ValueError: it is no plain number"""
    try:
        found = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not found.is_finite():
        raise ValueError(text)
    return found
