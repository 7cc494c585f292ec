"""Dues as a JSON document: the same for the command and for REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from property_tax.queries import AssesseeDues
    from property_tax.rules.dues import HeadingDues, NextChange
    from property_tax.rules.facts import Line


def dues_document(found: AssesseeDues) -> dict[str, Any]:
    """Return the dues as docs/operations.md shows them: amounts in paise, dates as `YYYY-MM-DD`."""
    dues = found.dues
    return {
        "assessee_number": found.assessee.assessee_number,
        "as_of": dues.as_of.isoformat(),
        "total_paise": dues.total_paise,
        "headings": {name: _heading(heading) for name, heading in dues.headings.items()},
        "next_change": _change(dues.next_change),
    }


def _heading(heading: HeadingDues) -> dict[str, Any]:
    return {"payable_paise": heading.payable_paise, "lines": [line_document(line) for line in heading.lines]}


def line_document(line: Line) -> dict[str, Any]:
    """Return one line with the fields of the contract; the figures of its arithmetic are told in words elsewhere."""
    return {name: value for name, value in line._asdict().items() if name != "terms"}


def _change(change: NextChange | None) -> dict[str, Any] | None:
    if change is None:
        return None
    return {"on": change.on.isoformat(), "total_paise": change.total_paise, "because": change.because}
