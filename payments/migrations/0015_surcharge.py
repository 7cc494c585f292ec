"""What a gateway charged the payer on top of an amount, told on the receipt."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0014_counters'),
    ]

    operations = [
        migrations.AddField(
            model_name='gatewaytransaction',
            name='surcharge_paise',
            field=models.BigIntegerField(db_default=0, default=0, help_text="paise; the gateway's, no part of the amount", verbose_name='charged on top'),
        ),
        migrations.AddConstraint(
            model_name='gatewaytransaction',
            constraint=models.CheckConstraint(condition=models.Q(('surcharge_paise__gte', 0)), name='transaction_surcharge_not_negative'),
        ),
    ]
