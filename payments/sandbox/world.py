"""The sandbox's BillDesk without any wire: orders, payments, refunds and news, in a time that can be pushed."""

from __future__ import annotations

import random
import string
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payments.sandbox import settlement, twists, voices
from payments.sandbox.outcomes import FAILED, PENDING, PLANS, SUCCESS, by_amount
from payments.sandbox.records import Answer, ApiError, Merchant, Order, PageError, Refund, Transaction, Webhook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date, datetime

    from payments.sandbox.twists import Twist

PAGE_LIFE = timedelta(minutes=30)
APP_TAKES = timedelta(seconds=10)
TRACE_MEMORY = timedelta(hours=24)
# A browser is usually quicker than a server-to-server message.
WEBHOOK_DELAY = timedelta(seconds=1)
RETRY_IN = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600))
KEPT_WEBHOOKS = 500
REFUND_ENDS = {FAILED: FAILED, PENDING: PENDING}


class World:
    """One gateway. Not safe to share between threads; `rng` makes every reference, so a seed repeats a run."""

    def __init__(self, merchants: Iterable[Merchant], *, clock: Callable[[], datetime], rng: random.Random) -> None:
        self.merchants = {merchant.merchant_id: merchant for merchant in merchants}
        self.clock = clock
        self._rng = rng
        self.orders: dict[str, Order] = {}
        self.transactions: dict[str, Transaction] = {}
        self.refunds: dict[str, Refund] = {}
        self.webhooks: dict[int, Webhook] = {}
        self.twists: dict[int, Twist] = {}
        self.traces: dict[str, datetime] = {}
        self.faults: list[str] = []
        # What the next calls are answered with, and what those that were answered so had asked.
        self.answers: list[Answer] = []
        self.heard: list[dict[str, Any]] = []
        self.holding_webhooks = False

    # --- What the merchant's server asks ----------------------------------------------------------------------------

    def remember_trace(self, merchant: Merchant, trace_id: str) -> None:
        """Refuse a trace id that was heard in the last 24 hours. :raises ApiError:"""
        now, key = self.clock(), f"{merchant.merchant_id}/{trace_id}"
        while self.traces and (oldest := next(iter(self.traces))) and self.traces[oldest] <= now - TRACE_MEMORY:
            del self.traces[oldest]
        if key in self.traces:
            raise ApiError(409, "duplicate_request_error", "GNDRE0001", "This BD-Traceid was used before.")
        self.traces[key] = now

    def register(self, merchant: Merchant, *, order_id: str, **order: Any) -> Order:
        """Make an order with a payment page that lives half an hour. :raises ApiError: when the order exists"""
        if self._key(merchant, order_id) in self.orders:
            raise ApiError(409, "duplicate_request_error", "ORDRE0001", "An order with this orderid exists.")
        now = self.clock()
        made = Order(
            merchant_id=merchant.merchant_id,
            order_id=order_id,
            bd_order_id=f"OA{self._letters(14)}",
            created_at=now,
            expires_at=now + PAGE_LIFE,
            rdata=self._hex(128),
            otoken=f"{self._hex(64)}.{self._hex(64)}",
            **order,
        )
        self.orders[self._key(merchant, order_id)] = made
        return made

    def order(self, merchant: Merchant, order_id: str) -> Order:
        """:raises ApiError: when the merchant has no such order"""
        try:
            return self.orders[self._key(merchant, order_id)]
        except KeyError:
            raise ApiError(404, "not_found_error", "ORNFE0001", "There is no such order.") from None

    def order_named(self, reference: str) -> Order:
        """Return the order of our reference or the merchant's. :raises PageError:"""
        for order in reversed(self.orders.values()):
            if reference in (order.bd_order_id, order.order_id):
                return order
        raise PageError("not_genuine")

    def has_twin(self, order: Order) -> bool:
        """Say whether the merchant made another order for this amount within half an hour: the payer tries again."""
        return any(
            one is not order
            and (one.merchant_id, one.amount_paise) == (order.merchant_id, order.amount_paise)
            and one.expires_at > order.created_at
            for one in self.orders.values()
        )

    def transactions_of(self, order: Order) -> list[Transaction]:
        return [self.transactions[transaction_id] for transaction_id in order.transaction_ids]

    def transaction(self, merchant: Merchant, transaction_id: str) -> Transaction:
        """:raises ApiError: when the merchant has no such transaction"""
        found = self.transactions.get(transaction_id)
        if not found or found.merchant_id != merchant.merchant_id:
            raise ApiError(404, "not_found_error", "TRNFE0001", "There is no such transaction.")
        return found

    def order_of(self, transaction: Transaction) -> Order:
        return self.orders[f"{transaction.merchant_id}/{transaction.order_id}"]

    def give_back(self, merchant: Merchant, transaction: Transaction, *, refund_ref: str, amount_paise: int) -> Refund:
        """Refund, at once or by the paise as payments do: .01 fails; .02 waits two minutes, and .03 fails then.

        :raises ApiError:
        """
        key = self._key(merchant, refund_ref)
        if key in self.refunds:
            raise ApiError(409, "duplicate_request_error", "RFDRE0001", "This merc_refund_ref_no was used before.")
        earlier = [refund for refund in self.refunds_of(transaction) if refund.status != FAILED]
        given = sum(refund.amount_paise for refund in earlier)
        if transaction.status != SUCCESS or not 0 < amount_paise <= transaction.amount_paise - given:
            raise ApiError(422, "invalid_data_error", "RFIDE0001", "There is not so much to refund.")
        plan = PLANS[by_amount(amount_paise)]
        done = settlement.refund_status(transaction, amount_paise=amount_paise, now=self.clock())
        made = Refund(
            refund_id=f"{transaction.transaction_id}{len(self.refunds_of(transaction)) + 1:02}",
            refund_ref=refund_ref,
            transaction_id=transaction.transaction_id,
            merchant_id=merchant.merchant_id,
            amount_paise=amount_paise,
            status=REFUND_ENDS.get(plan.at_once, done),
            created_at=self.clock(),
            decided_at=self.clock() + plan.later_in if plan.at_once == PENDING else None,
            fails_later=plan.later == FAILED,
        )
        self.refunds[key] = made
        return made

    def refund(self, merchant: Merchant, refund_ref: str) -> Refund:
        """:raises ApiError: when the merchant has no such refund"""
        try:
            return self.refunds[self._key(merchant, refund_ref)]
        except KeyError:
            raise ApiError(404, "not_found_error", "RFNFE0001", "There is no such refund.") from None

    def refunds_of(self, transaction: Transaction) -> list[Refund]:
        return [one for one in self.refunds.values() if one.transaction_id == transaction.transaction_id]

    # --- What the payer does ----------------------------------------------------------------------------------------

    def payable(self, order: Order) -> None:
        """:raises PageError: when the order is paid, in progress or too old"""
        standing = {transaction.status for transaction in self.transactions_of(order)}
        for status, reason in ((SUCCESS, "paid"), (PENDING, "waiting")):
            if status in standing:
                raise PageError(reason)
        if self.clock() >= order.expires_at:
            raise PageError("expired")

    def pay(self, order: Order, *, method: str, outcome: str = "") -> Transaction:
        """Take the payment the way `outcome`, the tester or the paise of the amount want it. :raises PageError:"""
        self.payable(order)
        name = outcome or order.outcome or by_amount(order.amount_paise)
        made = [self._attempt(order, method, name) for _ in range(PLANS[name].tries)]
        return made[0]

    def wait_for_app(self, order: Order) -> Transaction:
        """Begin a UPI payment that the payer's app has to finish; this bank's payer does so in ten seconds."""
        name = by_amount(order.amount_paise)
        made = self._made(order, "upi", name)
        made.status, made.decided_at = (
            PENDING,
            self.clock() + max(APP_TAKES, PLANS[name].later_in * bool(PLANS[name].later)),
        )
        return made

    def _attempt(self, order: Order, method: str, outcome: str) -> Transaction:
        now, plan = self.clock(), PLANS[outcome]
        made = self._made(order, method, outcome)
        if plan.later:
            made.decided_at = (order.expires_at if plan.after_expiry else now) + plan.later_in
        else:
            self.announce(made, times=plan.webhooks)
        return made

    def _made(self, order: Order, method: str, outcome: str) -> Transaction:
        plan = PLANS[outcome]
        made = Transaction(
            transaction_id=f"SIM{self._digits(13)}",
            merchant_id=order.merchant_id,
            order_id=order.order_id,
            outcome=outcome,
            method=method,
            amount_paise=max(order.amount_paise - plan.short_by_paise, 1),
            status=plan.at_once,
            # The second of two successes must not look like the first one's echo.
            happened_at=self.clock() + timedelta(seconds=len(order.transaction_ids)),
            bank_ref=self._digits(12),
        )
        self.transactions[made.transaction_id] = made
        order.transaction_ids.append(made.transaction_id)
        return made

    # --- What time and testers bring --------------------------------------------------------------------------------

    def turn(self) -> bool:
        """Let happen what has become due, and tell whether anything did."""
        now = self.clock()
        transactions = [one for one in self.transactions.values() if one.decided_at and one.decided_at <= now]
        refunds = [one for one in self.refunds.values() if one.decided_at and one.decided_at <= now]
        for transaction in transactions:
            self.decide(transaction, PLANS[transaction.outcome].final)
        for refund in refunds:
            transaction = self.transactions[refund.transaction_id]
            done = settlement.refund_status(transaction, amount_paise=refund.amount_paise, now=now)
            self.decide_refund(refund, FAILED if refund.fails_later else done)
        return bool(transactions or refunds)

    def decide(self, transaction: Transaction, status: str) -> None:
        """Give a transaction another status, and say so."""
        transaction.status, transaction.decided_at = status, None
        self.announce(transaction, times=PLANS[transaction.outcome].webhooks)

    @staticmethod
    def decide_refund(refund: Refund, status: str) -> None:
        """Give a refund another status. Nobody is told: the merchant has to ask."""
        refund.status, refund.decided_at = status, None

    def refund_named(self, reference: str) -> Refund:
        """Return the newest refund of a merchant's reference. :raises LookupError:"""
        for refund in reversed(self.refunds.values()):
            if refund.refund_ref == reference:
                return refund
        raise LookupError("There is no such refund.")

    def force(self, order: Order, outcome: str) -> None:
        """Choose the ending of an order's next payment, and end what waits that way now."""
        order.outcome = outcome
        for transaction in self.transactions_of(order):
            if transaction.status == PENDING:
                self.decide(transaction, PLANS[outcome].final)

    def announce(self, transaction: Transaction, *, times: int = 1) -> None:
        """Write webhooks about a transaction as it stands now."""
        plan = PLANS[transaction.outcome]
        due_at = self.clock() + (timedelta() if plan.webhook_first else WEBHOOK_DELAY)
        content = voices.news(transaction, self.order_of(transaction), self.merchants[transaction.merchant_id])
        for _ in range(times):
            self.queue(
                Webhook(
                    webhook_id=max(self.webhooks, default=0) + 1,
                    merchant_id=transaction.merchant_id,
                    order_id=transaction.order_id,
                    content=content,
                    due_at=due_at,
                    forged=plan.forged,
                    held=self.holding_webhooks,
                )
            )

    def queue(self, webhook: Webhook) -> None:
        self.webhooks[webhook.webhook_id] = webhook
        for old in [one for one in self.webhooks.values() if one.done_at][:-KEPT_WEBHOOKS]:
            del self.webhooks[old.webhook_id]

    def due_webhooks(self) -> Iterator[Webhook]:
        now = self.clock()
        return (one for one in self.webhooks.values() if not one.done_at and not one.held and one.due_at <= now)

    def delivered(self, webhook: Webhook, *, answer: str, accepted: bool) -> None:
        """Note one try; what was not accepted is tried four more times, further and further apart."""
        webhook.answer = answer
        webhook.tries += 1
        if accepted or webhook.tries > len(RETRY_IN):
            webhook.done_at = self.clock()
        else:
            webhook.due_at = self.clock() + RETRY_IN[webhook.tries - 1]

    def forget(self, transaction: Transaction) -> None:
        """Know nothing more of a transaction and its refunds: no answer, no row."""
        gone = transaction.transaction_id
        del self.transactions[gone]
        self.order_of(transaction).transaction_ids.remove(gone)
        self.refunds = {key: one for key, one in self.refunds.items() if one.transaction_id != gone}

    def twist(self, merchant: Merchant, paid_out_on: date, **chosen: Any) -> Twist:
        """Have something go wrong with a merchant's pay-out of a day."""
        made = twists.Twist(max(self.twists, default=0) + 1, merchant.merchant_id, paid_out_on.isoformat(), **chosen)
        self.twists[made.twist_id] = made
        return made

    def new_reference(self, prefix: str, length: int) -> str:
        """Return a reference of this gateway's making."""
        return f"{prefix}{self._letters(length)}"

    # --- References -------------------------------------------------------------------------------------------------

    @staticmethod
    def _key(merchant: Merchant, reference: str) -> str:
        return f"{merchant.merchant_id}/{reference}"

    def _letters(self, length: int) -> str:
        return "".join(self._rng.choices(string.ascii_uppercase + string.digits, k=length))

    def _digits(self, length: int) -> str:
        return "".join(self._rng.choices(string.digits, k=length))

    def _hex(self, length: int) -> str:
        return "".join(self._rng.choices("0123456789abcdef", k=length))
