from __future__ import annotations

import json
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from kmc_portal.common.clock import day_of
from kmc_portal.common.commands import JsonCommand
from property_tax.assessment import QuestionMalformed, assess
from property_tax.assessment_words import document

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(JsonCommand):
    help = "Answer a valuation question, one JSON object on standard input, with every figure on the way."

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        return document(assess(question(), today=day_of(timezone.now()))), False


def question() -> Mapping[str, Any]:
    """Return the question on standard input. :raises QuestionMalformed: it is no JSON object"""
    try:
        found = json.load(sys.stdin, parse_float=Decimal)
    except ValueError as error:
        raise QuestionMalformed from error
    if not isinstance(found, dict):
        raise QuestionMalformed
    return found
