"""Assessee numbers as people send them in a chat: inside a sentence, several at once, with a digit wrong."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from chatbot.understanding.numbers import numbers_in
from kmc_portal.common.errors import ServiceError
from property_tax import inputs, queries
from property_tax.near_numbers import near_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from chatbot.engine.steps import Option


class SeveralNumbers(ServiceError):
    code = "assessee_number_several"
    message = _("You sent {count} assessee numbers. They are answered one at a time.")
    field = "assessee_number"


def holds_number(text: str) -> bool:
    """Say whether a text holds what may be meant as an assessee number."""
    return bool(numbers_in(text).candidates)


def assessee_number(text: str) -> str:
    """Return the assessee number of a message, a sentence around it being allowed. Refuses as the web form does.

    A refusal offers the numbers that may have been meant.

    :raises SeveralNumbers: there are several good ones
    """
    found = numbers_in(text).candidates
    good = [number for number in found if _is_well_formed(number)]
    if len(good) > 1:
        refusal: ServiceError = SeveralNumbers(count=len(good))
        refusal.instead = _printed(good)
        raise refusal
    try:
        return inputs.assessee_number((*good, *found, text)[0])
    except ServiceError as error:
        error.instead = _near(found[0]) if found else ()
        raise


def dues_of(number: str, *, on: date) -> queries.AssesseeDues:
    """Return what `queries.assessee_dues` does; where it knows no such number, the refusal offers those nearby."""
    with offering_near(number):
        return queries.assessee_dues(assessee_number=number, on=on)


@contextmanager
def offering_near(number: str) -> Iterator[None]:
    """Let the refusal of a number that is not there offer those one slip away."""
    try:
        yield
    except queries.AssesseeNotFound as refusal:
        refusal.instead = _near(number)
        raise


def _is_well_formed(number: str) -> bool:
    try:
        inputs.assessee_number(number)
    except ServiceError:
        return False
    return True


def _near(number: str) -> tuple[Option, ...]:
    return _printed(near_numbers(assessee_number=number))


def _printed(numbers: Iterable[str]) -> tuple[Option, ...]:
    return tuple((number, inputs.printed(number)) for number in numbers)
