"""What clerks may look at and not touch."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin

from kmc_portal.common import digits, trail
from kmc_portal.common.keyset import EXACT, KeysetPages, found_exactly, without_whole_tables
from kmc_portal.common.money import rupee_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse
    from django_stubs_ext import StrPromise as _StrPromise

    from kmc_portal.common.history import Happening

    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:  # the classes take no parameters when they run
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline


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

    change_form_template = "admin/record.html"

    def happenings_of(self, record: Any) -> list[Happening]:
        """Return what happened to a record, the newest first, in a constant number of queries."""
        raise NotImplementedError

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        record = context.get("original")
        context["happenings"] = self.happenings_of(record) if record else None
        return super().render_change_form(request, context, *args, **kwargs)


class ShowsPersons(ModelAdmin):
    """A table whose list masks persons, and whose page of one shows them: whoever opens that is written down (ADR 0049)."""

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

    return column
