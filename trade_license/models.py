"""Certificates of enlistment, their demands and the papers these became. Records only: services write, queries read."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField
from django.contrib.postgres.fields.ranges import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.financial_year import FinancialYear
from kmc_portal.common.mobiles import TEN_DIGITS
from kmc_portal.common.rulebook.records import RuleBookRecord, approval_constraints
from trade_license.application_models import Application as Application
from trade_license.application_models import ApplicationPaper as ApplicationPaper
from trade_license.application_models import CommitteeVote as CommitteeVote
from trade_license.application_models import Inspection as Inspection
from trade_license.application_models import Reminder as Reminder


class License(models.Model):
    """A certificate of enlistment, by whose number a trade at one place is known.

    The corporation's number has no known form: it is kept as it is printed, and found by its letters and digits alone.
    What it is worth on a day is computed (`rules.standing`), never stored.
    """

    # A demand for further years is numbered after it, and a payment keeps 40 characters of a bill's number.
    ce_number = models.CharField(_("certificate number"), max_length=30)
    search_key = models.GeneratedField(
        expression=Func(F("ce_number"), function="trade_license_key"),
        output_field=models.CharField(max_length=30),
        db_persist=True,
    )
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces")
    )
    trade_name = models.TextField(_("name of the trade"))
    holder_name = models.TextField(_("holder"))
    address = models.TextField(_("address"))
    ward = models.PositiveSmallIntegerField(_("ward"))
    assessee_number = models.CharField(_("assessee number of the premises"), max_length=12, blank=True)
    nature_of_trade = models.TextField(_("nature of trade"))
    # The nature of trade as the schedule is searched by it (`rules.facts.trade_key`).
    trade_key = models.GeneratedField(
        expression=Func(F("nature_of_trade"), function="trade_license_trade_key"),
        output_field=models.TextField(),
        db_persist=True,
    )
    is_food = models.BooleanField(_("food"), default=False)
    is_air_conditioned = models.BooleanField(_("air-conditioned"), default=False)
    area_sq_ft = models.PositiveIntegerField(_("area"), null=True, blank=True, help_text="square feet")
    mobile = models.CharField(_("mobile"), max_length=16, blank=True)
    email = models.TextField(_("e-mail"), blank=True)
    wants_reminders = models.BooleanField(_("wants reminders"), default=False)
    # Empty while the number is allotted and nothing has been paid.
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    valid_until = models.DateField(
        _("valid until"), null=True, blank=True, help_text="as the register had it; paid demands carry it on"
    )
    is_for_life = models.BooleanField(_("for life"), default=False)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    deleted_on = models.DateField(_("deleted on inspection on"), null=True, blank=True)

    class Meta:
        verbose_name = _("certificate of enlistment")
        verbose_name_plural = _("certificates of enlistment")
        indexes = [
            # Whose licences a proved mobile number stands on; it is on record with and without the country.
            models.Index(TEN_DIGITS, name="license_of_mobile", condition=~Q(mobile="")),
            models.Index(name="license_of_premises", fields=["assessee_number"], condition=~Q(assessee_number="")),
        ]
        constraints = [
            models.UniqueConstraint(name="license_number_once", fields=["search_key"]),
            models.CheckConstraint(name="license_number_has_a_digit", condition=Q(ce_number__regex=r"[0-9]")),
            models.CheckConstraint(name="license_number_trimmed", condition=Q(ce_number__regex=r"^\S(.*\S)?$")),
            models.CheckConstraint(name="license_ward_from_1_to_144", condition=Q(ward__range=(1, 144))),
            models.CheckConstraint(
                name="license_closed_after_issue",
                condition=Q(closed_on=None) | Q(issued_on=None) | Q(closed_on__gte=F("issued_on")),
            ),
            models.CheckConstraint(
                name="license_assessee_number_is_12_digits", condition=Q(assessee_number__regex=r"^([0-9]{12})?$")
            ),
        ]

    def __str__(self) -> str:
        return self.ce_number


class LicenseDemand(models.Model):
    """What the corporation asks for one financial year, or for several at once, section by section. Paid, it is the certificate.

    `heads` are paise by section of the Act; credits (`credit`) are negative. `paid_on` is the IST day.
    """

    demand_number = models.CharField(_("demand number"), max_length=40)
    license = models.ForeignKey(
        License, on_delete=models.PROTECT, related_name="demands", verbose_name=_("certificate")
    )
    financial_year = models.PositiveSmallIntegerField(
        _("financial year"), help_text="the year in which it begins: 2026 for 2026-27"
    )
    years = models.PositiveSmallIntegerField(_("years"), default=1)
    issued_on = models.DateField(_("issued on"))
    last_date = models.DateField(_("last date without fine"), null=True, blank=True)
    heads = models.JSONField(_("heads"), help_text="paise by section of the Act")
    amount_paise = models.GeneratedField(
        verbose_name=_("amount"),
        expression=Func(F("heads"), function="trade_license_sum"),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    is_further = models.BooleanField(
        _("further years"), db_default=False, default=False, help_text="sold beside the demand of the year before them"
    )
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    cancelled_on = models.DateField(_("cancelled on"), null=True, blank=True)
    cancel_reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("licence demand")
        verbose_name_plural = _("licence demands")
        constraints = [
            models.UniqueConstraint(name="license_demand_number_once", fields=["demand_number"]),
            models.CheckConstraint(name="license_demand_for_some_years", condition=Q(years__range=(1, 99))),
            models.CheckConstraint(name="license_demand_not_negative", condition=Q(amount_paise__gte=0)),
            models.CheckConstraint(
                name="license_demand_cancelled_or_paid", condition=Q(cancelled_on=None) | Q(paid_on=None)
            ),
            models.CheckConstraint(
                name="license_demand_cancelled_with_a_reason",
                condition=Q(cancelled_on=None, cancel_reason="") | (~Q(cancelled_on=None) & ~Q(cancel_reason="")),
            ),
            # Serves the look-up of a certificate's demands too.
            ExclusionConstraint(
                name="license_demand_once_a_year",
                expressions=[
                    ("license", RangeOperators.EQUAL),
                    (
                        Func(
                            F("financial_year"),
                            F("financial_year") + F("years"),
                            function="int4range",
                            output_field=IntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(cancelled_on=None),
            ),
        ]

    def __str__(self) -> str:
        return self.demand_number


class Certificate(models.Model):
    """The paper that a paid demand became, as it was printed: what it says of holder and trade is kept. Append-only."""

    demand = models.ForeignKey(
        LicenseDemand, on_delete=models.PROTECT, related_name="certificates", verbose_name=_("demand")
    )
    issued_on = models.DateField(_("issued on"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True, help_text="none: for life")
    holder_name = models.TextField(_("holder"))
    particulars = models.JSONField(
        _("particulars"), help_text="labels, which are message ids, with their values; the holder is masked"
    )
    paid_by = models.CharField(_("payment order"), max_length=16)
    token = models.CharField(max_length=22, unique=True, help_text="the unguessable part of its address")
    code = models.CharField(_("verification code"), max_length=16, unique=True)

    class Meta:
        verbose_name = _("certificate as issued")
        verbose_name_plural = _("certificates as issued")
        constraints = [models.UniqueConstraint(name="certificate_once_per_payment", fields=["demand", "paid_by"])]

    def __str__(self) -> str:
        return f"{self.demand_id}/{self.paid_by}"

    @property
    def years_text(self) -> str:
        """Return the years of the demand as people read them; those of a certificate for life are open."""
        first, years = self.demand.financial_year, self.demand.years
        if self.valid_until is None:
            return f"{FinancialYear(first)} –"
        return (
            f"{FinancialYear(first)}" if years == 1 else f"{FinancialYear(first)} – {FinancialYear(first + years - 1)}"
        )


class LicenseRuleBookVersion(RuleBookRecord):
    """A rule book of trade licences: its fee schedule, terms, last dates and late fine."""

    class Meta:
        verbose_name = _("fee schedule and rules")
        verbose_name_plural = _("fee schedules and rules")
        constraints = approval_constraints("license_rule_book")
