"""Reading: all that happened to one certificate, for the page of the desk: demands, payments, papers, applications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext

from kmc_portal.common.financial_year import FinancialYear
from kmc_portal.common.history import GOOD, STOP, Happening, newest_first
from kmc_portal.common.money import rupee_text
from payments import history
from trade_license.models import Application, Certificate, CommitteeVote, LicenseDemand, Reminder
from trade_license.states import KIND, ApplicationState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trade_license.models import License

AGAINST = (ApplicationState.REFUSED, ApplicationState.REVOKED, ApplicationState.FLAGGED)


def happenings_of(license: License) -> list[Happening]:
    """Return everything that is known to have happened to a certificate, the newest first. Nine queries, however much there is."""
    paid = history.happenings_of(kind=KIND, reference=license.ce_number)
    return newest_first(
        _itself(license), _demanded(license), _printed(license), _asked(license), _reminded(license), paid
    )


def _itself(license: License) -> Iterator[Happening]:
    if license.issued_on:
        yield Happening(license.issued_on, gettext("Certificate issued"), "", GOOD)
    if license.closed_on:
        yield Happening(license.closed_on, gettext("Closed"), "", STOP)
    if license.deleted_on:
        yield Happening(license.deleted_on, gettext("Deleted on inspection"), "", STOP)


def _demanded(license: License) -> Iterator[Happening]:
    for demand in LicenseDemand.objects.filter(license=license).order_by("pk"):
        about = f"{demand.demand_number} · {FinancialYear(demand.financial_year)} · {rupee_text(demand.amount_paise)}"
        yield Happening(demand.issued_on, gettext("Demand issued"), about)
        if demand.paid_on:
            yield Happening(demand.paid_on, gettext("Demand paid"), demand.demand_number, GOOD)
        if demand.cancelled_on:
            said = f"{demand.demand_number} · {demand.cancel_reason}"
            yield Happening(demand.cancelled_on, gettext("Demand cancelled"), said, STOP)


def _printed(license: License) -> Iterator[Happening]:
    for paper in Certificate.objects.filter(demand__license=license).select_related("demand").order_by("pk"):
        address = reverse("admin:trade_license_certificate_change", args=[paper.pk])
        detail = f"{paper.years_text} · {paper.paid_by}"
        yield Happening(paper.issued_on, gettext("Certificate printed"), detail, GOOD, address)


def _asked(license: License) -> Iterator[Happening]:
    votes = Prefetch("votes", CommitteeVote.objects.order_by("pk"))
    asked = Application.objects.filter(license=license).select_related("inspection").prefetch_related(votes)
    for one in asked.order_by("pk"):
        address = reverse("admin:trade_license_application_change", args=[one.pk])
        about = f"{one.application_number} · {one.get_kind_display()}"
        yield Happening(one.made_at, gettext("Application made"), about, "", address)
        for vote in one.votes.all():
            said = gettext("for it") if vote.is_for else f"{gettext('against it')}: {vote.reason}"
            yield Happening(vote.voted_at, gettext("Vote of the committee"), f"{vote.member}: {said}", "", address)
        if hasattr(one, "inspection"):
            found = one.inspection
            said = f"{found.inspector}: {found.get_finding_display()} {found.remarks}".strip()
            yield Happening(found.inspected_on, gettext("Inspected"), said, "", address)
        if one.decided_at:
            tone = STOP if one.state in AGAINST else GOOD
            said = f"{about} · {one.get_state_display()} {one.reason}".strip()
            yield Happening(one.decided_at, gettext("Application decided"), said, tone, address)


def _reminded(license: License) -> Iterator[Happening]:
    for reminder in Reminder.objects.filter(demand__license=license).select_related("demand").order_by("pk"):
        yield Happening(reminder.queued_at, gettext("Reminder sent"), reminder.demand.demand_number)
