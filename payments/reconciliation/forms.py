"""What a clerk sends in at the desk of settlements, or says about a bank credit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.arrivals.forms import SentFileField
from kmc_portal.common.upload_views import PaperField
from payments.kept.forms import WORDS, RupeesField
from payments.models import GatewayAccount

if TYPE_CHECKING:
    from collections.abc import Sequence


class BankFileForm(forms.Form):
    account = forms.ModelChoiceField(GatewayAccount.objects.order_by("code"), label=_("gateway account"))
    file = SentFileField(
        label=_("file"), help_text=_("At most 30 MB. A larger one is taken in by whoever runs the portal.")
    )


class SettlementFileForm(BankFileForm):
    is_correction = forms.BooleanField(
        label=_("This is a correction: what it leaves out of its days no longer counts"), required=False
    )


class MatchForm(forms.Form):
    line = forms.ChoiceField(label=_("Which one it is"))
    amount_paise = RupeesField(label=_("Amount in rupees, where it is not all"), required=False)
    detail = forms.CharField(label=_("Why, and what shows it"), required=False, widget=WORDS)

    def __init__(self, *values: Any, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__(*values)
        line = self.fields["line"]
        assert isinstance(line, forms.ChoiceField)
        line.choices = list(choices)


class NoteForm(forms.Form):
    detail = forms.CharField(label=_("What there is to know"), required=False, widget=WORDS)
    paper = PaperField(
        label=_("A paper that shows it"), help_text=_("PDF, JPEG or PNG, at most 5 MB."), is_needed=False
    )
