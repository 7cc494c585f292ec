"""Writing: a certificate is closed by whoever holds the mobile on record, proved by a code (ADR 0026)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from django.db import transaction

from citizens import inputs as citizens_inputs
from citizens.services import CodeSent, confirm_code, send_code
from citizens.states import Purpose
from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.templatetags.portal import long_date
from trade_license.enlistment import new_application_number
from trade_license.models import Application, License
from trade_license.queries import LicenseClosed
from trade_license.states import APPLICATION_MOVES, ApplicationKind, ApplicationState

if TYPE_CHECKING:
    from datetime import date, datetime

    from payments.states import Source

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Closed:
    """A certificate that is closed from a day on, and the application that asked for it."""

    ce_number: str
    closed_on: date
    application_number: str


def ask_for_code(*, ce_number: str, client: str, now: datetime, language: str, source: Source) -> CodeSent:
    """Send a code to the mobile on record of a certificate in use. `ce_number` is clean.

    A number that is unknown, closed or without a mobile gets the same answer after the same work, and no code.

    :raises CodeWait: asked for too often
    """
    return send_code(
        purpose=Purpose.CLOSE_LICENSE,
        mobile=_mobile_on_record(ce_number),
        subject=ce_number,
        client=client,
        now=now,
        language=language,
        source=source,
    )


def close_license(*, ce_number: str, code: str, client: str, now: datetime, source: Source) -> Closed:
    """Close a certificate as of today by the code that was sent to its mobile on record.

    It is worth nothing from today on, and no demand is raised for it any more. What is unpaid stays owed. Called outside of
    any transaction, as the code is used up whatever comes of the rest.

    :raises CodeWrong, CodeExpired, CodeUsed, CodeTooManyTries, CodeWait: as for any code; also where there is nothing to close
    :raises LicenseClosed: somebody closed it since the code was sent
    """
    mobile = _mobile_on_record(ce_number)
    confirm_code(purpose=Purpose.CLOSE_LICENSE, mobile=mobile, subject=ce_number, code=code, client=client, now=now)
    with transaction.atomic():
        license = License.objects.select_for_update().get(search_key=ce_number)
        if license.closed_on or license.deleted_on:
            raise LicenseClosed(ce_number=license.ce_number, day=long_date(license.closed_on or license.deleted_on))
        application = _applied_for(license, mobile, now)
        license.closed_on = day_of(now)
        license.save(update_fields=["closed_on"])
    log.info("license_closed", application_number=application.application_number, source=str(source))
    return Closed(license.ce_number, license.closed_on, application.application_number)


def _applied_for(license: License, mobile: str, now: datetime) -> Application:
    """Write the application, carried out at once: the code is the decision, no committee sits over a closure."""
    state = ApplicationState.APPROVED
    assert state in APPLICATION_MOVES[ApplicationState.SUBMITTED]
    return Application.objects.create(
        application_number=new_application_number(day_of(now)),
        kind=ApplicationKind.CLOSURE,
        state=state,
        license=license,
        mobile=mobile,
        applicant_name=license.holder_name,
        made_at=now,
        decided_at=now,
    )


def _mobile_on_record(ce_number: str) -> str:
    """Return the mobile of a certificate in use; empty when there is none that a message can reach."""
    found = License.objects.filter(search_key=ce_number, closed_on=None, deleted_on=None)
    kept = found.values_list("mobile", flat=True).first()
    try:
        return citizens_inputs.mobile(kept or "")
    except ServiceError:
        return ""
