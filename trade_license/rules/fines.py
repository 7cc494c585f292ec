"""Until when a demand is paid without a late fine, and what the fine is afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trade_license.rules.book import RuleBook
    from trade_license.rules.dates import Band, LateFine
    from trade_license.rules.facts import DemandFacts

MOST_DAYS_BACK = 31


@dataclass(frozen=True, slots=True)
class Fine:
    """A late fine with the figures it was made of; `months` only where it grows by the month."""

    paise: int
    of_paise: int
    rule: LateFine
    band: Band
    since: date
    months: int


# LAW last date: notified for each year, and moved by orders; a demand may carry its own. On a holiday the website takes
#     payment and counters do not; the date itself stays. source: KMC portal, certificate of enlistment (KMC-CE);
#     confidence: official
def last_date(demand: DemandFacts, on: date, book: RuleBook) -> date | None:
    """Return the last day on which a demand costs no fine, as it stood on a day; None when nothing says so."""
    general = book.last_date(on)
    named = demand.last_date or (general.last_date.in_year(demand.first_year) if general else None)
    orders = [
        order.last_date for order in book.orders if order.financial_year == demand.financial_year and order.holds(on)
    ]
    return max(filter(None, (named, *orders)), default=None)


def last_counter_day(last: date, book: RuleBook) -> date:
    """Return the last day, up to a last date, on which counters are open; the date itself when they are never."""
    days = (last - timedelta(days=back) for back in range(MOST_DAYS_BACK))
    return next((day for day in days if (rule := book.counter_days(day)) is None or rule.is_open(day)), last)


# LAW late fine: a demand paid after its last date costs a fine; that there is one is official, how much is not public.
#     source: none found for the amount, see ADR 0025; confidence: assumption
def late_fine(demand: DemandFacts, on: date, book: RuleBook) -> Fine | None:
    """Return what a demand costs beside its heads when it is paid on a day; None when it is not late or that is free."""
    last, rule = last_date(demand, on, book), book.late_fine(on)
    if last is None or on <= last or rule is None:
        return None
    begun = [(band.begins(last, demand.first_year), band) for band in rule.bands]
    running = [(since, place) for place, (since, _band) in enumerate(begun) if since <= on]
    if not running:
        return None
    since, place = max(running)
    base = sum(paise for section, paise in demand.heads if paise > 0 and (rule.base is None or section in rule.base))
    months = months_begun(since, on)
    band = rule.bands[place]
    paise = _within(rule, _amount(band, base, months))
    return Fine(paise, base, rule, band, since, months if band.percent_a_month else 0) if paise else None


def turning_days(demand: DemandFacts, on: date, book: RuleBook) -> set[date]:
    """Return the days after a day on which the fine of a demand may be another, the nearest of each reason."""
    last = last_date(demand, on, book)
    days = set(book.turning_days)
    if last is None:
        return {day for day in days if day > on}
    days.add(last + timedelta(days=1))
    for rule in filter(None, (book.late_fine(on), book.late_fine(last + timedelta(days=1)))):
        for band in rule.bands:
            since = band.begins(last, demand.first_year)
            days.add(since)
            if band.percent_a_month:
                days.add(next_month_begun(since, on))
    return {day for day in days if day > on}


def months_begun(since: date, on: date) -> int:
    """Return how many months have begun from `since`, which begins the first, to `on`; both inside."""
    whole = (on.year - since.year) * 12 + on.month - since.month
    return whole + 1 if on.day >= since.day or _is_last(on) else whole


def next_month_begun(since: date, on: date) -> date:
    """Return the first day after `on` on which another month from `since` begins."""
    day = max(since, on + timedelta(days=1))
    while day > since and months_begun(since, day) == months_begun(since, day - timedelta(days=1)):
        day += timedelta(days=1)
    return day


def _amount(band: Band, base: int, months: int) -> int:
    if band.flat_paise:
        return band.flat_paise
    percent = band.percent or band.percent_a_month * months
    return int((base * percent / 100).to_integral_value(ROUND_HALF_UP))


def _within(rule: LateFine, paise: int) -> int:
    """Return a fine rounded, half up, and not outside its bounds; what comes to nothing stays nothing."""
    if not paise:
        return 0
    rounded = int((Decimal(paise) / rule.to_paise).to_integral_value(ROUND_HALF_UP)) * rule.to_paise
    bounded = max(rounded, rule.least_paise)
    return bounded if rule.most_paise is None else min(bounded, rule.most_paise)


def _is_last(day: date) -> bool:
    """Say whether a day is the last of its month: a month that began on the 31st begins anew on the 30th of a short one."""
    return (day + timedelta(days=1)).day == 1
