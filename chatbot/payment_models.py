"""What citizens wait to hear about their payments. A record only: `payment_questions` writes it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from payments.models import PaymentOrder


class PaymentQuestion(models.Model):
    """Somebody in the chat waits to hear what the bank says of a payment."""

    conversation = models.ForeignKey(
        "chatbot.Conversation", on_delete=models.CASCADE, related_name="questions", verbose_name=_("conversation")
    )
    order = models.ForeignKey(PaymentOrder, on_delete=models.PROTECT, related_name="+", verbose_name=_("order"))
    is_payers = models.BooleanField(_("asked by the payer"))
    asked_at = models.DateTimeField(_("asked at"))
    available_at = models.DateTimeField(_("next try at"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=8, blank=True)

    class Meta:
        verbose_name = _("question about a payment")
        verbose_name_plural = _("questions about payments")
        indexes = [models.Index(name="question_to_answer", fields=["available_at"], condition=Q(answered_at=None))]
        constraints = [
            models.UniqueConstraint(
                name="question_open_once", fields=["conversation", "order"], condition=Q(answered_at=None)
            ),
            models.CheckConstraint(name="question_answered_with_a_word", condition=Q(answered_at=None) ^ ~Q(answer="")),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
