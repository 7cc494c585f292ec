"""Money that is kept can be placed, also for another reference; breaks are closed; what payers' banks ask back is disputed."""

import django.db.models.deletion
from django.db import migrations, models

# What is asked for never changes, a decision neither, and nothing is removed.
ASKED = {
    "payments_placement": (
        "payment_id, kept_as, kept_for, target, placed_for, amount_paise, effect, detail, maker, asked_at",
        "OLD.approver <> ''",
    ),
    "payments_closingrequest": ("recon_break_id, detail, maker, asked_at", "OLD.approver <> ''"),
    "payments_dispute": ("payment_id, amount_paise, case_number, reason, reply_by, maker, opened_at", "OLD.state <> 'open'"),
}
GUARD_ASKED = """
CREATE TRIGGER append_only_words BEFORE UPDATE OF {words} ON {table}
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_decision BEFORE UPDATE ON {table}
    FOR EACH ROW WHEN ({decided}) EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_rows BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD_ASKED = """
DROP TRIGGER append_only_words ON {table}; DROP TRIGGER append_only_decision ON {table};
DROP TRIGGER append_only_rows ON {table}; DROP TRIGGER append_only_truncate ON {table};
"""
GUARD_CLOSING = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payments_breakclosing
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments_breakclosing EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD_CLOSING = "DROP TRIGGER append_only ON payments_breakclosing; DROP TRIGGER append_only_truncate ON payments_breakclosing;"
# What is disputed or was lost is no more than the payment.
DISPUTED = """
CREATE FUNCTION payments_check_dispute() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(amount_paise) FROM payments_dispute WHERE payment_id = NEW.payment_id AND state <> 'won') >
       (SELECT amount_paise FROM payments_payment WHERE id = NEW.payment_id) THEN
        RAISE EXCEPTION 'payment % is disputed for more than itself', NEW.payment_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER disputes_within_payment AFTER INSERT OR UPDATE ON payments_dispute
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_check_dispute();
"""
UNDISPUTED = "DROP TRIGGER disputes_within_payment ON payments_dispute; DROP FUNCTION payments_check_dispute;"
# Beside a bill, an advance belongs to a reference: neither gives more than it has.
CHECK = """
CREATE OR REPLACE FUNCTION payments_check_allocation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE off bigint; kept bigint;
BEGIN
    SELECT (SELECT amount_paise FROM payments_payment WHERE id = NEW.payment_id) - sum(amount_paise),
           sum(amount_paise) FILTER (WHERE kind = NEW.kind AND bill = NEW.bill{same_reference})
      INTO off, kept FROM payments_allocation WHERE payment_id = NEW.payment_id;
    IF off <> 0 THEN
        RAISE EXCEPTION 'payment % has % paise not allocated', NEW.payment_id, off USING ERRCODE = 'check_violation';
    END IF;
    IF kept < 0 THEN
        RAISE EXCEPTION 'payment % has moved more than was kept', NEW.payment_id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind = 'reversed' AND NOT EXISTS (SELECT FROM payments_reversal WHERE payment_id = NEW.payment_id) THEN
        RAISE EXCEPTION 'payment % has no reversal', NEW.payment_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""
# Each part that is or was kept, with whom it is kept for: its order's reference, or its own. Two branches, an index for each.
KEPT = """
CREATE VIEW payments_keptpart AS
SELECT a.id, a.payment_id, o.id AS order_id, o.order_number, o.kind AS service, o.reference, a.reference AS own_reference,
       a.kind AS kept_as, a.amount_paise, a.landed_on
  FROM payments_paymentorder o JOIN payments_payment p ON p.order_id = o.id
  JOIN payments_allocation a ON a.payment_id = p.id AND a.kind IN ('advance', 'suspense') AND a.kind <> 'bill'
 WHERE a.reference = ''
 UNION ALL
SELECT a.id, a.payment_id, o.id, o.order_number, o.kind, a.reference, a.reference, a.kind, a.amount_paise, a.landed_on
  FROM payments_allocation a JOIN payments_payment p ON p.id = a.payment_id
  JOIN payments_paymentorder o ON o.id = p.order_id
 WHERE a.kind = 'advance' AND a.reference <> '';

CREATE VIEW payments_keptmoney AS
SELECT min(id) AS id, payment_id, kept_as, reference, own_reference, sum(amount_paise)::bigint AS amount_paise,
       min(landed_on) AS kept_since
  FROM payments_keptpart GROUP BY payment_id, kept_as, reference, own_reference HAVING sum(amount_paise) > 0;

CREATE OR REPLACE FUNCTION payments_advance_of(of_kind text, of_reference text) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT coalesce(sum(amount_paise), 0) FROM payments_keptpart
             WHERE service = of_kind AND reference = of_reference AND kept_as = 'advance');
END $$;
"""
UNKEPT = """
CREATE OR REPLACE FUNCTION payments_advance_of(of_kind text, of_reference text) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT coalesce(sum(a.amount_paise), 0)
              FROM payments_paymentorder o JOIN payments_payment p ON p.order_id = o.id
              JOIN payments_allocation a ON a.payment_id = p.id AND a.kind = 'advance'
             WHERE o.kind = of_kind AND o.reference = of_reference);
END $$;
DROP VIEW payments_keptmoney; DROP VIEW payments_keptpart;
"""
# Breaks from before: what had been kept then, or the whole payment where nothing was.
AT_STAKE = """
UPDATE payments_reconbreak b SET amount_paise = coalesce(
       (SELECT sum(a.amount_paise) FROM payments_allocation a
         WHERE a.payment_id = b.payment_id AND a.kind IN ('advance', 'suspense') AND a.amount_paise > 0),
       (SELECT p.amount_paise FROM payments_payment p WHERE p.id = b.payment_id));
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0018_refunds'),
    ]

    operations = [
        migrations.CreateModel(
            name='KeptMoney',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kept_as', models.CharField(choices=[('bill', 'bill'), ('advance', 'advance'), ('suspense', 'suspense'), ('reversed', 'reversed'), ('refunded', 'refunded'), ('charged', 'charged back')], max_length=8, verbose_name='kept as')),
                ('reference', models.CharField(max_length=40, verbose_name='kept for')),
                ('own_reference', models.CharField(help_text='as allocations keep it: empty for whom its order was', max_length=40)),
                ('amount_paise', models.BigIntegerField(help_text='paise', verbose_name='amount')),
                ('kept_since', models.DateField(verbose_name='kept since')),
            ],
            options={
                'verbose_name': 'money kept',
                'verbose_name_plural': 'money kept',
                'db_table': 'payments_keptmoney',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='BreakClosing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('how', models.CharField(choices=[('auto', 'by itself, its money has been placed'), ('manual', 'by two people')], max_length=6, verbose_name='how')),
                ('note', models.TextField(verbose_name='note')),
                ('maker', models.CharField(blank=True, max_length=150, verbose_name='asked by')),
                ('approver', models.CharField(blank=True, max_length=150, verbose_name='approved by')),
                ('closed_at', models.DateTimeField(verbose_name='closed at')),
            ],
            options={
                'verbose_name': 'closing of a break',
                'verbose_name_plural': 'closings of breaks',
            },
        ),
        migrations.CreateModel(
            name='ClosingRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('detail', models.TextField(verbose_name='why')),
                ('maker', models.CharField(max_length=150, verbose_name='asked by')),
                ('asked_at', models.DateTimeField(verbose_name='asked at')),
                ('approver', models.CharField(blank=True, max_length=150, verbose_name='decided by')),
                ('approved_at', models.DateTimeField(blank=True, null=True, verbose_name='approved at')),
                ('refused_at', models.DateTimeField(blank=True, null=True, verbose_name='refused at')),
                ('refusal', models.TextField(blank=True, verbose_name='why refused')),
            ],
            options={
                'verbose_name': 'request to close a break',
                'verbose_name_plural': 'requests to close breaks',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount_paise', models.BigIntegerField(help_text='paise that are asked back', verbose_name='amount')),
                ('case_number', models.CharField(max_length=60, verbose_name="the gateway's case number")),
                ('reason', models.TextField(verbose_name="the bank's reason")),
                ('reply_by', models.DateField(verbose_name='reply by')),
                ('maker', models.CharField(max_length=150, verbose_name='opened by')),
                ('opened_at', models.DateTimeField(verbose_name='opened at')),
                ('state', models.CharField(choices=[('open', 'open'), ('won', 'won: the money stays'), ('lost', 'lost: the money is gone')], default='open', max_length=4, verbose_name='state')),
                ('note', models.TextField(blank=True, verbose_name='what the bank decided')),
                ('approver', models.CharField(blank=True, max_length=150, verbose_name='decided by')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
            ],
            options={
                'verbose_name': 'dispute',
                'verbose_name_plural': 'disputes',
            },
        ),
        migrations.CreateModel(
            name='Placement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('detail', models.TextField(verbose_name='why')),
                ('maker', models.CharField(max_length=150, verbose_name='asked by')),
                ('asked_at', models.DateTimeField(verbose_name='asked at')),
                ('approver', models.CharField(blank=True, max_length=150, verbose_name='decided by')),
                ('approved_at', models.DateTimeField(blank=True, null=True, verbose_name='approved at')),
                ('refused_at', models.DateTimeField(blank=True, null=True, verbose_name='refused at')),
                ('refusal', models.TextField(blank=True, verbose_name='why refused')),
                ('kept_as', models.CharField(choices=[('bill', 'bill'), ('advance', 'advance'), ('suspense', 'suspense'), ('reversed', 'reversed'), ('refunded', 'refunded'), ('charged', 'charged back')], max_length=8, verbose_name='kept as')),
                ('kept_for', models.CharField(max_length=40, verbose_name='kept for')),
                ('target', models.CharField(choices=[('named', 'the bills that its own order named, as of the day it was paid'), ('due', 'what is due where it stands, as of today'), ('advance', 'in advance of the same payer'), ('other', 'in advance of another number: it was paid for the wrong one')], max_length=8, verbose_name='to be placed')),
                ('placed_for', models.CharField(max_length=40, verbose_name='placed for')),
                ('amount_paise', models.BigIntegerField(help_text='paise', verbose_name='amount')),
                ('effect', models.JSONField(verbose_name='what it does')),
            ],
            options={
                'verbose_name': 'placement',
                'verbose_name_plural': 'placements',
                'abstract': False,
            },
        ),
        migrations.RemoveConstraint(
            model_name='reconbreak',
            name='break_once_per_payment_and_kind',
        ),
        migrations.RemoveConstraint(
            model_name='reversal',
            name='reversal_reason_known',
        ),
        migrations.RemoveConstraint(
            model_name='reversalrequest',
            name='reversal_request_reason_known',
        ),
        migrations.AddField(
            model_name='allocation',
            name='reference',
            field=models.CharField(blank=True, db_default='', help_text="for whom it counts, where not for its order's", max_length=40, verbose_name='reference'),
        ),
        migrations.AddField(
            model_name='reconbreak',
            name='amount_paise',
            field=models.BigIntegerField(default=0, help_text='paise that were at stake when it was opened', verbose_name='amount'),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='allocation',
            name='kind',
            field=models.CharField(choices=[('bill', 'bill'), ('advance', 'advance'), ('suspense', 'suspense'), ('reversed', 'reversed'), ('refunded', 'refunded'), ('charged', 'charged back')], max_length=8, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='reversal',
            name='reason',
            field=models.CharField(choices=[('dishonoured', 'cheque or draft dishonoured'), ('bank_reversed', 'taken back by the bank'), ('entered_wrongly', 'entered wrongly by a clerk'), ('charged_back', "charged back by the payer's bank")], max_length=16, verbose_name='reason'),
        ),
        migrations.AlterField(
            model_name='reversalrequest',
            name='reason',
            field=models.CharField(choices=[('dishonoured', 'cheque or draft dishonoured'), ('bank_reversed', 'taken back by the bank'), ('entered_wrongly', 'entered wrongly by a clerk'), ('charged_back', "charged back by the payer's bank")], max_length=16, verbose_name='reason'),
        ),
        migrations.AddIndex(
            model_name='allocation',
            index=models.Index(condition=models.Q(('reference', ''), _negated=True), fields=['reference'], name='allocation_for_another'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.CheckConstraint(condition=models.Q(('reference', ''), ('kind__in', ('bill', 'advance')), _connector='OR'), name='allocation_counts_for_another_on_a_bill_or_in_advance'),
        ),
        migrations.AddConstraint(
            model_name='reconbreak',
            constraint=models.UniqueConstraint(fields=('payment', 'kind', 'detail'), name='break_once_per_payment_kind_and_detail'),
        ),
        migrations.AddConstraint(
            model_name='reversal',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['dishonoured', 'bank_reversed', 'entered_wrongly', 'charged_back'])), name='reversal_reason_known'),
        ),
        migrations.AddConstraint(
            model_name='reversalrequest',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['dishonoured', 'bank_reversed', 'entered_wrongly', 'charged_back'])), name='reversal_request_reason_known'),
        ),
        migrations.AddField(
            model_name='breakclosing',
            name='recon_break',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='closing', to='payments.reconbreak', verbose_name='break'),
        ),
        migrations.AddField(
            model_name='closingrequest',
            name='recon_break',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='closing_requests', to='payments.reconbreak', verbose_name='break'),
        ),
        migrations.AddField(
            model_name='dispute',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='payments.payment', verbose_name='payment'),
        ),
        migrations.AddField(
            model_name='placement',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='placements', to='payments.payment', verbose_name='payment'),
        ),
        migrations.AddConstraint(
            model_name='breakclosing',
            constraint=models.CheckConstraint(condition=models.Q(('note', ''), _negated=True), name='closing_says_why'),
        ),
        migrations.AddConstraint(
            model_name='breakclosing',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approver', ''), ('how', 'auto'), ('maker', '')), models.Q(('how', 'manual'), models.Q(('maker', ''), _negated=True), models.Q(('approver', ''), _negated=True), models.Q(('approver', models.F('maker')), _negated=True)), _connector='OR'), name='closing_is_by_itself_or_by_two_people'),
        ),
        migrations.AddConstraint(
            model_name='closingrequest',
            constraint=models.CheckConstraint(condition=models.Q(('detail', ''), _negated=True), name='closingrequest_says_why'),
        ),
        migrations.AddConstraint(
            model_name='closingrequest',
            constraint=models.CheckConstraint(condition=models.Q(('approver', models.F('maker')), _negated=True), name='closingrequest_decided_by_another'),
        ),
        migrations.AddConstraint(
            model_name='closingrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_at', None), ('approver', ''), ('refused_at', None)), models.Q(models.Q(('approver', ''), _negated=True), models.Q(('approved_at', None), ('refused_at', None), _connector='XOR')), _connector='OR'), name='closingrequest_decision_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='closingrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('refusal', ''), ('refused_at', None)), models.Q(models.Q(('refused_at', None), _negated=True), models.Q(('refusal', ''), _negated=True)), _connector='OR'), name='closingrequest_refusal_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='closingrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('approver', '')), fields=('recon_break',), name='closing_asked_once_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('payment',), name='dispute_open_once_per_payment'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.UniqueConstraint(fields=('payment', 'case_number'), name='dispute_case_once_per_payment'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(('amount_paise__gt', 0)), name='dispute_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'won', 'lost'])), name='dispute_state_known'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('case_number', ''), _negated=True), models.Q(('reason', ''), _negated=True)), name='dispute_says_why'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(('approver', models.F('maker')), _negated=True), name='dispute_decided_by_another'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approver', ''), ('decided_at', None), ('note', ''), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), models.Q(('approver', ''), _negated=True), models.Q(('note', ''), _negated=True), models.Q(('decided_at', None), _negated=True)), _connector='OR'), name='dispute_decision_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='placement',
            constraint=models.CheckConstraint(condition=models.Q(('detail', ''), _negated=True), name='placement_says_why'),
        ),
        migrations.AddConstraint(
            model_name='placement',
            constraint=models.CheckConstraint(condition=models.Q(('approver', models.F('maker')), _negated=True), name='placement_decided_by_another'),
        ),
        migrations.AddConstraint(
            model_name='placement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_at', None), ('approver', ''), ('refused_at', None)), models.Q(models.Q(('approver', ''), _negated=True), models.Q(('approved_at', None), ('refused_at', None), _connector='XOR')), _connector='OR'), name='placement_decision_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='placement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('refusal', ''), ('refused_at', None)), models.Q(models.Q(('refused_at', None), _negated=True), models.Q(('refusal', ''), _negated=True)), _connector='OR'), name='placement_refusal_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='placement',
            constraint=models.UniqueConstraint(condition=models.Q(('approver', '')), fields=('payment',), name='placement_asked_once_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='placement',
            constraint=models.CheckConstraint(condition=models.Q(('amount_paise__gt', 0)), name='placement_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='placement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kept_as', 'suspense'), ('target__in', ('named', 'due', 'advance', 'other'))), models.Q(('kept_as', 'advance'), ('target__in', ('named', 'due', 'other'))), _connector='OR'), name='placement_target_fits_where_it_is_kept'),
        ),
        migrations.AddConstraint(
            model_name='placement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('target', 'other'), _negated=True), models.Q(('placed_for', models.F('kept_for')), _negated=True), _connector='OR'), name='placement_for_another_goes_elsewhere'),
        ),
        *(
            migrations.RunSQL(
                GUARD_ASKED.format(table=table, words=words, decided=decided), UNGUARD_ASKED.format(table=table)
            )
            for table, (words, decided) in ASKED.items()
        ),
        migrations.RunSQL(GUARD_CLOSING, UNGUARD_CLOSING),
        migrations.RunSQL(DISPUTED, UNDISPUTED),
        migrations.RunSQL(
            CHECK.format(same_reference=" AND reference = NEW.reference"), CHECK.format(same_reference="")
        ),
        migrations.RunSQL(KEPT, UNKEPT),
        migrations.RunSQL(AT_STAKE, migrations.RunSQL.noop),
    ]
