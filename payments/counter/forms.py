"""What is typed at a counter: who pays, what is handed over, what lies in the drawer, and what goes to the bank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import digits
from payments import payables
from payments.accounts.forms import SHORT, RupeesField
from payments.counter.deposits import DepositChanged
from payments.counter.shifts import NOTES_AND_COINS
from payments.models import Counter
from payments.states import Instrument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payments.counter.deposits import Waiting

NUMBER = forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "size": 24})
INSTRUMENTS = [(one.value, capfirst(one.label)) for one in Instrument]
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class CounterForm(forms.Form):
    number = forms.IntegerField(label=_("Number, 1 to 999"), required=False)
    place = forms.CharField(label=_("Place, as receipts print it"), required=False, max_length=80)


class NotesForm(forms.Form):
    """How many of each note and coin lie in the drawer."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for rupees in NOTES_AND_COINS:
            self.fields[f"note_{rupees}"] = forms.IntegerField(
                label=rupee_text(rupees * 100), required=False, min_value=0, widget=SHORT
            )

    def notes(self) -> dict[int, int] | None:
        """Return the count of each note and coin, by rupees; None where nothing was typed."""
        typed = {rupees: self.cleaned_data.get(f"note_{rupees}") for rupees in NOTES_AND_COINS}
        if not any(count is not None for count in typed.values()):
            return None
        return {rupees: count or 0 for rupees, count in typed.items()}


class OpenShiftForm(NotesForm):
    """Whose drawer it is, and the change in it."""

    counter = forms.TypedChoiceField(label=_("Counter"), coerce=int)

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


class CloseShiftForm(NotesForm):
    """What lies in the drawer, the change it was opened with among it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["remark"] = forms.CharField(
            label=_("Why it differs, where it does"), required=False, widget=forms.Textarea(attrs={"rows": 2})
        )


class DepositForm(forms.Form):
    """What goes to the bank, as it stands on the slip and its stamp."""

    waiting = forms.ChoiceField(label=_("What goes to the bank"))
    slip_number = forms.CharField(
        label=_("Number of the slip; for cards, of the terminal's batch"), required=False, max_length=30
    )
    deposited_on = forms.DateField(label=_("Day of the bank's stamp"), required=False, widget=DAY)

    def __init__(self, *args: Any, waiting: Sequence[Waiting], **options: Any) -> None:
        super().__init__(*args, **options)
        self.by_choice = {f"{one.counter}-{one.slip}-{one.amount_paise}": one for one in waiting}
        field = self.fields["waiting"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(choice, _told(one)) for choice, one in self.by_choice.items()]
        # What a colleague has just deposited is no choice any more.
        field.error_messages["invalid_choice"] = DepositChanged.message

    def deposit(self) -> dict[str, Any]:
        """Return what the service wants to know."""
        told = dict(self.cleaned_data)
        chosen = self.by_choice[told.pop("waiting")]
        return {**told, "counter": chosen.counter, "slip": chosen.slip, "amount_paise": chosen.amount_paise}


def _told(one: Waiting) -> str:
    counted = ngettext("{count} payment", "{count} payments", one.payments).format(count=digits(one.payments))
    return f"{one.counter:03d} · {one.slip.label} · {counted} · {rupee_text(one.amount_paise)}"


class NoForm(forms.Form):
    """Nothing to type: a button is enough."""


class RealisationForm(forms.Form):
    """That a bank has paid a cheque or draft, as its statement shows."""

    realised_on = forms.DateField(label=_("Paid by the bank on"), required=False, widget=DAY)
    proof = forms.CharField(label=_("What shows it: date of the bank statement, and its line"), required=False)
