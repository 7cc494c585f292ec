"""Payments are found by bank reference, and by the conversation that is told of them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0016_prints'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='gatewaytransaction',
            index=models.Index(condition=models.Q(('bank_ref', ''), _negated=True), fields=['bank_ref'], name='transaction_by_bank_ref'),
        ),
        migrations.AddIndex(
            model_name='paymentorder',
            index=models.Index(condition=models.Q(('reply_to', ''), _negated=True), fields=['reply_to'], name='order_by_thread'),
        ),
    ]
