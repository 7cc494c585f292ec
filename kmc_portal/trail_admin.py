"""The trail for auditors: who changed what, saw whom, and took a list away. Nobody changes it."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import DateTimeField
from django.utils.dateparse import parse_datetime
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common import digits
from kmc_portal.common.admin import ReadOnlyAdmin
from kmc_portal.common.clock import IST
from kmc_portal.common.money import rupee_text
from kmc_portal.common.trail import SCREEN, TAKEN

if TYPE_CHECKING:
    from django.db.models import Field, QuerySet
    from django.http import HttpRequest

admin.site.unregister(LogEntry)
# What an empty field of a new record holds, and how much of a change a list shows; its page shows it whole.
NOTHING, SHORT = ("", "None"), 160
CREATED, CHANGED, DELETED, SEEN = (value for value, _label in LogEntry.Action.choices)


class WhatWasDone(admin.SimpleListFilter):
    title = _("what was done")
    parameter_name = "done"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("changes", _("changes")), ("looks", _("looks")), ("exports", _("lists taken away"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LogEntry]) -> QuerySet[LogEntry]:
        if self.value() == "changes":
            return queryset.filter(action__in=(CREATED, CHANGED, DELETED))
        if self.value() == "looks":
            return queryset.filter(action=SEEN, additional_data__has_key=SCREEN)
        if self.value() == "exports":
            return queryset.filter(action=SEEN, additional_data__has_key=TAKEN)
        return queryset


@admin.register(LogEntry)
class TrailAdmin(ReadOnlyAdmin):
    list_display = ("timestamp", "who", "done", "table", "object_repr", "in_short")
    list_filter = (WhatWasDone, "timestamp")
    search_fields = ("=object_repr",)  # there must be one for the box to be there
    search_help_text = _("Number of the record whole, or the name by which a clerk signs in")
    ordering = ("-pk",)
    list_select_related = ("actor", "content_type")
    fields = ("timestamp", "who", "remote_addr", "done", "table", "object_repr", "object_pk", "about")
    readonly_fields = fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[LogEntry], search_term: str
    ) -> tuple[QuerySet[LogEntry], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        clerk = User.objects.filter(username=term).first()
        either = {term, term.upper(), digits.only_digits(term) or term}
        return (queryset.filter(actor=clerk) if clerk else queryset.filter(object_repr__in=either)), False

    @admin.display(description=_("who"))
    def who(self, entry: LogEntry) -> str:
        return entry.actor.get_username() if entry.actor else gettext("the portal")

    @admin.display(description=_("what was done"))
    def done(self, entry: LogEntry) -> str:
        if entry.action != SEEN:
            return {CREATED: gettext("made"), CHANGED: gettext("changed"), DELETED: gettext("deleted")}[entry.action]
        return gettext("took away") if TAKEN in (entry.additional_data or {}) else gettext("saw")

    @admin.display(description=_("table"))
    def table(self, entry: LogEntry) -> str:
        model = entry.content_type.model_class()
        return capfirst(str(model._meta.verbose_name)) if model else entry.content_type.model

    @admin.display(description=_("in short"))
    def in_short(self, entry: LogEntry) -> str:
        if entry.action == SEEN:
            return self.about(entry)
        told = "; ".join(f"{name}: {change}" for name, change in _changes(entry) if change not in NOTHING)
        return Truncator(told).chars(SHORT)

    @admin.display(description=_("in detail"))
    def about(self, entry: LogEntry) -> str:
        if entry.action == SEEN:
            return ", ".join(str(value) for value in (entry.additional_data or {}).values())
        return format_html("<ul class='changes'>{}</ul>", format_html_join("", "<li>{}: {}</li>", _changes(entry)))


def _changes(entry: LogEntry) -> list[tuple[str, str]]:
    """Return what was changed: what a field is called, with what stood there before and after.

    The library also notes what points at a new record, which is nothing yet.
    """
    model = entry.content_type.model_class()
    fields = {field.name: field for field in model._meta.concrete_fields} if model else {}
    found = []
    for name, change in (entry.changes or {}).items():
        if isinstance(change, dict):  # rows of a table between: groups of a clerk, rights of a group
            words = {"add": gettext("added"), "delete": gettext("removed")}
            found.append((name, f"{words[change['operation']]} {', '.join(change['objects'])}"))
        elif field := fields.get(name):
            old, new = (_read(field, value) for value in change)
            told = f"{old} → {new}" if entry.action == CHANGED else (new if entry.action == CREATED else old)
            found.append((str(field.verbose_name), told))
    return found


def _read(field: Field[Any, Any], value: str) -> str:
    """Return a value that the library wrote down as people read it: amounts in rupees, times in IST, which it keeps in UTC."""
    if value in NOTHING:
        return value
    if field.name.endswith("_paise"):
        return rupee_text(int(value))
    moment = parse_datetime(value) if isinstance(field, DateTimeField) else None
    return localize(moment.replace(tzinfo=UTC).astimezone(IST)) if moment else value
