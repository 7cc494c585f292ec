"""A bank's statement as ISO 20022 camt.053, read element by element. One entry is one line, however many payments it bundles."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from payments.reconciliation.cells import LONGEST_REFERENCE, MOST_RUPEES
from payments.reconciliation.refusals import FileDamaged, LayoutUnknown
from payments.reconciliation.rows import BankRow, Misfit
from payments.reconciliation.sheets import MOST_WORKBOOK_BYTES, check_size

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053."
RUPEES = "INR"
BOOKED = "BOOK"
SIGN = {"CRDT": 1, "DBIT": -1}
NOT_PROVIDED = "NOTPROVIDED"


def camt_rows(path: Path) -> Iterator[BankRow | Misfit]:
    """Yield the booked entries of a statement; what is only announced is passed over. Places count the entries.

    :raises FileTooLarge, FileEmpty, FileDamaged:
    :raises LayoutUnknown: another message than camt.053
    """
    check_size(path, MOST_WORKBOOK_BYTES)
    try:
        yield from _rows(path)
    except (ParseError, DefusedXmlException) as fault:
        raise FileDamaged from fault


def _rows(path: Path) -> Iterator[BankRow | Misfit]:
    space, place = "", 0
    for event, element in iterparse(path, events=("start", "end"), forbid_dtd=True):
        if not space:
            space = _namespace(element)
        if event == "end" and element.tag == f"{space}Ntry":
            place += 1
            if _text(element, space, "Sts/Cd", "Sts") == BOOKED:
                yield _row(place, element, space)
            element.clear()


def _namespace(root: Element) -> str:
    space, _, _ = root.tag.rpartition("}")
    if not space.startswith("{" + NAMESPACE):
        raise LayoutUnknown(expected=f"{NAMESPACE}…", found=root.tag[:200])
    return space + "}"


def _row(place: int, entry: Element, space: str) -> BankRow | Misfit:
    try:
        amount = _paise(entry.find(f"{space}Amt"))
        sign = SIGN[_text(entry, space, "CdtDbtInd")]
        value_on = date.fromisoformat(_text(entry, space, "ValDt/Dt", "ValDt/DtTm", "BookgDt/Dt", "BookgDt/DtTm")[:10])
    except (ValueError, KeyError, InvalidOperation) as error:
        return Misfit(place, "entry", "unreadable", str(error)[:200])
    details = "NtryDtls/TxDtls/"
    utr = _text(entry, space, f"{details}Refs/UETR", f"{details}Refs/TxId", f"{details}Refs/EndToEndId", "AcctSvcrRef")
    said = [each.text or "" for each in entry.iter(f"{space}Ustrd")] or [_text(entry, space, "AddtlNtryInf")]
    if len(utr) > LONGEST_REFERENCE:
        return Misfit(place, "utr", "too_long", utr[:200])
    return BankRow(place, value_on, sign * amount, utr, " ".join(" ".join(said).split()))


def _paise(amount: Element | None) -> int:
    if amount is None or amount.get("Ccy") != RUPEES:
        raise ValueError("no amount in rupees")
    paise = Decimal(amount.text or "") * 100
    if not paise.is_finite() or not 0 < paise < MOST_RUPEES * 100 or paise != paise.to_integral_value():
        raise ValueError(f"not an amount: {amount.text}")
    return int(paise)


def _text(entry: Element, space: str, *paths: str) -> str:
    """Return the text of the first path that has one."""
    for path in paths:
        found = entry.findtext("/".join(space + name for name in path.split("/")), "").strip()
        if found and found != NOT_PROVIDED:
            return found
    return ""
