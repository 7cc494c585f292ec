"""What is read of a bank's statement in each of its forms. No database."""

from __future__ import annotations

from datetime import date

import pytest
from openpyxl import Workbook

from payments.reconciliation import refusals
from payments.reconciliation.readers import bank_rows
from payments.reconciliation.rows import BankRow, Misfit

CREDIT = BankRow(1, date(2026, 11, 27), 123456750, "SIMBN261127", "NEFT CR BILLDESK")
CHARGE = BankRow(2, date(2026, 11, 27), -1000, "", "CHARGES")
CSV = """Account,0001
Value Date,Narration,UTR,Debit,Credit
27-11-2026,NEFT CR BILLDESK,SIMBN261127,,"12,34,567.50"
27-11-2026,CHARGES,,10.00,
Total,,,,
"""
SWIFT = """{1:F01}{2:I940}{4:
:20:STMT1
:25:KMC0001
:28C:1/1
:60F:C261126INR1000,00
:61:2611271127C1234567,50NTRFSIMBN261127
:86:NEFT CR BILLDESK
:61:2611271127D10,00NCHGNONREF
:86:CHARGES
:62F:C261127INR1235557,50
-}"""
CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>
<Ntry><Amt Ccy="INR">1234567.50</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><ValDt><Dt>2026-11-27</Dt></ValDt>
<NtryDtls><TxDtls><Refs><EndToEndId>SIMBN261127</EndToEndId></Refs>
<RmtInf><Ustrd>NEFT CR BILLDESK</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="INR">10.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><ValDt><Dt>2026-11-27</Dt></ValDt>
<NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs></TxDtls></NtryDtls>
<AddtlNtryInf>CHARGES</AddtlNtryInf></Ntry>
<Ntry><Amt Ccy="INR">99.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


@pytest.fixture
def read(tmp_path):
    def read(content):
        (path := tmp_path / "statement").write_text(content)
        return list(bank_rows(path))

    return read


@pytest.mark.parametrize("content", [SWIFT, CAMT], ids=["mt940", "camt053"])
def test_statement_in_a_standard_form(read, content):
    assert read(content) == [CREDIT, CHARGE]


def test_statement_as_csv(read):
    assert read(CSV) == [CREDIT._replace(place=3), CHARGE._replace(place=4)]


def test_statement_as_a_workbook(tmp_path):
    book = Workbook()
    book.active.append(["Value Date", "Description", "Reference No.", "Withdrawals", "Deposits"])
    book.active.append([date(2026, 11, 27), "NEFT CR BILLDESK", "SIMBN261127", None, 1234567.5])
    book.save(path := tmp_path / "statement.xlsx")

    assert list(bank_rows(path)) == [CREDIT._replace(place=2)]


def test_statement_of_an_unknown_bank_says_what_was_found_and_expected(read):
    with pytest.raises(refusals.LayoutUnknown) as caught:
        read("When,What,How much\n27-11-2026,NEFT,10.00\n")

    assert caught.value.details["found"] == "When, What, How much"
    assert "valuedate, narration, debit, credit" in caught.value.details["expected"]


def test_bad_line_of_a_statement_is_set_aside(read):
    (bad, good) = read(CSV.replace("27-11-2026,NEFT", "yesterday,NEFT"))

    assert bad == Misfit(3, "value_on", "unreadable", "not a day: 'yesterday'")
    assert good == CHARGE._replace(place=4)


def test_bad_entry_of_a_camt_statement_is_set_aside(read):
    (bad, good) = read(CAMT.replace('Ccy="INR">1234567.50', 'Ccy="EUR">1234567.50'))

    assert (bad.place, bad.field, good) == (1, "entry", CHARGE)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (SWIFT.replace("1235557,50", "1235557,51"), refusals.TotalsWrong),
        (SWIFT.replace("INR", "EUR"), refusals.LayoutUnknown),
        (SWIFT.replace(":62F:C261127INR1235557,50", ""), refusals.LayoutUnknown),
        (SWIFT.replace("2611271127C", "nonsense"), refusals.FileDamaged),
        (CAMT.replace("camt.053", "camt.054"), refusals.LayoutUnknown),
        (CAMT[:-30], refusals.FileDamaged),
        (CAMT.replace("<Document", '<!DOCTYPE x [<!ENTITY a "b">]><Document', 1), refusals.FileDamaged),
        (" \n ", refusals.FileEmpty),
    ],
)
def test_statement_that_is_refused(read, content, refusal):
    with pytest.raises(refusal):
        read(content)
