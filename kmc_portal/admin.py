"""Clerks and their sign-in: who they are, which roles they have, and a way out when a phone is lost or a password was forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axes.utils import reset
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as _UserAdmin
from django.contrib.auth.models import User
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from kmc_portal import trail_admin  # noqa: F401 - registers the trail
from kmc_portal.registers.admin import RegisterFileAdmin as RegisterFileAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    UserAdmin = _UserAdmin[User]
else:  # the class takes no parameter when it runs
    UserAdmin = _UserAdmin

# A phone's secret is shown once, to the clerk who enrols it, and to nobody at the desk.
admin.site.unregister(TOTPDevice)
admin.site.unregister(User)


@admin.register(User)
class ClerkAdmin(UserAdmin):
    list_display = ("username", "first_name", "last_name", "roles", "has_phone", "is_active", "last_login")
    list_filter = ("groups", "is_active", "is_superuser")
    actions = ("forget_phone", "unlock")

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody: what a clerk has done keeps their name. Who has left is made inactive."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups", "totpdevice_set")

    @admin.display(description=_("roles"))
    def roles(self, clerk: User) -> str:
        return ", ".join(group.name for group in clerk.groups.all())

    @admin.display(description=_("phone enrolled"), boolean=True)
    def has_phone(self, clerk: User) -> bool:
        return any(phone.confirmed for phone in clerk.totpdevice_set.all())  # type: ignore[attr-defined]

    @admin.action(description=_("Let them enrol another phone"), permissions=["change"])
    def forget_phone(self, request: HttpRequest, clerks: QuerySet[User]) -> None:
        TOTPDevice.objects.filter(user__in=clerks).delete()
        messages.success(request, gettext("They enrol a phone when they sign in next."))

    @admin.action(description=_("Unlock their sign-in"), permissions=["change"])
    def unlock(self, request: HttpRequest, clerks: QuerySet[User]) -> None:
        for clerk in clerks:
            reset(username=clerk.username)
        messages.success(request, gettext("They can try their password again."))
