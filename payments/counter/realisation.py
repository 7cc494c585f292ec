"""Writing: that the bank has paid a cheque or draft; and until when money is only paper. Amounts are paise."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from payments.models import HandedOver, Realisation, Reversal
from payments.states import SUBJECT_TO_REALISATION

if TYPE_CHECKING:
    from datetime import date, datetime

    from payments.models import Payment

log = structlog.get_logger()


class NothingToRealise(ServiceError):
    code = "nothing_to_realise"
    message = _("Only a cheque or draft is paid by a bank. Cash and cards need no note.")
    field = "handed_over"
    http_status = 409


class RealisedAlready(ServiceError):
    code = "realised_already"
    message = _("That the bank has paid this cheque or draft has been noted already. Nothing more is to be done.")
    field = "handed_over"
    http_status = 409


class DishonouredAlready(ServiceError):
    code = "dishonoured_already"
    message = _(
        "This payment has been reversed. If the bank has paid after all, please take the money as a new payment."
    )
    field = "handed_over"
    http_status = 409


class RealisationUnproved(ServiceError):
    code = "realisation_unproved"
    message = _("Please say what shows it: the date of the bank statement and its line.")
    field = "proof"


class RealisedOnMalformed(ServiceError):
    code = "realised_on_malformed"
    message = _("Please give the day on which the bank paid: not before it was handed over, and not in the future.")
    field = "realised_on"


@transaction.atomic
def note_realised(handed_over: int, *, realised_on: date | None, proof: str, who: str, now: datetime) -> Realisation:
    """Write down that the bank has paid a cheque or draft: its money is then as good as cash.

    :raises NothingToRealise, RealisedAlready, DishonouredAlready: there is nothing to note
    :raises RealisationUnproved, RealisedOnMalformed: it does not say what is needed
    """
    found = HandedOver.objects.select_for_update().get(pk=handed_over)
    if found.instrument not in SUBJECT_TO_REALISATION:
        raise NothingToRealise
    if Realisation.objects.filter(handed_over=found).exists():
        raise RealisedAlready
    if Reversal.objects.filter(payment__transaction__attempt=found.attempt_id).exists():
        raise DishonouredAlready
    if not proof.strip():
        raise RealisationUnproved
    if realised_on is None or not day_of(found.taken_at) <= realised_on <= day_of(now):
        raise RealisedOnMalformed
    log.info("paper_realised", handed_over=found.pk)
    return Realisation.objects.create(
        handed_over=found, realised_on=realised_on, proof=proof.strip(), noted_by=who, noted_at=now
    )


def only_paper_until(payment: Payment) -> date | None:
    """Return the last day on which a bank may still refuse what a payment was made with; None where it is money.

    A cheque or draft is paper until its bank has paid it, or has let `REALISED_AFTER_DAYS` go by (ADR 0028).
    """
    handed = HandedOver.objects.filter(attempt__transactions__payment=payment).select_related("realisation").first()
    if handed is None or handed.instrument not in SUBJECT_TO_REALISATION or hasattr(handed, "realisation"):
        return None
    return day_of(handed.taken_at) + timedelta(days=settings.REALISED_AFTER_DAYS)
