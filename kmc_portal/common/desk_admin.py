"""A desk in the admin: a table that changes by acts, each a page with a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import reverse

from kmc_portal.common.admin import ReadOnlyAdmin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django import forms
    from django.http import HttpRequest, HttpResponse


class DeskAdmin(ReadOnlyAdmin):
    """A table that changes by acts of its own, each a page with a form, and never by editing a row."""

    change_list_template = "admin/desk_list.html"

    def page(
        self,
        request: HttpRequest,
        title: str,
        form: forms.Form,
        *,
        button: str,  # empty where there is nothing to send
        faults: Sequence[object] = (),
        **more: Any,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": title,
            "form": form,
            "button": button,
            "faults": faults,
            **more,
        }
        return render(request, "admin/desk_form.html", context)

    def may(self, request: HttpRequest, act: str) -> None:
        """:raises PermissionDenied: whoever asks has no right to this act"""
        self.may_do(request, self._right(act))

    def may_do(self, request: HttpRequest, right: str) -> None:
        """:raises PermissionDenied: whoever asks lacks a right, such as `payments.add_reversalrequest`"""
        if not request.user.has_perm(right):
            raise PermissionDenied

    def can(self, request: HttpRequest, act: str) -> bool:
        """Say whether whoever asks has the right to an act: add, change."""
        return request.user.has_perm(self._right(act))

    def _right(self, act: str) -> str:
        return f"{self.opts.app_label}.{act}_{self.opts.model_name}"

    def named(self, page: str) -> str:
        """Return the name of a page of this table: changelist, change, or an act's."""
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def listed(self) -> str:
        return reverse(f"admin:{self.named('changelist')}")
