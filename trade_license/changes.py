"""Writing: corrections and changes of a certificate, asked for by its holder and decided by a committee; never edited directly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kmc_portal.common.clock import day_of
from kmc_portal.common.digits import only_digits
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.financial_year import FinancialYear
from trade_license.enlistment import NEXT_NUMBER, TradeNotInSchedule, new_application_number
from trade_license.models import Application, CommitteeVote, License, LicenseDemand
from trade_license.queries import LicenseNotFound, license_as_it_is
from trade_license.rulebook import VERSIONS
from trade_license.rules.facts import TradeFacts, trade_key
from trade_license.rules.fees import yearly_fee
from trade_license.states import APPLICATION_MOVES, ApplicationKind, ApplicationState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

log = structlog.get_logger()
# What may be asked for, by kind; the second kind of field also decides the fee.
CHANGEABLE = {
    ApplicationKind.CORRECTION: ("trade_name", "holder_name", "email", "assessee_number"),
    ApplicationKind.CHANGE: ("nature_of_trade", "is_food", "is_air_conditioned", "area_sq_ft", "holder_name"),
    ApplicationKind.ADDRESS: ("address", "ward", "assessee_number"),
}
FEE_FIELDS = ("nature_of_trade", "is_food", "is_air_conditioned", "area_sq_ft")
FIELD_LABELS = {
    "trade_name": gettext_noop("Trade name"),
    "holder_name": gettext_noop("Holder"),
    "email": gettext_noop("E-mail"),
    "assessee_number": gettext_noop("Assessee number"),
    "nature_of_trade": gettext_noop("Nature of trade"),
    "is_food": gettext_noop("Food"),
    "is_air_conditioned": gettext_noop("Air-conditioned"),
    "area_sq_ft": gettext_noop("Area in square feet"),
    "address": gettext_noop("Premises"),
    "ward": gettext_noop("Ward"),
}
REISSUED = "corrected before payment"


class NothingToChange(ServiceError):
    code = "nothing_to_change"
    message = _("What you ask for is what the licence says already. Please say what is to be changed.")
    field = "wanted"


class FieldNotChangeable(ServiceError):
    code = "field_not_changeable"
    message = _(
        "This cannot be changed by such an application. Please choose another kind, or ask the Licence department."
    )
    field = "wanted"


class FeeChangeAfterPayment(ServiceError):
    code = "fee_change_after_payment"
    message = _(
        "This year's demand for {ce_number} has been paid, and the change would alter it. "
        "Please apply again when the next demand is raised, before paying it."
    )
    field = "wanted"
    http_status = 409


class ApplicationWaits(ServiceError):
    code = "application_waits"
    message = _("An application of this kind for {ce_number} waits for its decision already. Please wait for it.")
    field = "ce_number"
    http_status = 409


class ApplicationNotFound(ServiceError):
    code = "application_not_found"
    message = _("There is no application {application_number}. Please check the number.")
    field = "application_number"
    http_status = 404


class ApplicationDecided(ServiceError):
    code = "application_decided"
    message = _("This application has been decided already. A decision is not changed.")
    field = "application"
    http_status = 409


class VotedAlready(ServiceError):
    code = "voted_already"
    message = _("You have voted on this application already. A colleague has to add the other vote.")
    field = "application"
    http_status = 409


class VoteReasonMissing(ServiceError):
    code = "vote_reason_missing"
    message = _("Please say why the application is refused: the holder will ask.")
    field = "reason"


def apply_for_change(
    *, ce_number: str, kind: ApplicationKind, wanted: Mapping[str, Any], applicant_name: str, mobile: str, now: datetime
) -> Application:
    """Return an application that waits for the committee. `ce_number` is clean, `mobile` proved and the one on record.

    What is not different from the record is left out.

    :raises LicenseNotFound: no such licence under this mobile
    :raises FieldNotChangeable: a field that this kind of application does not change
    :raises NothingToChange: nothing differs
    :raises FeeChangeAfterPayment: the fee would change and this year's demand is paid
    :raises TradeNotInSchedule: the schedule does not know the new trade
    :raises ApplicationWaits: one of this kind waits already
    """
    license = license_of(ce_number, mobile)
    if not set(wanted) <= set(CHANGEABLE.get(kind, ())):
        raise FieldNotChangeable
    differs = {name: value for name, value in wanted.items() if getattr(license, name) != value}
    if not differs:
        raise NothingToChange
    _check_fee(license, differs, day_of(now))
    try:
        with transaction.atomic():
            return Application.objects.create(
                application_number=new_application_number(day_of(now)),
                kind=kind,
                state=ApplicationState.SUBMITTED,
                license=license,
                mobile=mobile,
                applicant_name=applicant_name,
                wanted=differs,
                made_at=now,
            )
    except IntegrityError as error:
        raise ApplicationWaits(ce_number=license.ce_number) from error


def vote(*, application_number: str, member: str, is_for: bool, reason: str = "", now: datetime) -> Application:
    """Take in one member's word and return the application. One vote against refuses it; enough votes for it carry it out.

    :raises ApplicationNotFound: no such application
    :raises ApplicationDecided: it has been decided
    :raises VotedAlready: this member has voted
    :raises VoteReasonMissing: a refusal without a reason
    :raises FeeChangeAfterPayment: the demand was paid while the application waited; it is to be refused
    """
    if not is_for and not reason.strip():
        raise VoteReasonMissing
    with transaction.atomic():
        application = _locked(application_number)
        try:
            with transaction.atomic():
                CommitteeVote.objects.create(
                    application=application, member=member, is_for=is_for, reason=reason.strip(), voted_at=now
                )
        except IntegrityError as error:
            raise VotedAlready from error
        if not is_for:
            _decide(application, ApplicationState.REFUSED, reason.strip(), now)
        elif application.votes.filter(is_for=True).count() >= settings.LICENSE_COMMITTEE_VOTES:
            _carry_out(application, day_of(now))
            _decide(application, ApplicationState.APPROVED, "", now)
    return application


def withdraw(*, application_number: str, mobile: str, now: datetime) -> Application:
    """Take an application back, for the mobile that made it. A new number that is not paid yet is given up with it.

    :raises ApplicationNotFound: no such application of this mobile
    :raises ApplicationDecided: it has been decided, or what it asked for has been paid
    """
    with transaction.atomic():
        found = Application.objects.select_for_update(of=("self",)).select_related("license")
        application = found.filter(application_number=application_number, mobile=mobile).first()
        if application is None or not mobile:
            raise ApplicationNotFound(application_number=application_number)
        if not can_withdraw(application):
            raise ApplicationDecided
        _decide(application, ApplicationState.WITHDRAWN, "", now)
        if application.kind == ApplicationKind.NEW:
            License.objects.filter(pk=application.license_id).update(closed_on=day_of(now))
    return application


def can_withdraw(application: Application) -> bool:
    """Say whether an application can still be taken back: nothing is decided, and a new licence is not issued."""
    is_issued = application.kind == ApplicationKind.NEW and application.license.issued_on is not None
    return ApplicationState.WITHDRAWN in APPLICATION_MOVES.get(application.state, ()) and not is_issued


def license_of(ce_number: str, mobile: str) -> License:
    """Return the licence in use under a number, for the mobile on record. :raises LicenseNotFound: there is none

    A number that is another's, closed or unknown gets the same answer.
    """
    found = License.objects.filter(search_key=ce_number, closed_on=None, deleted_on=None).first()
    if found is None or not mobile or _ten(found.mobile) != _ten(mobile):
        raise LicenseNotFound(ce_number=ce_number)
    return found


def _ten(mobile: str) -> str:
    """Return the ten digits of a mobile number, however it is on record."""
    return only_digits(mobile.removeprefix("+"))[-10:]


def _locked(application_number: str) -> Application:
    application = (
        Application.objects.select_for_update(of=("self",))
        .select_related("license")
        .filter(application_number=application_number, state=ApplicationState.SUBMITTED)
        .first()
    )
    if application is None:
        known = Application.objects.filter(application_number=application_number).exists()
        raise ApplicationDecided if known else ApplicationNotFound(application_number=application_number)
    return application


def _decide(application: Application, state: ApplicationState, reason: str, now: datetime) -> None:
    assert state in APPLICATION_MOVES[application.state]
    application.state, application.reason, application.decided_at = state, reason, now
    application.save(update_fields=["state", "reason", "decided_at"])
    log.info("license_application_decided", application_number=application.application_number, state=state)


def _carry_out(application: Application, today: date) -> None:
    """Write what was applied for: on the licence, on its unpaid demand, or under a new number."""
    license = License.objects.select_for_update().get(pk=application.license_id)
    _check_fee(license, application.wanted, today)
    if application.kind == ApplicationKind.ADDRESS and not settings.LICENSE_KEEPS_NUMBER:
        application.license = _moved(license, application.wanted, today)
        application.save(update_fields=["license"])
        return
    for name, value in application.wanted.items():
        setattr(license, name, value)
    license.save(update_fields=list(application.wanted))
    if set(application.wanted) & set(FEE_FIELDS):
        _reissue(license, today)


def _check_fee(license: License, differs: Mapping[str, Any], today: date) -> None:
    if not set(differs) & set(FEE_FIELDS):
        return
    if _demand_of_the_year(license, today).exclude(paid_on=None).exists():
        raise FeeChangeAfterPayment(ce_number=license.ce_number)
    nature = str(differs.get("nature_of_trade", license.nature_of_trade))
    if yearly_fee(TradeFacts(trade_key(nature)), FinancialYear.of(today), VERSIONS.current()) is None and (
        "nature_of_trade" in differs
    ):
        raise TradeNotInSchedule


def _demand_of_the_year(license: License, today: date) -> Any:
    return license.demands.filter(financial_year=FinancialYear.of(today).start, cancelled_on=None)


def _reissue(license: License, today: date) -> None:
    """Cancel the unpaid demand of the year and raise one by the licence as it is now, with the same last date and credits."""
    old = _demand_of_the_year(license, today).filter(paid_on=None).first()
    trade = TradeFacts(
        trade_key(license.nature_of_trade), license.is_food, license.is_air_conditioned, license.area_sq_ft
    )
    fee = yearly_fee(trade, FinancialYear.of(today), VERSIONS.current())
    if old is None or fee is None:
        return
    LicenseDemand.objects.filter(pk=old.pk).update(cancelled_on=today, cancel_reason=REISSUED)
    revision = license.demands.filter(financial_year=old.financial_year).count()
    credit = {name: paise for name, paise in old.heads.items() if name == "credit"}
    LicenseDemand.objects.create(
        demand_number=f"D{old.financial_year}-{license.ce_number}-R{revision}"[:40],
        license=license,
        financial_year=old.financial_year,
        issued_on=today,
        last_date=old.last_date,
        heads={**dict(fee.heads), **credit},
    )


def _moved(license: License, wanted: Mapping[str, Any], today: date) -> License:
    """Return the licence under a new number at its new address; the old one ends today and points to it.

    What was paid goes with it: its validity is carried over as the register's.
    """
    worth = license_as_it_is(ce_number=license.search_key, on=today).worth
    with connection.cursor() as cursor:
        cursor.execute(NEXT_NUMBER)
        (number,) = cursor.fetchone()
    new = License.objects.get(pk=license.pk)
    new.pk, new._state.adding = None, True
    for name, value in wanted.items():
        setattr(new, name, value)
    new.ce_number, new.replaces, new.valid_until = f"CE/{new.ward:03d}/N{number:06d}", license, worth.until
    new.save(force_insert=True)
    LicenseDemand.objects.filter(license=license, paid_on=None, cancelled_on=None).update(license=new)
    License.objects.filter(pk=license.pk).update(closed_on=today)
    return new
