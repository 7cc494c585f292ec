"""What gateways say they paid out and banks say came in, row by row."""

import django.db.models.deletion
import payments.reconciliation.rows
from django.db import migrations, models

TABLES = ["settlementfile", "settlementline", "settlementchange", "bankfile", "bankline"]
GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payments_{table}
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments_{table} EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD = "DROP TRIGGER append_only ON payments_{table}; DROP TRIGGER append_only_truncate ON payments_{table};"


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0019_kept_money'),
    ]

    operations = [
        migrations.CreateModel(
            name='BankFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='file')),
                ('sha256', models.CharField(max_length=64)),
                ('maker', models.CharField(max_length=150, verbose_name='taken in by')),
                ('taken_in_at', models.DateTimeField(verbose_name='taken in at')),
                ('read', models.PositiveIntegerField(verbose_name='rows read')),
                ('created', models.PositiveIntegerField(verbose_name='rows that are new')),
                ('updated', models.PositiveIntegerField(verbose_name='rows that replace others')),
                ('set_aside', models.JSONField(default=list, help_text='row, field, code and what was found', verbose_name='rows set aside')),
                ('rejected', models.PositiveIntegerField(verbose_name='rows set aside, their number')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='payments.gatewayaccount', verbose_name='gateway account')),
            ],
            options={
                'verbose_name': 'bank statement',
                'verbose_name_plural': 'bank statements',
            },
        ),
        migrations.CreateModel(
            name='BankLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveIntegerField(verbose_name='row')),
                ('value_on', models.DateField(verbose_name='value date')),
                ('amount_paise', models.BigIntegerField(help_text='paise', verbose_name='amount')),
                ('utr', models.CharField(blank=True, max_length=60, verbose_name='UTR')),
                ('narration', models.TextField(blank=True, verbose_name='narration')),
                ('fingerprint', models.CharField(help_text='of all that it says, and which of its like it is', max_length=32)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='payments.gatewayaccount', verbose_name='gateway account')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='payments.bankfile', verbose_name='bank statement')),
            ],
            options={
                'verbose_name': 'line of a bank statement',
                'verbose_name_plural': 'lines of bank statements',
            },
        ),
        migrations.CreateModel(
            name='SettlementFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='file')),
                ('sha256', models.CharField(max_length=64)),
                ('maker', models.CharField(max_length=150, verbose_name='taken in by')),
                ('taken_in_at', models.DateTimeField(verbose_name='taken in at')),
                ('read', models.PositiveIntegerField(verbose_name='rows read')),
                ('created', models.PositiveIntegerField(verbose_name='rows that are new')),
                ('updated', models.PositiveIntegerField(verbose_name='rows that replace others')),
                ('set_aside', models.JSONField(default=list, help_text='row, field, code and what was found', verbose_name='rows set aside')),
                ('rejected', models.PositiveIntegerField(verbose_name='rows set aside, their number')),
                ('is_correction', models.BooleanField(default=False, verbose_name='is a correction')),
                ('withdrawn', models.PositiveIntegerField(default=0, verbose_name='rows withdrawn')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='payments.gatewayaccount', verbose_name='gateway account')),
            ],
            options={
                'verbose_name': 'settlement report',
                'verbose_name_plural': 'settlement reports',
            },
        ),
        migrations.CreateModel(
            name='SettlementLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveIntegerField(verbose_name='row')),
                ('kind', models.CharField(choices=[('settled', 'settled'), ('refund', 'refund'), ('chargeback', 'chargeback')], max_length=10, verbose_name='kind')),
                ('merchant_id', models.CharField(max_length=60, verbose_name='merchant id')),
                ('transaction_ref', models.CharField(max_length=60, verbose_name='transaction number')),
                ('order_ref', models.CharField(blank=True, max_length=60, verbose_name='reference at the gateway')),
                ('bank_ref', models.CharField(blank=True, max_length=60, verbose_name='bank reference')),
                ('own_ref', models.CharField(blank=True, max_length=60, verbose_name='number of the refund or part')),
                ('happened_on', models.DateField(verbose_name='paid on')),
                ('settled_on', models.DateField(verbose_name='settled on')),
                ('gross_paise', models.BigIntegerField(help_text='paise', verbose_name='amount')),
                ('charge_paise', models.BigIntegerField(help_text='paise', verbose_name='charges')),
                ('gst_paise', models.BigIntegerField(help_text='paise', verbose_name='GST on charges')),
                ('net_paise', models.BigIntegerField(help_text='paise', verbose_name='net')),
                ('utr', models.CharField(blank=True, max_length=60, verbose_name='UTR')),
                ('occurrence', models.PositiveIntegerField(help_text='2 when a report lists the same row twice', verbose_name='occurrence')),
                ('version', models.PositiveSmallIntegerField(default=1, verbose_name='version')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='payments.gatewayaccount', verbose_name='gateway account')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='payments.settlementfile', verbose_name='settlement report')),
            ],
            options={
                'verbose_name': 'row of a settlement report',
                'verbose_name_plural': 'rows of settlement reports',
            },
        ),
        migrations.CreateModel(
            name='SettlementChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='payments.settlementfile', verbose_name='settlement report')),
                ('line', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='change', to='payments.settlementline', verbose_name='row of a settlement report')),
                ('replaced_by', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaces', to='payments.settlementline', verbose_name='replaced by')),
            ],
            options={
                'verbose_name': 'changed row of a settlement report',
                'verbose_name_plural': 'changed rows of settlement reports',
            },
        ),
        migrations.AddConstraint(
            model_name='bankfile',
            constraint=models.UniqueConstraint(fields=('account', 'sha256'), name='bank_file_once_per_account'),
        ),
        migrations.AddConstraint(
            model_name='bankfile',
            constraint=models.CheckConstraint(condition=models.Q(('maker', ''), _negated=True), name='bank_file_names_who'),
        ),
        migrations.AddConstraint(
            model_name='bankline',
            constraint=models.UniqueConstraint(fields=('account', 'fingerprint'), name='bank_line_once_per_account'),
        ),
        migrations.AddConstraint(
            model_name='bankline',
            constraint=models.CheckConstraint(condition=models.Q(('amount_paise', 0), _negated=True), name='bank_line_moves_money'),
        ),
        migrations.AddConstraint(
            model_name='settlementfile',
            constraint=models.UniqueConstraint(fields=('account', 'sha256'), name='settlement_file_once_per_account'),
        ),
        migrations.AddConstraint(
            model_name='settlementfile',
            constraint=models.CheckConstraint(condition=models.Q(('maker', ''), _negated=True), name='settlement_file_names_who'),
        ),
        migrations.AddConstraint(
            model_name='settlementfile',
            constraint=models.CheckConstraint(condition=models.Q(('is_correction', True), ('withdrawn', 0), _connector='OR'), name='settlement_file_withdraws_when_it_corrects'),
        ),
        migrations.AddConstraint(
            model_name='settlementline',
            constraint=models.UniqueConstraint(fields=('account', 'transaction_ref', 'kind', 'own_ref', 'settled_on', 'occurrence', 'version'), name='settlement_line_once_per_version'),
        ),
        migrations.AddConstraint(
            model_name='settlementline',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', [payments.reconciliation.rows.RowKind['SETTLED'], payments.reconciliation.rows.RowKind['REFUND'], payments.reconciliation.rows.RowKind['CHARGEBACK']])), name='settlement_line_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='settlementline',
            constraint=models.CheckConstraint(condition=models.Q(('charge_paise__gte', 0), ('gross_paise__gte', 0), ('gst_paise__gte', 0), ('net_paise__gte', 0)), name='settlement_line_amounts_unsigned'),
        ),
        migrations.AddConstraint(
            model_name='settlementchange',
            constraint=models.CheckConstraint(condition=models.Q(('line', models.F('replaced_by')), _negated=True), name='settlement_line_replaced_by_another'),
        ),
        *(migrations.RunSQL(GUARD.format(table=table), UNGUARD.format(table=table)) for table in TABLES),
    ]
