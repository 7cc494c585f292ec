"""Eight payers at once, and thirty-two: the portal's poster beside the same rows written by plain statements on psycopg2."""

from __future__ import annotations

import multiprocessing
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache, partial
from itertools import chain, islice
from statistics import median, quantiles
from threading import local
from time import perf_counter
from typing import TYPE_CHECKING

import psycopg2
from django.db import connection
from django.utils import timezone

from bench import city, raw_posting
from bench.measure import Count, Rounds, interleaved
from payments.gateways.base import ReportStatus, TransactionReport
from payments.models import GatewayAccount, PaymentAttempt, PaymentOrder
from payments.posting import apply_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.pool import Pool

    from bench.measure import Ratio, Size

PROCESSES, THREADS = 8, 4
MERCHANT = "BENCH"

Order = tuple[str, int]
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
    orders = iter(open_orders(size.posts * 3 * (size.rounds + 1)))
    spawned = multiprocessing.get_context("spawn")
    ready = spawned.Barrier(PROCESSES + 1)
    with spawned.Pool(PROCESSES, initializer=city.get_ready, initargs=(ready,)) as payers:
        ready.wait(timeout=60)
        street = Street(payers, orders, size.posts)
        ways = {
            "ours": street.pay_and_repeat,
            "raw": partial(street.pay, "raw", raw),
            "many": partial(street.pay, "many", ours, THREADS),
        }
        interleaved(ways, 1)  # opens the payers' connections
        analyse()
        street.milliseconds.clear()
        found = interleaved(ways, size.rounds)
    waits = Rounds(street.milliseconds)
    yield found.ratio("posting, 8 payers", "posts/s", ("ours", "raw"), limit=0.8, at_least=True)
    yield found.ratio("posting, 32 payers to 8", "posts/s", ("many", "ours"), limit=0.9, at_least=True)
    yield waits.ratio("posting, slowest of 100 at 32 to usual at 8", "ms", ("many p99", "ours p50"), limit=15)
    yield waits.ratio("posting, word that comes again", "ms", ("again p50", "ours p50"), limit=0.3)
    yield Count("posting: series with a hole", counted(HOLES), limit=0)
    yield Count("posting: paid orders without a receipt", counted(PAID_WITHOUT_RECEIPT), limit=0)


class Street:
    """Payers, in processes of their own, and the orders that they have not paid yet."""

    def __init__(self, payers: Pool, orders: Iterator[Order], posts: int) -> None:
        self.payers, self.orders, self.posts = payers, orders, posts
        self.milliseconds: dict[str, list[float]] = defaultdict(list)

    def pay(self, name: str, way: Callable[[TransactionReport], None], threads: int = 1) -> float:
        """Let a payer in each thread pay a round's orders, and return how many are posted a second."""
        return self._post(name, way, threads, self._next())

    def pay_and_repeat(self) -> float:
        """Pay as `pay` does; then let the gateway say everything once more, which the figure leaves out."""
        orders = self._next()
        rate = self._post("ours", ours, 1, orders)
        self._post("again", again, 1, orders)
        return rate

    def _next(self) -> list[Order]:
        return list(islice(self.orders, self.posts))

    def _post(self, name: str, way: Callable[[TransactionReport], None], threads: int, orders: list[Order]) -> float:
        shares = [orders[payer::PROCESSES] for payer in range(PROCESSES)]
        started = perf_counter()
        waits = sorted(chain.from_iterable(self.payers.map(partial(post, way, threads), shares, chunksize=1)))
        rate = len(orders) / (perf_counter() - started)
        self.milliseconds[f"{name} p50"].append(median(waits))
        self.milliseconds[f"{name} p99"].append(quantiles(waits, n=100)[-1])
        return rate


def open_orders(count: int) -> list[Order]:
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


def post(way: Callable[[TransactionReport], None], threads: int, orders: list[Order]) -> list[float]:
    """Post a share of the orders, one after the other in each thread, and return what each took, in ms."""
    shares = [orders[payer::threads] for payer in range(threads)]
    return list(chain.from_iterable(hands().map(partial(post_share, way), shares)))


def post_share(way: Callable[[TransactionReport], None], orders: list[Order]) -> list[float]:
    waits = []
    for order_ref, amount_paise in orders:
        said = report(order_ref, amount_paise)
        started = perf_counter()
        way(said)
        waits.append((perf_counter() - started) * 1000)
    return waits


@cache
def hands() -> ThreadPoolExecutor:
    """Return the threads of this process, each of which keeps its connection."""
    return ThreadPoolExecutor(THREADS)


def again(report: TransactionReport) -> None:
    apply_report(account=bench_account(), report=report, now=timezone.now())


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
def raw_connections() -> local:
    return local()


def raw_connection() -> psycopg2.extensions.connection:
    """Return the connection of this thread, as Django keeps one for each."""
    kept = raw_connections()
    if not hasattr(kept, "connection"):
        kept.connection = psycopg2.connect(**city.connection_parameters())
    return kept.connection


def analyse() -> None:
    """Forget the plans that were made for empty tables."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def counted(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]
