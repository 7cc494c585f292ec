"""What a clerk fills in to load a rule book: its file."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError

LARGEST_BOOK = 1024 * 1024


class RuleBookTooLarge(ServiceError):
    code = "rule_book_too_large"
    message = _("A rule book has at most {most} kilobytes. This file is no rule book, or has much in it that is none.")
    field = "file"


class RuleBookNotJson(ServiceError):
    code = "rule_book_not_json"
    message = _("This file is no JSON in UTF-8. Please save the rule book as UTF-8 text and load it again.")
    field = "file"


def document_of(content: bytes) -> Any:
    """Return the JSON document of a file. :raises RuleBookTooLarge, RuleBookNotJson: there is none"""
    if len(content) > LARGEST_BOOK:
        raise RuleBookTooLarge(most=LARGEST_BOOK // 1024)
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise RuleBookNotJson from error


class RuleBookForm(forms.Form):
    file = forms.FileField(label=_("Rule book, a JSON file"))

    def clean_file(self) -> Any:
        uploaded = self.cleaned_data["file"]
        try:
            return document_of(uploaded.read(LARGEST_BOOK + 1))
        except ServiceError as refusal:
            raise ValidationError(refusal.user_message, code=refusal.code) from refusal
