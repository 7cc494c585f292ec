"""The code on a paper."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.web import CleanField
from payments.queries import clean_code


class VerifyForm(forms.Form):
    code = CleanField(
        clean_code,
        label=_("Verification code"),
        help_text=_("16 letters and digits, printed beside the square code of the receipt."),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
