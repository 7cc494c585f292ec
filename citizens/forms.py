"""The mobile number, and the code that came to it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from citizens import inputs
from kmc_portal.common.web import CleanField


class MobileForm(forms.Form):
    mobile = CleanField(
        inputs.mobile,
        label=_("Mobile number"),
        help_text=_("Ten digits. A code comes to this number on WhatsApp."),
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
    )


class CodeForm(forms.Form):
    code = CleanField(
        inputs.one_time_code,
        label=_("Code"),
        help_text=_("The six digits of our WhatsApp message."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "12"}),
    )
