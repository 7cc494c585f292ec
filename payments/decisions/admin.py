"""A desk where one clerk's requests are decided by another: the list with its links, and the page of the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.admin import FoundByNumber
from kmc_portal.common.desk_admin import DeskAdmin
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.web import refuse
from payments.decisions.forms import DecisionForm

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern
    from django_stubs_ext import StrPromise

    from payments.decisions.models import Decided


class DecisionDesk(DeskAdmin, FoundByNumber):
    """Requests that wait for another person. Whoever may add asks, whoever may change decides."""

    approve_button: StrPromise = _("Approve")

    def get_urls(self) -> list[URLPattern]:
        decide = path("<int:asked>/decide/", self.admin_site.admin_view(self.decide), name=self.named("decide"))
        return [decide, *super().get_urls()]

    def decide(self, request: HttpRequest, asked: int) -> HttpResponse:
        self.may(request, "change")
        found = get_object_or_404(self.model, pk=asked)
        form = DecisionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                messages.success(request, self._decide(request, asked, form.cleaned_data["refusal"]))
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                return redirect(self.listed())
        buttons = {"button": str(self.approve_button), "other_button": gettext("Refuse")}
        return self.page(request, self.title_of(found), form, about=self.about(found), **buttons)

    def _decide(self, request: HttpRequest, asked: int, refusal: str) -> str:
        who, now = request.user.get_username(), timezone.now()
        if "other" in request.POST:
            self.refuse(asked, approver=who, refusal=refusal, now=now)
            return gettext("Refused: everything stays as it is.")
        return self.approve(asked, approver=who, now=now)

    def approve(self, asked: int, *, approver: str, now: datetime) -> str:
        """Do what is asked for and return what is said of it."""
        raise NotImplementedError

    def refuse(self, asked: int, *, approver: str, refusal: str, now: datetime) -> None:
        """Leave everything as it is."""
        raise NotImplementedError

    def title_of(self, asked: Any) -> str:
        """Return what is asked for, in a line."""
        raise NotImplementedError

    def about(self, asked: Any) -> str:
        """Return all that who decides must know, as text or safe HTML."""
        raise NotImplementedError

    def decision_of(self, asked: Decided) -> str:
        """Return how a request was decided, or a link to decide it."""
        if asked.approved_at:
            return gettext("approved")
        if asked.approver:
            return asked.refusal
        return self.decide_link(asked)

    def decide_link(self, asked: Any) -> str:
        """Return the link to the page where a request is decided."""
        address = reverse(f"admin:{self.named('decide')}", args=[asked.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Decide"))
