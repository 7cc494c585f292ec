"""Rule books for tests: one row of each kind, and a book made of some of them."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from property_tax.rule_services import KEEPING
from property_tax.rules.book import RuleBook, parse

COMMON = {"valid_from": "2010-04-01", "source": "a test", "confidence": "assumption"}
REBATE = {**COMMON, "kind": "rebate", "code": "rebate_5", "percent": "5"}
ONLINE = {**COMMON, "kind": "online_rebate", "code": "online_1", "percent": "1", "cap_rupees": "200"}
SHIFT = {**COMMON, "kind": "holiday_shift", "code": "shift", "holidays": ["2026-12-25"]}
EXTENSION = {
    **COMMON, "kind": "rebate_extension", "code": "order_1", "dates_from": "2026-11-25", "dates_to": "2026-12-01", "days": 7,
}  # fmt: skip
INTEREST = {
    **COMMON, "kind": "interest", "code": "interest_12", "basis": "month", "month_part": "whole", "starts": "quarter_end",
    "slabs": [{"above_rupees": "0", "percent_a_year": "12"}],
}  # fmt: skip
PENALTY = {
    **COMMON, "kind": "penalty", "code": "penalty_15", "percent": "15", "after_days": 0, "starts": "quarter_end",
}  # fmt: skip
WAIVER = {
    **COMMON, "kind": "waiver", "code": "graded", "apply_from": "2010-04-01", "apply_to": "2099-12-31",
    "steps": [
        {"over_years": 0, "interest_percent": "50", "penalty_percent": "99"},
        {"over_years": 2, "interest_percent": "45", "penalty_percent": "75"},
        {"over_years": 5, "interest_percent": "40", "penalty_percent": "50"},
        {"over_years": 10, "interest_percent": "35", "penalty_percent": "25"},
    ],
}  # fmt: skip


ROUNDING = {**COMMON, "kind": "rounding", "code": "to_the_rupee", "quarter_to_rupees": "1", "net_to_rupees": "1"}


def document(*rows: dict[str, Any]) -> dict[str, Any]:
    """Return a book of some rows; bills go to the rupee unless a row says otherwise."""
    rounded = any(row.get("kind") == "rounding" for row in rows)
    return {"rules": [*rows] if rounded else [*rows, ROUNDING]}


def book(*rows: dict[str, Any]) -> RuleBook:
    return parse(document(*rows))


def put_in_force(document: dict[str, Any]) -> None:
    """Load a book and let somebody else approve it."""
    version = KEEPING.load_rules(document, maker="keeper", now=timezone.now())
    KEEPING.preview_version(version.pk, now=timezone.now())
    KEEPING.approve_rules(version.pk, approver="another", now=timezone.now())
