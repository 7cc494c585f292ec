"""Which day is looked at, and which days are taken out."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.reconciliation.reporting import RECONCILED


def day_widget() -> forms.DateInput:
    """Return the browser's own calendar."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class DayForm(forms.Form):
    account = forms.ModelChoiceField(
        RECONCILED,
        to_field_name="code",
        label=_("gateway account"),
        empty_label=None,
    )
    day = forms.DateField(label=_("day"), widget=day_widget())


class DaysForm(forms.Form):
    account = forms.ModelChoiceField(
        RECONCILED,
        to_field_name="code",
        label=_("gateway account"),
        required=False,
        empty_label=_("all gateways"),
    )
    first_day = forms.DateField(label=_("first day"), widget=day_widget())
    last_day = forms.DateField(label=_("last day"), widget=day_widget())
    form = forms.ChoiceField(label=_("form"), choices=[("xlsx", "Excel (xlsx)"), ("csv", "CSV")])
