"""Writing: the sample of new certificates that inspectors look at afterwards, and what an officer makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from trade_license.changes import ApplicationNotFound
from trade_license.models import Application, Inspection, License
from trade_license.states import ApplicationKind, ApplicationState, Finding

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.db.models import QuerySet

log = structlog.get_logger()


class InspectedAlready(ServiceError):
    code = "inspected_already"
    message = _("The finding on this application has been written down already. It is not changed.")
    field = "application"
    http_status = 409


class RemarksMissing(ServiceError):
    code = "remarks_missing"
    message = _("Please write what was not in order: the officer decides by it.")
    field = "remarks"


class NotFlagged(ServiceError):
    code = "application_not_flagged"
    message = _("Nothing is to be decided here: the inspection found no fault, or it has been decided.")
    field = "application"
    http_status = 409


class OfficerIsInspector(ServiceError):
    code = "officer_is_inspector"
    message = _("A finding is decided by somebody other than who made it. Please ask a colleague.")
    field = "application"
    http_status = 409


def to_inspect() -> QuerySet[Application]:
    """Return the new certificates that were drawn and have not been looked at, the oldest first."""
    drawn = Application.objects.filter(kind=ApplicationKind.NEW, is_sampled=True, state=ApplicationState.ALLOTTED)
    return drawn.filter(inspection=None).select_related("license").order_by("made_at")


def write_finding(
    *, application_number: str, inspector: str, finding: Finding, remarks: str = "", on: date
) -> Inspection:
    """Write down what was found at the premises. What is not in order is flagged for an officer.

    :raises ApplicationNotFound: no new certificate that was drawn
    :raises InspectedAlready: a finding stands
    :raises RemarksMissing: not in order, and nothing said of it
    """
    if finding == Finding.NOT_IN_ORDER and not remarks.strip():
        raise RemarksMissing
    with transaction.atomic():
        drawn = Application.objects.select_for_update().filter(kind=ApplicationKind.NEW, is_sampled=True)
        application = drawn.filter(application_number=application_number).first()
        if application is None:
            raise ApplicationNotFound(application_number=application_number)
        if Inspection.objects.filter(application=application).exists():
            raise InspectedAlready
        if finding == Finding.NOT_IN_ORDER:
            application.state, application.reason = ApplicationState.FLAGGED, remarks.strip()
            application.save(update_fields=["state", "reason"])
        return Inspection.objects.create(
            application=application, inspector=inspector, inspected_on=on, finding=finding, remarks=remarks.strip()
        )


def decide_flagged(
    *, application_number: str, officer: str, revokes: bool, reason: str = "", now: datetime
) -> Application:
    """Revoke a certificate that was flagged, or let it stand. A revoked one is closed from today; its money stays paid.

    :raises ApplicationNotFound: no such application
    :raises NotFlagged: it is not flagged
    :raises OfficerIsInspector: nobody decides his own finding
    """
    with transaction.atomic():
        application = Application.objects.select_for_update().filter(application_number=application_number).first()
        if application is None:
            raise ApplicationNotFound(application_number=application_number)
        if application.state != ApplicationState.FLAGGED:
            raise NotFlagged
        if application.inspection.inspector == officer:
            raise OfficerIsInspector
        application.state = ApplicationState.REVOKED if revokes else ApplicationState.ALLOTTED
        application.reason, application.decided_at = reason.strip() or application.reason, now
        application.save(update_fields=["state", "reason", "decided_at"])
        if revokes:
            License.objects.filter(pk=application.license_id, closed_on=None).update(closed_on=day_of(now))
        log.info("flagged_license_decided", application_number=application_number, revoked=revokes)
    return application
