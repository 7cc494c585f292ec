"""The fields of a valuation question, made clean once for every door."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kmc_portal.common import digits
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import paise_from_rupees, rupee_text

T = TypeVar("T")
NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,4})?")
# A thousand crore: more than any single property in the city yields or is worth in a year's tax.
GREATEST_PAISE = 10_000_000_000 * 100


class AnswerMissing(ServiceError):
    code = "assessment_answer_missing"
    message = _("The valuation needs this. Please fill it in.")
    field = "method"


class FieldUnknown(ServiceError):
    code = "assessment_field_unknown"
    message = _("A valuation has no field of this name: {name}. Please leave it out, or correct the name.")
    field = "method"


class ChoiceUnknown(ServiceError):
    code = "assessment_choice_unknown"
    message = _("Please choose one of these: {choices}.")
    field = "method"


class AmountInvalid(ServiceError):
    code = "assessment_amount_invalid"
    message = _("Please give an amount in rupees, from {least} to {greatest}, with at most two decimals.")
    field = "annual_value_rupees"


class NumberInvalid(ServiceError):
    code = "assessment_number_invalid"
    message = _("Please give a number from {least} to {greatest}, with at most four decimals.")
    field = "area_sq_ft"


class DayInvalid(ServiceError):
    code = "assessment_day_invalid"
    message = _("Please give a day that exists, written YYYY-MM-DD, such as 2026-11-23.")
    field = "on"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, or one part of it: answers by field, and what stands before their names in a refusal."""

    answers: Mapping[str, Any]
    prefix: str = ""

    def only(self, known: Collection[str]) -> None:
        """:raises FieldUnknown: a field that means nothing here, so that no slip of the pen is passed over"""
        for name in self.answers:
            if name not in known:
                raise at(f"{self.prefix}{name}", FieldUnknown(name=name))

    def has(self, name: str) -> bool:
        return self.answers.get(name) not in (None, "")

    def need(self, name: str, read: Callable[[Any], T]) -> T:
        """Return an answer that must be there, made clean. :raises ServiceError: with its field"""
        if not self.has(name):
            raise at(f"{self.prefix}{name}", AnswerMissing())
        try:
            return read(self.answers[name])
        except ServiceError as refusal:
            raise at(f"{self.prefix}{name}", refusal) from refusal

    def maybe(self, name: str, read: Callable[[Any], T]) -> T | None:
        """Return an answer made clean, None where there is none. :raises ServiceError: with its field"""
        return self.need(name, read) if self.has(name) else None


def at(field: str, refusal: ServiceError) -> ServiceError:
    """Return a refusal with the field it belongs to."""
    refusal.field = field
    return refusal


def amount(value: Any, *, least_paise: int = 100) -> Decimal:
    """Return the paise of an amount in rupees. :raises AmountInvalid: none, or too small or too large to be true"""
    try:
        paise = paise_from_rupees(plain(value))
    except ValueError:
        paise = -1
    if not least_paise <= paise <= GREATEST_PAISE:
        raise AmountInvalid(least=rupee_text(least_paise), greatest=rupee_text(GREATEST_PAISE))
    return Decimal(paise)


def amount_or_zero(value: Any) -> Decimal:
    """Return the paise of an amount in rupees, which may be zero. :raises AmountInvalid:"""
    return amount(value, least_paise=0)


def number(least: str | Decimal, greatest: str | Decimal) -> Callable[[Any], Decimal]:
    """Return a reader of numbers between two limits, both inside. It raises `NumberInvalid`."""

    def read(value: Any) -> Decimal:
        text = plain(value)
        if not NUMBER.fullmatch(text) or not Decimal(least) <= Decimal(text) <= Decimal(greatest):
            raise NumberInvalid(least=shown(least), greatest=shown(greatest))
        return Decimal(text)

    return read


def choice(codes: Collection[str]) -> Callable[[Any], str]:
    """Return a reader of one word of several. It raises `ChoiceUnknown`."""

    def read(value: Any) -> str:
        word = plain(value)
        if word not in codes:
            raise ChoiceUnknown(choices=", ".join(codes))
        return word

    return read


def yes(value: Any) -> bool:
    """Return whether a question was answered with yes. :raises ChoiceUnknown: neither true nor false, yes nor no"""
    word = str(value).casefold()
    if word not in ("true", "yes", "false", "no"):
        raise ChoiceUnknown(choices="true, false")
    return word in ("true", "yes")


def day(value: Any) -> date:
    """Return a day. :raises DayInvalid:"""
    try:
        return date.fromisoformat(plain(value))
    except ValueError as error:
        raise DayInvalid from error


def plain(value: Any) -> str:
    """Return an answer as text with ASCII digits; nothing for what is no text and no number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return ""
    return digits.to_ascii(str(value)).strip()


def shown(number: str | Decimal) -> str:
    """Return a number in the reader's digits, without noughts at its end."""
    return digits.localise(f"{Decimal(number).normalize():f}", get_language() or "")
