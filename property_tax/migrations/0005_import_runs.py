import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


# What a record was before an import is what undoing goes by: no row of it is ever changed.
GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON property_tax_importedrow
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD = "DROP TRIGGER append_only ON property_tax_importedrow"


class Migration(migrations.Migration):

    dependencies = [
        ('property_tax', '0004_search'),
        ('payments', '0002_guards'),
    ]

    operations = [
        migrations.AlterField(
            model_name='demand',
            name='demand_number',
            field=models.CharField(max_length=40, verbose_name='bill number'),
        ),
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('register', models.CharField(choices=[('assessees', 'assessees'), ('demands', 'bills')], max_length=9, verbose_name='register')),
                ('file_name', models.TextField(verbose_name='file')),
                ('sha256', models.CharField(max_length=64)),
                ('read', models.PositiveIntegerField(default=0, verbose_name='rows read')),
                ('created', models.PositiveIntegerField(default=0, verbose_name='created')),
                ('updated', models.PositiveIntegerField(default=0, verbose_name='updated')),
                ('unchanged', models.PositiveIntegerField(default=0, verbose_name='unchanged')),
                ('rejected', models.PositiveIntegerField(default=0, verbose_name='misfits')),
                ('maker', models.CharField(max_length=150, verbose_name='imported by')),
                ('imported_at', models.DateTimeField(verbose_name='imported at')),
                ('state', models.CharField(choices=[('landed', 'landed'), ('undone', 'taken back')], default='landed', max_length=6, verbose_name='state')),
                ('undone_by', models.CharField(blank=True, max_length=150, verbose_name='taken back by')),
                ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back at')),
            ],
            options={
                'verbose_name': 'import',
                'verbose_name_plural': 'imports',
                'constraints': [models.CheckConstraint(condition=models.Q(('register__in', ['assessees', 'demands'])), name='import_run_register_known'), models.CheckConstraint(condition=models.Q(('read', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('created'), '+', models.F('updated')), '+', models.F('unchanged')), '+', models.F('rejected')))), name='import_run_counts_add_up'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'landed'), ('undone_at', None), ('undone_by', '')), models.Q(('state', 'undone'), models.Q(('undone_by', ''), _negated=True), models.Q(('undone_at', None), _negated=True)), _connector='OR'), name='import_run_undone_is_whole')],
            },
        ),
        migrations.CreateModel(
            name='ImportedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record_id', models.BigIntegerField(help_text='of the register that the import is for')),
                ('before', models.JSONField()),
                ('after', models.JSONField()),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='property_tax.importrun', verbose_name='import')),
            ],
            options={
                'verbose_name': 'imported row',
                'verbose_name_plural': 'imported rows',
            },
        ),
        migrations.AddField(
            model_name='assessee',
            name='import_run',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='property_tax.importrun', verbose_name='came with import'),
        ),
        migrations.AddField(
            model_name='demand',
            name='import_run',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='property_tax.importrun', verbose_name='came with import'),
        ),
        migrations.AddConstraint(
            model_name='demand',
            constraint=models.UniqueConstraint(fields=('demand_number',), name='demand_number_once'),
        ),
        migrations.AddConstraint(
            model_name='importedrow',
            constraint=models.UniqueConstraint(fields=('run', 'record_id'), name='imported_row_once_per_run'),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
