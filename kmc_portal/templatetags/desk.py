"""Tags of the desk's own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from kmc_portal import desk_work

if TYPE_CHECKING:
    from django.contrib.auth.models import User

register = template.Library()


@register.simple_tag
def my_work(user: User) -> list[desk_work.Task]:
    """Return what a clerk has come to do."""
    return desk_work.work_of(user)
