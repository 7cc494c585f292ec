"""Registers that clerks send in, tried before they are taken in (ADR 0053)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('kmc_portal', '0002_books_by_day'),
    ]

    operations = [
        migrations.CreateModel(
            name='RegisterFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='file')),
                ('stored_as', models.CharField(max_length=100)),
                ('size', models.PositiveBigIntegerField(help_text='bytes', verbose_name='size')),
                ('sha256', models.CharField(max_length=64)),
                ('maker', models.CharField(max_length=150, verbose_name='sent in by')),
                ('sent_at', models.DateTimeField(verbose_name='sent in at')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='tries')),
                ('rows_read', models.PositiveIntegerField(default=0)),
                ('rows_expected', models.PositiveIntegerField(default=0, help_text='0 when the file does not say')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                ('report', models.JSONField(blank=True, help_text='of the import: read, created, updated …', null=True, verbose_name='report')),
                ('refusal', models.JSONField(blank=True, help_text='its code, and its sentence in each language', null=True, verbose_name='refusal')),
                ('register', models.CharField(choices=[('assessees', 'assessees'), ('demands', 'bills of property tax'), ('licenses', 'certificates of enlistment'), ('license_demands', 'bills of trade licences')], max_length=15, verbose_name='register')),
                ('language', models.CharField(help_text='of the sentences in the file of misfits', max_length=2)),
                ('state', models.CharField(choices=[('waiting', 'waits to be tried'), ('tried', 'tried, waits for a colleague'), ('approved', 'approved, waits to be taken in'), ('turned_down', 'turned down'), ('taken_in', 'taken in'), ('refused', 'refused')], default='waiting', max_length=11, verbose_name='state')),
                ('approver', models.CharField(blank=True, max_length=150, verbose_name='decided by')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                ('reason', models.TextField(blank=True, verbose_name='why refused')),
            ],
            options={
                'verbose_name': 'register sent in',
                'verbose_name_plural': 'registers sent in',
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('state__in', ('waiting', 'approved'))), fields=['id'], name='register_file_to_read'), models.Index(condition=models.Q(('state', 'tried')), fields=['id'], name='register_file_to_decide')],
                'constraints': [models.CheckConstraint(condition=models.Q(('maker', ''), _negated=True), name='registerfile_names_who'), models.CheckConstraint(condition=models.Q(('register__in', ['assessees', 'demands', 'licenses', 'license_demands'])), name='register_file_register_known'), models.CheckConstraint(condition=models.Q(('approver', models.F('maker')), _negated=True), name='register_file_decided_by_another'), models.CheckConstraint(condition=models.Q(models.Q(('approver', ''), ('decided_at', None)), models.Q(models.Q(('approver', ''), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='register_file_decision_is_whole'), models.CheckConstraint(condition=models.Q(models.Q(('approver', ''), ('refusal', None), ('report', None), ('state', 'waiting')), models.Q(('approver', ''), ('refusal', None), ('report__isnull', False), ('state', 'tried')), models.Q(('reason', ''), ('refusal', None), ('report__isnull', False), ('state__in', ('approved', 'taken_in')), models.Q(('approver', ''), _negated=True)), models.Q(('refusal', None), ('report__isnull', False), ('state', 'turned_down'), models.Q(('approver', ''), _negated=True), models.Q(('reason', ''), _negated=True)), models.Q(('reason', ''), ('refusal__isnull', False), ('report', None), ('state', 'refused')), _connector='OR'), name='register_file_is_in_one_state')],
            },
        ),
    ]
