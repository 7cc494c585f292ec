"""The number on the certificate, and for how many years to renew."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.web import CleanField
from trade_license import inputs


class EnquiryForm(forms.Form):
    ce_number = CleanField(
        inputs.ce_number,
        label=_("Certificate number"),
        help_text=_("The number of the certificate of enlistment, as your trade licence or its demand prints it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class RenewalForm(EnquiryForm):
    years = CleanField(inputs.years, label=_("For how many years"))
