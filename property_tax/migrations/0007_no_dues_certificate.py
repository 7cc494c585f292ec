"""The paper that nothing is due, which nobody can change afterwards."""

import django.db.models.deletion
from django.db import migrations, models

GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON property_tax_noduescertificate
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON property_tax_noduescertificate EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD = """
DROP TRIGGER append_only ON property_tax_noduescertificate; DROP TRIGGER append_only_truncate ON property_tax_noduescertificate;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('property_tax', '0006_demand_credit'),
    ]

    operations = [
        migrations.CreateModel(
            name='NoDuesCertificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ward', models.PositiveSmallIntegerField(verbose_name='ward')),
                ('financial_year', models.PositiveSmallIntegerField(help_text='the year in which it begins', verbose_name='financial year')),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('issued_on', models.DateField(verbose_name='issued on')),
                ('issued_at', models.DateTimeField(verbose_name='issued at')),
                ('particulars', models.JSONField(help_text='labels, which are message ids, with their values', verbose_name='particulars')),
                ('source', models.CharField(choices=[('web', 'web'), ('chat', 'chat'), ('api', 'API'), ('counter', 'counter')], max_length=7, verbose_name='source')),
                ('token', models.CharField(help_text='the unguessable part of its address', max_length=22, unique=True)),
                ('code', models.CharField(max_length=16, unique=True, verbose_name='verification code')),
                ('assessee', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='property_tax.assessee', verbose_name='assessee')),
            ],
            options={
                'verbose_name': 'no-dues certificate',
                'verbose_name_plural': 'no-dues certificates',
                'constraints': [models.UniqueConstraint(fields=('assessee', 'issued_on'), name='no_dues_certificate_once_a_day'), models.UniqueConstraint(fields=('ward', 'financial_year', 'number'), name='no_dues_number_once'), models.CheckConstraint(condition=models.Q(('number__gt', 0)), name='no_dues_number_positive')],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
