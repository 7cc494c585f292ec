"""What a clerk writes who asks for a reversal."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.states import REASONS_TO_ASK


class ReversalForm(forms.Form):
    receipt_number = forms.CharField(label=_("Receipt number"), required=False, max_length=40)
    reason = forms.ChoiceField(label=_("Reason"), choices=[(reason.value, reason.label) for reason in REASONS_TO_ASK])
    detail = forms.CharField(
        label=_("What shows it: number and date of the bank's memo, statement or letter"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
