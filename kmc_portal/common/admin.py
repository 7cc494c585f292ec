"""What clerks may look at and not touch."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext

from kmc_portal.common import digits, exports, trail
from kmc_portal.common.keyset import EXACT, KeysetPages, found_exactly, without_whole_tables
from kmc_portal.common.money import rupee_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest
    from django.urls import URLPattern
    from django_stubs_ext import StrPromise as _StrPromise

    from kmc_portal.common.history import Happening

    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:  # the classes take no parameters when they run
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline


# Rows of one file: a month of a busy counter. Whole registers leave by the operators' commands.
MOST_TAKEN = 20_000
# How the name of a column ends that has nothing but a link to the next act.
LINK = "_link"


class ReadableAmounts:
    """Shows the paise of a record as rupees. For tables and inlines that nobody edits."""

    model: type[Model]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        amounts = _amounts_of(self.model)
        named: Any = super().get_fields(request, obj)  # type: ignore[misc]
        return list(dict.fromkeys(amounts.get(name, name) if isinstance(name, str) else name for name in named))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        named: Any = super().get_readonly_fields(request, obj)  # type: ignore[misc]
        amounts = _amounts_of(self.model)
        return [*(amounts.get(name, name) if isinstance(name, str) else name for name in named), *amounts.values()]


class ReadOnlyAdmin(ReadableAmounts, ModelAdmin):
    """A table of records that only services write: everything can be found and read, nothing changed."""

    # Counting millions of rows to print their number costs more than the page, and sorting them by any column too.
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    list_per_page = 50
    change_list_template = "admin/desk_list.html"
    change_form_template = "admin/record.html"
    # A list that names people is looked at page by page, and not taken away.
    may_be_taken_away = True

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        taken = path("export/<str:file_type>/", self.admin_site.admin_view(self.export), name=name)
        return [taken, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        taken = list(exports.CONTENT_TYPES) if self.may_be_taken_away else []
        return super().changelist_view(request, {"taken_as": taken, **(extra_context or {})})

    def export(self, request: HttpRequest, file_type: str) -> HttpResponse:
        """Hand out the list that was asked for as a file, and write down who took it.

        :raises PermissionDenied: whoever asks may not see the list, or nobody takes it away
        """
        if file_type not in exports.CONTENT_TYPES or request.method != "POST":
            return redirect("../../")
        if not self.may_be_taken_away or not self.has_view_permission(request):
            raise PermissionDenied
        heads, rows = self._table(request, self.get_changelist_instance(request).queryset[: MOST_TAKEN + 1])
        if len(rows) > MOST_TAKEN:
            said = gettext("A file has at most {count} rows. Please filter or search for fewer.")
            self.message_user(request, said.format(count=MOST_TAKEN), messages.WARNING)
            return redirect(f"../../?{request.GET.urlencode()}")
        file, query = exports.file_of(file_type, heads, rows), request.GET.urlencode()
        digest = hashlib.sha256(file).hexdigest()
        trail.note_export(self.model, rows=len(rows), file_type=file_type, query=query, sha256=digest)
        headers = {"Content-Disposition": f'attachment; filename="{self.opts.model_name}.{file_type}"'}
        return HttpResponse(file, content_type=exports.CONTENT_TYPES[file_type], headers=headers)

    def _table(self, request: HttpRequest, records: QuerySet[Any]) -> tuple[list[str], list[list[Any]]]:
        """Return the heads and the rows of a list as its page shows them, without the columns of links alone."""
        labels = {name: str(label_for_field(name, self.model, self)) for name in self.get_list_display(request)}
        columns = [name for name in labels if not str(name).endswith(LINK)]
        return [capfirst(labels[name]) for name in columns], [
            [self._cell(name, one) for name in columns] for one in records
        ]

    def _cell(self, name: Any, record: Any) -> Any:
        amount = getattr(getattr(self, name, None), "paise_field", "") if isinstance(name, str) else ""
        if amount:
            paise = getattr(record, amount)
            return None if paise is None else Decimal(paise).scaleb(-2)
        field, _attribute, value = lookup_field(name, record, self)
        if field is not None and getattr(field, "flatchoices", None):
            return dict(field.flatchoices).get(value, value)
        return strip_tags(value) if isinstance(value, SafeString) else value

    def get_changelist(self, request: HttpRequest, **_: Any) -> type[KeysetPages]:
        return KeysetPages

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return without_whole_tables(self.model, super().get_list_filter(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if search_term.strip() and all(field.startswith(EXACT) for field in self.search_fields):
            return found_exactly(queryset, self.search_fields, search_term.strip())
        return super().get_search_results(request, queryset, search_term)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class HasHistory(ModelAdmin):
    """A table whose page of one record tells what happened to it."""

    def happenings_of(self, record: Any) -> list[Happening]:
        """Return what happened to a record, the newest first, in a constant number of queries."""
        raise NotImplementedError

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        record = context.get("original")
        context["happenings"] = self.happenings_of(record) if record else None
        return super().render_change_form(request, context, *args, **kwargs)


class ShowsPersons(ModelAdmin):
    """A table whose list masks persons, and whose page of one shows them: whoever opens that is written down (ADR 0049)."""

    may_be_taken_away = False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        record = self.get_object(request, object_id) if response.status_code == HTTPStatus.OK else None
        if record:
            self.note_look(record, "page")
        return response

    def note_look(self, record: Model, page: str) -> None:
        """Write down that a page of this table shows a person in full."""
        trail.note_look(record, screen=f"{self.opts.model_name} {page}")


class FoundByNumber(ReadOnlyAdmin):
    """A table that is searched by numbers: one of digits alone is found with hyphens too, and in any script."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, digits.only_digits(search_term) or search_term)


class ReadOnlyInline(ReadableAmounts, TabularInline):
    """The records that belong to the one looked at."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@cache
def _amounts_of(model: type[Model]) -> dict[str, Callable[[Any], str]]:
    """Return, by the names of a table's amounts, what shows them."""
    names = (field for field in model._meta.get_fields() if field.name.endswith("_paise"))
    return {field.name: _amount_shown(field.name, cast("Any", field).verbose_name) for field in names}


def _amount_shown(name: str, title: _StrPromise) -> Callable[[Any], str]:
    @admin.display(description=title)
    def shown(record: Any) -> str:
        paise = getattr(record, name)
        return "–" if paise is None else rupee_text(paise)

    return shown


def paise_column(field: str, title: _StrPromise) -> Callable[[Any, Model], str]:
    """Return a list column that shows an amount of paise as rupees, and nothing where there is none."""

    @admin.display(description=title, ordering=field)
    def column(_admin: Any, record: Model) -> str:
        paise = getattr(record, field)
        return "" if paise is None else rupee_text(paise)

    column.paise_field = field  # type: ignore[attr-defined]
    return column
