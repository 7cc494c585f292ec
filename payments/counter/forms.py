"""What a cashier types: who pays, what is handed over, and what lies in the drawer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.money import rupee_text
from payments import payables
from payments.accounts.forms import SHORT, RupeesField
from payments.counter.shifts import NOTES_AND_COINS
from payments.models import Counter
from payments.states import Instrument

NUMBER = forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "size": 24})
INSTRUMENTS = [(one.value, capfirst(one.label)) for one in Instrument]
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class CounterForm(forms.Form):
    number = forms.IntegerField(label=_("Number, 1 to 999"), required=False)
    place = forms.CharField(label=_("Place, as receipts print it"), required=False, max_length=80)


class OpenShiftForm(forms.Form):
    counter = forms.TypedChoiceField(label=_("Counter"), coerce=int)
    float_paise = RupeesField(label=_("Change in the drawer, in rupees"), required=False, widget=SHORT)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        counters = Counter.objects.filter(account__is_active=True).order_by("number")
        self.fields["counter"].choices = [(one.number, str(one)) for one in counters]  # type: ignore[attr-defined]


class FindForm(forms.Form):
    """Who pays for what, and in which language the receipt shall be."""

    kind = forms.ChoiceField(label=_("For"))
    number = forms.CharField(label=_("Assessee or certificate number"), required=False, max_length=60, widget=NUMBER)
    language = forms.ChoiceField(label=_("Receipt in"), choices=settings.LANGUAGES, initial="bn")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        kinds = [(kind, gettext(payable.title)) for kind, payable in payables.kinds().items()]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]


class TakeForm(forms.Form):
    instrument = forms.ChoiceField(
        label=_("Instrument"), choices=INSTRUMENTS, initial=Instrument.CASH, widget=forms.RadioSelect
    )
    given_paise = RupeesField(label=_("Cash given, in rupees: shows the change"), required=False, widget=SHORT)
    number = forms.CharField(
        label=_("Number of the cheque or draft; for a card, the reference on its slip"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    bank = forms.CharField(label=_("Bank and branch of the cheque or draft"), required=False, max_length=80)
    dated = forms.DateField(label=_("Date of the cheque or draft"), required=False, widget=DAY)


class CloseShiftForm(forms.Form):
    """How many of each note and coin lie in the drawer, the change it was opened with among them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for rupees in NOTES_AND_COINS:
            self.fields[f"note_{rupees}"] = forms.IntegerField(
                label=rupee_text(rupees * 100), required=False, min_value=0, widget=SHORT
            )
        self.fields["remark"] = forms.CharField(
            label=_("Why it differs, where it does"), required=False, widget=forms.Textarea(attrs={"rows": 2})
        )

    def notes(self) -> dict[int, int]:
        """Return the count of each note and coin, by rupees."""
        return {rupees: self.cleaned_data.get(f"note_{rupees}") or 0 for rupees in NOTES_AND_COINS}


class NoForm(forms.Form):
    """Nothing to type: a button is enough."""


class RealisationForm(forms.Form):
    """That a bank has paid a cheque or draft, as its statement shows."""

    realised_on = forms.DateField(label=_("Paid by the bank on"), required=False, widget=DAY)
    proof = forms.CharField(label=_("What shows it: date of the bank statement, and its line"), required=False)
