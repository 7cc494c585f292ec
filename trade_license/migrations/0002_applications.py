"""What citizens ask the Licence department for: applications with their papers, inspections, votes; and reminders."""

import django.db.models.deletion
from django.db import migrations, models


GUARDED = ("trade_license_applicationpaper", "trade_license_inspection", "trade_license_committeevote")
GUARD = "".join(
    f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();"
    f"CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION payments_refuse_change();"
    for table in GUARDED
)
UNGUARD = "".join(
    f"DROP TRIGGER append_only ON {table}; DROP TRIGGER append_only_truncate ON {table};" for table in GUARDED
)


class Migration(migrations.Migration):

    dependencies = [
        ('trade_license', '0001_records'),
    ]

    operations = [
        migrations.CreateModel(
            name='Application',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('application_number', models.CharField(max_length=16, unique=True, verbose_name='application number')),
                ('kind', models.CharField(choices=[('new', 'new certificate'), ('correction', 'correction'), ('change', 'change'), ('address', 'change of address'), ('closure', 'closure')], max_length=10, verbose_name='kind')),
                ('state', models.CharField(choices=[('submitted', 'waits for a decision'), ('allotted', 'number allotted'), ('flagged', 'not in order on inspection'), ('approved', 'approved'), ('refused', 'refused'), ('revoked', 'revoked'), ('withdrawn', 'withdrawn')], max_length=9, verbose_name='state')),
                ('mobile', models.CharField(max_length=16, verbose_name='mobile')),
                ('applicant_name', models.TextField(verbose_name='applicant')),
                ('residence', models.TextField(blank=True, verbose_name='residential address')),
                ('identity_kind', models.CharField(blank=True, max_length=20, verbose_name='identity paper')),
                ('identity_last', models.CharField(blank=True, max_length=4, verbose_name='last characters of its number')),
                ('years', models.CharField(default='1', max_length=4, verbose_name='years')),
                ('wanted', models.JSONField(blank=True, default=dict, verbose_name='wanted')),
                ('undertakings', models.JSONField(blank=True, default=list, verbose_name='undertakings')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('is_sampled', models.BooleanField(default=False, verbose_name='drawn for inspection')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                ('reason', models.TextField(blank=True, verbose_name='reason')),
                ('license', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applications', to='trade_license.license', verbose_name='certificate')),
            ],
            options={
                'verbose_name': 'licence application',
                'verbose_name_plural': 'licence applications',
                'permissions': [('vote_on_application', 'may vote on applications'), ('inspect_application', 'may write findings'), ('decide_application', 'may decide what was flagged')],
            },
        ),
        migrations.CreateModel(
            name='ApplicationPaper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('identity', 'photo identity'), ('occupancy', 'proof of occupancy')], max_length=10, verbose_name='kind')),
                ('stored_as', models.CharField(max_length=100, unique=True, verbose_name='stored as')),
                ('shown_name', models.CharField(max_length=100, verbose_name='name')),
                ('content_type', models.CharField(max_length=40, verbose_name='type')),
                ('size', models.PositiveIntegerField(verbose_name='bytes')),
                ('sha256', models.CharField(max_length=64)),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='papers', to='trade_license.application', verbose_name='application')),
            ],
            options={
                'verbose_name': 'paper of an application',
                'verbose_name_plural': 'papers of applications',
            },
        ),
        migrations.CreateModel(
            name='CommitteeVote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('member', models.CharField(max_length=150, verbose_name='member')),
                ('is_for', models.BooleanField(verbose_name='for it')),
                ('reason', models.TextField(blank=True, verbose_name='reason')),
                ('voted_at', models.DateTimeField(verbose_name='voted at')),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='votes', to='trade_license.application', verbose_name='application')),
            ],
            options={
                'verbose_name': 'vote of the committee',
                'verbose_name_plural': 'votes of the committee',
            },
        ),
        migrations.CreateModel(
            name='Inspection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('inspector', models.CharField(max_length=150, verbose_name='inspector')),
                ('inspected_on', models.DateField(verbose_name='inspected on')),
                ('finding', models.CharField(choices=[('in_order', 'in order'), ('not_in_order', 'not in order')], max_length=12, verbose_name='finding')),
                ('remarks', models.TextField(blank=True, verbose_name='remarks')),
                ('application', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='trade_license.application', verbose_name='application')),
            ],
            options={
                'verbose_name': 'inspection',
                'verbose_name_plural': 'inspections',
            },
        ),
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('last_date', models.DateField(verbose_name='last date without fine')),
                ('queued_at', models.DateTimeField(verbose_name='queued at')),
                ('demand', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='trade_license.licensedemand', verbose_name='demand')),
            ],
            options={
                'verbose_name': 'reminder',
                'verbose_name_plural': 'reminders',
            },
        ),
        migrations.AddIndex(
            model_name='application',
            index=models.Index(fields=['mobile'], name='application_of_mobile'),
        ),
        migrations.AddIndex(
            model_name='application',
            index=models.Index(condition=models.Q(('is_sampled', True), ('state', 'allotted')), fields=['made_at'], name='application_to_inspect'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['new', 'correction', 'change', 'address', 'closure'])), name='application_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['submitted', 'allotted', 'flagged', 'approved', 'refused', 'revoked', 'withdrawn'])), name='application_state_known'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('refused', 'revoked', 'flagged')), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='application_refusal_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'submitted')), fields=('license', 'kind'), name='application_open_once_per_license'),
        ),
        migrations.AddConstraint(
            model_name='committeevote',
            constraint=models.UniqueConstraint(fields=('application', 'member'), name='committee_vote_once'),
        ),
        migrations.AddConstraint(
            model_name='committeevote',
            constraint=models.CheckConstraint(condition=models.Q(('is_for', True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='committee_refusal_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='inspection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finding', 'not_in_order'), _negated=True), models.Q(('remarks', ''), _negated=True), _connector='OR'), name='inspection_flag_has_remarks'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.UniqueConstraint(fields=('demand', 'last_date'), name='reminder_once_per_last_date'),
        ),
        migrations.RunSQL("CREATE SEQUENCE trade_license_ce_number", "DROP SEQUENCE trade_license_ce_number"),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
