"""Published and computed vectors for the wire, and what must never be accepted."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.gateways import wire
from payments.sandbox import jose
from payments.sandbox.records import Merchant

KEY = "0123456789abcdef0123456789abcdef"
RECORDED = Path(__file__).parent / "recorded"
ORDER_TOKEN = (RECORDED / "billdesk_order.jose").read_text().strip()
MERCHANT = Merchant("KMCSIM", "kmcsim", (KEY,), "http://127.0.0.1:1/")

# RFC 7515, appendix A.1.
RFC_KEY = base64.urlsafe_b64decode(
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow=="
)
RFC_TOKEN = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)


def test_rfc_7515_token_is_verified():
    header, body = wire.verified(RFC_TOKEN, keys=[RFC_KEY])
    assert header == {"typ": "JWT", "alg": "HS256"}
    assert wire.parsed(body) == {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}


def test_order_token_is_signed_byte_for_byte():
    order = json.loads((RECORDED / "billdesk_order.json").read_text())
    assert wire.signed(order, header={"clientid": "kmcsim"}, key=KEY) == ORDER_TOKEN
    assert jose.sign(order, client_id="kmcsim", secret=KEY) == ORDER_TOKEN


def test_sandbox_believes_the_client_and_the_client_the_sandbox():
    content = {"name": "কলকাতা", "amount": "1.00"}
    assert jose.take_apart(wire.signed(content, header={}, key=KEY).encode()).is_signed_by(MERCHANT)
    _, body = wire.verified(jose.sign(content, client_id="kmcsim", secret=KEY), keys=[KEY.encode()])
    assert wire.parsed(body) == content


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(ANY_JSON, st.text(min_size=14, alphabet=st.characters(codec="utf-8")))
def test_each_side_reads_all_that_the_other_can_write(content, key):
    merchant = Merchant("KMCSIM", "kmcsim", (key,), "")
    written = jose.take_apart(wire.signed(content, header={}, key=key).encode())
    assert (written.is_signed_by(merchant), written.content) == (True, content)
    _, body = wire.verified(jose.seal(content, merchant), keys=[key.encode()])
    assert wire.parsed(body) == content


@given(st.integers(min_value=0), st.sampled_from("ABCDEFGHabcdefgh01234567-_"))
def test_no_letter_of_a_token_can_be_changed(place, letter):
    place %= len(ORDER_TOKEN) - 1  # the last letter of a signature has two bits that mean nothing
    altered = ORDER_TOKEN[:place] + letter + ORDER_TOKEN[place + 1 :]
    if altered != ORDER_TOKEN:
        with pytest.raises(wire.BadToken):
            wire.verified(altered, keys=[KEY.encode()])


def hand_made(header, key=KEY, digest=hashlib.sha256):
    """Return a token with any header at all, correctly signed with `key`."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, {"amount": "1.00"})]
    signature = hmac.new(key.encode(), b".".join(parts), digest).digest()
    return b".".join((*parts, base64.urlsafe_b64encode(signature).rstrip(b"="))).decode()


FORGERIES = {
    "no algorithm": hand_made({"alg": "none"}),
    "no algorithm, no signature": hand_made({"alg": "none"}).rpartition(".")[0] + ".",
    "none in capitals": hand_made({"alg": "NONE"}),
    "public key as secret": hand_made({"alg": "RS256"}),
    "longer digest": hand_made({"alg": "HS512"}, digest=hashlib.sha512),
    "shorter digest": hand_made({"alg": "HS1"}, digest=hashlib.sha1),
    "algorithm missing": hand_made({"clientid": "kmcsim"}),
    "algorithm a list": hand_made({"alg": ["HS256"]}),
    "header a list": hand_made(["alg"]),
    "unknown demand": hand_made({"alg": "HS256", "crit": ["exp"], "exp": 1}),
    "foreign key": hand_made({"alg": "HS256"}, key="fedcba9876543210fedcba9876543210"),
    "signature cut off": hand_made({"alg": "HS256"})[:-2],
    "no signature": hand_made({"alg": "HS256"}).rpartition(".")[0] + ".",
    "two parts": hand_made({"alg": "HS256"}).rpartition(".")[0],
    "four parts": hand_made({"alg": "HS256"}) + ".e30",
    "header nested too deep": base64.urlsafe_b64encode(b"[" * 30_000).decode() + ".e30.e30",
    "no token": "transaction",
    "nothing": "",
    "no letters": "ক.খ.গ",
}


@pytest.mark.parametrize("token", FORGERIES.values(), ids=FORGERIES.keys())
def test_forgery_is_refused_by_the_client_and_by_the_sandbox(token):
    with pytest.raises(wire.BadToken):
        wire.verified(token, keys=[KEY.encode()])
    assert not believed_by_sandbox(token)


def believed_by_sandbox(token):
    try:
        return jose.take_apart(token.encode()).is_signed_by(MERCHANT)
    except ValueError:
        return False


@pytest.mark.parametrize(
    ("text", "paise"),
    [("12450.00", 1_245_000), ("0.01", 1), ("1", 100), ("00000012.50", 1_250), ("12.5", 1_250), (7, 700)],
)
def test_rupees_become_exact_paise(text, paise):
    assert wire.paise(text) == paise


@pytest.mark.parametrize(
    "text", ["", "1.234", "1e3", "1,000.00", "-1.00", "+1.00", "১২.০০", " 1.00", "1.00\n", ".50", "1."]
)
def test_other_spellings_of_amounts_are_refused(text):
    with pytest.raises(ValueError, match="Not an amount"):
        wire.paise(text)


@given(st.integers(min_value=0, max_value=10**14))
def test_paise_survive_the_wire(paise):
    assert wire.paise(wire.rupees(paise)) == paise


def test_fractions_in_json_never_become_floats():
    assert wire.paise(wire.parsed(b'{"amount": 70000000000.07}')["amount"]) == 7_000_000_000_007


def test_json_nested_too_deep_is_no_json():
    with pytest.raises(ValueError, match="too deep"):
        wire.parsed(b"[" * 100_000)


def test_time_without_offset_is_indian():
    assert wire.moment("2026-11-23T17:30:00") == datetime.fromisoformat("2026-11-23T17:30:00+05:30")
