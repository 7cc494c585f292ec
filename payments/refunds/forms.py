"""What a clerk writes who asks for a refund, or knows how one ended."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.accounts.forms import SHORT, RupeesField
from payments.states import RefundVerdict


class RefundReceiptForm(forms.Form):
    receipt_number = forms.CharField(label=_("Receipt number"), required=False, max_length=40)


class RefundForm(forms.Form):
    """How much, why, and the treasury's advice where the money does not go back the way it came.

    `left_paise` is what stood in advance when the clerk looked.
    """

    left_paise = forms.IntegerField(widget=forms.HiddenInput)
    amount_paise = RupeesField(label=_("Amount in rupees"), required=False, widget=SHORT)
    reason = forms.CharField(
        label=_("Why, and what shows it: number and date of the letter"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    advice_number = forms.CharField(
        label=_("Paid by the treasury: number of its payment advice"), required=False, max_length=40
    )
    advice_on = forms.DateField(
        label=_("Date of the payment advice"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class RefundVerdictForm(forms.Form):
    verdict = forms.ChoiceField(label=_("How it ended"), choices=RefundVerdict.choices)
    proof = forms.CharField(
        label=_("What shows it: number and date of the gateway's letter, or of its settlement"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
