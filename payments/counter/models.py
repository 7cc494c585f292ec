"""Counters, the shifts of their cashiers, and what was handed over. Records only: `counter` and `shifts` write."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from payments.states import SUBJECT_TO_REALISATION, Instrument


class Counter(models.Model):
    """A window where a cashier takes money. Its account stands among those of the gateways: what it owes the bank is there."""

    number = models.PositiveSmallIntegerField(_("counter"), primary_key=True)
    account = models.OneToOneField(
        "payments.GatewayAccount", on_delete=models.PROTECT, related_name="counter", verbose_name=_("account")
    )
    place = models.CharField(_("place"), max_length=80, help_text=_("as receipts print it"))

    class Meta:
        verbose_name = _("counter")
        verbose_name_plural = _("counters")
        constraints = [models.CheckConstraint(name="counter_of_three_digits", condition=Q(number__range=(1, 999)))]

    def __str__(self) -> str:
        return f"{self.number:03d}, {self.place}"


class Shift(models.Model):
    """A cashier at a counter, from the first rupee in the drawer to the count of what lies there."""

    counter = models.ForeignKey(Counter, on_delete=models.PROTECT, related_name="shifts", verbose_name=_("counter"))
    cashier = models.CharField(_("cashier"), max_length=150)
    day = models.DateField(_("day"), help_text=_("of India; a shift takes money on this day only"))
    opened_at = models.DateTimeField(_("opened at"))
    change = models.JSONField(
        _("notes and coins at the beginning"), default=dict, blank=True, help_text="how many of each, by rupees"
    )
    float_paise = models.BigIntegerField(_("change in the drawer"), help_text="paise")
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    notes = models.JSONField(_("notes and coins"), default=dict, blank=True, help_text="how many of each, by rupees")
    counted_paise = models.BigIntegerField(_("counted"), null=True, blank=True, help_text="paise")
    expected_paise = models.BigIntegerField(_("expected"), null=True, blank=True, help_text="paise")
    remark = models.TextField(_("why it differs"), blank=True)
    checked_by = models.CharField(_("checked by"), max_length=150, blank=True)
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        constraints = [
            models.UniqueConstraint(
                name="shift_open_once_per_counter", fields=["counter"], condition=Q(closed_at=None)
            ),
            models.UniqueConstraint(
                name="shift_open_once_per_cashier", fields=["cashier"], condition=Q(closed_at=None)
            ),
            models.CheckConstraint(name="shift_float_not_negative", condition=Q(float_paise__gte=0)),
            models.CheckConstraint(
                name="shift_closing_is_whole",
                condition=Q(closed_at=None, counted_paise=None, expected_paise=None)
                | Q(
                    closed_at__isnull=False,
                    closed_at__gte=F("opened_at"),
                    counted_paise__isnull=False,
                    counted_paise__gte=0,
                    expected_paise__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="shift_difference_is_explained",
                condition=Q(closed_at=None) | Q(counted_paise=F("expected_paise")) | ~Q(remark=""),
            ),
            models.CheckConstraint(
                name="shift_check_is_whole",
                condition=Q(checked_by="", checked_at=None)
                | (
                    ~Q(checked_by="")
                    & Q(closed_at__isnull=False, checked_at__isnull=False, checked_at__gte=F("closed_at"))
                ),
            ),
            models.CheckConstraint(name="shift_checked_by_another", condition=~Q(checked_by=F("cashier"))),
        ]

    def __str__(self) -> str:
        return f"{self.counter_id:03d} · {self.day:%-d %b %Y} · {self.cashier}"


class HandedOver(models.Model):
    """What a payer handed over for one attempt: cash, a cheque, a draft, or a card at the terminal. Append-only."""

    attempt = models.OneToOneField(
        "payments.PaymentAttempt", on_delete=models.PROTECT, related_name="handed_over", verbose_name=_("attempt")
    )
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="takings", verbose_name=_("shift"))
    instrument = models.CharField(_("instrument"), max_length=6, choices=Instrument.choices)
    number = models.CharField(
        _("number"),
        max_length=20,
        blank=True,
        help_text=_("of the cheque or draft; the terminal's reference for a card"),
    )
    bank = models.CharField(_("bank and branch"), max_length=80, blank=True)
    dated = models.DateField(_("dated"), null=True, blank=True)
    given_paise = models.BigIntegerField(_("cash given"), null=True, blank=True, help_text="paise")
    taken_at = models.DateTimeField(_("taken at"))

    class Meta:
        verbose_name = _("payment at a counter")
        verbose_name_plural = _("payments at counters")
        indexes = [models.Index(name="handed_over_by_number", fields=["number"], condition=~Q(number=""))]
        constraints = [
            models.CheckConstraint(name="handed_over_instrument_known", condition=Q(instrument__in=Instrument.values)),
            models.CheckConstraint(
                name="handed_over_names_its_paper",
                condition=Q(instrument="cash", number="", bank="", dated=None)
                | (Q(instrument="card", bank="", dated=None, given_paise=None) & ~Q(number=""))
                | (
                    Q(instrument__in=[one.value for one in SUBJECT_TO_REALISATION], given_paise=None)
                    & Q(dated__isnull=False)
                    & ~Q(number="")
                    & ~Q(bank="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.number}".strip()


class Realisation(models.Model):
    """That a bank has paid a cheque or draft: what shows it, and who wrote it down. Append-only."""

    handed_over = models.OneToOneField(
        HandedOver, on_delete=models.PROTECT, related_name="realisation", verbose_name=_("payment at a counter")
    )
    realised_on = models.DateField(_("paid by the bank on"))
    proof = models.TextField(_("what shows it"), help_text="the bank statement and its line")
    noted_by = models.CharField(_("noted by"), max_length=150)
    noted_at = models.DateTimeField(_("noted at"))

    class Meta:
        verbose_name = _("cheque or draft paid")
        verbose_name_plural = _("cheques and drafts paid")
        constraints = [
            models.CheckConstraint(name="realisation_says_what_shows_it", condition=~Q(proof="") & ~Q(noted_by=""))
        ]

    def __str__(self) -> str:
        return f"{self.handed_over} · {self.realised_on:%-d %b %Y}"
