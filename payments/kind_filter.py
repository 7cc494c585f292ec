"""A filter of the desk by what was paid for."""

from __future__ import annotations

from django.utils.translation import gettext

from kmc_portal.common.keyset import RecentValues
from payments import payables


class KindFilter(RecentValues):
    """What is paid for, by the name that payers know."""

    def word(self, value: str) -> str:
        kinds = payables.kinds()
        return gettext(kinds[value].title) if value in kinds else super().word(value)
