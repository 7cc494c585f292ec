"""Writing: a register that was sent in is tried, decided by a colleague of who sent it, and taken in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from django.core.files.storage import storages
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from kmc_portal.common.arrivals.intake import Intake
from kmc_portal.common.csv_import import import_csv
from kmc_portal.common.errors import ServiceError
from kmc_portal.registers.models import Register, RegisterFile, RegisterState
from payments.decisions.services import DecidedAlready, check_another, refusal_reason
from property_tax.import_runs import LAYOUTS as TAX_LAYOUTS
from property_tax.import_runs import import_register
from property_tax.states import Register as TaxRegister
from trade_license import imports as licenses

if TYPE_CHECKING:
    from datetime import datetime

    from kmc_portal.common.arrivals.intake import Progress
    from kmc_portal.common.csv_import import Layout, Report

log = structlog.get_logger()
LAYOUTS: dict[str, Layout] = {
    Register.ASSESSEES: TAX_LAYOUTS[TaxRegister.ASSESSEES],
    Register.DEMANDS: TAX_LAYOUTS[TaxRegister.DEMANDS],
    Register.LICENSES: licenses.LICENSES,
    Register.LICENSE_DEMANDS: licenses.DEMANDS,
}
# Whoever may look at a register's records may see its files too.
SEEN_BY = {
    Register.ASSESSEES: "property_tax.view_assessee",
    Register.DEMANDS: "property_tax.view_demand",
    Register.LICENSES: "trade_license.view_license",
    Register.LICENSE_DEMANDS: "trade_license.view_licensedemand",
}
# Imports of these can be taken back.
TAX = (Register.ASSESSEES, Register.DEMANDS)


class RegisterNotTried(ServiceError):
    code = "register_not_tried"
    message = _("This register has not been tried yet. Please decide it when you see what would come of it.")
    field = "register"
    http_status = 409


def _read(sent: RegisterFile, path: Path, *, progress: Progress, now: datetime) -> Report:
    """Try a register, or take it in once it is approved. All its misfits are kept in a file beside it."""
    is_trial = sent.state == RegisterState.WAITING
    with override(sent.language), misfits_of(sent).open("w", encoding="utf-8-sig", newline="") as rejects:
        if sent.register not in TAX:
            layout = LAYOUTS[sent.register]
            return import_csv(path, layout, dry_run=is_trial, rejects=rejects, note=progress.note)
        report, _run = import_register(
            path=path,
            register=TaxRegister(sent.register),
            maker=sent.maker,
            now=now,
            name=sent.name,
            dry_run=is_trial,
            rejects=rejects,
            note=progress.note,
        )
        return report


REGISTERS = Intake(RegisterFile, lock="register", folder="registers", read=_read)


def misfits_of(sent: RegisterFile) -> Path:
    """Return where all misfits of a register's last reading lie, as CSV."""
    return Path(f"{storages['papers'].path(sent.stored_as)}.misfits")


def approve(register: int, *, approver: str, now: datetime) -> RegisterFile:
    """Have a register taken in. :raises RegisterNotTried, DecidedAlready, ApproverIsMaker: it stays as it is"""
    return _decide(register, RegisterState.APPROVED, approver, now)


def turn_down(register: int, *, approver: str, reason: str, now: datetime) -> RegisterFile:
    """Leave a register out. :raises RefusalUnexplained, RegisterNotTried, DecidedAlready, ApproverIsMaker: it stays as it is"""
    return _decide(register, RegisterState.TURNED_DOWN, approver, now, reason=refusal_reason(reason))


@transaction.atomic
def _decide(register: int, state: RegisterState, approver: str, now: datetime, reason: str = "") -> RegisterFile:
    found = RegisterFile.objects.select_for_update().get(pk=register)
    if found.state == RegisterState.WAITING:
        raise RegisterNotTried
    if found.state != RegisterState.TRIED:
        raise DecidedAlready
    check_another(found.maker, approver)
    found.state, found.approver, found.decided_at, found.reason, found.tries = state, approver, now, reason, 0
    found.save(update_fields=["state", "approver", "decided_at", "reason", "tries"])
    log.info("register_decided", register=found.pk, state=str(state))
    return found
