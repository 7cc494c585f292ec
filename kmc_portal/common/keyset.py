"""Lists of the desk over tables of millions: pages that go on from a row, and nothing that reads a whole table (ADR 0050)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.text import capfirst

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

# The row that a page goes on from, by its primary key: towards the end of the list, or back to its beginning.
AFTER, BEFORE = "after", "before"
# Rows from whose end the words of a filter are taken: a word that none of them has is found by a search.
RECENT = 500
EXACT = "="
BIGGEST = 2**63


class KeysetPages(ChangeList):
    """A list of which one page is read, with one row more to know whether it goes on. Nothing is counted."""

    older = newer = first = ""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.title = capfirst(str(self.opts.verbose_name_plural))
        # Kept here, where a row's address is made: Django would look up each of fifty addresses to see that they are of this list.
        self.way_back, self.preserved_filters = self.preserved_filters, ""

    def url_for_result(self, result: Model) -> str:
        """Return the address of a row's page, which leads back to this page of the list."""
        address = super().url_for_result(result)
        return f"{address}?{self.way_back}" if self.way_back else address

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        found: dict[str, Any] = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in (AFTER, BEFORE)}

    def get_query_string(self, new_params: dict[str, Any] | None = None, remove: Iterable[str] | None = None) -> str:
        return super().get_query_string(new_params, [*(remove or []), AFTER, BEFORE])

    def get_results(self, request: HttpRequest) -> None:
        """Read the page; a filter or a search begins at the beginning again.

        A list in an ordering that has no row to go on from is counted by Django: queues, which are short.
        """
        terms, size = self.get_ordering(request, self.queryset), self.list_per_page
        if not all(isinstance(term, str) and _is_never_empty(self.model, term) for term in terms):
            super().get_results(request)
            return
        ordering = [str(term) for term in terms]
        is_back = BEFORE in request.GET
        row = self._row(request.GET.get(BEFORE if is_back else AFTER, ""))
        found = self.queryset
        if row is not None:
            found = found.filter(_beyond(ordering, row, is_back=is_back))
        if is_back:
            found = found.order_by(*(_turned(term) for term in ordering))
        rows = list(found[: size + 1])
        goes_on, rows = len(rows) > size, rows[:size]
        if is_back:
            rows.reverse()
        if rows and (goes_on or is_back):
            self.older = self._link(AFTER, rows[-1])
        if rows and row is not None and (goes_on or not is_back):
            self.newer, self.first = self._link(BEFORE, rows[0]), self.get_query_string()
        self.result_list, self.result_count = rows, len(rows)
        self.full_result_count, self.show_full_result_count = None, False
        self.show_admin_actions, self.can_show_all, self.multi_page = True, False, False
        self.paginator = self.model_admin.get_paginator(request, found, size)

    def _row(self, key: str) -> Model | None:
        """Return the row that a page goes on from; none at the beginning, or where it is gone or was never there."""
        with suppress(ValueError, ValidationError):
            return self.root_queryset.filter(pk=key).order_by().first() if key else None
        return None

    def _link(self, way: str, row: Model) -> str:
        address = self.get_query_string()
        return f"{address}{'&' if len(address) > 1 else ''}{way}={row.pk}"


def _beyond(ordering: Sequence[str], row: Model, *, is_back: bool) -> Q:
    """Return what comes after a row in an ordering whose terms together are unique; before it when going back."""
    found, same = Q(), Q()
    for term in ordering:
        name = term.lstrip("-")
        value = getattr(row, name)
        beyond = "lt" if term.startswith("-") != is_back else "gt"
        found |= same & Q(**{f"{name}__{beyond}": value})
        same &= Q(**{name: value})
    first = ordering[0].lstrip("-")
    bound = "lte" if ordering[0].startswith("-") != is_back else "gte"
    # Said twice, so that an index on the first term begins where the page does.
    return found & Q(**{f"{first}__{bound}": getattr(row, first)})


def _is_never_empty(model: type[Model], term: str) -> bool:
    """Say whether rows can be compared by a term: by a column of theirs, since nothing is before or after an empty value."""
    name = term.lstrip("-")
    return name == "pk" or ("__" not in name and not getattr(model._meta.get_field(name), "null", False))


def _turned(term: str) -> str:
    return term.removeprefix("-") if term.startswith("-") else f"-{term}"


def found_exactly(queryset: QuerySet[Any], search_fields: Sequence[str], term: str) -> tuple[QuerySet[Any], bool]:
    """Return the rows of which a field is a term whole, however its letters are typed. Each field by its own index."""
    either = list(dict.fromkeys((term, term.upper(), term.lower())))
    asked = [
        queryset.model._default_manager.filter(**{f"{path}__in": values}).order_by().values("pk")
        for path in (field.removeprefix(EXACT) for field in search_fields)
        if (values := _fitting(queryset.model, path, either))
    ]
    if not asked:
        return queryset.none(), False
    first, *others = asked
    return queryset.filter(pk__in=first.union(*others) if others else first), False


def _fitting(model: type[Model], path: str, terms: Sequence[str]) -> Sequence[str | int]:
    """Return what a column may hold of some terms: of a number's, the one number."""
    field = get_fields_from_path(model, path)[-1]
    if not isinstance(field, models.IntegerField | models.AutoField):
        return terms
    return [int(terms[0])] if terms[0].isascii() and terms[0].isdecimal() and int(terms[0]) < BIGGEST else []


class RecentValues(admin.AllValuesFieldListFilter):
    """A filter by the words that the newest rows have, read from these alone and not from a whole table."""

    def __init__(self, field: Any, request: Any, params: Any, model: Any, model_admin: Any, field_path: str) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        # Made different here: as DISTINCT over the newest the planner reads the whole table.
        newest = model._default_manager.order_by("-pk").values_list(field_path, flat=True)[:RECENT]
        values = set(newest)
        self.lookup_choices = sorted(  # type: ignore[assignment]
            values, key=lambda value: () if value is None else (value,)
        )

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": self.word(str(choice["display"]))}

    def word(self, value: str) -> str:
        """Return what people call a value; a link without a word would be none."""
        return value or "–"


def without_whole_tables(model: type[Model], list_filter: Sequence[Any]) -> list[Any]:
    """Return filters of which none reads a whole table to know its words."""
    return [(one, RecentValues) if isinstance(one, str) and _has_open_words(model, one) else one for one in list_filter]


def _has_open_words(model: type[Model], path: str) -> bool:
    field = get_fields_from_path(model, path)[-1]
    is_closed = isinstance(field, (models.BooleanField, models.DateField))
    return not (field.is_relation or getattr(field, "flatchoices", None) or is_closed)
