"""The number on the certificate, and for how many years to renew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.upload_views import PaperField
from kmc_portal.common.web import CleanField
from trade_license import inputs

IDENTITY_LABELS = [
    ("voter_card", _("Voter card")),
    ("aadhaar", _("Aadhaar")),
    ("driving_license", _("Driving licence")),
    ("passport", _("Passport")),
]


class EnquiryForm(forms.Form):
    ce_number = CleanField(
        inputs.ce_number,
        label=_("Certificate number"),
        help_text=_("The number of the certificate of enlistment, as your trade licence or its demand prints it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class RenewalForm(EnquiryForm):
    years = CleanField(inputs.years, label=_("For how many years"))


class TradeForm(forms.Form):
    """What the fees depend on."""

    nature_of_trade = forms.ChoiceField(label=_("Nature of trade"))
    area_sq_ft = CleanField(
        inputs.area_sq_ft, label=_("Area in square feet"), widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    is_food = forms.BooleanField(label=_("Food is made or sold there"), required=False)
    is_air_conditioned = forms.BooleanField(label=_("The premises are air-conditioned"), required=False)

    def __init__(self, *args: Any, trades: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["nature_of_trade"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Please choose")), *trades]


class ApplicationForm(TradeForm):
    """Everything that a new certificate needs."""

    trade_name = CleanField(inputs.said, label=_("Name of the shop or business"))
    holder_name = CleanField(inputs.said, label=_("Your name, as on the identity paper"))
    address = CleanField(inputs.said, label=_("Address of the business"))
    ward = CleanField(inputs.ward, label=_("Ward"), widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    assessee_number = CleanField(
        inputs.assessee_number,
        label=_("Assessee number of the premises, if you know it"),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    residence = CleanField(inputs.said, label=_("Where you live"))
    email = forms.EmailField(label=_("E-mail, if you have one"), required=False, max_length=254)
    identity_kind = forms.ChoiceField(label=_("Photo identity"), choices=IDENTITY_LABELS)
    identity_number = CleanField(
        inputs.identity_number,
        label=_("Its number"),
        help_text=_("Only its last four characters are kept."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    years = CleanField(inputs.years, label=_("For how many years"))
    identity = PaperField(label=_("Photo identity, signed by yourself"), help_text=_("PDF, JPEG or PNG, at most 5 MB."))
    occupancy = PaperField(
        label=_("Proof of occupancy, signed by yourself"),
        help_text=_(
            "Property tax bill, lease, rent receipt, electricity or telephone bill. PDF, JPEG or PNG, at most 5 MB."
        ),
    )
    wants_reminders = forms.BooleanField(
        label=_("Remind me on WhatsApp thirty days before the last date without late fine."), required=False
    )
    undertakes = forms.BooleanField(
        label=_(
            "The clearances that my trade needs (fire, clinical, pollution, RBI or SEBI) will be held before trading starts."
        ),
        required=False,
    )


class CorrectionForm(forms.Form):
    """What the demand prints wrongly."""

    trade_name = CleanField(inputs.said, label=_("Name of the shop or business"))
    holder_name = CleanField(inputs.said, label=_("Holder"))
    assessee_number = CleanField(inputs.assessee_number, label=_("Assessee number of the premises, if you know it"))
    email = forms.EmailField(label=_("E-mail, if you have one"), required=False, max_length=254)


class ChangeForm(TradeForm):
    """What has changed about the trade; most of it changes the fee."""


class AddressForm(forms.Form):
    """Where the business has moved to."""

    address = CleanField(inputs.said, label=_("Address of the business"))
    ward = CleanField(inputs.ward, label=_("Ward"), widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    assessee_number = CleanField(inputs.assessee_number, label=_("Assessee number of the premises, if you know it"))
