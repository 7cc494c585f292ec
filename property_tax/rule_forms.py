"""What a clerk fills in at the rule desk: a rule book's file, an application to a waiver scheme, a decision."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from kmc_portal.common.web import CleanField
from property_tax import inputs, waivers

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


class WaiverForm(forms.Form):
    assessee_number = CleanField(inputs.assessee_number, label=_("Assessee number"))
    scheme = forms.ChoiceField(label=_("Scheme"))
    applied_on = CleanField(
        inputs.day, label=_("Day of the application"), widget=forms.TextInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["scheme"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, f"{code} · {scheme.source}") for code, scheme in waivers.schemes().items()]


class DecisionForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason, where it is refused"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
