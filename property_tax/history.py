"""Reading: all that happened to one assessee, for the page of the desk: bills, payments, papers, decisions, imports."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from kmc_portal.common.financial_year import FinancialYear, period_text
from kmc_portal.common.history import GOOD, STOP, Happening, newest_first
from kmc_portal.common.money import rupee_text
from payments import history
from property_tax.models import Demand, DemandCredit, ImportedRow
from property_tax.states import KIND, ImportState, Register

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from property_tax.models import Assessee, ImportRun

# What an import says of a record, and what of it people read; ids and what the portal computes are left out.
NO_WORDS = frozenset({"id", "ward_id", "assessee_id"})


def happenings_of(assessee: Assessee) -> list[Happening]:
    """Return everything that is known to have happened to an assessee, the newest first. Twelve queries, however much there is."""
    bills = list(Demand.objects.filter(assessee=assessee).order_by("financial_year", "quarter", "pk"))
    return newest_first(
        _imported(assessee),
        _changed(Register.ASSESSEES, [assessee.pk]),
        _billed(bills),
        _changed(Register.DEMANDS, [bill.pk for bill in bills]),
        _credited(assessee),
        _decided(assessee),
        _certified(assessee),
        history.happenings_of(kind=KIND, reference=assessee.assessee_number),
    )


def _billed(bills: list[Demand]) -> Iterator[Happening]:
    """Tell of bills: those that came, were presented or were paid whole on one day are told of as one."""
    for on, of_day in _by_day(bills, "issued_on"):
        told = ngettext("Bill issued", "{count} bills issued", len(of_day)).format(count=len(of_day))
        yield Happening(on, told, f"{_periods(of_day)} · {rupee_text(sum(_amount(bill) for bill in of_day))}")
    for on, of_day in _by_day(bills, "presented_on"):
        told = ngettext("Bill presented", "{count} bills presented", len(of_day)).format(count=len(of_day))
        yield Happening(on, told, _periods(of_day))
    for on, of_day in _by_day(bills, "paid_on"):
        told = ngettext("Bill paid whole", "{count} bills paid whole", len(of_day)).format(count=len(of_day))
        yield Happening(on, told, _periods(of_day), GOOD)
    for on, of_day in _by_day(bills, "penalised_on"):
        yield Happening(on, gettext("Penalty set"), _periods(of_day), STOP)
    for on, of_day in _by_day(bills, "disputed_on"):
        yield Happening(on, gettext("Bill disputed"), _periods(of_day), STOP)


def _by_day(bills: list[Demand], field: str) -> Iterator[tuple[date, list[Demand]]]:
    dated = sorted((bill for bill in bills if getattr(bill, field)), key=lambda bill: getattr(bill, field))
    for on, of_day in groupby(dated, key=lambda bill: getattr(bill, field)):
        yield on, list(of_day)


def _periods(bills: list[Demand]) -> str:
    return ", ".join(f"{bill.kind} {period_text(FinancialYear(bill.financial_year), bill.quarter)}" for bill in bills)


def _amount(bill: Demand) -> int:
    return bill.property_tax_paise + bill.howrah_bridge_tax_paise + bill.commercial_surcharge_paise


def _credited(assessee: Assessee) -> Iterator[Happening]:
    for credit in DemandCredit.objects.filter(demand__assessee=assessee).select_related("demand").order_by("pk"):
        what = gettext("Credited to a bill") if credit.takes_back_id is None else gettext("Credit taken back")
        detail = f"{credit.demand.demand_number} · {rupee_text(credit.amount_paise)} · {credit.paid_by}"
        yield Happening(credit.credited_on, what, detail)


def _decided(assessee: Assessee) -> Iterator[Happening]:
    for hearing in assessee.hearings.order_by("pk"):
        since = period_text(FinancialYear(hearing.financial_year), hearing.quarter)
        detail = f"{rupee_text(hearing.annual_value_paise)} · {since} · {hearing.decided_by}"
        yield Happening(hearing.decided_on, gettext("Annual value decided by a hearing"), detail)
        if hearing.carried_on:
            yield Happening(hearing.carried_on, gettext("Hearing carried into bills"))
    for waiver in assessee.waivers.order_by("pk"):
        yield Happening(waiver.applied_on, gettext("Waiver applied for"), f"{waiver.scheme} · {waiver.maker}")
        if waiver.approved_on:
            yield Happening(
                waiver.approved_on, gettext("Waiver approved"), f"{waiver.scheme} · {waiver.approver}", GOOD
            )
        if waiver.refused_on:
            said = f"{waiver.scheme} · {waiver.approver}: {waiver.reason}"
            yield Happening(waiver.refused_on, gettext("Waiver refused"), said, STOP)


def _certified(assessee: Assessee) -> Iterator[Happening]:
    for paper in assessee.certificates.order_by("pk"):
        detail = f"{paper.certificate_number} · {paper.get_source_display()}"
        yield Happening(paper.issued_at, gettext("No-dues certificate"), detail, GOOD)


def _imported(assessee: Assessee) -> Iterator[Happening]:
    run = assessee.import_run
    if run:
        yield Happening(run.imported_at, gettext("Came into the register"), _file(run), "", _page(run))


def _changed(register: Register, records: list[int]) -> Iterator[Happening]:
    """Tell what imports changed of records, and that an import was taken back."""
    rows = (
        ImportedRow.objects.filter(run__register=register, record_id__in=records).select_related("run").order_by("pk")
    )
    for row in rows:
        run, detail = row.run, f"{_file(row.run)} · {_differences(row.before, row.after)}"
        yield Happening(run.imported_at, gettext("Changed by an import"), detail, "", _page(run))
        if run.state == ImportState.UNDONE and run.undone_at:
            taken = gettext("Import taken back")
            yield Happening(run.undone_at, taken, f"{_file(run)} · {run.undone_by}", "", _page(run))


def _differences(before: dict[str, Any], after: dict[str, Any]) -> str:
    differ: Iterable[str] = (name for name in after if name not in NO_WORDS and before.get(name) != after[name])
    return "; ".join(f"{name.removesuffix('_paise')}: {_word(name, before)} → {_word(name, after)}" for name in differ)


def _word(name: str, state: dict[str, Any]) -> str:
    value = state.get(name)
    if value is None or value == "":
        return "–"
    return rupee_text(int(value)) if name.endswith("_paise") else str(value)


def _file(run: ImportRun) -> str:
    return f"{run.file_name} · {run.maker}"


def _page(run: ImportRun) -> str:
    return reverse("admin:property_tax_importrun_change", args=[run.pk])
