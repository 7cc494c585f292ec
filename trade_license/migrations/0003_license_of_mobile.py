"""Licences are found by the last ten digits of the mobile on record, with and without the country, as properties are."""

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('trade_license', '0002_applications'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='license',
            name='license_of_mobile',
        ),
        migrations.AddIndex(
            model_name='license',
            index=models.Index(django.db.models.functions.text.Right('mobile', 10), condition=models.Q(('mobile', ''), _negated=True), name='license_of_mobile'),
        ),
    ]
