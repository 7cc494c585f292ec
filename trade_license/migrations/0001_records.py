"""Certificates of enlistment, their demands, the papers these became, and the rule books they are priced by."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


# A number by its letters and digits alone: how it was typed or printed does not matter.
KEY = """
CREATE FUNCTION trade_license_key(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT upper(regexp_replace($1, '[^A-Za-z0-9]', '', 'g')) $$
"""
TRADE = """
CREATE FUNCTION trade_license_trade_key(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT btrim(regexp_replace(lower($1), '[^a-z0-9]+', '_', 'g'), '_') $$
"""
SUM = """
CREATE FUNCTION trade_license_sum(jsonb) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT coalesce(sum(value::bigint), 0)::bigint FROM jsonb_each_text($1) $$
"""


GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON trade_license_certificate
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON trade_license_certificate EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD = """
DROP TRIGGER append_only ON trade_license_certificate; DROP TRIGGER append_only_truncate ON trade_license_certificate;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('payments', '0002_guards'),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.RunSQL(KEY, "DROP FUNCTION trade_license_key(text)"),
        migrations.RunSQL(TRADE, "DROP FUNCTION trade_license_trade_key(text)"),
        migrations.RunSQL(SUM, "DROP FUNCTION trade_license_sum(jsonb)"),
        migrations.CreateModel(
            name='License',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ce_number', models.CharField(max_length=30, verbose_name='certificate number')),
                ('search_key', models.GeneratedField(db_persist=True, expression=models.Func(models.F('ce_number'), function='trade_license_key'), output_field=models.CharField(max_length=30))),
                ('trade_name', models.TextField(verbose_name='name of the trade')),
                ('holder_name', models.TextField(verbose_name='holder')),
                ('address', models.TextField(verbose_name='address')),
                ('ward', models.PositiveSmallIntegerField(verbose_name='ward')),
                ('assessee_number', models.CharField(blank=True, max_length=12, verbose_name='assessee number of the premises')),
                ('nature_of_trade', models.TextField(verbose_name='nature of trade')),
                ('trade_key', models.GeneratedField(db_persist=True, expression=django.db.models.expressions.Func(models.F('nature_of_trade'), function='trade_license_trade_key'), output_field=models.TextField())),
                ('is_food', models.BooleanField(default=False, verbose_name='food')),
                ('is_air_conditioned', models.BooleanField(default=False, verbose_name='air-conditioned')),
                ('area_sq_ft', models.PositiveIntegerField(blank=True, help_text='square feet', null=True, verbose_name='area')),
                ('mobile', models.CharField(blank=True, max_length=16, verbose_name='mobile')),
                ('email', models.TextField(blank=True, verbose_name='e-mail')),
                ('wants_reminders', models.BooleanField(default=False, verbose_name='wants reminders')),
                ('issued_on', models.DateField(blank=True, null=True, verbose_name='issued on')),
                ('valid_until', models.DateField(blank=True, help_text='as the register had it; paid demands carry it on', null=True, verbose_name='valid until')),
                ('is_for_life', models.BooleanField(default=False, verbose_name='for life')),
                ('closed_on', models.DateField(blank=True, null=True, verbose_name='closed on')),
                ('deleted_on', models.DateField(blank=True, null=True, verbose_name='deleted on inspection on')),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='trade_license.license', verbose_name='replaces')),
            ],
            options={
                'verbose_name': 'certificate of enlistment',
                'verbose_name_plural': 'certificates of enlistment',
            },
        ),
        migrations.CreateModel(
            name='LicenseDemand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('demand_number', models.CharField(max_length=40, verbose_name='demand number')),
                ('financial_year', models.PositiveSmallIntegerField(help_text='the year in which it begins: 2026 for 2026-27', verbose_name='financial year')),
                ('years', models.PositiveSmallIntegerField(default=1, verbose_name='years')),
                ('issued_on', models.DateField(verbose_name='issued on')),
                ('last_date', models.DateField(blank=True, null=True, verbose_name='last date without fine')),
                ('heads', models.JSONField(help_text='paise by section of the Act', verbose_name='heads')),
                ('amount_paise', models.GeneratedField(db_persist=True, expression=models.Func(models.F('heads'), function='trade_license_sum'), output_field=models.BigIntegerField(), verbose_name='amount')),
                ('is_further', models.BooleanField(db_default=False, default=False, help_text='sold beside the demand of the year before them', verbose_name='further years')),
                ('paid_on', models.DateField(blank=True, null=True, verbose_name='paid on')),
                ('cancelled_on', models.DateField(blank=True, null=True, verbose_name='cancelled on')),
                ('cancel_reason', models.TextField(blank=True, verbose_name='reason')),
                ('license', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='demands', to='trade_license.license', verbose_name='certificate')),
            ],
            options={
                'verbose_name': 'licence demand',
                'verbose_name_plural': 'licence demands',
            },
        ),
        migrations.CreateModel(
            name='Certificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('issued_on', models.DateField(verbose_name='issued on')),
                ('valid_until', models.DateField(blank=True, help_text='none: for life', null=True, verbose_name='valid until')),
                ('holder_name', models.TextField(verbose_name='holder')),
                ('particulars', models.JSONField(help_text='labels, which are message ids, with their values; the holder is masked', verbose_name='particulars')),
                ('paid_by', models.CharField(max_length=16, verbose_name='payment order')),
                ('token', models.CharField(help_text='the unguessable part of its address', max_length=22, unique=True)),
                ('code', models.CharField(max_length=16, unique=True, verbose_name='verification code')),
                ('demand', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='trade_license.licensedemand', verbose_name='demand')),
            ],
            options={
                'verbose_name': 'certificate as issued',
                'verbose_name_plural': 'certificates as issued',
            },
        ),
        migrations.CreateModel(
            name='LicenseRuleBookVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.JSONField(verbose_name='rules')),
                ('sha256', models.CharField(max_length=64)),
                ('maker', models.CharField(max_length=150, verbose_name='loaded by')),
                ('loaded_at', models.DateTimeField(verbose_name='loaded at')),
                ('preview', models.JSONField(blank=True, null=True, verbose_name='preview')),
                ('previewed_at', models.DateTimeField(blank=True, null=True, verbose_name='previewed at')),
                ('approver', models.CharField(blank=True, max_length=150, verbose_name='approved by')),
                ('approved_at', models.DateTimeField(blank=True, null=True, verbose_name='approved at')),
            ],
            options={
                'verbose_name': 'fee schedule and rules',
                'verbose_name_plural': 'fee schedules and rules',
                'constraints': [models.CheckConstraint(condition=models.Q(('approver', models.F('maker')), _negated=True), name='license_rule_book_approved_by_another'), models.CheckConstraint(condition=models.Q(models.Q(('approved_at', None), ('approver', '')), models.Q(models.Q(('approver', ''), _negated=True), models.Q(('approved_at', None), _negated=True)), _connector='OR'), name='license_rule_book_approval_is_whole')],
            },
        ),
        migrations.AddIndex(
            model_name='license',
            index=models.Index(condition=models.Q(('mobile', ''), _negated=True), fields=['mobile'], name='license_of_mobile'),
        ),
        migrations.AddIndex(
            model_name='license',
            index=models.Index(condition=models.Q(('assessee_number', ''), _negated=True), fields=['assessee_number'], name='license_of_premises'),
        ),
        migrations.AddConstraint(
            model_name='license',
            constraint=models.UniqueConstraint(fields=('search_key',), name='license_number_once'),
        ),
        migrations.AddConstraint(
            model_name='license',
            constraint=models.CheckConstraint(condition=models.Q(('ce_number__regex', '[0-9]')), name='license_number_has_a_digit'),
        ),
        migrations.AddConstraint(
            model_name='license',
            constraint=models.CheckConstraint(condition=models.Q(('ce_number__regex', '^\\S(.*\\S)?$')), name='license_number_trimmed'),
        ),
        migrations.AddConstraint(
            model_name='license',
            constraint=models.CheckConstraint(condition=models.Q(('ward__range', (1, 144))), name='license_ward_from_1_to_144'),
        ),
        migrations.AddConstraint(
            model_name='license',
            constraint=models.CheckConstraint(condition=models.Q(('closed_on', None), ('issued_on', None), ('closed_on__gte', models.F('issued_on')), _connector='OR'), name='license_closed_after_issue'),
        ),
        migrations.AddConstraint(
            model_name='license',
            constraint=models.CheckConstraint(condition=models.Q(('assessee_number__regex', '^([0-9]{12})?$')), name='license_assessee_number_is_12_digits'),
        ),
        migrations.AddConstraint(
            model_name='licensedemand',
            constraint=models.UniqueConstraint(fields=('demand_number',), name='license_demand_number_once'),
        ),
        migrations.AddConstraint(
            model_name='licensedemand',
            constraint=models.CheckConstraint(condition=models.Q(('years__range', (1, 99))), name='license_demand_for_some_years'),
        ),
        migrations.AddConstraint(
            model_name='licensedemand',
            constraint=models.CheckConstraint(condition=models.Q(('amount_paise__gte', 0)), name='license_demand_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='licensedemand',
            constraint=models.CheckConstraint(condition=models.Q(('cancelled_on', None), ('paid_on', None), _connector='OR'), name='license_demand_cancelled_or_paid'),
        ),
        migrations.AddConstraint(
            model_name='licensedemand',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cancel_reason', ''), ('cancelled_on', None)), models.Q(models.Q(('cancelled_on', None), _negated=True), models.Q(('cancel_reason', ''), _negated=True)), _connector='OR'), name='license_demand_cancelled_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='licensedemand',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('cancelled_on', None)), expressions=[('license', '='), (models.Func(models.F('financial_year'), django.db.models.expressions.CombinedExpression(models.F('financial_year'), '+', models.F('years')), function='int4range', output_field=django.contrib.postgres.fields.ranges.IntegerRangeField()), '&&')], name='license_demand_once_a_year'),
        ),
        migrations.AddConstraint(
            model_name='certificate',
            constraint=models.UniqueConstraint(fields=('demand', 'paid_by'), name='certificate_once_per_payment'),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
