"""Writing: a new certificate of enlistment. Its number is given at once; it is a licence when its demand is paid."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.financial_year import FinancialYear
from trade_license.inputs import TermUnknown
from trade_license.models import Application, ApplicationPaper, License, LicenseDemand
from trade_license.rulebook import VERSIONS
from trade_license.rules.facts import TradeFacts, trade_key
from trade_license.rules.fees import Heads, YearlyFee, for_years, yearly_fee
from trade_license.states import FOR_LIFE, ApplicationKind, ApplicationState, PaperKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from kmc_portal.common.uploads import KeptPaper
    from trade_license.rules.book import RuleBook

log = structlog.get_logger()
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NEXT_NUMBER = "SELECT nextval('trade_license_ce_number')"
IDENTITY_KINDS = ("voter_card", "aadhaar", "driving_license", "passport")
# Clearances that other departments give: not needed to apply, to be held before trading starts.
UNDERTAKINGS = ("fire", "clinical", "pollution", "rbi_sebi")


class TradeNotInSchedule(ServiceError):
    code = "trade_not_in_schedule"
    message = _(
        "The fee schedule has no trade of this name. Please choose one of those it has, or go to the Licence department."
    )
    field = "nature_of_trade"


class PapersIncomplete(ServiceError):
    code = "papers_incomplete"
    message = _("Please add one photo identity and one proof of occupancy, each signed by yourself.")
    field = "papers"


class UndertakingMissing(ServiceError):
    code = "undertaking_missing"
    message = _("Please confirm that the clearances your trade needs will be held before trading starts.")
    field = "undertaking"


@dataclass(frozen=True, slots=True)
class Trade:
    """What is to be enlisted, and where."""

    trade_name: str
    holder_name: str
    address: str
    ward: int
    nature_of_trade: str
    is_food: bool
    is_air_conditioned: bool
    area_sq_ft: int
    assessee_number: str = ""
    email: str = ""
    wants_reminders: bool = False

    @property
    def facts(self) -> TradeFacts:
        return TradeFacts(trade_key(self.nature_of_trade), self.is_food, self.is_air_conditioned, self.area_sq_ft)


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who applies. Of the identity number no more than its last characters is kept. `mobile` has been proved by a code."""

    name: str
    residence: str
    identity_kind: str
    identity_number: str
    mobile: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a new certificate would cost: the first year by section, and the whole term."""

    first_year: YearlyFee
    further: Heads
    years: str

    @property
    def total_paise(self) -> int:
        return self.first_year.amount_paise + sum(paise for _section, paise in self.further)


def estimate(*, trade: Trade, years: str, on: date) -> Estimate:
    """Return what a trade would pay for a term from the financial year of a day. Writes nothing.

    :raises TradeNotInSchedule: no row of the schedule is the trade's
    :raises TermUnknown: so many years are not sold for this trade
    """
    return _estimate(trade, years, on, VERSIONS.current())


def terms_for(*, trade: Trade, on: date) -> list[str]:
    """Return the terms for which a new certificate is sold: `1`, other numbers of years, `life`."""
    return list(_sold(trade, on, VERSIONS.current()))


def _sold(trade: Trade, on: date, book: RuleBook) -> dict[str, int]:
    terms, life = book.terms(on), book.for_life(trade.facts.trade, on)
    sold = {str(number): number for number in (terms.years if terms else (1,))}
    return sold | ({FOR_LIFE: life.years} if life else {})


def _estimate(trade: Trade, years: str, on: date, book: RuleBook) -> Estimate:
    fee = yearly_fee(trade.facts, FinancialYear.of(on), book)
    if fee is None:
        raise TradeNotInSchedule
    terms, life = book.terms(on), book.for_life(trade.facts.trade, on)
    sold = {str(number): number for number in (terms.years if terms else (1,))} | (
        {FOR_LIFE: life.years} if life else {}
    )
    if years not in sold:
        raise TermUnknown(sold=", ".join(sold))
    once = terms.once if terms else frozenset()
    yearly = tuple((section, paise) for section, paise in fee.heads if section not in once)
    further = for_years(yearly, sold[years] - 1, frozenset()) if sold[years] > 1 else ()
    return Estimate(fee, further, years)


@transaction.atomic
def apply_for_enlistment(
    *,
    trade: Trade,
    applicant: Applicant,
    years: str,
    papers: Mapping[PaperKind, KeptPaper],
    undertakes: bool,
    now: datetime,
) -> Application:
    """Allot a number, raise its first demand, and return the application. Nothing is valid until that demand is paid.

    A share of applications is drawn for inspection afterwards; who is drawn nobody can foresee.

    :raises TradeNotInSchedule, TermUnknown: as the estimate says
    :raises PapersIncomplete: not one paper of each kind
    :raises UndertakingMissing: the undertaking was not given
    """
    today = day_of(now)
    cost = _estimate(trade, years, today, VERSIONS.current())
    if set(papers) != set(PaperKind):
        raise PapersIncomplete
    if not undertakes:
        raise UndertakingMissing
    license = _allot(trade, applicant.mobile)
    _raise_demand(license, cost, today)
    application = Application.objects.create(
        application_number=new_application_number(today),
        kind=ApplicationKind.NEW,
        state=ApplicationState.ALLOTTED,
        license=license,
        mobile=applicant.mobile,
        applicant_name=applicant.name,
        residence=applicant.residence,
        identity_kind=applicant.identity_kind,
        identity_last=applicant.identity_number[-4:],
        years=years,
        undertakings=list(UNDERTAKINGS),
        made_at=now,
        is_sampled=secrets.randbelow(100) < settings.LICENSE_INSPECTED_PERCENT,
    )
    for kind, paper in papers.items():
        ApplicationPaper.objects.create(application=application, kind=kind, **asdict(paper))
    log.info("enlistment_applied", application_number=application.application_number, trade=trade.facts.trade)
    return application


def new_application_number(day: date) -> str:
    """Return a number for an application that tells its day and can be read aloud."""
    return f"LA{day:%y%m%d}" + "".join(secrets.choice(ALPHABET) for _ in range(6))


def _allot(trade: Trade, mobile: str) -> License:
    """Return a certificate under a new number. The corporation's own form of numbers is not known; this is ours."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_NUMBER)
        (number,) = cursor.fetchone()
    return License.objects.create(
        ce_number=f"CE/{trade.ward:03d}/N{number:06d}",
        trade_name=trade.trade_name,
        holder_name=trade.holder_name,
        address=trade.address,
        ward=trade.ward,
        assessee_number=trade.assessee_number,
        nature_of_trade=trade.nature_of_trade,
        is_food=trade.is_food,
        is_air_conditioned=trade.is_air_conditioned,
        area_sq_ft=trade.area_sq_ft,
        mobile=mobile,
        email=trade.email,
        wants_reminders=trade.wants_reminders,
    )


def _raise_demand(license: License, cost: Estimate, today: date) -> LicenseDemand:
    """Raise the demand of the first year. Whoever enlists late in a year is not late: its last date is the year's last day."""
    year = FinancialYear.of(today)
    return LicenseDemand.objects.create(
        demand_number=f"D{year.start}-{license.ce_number}",
        license=license,
        financial_year=year.start,
        issued_on=today,
        last_date=year.last_day,
        heads=dict(cost.first_year.heads),
    )
