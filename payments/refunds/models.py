"""Money on its way back to who paid it. A record only: `refunds`, `refund_sending` and `refund_verdicts` write it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from payments.states import REFUND_UNDER_WAY, RefundState, RefundVerdict


class Refund(models.Model):
    """A part of a payment that stands in advance and is given back, asked for by one person and approved by another.

    It goes through the gateway under its number, or by hand: then `advice_number` is that of the treasury's payment advice.
    What was asked for never changes, and nothing of it after its end.
    """

    payment = models.ForeignKey(
        "payments.Payment", on_delete=models.PROTECT, related_name="refunds", verbose_name=_("payment")
    )
    refund_number = models.CharField(
        _("refund number"), max_length=15, unique=True, help_text="also our reference at the gateway"
    )
    amount_paise = models.BigIntegerField(_("amount"), help_text="paise")
    reason = models.TextField(_("why"))
    state = models.CharField(
        _("state"), max_length=9, choices=RefundState.choices, default=RefundState.REQUESTED, db_index=True
    )
    maker = models.CharField(_("asked by"), max_length=150)
    asked_at = models.DateTimeField(_("asked at"))
    approver = models.CharField(_("decided by"), max_length=150, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    refusal = models.TextField(_("why refused"), blank=True)
    advice_number = models.CharField(_("number of the payment advice"), max_length=40, blank=True)
    advice_on = models.DateField(_("date of the payment advice"), null=True, blank=True)
    next_at = models.DateTimeField(
        _("taken up next at"), null=True, blank=True, help_text="sent when it is approved, asked about when it was sent"
    )
    tries = models.PositiveSmallIntegerField(_("times sent"), default=0)
    gateway_refund_ref = models.CharField(_("the gateway's own number"), max_length=60, blank=True)
    raw_status = models.CharField(_("the gateway's code"), max_length=40, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    verdict = models.CharField(_("end by the gateway's word"), max_length=6, choices=RefundVerdict.choices, blank=True)
    verdict_proof = models.TextField(_("what shows it"), blank=True, help_text="the gateway's letter or its settlement")
    verdict_maker = models.CharField(_("entered by"), max_length=150, blank=True)
    verdict_approver = models.CharField(_("confirmed by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        indexes = [models.Index(name="refund_to_take_up", fields=["next_at"], condition=~Q(next_at=None))]
        constraints = [
            models.CheckConstraint(name="refund_amount_positive", condition=Q(amount_paise__gt=0)),
            models.CheckConstraint(name="refund_state_known", condition=Q(state__in=RefundState.values)),
            models.UniqueConstraint(
                name="refund_under_way_once", fields=["payment"], condition=Q(state__in=REFUND_UNDER_WAY)
            ),
            models.CheckConstraint(name="refund_says_why", condition=~Q(reason="")),
            models.CheckConstraint(name="refund_decided_by_another", condition=~Q(approver=F("maker"))),
            models.CheckConstraint(
                name="refund_decision_is_whole",
                condition=Q(state="requested", approver="", decided_at=None)
                | (~Q(state="requested") & ~Q(approver="") & ~Q(decided_at=None)),
            ),
            models.CheckConstraint(
                name="refund_refusal_has_a_reason",
                condition=(Q(state="refused") & ~Q(refusal="")) | (~Q(state="refused") & Q(refusal="")),
            ),
            models.CheckConstraint(
                name="refund_advice_is_whole",
                condition=Q(advice_number="", advice_on=None) | (~Q(advice_number="") & ~Q(advice_on=None)),
            ),
            models.CheckConstraint(
                name="refund_by_hand_is_not_sent",
                condition=Q(advice_number="") | ~Q(state__in=["submitted", "unknown", "failed"]),
            ),
            models.CheckConstraint(
                name="refund_is_taken_up_until_its_end",
                condition=Q(state__in=["approved", "submitted", "unknown"], next_at__isnull=False)
                | (~Q(state__in=["approved", "submitted", "unknown"]) & Q(next_at=None)),
            ),
            models.CheckConstraint(
                name="refund_verdict_is_whole",
                condition=Q(verdict="", verdict_proof="", verdict_maker="", verdict_approver="")
                | (Q(verdict__in=RefundVerdict.values) & ~Q(verdict_proof="") & ~Q(verdict_maker="")),
            ),
            models.CheckConstraint(
                name="refund_verdict_confirmed_by_another",
                condition=Q(verdict_approver="") | (~Q(verdict_approver=F("verdict_maker")) & Q(state=F("verdict"))),
            ),
            models.CheckConstraint(
                name="refund_end_has_a_moment",
                condition=Q(state__in=["done", "failed"], ended_at__isnull=False)
                | (~Q(state__in=["done", "failed"]) & Q(ended_at=None)),
            ),
        ]

    def __str__(self) -> str:
        return self.refund_number

    @property
    def is_by_hand(self) -> bool:
        return bool(self.advice_number)
