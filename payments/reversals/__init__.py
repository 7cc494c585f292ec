"""Receipts taken back: a cheque dishonoured, a mistake of the counter, a chargeback lost."""
