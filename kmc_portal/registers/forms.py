"""What a clerk fills in who sends a register in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.arrivals.forms import SentFileField

if TYPE_CHECKING:
    from collections.abc import Sequence


class RegisterForm(forms.Form):
    register = forms.ChoiceField(label=_("Register"))
    file = SentFileField(
        label=_("file"),
        help_text=_("A CSV file in UTF-8 of at most 30 MB. Nothing is taken in before a colleague has approved it."),
    )

    def __init__(self, *values: Any, choices: Sequence[tuple[str, Any]]) -> None:
        super().__init__(*values)
        register = self.fields["register"]
        assert isinstance(register, forms.ChoiceField)
        register.choices = [("", "---------"), *choices]
