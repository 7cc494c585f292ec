"""A payment that turned out not to be money is undone by a numbered reversal; its allocations are taken back by negative ones."""

import django.db.models.deletion
from django.db import migrations, models


# Append-only, like the other papers.
GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payments_reversal
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments_reversal EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD = "DROP TRIGGER append_only ON payments_reversal; DROP TRIGGER append_only_truncate ON payments_reversal;"
# A bill gives back no more than it took, and a payment is reversed whole or not at all: its money and its paper come together.
CHECK = """
CREATE OR REPLACE FUNCTION payments_check_allocation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE off bigint; kept bigint;
BEGIN
    SELECT (SELECT amount_paise FROM payments_payment WHERE id = NEW.payment_id) - sum(amount_paise),
           sum(amount_paise) FILTER (WHERE kind = NEW.kind AND bill = NEW.bill)
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
CREATE FUNCTION payments_check_reversal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT amount_paise FROM payments_payment WHERE id = NEW.payment_id) IS DISTINCT FROM
       (SELECT sum(amount_paise)::bigint FROM payments_allocation WHERE payment_id = NEW.payment_id AND kind = 'reversed') THEN
        RAISE EXCEPTION 'payment % is not undone whole', NEW.payment_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER reversal_undoes_payment_whole AFTER INSERT ON payments_reversal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_check_reversal();
"""
UNCHECK = """
DROP TRIGGER reversal_undoes_payment_whole ON payments_reversal; DROP FUNCTION payments_check_reversal;
CREATE OR REPLACE FUNCTION payments_check_allocation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE off bigint; kept bigint;
BEGIN
    SELECT (SELECT amount_paise FROM payments_payment WHERE id = NEW.payment_id) - sum(amount_paise),
           sum(amount_paise) FILTER (WHERE kind = NEW.kind)
      INTO off, kept FROM payments_allocation WHERE payment_id = NEW.payment_id;
    IF off <> 0 THEN
        RAISE EXCEPTION 'payment % has % paise not allocated', NEW.payment_id, off USING ERRCODE = 'check_violation';
    END IF;
    IF kept < 0 THEN
        RAISE EXCEPTION 'payment % has moved more than was kept', NEW.payment_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0010_gateway_accounts'),
    ]

    operations = [
        migrations.CreateModel(
            name='Reversal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('series', models.CharField(max_length=24, verbose_name='series')),
                ('financial_year', models.PositiveSmallIntegerField(verbose_name='financial year')),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('reversal_number', models.CharField(max_length=44, unique=True, verbose_name='reversal number')),
                ('reason', models.CharField(choices=[('dishonoured', 'cheque or draft dishonoured'), ('bank_reversed', 'taken back by the bank'), ('entered_wrongly', 'entered wrongly by a clerk')], max_length=16, verbose_name='reason')),
                ('detail', models.TextField(verbose_name='what shows it')),
                ('maker', models.CharField(max_length=150, verbose_name='asked by')),
                ('approver', models.CharField(max_length=150, verbose_name='approved by')),
                ('reversed_on', models.DateField(help_text='the IST day on which the books undo the payment', verbose_name='reversed on')),
                ('issued_at', models.DateTimeField(verbose_name='issued at')),
            ],
            options={
                'verbose_name': 'reversal',
                'verbose_name_plural': 'reversals',
            },
        ),
        migrations.CreateModel(
            name='ReversalRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('dishonoured', 'cheque or draft dishonoured'), ('bank_reversed', 'taken back by the bank'), ('entered_wrongly', 'entered wrongly by a clerk')], max_length=16, verbose_name='reason')),
                ('detail', models.TextField(help_text="the bank's memo, statement or letter", verbose_name='what shows it')),
                ('maker', models.CharField(max_length=150, verbose_name='asked by')),
                ('asked_at', models.DateTimeField(verbose_name='asked at')),
                ('approver', models.CharField(blank=True, max_length=150, verbose_name='decided by')),
                ('approved_at', models.DateTimeField(blank=True, null=True, verbose_name='approved at')),
                ('refused_at', models.DateTimeField(blank=True, null=True, verbose_name='refused at')),
                ('refusal', models.TextField(blank=True, verbose_name='why refused')),
            ],
            options={
                'verbose_name': 'request for a reversal',
                'verbose_name_plural': 'requests for reversals',
            },
        ),
        migrations.RemoveConstraint(
            model_name='allocation',
            name='allocation_of_a_bill_not_negative',
        ),
        migrations.AlterField(
            model_name='allocation',
            name='kind',
            field=models.CharField(choices=[('bill', 'bill'), ('advance', 'advance'), ('suspense', 'suspense'), ('reversed', 'reversed')], max_length=8, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='receiptseries',
            name='code',
            field=models.CharField(max_length=24, verbose_name='series'),
        ),
        migrations.AddField(
            model_name='reversal',
            name='payment',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='reversal', to='payments.payment', verbose_name='payment'),
        ),
        migrations.AddField(
            model_name='reversalrequest',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reversal_requests', to='payments.payment', verbose_name='payment'),
        ),
        migrations.AddConstraint(
            model_name='reversal',
            constraint=models.UniqueConstraint(fields=('series', 'financial_year', 'number'), name='reversal_number_once_in_series'),
        ),
        migrations.AddConstraint(
            model_name='reversal',
            constraint=models.CheckConstraint(condition=models.Q(('number__gt', 0)), name='reversal_number_positive'),
        ),
        migrations.AddConstraint(
            model_name='reversal',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['dishonoured', 'bank_reversed', 'entered_wrongly'])), name='reversal_reason_known'),
        ),
        migrations.AddConstraint(
            model_name='reversal',
            constraint=models.CheckConstraint(condition=models.Q(('approver', models.F('maker')), _negated=True), name='reversal_approved_by_another'),
        ),
        migrations.AddConstraint(
            model_name='reversal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approver', ''), _negated=True), models.Q(('maker', ''), _negated=True)), name='reversal_names_two_people'),
        ),
        migrations.AddConstraint(
            model_name='reversalrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('approver', '')), fields=('payment',), name='reversal_asked_once_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='reversalrequest',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['dishonoured', 'bank_reversed', 'entered_wrongly'])), name='reversal_request_reason_known'),
        ),
        migrations.AddConstraint(
            model_name='reversalrequest',
            constraint=models.CheckConstraint(condition=models.Q(('detail', ''), _negated=True), name='reversal_request_says_what_shows_it'),
        ),
        migrations.AddConstraint(
            model_name='reversalrequest',
            constraint=models.CheckConstraint(condition=models.Q(('approver', models.F('maker')), _negated=True), name='reversal_decided_by_another'),
        ),
        migrations.AddConstraint(
            model_name='reversalrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_at', None), ('approver', ''), ('refused_at', None)), models.Q(models.Q(('approver', ''), _negated=True), models.Q(('approved_at', None), ('refused_at', None), _connector='XOR')), _connector='OR'), name='reversal_decision_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='reversalrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('refusal', ''), ('refused_at', None)), models.Q(models.Q(('refused_at', None), _negated=True), models.Q(('refusal', ''), _negated=True)), _connector='OR'), name='reversal_refusal_has_a_reason'),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
        migrations.RunSQL(CHECK, UNCHECK),
    ]
