"""What clerks may look at and not touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from kmc_portal.common import digits
from kmc_portal.common.money import rupee_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest
    from django_stubs_ext import StrPromise as _StrPromise

    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:  # the classes take no parameters when they run
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline


class ReadOnlyAdmin(ModelAdmin):
    """A table of records that only services write: everything can be found and read, nothing changed."""

    # Counting millions of rows to print their number costs more than the page.
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class FoundByNumber(ReadOnlyAdmin):
    """A table that is searched by numbers: one of digits alone is found with hyphens too, and in any script."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, digits.only_digits(search_term) or search_term)


class ReadOnlyInline(TabularInline):
    """The records that belong to the one looked at."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def paise_column(field: str, title: _StrPromise) -> Callable[[Any, Model], str]:
    """Return a list column that shows an amount of paise as rupees."""

    @admin.display(description=title, ordering=field)
    def column(_admin: Any, record: Model) -> str:
        return rupee_text(getattr(record, field))

    return column
