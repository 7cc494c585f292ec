"""Figures of the wards for everybody, and an index of the mobile numbers on record."""

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('property_tax', '0011_looks_in_the_trail'),
    ]

    operations = [
        migrations.CreateModel(
            name='WardFigure',
            fields=[
                ('ward', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='figure', serialize=False, to='property_tax.ward', verbose_name='ward')),
                ('as_of', models.DateField(help_text='the last day that is counted', verbose_name='as of')),
                ('bills', models.PositiveIntegerField(verbose_name='bills of the year')),
                ('bills_paid', models.PositiveIntegerField(verbose_name='of these paid')),
                ('payers', models.PositiveIntegerField(verbose_name='properties paid for here')),
                ('collected_paise', models.BigIntegerField(help_text='paise, what was taken back left out', verbose_name='collected here')),
                ('rebate_until', models.DateField(blank=True, help_text='the next last day of a rebate of most bills', null=True, verbose_name='rebate until')),
            ],
            options={
                'verbose_name': 'figures of a ward',
                'verbose_name_plural': 'figures of wards',
            },
        ),
        migrations.AddIndex(
            model_name='assessee',
            index=models.Index(django.db.models.functions.text.Right('mobile', 10), condition=models.Q(('mobile', ''), _negated=True), name='assessee_of_mobile'),
        ),
        migrations.AddConstraint(
            model_name='wardfigure',
            constraint=models.CheckConstraint(condition=models.Q(('bills_paid__lte', models.F('bills'))), name='ward_figure_paid_are_bills'),
        ),
    ]
