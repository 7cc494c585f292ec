"""Tags of the desk's own pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import template
from django.utils.html import format_html, strip_tags
from django.utils.safestring import mark_safe
from django.utils.text import capfirst

from kmc_portal import desk_work

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from django.contrib.auth.models import User

register = template.Library()
CELL = re.compile("<t[dh]")


@register.simple_tag
def my_work(user: User) -> list[desk_work.Task]:
    """Return what a clerk has come to do."""
    return desk_work.work_of(user)


@register.filter
def under(cells: Iterable[str], headers: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the cells of a row of a list, each with the head of its column as `data-label`."""
    for cell, header in zip(cells, headers, strict=True):
        label = format_html(' data-label="{}"', capfirst(strip_tags(str(header["text"]))).strip())
        begun = CELL.match(cell)
        yield mark_safe(f"{begun[0]}{label}{cell[begun.end() :]}" if begun else cell)  # noqa: S308 - Django's own cell
