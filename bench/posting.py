"""Eight payers at once: the portal's poster beside the same rows written by plain statements on psycopg2."""

from __future__ import annotations

import multiprocessing
from datetime import timedelta
from functools import cache, partial
from time import perf_counter
from typing import TYPE_CHECKING

import psycopg2
from django.db import connection
from django.utils import timezone

from bench import city, raw_posting
from bench.measure import Count, interleaved
from payments.gateways.base import ReportStatus, TransactionReport
from payments.models import GatewayAccount, PaymentAttempt, PaymentOrder
from payments.posting import apply_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.measure import Ratio, Size

PAYERS = 8
MERCHANT = "BENCH"

UNPAID = """
SELECT a.assessee_number, a.ward_id, d.demand_number, d.property_tax_paise, d.howrah_bridge_tax_paise
  FROM property_tax_assessee a JOIN property_tax_demand d ON d.demand_number = 'B' || a.id || '-0'
 ORDER BY a.id LIMIT %s
"""
HOLES = """
SELECT count(*) FROM (SELECT 1 FROM payments_receipt GROUP BY series, financial_year HAVING max(number) <> count(*)) s
"""
PAID_WITHOUT_RECEIPT = """
SELECT abs((SELECT count(*) FROM payments_paymentorder WHERE state = 'paid') - (SELECT count(*) FROM payments_receipt))
"""


def measure(size: Size) -> Iterator[Ratio | Count]:
    orders = iter(open_orders(size.posts * 2 * (size.rounds + 1)))
    spawned = multiprocessing.get_context("spawn")
    ready = spawned.Barrier(PAYERS + 1)
    with spawned.Pool(PAYERS, initializer=city.get_ready, initargs=(ready,)) as payers:
        ready.wait(timeout=30)

        def posts_per_second(way: Callable[[TransactionReport], None]) -> float:
            shares = [[next(orders) for _ in range(size.posts // PAYERS)] for _ in range(PAYERS)]
            started = perf_counter()
            payers.map(partial(post, way), shares, chunksize=1)
            return size.posts / (perf_counter() - started)

        ways = {"ours": partial(posts_per_second, ours), "raw": partial(posts_per_second, raw)}
        interleaved(ways, 1)  # opens the payers' connections
        analyse()
        found = interleaved(ways, size.rounds)
    yield found.ratio("posting, 8 payers", "posts/s", ("ours", "raw"), limit=0.7, at_least=True)
    yield Count("posting: series with a hole", counted(HOLES), limit=0)
    yield Count("posting: paid orders without a receipt", counted(PAID_WITHOUT_RECEIPT), limit=0)


def open_orders(count: int) -> list[tuple[str, int]]:
    """Open an order and an attempt at each of `count` bills; return their references and amounts."""
    with connection.cursor() as cursor:
        cursor.execute(UNPAID, [count])
        bills = cursor.fetchall()
    now, account = timezone.now(), bench_account()
    orders = [
        PaymentOrder(
            order_number=f"BENCH{place:08}",
            token=f"bench{place:017}",
            kind="property_tax",
            reference=number,
            scope="ALL",
            amount_paise=within_rebate(tax + bridge),
            snapshot={"lines": lines_of(bill, tax, bridge)},
            priced_on=city.today(),
            series=f"PT-{ward:03}",
            source="web",
            dues_key=f"bench{place}",
            created_at=now,
            expires_at=now + timedelta(days=1),
        )
        for place, (number, ward, bill, tax, bridge) in enumerate(bills)
    ]
    PaymentOrder.objects.bulk_create(orders, batch_size=1000)
    attempts = [
        PaymentAttempt(
            order=order,
            account=account,
            order_ref=order.order_number + "01",
            amount_paise=order.amount_paise,
            created_at=now,
        )
        for order in orders
    ]
    PaymentAttempt.objects.bulk_create(attempts, batch_size=1000)
    return [(attempt.order_ref, attempt.amount_paise) for attempt in attempts]


def within_rebate(gross_paise: int) -> int:
    """Return what a bill costs within its rebate, in whole rupees."""
    return gross_paise * 95 // 100 // 100 * 100


def lines_of(bill: str, tax: int, bridge: int) -> list[dict[str, object]]:
    """Return the lines of one bill within its rebate, in paise. They are the bill's own: of others it would take a part only."""
    gross = tax + bridge
    return [
        {"bill": bill, "head": "property_tax", "amount_paise": tax},
        {"bill": bill, "head": "howrah_bridge_tax", "amount_paise": bridge},
        {"bill": bill, "head": "rebate", "amount_paise": within_rebate(gross) - gross},
    ]


def post(way: Callable[[TransactionReport], None], orders: list[tuple[str, int]]) -> None:
    """Post one payer's share, one after the other. Runs in the payer's own process."""
    for order_ref, amount_paise in orders:
        way(report(order_ref, amount_paise))


def ours(report: TransactionReport) -> None:
    assert apply_report(account=bench_account(), report=report, now=timezone.now()).startswith("posted")


def raw(report: TransactionReport) -> None:
    raw_posting.post(raw_connection(), bench_account(), report, timezone.now())


def report(order_ref: str, amount_paise: int) -> TransactionReport:
    return TransactionReport(
        order_ref=order_ref,
        transaction_ref=f"T{order_ref}",
        status=ReportStatus.SUCCEEDED,
        raw_status="0300",
        amount_paise=amount_paise,
        bank_ref=f"B{order_ref}",
        method="UPI",
        happened_at=timezone.now(),
        merchant_id=MERCHANT,
    )


@cache
def bench_account() -> GatewayAccount:
    account, _is_new = GatewayAccount.objects.get_or_create(
        code="bench", defaults={"gateway": "billdesk", "merchant_id": MERCHANT}
    )
    return account


@cache
def raw_connection() -> psycopg2.extensions.connection:
    return psycopg2.connect(**city.connection_parameters())


def analyse() -> None:
    """Forget the plans that were made for empty tables."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def counted(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]
