from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PortalConfig(AppConfig):
    name = "kmc_portal"

    def ready(self) -> None:
        from kmc_portal import checks, roles  # noqa: F401, PLC0415 - settings are not complete before

        post_migrate.connect(roles.write_roles, dispatch_uid="roles")
