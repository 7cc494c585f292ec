"""Money is given back: a refund leaves the advance when it is approved, and comes back there when it fails."""

import django.db.models.deletion
from django.db import migrations, models


# What was asked for stays as it was asked, and what has come to its end stays as it ended.
GUARD = """
CREATE TRIGGER append_only_request BEFORE UPDATE OF payment_id, refund_number, amount_paise, reason, maker, asked_at, advice_number,
       advice_on ON payments_refund FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_end BEFORE UPDATE ON payments_refund FOR EACH ROW
    WHEN (OLD.state IN ('done', 'failed', 'refused')) EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_rows BEFORE DELETE ON payments_refund FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments_refund EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD = """
DROP TRIGGER append_only_request ON payments_refund; DROP TRIGGER append_only_end ON payments_refund;
DROP TRIGGER append_only_rows ON payments_refund; DROP TRIGGER append_only_truncate ON payments_refund;
"""
# No money stands as refunded without its refund, and no refund is under way or done without its money. Together with the
# allocations, which add up to the payment and of which none is overdrawn, no payment gives back more than it brought.
CHECK = """
CREATE FUNCTION payments_check_refunds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE standing bigint; promised bigint;
BEGIN
    SELECT coalesce(sum(amount_paise), 0) INTO standing FROM payments_allocation
     WHERE payment_id = NEW.payment_id AND kind = 'refunded';
    SELECT coalesce(sum(amount_paise), 0) INTO promised FROM payments_refund
     WHERE payment_id = NEW.payment_id AND state IN ('approved', 'submitted', 'unknown', 'done');
    IF standing <> promised THEN
        RAISE EXCEPTION 'payment % has % paise refunded and refunds of %', NEW.payment_id, standing, promised
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER refunded_money_has_its_refund AFTER INSERT ON payments_allocation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'refunded') EXECUTE FUNCTION payments_check_refunds();
CREATE CONSTRAINT TRIGGER refund_has_its_money AFTER INSERT OR UPDATE OF state ON payments_refund
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_check_refunds();
"""
UNCHECK = """
DROP TRIGGER refunded_money_has_its_refund ON payments_allocation; DROP TRIGGER refund_has_its_money ON payments_refund;
DROP FUNCTION payments_check_refunds;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0017_finding'),
    ]

    operations = [
        migrations.AlterField(
            model_name='allocation',
            name='kind',
            field=models.CharField(choices=[('bill', 'bill'), ('advance', 'advance'), ('suspense', 'suspense'), ('reversed', 'reversed'), ('refunded', 'refunded')], max_length=8, verbose_name='kind'),
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('refund_number', models.CharField(help_text='also our reference at the gateway', max_length=15, unique=True, verbose_name='refund number')),
                ('amount_paise', models.BigIntegerField(help_text='paise', verbose_name='amount')),
                ('reason', models.TextField(verbose_name='why')),
                ('state', models.CharField(choices=[('requested', 'waits for a decision'), ('refused', 'refused'), ('approved', 'approved'), ('submitted', 'sent to the gateway'), ('unknown', 'not known'), ('done', 'given back'), ('failed', 'failed')], db_index=True, default='requested', max_length=9, verbose_name='state')),
                ('maker', models.CharField(max_length=150, verbose_name='asked by')),
                ('asked_at', models.DateTimeField(verbose_name='asked at')),
                ('approver', models.CharField(blank=True, max_length=150, verbose_name='decided by')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                ('refusal', models.TextField(blank=True, verbose_name='why refused')),
                ('advice_number', models.CharField(blank=True, max_length=40, verbose_name='number of the payment advice')),
                ('advice_on', models.DateField(blank=True, null=True, verbose_name='date of the payment advice')),
                ('next_at', models.DateTimeField(blank=True, help_text='sent when it is approved, asked about when it was sent', null=True, verbose_name='taken up next at')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='times sent')),
                ('gateway_refund_ref', models.CharField(blank=True, max_length=60, verbose_name="the gateway's own number")),
                ('raw_status', models.CharField(blank=True, max_length=40, verbose_name="the gateway's code")),
                ('last_error', models.TextField(blank=True, verbose_name='last error')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                ('verdict', models.CharField(blank=True, choices=[('done', 'given back'), ('failed', 'failed')], max_length=6, verbose_name="end by the gateway's word")),
                ('verdict_proof', models.TextField(blank=True, help_text="the gateway's letter or its settlement", verbose_name='what shows it')),
                ('verdict_maker', models.CharField(blank=True, max_length=150, verbose_name='entered by')),
                ('verdict_approver', models.CharField(blank=True, max_length=150, verbose_name='confirmed by')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='payments.payment', verbose_name='payment')),
            ],
            options={
                'verbose_name': 'refund',
                'verbose_name_plural': 'refunds',
                'indexes': [models.Index(condition=models.Q(('next_at', None), _negated=True), fields=['next_at'], name='refund_to_take_up')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_paise__gt', 0)), name='refund_amount_positive'), models.CheckConstraint(condition=models.Q(('state__in', ['requested', 'refused', 'approved', 'submitted', 'unknown', 'done', 'failed'])), name='refund_state_known'), models.UniqueConstraint(condition=models.Q(('state__in', ('requested', 'approved', 'submitted', 'unknown'))), fields=('payment',), name='refund_under_way_once'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='refund_says_why'), models.CheckConstraint(condition=models.Q(('approver', models.F('maker')), _negated=True), name='refund_decided_by_another'), models.CheckConstraint(condition=models.Q(models.Q(('approver', ''), ('decided_at', None), ('state', 'requested')), models.Q(models.Q(('state', 'requested'), _negated=True), models.Q(('approver', ''), _negated=True), models.Q(('decided_at', None), _negated=True)), _connector='OR'), name='refund_decision_is_whole'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'refused'), models.Q(('refusal', ''), _negated=True)), models.Q(models.Q(('state', 'refused'), _negated=True), ('refusal', '')), _connector='OR'), name='refund_refusal_has_a_reason'), models.CheckConstraint(condition=models.Q(models.Q(('advice_number', ''), ('advice_on', None)), models.Q(models.Q(('advice_number', ''), _negated=True), models.Q(('advice_on', None), _negated=True)), _connector='OR'), name='refund_advice_is_whole'), models.CheckConstraint(condition=models.Q(('advice_number', ''), models.Q(('state__in', ['submitted', 'unknown', 'failed']), _negated=True), _connector='OR'), name='refund_by_hand_is_not_sent'), models.CheckConstraint(condition=models.Q(models.Q(('next_at__isnull', False), ('state__in', ['approved', 'submitted', 'unknown'])), models.Q(models.Q(('state__in', ['approved', 'submitted', 'unknown']), _negated=True), ('next_at', None)), _connector='OR'), name='refund_is_taken_up_until_its_end'), models.CheckConstraint(condition=models.Q(models.Q(('verdict', ''), ('verdict_approver', ''), ('verdict_maker', ''), ('verdict_proof', '')), models.Q(('verdict__in', ['done', 'failed']), models.Q(('verdict_proof', ''), _negated=True), models.Q(('verdict_maker', ''), _negated=True)), _connector='OR'), name='refund_verdict_is_whole'), models.CheckConstraint(condition=models.Q(('verdict_approver', ''), models.Q(models.Q(('verdict_approver', models.F('verdict_maker')), _negated=True), ('state', models.F('verdict'))), _connector='OR'), name='refund_verdict_confirmed_by_another'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('state__in', ['done', 'failed'])), models.Q(models.Q(('state__in', ['done', 'failed']), _negated=True), ('ended_at', None)), _connector='OR'), name='refund_end_has_a_moment')],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
        migrations.RunSQL(CHECK, UNCHECK),
    ]
