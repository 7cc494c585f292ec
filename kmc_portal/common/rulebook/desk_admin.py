"""The rule desk: load a rule book, see what it would change, let a colleague put it in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.desk_admin import DeskAdmin
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from kmc_portal.common.rulebook import documents
from kmc_portal.common.rulebook.forms import RuleBookForm
from kmc_portal.common.rulebook.keeping import RuleBookRefused
from kmc_portal.common.web import refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern
    from django_stubs_ext import StrPromise as _StrPromise

    from kmc_portal.common.rulebook.faults import Fault
    from kmc_portal.common.rulebook.keeping import Keeping
    from kmc_portal.common.rulebook.records import RuleBookRecord

SURE = "official"
# What a row has beside its terms; shown in columns of their own.
BESIDE_TERMS = frozenset({"kind", "code", "valid_from", "valid_to", "source", "confidence"})


def _lines(texts: Iterable[str]) -> str:
    return format_html_join(mark_safe("<br>"), "{}", ([text] for text in texts))


class RuleBookAdmin(DeskAdmin):
    """Rule books: loaded by one person, previewed by the portal, put in force by another person."""

    keeping: Keeping[Any]
    # What a preview says: in the list, and on the page of a book.
    change_text: _StrPromise
    preview_text: _StrPromise

    list_display = ("number", "maker", "loaded_at", "would_change", "approver", "approved_at")
    ordering = ("-pk",)
    fields = (
        "maker",
        "loaded_at",
        "preview_in_words",
        "previewed_at",
        "approver",
        "approved_at",
        "differences",
        "rules",
    )
    readonly_fields = fields
    actions = ("approve",)

    def get_urls(self) -> list[URLPattern]:
        load = path("load/", self.admin_site.admin_view(self.load), name=self.named("act"))
        return [load, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        more = {
            "act": gettext("Load a rule book") if self.can(request, "add") else "",
            "act_url": f"admin:{self.named('act')}",
        }
        return super().changelist_view(request, {**(extra_context or {}), **more})

    def load(self, request: HttpRequest) -> HttpResponse:
        """Take in a book as a new version, not yet in force; a faulty one is refused whole, each fault named."""
        self.may(request, "add")
        form = RuleBookForm(request.POST or None, request.FILES or None)
        faults: Sequence[Fault] = ()
        if request.method == "POST" and form.is_valid():
            try:
                version = self.keeping.load_rules(
                    form.cleaned_data["file"], maker=request.user.get_username(), now=timezone.now()
                )
            except ServiceError as refusal:
                refuse(form, refusal)
                faults = refusal.faults if isinstance(refusal, RuleBookRefused) else ()
            else:
                text = gettext(
                    "Rule book {version} is loaded and waits for its preview and for a colleague's approval."
                )
                messages.success(request, text.format(version=version.pk))
                return redirect(f"admin:{self.named('change')}", version.pk)
        return self.page(
            request, gettext("Load a rule book"), form, button=gettext("Load"), faults=faults, is_upload=True
        )

    @admin.display(description=_("number"), ordering="pk")
    def number(self, version: RuleBookRecord) -> int:
        return int(version.pk)

    @admin.display(description=_("would change"))
    def would_change(self, version: RuleBookRecord) -> str:
        found = version.preview
        if found is None:
            return "–" if version.approved_at else gettext("is being computed …")
        return str(self.change_text).format(
            changed=found["changed"],
            checked=found["checked"],
            amount=rupee_text(found["after_paise"] - found["before_paise"]),
        )

    @admin.display(description=_("preview"))
    def preview_in_words(self, version: RuleBookRecord) -> str:
        found = version.preview
        if found is None:
            return self.would_change(version)
        return str(self.preview_text).format(
            checked=found["checked"],
            changed=found["changed"],
            before=rupee_text(found["before_paise"]),
            after=rupee_text(found["after_paise"]),
        )

    @admin.display(description=_("against the book in force"))
    def differences(self, version: RuleBookRecord) -> str:
        changes = documents.changes(self.keeping.versions.content_in_force(), version.content)
        words = {"added": _("added"), "removed": _("removed"), "changed": _("changed")}
        rows = [(words[one.what], one.kind, one.code, one.valid_from, _lines(one.terms)) for one in changes]
        if not rows:
            return gettext("No rule differs.")
        return format_html(
            '<ul class="changes">{}</ul>', format_html_join("", "<li><b>{}</b> {} <b>{}</b> {}<br>{}</li>", rows)
        )

    @admin.display(description=_("rules"))
    def rules(self, version: RuleBookRecord) -> str:
        rows = [
            (
                row["code"],
                row["kind"],
                _lines(filter(None, (row["valid_from"], row.get("valid_to")))),
                _lines(f"{name}: {documents.term_text(row[name])}" for name in row if name not in BESIDE_TERMS),
                row["source"],
                "" if row["confidence"] == SURE else "badge",
                row["confidence"] if row["confidence"] == SURE else f"{gettext('assumption')}: {row['confidence']}",
            )
            for row in version.content["rules"]
        ]
        cells = "<tr><td><b>{}</b><br>{}</td><td>{}</td><td>{}</td><td>{}<br><span class='{}'>{}</span></td></tr>"
        return format_html('<table class="rules">{}</table>', format_html_join("", cells, rows))

    def has_approve_permission(self, request: HttpRequest) -> bool:
        return self.can(request, "change")

    @admin.action(description=_("Put in force"), permissions=["approve"])
    def approve(self, request: HttpRequest, queryset: QuerySet[RuleBookRecord]) -> None:
        for version in queryset.order_by("pk"):
            try:
                self.keeping.approve_rules(version.pk, approver=request.user.get_username(), now=timezone.now())
            except ServiceError as refusal:
                self.message_user(request, refusal.user_message, messages.ERROR)
            else:
                text = gettext("Rule book {version} is in force from now on.")
                self.message_user(request, text.format(version=version.pk), messages.SUCCESS)
