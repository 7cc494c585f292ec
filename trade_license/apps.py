from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TradeLicenseConfig(AppConfig):
    name = "trade_license"
    verbose_name = _("Trade licence")
