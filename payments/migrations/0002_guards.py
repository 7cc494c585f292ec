"""Guards that hold whoever writes: append-only tables, balanced journals, allocations that add up to their payment."""

from django.db import migrations

APPEND_ONLY = [
    "payments_payment",
    "payments_allocation",
    "payments_journal",
    "payments_journalline",
    "payments_receipt",
]

REFUSE = """
CREATE FUNCTION payments_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""
GUARD_ROWS = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD_ROWS = "DROP TRIGGER append_only ON {table}; DROP TRIGGER append_only_truncate ON {table};"

# What came over the wire stays as it came; only what we made of it may be written down later.
GUARD_MESSAGES = """
CREATE TRIGGER append_only_bytes BEFORE UPDATE OF account_id, source, sha256, content_type, body, peer, received_at
    ON payments_gatewaymessage FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_rows BEFORE DELETE ON payments_gatewaymessage
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD_MESSAGES = (
    "DROP TRIGGER append_only_bytes ON payments_gatewaymessage; DROP TRIGGER append_only_rows ON payments_gatewaymessage;"
)

# Deferred to the commit: a journal is written line by line.
BALANCE = """
CREATE FUNCTION payments_check_journal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE off bigint; found_legs bigint;
BEGIN
    SELECT sum(debit_paise) - sum(credit_paise), count(*) INTO off, found_legs FROM payments_journalline WHERE journal_id = NEW.id;
    IF off IS DISTINCT FROM 0 OR found_legs <> NEW.legs THEN
        RAISE EXCEPTION 'journal % is out of balance by % paise in % legs', NEW.id, off, found_legs
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER journal_balances AFTER INSERT ON payments_journal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_check_journal();

CREATE FUNCTION payments_check_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM payments_journalline WHERE journal_id = NEW.journal_id)
       > (SELECT legs FROM payments_journal WHERE id = NEW.journal_id) THEN
        RAISE EXCEPTION 'journal % is closed', NEW.journal_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER line_joins_open_journal AFTER INSERT ON payments_journalline
    FOR EACH ROW EXECUTE FUNCTION payments_check_line();

CREATE FUNCTION payments_check_payment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE off bigint;
BEGIN
    SELECT NEW.amount_paise - coalesce(sum(amount_paise), 0) INTO off FROM payments_allocation WHERE payment_id = NEW.id;
    IF off <> 0 THEN
        RAISE EXCEPTION 'payment % has % paise not allocated', NEW.id, off USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payment_allocated_whole AFTER INSERT ON payments_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_check_payment();
"""
UNBALANCE = """
DROP TRIGGER journal_balances ON payments_journal; DROP FUNCTION payments_check_journal;
DROP TRIGGER line_joins_open_journal ON payments_journalline; DROP FUNCTION payments_check_line;
DROP TRIGGER payment_allocated_whole ON payments_payment; DROP FUNCTION payments_check_payment;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]
    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION payments_refuse_change"),
        *(migrations.RunSQL(GUARD_ROWS.format(table=t), UNGUARD_ROWS.format(table=t)) for t in APPEND_ONLY),
        migrations.RunSQL(GUARD_MESSAGES, UNGUARD_MESSAGES),
        migrations.RunSQL(BALANCE, UNBALANCE),
    ]
