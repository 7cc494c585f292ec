"""Notes on breaks and the papers that go with them; neither is ever changed or removed."""

import django.db.models.deletion
from django.db import migrations, models

TABLES = ["breaknote", "breakpaper"]
GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payments_{table}
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments_{table} EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD = "DROP TRIGGER append_only ON payments_{table}; DROP TRIGGER append_only_truncate ON payments_{table};"


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0034_sealed_trail'),
    ]

    operations = [
        migrations.CreateModel(
            name='BreakNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('detail', models.TextField(verbose_name='note')),
                ('maker', models.CharField(max_length=150, verbose_name='written by')),
                ('noted_at', models.DateTimeField(verbose_name='written at')),
                ('recon_break', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='payments.reconbreak', verbose_name='break')),
            ],
            options={
                'verbose_name': 'note on a break',
                'verbose_name_plural': 'notes on breaks',
            },
        ),
        migrations.CreateModel(
            name='BreakPaper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stored_as', models.CharField(max_length=100, unique=True, verbose_name='stored as')),
                ('shown_name', models.CharField(max_length=100, verbose_name='name')),
                ('content_type', models.CharField(max_length=40, verbose_name='type')),
                ('size', models.PositiveIntegerField(verbose_name='bytes')),
                ('sha256', models.CharField(max_length=64)),
                ('note', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='paper', to='payments.breaknote', verbose_name='note')),
            ],
            options={
                'verbose_name': 'paper on a break',
                'verbose_name_plural': 'papers on breaks',
            },
        ),
        migrations.AddConstraint(
            model_name='breaknote',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('detail', ''), _negated=True), models.Q(('maker', ''), _negated=True)), name='note_says_what_and_who'),
        ),
        *(migrations.RunSQL(GUARD.format(table=table), UNGUARD.format(table=table)) for table in TABLES),
    ]
