"""Papers on their way into a chat. A record only: `papers` writes it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaperLink(models.Model):
    """An address that nobody can guess, good for a short while, at which the provider fetches one paper (ADR 0046).

    Only a digest of the address is kept. `address` is the portal's own, where the paper stands.
    """

    digest = models.CharField(_("digest"), max_length=64, unique=True)
    message = models.ForeignKey(
        "chatbot.OutboundMessage", on_delete=models.CASCADE, related_name="paper_links", verbose_name=_("message")
    )
    address = models.CharField(_("paper"), max_length=300)
    language = models.CharField(_("language"), max_length=2)
    made_at = models.DateTimeField(_("written at"))
    expires_at = models.DateTimeField(_("good until"))
    fetched = models.PositiveSmallIntegerField(_("times fetched"), default=0)
    asked_about = models.PositiveSmallIntegerField(_("times asked about"), default=0)

    class Meta:
        verbose_name = _("link to a paper")
        verbose_name_plural = _("links to papers")

    def __str__(self) -> str:
        return str(self.pk)
