import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('property_tax', '0002_rule_book'),
    ]

    operations = [
        migrations.CreateModel(
            name='DemandRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('financial_year', models.PositiveSmallIntegerField(help_text='the year in which it begins', verbose_name='financial year')),
                ('quarters', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), size=None, verbose_name='quarters')),
                ('issued_on', models.DateField(verbose_name='issued on')),
                ('presented_on', models.DateField(blank=True, null=True, verbose_name='presented on')),
                ('commercial_surcharge_percent', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='commercial surcharge rate')),
                ('maker', models.CharField(max_length=150, verbose_name='started by')),
                ('started_at', models.DateTimeField(verbose_name='started at')),
                ('is_finished', models.BooleanField(default=False, verbose_name='finished')),
                ('done_up_to', models.BigIntegerField(default=0, help_text='the last assessee, by id, that has been looked at')),
                ('assessees', models.PositiveIntegerField(default=0, verbose_name='assessees looked at')),
                ('closed', models.PositiveIntegerField(default=0, verbose_name='closed')),
                ('untaxed', models.PositiveIntegerField(default=0, verbose_name='nothing to ask for')),
                ('created', models.PositiveIntegerField(default=0, verbose_name='bills made')),
                ('amount_paise', models.BigIntegerField(default=0, help_text='paise of the bills made, before rounding', verbose_name='amount')),
            ],
            options={
                'verbose_name': 'demand run',
                'verbose_name_plural': 'demand runs',
            },
        ),
        migrations.CreateModel(
            name='HearingDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('decided_on', models.DateField(verbose_name='decided on')),
                ('decided_by', models.CharField(max_length=150, verbose_name='decided by')),
                ('financial_year', models.PositiveSmallIntegerField(help_text='the year in which it begins', verbose_name='from financial year')),
                ('quarter', models.PositiveSmallIntegerField(verbose_name='from quarter')),
                ('annual_value_paise', models.BigIntegerField(help_text='paise', verbose_name='annual value')),
                ('commercial_annual_value_paise', models.BigIntegerField(default=0, help_text='paise', verbose_name='commercial annual value')),
                ('tax_rate_percent', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='tax rate')),
                ('howrah_bridge_tax_percent', models.DecimalField(decimal_places=3, default=0, max_digits=4, verbose_name='Howrah Bridge tax rate')),
                ('carried_on', models.DateField(blank=True, null=True, verbose_name='carried into bills on')),
                ('left_over', models.JSONField(blank=True, default=list, help_text='quarters without a bill: period, reason, paise', verbose_name='left to a person')),
            ],
            options={
                'verbose_name': 'hearing decision',
                'verbose_name_plural': 'hearing decisions',
            },
        ),
        migrations.AddField(
            model_name='demand',
            name='disputed_on',
            field=models.DateField(blank=True, null=True, verbose_name='disputed since'),
        ),
        migrations.AddConstraint(
            model_name='demandrun',
            constraint=models.UniqueConstraint(condition=models.Q(('is_finished', False)), fields=('financial_year',), name='demand_run_one_unfinished_a_year'),
        ),
        migrations.AddField(
            model_name='hearingdecision',
            name='assessee',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hearings', to='property_tax.assessee', verbose_name='assessee'),
        ),
        migrations.AddConstraint(
            model_name='hearingdecision',
            constraint=models.UniqueConstraint(fields=('assessee', 'decided_on'), name='hearing_once_a_day'),
        ),
        migrations.AddConstraint(
            model_name='hearingdecision',
            constraint=models.CheckConstraint(condition=models.Q(('quarter__range', (1, 4))), name='hearing_quarter_from_1_to_4'),
        ),
        migrations.AddConstraint(
            model_name='hearingdecision',
            constraint=models.CheckConstraint(condition=models.Q(('annual_value_paise__gte', 0), ('commercial_annual_value_paise__gte', 0)), name='hearing_values_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='hearingdecision',
            constraint=models.CheckConstraint(condition=models.Q(('commercial_annual_value_paise__lte', models.F('annual_value_paise'))), name='hearing_commercial_value_within_annual_value'),
        ),
    ]
