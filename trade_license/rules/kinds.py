"""The kinds of rules that the fees of a trade are made of: one dataclass each, read from one row of a rule book."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kmc_portal.common.rulebook import terms
from kmc_portal.common.rulebook.faults import RuleFault
from kmc_portal.common.rulebook.rows import Rule, common
from kmc_portal.common.rulebook.terms import Row
from trade_license.rules.facts import APART, SECTIONS, trade_key

LANGUAGES = ("en", "bn", "hi")
OPERATORS = ("up_to", "below")
MOST_YEARS = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One column of the schedule: an amount, or the tariff that gives it."""

    section: str
    amount_paise: int
    tariff: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee(Rule):
    """What one trade pays a year. `is_air_conditioned` is None where it does not matter; an area runs from above to up to."""

    trade: str
    names: dict[str, str]
    also: tuple[str, ...]
    is_air_conditioned: bool | None
    above_sq_ft: int
    up_to_sq_ft: int | None
    heads: tuple[Head, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.trade, *self.also)

    def is_for(self, trade: str, is_air_conditioned: bool, area_sq_ft: int | None) -> bool:
        """Say whether this row is the trade's. A trade whose area is not known pays what the smallest pays."""
        area = area_sq_ft or 0
        return (
            trade in self.keys
            and self.is_air_conditioned in (None, is_air_conditioned)
            and (area > self.above_sq_ft or self.above_sq_ft == 0)
            and (self.up_to_sq_ft is None or area <= self.up_to_sq_ft)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff(Rule):
    """What a mark such as T1 in the schedule stands for, a year."""

    amount_paise: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionCap(Rule):
    """The most that may be asked under a section, a year."""

    section: str
    amount_paise: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallShop(Rule):
    """Heads that a small shop does not pay. Whether a shop of just the limit is small is for `operator` to say."""

    limit_sq_ft: int
    operator: str
    drops: frozenset[str]
    keeps_food: bool

    def is_small(self, area_sq_ft: int | None) -> bool:
        """Say whether a shop is small; one whose area is not known is not."""
        if area_sq_ft is None:
            return False
        return area_sq_ft <= self.limit_sq_ft if self.operator == "up_to" else area_sq_ft < self.limit_sq_ft


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsSold(Rule):
    """For how many years a certificate is sold at once, and which heads are asked once and not for every year."""

    years: tuple[int, ...]
    once: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForLife(Rule):
    """Trades that may buy a certificate for life, for so many years' fee."""

    trades: tuple[str, ...]
    years: int


def fee(row: Row) -> Fee:
    """Read one row of the schedule. What it prints as its total has to be the sum of its amounts."""
    heads = tuple(_head(one) for one in terms.rows(row, "heads"))
    _check_total(row, heads)
    apart = terms.paise_or_none(row, "apart_rupees")
    if apart is not None:
        heads = (*heads, Head(section=APART, amount_paise=apart, tariff=""))
    above, up_to = terms.whole(row, "above_sq_ft", default=0), row.get("up_to_sq_ft")
    if up_to is not None and terms.whole(row, "up_to_sq_ft") <= above:
        raise RuleFault("up_to_sq_ft", "must be more than above_sq_ft")
    return Fee(
        **common(row),
        trade=_trade(terms.text(row, "trade")),
        names=_names(row),
        also=tuple(_trade(name) for name in _texts(row, "also", default=[])),
        is_air_conditioned={"yes": True, "no": False, "any": None}[
            terms.choice(row, "air_conditioned", ("yes", "no", "any"), "any")
        ],
        above_sq_ft=above,
        up_to_sq_ft=up_to,
        heads=heads,
    )


def tariff(row: Row) -> Tariff:
    return Tariff(**common(row), amount_paise=terms.paise(row, "rupees"))


def section_cap(row: Row) -> SectionCap:
    section = terms.choice({"section": terms.text(row, "section")}, "section", SECTIONS)
    return SectionCap(**common(row), section=section, amount_paise=terms.paise(row, "a_year_rupees"))


def small_shop(row: Row) -> SmallShop:
    return SmallShop(
        **common(row),
        limit_sq_ft=terms.whole(row, "limit_sq_ft", least=1),
        operator=terms.choice({"operator": terms.text(row, "operator")}, "operator", OPERATORS),
        drops=frozenset(_sections(row, "drops")),
        keeps_food=terms.choice(row, "food", ("kept", "dropped"), "kept") == "kept",
    )


def terms_sold(row: Row) -> TermsSold:
    years = row.get("years")
    if not isinstance(years, list) or not years or years != sorted(set(years)) or not all(map(_is_term, years)):
        raise RuleFault("years", f"must be a list of rising numbers of years, 1 to {MOST_YEARS}")
    if years[0] != 1:
        raise RuleFault("years", "must begin with 1: a licence is renewed yearly in law")
    return TermsSold(**common(row), years=tuple(years), once=frozenset(_sections(row, "once", default=[])))


def for_life(row: Row) -> ForLife:
    trades = tuple(_trade(name) for name in _texts(row, "trades"))
    if not trades:
        raise RuleFault("trades", "must name at least one trade")
    return ForLife(**common(row), trades=trades, years=terms.whole(row, "years", least=1))


PARSERS = {
    "fee": fee,
    "tariff": tariff,
    "section_cap": section_cap,
    "small_shop": small_shop,
    "terms": terms_sold,
    "for_life": for_life,
}


def _head(row: Row) -> Head:
    section = terms.choice({"section": terms.text(row, "section")}, "section", SECTIONS[:-1])
    if row.get("tariff"):
        return Head(section=section, amount_paise=0, tariff=terms.text(row, "tariff"))
    return Head(section=section, amount_paise=terms.paise(row, "rupees"), tariff="")


def _check_total(row: Row, heads: tuple[Head, ...]) -> None:
    sections = [head.section for head in heads]
    if len(set(sections)) < len(sections):
        raise RuleFault("heads", "name a section twice")
    printed, total = terms.paise_or_none(row, "printed_total_rupees"), sum(head.amount_paise for head in heads)
    if printed is not None and printed != total:
        raise RuleFault(
            "printed_total_rupees",
            f"prints {Decimal(printed) / 100:.2f}, but the heads add up to {Decimal(total) / 100:.2f}",
            code="heads_do_not_add_up",
        )


def _trade(name: str) -> str:
    key = trade_key(name)
    if not key:
        raise RuleFault("trade", "must have letters of the Latin alphabet")
    return key


def _names(row: Row) -> dict[str, str]:
    """Return what people call the trade, by language; the English name is that of `trade` where none is given."""
    given: Any = row.get("names", {})
    if not isinstance(given, dict) or not all(name in LANGUAGES and isinstance(given[name], str) for name in given):
        raise RuleFault("names", f"must give texts by language: {', '.join(LANGUAGES)}")
    return {"en": terms.text(row, "trade"), **given}


def _texts(row: Row, name: str, default: list[str] | None = None) -> list[str]:
    value = row.get(name, default)
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise RuleFault(name, "must be a list of texts")
    return value


def _sections(row: Row, name: str, default: list[str] | None = None) -> list[str]:
    found = _texts(row, name, default)
    if unknown := [section for section in found if section not in SECTIONS]:
        raise RuleFault(name, f"names no section of the schedule: {', '.join(unknown)}")
    return found


def _is_term(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_YEARS
