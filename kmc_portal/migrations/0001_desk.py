"""Sessions of clerks, and the guard that keeps the trail as it was written."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON auditlog_logentry
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON auditlog_logentry EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD = "DROP TRIGGER append_only ON auditlog_logentry; DROP TRIGGER append_only_truncate ON auditlog_logentry;"
# Who has looked at a number: found by it whole, however long what stands there is.
INDEX = "CREATE INDEX trail_of_record ON auditlog_logentry USING hash (object_repr)"


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("auditlog", "0017_add_actor_email"),
        ("payments", "0002_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="ClerkSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key_sha256", models.CharField(max_length=64)),
                ("signed_in_at", models.DateTimeField(verbose_name="signed in at")),
                ("seen_at", models.DateTimeField(help_text="to the minute", verbose_name="last seen at")),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="clerk",
                    ),
                ),
            ],
            options={"verbose_name": "session of a clerk", "verbose_name_plural": "sessions of clerks"},
        ),
        migrations.RunSQL(GUARD, UNGUARD),
        migrations.RunSQL(INDEX, "DROP INDEX trail_of_record"),
    ]
