"""The clerk's form for a gateway account: what would fail with the first payer is refused here, in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common import money
from kmc_portal.common.secrets import is_placeholder, secret
from payments import payables
from payments.gateways.registry import SCHEMES
from payments.models import AccountLimit, GatewayAccount

if TYPE_CHECKING:
    AccountModelForm = forms.ModelForm[GatewayAccount]
    LimitModelForm = forms.ModelForm[AccountLimit]
else:  # the class takes no parameters when it runs
    AccountModelForm = LimitModelForm = forms.ModelForm

KEY_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
MOST_KEYS = 2
# Old orders are asked about at this gateway, under this merchant, and come back to this address.
FIXED = ("code", "gateway", "merchant_id")


class RupeesField(forms.CharField):
    """An amount typed in rupees, in any of three scripts; its value is paise."""

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]
        text = super().to_python(value)
        if not text:
            return None
        try:
            return money.paise_from_rupees(text)
        except ValueError as problem:
            raise ValidationError(
                _("Please give the amount in rupees, such as 1500 or 1,500.50."), code="not_an_amount"
            ) from problem

    def prepare_value(self, value: Any) -> Any:
        return money.rupees(value) if isinstance(value, int) else value


SHORT = forms.TextInput(attrs={"class": "vIntegerField", "inputmode": "decimal"})


class LimitForm(LimitModelForm):
    at_least_paise = RupeesField(label=_("at least"), initial=100, help_text=_("rupees"), widget=SHORT)
    at_most_paise = RupeesField(label=_("at most"), help_text=_("rupees"), widget=SHORT)

    class Meta:
        model = AccountLimit
        fields = ("method", "at_least_paise", "at_most_paise", "valid_from", "source")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        least, most = cleaned.get("at_least_paise"), cleaned.get("at_most_paise")
        if least is not None and most is not None and not 0 < least <= most:
            self.add_error("at_most_paise", _("This is less than the least amount, or the least amount is zero."))
        return cleaned


class GatewayAccountForm(AccountModelForm):
    gateway = forms.ChoiceField(label=capfirst(_("gateway")), choices=[(name, name) for name in SCHEMES])
    service = forms.ChoiceField(label=capfirst(_("service")), required=False, help_text=_("what it takes money for"))

    class Meta:
        model = GatewayAccount
        exclude: tuple[str, ...] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        kinds = sorted({*payables.kinds(), self.instance.service} - {""})
        named = [(kind, kind.replace("_", " ")) for kind in kinds]
        self.fields["service"].choices = [("", _("every service")), *named]  # type: ignore[attr-defined]

    def clean_base_url(self) -> str:
        """Return the address without a slash at its end. :raises ValidationError: no address, or without TLS"""
        address = str(self.cleaned_data["base_url"]).rstrip("/")
        URLValidator(schemes=["https", "http"] if settings.DEBUG else ["https"])(address)
        return address

    def clean_secret_names(self) -> str:
        """Return one or two names of environment variables. :raises ValidationError:"""
        names = [name.strip() for name in self.cleaned_data["secret_names"].split(",")]
        if len(names) > MOST_KEYS or not all(KEY_NAME.fullmatch(name) for name in names):
            raise ValidationError(
                _(
                    "Please name one environment variable, or two while a key is changed: capital letters, digits, underscores."
                ),
                code="key_names",
            )
        return ",".join(names)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._check_scheme(cleaned)
        self._check_keys(cleaned)
        first, last = cleaned.get("active_from"), cleaned.get("active_to")
        if first and last and last < first:
            self.add_error("active_to", _("The last day is before the first."))
        return cleaned

    def _gateway(self, cleaned: dict[str, Any]) -> str:
        return cleaned.get("gateway") or self.instance.gateway

    def _check_scheme(self, cleaned: dict[str, Any]) -> None:
        known = SCHEMES.get(self._gateway(cleaned), {})
        if known and "scheme" in cleaned and cleaned["scheme"] not in known:
            sentence = gettext("This gateway does not speak this scheme. It speaks: %(schemes)s.")
            self.add_error("scheme", sentence % {"schemes": ", ".join(known)})

    def _check_keys(self, cleaned: dict[str, Any]) -> None:
        """Refuse an account in use without keys; one that is retired needs none."""
        is_key = SCHEMES.get(self._gateway(cleaned), {}).get(cleaned.get("scheme", ""))
        if not cleaned.get("is_active") or is_key is None:
            return
        for name in cleaned.get("secret_names", "").split(","):
            fault = name and _fault(secret(name), is_key)
            if fault:
                self.add_error("secret_names", fault % {"name": name})


def _fault(value: str, is_key: Any) -> str:
    """Return what is wrong with a key, with a place for its name, and never a word of the key itself."""
    if not value:
        return gettext("The environment holds no %(name)s.")
    if is_placeholder(value):
        return gettext("%(name)s is too short or still a placeholder.")
    try:
        is_key(value)
    except ValueError:
        return gettext("%(name)s is no key of this scheme: its parts are missing or too short.")
    return ""
