"""How far the reading of a file is, is noted on its own row: the lock of the session keeps others away, not the row (ADR 0045)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0036_facts_of_breaks'),
    ]

    operations = [
        migrations.AddField(
            model_name='arrival',
            name='rows_expected',
            field=models.PositiveIntegerField(default=0, help_text='0 when the file does not say'),
        ),
        migrations.AddField(
            model_name='arrival',
            name='rows_read',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.DeleteModel(
            name='ArrivalProgress',
        ),
    ]
