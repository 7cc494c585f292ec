"""Who is assessed and what was demanded of them. Records only: services write, queries read."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from property_tax.states import AssesseeStatus, DemandKind


class Ward(models.Model):
    """One of the 144 wards. Which borough a ward belongs to is an assumption until the corporation confirms it (ADR 0006)."""

    number = models.PositiveSmallIntegerField(_("ward"), primary_key=True)
    borough = models.PositiveSmallIntegerField(_("borough"), help_text="1 to 16, printed in Roman numerals")

    class Meta:
        verbose_name = _("ward")
        verbose_name_plural = _("wards")
        constraints = [
            models.CheckConstraint(name="ward_from_1_to_144", condition=Q(number__range=(1, 144))),
            models.CheckConstraint(name="ward_borough_from_1_to_16", condition=Q(borough__range=(1, 16))),
        ]

    def __str__(self) -> str:
        return f"{self.number:03d}"


class Assessee(models.Model):
    """A person liable for property tax on one assessed unit, under a 12-digit number."""

    assessee_number = models.CharField(_("assessee number"), max_length=12, unique=True)
    ward = models.ForeignKey(Ward, on_delete=models.PROTECT, verbose_name=_("ward"))
    owner_name = models.TextField(_("owner"))
    premises_number = models.TextField(_("premises number"), blank=True)
    street_name = models.TextField(_("street"), blank=True)
    pin = models.CharField("PIN", max_length=6, blank=True)
    mobile = models.CharField(_("mobile"), max_length=16, blank=True)
    email = models.TextField(_("e-mail"), blank=True)
    status = models.CharField(_("status"), max_length=6, choices=AssesseeStatus.choices, default=AssesseeStatus.ACTIVE)
    bills_by_email = models.BooleanField(_("bills by e-mail only"), default=False)
    annual_value_paise = models.BigIntegerField(_("annual value"), default=0, help_text="paise")
    commercial_annual_value_paise = models.BigIntegerField(_("commercial annual value"), default=0, help_text="paise")
    tax_rate_percent = models.DecimalField(_("tax rate"), max_digits=5, decimal_places=2, default=0)
    howrah_bridge_tax_percent = models.DecimalField(
        _("Howrah Bridge tax rate"), max_digits=4, decimal_places=3, default=0
    )

    class Meta:
        verbose_name = _("assessee")
        verbose_name_plural = _("assessees")
        constraints = [
            models.CheckConstraint(
                name="assessee_number_is_12_digits", condition=Q(assessee_number__regex=r"^[0-9]{12}$")
            ),
            models.CheckConstraint(name="assessee_annual_value_not_negative", condition=Q(annual_value_paise__gte=0)),
            models.CheckConstraint(
                name="assessee_commercial_value_not_negative", condition=Q(commercial_annual_value_paise__gte=0)
            ),
            models.CheckConstraint(name="assessee_status_known", condition=Q(status__in=AssesseeStatus.values)),
        ]

    def __str__(self) -> str:
        return self.assessee_number


class Demand(models.Model):
    """What the corporation asks for one quarter. `paid_on` is the date (IST) on which it was paid whole."""

    demand_number = models.CharField(_("bill number"), max_length=40, unique=True)
    assessee = models.ForeignKey(Assessee, on_delete=models.PROTECT, related_name="demands", verbose_name=_("assessee"))
    kind = models.CharField(_("kind"), max_length=2, choices=DemandKind.choices)
    financial_year = models.PositiveSmallIntegerField(
        _("financial year"), help_text="the year in which it begins: 2026 for 2026-27"
    )
    quarter = models.PositiveSmallIntegerField(_("quarter"))
    issued_on = models.DateField(_("issued on"))
    presented_on = models.DateField(_("presented on"), null=True, blank=True)
    rebate_date = models.DateField(_("last day of the rebate"), null=True, blank=True)
    property_tax_paise = models.BigIntegerField(_("property tax"), help_text="paise for the quarter, before rounding")
    howrah_bridge_tax_paise = models.BigIntegerField(_("Howrah Bridge tax"), default=0, help_text="paise")
    commercial_surcharge_paise = models.BigIntegerField(_("commercial surcharge"), default=0, help_text="paise")
    penalised_on = models.DateField(_("penalised on"), null=True, blank=True)
    paid_on = models.DateField(_("paid on"), null=True, blank=True)

    class Meta:
        verbose_name = _("bill")
        verbose_name_plural = _("bills")
        indexes = [
            # The look-up of dues reads the bills of one assessee, the unpaid ones nearly always.
            models.Index(name="demand_unpaid_of_assessee", fields=["assessee"], condition=Q(paid_on=None)),
        ]
        constraints = [
            models.CheckConstraint(name="demand_kind_known", condition=Q(kind__in=DemandKind.values)),
            models.CheckConstraint(name="demand_quarter_from_1_to_4", condition=Q(quarter__range=(1, 4))),
            models.CheckConstraint(
                name="demand_amounts_not_negative",
                condition=Q(
                    property_tax_paise__gte=0, howrah_bridge_tax_paise__gte=0, commercial_surcharge_paise__gte=0
                ),
            ),
            models.CheckConstraint(
                name="demand_presented_after_issue",
                condition=Q(presented_on=None) | Q(presented_on__gte=F("issued_on")),
            ),
            models.CheckConstraint(
                name="demand_rebate_after_presentation",
                condition=Q(rebate_date=None) | Q(presented_on=None) | Q(rebate_date__gte=F("presented_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.demand_number


class RuleBookVersion(models.Model):
    """A whole rule book, as it was loaded. The latest approved one is in force; none is ever changed."""

    content = models.JSONField(_("rules"))
    sha256 = models.CharField(max_length=64)
    maker = models.CharField(_("loaded by"), max_length=150)
    loaded_at = models.DateTimeField(_("loaded at"))
    approver = models.CharField(_("approved by"), max_length=150, blank=True)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)

    class Meta:
        verbose_name = _("rule book")
        verbose_name_plural = _("rule books")
        constraints = [
            models.CheckConstraint(name="rule_book_approved_by_another", condition=~Q(approver=F("maker"))),
            models.CheckConstraint(
                name="rule_book_approval_is_whole",
                condition=Q(approver="", approved_at=None) | (~Q(approver="") & ~Q(approved_at=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class WaiverApplication(models.Model):
    """An assessee's application to a waiver scheme. Only an approved one takes anything off the dues."""

    assessee = models.ForeignKey(Assessee, on_delete=models.PROTECT, related_name="waivers", verbose_name=_("assessee"))
    scheme = models.CharField(_("scheme"), max_length=60)
    applied_on = models.DateField(_("applied on"))
    maker = models.CharField(_("entered by"), max_length=150)
    approver = models.CharField(_("approved by"), max_length=150, blank=True)
    approved_on = models.DateField(_("approved on"), null=True, blank=True)

    class Meta:
        verbose_name = _("waiver application")
        verbose_name_plural = _("waiver applications")
        constraints = [
            models.UniqueConstraint(name="waiver_once_per_scheme", fields=["assessee", "scheme"]),
            models.CheckConstraint(name="waiver_approved_by_another", condition=~Q(approver=F("maker"))),
            models.CheckConstraint(
                name="waiver_approval_is_whole",
                condition=Q(approver="", approved_on=None) | (~Q(approver="") & ~Q(approved_on=None)),
            ),
        ]

    def __str__(self) -> str:
        return self.scheme
