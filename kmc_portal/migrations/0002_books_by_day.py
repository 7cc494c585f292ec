"""The journal is read by day for the dashboard. Days come in nearly as they are written: a BRIN index costs a posting next to nothing."""

from django.db import migrations

INDEX = "CREATE INDEX journal_by_day ON payments_journal USING brin (business_date) WITH (pages_per_range = 16, autosummarize = on)"


class Migration(migrations.Migration):
    dependencies = [("kmc_portal", "0001_desk"), ("payments", "0020_settlements")]
    operations = [migrations.RunSQL(INDEX, "DROP INDEX journal_by_day")]
