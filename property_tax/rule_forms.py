"""What a clerk fills in at the desk of waivers: an application to a scheme, a decision."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.web import CleanField
from property_tax import inputs, waivers


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
