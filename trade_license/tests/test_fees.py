"""The schedule of 2018-19 as it ships, and how a trade finds its row. Amounts by hand, in rupees."""

from __future__ import annotations

import pytest

from kmc_portal.common.financial_year import FinancialYear
from trade_license.rules.book import BOOK
from trade_license.rules.facts import TradeFacts, trade_key
from trade_license.rules.fees import for_years, yearly_fee
from trade_license.rules.kinds import Fee
from trade_license.tests.books import FEE, SMALL, book

YEAR = FinancialYear(2026)
# Trade, air-conditioned, area, amounts, total.
PRINTED = [
    ("Amusement park", False, None, [2500, 4000, 1000, 5000, 50, 2500], 15050),
    ("Analyst with laboratory", False, None, [50, 400, 200, 50], 700),
    ("ATM", False, None, [2000, 500, 50], 2550),
    ("Band supplier", False, None, [50, 50], 100),
    ("Beauty parlour", False, 620, [50, 500, 125, 500, 1500, 50], 2725),
    ("Beauty parlour", True, 620, [500, 1000, 250, 500, 1600, 50], 3900),
    ("Beauty parlour or saloon", True, 620, [500, 1000, 250, 500, 1600, 50], 3900),
    ("Billiard room", False, None, [500, 50], 550),
    ("Guest house", False, 2000, [50, 1000, 250, 50], 1350),
    ("Boating resort with food", False, None, [2500, 1000, 1000, 50], 4550),
    ("Caterer", False, None, [50, 500, 50], 600),
    ("Ceremonial house", False, 2500, [50, 2000, 500, 10500, 7000, 50, 2500], 22600),
    ("Ceremonial house", False, 2501, [50, 3000, 750, 16250, 10000, 50, 5000], 35100),
    ("Ceremonial house", False, 4000, [50, 3000, 750, 16250, 10000, 50, 5000], 35100),
    ("Ceremonial house", False, 4001, [50, 3000, 750, 31250, 15000, 50, 10000], 60100),
    ("Ceremonial house", False, 5501, [2000, 4000, 1000, 43000, 22000, 50, 20000], 92050),
    ("Ceremonial house", True, 7501, [2500, 4000, 1000, 65000, 30000, 50, 25000], 127550),
    ("Charitable dispensary", False, 100, [50, 50], 100),
]


@pytest.mark.parametrize(("trade", "is_cooled", "area", "amounts", "total"), PRINTED)
def test_trade_pays_its_row_of_the_schedule(trade, is_cooled, area, amounts, total):
    fee = yearly_fee(TradeFacts(trade_key(trade), False, is_cooled, area), YEAR, BOOK)

    assert [paise // 100 for _section, paise in fee.heads] == amounts
    assert fee.amount_paise == total * 100


def rows() -> list[Fee]:
    return [row for row in BOOK.of(Fee, "fee") if row.code != "godown"]


def test_schedule_has_all_29_rows():
    assert len(rows()) == 29


def test_drainage_is_a_quarter_of_water_wherever_both_stand():
    pairs = [(amounts["s238_2"], amounts["s307"]) for row in rows() if "s307" in (amounts := amounts_of(row))]

    assert len(pairs) == 9
    assert all(water == 4 * drainage for water, drainage in pairs)


def amounts_of(row: Fee) -> dict[str, int]:
    return {head.section: head.amount_paise for head in row.heads}


@pytest.mark.parametrize(
    ("operator", "area", "is_food", "total"),
    [
        ("up_to", 499, False, 100),
        ("up_to", 500, False, 100),
        ("up_to", 501, False, 1300),
        ("below", 499, False, 100),
        ("below", 500, False, 1300),
        ("below", 501, False, 1300),
        ("up_to", 499, True, 1300),
        ("below", 499, True, 1300),
        ("up_to", None, False, 1300),
    ],
)
def test_small_shop_pays_no_water_and_waste_unless_it_sells_food(operator, area, is_food, total):
    fee = yearly_fee(TradeFacts("shop", is_food, False, area), YEAR, book(FEE, {**SMALL, "operator": operator}))

    assert fee.amount_paise == total * 100
    assert fee.dropped == (() if total == 1300 else ("s238_2", "s307", "s333"))


def test_trade_that_the_schedule_does_not_know_has_no_fee():
    assert yearly_fee(TradeFacts("astrologer"), YEAR, BOOK) is None


def test_tariff_is_that_of_the_year():
    row = {**FEE, "heads": [{"section": "s199", "rupees": "50"}, {"section": "s333", "tariff": "SWM"}]}
    row.pop("printed_total_rupees")
    old = {**SMALL, "kind": "tariff", "code": "SWM", "rupees": "300", "valid_to": "2026-03-31"}
    new = {**old, "rupees": "450", "valid_from": "2026-04-01", "valid_to": None}
    found = book(row, old, new)

    assert [yearly_fee(TradeFacts("shop"), FinancialYear(year), found).amount_paise for year in (2025, 2026)] == [
        35_000,
        50_000,
    ]


def test_several_years_repeat_every_head_but_what_is_asked_once():
    heads = [("s199", 5_000), ("processing_fee", 5_000), ("credit", -1_000)]

    assert for_years(heads, 3, frozenset({"processing_fee"})) == (("s199", 15_000), ("processing_fee", 5_000))
