"""Reading: a certificate, what it is worth and what is due for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kmc_portal.common.errors import ServiceError
from kmc_portal.common.masking import masked_name
from kmc_portal.common.templatetags.portal import long_date
from trade_license.demand_sql import (
    DEMANDS_COLUMN,
    LICENSE_COLUMNS,
    LICENSE_WIDTH,
    TRADE_COLUMNS,
    TRADE_WIDTH,
    demand_facts,
    license_facts,
    trade_facts,
)
from trade_license.inputs import TermUnknown
from trade_license.models import Application
from trade_license.rulebook import IN_FORCE, VERSIONS
from trade_license.rules.dues import dues, further_years
from trade_license.rules.fines import last_counter_day, last_date
from trade_license.rules.standing import Worth, standing
from trade_license.states import FOR_LIFE, Standing

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from kmc_portal.common.dues import Dues
    from trade_license.models import License
    from trade_license.rules.book import RuleBook
    from trade_license.rules.facts import DemandFacts, LicenseFacts, TradeFacts

ONE_YEAR = "1"
PARTICULARS = (
    gettext_noop("Certificate number"),
    gettext_noop("Trade name"),
    gettext_noop("Holder"),
    gettext_noop("Premises"),
    gettext_noop("Ward"),
)


class LicenseNotFound(ServiceError):
    code = "license_not_found"
    message = _(
        "No trade licence is registered under {ce_number}. Please check the number on your certificate and send it again."
    )
    field = "ce_number"
    http_status = 404


class LicenseClosed(ServiceError):
    code = "license_closed"
    message = _(
        "The trade licence {ce_number} was closed on {day} and cannot be renewed. "
        "To trade again, please apply for a new certificate of enlistment."
    )
    field = "ce_number"
    http_status = 409


class LicenseDeleted(ServiceError):
    code = "license_deleted"
    message = _(
        "The trade licence {ce_number} was deleted on {day}, because an inspection found no business at the address. "
        "Please go to the Licence department with your last certificate."
    )
    field = "ce_number"
    http_status = 409


class LicenseReplaced(ServiceError):
    code = "license_replaced"
    message = _("The trade licence {ce_number} goes on under the number {new_number}. Please send that number.")
    field = "ce_number"
    http_status = 409


class NothingToExtend(ServiceError):
    code = "nothing_to_extend"
    message = _("Nothing is due for {ce_number}, so there is no year to add to. It can be renewed from 1 April.")
    field = "years"
    http_status = 409


@dataclass(frozen=True, slots=True)
class LicenseSummary:
    """What anybody who knows the number may see: the holder's name is masked."""

    pk: int
    ce_number: str
    trade_name: str
    masked_holder: str
    address: str
    ward: int
    nature_of_trade: str
    assessee_number: str


def summary_of(license: License) -> LicenseSummary:
    """Return what anybody may see of a record."""
    return LicenseSummary(
        license.pk,
        license.ce_number,
        license.trade_name,
        masked_name(license.holder_name),
        license.address,
        license.ward,
        license.nature_of_trade,
        license.assessee_number,
    )


def particulars(license: LicenseSummary) -> list[list[str]]:
    """Return what every paper says of a licence: labels, which are message ids, with their values."""
    values = (license.ce_number, license.trade_name, license.masked_holder, license.address, str(license.ward))
    return [list(pair) for pair in zip(PARTICULARS, values, strict=True)]


@dataclass(frozen=True, slots=True)
class LicenseDues:
    """A certificate with what it is worth and everything due for it as of a day.

    `further` are the years that were asked for beside what is due. `years` is `1`, another number that is sold, or `life`.
    """

    license: LicenseSummary
    facts: LicenseFacts
    trade: TradeFacts
    demands: list[DemandFacts]
    worth: Worth
    dues: Dues
    further: DemandFacts | None
    years: str
    book: RuleBook

    @property
    def last_date(self) -> date | None:
        """The last day without a late fine of what is due longest."""
        owed = [demand for demand in self.demands if demand.is_owed(self.dues.as_of)]
        return last_date(owed[0], self.dues.as_of, self.book) if owed else None

    @property
    def last_counter_day(self) -> date | None:
        """The last day on which counters still take it without a fine, where that is another day."""
        last = self.last_date
        counter = last_counter_day(last, self.book) if last else None
        return counter if counter != last else None


# One statement, one round trip: this is the query that every renewal makes.
DUES_SQL = f"""
SELECT l.id, l.ce_number, l.trade_name, l.holder_name, l.address, l.ward, l.nature_of_trade, l.assessee_number,
       (SELECT n.ce_number FROM trade_license_license n WHERE n.replaces_id = l.id), ({IN_FORCE}),
       {LICENSE_COLUMNS}, {TRADE_COLUMNS}, {DEMANDS_COLUMN}
  FROM trade_license_license l WHERE l.search_key = %s
"""
SHOWN = 10
FACTS = slice(SHOWN, SHOWN + LICENSE_WIDTH)
TRADE = slice(FACTS.stop, FACTS.stop + TRADE_WIDTH)
STOPPED = {Standing.CLOSED: LicenseClosed, Standing.DELETED: LicenseDeleted}


def license_dues(*, ce_number: str, on: date, years: str = ONE_YEAR) -> LicenseDues:
    """Return a certificate in use and everything due for it as of a day, in one query. `ce_number` and `years` are clean.

    :raises LicenseNotFound: no such certificate
    :raises LicenseReplaced, LicenseClosed, LicenseDeleted: it is not in use any more
    :raises TermUnknown: so many years are not sold for this trade
    :raises NothingToExtend: more than one year is asked for, and nothing is due
    """
    found, new_number = _look_up(ce_number, on, years)
    if new_number:
        raise LicenseReplaced(ce_number=found.license.ce_number, new_number=new_number)
    if refusal := STOPPED.get(found.worth.standing):
        assert found.worth.until
        raise refusal(ce_number=found.license.ce_number, day=long_date(found.worth.until))
    return found


def license_as_it_is(*, ce_number: str, on: date) -> LicenseDues:
    """Return a certificate whether it is in use or not. One query. :raises LicenseNotFound: no such certificate"""
    return _look_up(ce_number, on, ONE_YEAR)[0]


def _look_up(ce_number: str, on: date, years: str) -> tuple[LicenseDues, str]:
    with connection.cursor() as cursor:
        cursor.execute(DUES_SQL, [ce_number])
        row = cursor.fetchone()
    if row is None:
        raise LicenseNotFound(ce_number=ce_number)
    pk, number, trade_name, holder, address, ward, nature, assessee, new_number, version = row[:SHOWN]
    summary = LicenseSummary(pk, number, trade_name, masked_name(holder), address, ward, nature, assessee)
    facts, trade, demands = license_facts(row[FACTS]), trade_facts(row[TRADE]), demand_facts(row[TRADE.stop])
    book = VERSIONS.of_version(version)
    further = _further(summary, trade, demands, on, years, book)
    due = dues(demands, as_of=on, book=book, further=further)
    worth = standing(facts, demands, on, book)
    return LicenseDues(summary, facts, trade, demands, worth, due, further, years, book), new_number or ""


def application_of(*, number: str, mobile: str) -> Application | None:
    """Return an application with its licence, for the mobile that made it; None for anybody else's."""
    return applications_of(mobile=mobile).filter(application_number=number).first()


def application_named(*, number: str) -> Application | None:
    """Return an application with its licence by its number, which has 30 bits of chance; None when there is none."""
    return Application.objects.filter(application_number=number).select_related("license").first()


def applications_of(*, mobile: str) -> QuerySet[Application]:
    """Return what was applied for from a mobile, the latest first."""
    return Application.objects.filter(mobile=mobile).exclude(mobile="").select_related("license").order_by("-pk")


def key_of(ce_number: str) -> str:
    """Return the letters and digits of a number that is on record, by which it is found."""
    return "".join(char for char in ce_number.upper() if char.isascii() and char.isalnum())


def total_for(found: LicenseDues, years: str) -> int:
    """Return what everything due costs with the further years of a term that is sold, in paise."""
    on = found.dues.as_of
    further = _further(found.license, found.trade, found.demands, on, years, found.book)
    return found.dues.total_paise + (further.amount_paise if further else 0)


def terms_sold(found: LicenseDues) -> list[str]:
    """Return the terms for which a certificate can be renewed on its day: `1`, other numbers of years, `life`."""
    on = found.dues.as_of
    if not _newest_owed(found.demands, on):
        return []
    rule = found.book.terms(on)
    sold = [str(years) for years in rule.years] if rule else [ONE_YEAR]
    return [*sold, FOR_LIFE] if found.book.for_life(found.trade.trade, on) else sold


def _further(
    license: LicenseSummary, trade: TradeFacts, demands: list[DemandFacts], on: date, years: str, book: RuleBook
) -> DemandFacts | None:
    if years == ONE_YEAR:
        return None
    rule, for_life = book.terms(on), book.for_life(trade.trade, on)
    sold = {str(number): number for number in (rule.years if rule else ())}
    if for_life:
        sold[FOR_LIFE] = for_life.years
    if years not in sold:
        raise TermUnknown(sold=", ".join(sold) or ONE_YEAR)
    newest = _newest_owed(demands, on)
    if newest is None:
        raise NothingToExtend(ce_number=license.ce_number)
    return further_years(license.ce_number, newest, sold[years], on, book)


def _newest_owed(demands: list[DemandFacts], on: date) -> DemandFacts | None:
    """Return the last demand that is owed, to which further years can be added; none where later ones are paid."""
    return demands[-1] if demands and demands[-1].is_owed(on) else None
