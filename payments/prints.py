"""Writing: a receipt handed over on paper, counted, so that a second sheet cannot pass for the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from payments import papers
from payments.models import Receipt, ReceiptPrint
from payments.queries import receipt_by_token

if TYPE_CHECKING:
    from datetime import datetime


def print_receipt(*, receipt: int, who: str, now: datetime) -> bytes:
    """Return a receipt as PDF in the active language; from the second print on it says which one it is.

    What a payer opens under the receipt's own address is not counted: it proves itself by its code.

    :raises Receipt.DoesNotExist:
    """
    printed = _count(receipt, who, now)
    found = receipt_by_token(token=printed.receipt.token)
    return papers.receipt_paper(found, reprint=printed if printed.number > 1 else None)


@transaction.atomic
def _count(receipt: int, who: str, now: datetime) -> ReceiptPrint:
    found = Receipt.objects.select_for_update().get(pk=receipt)
    return ReceiptPrint.objects.create(receipt=found, number=found.prints.count() + 1, printed_by=who, printed_at=now)
