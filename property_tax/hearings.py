"""Writing: carrying a hearing's decision into the bills already sent, by fresh or supplementary bills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from kmc_portal.common.financial_year import FinancialYear, period_text, quarter_of
from property_tax import rulebook
from property_tax.demand_run import take_billing_lock
from property_tax.inputs import printed
from property_tax.models import Assessee, Demand, HearingDecision
from property_tax.queries import AssesseeClosed, AssesseeNotFound
from property_tax.rules.billing import Change, QuarterTax, Valuation, change_of, quarter_tax, surcharge_percent
from property_tax.states import AssesseeStatus, DemandKind

if TYPE_CHECKING:
    from datetime import date

log = structlog.get_logger()
DISPUTED = "disputed"
MOST_PAISE = 10**14
WHOLE_PERCENT, MOST_BRIDGE_TAX_PERCENT = 100, 10  # the columns hold no more


class DecisionValuesInvalid(ServiceError):
    code = "decision_values_invalid"
    message = _(
        "These values cannot be: a value is not negative and below {most} rupees, the commercial part is not above the whole, "
        "and a rate is from 0 to 100 percent. Please correct the value named."
    )
    field = "annual_value"

    def __init__(self, field: str) -> None:
        super().__init__(most=str(MOST_PAISE // 100))
        self.field = field


class DecisionRecorded(ServiceError):
    code = "decision_recorded"
    message = _(
        "Another decision of {decided_on} is recorded for {assessee_number}. A recorded decision is not changed; "
        "please check the day."
    )
    field = "decided_on"
    http_status = 409


class DecisionTakesEffectLater(ServiceError):
    code = "decision_takes_effect_later"
    message = _("This decision takes effect in {period}, which has not begun on {issued_on}. Please bill it then.")
    field = "issued_on"
    http_status = 409


class DecisionOvertaken(ServiceError):
    code = "decision_overtaken"
    message = _(
        "A later decision for {assessee_number}, or one for a later quarter, has been billed already. "
        "Please have the Assessment department settle this one by hand."
    )
    field = "assessee_number"
    http_status = 409


class IssuedBeforeDecision(ServiceError):
    code = "issued_before_decision"
    message = _("A decision of {decided_on} cannot be billed earlier. Please choose a later day.")
    field = "issued_on"


class Billed(NamedTuple):
    """What the bills of one quarter ask for together."""

    financial_year: int
    quarter: int
    is_disputed: bool
    tax: QuarterTax

    @property
    def period(self) -> str:
        return period_text(FinancialYear(self.financial_year), self.quarter)


class LeftOver(NamedTuple):
    """A quarter that needs a person: `less` was billed too much, `mixed` moves both ways, `disputed` waits for a court.

    `difference_paise` is what the new valuation asks beyond the bills; negative where too much was billed.
    """

    period: str
    reason: str
    difference_paise: int


@dataclass(frozen=True, slots=True)
class FreshSupplementary:
    """The bills that carry a decision, and the quarters left to a person."""

    decision: HearingDecision
    demands: tuple[Demand, ...]
    left_over: tuple[LeftOver, ...]


# All bills of a quarter count, paid or not: the citizen owes the difference to what was asked in all.
BILLED = """
SELECT financial_year, quarter, bool_or(disputed_on IS NOT NULL), sum(property_tax_paise)::bigint,
       sum(howrah_bridge_tax_paise)::bigint, sum(commercial_surcharge_paise)::bigint
  FROM property_tax_demand
 WHERE assessee_id = %s AND (financial_year, quarter) >= (%s, %s)
 GROUP BY financial_year, quarter ORDER BY financial_year, quarter
"""


def record_decision(
    *,
    assessee_number: str,
    decided_on: date,
    decided_by: str,
    financial_year: FinancialYear,
    quarter: int,
    valuation: Valuation,
) -> HearingDecision:
    """Write down what a hearing decided; nothing is billed yet. The same decision again is returned as it stands.

    :raises AssesseeNotFound: no such assessee
    :raises DecisionValuesInvalid: a value or a rate that cannot be
    :raises DecisionRecorded: the same day has brought this assessee another decision
    """
    _refuse_impossible(valuation)
    assessee = Assessee.objects.filter(assessee_number=assessee_number).first()
    if assessee is None:
        raise AssesseeNotFound(assessee_number=printed(assessee_number))
    terms = {"financial_year": financial_year.start, "quarter": quarter, **valuation._asdict()}
    decision, is_new = HearingDecision.objects.get_or_create(
        assessee=assessee, decided_on=decided_on, defaults={"decided_by": decided_by, **terms}
    )
    if not is_new and any(getattr(decision, name) != value for name, value in terms.items()):
        raise DecisionRecorded(decided_on=decided_on.isoformat(), assessee_number=printed(assessee_number))
    return decision


@transaction.atomic
def issue_fresh_supplementary(decision: HearingDecision, *, issued_on: date) -> FreshSupplementary:
    """Bill the difference for every quarter billed already, and value later PDs by the decision.

    No bill that stands is changed. A quarter that comes out lower gets no bill: it is left to a person, as are disputed ones.
    A quarter not billed yet is left to the demand run. A decision is billed once: called again, what was made is returned.

    :raises AssesseeClosed: the number is closed
    :raises IssuedBeforeDecision: the day cannot be
    :raises DecisionTakesEffectLater: its first quarter has not begun
    :raises DecisionOvertaken: a decision made later, or for a later quarter, has been billed
    """
    take_billing_lock()
    decision = HearingDecision.objects.select_related("assessee").get(pk=decision.pk)
    if decision.carried_on is None:
        _refuse_unless_due(decision, issued_on)
        left_over = _bill_difference(decision, issued_on)
        _value_assessee(decision)
        decision.carried_on, decision.left_over = issued_on, [list(one) for one in left_over]
        decision.save(update_fields=["carried_on", "left_over"])
        log.info("hearing_billed", decision=decision.pk, left_over=len(left_over))
    made = Demand.objects.filter(assessee=decision.assessee, demand_number__endswith=_suffix(decision))
    return FreshSupplementary(
        decision,
        tuple(made.order_by("financial_year", "quarter")),
        tuple(LeftOver(*one) for one in decision.left_over),
    )


def _refuse_impossible(valuation: Valuation) -> None:
    whole, commercial, rate, bridge_rate = valuation
    checks = {
        "annual_value": 0 <= whole < MOST_PAISE,
        "commercial_annual_value": 0 <= commercial <= whole,
        "tax_rate": 0 <= rate <= WHOLE_PERCENT,
        "howrah_bridge_tax": 0 <= bridge_rate < MOST_BRIDGE_TAX_PERCENT,
    }
    for field, can_be in checks.items():
        if not can_be:
            raise DecisionValuesInvalid(field)


def _refuse_unless_due(decision: HearingDecision, issued_on: date) -> None:
    number = printed(decision.assessee.assessee_number)
    first = (decision.financial_year, decision.quarter)
    if decision.assessee.status == AssesseeStatus.CLOSED:
        raise AssesseeClosed(assessee_number=number)
    if issued_on < decision.decided_on:
        raise IssuedBeforeDecision(decided_on=decision.decided_on.isoformat())
    if first > (FinancialYear.of(issued_on).start, quarter_of(issued_on)):
        period = period_text(FinancialYear(decision.financial_year), decision.quarter)
        raise DecisionTakesEffectLater(period=period, issued_on=issued_on.isoformat())
    for other in HearingDecision.objects.filter(assessee=decision.assessee).exclude(carried_on=None):
        theirs = (other.financial_year, other.quarter)
        if theirs > first or (theirs == first and other.decided_on > decision.decided_on):
            raise DecisionOvertaken(assessee_number=number)


def _bill_difference(decision: HearingDecision, issued_on: date) -> list[LeftOver]:
    """Make the F/S of every quarter that is worth more now; return the quarters that need a person."""
    book = rulebook.current()
    demands: list[Demand] = []
    left_over: list[LeftOver] = []
    for billed in _billed(decision):
        percent = surcharge_percent(FinancialYear(billed.financial_year), book)
        difference = quarter_tax(_valuation(decision), percent).less(billed.tax)
        change = change_of(difference)
        if change is Change.NONE:
            continue
        if change is Change.MORE and not billed.is_disputed:
            demands.append(_demand(decision, billed, difference, issued_on))
        else:
            reason = DISPUTED if billed.is_disputed else change
            left_over.append(LeftOver(billed.period, str(reason), difference.total_paise))
    Demand.objects.bulk_create(demands)
    return left_over


def _billed(decision: HearingDecision) -> list[Billed]:
    with connection.cursor() as cursor:
        cursor.execute(BILLED, [decision.assessee_id, decision.financial_year, decision.quarter])
        return [Billed(row[0], row[1], row[2], QuarterTax(*row[3:])) for row in cursor.fetchall()]


def _demand(decision: HearingDecision, billed: Billed, difference: QuarterTax, issued_on: date) -> Demand:
    number = f"FS-{decision.assessee.assessee_number}-{billed.financial_year}{billed.quarter}{_suffix(decision)}"
    return Demand(
        demand_number=number,
        assessee=decision.assessee,
        kind=DemandKind.FS,
        financial_year=billed.financial_year,
        quarter=billed.quarter,
        issued_on=issued_on,
        **difference._asdict(),
    )


def _suffix(decision: HearingDecision) -> str:
    return f"-H{decision.pk}"


def _valuation(decision: HearingDecision) -> Valuation:
    return Valuation(*(getattr(decision, name) for name in Valuation._fields))


def _value_assessee(decision: HearingDecision) -> None:
    Assessee.objects.filter(pk=decision.assessee_id).update(**_valuation(decision)._asdict())
