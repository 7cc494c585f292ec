import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('property_tax', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='RuleBookVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.JSONField(verbose_name='rules')),
                ('sha256', models.CharField(max_length=64)),
                ('maker', models.CharField(max_length=150, verbose_name='loaded by')),
                ('loaded_at', models.DateTimeField(verbose_name='loaded at')),
                ('approver', models.CharField(blank=True, max_length=150, verbose_name='approved by')),
                ('approved_at', models.DateTimeField(blank=True, null=True, verbose_name='approved at')),
            ],
            options={
                'verbose_name': 'rule book',
                'verbose_name_plural': 'rule books',
                'constraints': [models.CheckConstraint(condition=models.Q(('approver', models.F('maker')), _negated=True), name='rule_book_approved_by_another'), models.CheckConstraint(condition=models.Q(models.Q(('approved_at', None), ('approver', '')), models.Q(models.Q(('approver', ''), _negated=True), models.Q(('approved_at', None), _negated=True)), _connector='OR'), name='rule_book_approval_is_whole')],
            },
        ),
        migrations.CreateModel(
            name='WaiverApplication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scheme', models.CharField(max_length=60, verbose_name='scheme')),
                ('applied_on', models.DateField(verbose_name='applied on')),
                ('maker', models.CharField(max_length=150, verbose_name='entered by')),
                ('approver', models.CharField(blank=True, max_length=150, verbose_name='approved by')),
                ('approved_on', models.DateField(blank=True, null=True, verbose_name='approved on')),
                ('assessee', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waivers', to='property_tax.assessee', verbose_name='assessee')),
            ],
            options={
                'verbose_name': 'waiver application',
                'verbose_name_plural': 'waiver applications',
                'constraints': [models.UniqueConstraint(fields=('assessee', 'scheme'), name='waiver_once_per_scheme'), models.CheckConstraint(condition=models.Q(('approver', models.F('maker')), _negated=True), name='waiver_approved_by_another'), models.CheckConstraint(condition=models.Q(models.Q(('approved_on', None), ('approver', '')), models.Q(models.Q(('approver', ''), _negated=True), models.Q(('approved_on', None), _negated=True)), _connector='OR'), name='waiver_approval_is_whole')],
            },
        ),
    ]
