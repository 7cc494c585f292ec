"""The numbers that somebody may have meant who wrote one that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from property_tax.inputs import LENGTH
from property_tax.states import AssesseeStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

# More would be guessing, and would help somebody who wants to know which numbers there are.
MOST = 3
NEAR = """
SELECT assessee_number FROM property_tax_assessee
 WHERE assessee_number = ANY(%s) AND status = %s ORDER BY array_position(%s, assessee_number) LIMIT %s
"""


def near_numbers(*, assessee_number: str) -> list[str]:
    """Return the active assessee numbers one slip away, the likelier first; none when there are more than three.

    A slip is two neighbours exchanged, a digit wrong, one left out or one too many.
    """
    likely = list(dict.fromkeys(_one_slip_away(assessee_number)))
    with connection.cursor() as cursor:
        cursor.execute(NEAR, [likely, AssesseeStatus.ACTIVE, likely, MOST + 1])
        found = [number for (number,) in cursor.fetchall()]
    return found if len(found) <= MOST else []


def _one_slip_away(number: str) -> Iterator[str]:
    cuts = [(number[:place], number[place:]) for place in range(len(number) + 1)]
    if len(number) == LENGTH:
        yield from (head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1)
        yield from (head + digit + tail[1:] for head, tail in cuts if tail for digit in "0123456789")
    elif len(number) == LENGTH - 1:
        yield from (head + digit + tail for head, tail in cuts for digit in "0123456789")
    elif len(number) == LENGTH + 1:
        yield from (head + tail[1:] for head, tail in cuts if tail)
