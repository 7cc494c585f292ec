"""What a rule book would change is kept with it; an application to a scheme can be refused, with a reason."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('property_tax', '0007_no_dues_certificate'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='waiverapplication',
            name='waiver_approval_is_whole',
        ),
        migrations.AddField(
            model_name='rulebookversion',
            name='preview',
            field=models.JSONField(blank=True, null=True, verbose_name='preview'),
        ),
        migrations.AddField(
            model_name='rulebookversion',
            name='previewed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='previewed at'),
        ),
        migrations.AddField(
            model_name='waiverapplication',
            name='reason',
            field=models.TextField(blank=True, verbose_name='reason'),
        ),
        migrations.AddField(
            model_name='waiverapplication',
            name='refused_on',
            field=models.DateField(blank=True, null=True, verbose_name='refused on'),
        ),
        migrations.AlterField(
            model_name='waiverapplication',
            name='approver',
            field=models.CharField(blank=True, max_length=150, verbose_name='decided by'),
        ),
        migrations.AddConstraint(
            model_name='waiverapplication',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_on', None), ('approver', ''), ('refused_on', None)), models.Q(models.Q(('approver', ''), _negated=True), models.Q(('approved_on', None), ('refused_on', None), _connector='XOR')), _connector='OR'), name='waiver_decision_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='waiverapplication',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), ('refused_on', None)), models.Q(('reason', ''), _negated=True), _connector='OR'), name='waiver_refusal_has_a_reason'),
        ),
    ]
