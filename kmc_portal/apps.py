from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "kmc_portal"
