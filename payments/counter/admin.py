"""The counter: a cashier opens a shift, finds what is due, takes money, prints the receipt, counts; then it goes to the bank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.admin import paise_column
from kmc_portal.common.clock import day_of
from kmc_portal.common.desk_admin import DeskAdmin
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import digits
from kmc_portal.common.web import refuse
from payments import papers, polling, queries
from payments.counter import counters, deposits, shifts, takings
from payments.counter import services as counter
from payments.counter.forms import CloseShiftForm, CounterForm, DepositForm, FindForm, NoForm, OpenShiftForm, TakeForm
from payments.counter.services import Handed
from payments.models import Counter, GatewayAccount, Shift
from payments.payables import payable_of
from payments.services import PaymentInProgress
from payments.states import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    from payments.payables import Paper


@admin.register(Counter)
class CounterAdmin(DeskAdmin):
    list_display = ("number", "place", "is_in_use")
    list_select_related = ("account",)
    ordering = ("number",)
    actions = ("use", "retire")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("act/", view(self.new), name=self.named("act")),
            path("deposit/", view(self.deposit), name=self.named("deposit")),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may_add = self.can(request, "add")
        more = {"act": gettext("Add a counter") if may_add else "", "act_url": f"admin:{self.named('act')}"}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    @admin.display(description=_("in use"), boolean=True)
    def is_in_use(self, counter: Counter) -> bool:
        return counter.account.is_active

    @admin.action(description=_("Put these counters in use"))
    def use(self, request: HttpRequest, found: QuerySet[Counter]) -> None:
        self._switch(request, found, is_active=True)

    @admin.action(description=_("Take no more money at these counters"))
    def retire(self, request: HttpRequest, found: QuerySet[Counter]) -> None:
        self._switch(request, found, is_active=False)

    def _switch(self, request: HttpRequest, found: QuerySet[Counter], *, is_active: bool) -> None:
        self.may(request, "change")
        # One by one, so that each is in the trail.
        for account in GatewayAccount.objects.filter(counter__in=found).exclude(is_active=is_active):
            account.is_active = is_active
            account.save(update_fields=["is_active"])

    def new(self, request: HttpRequest) -> HttpResponse:
        self.may(request, "add")
        form = CounterForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                counters.add_counter(**form.cleaned_data)
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                return redirect(self.listed())
        return self.page(request, gettext("Add a counter"), form, button=gettext("Add"))

    def deposit(self, request: HttpRequest) -> HttpResponse:
        """Write that what a counter took went to the bank: an act of the desk that also sends in what gateways paid out."""
        self.may_do(request, "payments.add_settlementfile")
        waiting, today = deposits.waiting(), day_of(timezone.now())
        form = DepositForm(request.POST or None, waiting=waiting, initial={"deposited_on": today})
        if request.method == "POST" and form.is_valid():
            try:
                count = deposits.deposit(**form.deposit(), maker=_who(request), now=timezone.now())
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                messages.success(request, _deposited(count))
                return redirect(f"admin:{self.named('deposit')}")
        title, button, about = gettext("Take a counter's money to the bank"), gettext("Deposited"), ""
        if not waiting and not form.is_bound:
            button, about = "", gettext("Nothing waits. Money waits when the count of its shift has been checked.")
        return self.page(request, title, form, button=button, about=about)


@admin.register(Shift)
class ShiftAdmin(DeskAdmin):
    list_display = ("day", "counter", "cashier", "opened_at", "closed_at", "expected", "counted", "state")
    list_filter = ("day", "counter", ("checked_at", admin.EmptyFieldListFilter))
    search_fields = ("=cashier", "takings__number")
    ordering = ("-pk",)
    list_select_related = ("counter",)
    expected = paise_column("expected_paise", _("expected"))
    counted = paise_column("counted_paise", _("counted"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("open/", view(self.open), name=self.named("act")),
            path("desk/", view(self.desk), name=self.named("desk")),
            path("desk/order/", view(self.order), name=self.named("order")),
            path("desk/take/<str:token>/", view(self.take), name=self.named("take")),
            path("<int:shift>/close/", view(self.close), name=self.named("close")),
            path("<int:shift>/check/", view(self.check_count), name=self.named("check")),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        more = {"act": gettext("Go to my counter") if self.can(request, "add") else "", "act_url": self._desk_name()}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    @admin.display(description=_("state"))
    def state(self, shift: Shift) -> str:
        if shift.checked_by:
            return gettext("checked by {who}").format(who=shift.checked_by)
        if not shift.closed_at:
            return gettext("open")
        address = reverse(f"admin:{self.named('check')}", args=[shift.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Check"))

    def open(self, request: HttpRequest) -> HttpResponse:
        self.may(request, "add")
        form = OpenShiftForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                shifts.open_shift(
                    counter=form.cleaned_data["counter"],
                    change=form.notes(),
                    cashier=_who(request),
                    now=timezone.now(),
                )
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                return redirect(self._desk_name())
        about = gettext("Count the change that lies in the drawer.")
        return self.page(request, gettext("Open a shift"), form, button=gettext("Open"), about=about)

    def desk(self, request: HttpRequest) -> HttpResponse:
        """A cashier's shift: whom to find, what was found, and what was taken so far."""
        self.may(request, "add")
        shift = Shift.objects.select_related("counter").filter(cashier=_who(request), closed_at=None).first()
        if shift is None:
            return redirect(f"admin:{self.named('act')}")
        form, taken = FindForm(request.GET if "kind" in request.GET else None), takings.takings_of(shift)
        last = next((one for one in taken if str(one.receipt.pk) == request.GET.get("taken")), None)
        context = {
            **self._frame(request, str(shift)),
            "shift": shift,
            "form": form,
            "offers": self._offers(form),
            "takings": taken,
            "totals": takings.totals(taken),
            "last": last,
            "papers": _papers(last),
            "can_ask": request.user.has_perm("payments.add_reversalrequest"),
        }
        return render(request, "admin/counter_desk.html", context)

    def order(self, request: HttpRequest) -> HttpResponse:
        """Open the order that was chosen, and go on to taking its money."""
        self.may(request, "add")
        asked, now = request.POST, timezone.now()
        try:
            opened = payable_of(asked["kind"]).open_order(
                reference=asked.get("reference", ""),
                scope=asked.get("scope", ""),
                source=Source.COUNTER,
                now=now,
                language=asked.get("language", "en"),
            )
        except ServiceError as refusal:
            messages.error(request, refusal.user_message)
            return redirect(self._desk_name())
        return redirect(f"admin:{self.named('take')}", opened.token)

    def take(self, request: HttpRequest, token: str) -> HttpResponse:
        """One order and what is handed over for it; a payment under way can be asked about from here."""
        self.may(request, "add")
        form, now = TakeForm(request.POST if "take" in request.POST else None), timezone.now()
        try:
            if "ask" in request.POST:
                polling.check_now(token=token, now=now)
            found = queries.order_status(token=token).order
        except ServiceError as refusal:
            messages.error(request, refusal.user_message)
            return redirect(self._desk_name())
        context: dict[str, Any] = {"order": found, "form": form, "bills": papers.bills_of(found)}
        if form.is_valid():
            try:
                receipt = counter.take(token=token, handed=Handed(**form.cleaned_data), cashier=_who(request), now=now)
            except ServiceError as refusal:
                refuse(form, refusal)
                context["is_under_way"] = isinstance(refusal, PaymentInProgress)
            else:
                return redirect(f"{reverse(self._desk_name())}?taken={receipt.pk}")
        title = f"{gettext(found.snapshot['title'])} · {rupee_text(found.amount_paise)}"
        return render(request, "admin/counter_take.html", {**self._frame(request, title), **context})

    def close(self, request: HttpRequest, shift: int) -> HttpResponse:
        self.may(request, "add")
        found = get_object_or_404(Shift, pk=shift, cashier=_who(request))
        form = CloseShiftForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            notes, remark, who = form.notes() or {}, form.cleaned_data["remark"], _who(request)
            try:
                shifts.close_shift(shift=found.pk, notes=notes, remark=remark, cashier=who, now=timezone.now())
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                messages.success(
                    request, gettext("The shift is closed and waits for a colleague who checks the count.")
                )
                return redirect(self.listed())
        about = gettext("Count everything that lies in the drawer, the change it was opened with too.")
        return self.page(request, gettext("Close the shift"), form, button=gettext("Close"), about=about)

    def check_count(self, request: HttpRequest, shift: int) -> HttpResponse:
        self.may(request, "change")
        found = get_object_or_404(Shift.objects.select_related("counter"), pk=shift)
        form = NoForm(request.POST if request.method == "POST" else None)
        if request.method == "POST":
            try:
                shifts.check_shift(shift=found.pk, checker=_who(request), now=timezone.now())
            except ServiceError as refusal:
                form.is_valid()
                refuse(form, refusal)
            else:
                return redirect(self.listed())
        return self.page(request, str(found), form, button=gettext("The count is right"), about=_count(found))

    def _frame(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.model._meta, "title": title}

    def _offers(self, form: FindForm) -> Any:
        if not form.is_bound or not form.is_valid():
            return None
        try:
            text, on = form.cleaned_data["number"], day_of(timezone.now())
            return payable_of(form.cleaned_data["kind"]).offers(text=text, on=on)
        except ServiceError as refusal:
            form.add_error("number", refusal.user_message)
            return None

    def _desk_name(self) -> str:
        return f"admin:{self.named('desk')}"


def _who(request: HttpRequest) -> str:
    return request.user.get_username()


def _deposited(count: int) -> str:
    said = ngettext(
        "{count} payment is on its way to the bank. Its statement will show it.",
        "{count} payments are on their way to the bank. Its statement will show them.",
        count,
    )
    return said.format(count=digits(count))


def _papers(taken: takings.Taking | None) -> Sequence[Paper]:
    """Return what a payment brought beside its receipt, such as a certificate."""
    if taken is None:
        return []
    order = taken.receipt.payment.order
    return payable_of(order.kind).papers(paid_by=order.order_number)


def _count(shift: Shift) -> str:
    """Return in words what a closed shift counted, and what it should have."""
    notes = ", ".join(f"{count} × {rupee_text(int(rupees) * 100)}" for rupees, count in shift.notes.items())
    said = gettext("Expected {expected}, counted {counted}: {notes}.").format(
        expected=rupee_text(shift.expected_paise or 0), counted=rupee_text(shift.counted_paise or 0), notes=notes or "0"
    )
    return f"{said} {shift.remark}".strip()
