"""A shift keeps the notes and coins that it began with; once closed, they stay."""

from django.db import migrations, models

GUARD = """
DROP TRIGGER closed_stays_closed ON payments_shift;
CREATE TRIGGER closed_stays_closed
    BEFORE UPDATE OF counter_id, cashier, day, opened_at, {change}float_paise, closed_at, notes, counted_paise, expected_paise, remark
    ON payments_shift FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION payments_refuse_change();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0028_told_to'),
    ]

    operations = [
        migrations.AddField(
            model_name='shift',
            name='change',
            field=models.JSONField(blank=True, default=dict, help_text='how many of each, by rupees', verbose_name='notes and coins at the beginning'),
        ),
        migrations.RunSQL(GUARD.format(change='change, '), GUARD.format(change='')),
    ]
