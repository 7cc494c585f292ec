"""Writing: an assessee's application to a waiver scheme, and what a second person decides of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from property_tax import rulebook
from property_tax.inputs import printed
from property_tax.models import Assessee, Demand, WaiverApplication
from property_tax.queries import AssesseeClosed, AssesseeNotFound
from property_tax.states import AssesseeStatus

if TYPE_CHECKING:
    from datetime import date

    from property_tax.rules.kinds import Waiver

log = structlog.get_logger()


class WaiverSchemeUnknown(ServiceError):
    code = "waiver_scheme_unknown"
    message = _("The rule book in force has no waiver scheme of this name. Please choose one of those it has.")
    field = "scheme"


class WaiverWindowClosed(ServiceError):
    code = "waiver_window_closed"
    message = _(
        "Applications to this scheme are taken from {first} to {last}. Please check the day of the application."
    )
    field = "applied_on"
    http_status = 409


class WaiverCoversNothing(ServiceError):
    code = "waiver_covers_nothing"
    message = _("No unpaid bill of {assessee_number} falls under this scheme. There is nothing to apply for.")
    field = "assessee_number"
    http_status = 409


class WaiverAppliedAlready(ServiceError):
    code = "waiver_applied_already"
    message = _("{assessee_number} has applied to this scheme already. An application is made once for each scheme.")
    field = "scheme"
    http_status = 409


class WaiverDecided(ServiceError):
    code = "waiver_decided"
    message = _("This application has been decided already. A decision is not changed.")
    field = "application"
    http_status = 409


class WaiverApproverIsMaker(ServiceError):
    code = "waiver_approver_is_maker"
    message = _("An application is decided by somebody other than who entered it. Please ask a colleague.")
    field = "approver"
    http_status = 409


class WaiverReasonMissing(ServiceError):
    code = "waiver_reason_missing"
    message = _("Please say why the application is refused: the assessee will ask.")
    field = "reason"


def schemes() -> dict[str, Waiver]:
    """Return the waiver schemes of the rule book in force, by their code."""
    return dict(rulebook.current().waivers)


def apply_for_waiver(*, assessee_number: str, scheme: str, applied_on: date, maker: str) -> WaiverApplication:
    """Write down an application. Nothing is taken off until somebody else has approved it.

    :raises AssesseeNotFound, AssesseeClosed: nobody can apply under this number
    :raises WaiverSchemeUnknown, WaiverWindowClosed, WaiverCoversNothing, WaiverAppliedAlready: it cannot be made
    """
    rule = schemes().get(scheme)
    if rule is None:
        raise WaiverSchemeUnknown
    if not rule.apply_from <= applied_on <= rule.apply_to:
        raise WaiverWindowClosed(first=rule.apply_from.isoformat(), last=rule.apply_to.isoformat())
    assessee = _assessee(assessee_number)
    if not _covers_something(assessee, rule):
        raise WaiverCoversNothing(assessee_number=printed(assessee_number))
    try:
        with transaction.atomic():
            return WaiverApplication.objects.create(
                assessee=assessee, scheme=scheme, applied_on=applied_on, maker=maker
            )
    except IntegrityError as error:
        raise WaiverAppliedAlready(assessee_number=printed(assessee_number)) from error


def approve_waiver(application: int, *, approver: str, on: date) -> WaiverApplication:
    """Let an application take effect from a day on. :raises WaiverDecided, WaiverApproverIsMaker: it stays as it is"""
    return _decide(application, approver, approved_on=on)


def refuse_waiver(application: int, *, approver: str, on: date, reason: str) -> WaiverApplication:
    """Turn an application down. :raises WaiverReasonMissing, WaiverDecided, WaiverApproverIsMaker: it stays as it is"""
    if not reason.strip():
        raise WaiverReasonMissing
    return _decide(application, approver, refused_on=on, reason=reason.strip())


@transaction.atomic
def _decide(application: int, approver: str, **decision: date | str) -> WaiverApplication:
    found = WaiverApplication.objects.select_for_update().get(pk=application)
    if found.approved_on or found.refused_on:
        raise WaiverDecided
    if found.maker == approver:
        raise WaiverApproverIsMaker
    found.approver = approver
    for name, value in decision.items():
        setattr(found, name, value)
    found.save(update_fields=["approver", *decision])
    log.info("waiver_decided", application=found.pk, approved=found.approved_on is not None)
    return found


def _assessee(assessee_number: str) -> Assessee:
    assessee = Assessee.objects.filter(assessee_number=assessee_number).first()
    if assessee is None:
        raise AssesseeNotFound(assessee_number=printed(assessee_number))
    if assessee.status == AssesseeStatus.CLOSED:
        raise AssesseeClosed(assessee_number=printed(assessee_number))
    return assessee


def _covers_something(assessee: Assessee, scheme: Waiver) -> bool:
    shown_on = Coalesce("presented_on", "issued_on")
    bills = Demand.objects.filter(assessee=assessee, paid_on=None).annotate(shown_on=shown_on)
    last = scheme.bills_presented_to
    return bills.filter(Q() if last is None else Q(shown_on__lte=last)).exists()
