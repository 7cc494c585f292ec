"""Merchant accounts at gateways, what they take, and how they are. Records only."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from payments.states import Method, Scheme


class GatewayAccount(models.Model):
    """One merchant account at a gateway. Keys stay in the environment, under the names kept here.

    It takes payments of its `service` while it is in use, from `active_from` to `active_to`; the lowest `rank` that fits is
    asked first.
    """

    code = models.SlugField(_("code"), unique=True, help_text=_("the last part of its hook and return addresses"))
    gateway = models.CharField(_("gateway"), max_length=20)
    scheme = models.CharField(_("scheme of signing"), max_length=10, choices=Scheme.choices, default=Scheme.HMAC)
    merchant_id = models.CharField(_("merchant id"), max_length=40)
    client_id = models.CharField(_("client id"), max_length=40, blank=True)
    base_url = models.CharField(_("address"), max_length=200)
    secret_names = models.CharField(
        _("names of the keys"),
        max_length=200,
        help_text=_(
            "environment variables, comma separated; the first one signs, two are accepted while a key is changed"
        ),
    )
    settlement_lob = models.CharField(_("settlement line of business"), max_length=40, blank=True)
    service = models.CharField(_("service"), max_length=20, blank=True, help_text=_("what it takes money for"))
    rank = models.PositiveSmallIntegerField(_("rank"), default=100, help_text=_("the lowest is asked first"))
    active_from = models.DateField(_("takes payments from"), null=True, blank=True)
    active_to = models.DateField(_("takes payments until"), null=True, blank=True, help_text=_("the last day"))
    is_active = models.BooleanField(_("in use"), default=True)
    receipt_series = models.CharField(
        _("receipt series"), max_length=20, blank=True, default="", help_text=_("its own, where it has one")
    )

    class Meta:
        verbose_name = _("gateway account")
        verbose_name_plural = _("gateway accounts")
        constraints = [
            models.UniqueConstraint(name="account_once_per_merchant_id", fields=["gateway", "merchant_id"]),
            models.CheckConstraint(name="account_scheme_known", condition=Q(scheme__in=Scheme.values)),
            models.CheckConstraint(
                name="account_days_in_order",
                condition=Q(active_from=None) | Q(active_to=None) | Q(active_to__gte=F("active_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class AccountLimit(models.Model):
    """What an account takes by one method, from a day on; the newest day that has come holds. No row: no limit."""

    account = models.ForeignKey(
        GatewayAccount, on_delete=models.CASCADE, related_name="limits", verbose_name=_("gateway account")
    )
    method = models.CharField(_("method"), max_length=10, choices=Method.choices)
    at_least_paise = models.BigIntegerField(_("at least"), default=100, help_text="paise")
    at_most_paise = models.BigIntegerField(_("at most"), help_text="paise")
    valid_from = models.DateField(_("valid from"))
    source = models.CharField(_("source"), max_length=200, help_text=_("who says so: a contract, a circular"))

    class Meta:
        verbose_name = _("limit")
        verbose_name_plural = _("limits")
        constraints = [
            models.UniqueConstraint(name="limit_once_per_method_and_day", fields=["account", "method", "valid_from"]),
            models.CheckConstraint(
                name="limit_range_in_order",
                condition=Q(at_least_paise__gt=0, at_most_paise__gte=F("at_least_paise")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.valid_from}"


class AccountHealth(models.Model):
    """An account whose last calls to open an order failed, for every process to see. No row: healthy."""

    account = models.OneToOneField(
        GatewayAccount,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="health",
        verbose_name=_("gateway account"),
    )
    failures = models.PositiveIntegerField(_("failures in a row"))
    rests_until = models.DateTimeField(_("set aside until"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=200)

    class Meta:
        verbose_name = _("health of an account")
        verbose_name_plural = _("health of accounts")
        constraints = [models.CheckConstraint(name="health_counts_failures", condition=Q(failures__gt=0))]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.failures}"


class GuessAllowance(models.Model):
    """How many wrong links and codes one connection has tried in an hour. `client` is a keyed hash, not an address."""

    client = models.CharField(max_length=40)
    hour = models.DateTimeField()
    guesses = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="guess_allowance_once_an_hour", fields=["client", "hour"])]

    def __str__(self) -> str:
        return f"{self.hour}: {self.guesses}"
