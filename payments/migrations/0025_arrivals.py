"""Files on their way in, what has to be done at which hour, the letter of the morning, and who took totals out."""

import django.db.models.deletion
from django.db import migrations, models

TABLES = ["digest", "totalstaken"]
GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payments_{table}
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments_{table} EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD = "DROP TRIGGER append_only ON payments_{table}; DROP TRIGGER append_only_truncate ON payments_{table};"


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0023_pay_out_guards'),
    ]

    operations = [
        migrations.CreateModel(
            name='Arrival',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sort', models.CharField(choices=[('settlement', 'settlement report'), ('statement', 'bank statement')], max_length=10, verbose_name='sort of file')),
                ('name', models.CharField(max_length=200, verbose_name='file')),
                ('is_correction', models.BooleanField(default=False, verbose_name='is a correction')),
                ('stored_as', models.CharField(max_length=100)),
                ('size', models.PositiveBigIntegerField(help_text='bytes', verbose_name='size')),
                ('sha256', models.CharField(max_length=64)),
                ('maker', models.CharField(max_length=150, verbose_name='sent in by')),
                ('sent_at', models.DateTimeField(verbose_name='sent in at')),
                ('state', models.CharField(choices=[('waiting', 'waits or is being read'), ('taken_in', 'taken in'), ('refused', 'refused')], default='waiting', max_length=10, verbose_name='state')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='tries')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                ('report', models.JSONField(blank=True, help_text='of the import: read, created, updated …', null=True, verbose_name='report')),
                ('refusal', models.JSONField(blank=True, help_text='its code, and its sentence in each language', null=True, verbose_name='refusal')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='payments.gatewayaccount', verbose_name='gateway account')),
            ],
            options={
                'verbose_name': 'file sent in',
                'verbose_name_plural': 'files sent in',
            },
        ),
        migrations.CreateModel(
            name='Digest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True, verbose_name='day')),
                ('content', models.JSONField(verbose_name='content')),
                ('written_at', models.DateTimeField(verbose_name='written at')),
            ],
            options={
                'verbose_name': 'letter of the morning',
                'verbose_name_plural': 'letters of the morning',
            },
        ),
        migrations.CreateModel(
            name='ArrivalProgress',
            fields=[
                ('arrival', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='progress', serialize=False, to='payments.arrival')),
                ('rows_read', models.PositiveIntegerField(default=0)),
                ('rows_expected', models.PositiveIntegerField(default=0, help_text='0 when the file does not say')),
            ],
        ),
        migrations.CreateModel(
            name='Duty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('task', models.CharField(choices=[('pull', 'ask the gateway for its settlements'), ('digest', 'write the letter of the morning')], max_length=10, verbose_name='task')),
                ('due_at', models.DateTimeField(verbose_name='due at')),
                ('next_at', models.DateTimeField(verbose_name='next try at')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='tries')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done at')),
                ('outcome', models.TextField(blank=True, verbose_name='outcome')),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='payments.gatewayaccount', verbose_name='gateway account')),
            ],
            options={
                'verbose_name': 'scheduled task',
                'verbose_name_plural': 'scheduled tasks',
            },
        ),
        migrations.CreateModel(
            name='TotalsTaken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.CharField(max_length=150, verbose_name='taken by')),
                ('taken_at', models.DateTimeField(verbose_name='taken at')),
                ('form', models.CharField(choices=[('csv', 'CSV'), ('xlsx', 'xlsx')], max_length=4, verbose_name='form')),
                ('account', models.CharField(blank=True, max_length=50, verbose_name='gateway account')),
                ('first_day', models.DateField(verbose_name='first day')),
                ('last_day', models.DateField(verbose_name='last day')),
                ('rows', models.PositiveIntegerField(verbose_name='rows')),
            ],
            options={
                'verbose_name': 'control totals taken out',
                'verbose_name_plural': 'control totals taken out',
                'constraints': [models.CheckConstraint(condition=models.Q(('user', ''), _negated=True), name='totals_taken_names_who'), models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='totals_taken_days_in_order')],
            },
        ),
        migrations.AddIndex(
            model_name='arrival',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['id'], name='arrival_to_take_in'),
        ),
        migrations.AddConstraint(
            model_name='arrival',
            constraint=models.CheckConstraint(condition=models.Q(('sort__in', ['settlement', 'statement'])), name='arrival_sort_known'),
        ),
        migrations.AddConstraint(
            model_name='arrival',
            constraint=models.CheckConstraint(condition=models.Q(('maker', ''), _negated=True), name='arrival_names_who'),
        ),
        migrations.AddConstraint(
            model_name='arrival',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at', None), ('refusal', None), ('report', None), ('state', 'waiting')), models.Q(('finished_at__isnull', False), ('refusal', None), ('report__isnull', False), ('state', 'taken_in')), models.Q(('finished_at__isnull', False), ('refusal__isnull', False), ('report', None), ('state', 'refused')), _connector='OR'), name='arrival_ends_in_one_way'),
        ),
        migrations.AddIndex(
            model_name='duty',
            index=models.Index(condition=models.Q(('done_at', None)), fields=['next_at'], name='duty_to_do'),
        ),
        migrations.AddConstraint(
            model_name='duty',
            constraint=models.UniqueConstraint(fields=('task', 'account', 'due_at'), name='duty_once_an_hour', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='duty',
            constraint=models.CheckConstraint(condition=models.Q(('task__in', ['pull', 'digest'])), name='duty_task_known'),
        ),
        *(migrations.RunSQL(GUARD.format(table=table), UNGUARD.format(table=table)) for table in TABLES),
    ]
