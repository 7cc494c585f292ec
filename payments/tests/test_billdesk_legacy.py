"""BillDesk's older interface: published messages, the contract over the wire, and every message that is wrong."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from payments.gateways.base import (
    CheckoutRequest,
    Credentials,
    Hint,
    MaybeSent,
    NotSent,
    Refused,
    ReportStatus,
    WireMessage,
)
from payments.gateways.billdesk_legacy import BillDeskLegacy, Checksum
from payments.tests.billdesk_bench import bench_at
from payments.tests.gateway_contract import FAILED, START, SUCCEEDED, GatewayContract, SignsReturns, an_order

KEY, OTHER_KEY = "SIMULATOR-CHECKSUM-KEY", "ANOTHER-CHECKSUM-KEY"
FORM = "application/x-www-form-urlencoded"
REQUEST = (
    "KMCSIM|KMCPT2026110000001|NA|12450.00|NA|NA|NA|INR|DIRECT|R|kmcsim|NA|NA|F|NA|NA|NA|NA|NA|NA|NA"
    "|https://portal.example/pay/billdesk/return|3EB3AF207EC4B1F285122CDFFF5EDA58831F5FFEF6FC8F8029B6E785C8053F25"
)
RESPONSE = (
    "KMCSIM|KMCPT2026110000001|USBI0000000001|431198765432|12450.00|SBI|NA|10|INR|DIRECT|NA|NA|NA|20-11-2026 14:09:12"
    "|0300|NA|NA|NA|NA|NA|NA|NA|NA|NA|Success|55E8CEDD7EF5F59675275DCF8F7C0E806CA8C2A9B749D68D85C3508C49B23FC0"
)
QUERY = "0122|KMCSIM|KMCPT2026110000001|20261120141500|6266445E9AC29A4E6714485988B64E79406960F1BAA5B1F919950ACA24CA9DD8"
FIELDS = RESPONSE.split("|")[:-1]


@pytest.fixture
def bench():
    with bench_at(START, scheme="checksum", secret=KEY) as made:
        yield made


@pytest.fixture
def gateway(bench):
    return BillDeskLegacy(bench.credentials, clock=lambda: START)


class TestBillDeskLegacy(GatewayContract, SignsReturns):
    """The contract without what this interface cannot do: register, tell every try, name refunds, list settlements."""

    def test_question_tells_of_the_success_among_the_tries(self, gateway, bench):
        checkout = gateway.open(an_order(1_245_000))
        bench.press(checkout, action="failure")
        assert self.statuses(gateway) == [FAILED]
        bench.press(checkout)
        assert self.statuses(gateway) == [SUCCEEDED]

    def test_question_tells_what_the_browser_says(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        assert list(gateway.ask("KMCPT0001")) == [report]

    def test_forged_answer_is_never_believed(self, gateway, bench):
        self.pay(gateway, bench, 0)
        bench.spoil("forged")
        with pytest.raises(MaybeSent):
            gateway.ask("KMCPT0001")

    def test_refunded_success_waits_for_a_person(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        gateway.refund(report, refund_ref="R1", amount_paise=1_245_000)
        (asked,) = gateway.ask("KMCPT0001")
        assert (asked.status, asked.raw_status) == (ReportStatus.UNKNOWN, "0300 0699")

    def test_earlier_refund_is_not_known_any_more(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        for name in ("R1", "R2"):
            assert gateway.refund(report, refund_ref=name, amount_paise=100_000).status == SUCCEEDED
        assert gateway.ask_refund(report, refund_ref="R2").amount_paise == 200_000
        assert gateway.ask_refund(report, refund_ref="R1").status == ReportStatus.UNKNOWN

    def test_refund_of_too_much_is_refused_with_the_reason(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        with pytest.raises(Refused, match="not so much") as refusal:
            gateway.refund(report, refund_ref="R1", amount_paise=1_245_001)
        assert refusal.value.code == "RFIDE0001"

    def test_refund_answer_about_another_refund_is_refused(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        bench.spoil("other_order")
        with pytest.raises(Refused) as refusal:
            gateway.refund(report, refund_ref="R1", amount_paise=1_245_000)
        assert refusal.value.code == "OTHER_ANSWER"

    def test_settlements_come_as_a_workbook(self, gateway, bench):
        with pytest.raises(Refused, match="workbook"):
            gateway.settlements(START.date())


def client(*secrets):
    credentials = Credentials(
        "legacy", "KMCSIM", "kmcsim", "https://gateway.example/", secrets or (KEY,), scheme="checksum"
    )
    return BillDeskLegacy(credentials, clock=lambda: START)


def message(text):
    return WireMessage("webhook", FORM, urlencode({"msg": text}).encode())


def changed(position, value, key=KEY):
    fields = [*FIELDS]
    fields[position] = value
    return Checksum((key,)).close(fields)


def test_order_is_the_published_message():
    request = CheckoutRequest(
        "KMCPT2026110000001", 1_245_000, START, "https://portal.example/pay/billdesk/return", "203.0.113.7", "Mozilla"
    )
    checkout = client().open(request)
    assert dict(checkout.fields) == {"msg": REQUEST}
    assert checkout.url == "https://gateway.example/pgidsk/PGIMerchantPayment"


def test_pipe_in_what_we_send_along_ends_no_field():
    request = an_order(100)
    request = CheckoutRequest(
        **{name: getattr(request, name) for name in request.__slots__} | {"additional_info": ("a|b",)}
    )
    assert client().open(request).fields["msg"].split("|")[14] == "a b"


def test_published_response_is_read():
    report = client().read(message(RESPONSE))
    assert (report.order_ref, report.transaction_ref, report.bank_ref) == (
        "KMCPT2026110000001",
        "USBI0000000001",
        "431198765432",
    )
    assert (report.status, report.amount_paise, report.currency, report.method) == (SUCCEEDED, 1_245_000, "356", "upi")
    assert report.happened_at.isoformat() == "2026-11-20T14:09:12+05:30"


def test_published_question_has_its_checksum():
    assert Checksum((KEY,)).close(QUERY.split("|")[:-1]) == QUERY


@pytest.mark.parametrize(("spelling"), [RESPONSE.lower().rpartition("|")[2], RESPONSE.rpartition("|")[2]])
def test_checksum_is_read_in_both_cases(spelling):
    assert client().read(message(f"{RESPONSE.rpartition('|')[0]}|{spelling}")).status == SUCCEEDED


def test_two_keys_are_accepted_and_the_first_signs():
    rotating = client(OTHER_KEY, KEY)
    assert rotating.read(message(RESPONSE)) == rotating.read(message(Checksum((OTHER_KEY,)).close(FIELDS)))
    sent = rotating.open(an_order(100)).fields["msg"]
    assert Checksum((OTHER_KEY,)).open(sent, count=22)[1] == "KMCPT0001"


@pytest.mark.parametrize(
    ("code", "status"), [("0002", "pending"), ("0399", "failed"), ("NA", "failed"), ("0777", "unknown")]
)
def test_status_by_table_and_unknown_otherwise(code, status):
    assert client().read(message(changed(14, code))).status == status


def test_zero_padded_amount_is_exact():
    assert client().read(message(changed(4, "00012450.00"))).amount_paise == 1_245_000


def test_message_without_a_transaction_is_a_hint():
    assert client().read(message(changed(2, "NA"))) == Hint("KMCPT2026110000001")


def test_foreign_currency_is_told_as_it_is():
    assert client().read(message(changed(8, "USD"))).currency == "USD"


@pytest.mark.parametrize(
    "wrong",
    [
        message(RESPONSE.replace("12450.00", "1.00")),
        message(changed(4, "12450.00", key=OTHER_KEY)),
        message(RESPONSE.rpartition("|")[0]),
        message(RESPONSE[:-1]),
        message(""),
        message("|"),
        message(f"({RESPONSE})"),
        message(changed(0, "OTHERS")),
        message(changed(4, "12,450.00")),
        message(changed(4, "১২৪৫০.০০")),
        message(changed(4, "1e9")),
        message(changed(13, "31-02-2026 10:00:00")),
        message(Checksum((KEY,)).close([*FIELDS, "NA"])),
        message(Checksum((KEY,)).close(FIELDS[:-1])),
        WireMessage("webhook", FORM, b"orderid=KMCPT0001"),
        WireMessage("webhook", FORM, b"\xff\xfe"),
        WireMessage("webhook", "application/json", b"{}"),
    ],
)
def test_message_that_is_not_billdesks_is_refused(wrong):
    with pytest.raises(Refused):
        client().read(wrong)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ((500,), MaybeSent),
        ((302,), MaybeSent),
        ((200, "<h1>Welcome</h1>"), MaybeSent),
        ((403,), Refused),
        ((200, Checksum((KEY,)).close(["0130", "KMCSIM", "ANOTHER", *["NA"] * 28, "N"])), Refused),
        ((200, Checksum((KEY,)).close(["0130", "OTHERS", "KMCPT0001", *["NA"] * 28, "N"])), Refused),
    ],
)
def test_answer_that_cannot_be_used(gateway, bench, answer, failure):
    bench.answer(*answer)
    with pytest.raises(failure):
        gateway.ask("KMCPT0001")


def test_account_without_key_sends_nothing():
    keyless = Credentials("legacy", "KMCSIM", "kmcsim", "https://gateway.example", (), scheme="checksum")
    with pytest.raises(NotSent, match="no key"):
        BillDeskLegacy(keyless, clock=lambda: START).open(an_order(100))
