"""Pay-outs of gateways, the bank credits that they became, and the calendar by which they are due."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from payments.accounts.models import GatewayAccount
from payments.decisions.models import Decided
from payments.states import Confidence, CreditKey, FileSort


class Settlement(models.Model):
    """One pay-out of a gateway: the rows of an account that were settled on one day under one bank reference. Append-only.

    What it comes to, its rows say that count today; its journals say what of that is in the books.
    """

    account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, verbose_name=_("gateway account"))
    settled_on = models.DateField(_("settled on"))
    utr = models.CharField(_("UTR"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("pay-out")
        verbose_name_plural = _("pay-outs")
        constraints = [models.UniqueConstraint(name="settlement_once", fields=["account", "settled_on", "utr"])]

    def __str__(self) -> str:
        return f"{self.settled_on} {self.utr}".strip()


class SettlementCredit(models.Model):
    """A line of a bank statement, or a part of it, is this pay-out. Append-only."""

    settlement = models.ForeignKey(
        Settlement, on_delete=models.PROTECT, related_name="credits", verbose_name=_("pay-out")
    )
    line = models.ForeignKey(
        "payments.BankLine",
        on_delete=models.PROTECT,
        related_name="credits",
        verbose_name=_("line of a bank statement"),
    )
    amount_paise = models.BigIntegerField(_("amount"), help_text="paise of the line")
    key = models.CharField(_("matched by"), max_length=6, choices=CreditKey.choices)
    maker = models.CharField(_("asked by"), max_length=150, blank=True)
    approver = models.CharField(_("approved by"), max_length=150, blank=True)
    matched_at = models.DateTimeField(_("matched at"))

    class Meta:
        verbose_name = _("bank credit of a pay-out")
        verbose_name_plural = _("bank credits of pay-outs")
        constraints = [
            models.UniqueConstraint(name="settlement_credit_once", fields=["settlement", "line"]),
            models.CheckConstraint(name="settlement_credit_moves_money", condition=~Q(amount_paise=0)),
            models.CheckConstraint(
                name="settlement_credit_by_a_key_or_by_two_people",
                condition=Q(key__in=[CreditKey.UTR, CreditKey.AMOUNT], maker="", approver="")
                | (Q(key=CreditKey.PERSON) & ~Q(maker="") & ~Q(approver="") & ~Q(approver=F("maker"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.line_id}"


class CreditRequest(Decided):
    """A clerk's word that a bank line, or a part of it, is a pay-out. It stays unmatched until a colleague has approved that."""

    settlement = models.ForeignKey(
        Settlement, on_delete=models.PROTECT, related_name="credit_requests", verbose_name=_("pay-out")
    )
    line = models.ForeignKey(
        "payments.BankLine",
        on_delete=models.PROTECT,
        related_name="credit_requests",
        verbose_name=_("line of a bank statement"),
    )
    amount_paise = models.BigIntegerField(_("amount"), help_text="paise of the line")

    class Meta(Decided.Meta):
        verbose_name = _("request to match a bank credit")
        verbose_name_plural = _("requests to match bank credits")
        constraints = [
            *Decided.Meta.constraints,
            models.CheckConstraint(name="credit_request_moves_money", condition=~Q(amount_paise=0)),
            models.UniqueConstraint(
                name="credit_asked_once_at_a_time", fields=["settlement", "line"], condition=Q(approver="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.settlement_id} {self.line_id}"


class ReturnMatch(models.Model):
    """A refund or chargeback in a settlement report is this refund, reversal or dispute of ours. Append-only."""

    line = models.OneToOneField(
        "payments.SettlementLine",
        on_delete=models.PROTECT,
        related_name="return_match",
        verbose_name=_("row of a settlement report"),
    )
    refund = models.ForeignKey("payments.Refund", on_delete=models.PROTECT, null=True, verbose_name=_("refund"))
    reversal = models.ForeignKey("payments.Reversal", on_delete=models.PROTECT, null=True, verbose_name=_("reversal"))
    dispute = models.ForeignKey("payments.Dispute", on_delete=models.PROTECT, null=True, verbose_name=_("dispute"))
    matched_at = models.DateTimeField(_("matched at"))

    class Meta:
        verbose_name = _("match of money that went back")
        verbose_name_plural = _("matches of money that went back")
        constraints = [
            models.CheckConstraint(
                name="return_match_is_one_of_three",
                condition=Q(refund__isnull=False, reversal=None, dispute=None)
                | Q(refund=None, reversal__isnull=False, dispute=None)
                | Q(refund=None, reversal=None, dispute__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return str(self.line_id)


class RefusedFile(models.Model):
    """A file that was not taken in, or of which some rows were set aside. Append-only."""

    account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, verbose_name=_("gateway account"))
    sort = models.CharField(_("sort of file"), max_length=10, choices=FileSort.choices)
    name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    code = models.CharField(_("code of the refusal"), max_length=40, blank=True)
    detail = models.TextField(_("detail"), blank=True)
    rows = models.PositiveIntegerField(_("rows set aside"), default=0)
    maker = models.CharField(_("taken in by"), max_length=150)
    refused_at = models.DateTimeField(_("refused at"))

    class Meta:
        verbose_name = _("refused file")
        verbose_name_plural = _("refused files")
        constraints = [
            models.UniqueConstraint(name="refused_file_once", fields=["account", "sort", "sha256"]),
            models.CheckConstraint(
                name="refused_file_whole_or_in_rows", condition=~Q(code="", rows=0) & (Q(code="") | Q(rows=0))
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BankHoliday(models.Model):
    """A day on which banks in West Bengal are closed, beside Sundays and the second and fourth Saturdays."""

    day = models.DateField(_("day"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    source = models.CharField(_("source"), max_length=200, help_text=_("who says so: a notification, a circular"))
    confidence = models.CharField(_("confidence"), max_length=10, choices=Confidence.choices)
    loaded_by = models.CharField(_("loaded by"), max_length=150)
    loaded_at = models.DateTimeField(_("loaded at"))

    class Meta:
        verbose_name = _("bank holiday")
        verbose_name_plural = _("bank holidays")
        constraints = [
            models.CheckConstraint(name="bank_holiday_names_its_source", condition=~Q(source="") & ~Q(name="")),
            models.CheckConstraint(name="bank_holiday_confidence_known", condition=Q(confidence__in=Confidence.values)),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
