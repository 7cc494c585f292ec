"""The trail is sealed as the books are; who took control totals out stands in it, and no longer in a log of its own."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Nothing in it depends on how a session writes dates, times or numbers.
SEAL_OF_ENTRY = """
CREATE FUNCTION payments_seal_of_entry(before text, of_entry bigint) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT encode(sha256(convert_to(jsonb_build_array(before, e.id, e.content_type_id, e.object_pk, e.object_id, e.object_repr,
                   e.action, e.changes, e.changes_text, e.serialized_data, e.additional_data, e.actor_id, e.actor_email,
                   host(e.remote_addr), (extract(epoch FROM e.timestamp) * 1000000)::bigint)::text, 'UTF8')), 'hex')
              FROM auditlog_logentry e WHERE e.id = of_entry);
END $$;
"""
SEAL = """
CREATE FUNCTION payments_seal(sealed_now timestamptz, most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE each record; last record; sealed integer := 0;
BEGIN
    LOCK TABLE payments_journalseal IN SHARE ROW EXCLUSIVE MODE;
    FOR each IN
        SELECT j.id AS journal, NULL::bigint AS entry, coalesce(o.kind, 'pay-outs') AS book FROM payments_journal j
          LEFT JOIN payments_payment p ON p.id = j.payment_id LEFT JOIN payments_paymentorder o ON o.id = p.order_id
         WHERE NOT EXISTS (SELECT FROM payments_journalseal s WHERE s.journal_id = j.id)
        UNION ALL
        SELECT NULL, e.id, 'trail' FROM auditlog_logentry e
         WHERE NOT EXISTS (SELECT FROM payments_journalseal s WHERE s.entry_id = e.id)
         ORDER BY journal, entry LIMIT most
    LOOP
        SELECT coalesce(max(s.number), 0) AS number, coalesce((array_agg(s.sha256))[1], '') AS sha256 INTO last
          FROM (SELECT number, sha256 FROM payments_journalseal WHERE book = each.book ORDER BY number DESC LIMIT 1) s;
        INSERT INTO payments_journalseal (journal_id, entry_id, book, number, sha256, sealed_at)
        VALUES (each.journal, each.entry, each.book, last.number + 1,
                CASE WHEN each.entry IS NULL THEN payments_seal_of(last.sha256, each.journal)
                     ELSE payments_seal_of_entry(last.sha256, each.entry) END, sealed_now);
        sealed := sealed + 1;
    END LOOP;
    RETURN sealed;
END $$;
DROP FUNCTION payments_seal_journals;
"""
# What sealed the books alone, should this be taken back.
SEAL_JOURNALS = """
CREATE FUNCTION payments_seal_journals(sealed_now timestamptz, most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE each record; last record; sealed integer := 0;
BEGIN
    LOCK TABLE payments_journalseal IN SHARE ROW EXCLUSIVE MODE;
    FOR each IN SELECT j.id, coalesce(o.kind, 'pay-outs') AS kind FROM payments_journal j
                  LEFT JOIN payments_payment p ON p.id = j.payment_id LEFT JOIN payments_paymentorder o ON o.id = p.order_id
                 WHERE NOT EXISTS (SELECT FROM payments_journalseal s WHERE s.journal_id = j.id) ORDER BY j.id LIMIT most LOOP
        SELECT coalesce(max(s.number), 0) AS number, coalesce((array_agg(s.sha256))[1], '') AS sha256 INTO last
          FROM (SELECT number, sha256 FROM payments_journalseal WHERE book = each.kind ORDER BY number DESC LIMIT 1) s;
        INSERT INTO payments_journalseal (journal_id, book, number, sha256, sealed_at)
        VALUES (each.id, each.kind, last.number + 1, payments_seal_of(last.sha256, each.id), sealed_now);
        sealed := sealed + 1;
    END LOOP;
    RETURN sealed;
END $$;
DROP FUNCTION payments_seal;
"""
# As what the desk writes of a list that is taken away; of files that were handed out before nobody kept the digest.
MOVE = """
INSERT INTO auditlog_logentry (content_type_id, object_pk, object_repr, action, changes_text, actor_id, timestamp, additional_data)
SELECT t.id, '', 'control totals', 3, '', u.id, x.taken_at, jsonb_build_object('taken', x.form, 'by', x.user, 'rows', x.rows, 'query',
       'account=' || x.account || '&first_day=' || x.first_day || '&last_day=' || x.last_day)
  FROM payments_totalstaken x JOIN django_content_type t ON t.app_label = 'payments' AND t.model = 'daytotals'
  LEFT JOIN auth_user u ON u.username = x.user ORDER BY x.id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0033_counter_days'),
        ('auditlog', '0017_add_actor_email'),
        ('contenttypes', '0002_remove_content_type_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='journalseal',
            name='journal',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='seal', to='payments.journal', verbose_name='journal'),
        ),
        migrations.AddField(
            model_name='journalseal',
            name='entry',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='seal', to='auditlog.logentry', verbose_name='entry of the trail'),
        ),
        migrations.AlterField(
            model_name='journalseal',
            name='book',
            field=models.CharField(help_text='the kind of revenue, pay-outs, or trail', max_length=20, verbose_name='book'),
        ),
        migrations.AlterModelOptions(
            name='journalseal',
            options={'verbose_name': 'seal of the books and the trail', 'verbose_name_plural': 'seals of the books and the trail'},
        ),
        migrations.AddConstraint(
            model_name='journalseal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('entry', None), ('journal__isnull', False)), models.Q(('entry__isnull', False), ('journal', None)), _connector='OR'), name='seal_of_one_thing'),
        ),
        migrations.RunSQL(SEAL_OF_ENTRY, 'DROP FUNCTION payments_seal_of_entry'),
        migrations.RunSQL(SEAL, SEAL_JOURNALS),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.DeleteModel('TotalsTaken'),
    ]
