"""An index of the few bills that were paid in part."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('property_tax', '0008_rule_desk'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='demand',
            index=models.Index(condition=models.Q(('credited_paise__gt', 0)), fields=['assessee'], name='demand_paid_in_part'),
        ),
    ]
