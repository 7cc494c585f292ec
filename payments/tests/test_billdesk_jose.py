"""BillDesk's encrypted scheme: the contract over the wire, a recorded token, and every way a token can be wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from payments.gateways.base import Credentials, NotSent, Refused, ReportStatus, WireMessage
from payments.gateways.billdesk import BillDesk
from payments.sandbox import jose
from payments.sandbox.records import Merchant
from payments.tests.billdesk_bench import bench_at
from payments.tests.gateway_contract import START, BillDeskContract
from payments.tests.test_billdesk import TRANSACTION

RECORDED = Path(__file__).parent / "recorded"
KEYS = jose.KeySet("kmc-2026", "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210")
NEXT_KEYS = jose.KeySet("kmc-2027", "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100")
SECRET, NEXT_SECRET = ":".join(KEYS), ":".join(NEXT_KEYS)
NAMED = {"kid": "kmc-2026", "clientid": "kmcsim"}
INNER, OUTER = {"alg": "dir", "enc": "A256GCM", **NAMED}, {"alg": "HS256", **NAMED}


@pytest.fixture
def bench():
    with bench_at(START, scheme="jose", secret=SECRET) as made:
        yield made


@pytest.fixture
def gateway(bench):
    return BillDesk(bench.credentials, clock=lambda: START)


class TestBillDeskJose(BillDeskContract):
    """The same contract, every message encrypted."""


def client(*secrets, scheme="jose"):
    return BillDesk(
        Credentials("a", "KMCSIM", "kmcsim", "https://gateway.example", secrets or (SECRET,), scheme=scheme),
        clock=lambda: START,
    )


def reading(token, *secrets):
    body = token if isinstance(token, bytes) else token.encode()
    return client(*secrets).read(WireMessage("webhook", "application/jose", body))


def made(*, inner=INNER, outer=OUTER, keys=KEYS):
    """Return a token with any headers at all, encrypted and signed with real keys."""
    hidden = jose.encrypted(json.dumps(TRANSACTION).encode(), header=inner, secret=keys.encryption)
    return jose.signed(hidden, header=outer, secret=keys.signing)


def without(header, name):
    return {key: value for key, value in header.items() if key != name}


def test_recorded_token_is_read():
    report = reading((RECORDED / "billdesk_transaction_encrypted.jose").read_bytes())
    assert (report.order_ref, report.status, report.amount_paise) == ("KMCPT0001", ReportStatus.SUCCEEDED, 1_245_000)


def test_nobody_without_the_key_reads_the_order():
    token = client()._seal.close({"orderid": "KMCPT0001"})
    outer = jose.take_apart(token.encode())
    assert outer.header == OUTER
    assert outer.payload.count(b".") == 4
    assert b".." in outer.payload
    assert b"KMCPT0001" not in outer.payload


def test_each_side_opens_what_the_other_has_closed():
    content = {"name": "কলকাতা", "amount": "1.00"}
    merchant = Merchant("KMCSIM", "kmcsim", (SECRET,), "", scheme="jose")
    seal = client()._seal
    assert jose.unseal(seal.close(content).encode(), merchant) == content
    assert seal.open(jose.seal(content, merchant).encode()) == content


FORGERIES = {
    "outer not signed": made(outer={**OUTER, "alg": "none"}),
    "outer with a public key's algorithm": made(outer={**OUTER, "alg": "RS256"}),
    "outer with a longer digest": made(outer={**OUTER, "alg": "HS512"}),
    "outer without client": made(outer=without(OUTER, "clientid")),
    "outer for another client": made(outer={**OUTER, "clientid": "somebody"}),
    "outer without key id": made(outer=without(OUTER, "kid")),
    "outer with a wrong key id": made(outer={**OUTER, "kid": "kmc-1999"}),
    "outer with the id of the other key": made(outer={**OUTER, "kid": "kmc-2027"}),
    "signed with a foreign key": made(keys=KEYS._replace(signing=NEXT_KEYS.encryption)),
    "signed with the encryption key": made(keys=KEYS._replace(signing=KEYS.encryption)),
    "encrypted with a foreign key": made(keys=KEYS._replace(encryption=NEXT_KEYS.encryption)),
    "inner with a shorter cipher": made(inner={**INNER, "enc": "A128GCM"}),
    "inner with another cipher": made(inner={**INNER, "enc": "A256CBC-HS512"}),
    "inner with a wrapped key": made(inner={**INNER, "alg": "A256KW"}),
    "inner not encrypted": made(inner={**INNER, "alg": "none"}),
    "inner compressed": made(inner={**INNER, "zip": "DEF"}),
    "inner without client": made(inner=without(INNER, "clientid")),
    "inner for another client": made(inner={**INNER, "clientid": "somebody"}),
    "inner with another key id than outside": made(inner={**INNER, "kid": "kmc-2027"}),
    "signed but not encrypted": jose.signed(json.dumps(TRANSACTION).encode(), header=OUTER, secret=KEYS.signing),
    "only signed, as in the other scheme": jose.sign(TRANSACTION, client_id="kmcsim", secret=KEYS.signing),
    "encrypted but not signed": jose.encrypted(json.dumps(TRANSACTION).encode(), header=INNER, secret=KEYS.encryption),
    "cut off": made()[:-9],
    "cut off inside": made().rpartition(".")[0],
    "nothing": "",
    "no letters": "ক.খ.গ",
}


@pytest.mark.parametrize("token", FORGERIES.values(), ids=FORGERIES.keys())
def test_token_that_is_not_as_agreed_is_refused(token):
    with pytest.raises(Refused):
        reading(token, SECRET, NEXT_SECRET)


@pytest.mark.parametrize("token", FORGERIES.values(), ids=FORGERIES.keys())
def test_token_that_is_not_as_agreed_is_refused_by_the_sandbox(token):
    merchant = Merchant("KMCSIM", "kmcsim", (SECRET, NEXT_SECRET), "", scheme="jose")
    with pytest.raises(ValueError, match=r".*"):
        jose.unseal(token if isinstance(token, bytes) else token.encode(), merchant)


@pytest.mark.parametrize("place", [0, 40, 200, 400])
def test_no_letter_of_a_token_can_be_changed(place):
    token = made()
    changed = "A" if token[place] != "A" else "B"
    with pytest.raises(Refused):
        reading(token[:place] + changed + token[place + 1 :])


def test_two_key_sets_are_accepted_while_one_replaces_the_other():
    new = made(inner={**INNER, "kid": "kmc-2027"}, outer={**OUTER, "kid": "kmc-2027"}, keys=NEXT_KEYS)
    assert reading(made(), NEXT_SECRET, SECRET) == reading(new, NEXT_SECRET, SECRET)


def test_first_of_two_key_sets_closes():
    outer = jose.take_apart(client(NEXT_SECRET, SECRET)._seal.close({}).encode())
    assert outer.header["kid"] == "kmc-2027"


@pytest.mark.parametrize(
    "secret", ["", "one-word", "id:short:signing", f"id:{'x' * 32}", f":{'x' * 32}:signing", f"id:{'ক' * 32}:signing"]
)
def test_key_that_is_no_key_set_sends_nothing(secret):
    with pytest.raises(NotSent, match="cannot be used"):
        client(secret)


def test_key_set_does_not_show_its_keys():
    assert repr(client()._seal._key_sets) == "[KeySet(key_id='kmc-2026')]"
