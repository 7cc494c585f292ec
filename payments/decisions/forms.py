"""What a clerk writes who decides what a colleague has asked for."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class DecisionForm(forms.Form):
    refusal = forms.CharField(
        label=_("Reason, where it is refused"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
