"""Writing: a cashier's shift at a counter, opened with change in the drawer, closed with a count, checked by a colleague."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import long_date
from payments.models import Counter, Shift

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

log = structlog.get_logger()
# In rupees.
NOTES_AND_COINS = (2000, 500, 200, 100, 50, 20, 10, 5, 2, 1)


class CounterNotFound(ServiceError):
    code = "counter_not_found"
    message = _("There is no counter of this number in use. Please choose one from the list.")
    field = "counter"
    http_status = 404


class ShiftNotOpen(ServiceError):
    code = "shift_not_open"
    message = _("You have no open shift. Please open one at your counter before you take money.")
    field = "shift"
    http_status = 409


class ShiftOfAnotherDay(ServiceError):
    code = "shift_of_another_day"
    message = _("Your shift of {day} is still open. Please count the drawer and close it, then open today's.")
    field = "shift"
    http_status = 409


class CounterTaken(ServiceError):
    code = "counter_taken"
    message = _(
        "This counter has an open shift of another cashier, or you have one at another counter. Please close it first."
    )
    field = "counter"
    http_status = 409


class ChangeNotCounted(ServiceError):
    code = "change_not_counted"
    message = _("Please count the change in the drawer: how many of each note and coin; one 0 when there is none.")
    field = "change"


class NotesMalformed(ServiceError):
    code = "notes_malformed"
    message = _("Please count each kind of note and coin: a whole number, 0 or more.")
    field = "notes"


class DifferenceUnexplained(ServiceError):
    code = "difference_unexplained"
    message = _("The drawer should hold {expected} and holds {counted}. Please count again, or say why it differs.")
    field = "remark"


class ShiftClosed(ServiceError):
    code = "shift_closed"
    message = _("This shift is closed. What was counted is not changed; please tell the supervisor what is wrong.")
    field = "shift"
    http_status = 409


class ShiftNotClosed(ServiceError):
    code = "shift_not_closed"
    message = _("This shift is not closed yet, so there is nothing to check.")
    field = "shift"
    http_status = 409


class ShiftChecked(ServiceError):
    code = "shift_checked"
    message = _("This shift has been checked already.")
    field = "shift"
    http_status = 409


class ShiftCheckerIsCashier(ServiceError):
    code = "shift_checker_is_cashier"
    message = _("A shift is checked by somebody other than its cashier. Please ask a colleague.")
    field = "shift"
    http_status = 409


# Cash that was taken in a shift and stands. What was reversed before the drawer was counted has been given back.
CASH_STANDING = """
SELECT coalesce(sum(p.amount_paise), 0)::bigint FROM payments_handedover h
  JOIN payments_gatewaytransaction t ON t.attempt_id = h.attempt_id JOIN payments_payment p ON p.transaction_id = t.id
 WHERE h.shift_id = %s AND h.instrument = 'cash'
   AND NOT EXISTS (SELECT FROM payments_reversal v WHERE v.payment_id = p.id)
"""


def open_shift(*, counter: int, cashier: str, change: Mapping[int, int] | None, now: datetime) -> Shift:
    """Begin a cashier's shift with the change that lies in the drawer: how many of each note and coin, by rupees.

    :raises CounterNotFound, ChangeNotCounted, NotesMalformed, CounterTaken: it cannot begin
    """
    if change is None:
        raise ChangeNotCounted
    float_paise = _sum(change)
    if not Counter.objects.filter(pk=counter, account__is_active=True).exists():
        raise CounterNotFound
    try:
        with transaction.atomic():
            shift = Shift.objects.create(
                counter_id=counter,
                cashier=cashier,
                day=day_of(now),
                opened_at=now,
                change=_kept(change),
                float_paise=float_paise,
            )
    except IntegrityError as error:
        raise CounterTaken from error
    log.info("shift_opened", shift=shift.pk, counter=counter)
    return shift


def shift_to_take_money(*, cashier: str, now: datetime) -> Shift:
    """Return a cashier's open shift, locked until the commit so that nothing is taken while it is closed.

    :raises ShiftNotOpen, ShiftOfAnotherDay:
    """
    shift = (
        Shift.objects.select_for_update(of=("self",))
        .select_related("counter__account")
        .filter(cashier=cashier, closed_at=None)
        .first()
    )
    if shift is None:
        raise ShiftNotOpen
    if shift.day != day_of(now):
        raise ShiftOfAnotherDay(day=long_date(shift.day))
    return shift


@transaction.atomic
def close_shift(*, shift: int, notes: Mapping[int, int], remark: str, cashier: str, now: datetime) -> Shift:
    """Write down what lies in the drawer, how many of each note and coin by rupees, and end the shift.

    :raises ShiftNotOpen: it is not this cashier's
    :raises ShiftClosed, NotesMalformed, DifferenceUnexplained: nothing is written
    """
    found = Shift.objects.select_for_update().get(pk=shift)
    if found.cashier != cashier:
        raise ShiftNotOpen
    if found.closed_at:
        raise ShiftClosed
    counted, expected = _sum(notes), found.float_paise + cash_standing(found)
    if counted != expected and not remark.strip():
        raise DifferenceUnexplained(expected=rupee_text(expected), counted=rupee_text(counted))
    found.notes = _kept(notes)
    found.counted_paise, found.expected_paise = counted, expected
    found.remark, found.closed_at = remark.strip(), now
    found.save(update_fields=["notes", "counted_paise", "expected_paise", "remark", "closed_at"])
    log.info("shift_closed", shift=found.pk, differs_by_paise=counted - expected)
    return found


@transaction.atomic
def check_shift(*, shift: int, checker: str, now: datetime) -> Shift:
    """Have a colleague confirm the count. :raises ShiftNotClosed, ShiftChecked, ShiftCheckerIsCashier:"""
    found = Shift.objects.select_for_update().get(pk=shift)
    if not found.closed_at:
        raise ShiftNotClosed
    if found.checked_by:
        raise ShiftChecked
    if found.cashier == checker:
        raise ShiftCheckerIsCashier
    found.checked_by, found.checked_at = checker, now
    found.save(update_fields=["checked_by", "checked_at"])
    return found


def cash_standing(shift: Shift) -> int:
    """Return the cash that was taken in a shift and not given back, in paise. One query."""
    with connection.cursor() as cursor:
        cursor.execute(CASH_STANDING, [shift.pk])
        return int(cursor.fetchone()[0])


def _kept(notes: Mapping[int, int]) -> dict[str, int]:
    return {str(rupees): count for rupees, count in notes.items() if count}


def _sum(notes: Mapping[int, int]) -> int:
    if set(notes) - set(NOTES_AND_COINS) or any(count < 0 for count in notes.values()):
        raise NotesMalformed
    return sum(rupees * 100 * count for rupees, count in notes.items())
