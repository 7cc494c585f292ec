"""The clerk's desk: Django's admin under our own name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.http import HttpRequest


class DeskSite(AdminSite):
    index_title = _("Clerk's desk")

    def _build_app_dict(self, request: HttpRequest, label: Any = None) -> dict[str, Any]:
        """Return the tables of each app with their names translated once: sorted as they are, each comparison would do it anew."""
        apps: dict[str, Any] = super()._build_app_dict(request, label)
        for app in apps.values():
            for table in app["models"]:
                table["name"] = str(table["name"])
        return apps
