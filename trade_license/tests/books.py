"""Rule books for tests: one row of each kind, and a book made of some of them."""

from __future__ import annotations

from typing import Any

from trade_license.rules.book import RuleBook, parse

COMMON = {"valid_from": "2010-04-01", "source": "a test", "confidence": "assumption"}
FEE = {
    **COMMON, "kind": "fee", "code": "shop", "trade": "Shop", "printed_total_rupees": "1300",
    "heads": [
        {"section": "s199", "rupees": "50"}, {"section": "s238_2", "rupees": "400"}, {"section": "s307", "rupees": "100"},
        {"section": "s333", "rupees": "700"}, {"section": "processing_fee", "rupees": "50"},
    ],
}  # fmt: skip
CAP = {**COMMON, "kind": "section_cap", "code": "cap", "section": "s199", "a_year_rupees": "2500"}
SMALL = {
    **COMMON, "kind": "small_shop", "code": "small", "limit_sq_ft": 500, "operator": "up_to",
    "drops": ["s238_2", "s307", "s333"], "food": "kept",
}  # fmt: skip
TERMS = {**COMMON, "kind": "terms", "code": "terms", "years": [1, 3, 5, 15], "once": ["processing_fee"]}
LIFE = {**COMMON, "kind": "for_life", "code": "life", "trades": ["Godown"], "years": 20}
LAST = {**COMMON, "kind": "last_date", "code": "july", "month_day": "07-30"}
ORDER = {
    **COMMON, "kind": "last_date_order", "code": "order", "valid_from": "2026-07-01", "financial_year": "2026-27",
    "last_date": "2026-09-30",
}  # fmt: skip
COUNTERS = {**COMMON, "kind": "counter_days", "code": "counters", "closed_weekdays": [6, 7], "holidays": ["2026-08-14"]}
FINE = {
    **COMMON, "kind": "late_fine", "code": "fine", "bands": [{"after_days": 0, "percent": "10"}], "base": "all", "to_rupees": "1",
}  # fmt: skip


def document(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"rules": [*rows]}


def book(*rows: dict[str, Any]) -> RuleBook:
    return parse(document(*rows))
