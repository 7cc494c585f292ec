"""Looks at assessees are written in the trail of the whole desk; what was written of them before moves there."""

from django.db import migrations

MOVE = """
INSERT INTO auditlog_logentry (content_type_id, object_pk, object_id, object_repr, action, changes_text, actor_id, timestamp, additional_data)
SELECT t.id, coalesce(a.id::text, ''), a.id, d.assessee_number, 3, '', d.user_id, d.seen_at, jsonb_build_object('screen', d.screen)
  FROM property_tax_disclosure d
  JOIN django_content_type t ON t.app_label = 'property_tax' AND t.model = 'assessee'
  LEFT JOIN property_tax_assessee a ON a.assessee_number = d.assessee_number
 ORDER BY d.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("property_tax", "0010_credits_taken_back"),
        ("auditlog", "0017_add_actor_email"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.DeleteModel("Disclosure"),
    ]
