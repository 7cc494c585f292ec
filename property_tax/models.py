"""Who is assessed and what was demanded of them. Records only: services write, queries read."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Reverse
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.financial_year import FinancialYear
from kmc_portal.common.mobiles import TEN_DIGITS
from kmc_portal.common.rulebook.records import RuleBookRecord, approval_constraints
from payments.states import Source
from property_tax.states import AssesseeStatus, DemandKind, ImportState, Register
from property_tax.ward_models import WardFigure as WardFigure


def created_by_import() -> models.ForeignKey[ImportRun | None, ImportRun | None]:
    """Return the column for the import that a record came with. Runs are never deleted: nothing to check a million times."""
    return models.ForeignKey(
        "ImportRun",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("came with import"),
    )


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
    import_run = created_by_import()
    # Skeletons of the words of owner and street, with ward and premises number: one index finds all of it (ADR 0013).
    search_words = models.GeneratedField(
        expression=Func("ward", "owner_name", "street_name", "premises_number", function="property_tax_search_words"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("assessee")
        verbose_name_plural = _("assessees")
        indexes = [
            GinIndex(name="assessee_search_words", fields=["search_words"]),
            models.Index(OpClass(Reverse("assessee_number"), name="text_pattern_ops"), name="assessee_last_digits"),
            # Whose properties a proved mobile number stands on; it is on record with and without the country.
            models.Index(TEN_DIGITS, name="assessee_of_mobile", condition=~Q(mobile="")),
        ]
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

    demand_number = models.CharField(_("bill number"), max_length=40)
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
    disputed_on = models.DateField(_("disputed since"), null=True, blank=True)
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    credited_paise = models.BigIntegerField(
        _("paid before"),
        db_default=0,
        default=0,
        help_text="paise paid before it was paid whole: the sum of its credits",
    )
    import_run = created_by_import()

    class Meta:
        verbose_name = _("bill")
        verbose_name_plural = _("bills")
        indexes = [
            # The look-up of dues reads the bills of one assessee, the unpaid ones nearly always.
            models.Index(name="demand_unpaid_of_assessee", fields=["assessee"], condition=Q(paid_on=None)),
            # The few that were paid in part: the whole book leaves their assessees to the calculator.
            models.Index(name="demand_paid_in_part", fields=["assessee"], condition=Q(credited_paise__gt=0)),
        ]
        constraints = [
            # Said here and not on the field, which would bring a second index for searches that nobody makes.
            models.UniqueConstraint(name="demand_number_once", fields=["demand_number"]),
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


class DemandCredit(models.Model):
    """What a bill took of a payment before it was paid whole: an advance that was used, or a part payment. Append-only.

    A negative one takes an earlier one back: its payment was no money. Neither counts any more, on any day.
    """

    demand = models.ForeignKey(Demand, on_delete=models.PROTECT, related_name="credits", verbose_name=_("bill"))
    credited_on = models.DateField(_("credited on"))
    heads = models.JSONField(_("heads"), help_text="paise by head")
    amount_paise = models.BigIntegerField(_("amount"), help_text="paise")
    paid_by = models.CharField(_("payment order"), max_length=16)
    takes_back = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="taken_back_by",
        verbose_name=_("takes back"),
    )

    class Meta:
        verbose_name = _("credit of a bill")
        verbose_name_plural = _("credits of bills")
        constraints = [
            models.CheckConstraint(
                name="credit_positive_unless_it_takes_back",
                condition=Q(takes_back=None, amount_paise__gt=0) | Q(takes_back__isnull=False, amount_paise__lt=0),
            )
        ]

    def __str__(self) -> str:
        return f"{self.demand_id}/{self.paid_by}"


class RuleBookVersion(RuleBookRecord):
    """A rule book of property tax."""

    class Meta:
        verbose_name = _("rule book")
        verbose_name_plural = _("rule books")
        constraints = approval_constraints("rule_book")


class WaiverApplication(models.Model):
    """An assessee's application to a waiver scheme. Only an approved one takes anything off the dues.

    `approver` is who decided it, either way.
    """

    assessee = models.ForeignKey(Assessee, on_delete=models.PROTECT, related_name="waivers", verbose_name=_("assessee"))
    scheme = models.CharField(_("scheme"), max_length=60)
    applied_on = models.DateField(_("applied on"))
    maker = models.CharField(_("entered by"), max_length=150)
    approver = models.CharField(_("decided by"), max_length=150, blank=True)
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    refused_on = models.DateField(_("refused on"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("waiver application")
        verbose_name_plural = _("waiver applications")
        constraints = [
            models.UniqueConstraint(name="waiver_once_per_scheme", fields=["assessee", "scheme"]),
            models.CheckConstraint(name="waiver_approved_by_another", condition=~Q(approver=F("maker"))),
            models.CheckConstraint(
                name="waiver_decision_is_whole",
                condition=Q(approver="", approved_on=None, refused_on=None)
                | (~Q(approver="") & (Q(approved_on=None) ^ Q(refused_on=None))),
            ),
            models.CheckConstraint(
                name="waiver_refusal_has_a_reason", condition=Q(refused_on=None, reason="") | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return self.scheme


class DemandRun(models.Model):
    """A yearly run that makes the PD of every assessee, and how far it has come. Each of its chunks is one commit."""

    financial_year = models.PositiveSmallIntegerField(_("financial year"), help_text="the year in which it begins")
    quarters = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("quarters"))
    issued_on = models.DateField(_("issued on"))
    presented_on = models.DateField(_("presented on"), null=True, blank=True)
    commercial_surcharge_percent = models.DecimalField(_("commercial surcharge rate"), max_digits=5, decimal_places=2)
    maker = models.CharField(_("started by"), max_length=150)
    started_at = models.DateTimeField(_("started at"))
    is_finished = models.BooleanField(_("finished"), default=False)
    done_up_to = models.BigIntegerField(default=0, help_text="the last assessee, by id, that has been looked at")
    assessees = models.PositiveIntegerField(_("assessees looked at"), default=0)
    closed = models.PositiveIntegerField(_("closed"), default=0)
    untaxed = models.PositiveIntegerField(_("nothing to ask for"), default=0)
    created = models.PositiveIntegerField(_("bills made"), default=0)
    amount_paise = models.BigIntegerField(_("amount"), default=0, help_text="paise of the bills made, before rounding")

    class Meta:
        verbose_name = _("demand run")
        verbose_name_plural = _("demand runs")
        constraints = [
            models.UniqueConstraint(
                name="demand_run_one_unfinished_a_year", fields=["financial_year"], condition=Q(is_finished=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.financial_year}/{self.pk}"


class HearingDecision(models.Model):
    """What a hearing decided of an assessee's valuation, from a quarter on. Carried into bills once, by F/S."""

    assessee = models.ForeignKey(
        Assessee, on_delete=models.PROTECT, related_name="hearings", verbose_name=_("assessee")
    )
    decided_on = models.DateField(_("decided on"))
    decided_by = models.CharField(_("decided by"), max_length=150)
    financial_year = models.PositiveSmallIntegerField(_("from financial year"), help_text="the year in which it begins")
    quarter = models.PositiveSmallIntegerField(_("from quarter"))
    annual_value_paise = models.BigIntegerField(_("annual value"), help_text="paise")
    commercial_annual_value_paise = models.BigIntegerField(_("commercial annual value"), default=0, help_text="paise")
    tax_rate_percent = models.DecimalField(_("tax rate"), max_digits=5, decimal_places=2)
    howrah_bridge_tax_percent = models.DecimalField(
        _("Howrah Bridge tax rate"), max_digits=4, decimal_places=3, default=0
    )
    carried_on = models.DateField(_("carried into bills on"), null=True, blank=True)
    left_over = models.JSONField(
        _("left to a person"), default=list, blank=True, help_text="quarters without a bill: period, reason, paise"
    )

    class Meta:
        verbose_name = _("hearing decision")
        verbose_name_plural = _("hearing decisions")
        constraints = [
            models.UniqueConstraint(name="hearing_once_a_day", fields=["assessee", "decided_on"]),
            models.CheckConstraint(name="hearing_quarter_from_1_to_4", condition=Q(quarter__range=(1, 4))),
            models.CheckConstraint(
                name="hearing_values_not_negative",
                condition=Q(annual_value_paise__gte=0, commercial_annual_value_paise__gte=0),
            ),
            models.CheckConstraint(
                name="hearing_commercial_value_within_annual_value",
                condition=Q(commercial_annual_value_paise__lte=F("annual_value_paise")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessee_id}/{self.decided_on}"


class ImportRun(models.Model):
    """A file that was taken in, and whether it was taken back. Never deleted."""

    register = models.CharField(_("register"), max_length=9, choices=Register.choices)
    file_name = models.TextField(_("file"))
    sha256 = models.CharField(max_length=64)
    read = models.PositiveIntegerField(_("rows read"), default=0)
    created = models.PositiveIntegerField(_("created"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    rejected = models.PositiveIntegerField(_("misfits"), default=0)
    maker = models.CharField(_("imported by"), max_length=150)
    imported_at = models.DateTimeField(_("imported at"))
    state = models.CharField(_("state"), max_length=6, choices=ImportState.choices, default=ImportState.LANDED)
    undone_by = models.CharField(_("taken back by"), max_length=150, blank=True)
    undone_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(name="import_run_register_known", condition=Q(register__in=Register.values)),
            models.CheckConstraint(
                name="import_run_counts_add_up",
                condition=Q(read=F("created") + F("updated") + F("unchanged") + F("rejected")),
            ),
            models.CheckConstraint(
                name="import_run_undone_is_whole",
                condition=Q(state="landed", undone_by="", undone_at=None)
                | (Q(state="undone") & ~Q(undone_by="") & ~Q(undone_at=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class ImportedRow(models.Model):
    """What an import changed of a record that was there before it. Append-only; what it created carries its number."""

    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, db_index=False, verbose_name=_("import"))
    record_id = models.BigIntegerField(help_text="of the register that the import is for")
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        verbose_name = _("imported row")
        verbose_name_plural = _("imported rows")
        constraints = [models.UniqueConstraint(name="imported_row_once_per_run", fields=["run", "record_id"])]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.record_id}"


class RegisterWord(models.Model):
    """A word that some owner (`o`) or street (`s`) of the register has, as its skeleton. Kept by a trigger, never removed."""

    word = models.TextField(primary_key=True)

    def __str__(self) -> str:
        return self.word


class SearchAllowance(models.Model):
    """How often one connection has searched in an hour. `client` is a keyed hash, not an address."""

    client = models.CharField(max_length=40)
    hour = models.DateTimeField()
    searches = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="search_allowance_once_an_hour", fields=["client", "hour"])]

    def __str__(self) -> str:
        return f"{self.hour}: {self.searches}"


class NoDuesCertificate(models.Model):
    """The paper that nothing was due on a day, under any heading. Numbered without a hole by ward and year. Append-only."""

    assessee = models.ForeignKey(
        Assessee, on_delete=models.PROTECT, related_name="certificates", verbose_name=_("assessee")
    )
    ward = models.PositiveSmallIntegerField(_("ward"))
    financial_year = models.PositiveSmallIntegerField(_("financial year"), help_text="the year in which it begins")
    number = models.PositiveIntegerField(_("number"))
    issued_on = models.DateField(_("issued on"))
    issued_at = models.DateTimeField(_("issued at"))
    particulars = models.JSONField(_("particulars"), help_text="labels, which are message ids, with their values")
    source = models.CharField(_("source"), max_length=7, choices=Source.choices)
    token = models.CharField(max_length=22, unique=True, help_text="the unguessable part of its address")
    code = models.CharField(_("verification code"), max_length=16, unique=True)

    class Meta:
        verbose_name = _("no-dues certificate")
        verbose_name_plural = _("no-dues certificates")
        constraints = [
            models.UniqueConstraint(name="no_dues_certificate_once_a_day", fields=["assessee", "issued_on"]),
            models.UniqueConstraint(name="no_dues_number_once", fields=["ward", "financial_year", "number"]),
            models.CheckConstraint(name="no_dues_number_positive", condition=Q(number__gt=0)),
        ]

    def __str__(self) -> str:
        return self.certificate_number

    @property
    def certificate_number(self) -> str:
        """Return the number as it is printed, `ND-026/2026-27/000001`."""
        return f"ND-{self.ward:03d}/{FinancialYear(self.financial_year)}/{self.number:06d}"
