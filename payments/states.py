"""Every state of an order, an attempt and a refund, with every allowed move, in tables."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Source(TextChoices):
    """The door an act came through."""

    WEB = "web", _("web")
    CHAT = "chat", _("chat")
    API = "api", _("API")
    COUNTER = "counter", _("counter")


class OrderState(TextChoices):
    OPEN = "open", _("open")
    PAID = "paid", _("paid")
    CLOSED = "closed", _("closed unpaid")


class AttemptState(TextChoices):
    CREATED = "created", _("created")
    REGISTERED = "registered", _("registered at the gateway")
    PENDING = "pending", _("pending")
    UNKNOWN = "unknown", _("not known")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", _("expired")
    SUCCEEDED = "succeeded", _("succeeded")


class Way(TextChoices):
    """How the payer pays: on the gateway's page, with a link for a UPI app, or across a counter to a cashier."""

    PAGE = "page", _("the gateway's page")
    UPI = "upi", _("UPI link")
    DESK = "desk", _("across a counter")


class TransactionStatus(TextChoices):
    """The words of `gateways.base.ReportStatus`, as stored."""

    PENDING = "pending", _("pending")
    UNKNOWN = "unknown", _("not known")
    FAILED = "failed", _("failed")
    SUCCEEDED = "succeeded", _("succeeded")


class MessageState(TextChoices):
    RECEIVED = "received", _("received")
    PROCESSED = "processed", _("processed")
    REJECTED = "rejected", _("rejected")
    PARKED = "parked", _("waits for a person")


class Scheme(TextChoices):
    """How messages of a gateway account are signed."""

    HMAC = "hmac", _("BillDesk, signed (HMAC)")
    JOSE = "jose", _("BillDesk, encrypted and signed (JOSE)")
    CHECKSUM = "checksum", _("older BillDesk, checksum")
    RAZORPAY = "razorpay", _("Razorpay")


class Method(TextChoices):
    """A way to pay that has a limit of its own."""

    UPI = "upi", _("UPI")
    CARD = "card", _("card")
    NETBANKING = "netbanking", _("net banking")


class Instrument(TextChoices):
    """What a cashier takes across a counter."""

    CASH = "cash", _("cash")
    CHEQUE = "cheque", _("cheque")
    DRAFT = "draft", _("demand draft")
    CARD = "card", _("card")


# Money only when a bank has paid it: the receipt says so.
SUBJECT_TO_REALISATION = (Instrument.CHEQUE, Instrument.DRAFT)


class AllocationKind(TextChoices):
    """Where money that arrived has landed."""

    BILL = "bill", _("bill")
    ADVANCE = "advance", _("advance")
    SUSPENSE = "suspense", _("suspense")
    REVERSED = "reversed", _("reversed")
    REFUNDED = "refunded", _("refunded")
    CHARGED = "charged", _("charged back")


class RefundState(TextChoices):
    REQUESTED = "requested", _("waits for a decision")
    REFUSED = "refused", _("refused")
    APPROVED = "approved", _("approved")
    SUBMITTED = "submitted", _("sent to the gateway")
    UNKNOWN = "unknown", _("not known")
    DONE = "done", _("given back")
    FAILED = "failed", _("failed")


class RefundVerdict(TextChoices):
    """How a refund ended, where people know it and the gateway's interface does not say it."""

    DONE = RefundState.DONE.value, _("given back")
    FAILED = RefundState.FAILED.value, _("failed")


class ReversalReason(TextChoices):
    """Why a payment was no money after all."""

    DISHONOURED = "dishonoured", _("cheque or draft dishonoured")
    BANK_REVERSED = "bank_reversed", _("taken back by the bank")
    ENTERED_WRONGLY = "entered_wrongly", _("entered wrongly by a clerk")
    CHARGED_BACK = "charged_back", _("charged back by the payer's bank")


class PlacementTarget(TextChoices):
    """Where money that is kept can be placed by two clerks."""

    NAMED = "named", _("the bills that its own order named, as of the day it was paid")
    DUE = "due", _("what is due where it stands, as of today")
    ADVANCE = "advance", _("in advance of the same payer")
    OTHER = "other", _("in advance of another number: it was paid for the wrong one")


class DisputeState(TextChoices):
    """What the payer's bank has made of money that it asked back."""

    OPEN = "open", _("open")
    WON = "won", _("won: the money stays")
    LOST = "lost", _("lost: the money is gone")


class ClosedHow(TextChoices):
    """How a break came to its end."""

    AUTO = "auto", _("by itself")
    MANUAL = "manual", _("by two people")
    FORCE = "force", _("by two people, though it still differs")


# An attempt that may still bring money without the citizen doing anything more.
OPEN_ATTEMPTS = (AttemptState.CREATED, AttemptState.REGISTERED, AttemptState.PENDING, AttemptState.UNKNOWN)

# The states in which the payer can still use what the gateway gave: a UPI payment is pending from its beginning.
LIVING: dict[str, tuple[str, ...]] = {
    Way.PAGE: (AttemptState.REGISTERED,),
    Way.UPI: (AttemptState.REGISTERED, AttemptState.PENDING),
}

# From -> to. Success may come late, from anywhere; nothing leaves it. A refund is a record of its own.
ATTEMPT_MOVES: dict[str, tuple[str, ...]] = {
    "created": ("registered", "pending", "unknown", "failed", "expired", "succeeded"),
    "registered": ("pending", "unknown", "failed", "expired", "succeeded"),
    "pending": ("unknown", "failed", "expired", "succeeded"),
    "unknown": ("registered", "pending", "failed", "expired", "succeeded"),
    "failed": ("pending", "succeeded"),
    "expired": ("pending", "succeeded"),
    "succeeded": (),
}

ORDER_MOVES: dict[str, tuple[str, ...]] = {
    "open": ("paid", "closed"),
    "closed": ("paid",),
    "paid": (),
}

# A refund that has not come to its end; a payment has one at a time.
REFUND_UNDER_WAY = (RefundState.REQUESTED, RefundState.APPROVED, RefundState.SUBMITTED, RefundState.UNKNOWN)
# Those whose money has left the advance: it is on its way, or gone.
REFUND_OUT = (RefundState.APPROVED, RefundState.SUBMITTED, RefundState.UNKNOWN, RefundState.DONE)

# From -> to. Approved is what was never sent, or is known not to have arrived: only from there a refund is sent. What the
# treasury pays is done as soon as it is approved. Nothing leaves an end: what failed is asked for anew.
REFUND_MOVES: dict[str, tuple[str, ...]] = {
    "requested": ("approved", "refused"),
    "approved": ("submitted", "done"),
    "submitted": ("approved", "unknown", "done", "failed"),
    "unknown": ("approved", "submitted", "done", "failed"),
    "done": (),
    "failed": (),
    "refused": (),
}

# Kept as -> where it can be placed. What is an advance already is not placed there again.
PLACEMENTS: dict[str, tuple[str, ...]] = {
    "suspense": ("named", "due", "advance", "other"),
    "advance": ("named", "due", "other"),
}

DISPUTE_MOVES: dict[str, tuple[str, ...]] = {
    "open": ("won", "lost"),
    "won": (),
    "lost": (),
}

# Only a dispute that was lost says so: `disputes` reverses for it.
REASONS_TO_ASK = tuple(reason for reason in ReversalReason if reason != ReversalReason.CHARGED_BACK)


class MatchKey(TextChoices):
    """By what a row of a settlement was found to be about a payment, the surest first."""

    TRANSACTION = "transaction", _("transaction number")
    ORDER = "order", _("reference at the gateway")
    BANK = "bank", _("bank reference")


class CreditKey(TextChoices):
    """By what a line of a bank statement was found to be a pay-out."""

    UTR = "utr", _("UTR")
    AMOUNT = "amount", _("amount and day")
    PERSON = "person", _("two people")


class FileSort(TextChoices):
    SETTLEMENT = "settlement", _("settlement report")
    STATEMENT = "statement", _("bank statement")


class Confidence(TextChoices):
    """How sure a fact is that the portal calculates with."""

    OFFICIAL = "official", _("official")
    SECONDARY = "secondary", _("second hand")
    ASSUMPTION = "assumption", _("assumed")
