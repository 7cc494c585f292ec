"""Prints of a receipt at a desk, counted: the second says that it is not the first."""

import django.db.models.deletion
from django.db import migrations, models


GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payments_receiptprint
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments_receiptprint EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD = "DROP TRIGGER append_only ON payments_receiptprint; DROP TRIGGER append_only_truncate ON payments_receiptprint;"


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0015_surcharge'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReceiptPrint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(help_text='1 is the original', verbose_name='print')),
                ('printed_by', models.CharField(max_length=150, verbose_name='printed by')),
                ('printed_at', models.DateTimeField(verbose_name='printed at')),
                ('receipt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prints', to='payments.receipt', verbose_name='receipt number')),
            ],
            options={
                'verbose_name': 'print of a receipt',
                'verbose_name_plural': 'prints of receipts',
                'constraints': [models.UniqueConstraint(fields=('receipt', 'number'), name='print_numbered_once'), models.CheckConstraint(condition=models.Q(('number__gt', 0)), name='print_number_positive'), models.CheckConstraint(condition=models.Q(('printed_by', ''), _negated=True), name='print_names_who')],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
