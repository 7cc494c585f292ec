"""What a clerk writes who asks that kept money be placed or a break be closed, who opens a dispute, or decides one of these."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.money import paise_from_rupees
from payments.states import PLACEMENTS, PlacementTarget

WORDS = forms.Textarea(attrs={"rows": 3})


class RupeesField(forms.CharField):
    """An amount as people write it, in rupees; cleaned to paise, None of nothing."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return paise_from_rupees(text) if text else None
        except ValueError as error:
            raise ValidationError(_("Please give the amount in rupees, such as 1500 or 1,500.50.")) from error


class PlacementForm(forms.Form):
    target = forms.ChoiceField(label=_("Where it is to go"))
    placed_for = forms.CharField(label=_("The right number, where it was paid for the wrong one"), required=False)
    amount_paise = RupeesField(label=_("Amount in rupees, where it is not all"), required=False)
    detail = forms.CharField(label=_("Why, and what shows it"), required=False, widget=WORDS)

    def __init__(self, *values: Any, kept_as: str) -> None:
        super().__init__(*values)
        target = self.fields["target"]
        assert isinstance(target, forms.ChoiceField)
        target.choices = [(name, PlacementTarget(name).label) for name in PLACEMENTS[kept_as]]


class ClosingForm(forms.Form):
    detail = forms.CharField(label=_("Why it needs nothing more"), required=False, widget=WORDS)


class DisputeForm(forms.Form):
    receipt_number = forms.CharField(label=_("Receipt number"), required=False, max_length=40)
    amount_paise = RupeesField(label=_("Amount that is asked back, in rupees"))
    case_number = forms.CharField(label=_("The gateway's case number"), required=False, max_length=60)
    detail = forms.CharField(label=_("The reason that the bank gives"), required=False, widget=WORDS)
    reply_by = forms.DateField(
        label=_("Last day for a reply"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class DisputeDecisionForm(forms.Form):
    detail = forms.CharField(
        label=_("What shows it: number and date of the gateway's letter"), required=False, widget=WORDS
    )
