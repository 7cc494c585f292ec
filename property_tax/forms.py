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
    amount_paise = CleanField(
        inputs.amount_paise,
        label=_("Another amount, in rupees"),
        help_text=_("The oldest bill is paid first. A bill that is not paid whole earns no rebate until it is."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


class StatementForm(EnquiryForm):
    """For whom, and for which days; the days may be left out."""

    since = CleanField(inputs.day, label=_("From"), widget=forms.TextInput(attrs={"type": "date"}))
    until = CleanField(inputs.day, label=_("To"), widget=forms.TextInput(attrs={"type": "date"}))


class SearchForm(forms.Form):
    """Where the property is. Nothing but digits and a few letters is expected; what is too little, the cleaners refuse."""

    street = CleanField(
        inputs.street,
        label=_("Street"),
        help_text=_("At least three letters, in English, Bengali or Hindi. The spelling need not be exact."),
        widget=forms.TextInput(attrs={"autocomplete": "address-line1"}),
    )
    premises = CleanField(
        inputs.premises,
        label=_("Premises number, if you know it"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    ward = CleanField(
        inputs.ward, label=_("Ward, if you know it"), widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    owner = CleanField(
        inputs.owner,
        label=_("Owner's name, if you know it"),
        help_text=_("A name alone finds nobody: it needs the street or the ward."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
