"""Which payment each settled row is about."""

import django.db.models.deletion
from django.db import migrations, models

GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payments_settlementmatch
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments_settlementmatch EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD = "DROP TRIGGER append_only ON payments_settlementmatch; DROP TRIGGER append_only_truncate ON payments_settlementmatch;"


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0020_settlements'),
    ]

    operations = [
        migrations.CreateModel(
            name='SettlementMatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(choices=[('transaction', 'transaction number'), ('order', 'reference at the gateway'), ('bank', 'bank reference')], max_length=11, verbose_name='matched by')),
                ('matched_at', models.DateTimeField(verbose_name='matched at')),
                ('line', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='match', to='payments.settlementline', verbose_name='row of a settlement report')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='payments.payment', verbose_name='payment')),
            ],
            options={
                'verbose_name': 'match of a settlement',
                'verbose_name_plural': 'matches of settlements',
                'constraints': [models.CheckConstraint(condition=models.Q(('key__in', ['transaction', 'order', 'bank'])), name='settlement_match_key_known')],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
