from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "kmc_portal"

    def ready(self) -> None:
        from kmc_portal import checks  # noqa: F401, PLC0415 - settings are not complete before
