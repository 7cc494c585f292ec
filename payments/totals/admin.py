"""The page of control totals: one account and day, tied out or with the reasons why not, and the way out as a file."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kmc_portal.common import exports, trail
from kmc_portal.common.clock import day_of
from kmc_portal.common.desk_admin import DeskAdmin
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.web import refuse
from payments.models import DayTotals
from payments.reconciliation.reporting import BY_GATEWAYS
from payments.reconciliation.totals import control_totals
from payments.totals import files, words
from payments.totals.flow import flow_of
from payments.totals.forms import DayForm, DaysForm
from payments.totals.lines import lines_of, steps_of

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest
    from django.urls import URLPattern

    from payments.models import GatewayAccount
    from payments.reconciliation.totals import ControlTotals

DAY = timedelta(days=1)


@admin.register(DayTotals)
class DayTotalsAdmin(DeskAdmin):
    """No list of rows: the list's address is the page of one account and day."""

    def get_urls(self) -> list[URLPattern]:
        take_out = path("take-out/", self.admin_site.admin_view(self.take_out), name=self.named("take_out"))
        return [take_out, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show a day, the last one that is over unless another one is asked for."""
        self.may(request, "view")
        yesterday = day_of(timezone.now()) - DAY
        first = BY_GATEWAYS.first()
        usual = {"account": first.code if first else "", "day": yesterday.isoformat()}
        form = DayForm({**usual, **request.GET.dict()})
        context = self._context(request, form, DaysForm(initial={"first_day": yesterday, "last_day": yesterday}))
        if form.is_valid():
            context.update(_shown(form.cleaned_data["account"], form.cleaned_data["day"]))
        return render(request, "admin/totals.html", context)

    def take_out(self, request: HttpRequest) -> HttpResponse:
        """Hand out the totals of some days as a file, and note who took it; a refusal stands beside its field."""
        self.may(request, "view")
        form = DaysForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                return self._file(request, form.cleaned_data)
            except ServiceError as refusal:
                refuse(form, refusal)
        day = DayForm(
            {"account": BY_GATEWAYS.values_list("code", flat=True).first(), "day": day_of(timezone.now()) - DAY}
        )
        return render(request, "admin/totals.html", self._context(request, day, form))

    def _file(self, request: HttpRequest, asked: dict[str, Any]) -> HttpResponse:
        account, form = asked.pop("account"), asked["form"]
        content, rows = files.take_out([account] if account else list(BY_GATEWAYS.all()), **asked)
        query = urlencode({"account": account.code if account else "", **asked})
        digest = hashlib.sha256(content).hexdigest()
        trail.note_export(DayTotals, rows=rows, file_type=form, query=query, sha256=digest)
        name = f"control-totals-{asked['first_day']}-{asked['last_day']}.{form}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(content, content_type=exports.CONTENT_TYPES[form], headers=headers)

    def _context(self, request: HttpRequest, form: DayForm, taken: DaysForm) -> dict[str, Any]:
        each = self.admin_site.each_context(request)
        return {**each, "opts": self.opts, "title": _("Control totals"), "form": form, "taken": taken}


def _shown(account: GatewayAccount, day: date) -> dict[str, Any]:
    totals = control_totals(account=account, day=day)
    flow = flow_of(steps_of(totals))
    others = [_short(one, control_totals(account=one, day=day)) for one in BY_GATEWAYS.all() if one != account]
    return {
        "account": account,
        "day": day,
        "before": day - DAY,
        "after": day + DAY,
        "totals": totals,
        "outcome": words.OUTCOMES[totals.outcome],
        "meaning": words.MEANINGS[totals.outcome],
        "flow": flow,
        "bars": [(bar, words.line_in_words(bar.line.name)) for bar in flow.bars],
        "branches": [(branch, words.line_in_words(branch.line.name)) for branch in flow.branches],
        "rows": [(line, words.line_in_words(line.name)) for line in lines_of(totals)],
        "others": others,
    }


def _short(account: GatewayAccount, totals: ControlTotals) -> dict[str, Any]:
    return {"account": account, "totals": totals, "outcome": words.OUTCOMES[totals.outcome]}
