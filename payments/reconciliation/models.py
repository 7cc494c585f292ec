"""What gateways say they paid out and banks say came in, row by row as it was taken in. All of it append-only."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from payments.accounts.models import GatewayAccount
from payments.reconciliation.rows import RowKind
from payments.states import MatchKey


class TakenInFile(models.Model):
    """A file that was taken in, once for each account and content, and what became of its rows."""

    account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, verbose_name=_("gateway account"))
    name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    maker = models.CharField(_("taken in by"), max_length=150)
    taken_in_at = models.DateTimeField(_("taken in at"))
    read = models.PositiveIntegerField(_("rows read"))
    created = models.PositiveIntegerField(_("rows that are new"))
    updated = models.PositiveIntegerField(_("rows that replace others"))
    set_aside = models.JSONField(_("rows set aside"), default=list, help_text="row, field, code and what was found")
    rejected = models.PositiveIntegerField(_("rows set aside, their number"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class SettlementFile(TakenInFile):
    """A gateway's settlement report."""

    is_correction = models.BooleanField(_("is a correction"), default=False)
    withdrawn = models.PositiveIntegerField(_("rows withdrawn"), default=0)

    class Meta:
        verbose_name = _("settlement report")
        verbose_name_plural = _("settlement reports")
        constraints = [
            models.UniqueConstraint(name="settlement_file_once_per_account", fields=["account", "sha256"]),
            models.CheckConstraint(name="settlement_file_names_who", condition=~Q(maker="")),
            models.CheckConstraint(
                name="settlement_file_withdraws_when_it_corrects", condition=Q(is_correction=True) | Q(withdrawn=0)
            ),
        ]


class SettlementLine(models.Model):
    """One row of a settlement report. It counts as long as no `SettlementChange` stands beside it."""

    account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, verbose_name=_("gateway account"))
    file = models.ForeignKey(
        SettlementFile, on_delete=models.PROTECT, related_name="lines", verbose_name=_("settlement report")
    )
    place = models.PositiveIntegerField(_("row"))
    kind = models.CharField(_("kind"), max_length=10, choices=[(kind.value, kind.value) for kind in RowKind])
    merchant_id = models.CharField(_("merchant id"), max_length=60)
    transaction_ref = models.CharField(_("transaction number"), max_length=60)
    order_ref = models.CharField(_("reference at the gateway"), max_length=60, blank=True)
    bank_ref = models.CharField(_("bank reference"), max_length=60, blank=True)
    own_ref = models.CharField(_("number of the refund or part"), max_length=60, blank=True)
    happened_on = models.DateField(_("paid on"))
    settled_on = models.DateField(_("settled on"))
    gross_paise = models.BigIntegerField(_("amount"), help_text="paise")
    charge_paise = models.BigIntegerField(_("charges"), help_text="paise")
    gst_paise = models.BigIntegerField(_("GST on charges"), help_text="paise")
    net_paise = models.BigIntegerField(_("net"), help_text="paise")
    utr = models.CharField(_("UTR"), max_length=60, blank=True)
    occurrence = models.PositiveIntegerField(_("occurrence"), help_text="2 when a report lists the same row twice")
    version = models.PositiveSmallIntegerField(_("version"), default=1)

    class Meta:
        verbose_name = _("row of a settlement report")
        verbose_name_plural = _("rows of settlement reports")
        constraints = [
            models.UniqueConstraint(
                name="settlement_line_once_per_version",
                fields=["account", "transaction_ref", "kind", "own_ref", "settled_on", "occurrence", "version"],
            ),
            models.CheckConstraint(name="settlement_line_kind_known", condition=Q(kind__in=list(RowKind))),
            models.CheckConstraint(
                name="settlement_line_amounts_unsigned",
                condition=Q(gross_paise__gte=0, charge_paise__gte=0, gst_paise__gte=0, net_paise__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.transaction_ref}"


class SettlementChange(models.Model):
    """A row that no longer counts: a later report gave it other values, or a correction left it out."""

    line = models.OneToOneField(
        SettlementLine, on_delete=models.PROTECT, related_name="change", verbose_name=_("row of a settlement report")
    )
    replaced_by = models.OneToOneField(
        SettlementLine, on_delete=models.PROTECT, null=True, related_name="replaces", verbose_name=_("replaced by")
    )
    file = models.ForeignKey(
        SettlementFile, on_delete=models.PROTECT, related_name="changes", verbose_name=_("settlement report")
    )

    class Meta:
        verbose_name = _("changed row of a settlement report")
        verbose_name_plural = _("changed rows of settlement reports")
        constraints = [
            models.CheckConstraint(name="settlement_line_replaced_by_another", condition=~Q(line=F("replaced_by")))
        ]

    def __str__(self) -> str:
        return str(self.line_id)


class SettlementMatch(models.Model):
    """A settled row is about this payment. Of a payment only one row that counts is matched."""

    line = models.OneToOneField(
        SettlementLine, on_delete=models.PROTECT, related_name="match", verbose_name=_("row of a settlement report")
    )
    payment = models.ForeignKey(
        "payments.Payment", on_delete=models.PROTECT, related_name="settlements", verbose_name=_("payment")
    )
    key = models.CharField(_("matched by"), max_length=11, choices=MatchKey.choices)
    matched_at = models.DateTimeField(_("matched at"))

    class Meta:
        verbose_name = _("match of a settlement")
        verbose_name_plural = _("matches of settlements")
        constraints = [models.CheckConstraint(name="settlement_match_key_known", condition=Q(key__in=MatchKey.values))]

    def __str__(self) -> str:
        return f"{self.key} {self.payment_id}"


class BankFile(TakenInFile):
    """A statement of the bank account into which an account is paid out."""

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        constraints = [
            models.UniqueConstraint(name="bank_file_once_per_account", fields=["account", "sha256"]),
            models.CheckConstraint(name="bank_file_names_who", condition=~Q(maker="")),
        ]


class BankLine(models.Model):
    """One line of a bank statement; positive is money that came in."""

    account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, verbose_name=_("gateway account"))
    file = models.ForeignKey(BankFile, on_delete=models.PROTECT, related_name="lines", verbose_name=_("bank statement"))
    place = models.PositiveIntegerField(_("row"))
    value_on = models.DateField(_("value date"))
    amount_paise = models.BigIntegerField(_("amount"), help_text="paise")
    utr = models.CharField(_("UTR"), max_length=60, blank=True)
    narration = models.TextField(_("narration"), blank=True)
    fingerprint = models.CharField(max_length=32, help_text="of all that it says, and which of its like it is")

    class Meta:
        verbose_name = _("line of a bank statement")
        verbose_name_plural = _("lines of bank statements")
        constraints = [
            models.UniqueConstraint(name="bank_line_once_per_account", fields=["account", "fingerprint"]),
            models.CheckConstraint(name="bank_line_moves_money", condition=~Q(amount_paise=0)),
        ]

    def __str__(self) -> str:
        return self.utr or str(self.pk)
