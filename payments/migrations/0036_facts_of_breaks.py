"""What is known of a break is kept as values, to be told in each clerk's language; a sentence that was kept stays one."""

from django.db import migrations, models
from django.db.models import Q

# The index of the constraint is built anew by the change of type. No trigger sees it: nothing that was said is changed.
FORWARD = """
ALTER TABLE payments_reconbreak ALTER COLUMN detail TYPE jsonb USING jsonb_build_object('said', detail);
ALTER TABLE payments_reconbreak RENAME COLUMN detail TO facts;
ALTER INDEX break_once_per_payment_kind_and_detail RENAME TO break_once_per_payment_kind_and_facts;
"""
BACK = """
ALTER INDEX break_once_per_payment_kind_and_facts RENAME TO break_once_per_payment_kind_and_detail;
ALTER TABLE payments_reconbreak RENAME COLUMN facts TO detail;
ALTER TABLE payments_reconbreak ALTER COLUMN detail TYPE text USING coalesce(detail ->> 'said', detail::text);
"""
STATE = [
    migrations.RemoveConstraint(model_name="reconbreak", name="break_once_per_payment_kind_and_detail"),
    migrations.RenameField(model_name="reconbreak", old_name="detail", new_name="facts"),
    migrations.AlterField(
        model_name="reconbreak",
        name="facts",
        field=models.JSONField(help_text="amounts in paise, days as ISO dates", verbose_name="facts"),
    ),
    migrations.AddConstraint(
        model_name="reconbreak",
        constraint=models.UniqueConstraint(
            condition=Q(subject=""),
            fields=("payment", "kind", "facts"),
            name="break_once_per_payment_kind_and_facts",
        ),
    ),
]


class Migration(migrations.Migration):
    dependencies = [("payments", "0035_break_notes")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(FORWARD, BACK)],
            state_operations=STATE,
        )
    ]
