"""Reading: whatever number a citizen reads out over the telephone, and what it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.urls import reverse

from chatbot.conversations import told_at
from kmc_portal.common import digits
from kmc_portal.common.money import rupee_text
from payments import finding
from property_tax.inputs import printed
from property_tax.models import Assessee
from trade_license.models import License
from trade_license.queries import key_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import AnonymousUser, User

MOBILE_DIGITS = 10


class Found(NamedTuple):
    """Something that a number belongs to: what it is, a line about it, and the page of the desk that shows it."""

    kind: str
    about: str
    address: str


def find(typed: str, user: User | AnonymousUser) -> list[Found]:
    """Return everything that a number belongs to and that a clerk may look at, people's names left out. Six queries at most.

    What the number names comes first, then what was paid for it.
    """
    text = digits.to_ascii(typed).strip()
    if not text:
        return []
    return [*_assessees(text, user), *_licenses(text, user), *_orders(text, user)]


def _assessees(text: str, user: User | AnonymousUser) -> Iterator[Found]:
    if not user.has_perm("property_tax.view_assessee"):
        return
    number = digits.only_digits(text) or text
    billed = Assessee.objects.filter(demands__demand_number=text.upper())
    for found in {*Assessee.objects.filter(assessee_number=number), *billed}:
        about = printed(found.assessee_number)
        yield Found("assessee", about, reverse("admin:property_tax_assessee_change", args=[found.pk]))


def _licenses(text: str, user: User | AnonymousUser) -> Iterator[Found]:
    if not user.has_perm("trade_license.view_license") or not key_of(text):
        return
    for license in License.objects.filter(search_key=key_of(text)):
        about = f"{license.ce_number} · {license.trade_name}"
        yield Found("license", about, reverse("admin:trade_license_license_change", args=[license.pk]))


def _orders(text: str, user: User | AnonymousUser) -> Iterator[Found]:
    if not user.has_perm("payments.view_paymentorder"):
        return
    bare = digits.only_digits(text.removeprefix("+"))
    mobile = bare[-MOBILE_DIGITS:] if len(bare) in (MOBILE_DIGITS, MOBILE_DIGITS + 2) else ""
    told = told_at(f"+91{mobile}") if mobile else []
    for order in finding.orders_of_number(typed=text, digits=bare, told_to=told):
        about = (
            f"{order.order_number} · {rupee_text(order.amount_paise)} · {order.get_state_display()} · {order.reference}"
        )
        yield Found("payment", about, reverse("admin:payments_paymentorder_timeline", args=[order.pk]))
