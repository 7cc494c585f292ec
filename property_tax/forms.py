"""The number on the bill, and what of its dues to pay."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.web import CleanField
from property_tax import inputs


class EnquiryForm(forms.Form):
    assessee_number = CleanField(
        inputs.assessee_number,
        label=_("Assessee number"),
        help_text=_("The 12 digits on your property tax bill, such as 11‑026‑01‑0005‑1."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class PaymentForm(EnquiryForm):
    heading = CleanField(inputs.heading, label=_("What to pay"))
