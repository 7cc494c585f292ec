"""Counters with their cashiers' shifts, and what was handed over for a payment there."""

import django.db.models.deletion
from django.db import migrations, models


# What was handed over stays as it was written down; so does the count of a drawer, but for the colleague who checks it, once.
GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payments_handedover
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments_handedover EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_rows BEFORE DELETE ON payments_shift FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER closed_stays_closed
    BEFORE UPDATE OF counter_id, cashier, day, opened_at, float_paise, closed_at, notes, counted_paise, expected_paise, remark
    ON payments_shift FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER checked_stays_checked BEFORE UPDATE ON payments_shift
    FOR EACH ROW WHEN (OLD.checked_at IS NOT NULL) EXECUTE FUNCTION payments_refuse_change();

CREATE FUNCTION payments_check_taking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT closed_at FROM payments_shift WHERE id = NEW.shift_id) IS NOT NULL THEN
        RAISE EXCEPTION 'shift % is closed', NEW.shift_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER taking_joins_open_shift AFTER INSERT ON payments_handedover
    FOR EACH ROW EXECUTE FUNCTION payments_check_taking();
"""
UNGUARD = """
DROP TRIGGER append_only ON payments_handedover; DROP TRIGGER append_only_truncate ON payments_handedover;
DROP TRIGGER taking_joins_open_shift ON payments_handedover; DROP FUNCTION payments_check_taking;
DROP TRIGGER append_only_rows ON payments_shift; DROP TRIGGER closed_stays_closed ON payments_shift;
DROP TRIGGER checked_stays_checked ON payments_shift;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0013_wrong_links'),
    ]

    operations = [
        migrations.AddField(
            model_name='gatewayaccount',
            name='receipt_series',
            field=models.CharField(blank=True, default='', help_text='its own, where it has one', max_length=20, verbose_name='receipt series'),
        ),
        migrations.AlterField(
            model_name='paymentattempt',
            name='way',
            field=models.CharField(choices=[('page', "the gateway's page"), ('upi', 'UPI link'), ('desk', 'across a counter')], db_default='page', default='page', max_length=4, verbose_name='way'),
        ),
        migrations.CreateModel(
            name='Counter',
            fields=[
                ('number', models.PositiveSmallIntegerField(primary_key=True, serialize=False, verbose_name='counter')),
                ('place', models.CharField(help_text='as receipts print it', max_length=80, verbose_name='place')),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='counter', to='payments.gatewayaccount', verbose_name='account')),
            ],
            options={
                'verbose_name': 'counter',
                'verbose_name_plural': 'counters',
            },
        ),
        migrations.CreateModel(
            name='Shift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cashier', models.CharField(max_length=150, verbose_name='cashier')),
                ('day', models.DateField(help_text='of India; a shift takes money on this day only', verbose_name='day')),
                ('opened_at', models.DateTimeField(verbose_name='opened at')),
                ('float_paise', models.BigIntegerField(help_text='paise', verbose_name='change in the drawer')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed at')),
                ('notes', models.JSONField(blank=True, default=dict, help_text='how many of each, by rupees', verbose_name='notes and coins')),
                ('counted_paise', models.BigIntegerField(blank=True, help_text='paise', null=True, verbose_name='counted')),
                ('expected_paise', models.BigIntegerField(blank=True, help_text='paise', null=True, verbose_name='expected')),
                ('remark', models.TextField(blank=True, verbose_name='why it differs')),
                ('checked_by', models.CharField(blank=True, max_length=150, verbose_name='checked by')),
                ('checked_at', models.DateTimeField(blank=True, null=True, verbose_name='checked at')),
                ('counter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shifts', to='payments.counter', verbose_name='counter')),
            ],
            options={
                'verbose_name': 'shift',
                'verbose_name_plural': 'shifts',
            },
        ),
        migrations.CreateModel(
            name='HandedOver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('instrument', models.CharField(choices=[('cash', 'cash'), ('cheque', 'cheque'), ('draft', 'demand draft'), ('card', 'card')], max_length=6, verbose_name='instrument')),
                ('number', models.CharField(blank=True, help_text="of the cheque or draft; the terminal's reference for a card", max_length=20, verbose_name='number')),
                ('bank', models.CharField(blank=True, max_length=80, verbose_name='bank and branch')),
                ('dated', models.DateField(blank=True, null=True, verbose_name='dated')),
                ('given_paise', models.BigIntegerField(blank=True, help_text='paise', null=True, verbose_name='cash given')),
                ('taken_at', models.DateTimeField(verbose_name='taken at')),
                ('attempt', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='handed_over', to='payments.paymentattempt', verbose_name='attempt')),
                ('shift', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='takings', to='payments.shift', verbose_name='shift')),
            ],
            options={
                'verbose_name': 'payment at a counter',
                'verbose_name_plural': 'payments at counters',
            },
        ),
        migrations.AddConstraint(
            model_name='counter',
            constraint=models.CheckConstraint(condition=models.Q(('number__range', (1, 999))), name='counter_of_three_digits'),
        ),
        migrations.AddConstraint(
            model_name='shift',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('counter',), name='shift_open_once_per_counter'),
        ),
        migrations.AddConstraint(
            model_name='shift',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('cashier',), name='shift_open_once_per_cashier'),
        ),
        migrations.AddConstraint(
            model_name='shift',
            constraint=models.CheckConstraint(condition=models.Q(('float_paise__gte', 0)), name='shift_float_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='shift',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('counted_paise', None), ('expected_paise', None)), models.Q(('closed_at__gte', models.F('opened_at')), ('closed_at__isnull', False), ('counted_paise__gte', 0), ('counted_paise__isnull', False), ('expected_paise__isnull', False)), _connector='OR'), name='shift_closing_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='shift',
            constraint=models.CheckConstraint(condition=models.Q(('closed_at', None), ('counted_paise', models.F('expected_paise')), models.Q(('remark', ''), _negated=True), _connector='OR'), name='shift_difference_is_explained'),
        ),
        migrations.AddConstraint(
            model_name='shift',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('checked_at', None), ('checked_by', '')), models.Q(models.Q(('checked_by', ''), _negated=True), ('checked_at__gte', models.F('closed_at')), ('checked_at__isnull', False), ('closed_at__isnull', False)), _connector='OR'), name='shift_check_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='shift',
            constraint=models.CheckConstraint(condition=models.Q(('checked_by', models.F('cashier')), _negated=True), name='shift_checked_by_another'),
        ),
        migrations.AddIndex(
            model_name='handedover',
            index=models.Index(condition=models.Q(('number', ''), _negated=True), fields=['number'], name='handed_over_by_number'),
        ),
        migrations.AddConstraint(
            model_name='handedover',
            constraint=models.CheckConstraint(condition=models.Q(('instrument__in', ['cash', 'cheque', 'draft', 'card'])), name='handed_over_instrument_known'),
        ),
        migrations.AddConstraint(
            model_name='handedover',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('bank', ''), ('dated', None), ('instrument', 'cash'), ('number', '')), models.Q(('bank', ''), ('dated', None), ('given_paise', None), ('instrument', 'card'), models.Q(('number', ''), _negated=True)), models.Q(('given_paise', None), ('instrument__in', ['cheque', 'draft']), ('dated__isnull', False), models.Q(('number', ''), _negated=True), models.Q(('bank', ''), _negated=True)), _connector='OR'), name='handed_over_names_its_paper'),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
