"""Which reader a file needs, told by how it begins and not by its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from payments.reconciliation.camt import camt_rows
from payments.reconciliation.mis import settlement_rows as settlement_rows
from payments.reconciliation.sheets import MOST_BYTES, check_size
from payments.reconciliation.statements import statement_rows
from payments.reconciliation.swift import swift_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from payments.reconciliation.rows import BankRow, Misfit

XML = re.compile(rb"(\xef\xbb\xbf)?\s*<")
# With the envelope of the network around it, or bare from its first tag on.
SWIFT = re.compile(rb"(\xef\xbb\xbf)?\s*(\{1:|:20:)")


def bank_rows(path: Path) -> Iterator[BankRow | Misfit]:
    """Yield the lines of a bank's statement: camt.053, MT940, or a table in CSV, xlsx or xls.

    :raises ServiceError: one of `refusals`
    """
    head = check_size(path, MOST_BYTES)
    if XML.match(head):
        return camt_rows(path)
    return swift_rows(path) if SWIFT.match(head) else statement_rows(path)
