"""Pay-outs and what is matched with them are append-only, no bank line is matched for more than itself, and their journals are sealed."""

from django.db import migrations

TABLES = ["settlement", "settlementcredit", "returnmatch", "refusedfile"]
GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payments_{table}
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments_{table} EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD = "DROP TRIGGER append_only ON payments_{table}; DROP TRIGGER append_only_truncate ON payments_{table};"
GUARD_REQUEST = """
CREATE TRIGGER append_only_words BEFORE UPDATE OF settlement_id, line_id, amount_paise, detail, maker, asked_at
    ON payments_creditrequest FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_decision BEFORE UPDATE ON payments_creditrequest
    FOR EACH ROW WHEN (OLD.approver <> '') EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_rows BEFORE DELETE ON payments_creditrequest FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments_creditrequest EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD_REQUEST = """
DROP TRIGGER append_only_words ON payments_creditrequest; DROP TRIGGER append_only_decision ON payments_creditrequest;
DROP TRIGGER append_only_rows ON payments_creditrequest; DROP TRIGGER append_only_truncate ON payments_creditrequest;
"""
WITHIN_LINE = """
CREATE FUNCTION payments_check_credit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE brought bigint; matched bigint;
BEGIN
    SELECT amount_paise INTO brought FROM payments_bankline WHERE id = NEW.line_id;
    SELECT sum(amount_paise) INTO matched FROM payments_settlementcredit WHERE line_id = NEW.line_id;
    IF sign(NEW.amount_paise) <> sign(brought) OR abs(matched) > abs(brought) THEN
        RAISE EXCEPTION 'bank line % is matched for more than itself', NEW.line_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER credits_within_line AFTER INSERT ON payments_settlementcredit
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_check_credit();
"""
NOT_WITHIN_LINE = "DROP TRIGGER credits_within_line ON payments_settlementcredit; DROP FUNCTION payments_check_credit;"
# A journal about a payment keeps its seal to the byte. One about a pay-out names it at the end.
SEAL_OF = """
CREATE OR REPLACE FUNCTION payments_seal_of(before text, of_journal bigint) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT encode(sha256(convert_to((jsonb_build_array(before, j.id, j.purpose, j.payment_id, j.legs,
                   to_char(j.business_date, 'YYYY-MM-DD'), (extract(epoch FROM j.posted_at) * 1000000)::bigint,
                   (SELECT jsonb_agg(jsonb_build_array(l.id, l.account, l.debit_paise, l.credit_paise) ORDER BY l.id)
                      FROM payments_journalline l WHERE l.journal_id = j.id)){pay_out})::text, 'UTF8')), 'hex')
              FROM payments_journal j WHERE j.id = of_journal);
END $$;
"""
NAMES_PAY_OUT = """
                   || CASE WHEN j.settlement_id IS NULL THEN '[]'::jsonb ELSE jsonb_build_array('pay-out', j.settlement_id) END"""
SEAL_JOURNALS = """
CREATE OR REPLACE FUNCTION payments_seal_journals(sealed_now timestamptz, most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE each record; last record; sealed integer := 0;
BEGIN
    LOCK TABLE payments_journalseal IN SHARE ROW EXCLUSIVE MODE;
    FOR each IN SELECT j.id, {kind} AS kind FROM payments_journal j
                  {join} JOIN payments_payment p ON p.id = j.payment_id {join} JOIN payments_paymentorder o ON o.id = p.order_id
                 WHERE NOT EXISTS (SELECT FROM payments_journalseal s WHERE s.journal_id = j.id) ORDER BY j.id LIMIT most LOOP
        SELECT coalesce(max(s.number), 0) AS number, coalesce((array_agg(s.sha256))[1], '') AS sha256 INTO last
          FROM (SELECT number, sha256 FROM payments_journalseal WHERE book = each.kind ORDER BY number DESC LIMIT 1) s;
        INSERT INTO payments_journalseal (journal_id, book, number, sha256, sealed_at)
        VALUES (each.id, each.kind, last.number + 1, payments_seal_of(last.sha256, each.id), sealed_now);
        sealed := sealed + 1;
    END LOOP;
    RETURN sealed;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0022_pay_outs'),
    ]

    operations = [
        *(migrations.RunSQL(GUARD.format(table=table), UNGUARD.format(table=table)) for table in TABLES),
        migrations.RunSQL(GUARD_REQUEST, UNGUARD_REQUEST),
        migrations.RunSQL(WITHIN_LINE, NOT_WITHIN_LINE),
        migrations.RunSQL(SEAL_OF.format(pay_out=NAMES_PAY_OUT), SEAL_OF.format(pay_out="")),
        migrations.RunSQL(
            SEAL_JOURNALS.format(kind="coalesce(o.kind, 'pay-outs')", join="LEFT"),
            SEAL_JOURNALS.format(kind="o.kind", join=""),
        ),
    ]
