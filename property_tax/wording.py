"""How dues of property tax are put into words on pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kmc_portal.common.dues_view import Wording
from property_tax.explanations import explain
from property_tax.order_lines import HEAD_LABELS
from property_tax.states import Heading

# The labels are the corporation's own; this is what they mean.
MEANINGS = {
    Heading.PD: _("This year's bills"),
    Heading.FS: _("Fresh or supplementary bills"),
    Heading.LOI: _("Arrears of earlier years"),
}
WORDING = Wording({heading.value: (heading.label, MEANINGS[heading]) for heading in Heading}, HEAD_LABELS, explain)
