"""Reading: what a clerk has come to do, by their rights, and how much of it waits. The first page of the desk shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chatbot.models import Handover, NumberWalk, ParkedMessage
from kmc_portal.registers.models import RegisterFile, RegisterState
from payments.models import (
    ClosingRequest,
    CreditRequest,
    Dispute,
    Placement,
    ReconBreak,
    Refund,
    ReversalRequest,
    Shift,
)
from payments.states import RefundState
from property_tax.models import WaiverApplication
from trade_license import inspections
from trade_license.models import Application
from trade_license.states import ApplicationState

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import AnonymousUser, User
    from django.db.models import QuerySet
    from django_stubs_ext import StrPromise

# Beyond this it is said that there are more: nobody counts a queue to its end before breakfast.
MOST_COUNTED = 99


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work: the right it takes, what it is called, the page it is done on, and what waits, where something can."""

    right: str
    title: StrPromise
    page: str
    asked: str = ""
    waiting: Callable[[], QuerySet[Any]] | None = None


class Task(NamedTuple):
    """Work as the first page shows it: `waiting` is None where nothing waits by its nature; `key` is its access key."""

    title: str
    address: str
    waiting: int | None
    key: str


WORK = (
    Work("payments.add_shift", _("My counter"), "payments_shift_desk"),
    Work("payments.view_journal", _("The day at a glance"), "day_at_a_glance"),
    Work(
        "payments.change_shift", _("Counts to check"), "payments_shift_changelist", "checked_at__isempty=1",
        lambda: Shift.objects.filter(checked_at=None, closed_at__isnull=False),
    ),
    Work(
        "payments.change_reversalrequest", _("Reversals to decide"), "payments_reversalrequest_changelist",
        "approver__isempty=1", lambda: ReversalRequest.objects.filter(approver=""),
    ),
    Work(
        "payments.change_refund", _("Refunds to decide"), "payments_refund_changelist", "state__exact=requested",
        lambda: Refund.objects.filter(state=RefundState.REQUESTED),
    ),
    Work(
        "payments.change_placement", _("Placements to decide"), "payments_placement_changelist", "approver__isempty=1",
        lambda: Placement.objects.filter(approver=""),
    ),
    Work(
        "payments.change_closingrequest", _("Closings of breaks to decide"), "payments_closingrequest_changelist",
        "approver__isempty=1", lambda: ClosingRequest.objects.filter(approver=""),
    ),
    Work(
        "payments.change_creditrequest", _("Matches of bank credits to decide"), "payments_creditrequest_changelist",
        "approver__isempty=1", lambda: CreditRequest.objects.filter(approver=""),
    ),
    Work(
        "payments.change_dispute", _("Chargebacks to decide"), "payments_dispute_changelist", "state__exact=open",
        lambda: Dispute.objects.filter(approver=""),
    ),
    Work(
        "payments.change_reconbreak", _("Open breaks"), "payments_reconbreak_changelist", "",
        lambda: ReconBreak.objects.filter(closing__isnull=True),
    ),
    Work("payments.add_placement", _("Money that is kept"), "payments_keptmoney_changelist"),
    Work("payments.add_refund", _("Ask for a refund"), "payments_refund_act"),
    Work("payments.add_dispute", _("Enter a chargeback"), "payments_dispute_act"),
    Work("payments.add_settlementfile", _("Send in a settlement report"), "payments_settlementfile_act"),
    Work("payments.add_bankfile", _("Send in a bank statement"), "payments_bankfile_act"),
    Work("payments.add_settlementfile", _("Take a counter's money to the bank"), "payments_counter_deposit"),
    Work("payments.add_receiptprint", _("Print a receipt"), "payments_receipt_changelist"),
    Work("payments.add_reversalrequest", _("Ask for a reversal"), "payments_reversalrequest_act"),
    Work(
        "chatbot.change_handover", _("Citizens who wait for a person"), "chatbot_handover_changelist",
        "closed_at__isempty=1", lambda: Handover.objects.filter(closed_at=None),
    ),
    Work(
        "chatbot.change_numberwalk", _("Walks through numbers to look at"), "chatbot_numberwalk_changelist",
        "seen_at__isempty=1", lambda: NumberWalk.objects.filter(seen_at=None),
    ),
    Work(
        "chatbot.change_parkedmessage", _("Messages over which the portal failed"), "chatbot_parkedmessage_changelist",
        "parked_at__isempty=0&settled_at__isempty=1",
        lambda: ParkedMessage.objects.filter(settled_at=None).exclude(parked_at=None),
    ),
    Work(
        "trade_license.vote_on_application", _("Applications for the committee"), "trade_license_application_changelist",
        "waits=committee", lambda: Application.objects.filter(state=ApplicationState.SUBMITTED),
    ),
    Work(
        "trade_license.inspect_application", _("Licences to inspect"), "trade_license_application_changelist",
        "waits=inspector", inspections.to_inspect,
    ),
    Work(
        "trade_license.decide_application", _("Findings to decide"), "trade_license_application_changelist",
        "waits=officer", lambda: Application.objects.filter(state=ApplicationState.FLAGGED),
    ),
    Work(
        "property_tax.change_waiverapplication", _("Waivers to decide"), "property_tax_waiverapplication_changelist", "",
        lambda: WaiverApplication.objects.filter(approver=""),
    ),
    Work("property_tax.add_waiverapplication", _("Enter a waiver application"), "property_tax_waiverapplication_act"),
    Work("property_tax.add_rulebookversion", _("Load a rule book of property tax"), "property_tax_rulebookversion_act"),
    Work("property_tax.change_rulebookversion", _("Rule books of property tax"), "property_tax_rulebookversion_changelist"),
    Work(
        "trade_license.add_licenserulebookversion", _("Load a fee schedule of licences"),
        "trade_license_licenserulebookversion_act",
    ),
    Work(
        "trade_license.change_licenserulebookversion", _("Fee schedules of licences"),
        "trade_license_licenserulebookversion_changelist",
    ),
    Work("kmc_portal.add_registerfile", _("Send in a register"), "kmc_portal_registerfile_act"),
    Work(
        "kmc_portal.change_registerfile", _("Registers to decide"), "kmc_portal_registerfile_changelist", "state__exact=tried",
        lambda: RegisterFile.objects.filter(state=RegisterState.TRIED),
    ),
    Work("auditlog.view_logentry", _("Who changed what and saw whom"), "auditlog_logentry_changelist"),
    Work("auth.change_user", _("Clerks and their roles"), "auth_user_changelist"),
)  # fmt: skip


def work_of(user: User | AnonymousUser) -> list[Task]:
    """Return what a clerk may do, with what waits for them. One query for each queue; the first nine have a key."""
    return [_task(work, place) for place, work in enumerate((one for one in WORK if user.has_perm(one.right)), 1)]


def _task(work: Work, place: int) -> Task:
    address = reverse(work.page if work.page == "day_at_a_glance" else f"admin:{work.page}")
    waiting = work.waiting()[: MOST_COUNTED + 1].count() if work.waiting else None
    return Task(
        str(work.title), f"{address}?{work.asked}" if work.asked else address, waiting, str(place) if place < 10 else ""
    )
