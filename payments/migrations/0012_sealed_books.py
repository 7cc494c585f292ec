"""The books are sealed: each journal is chained to the one that was sealed before it."""

import django.db.models.deletion
from django.db import migrations, models


GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payments_journalseal
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments_journalseal EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD = "DROP TRIGGER append_only ON payments_journalseal; DROP TRIGGER append_only_truncate ON payments_journalseal;"
# Nothing in it depends on how a session writes dates, times or numbers.
SEALS = """
CREATE FUNCTION payments_seal_of(before text, of_journal bigint) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT encode(sha256(convert_to(jsonb_build_array(before, j.id, j.purpose, j.payment_id, j.legs,
                   to_char(j.business_date, 'YYYY-MM-DD'), (extract(epoch FROM j.posted_at) * 1000000)::bigint,
                   (SELECT jsonb_agg(jsonb_build_array(l.id, l.account, l.debit_paise, l.credit_paise) ORDER BY l.id)
                      FROM payments_journalline l WHERE l.journal_id = j.id))::text, 'UTF8')), 'hex')
              FROM payments_journal j WHERE j.id = of_journal);
END $$;
CREATE FUNCTION payments_seal_journals(sealed_now timestamptz, most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE each record; last record; sealed integer := 0;
BEGIN
    LOCK TABLE payments_journalseal IN SHARE ROW EXCLUSIVE MODE;
    FOR each IN SELECT j.id, o.kind FROM payments_journal j
                  JOIN payments_payment p ON p.id = j.payment_id JOIN payments_paymentorder o ON o.id = p.order_id
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
UNSEAL = "DROP FUNCTION payments_seal_journals; DROP FUNCTION payments_seal_of;"


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0011_reversals'),
    ]

    operations = [
        migrations.CreateModel(
            name='JournalSeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('book', models.CharField(help_text='the kind of revenue', max_length=20, verbose_name='book')),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('sha256', models.CharField(max_length=64)),
                ('sealed_at', models.DateTimeField(verbose_name='sealed at')),
                ('journal', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='seal', to='payments.journal', verbose_name='journal')),
            ],
            options={
                'verbose_name': 'seal of the books',
                'verbose_name_plural': 'seals of the books',
                'constraints': [models.UniqueConstraint(fields=('book', 'number'), name='seal_number_once_in_book'), models.CheckConstraint(condition=models.Q(('number__gt', 0)), name='seal_number_positive')],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
        migrations.RunSQL(SEALS, UNSEAL),
    ]
