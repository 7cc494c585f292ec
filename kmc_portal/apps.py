from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate, pre_save
from django.utils.translation import gettext_lazy as _


class DeskConfig(AdminConfig):
    default_site = "kmc_portal.site_admin.DeskSite"


class PortalConfig(AppConfig):
    name = "kmc_portal"
    verbose_name = _("Registers")

    def ready(self) -> None:
        # Settings and models are not complete before.
        from auditlog.models import LogEntry  # noqa: PLC0415

        from kmc_portal import checks, desk_middleware, desk_words, roles  # noqa: F401, PLC0415
        from kmc_portal.common import trail  # noqa: PLC0415

        post_migrate.connect(roles.write_roles, dispatch_uid="roles")
        user_logged_in.connect(desk_middleware.remember, dispatch_uid="clerk_sessions")
        pre_save.connect(trail.name_actor, sender=LogEntry, dispatch_uid="trail")
