"""Whoever asks for the same dues is told of them: an order has a list of conversations, and forgets none of them for the last."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

TAKE_OVER = "UPDATE payments_paymentorder SET told_to = ARRAY[reply_to] WHERE reply_to <> ''"
GIVE_BACK = "UPDATE payments_paymentorder SET reply_to = told_to[cardinality(told_to)] WHERE cardinality(told_to) > 0"
# What waits in the outbox meanwhile is told too.
WAITING = """
UPDATE payments_outboxmessage
   SET payload = payload - 'reply_to' || jsonb_build_object('told_to', to_jsonb(array_remove(ARRAY[payload->>'reply_to'], '')))
 WHERE sent_at IS NULL AND payload ? 'reply_to'
"""
WAITING_BACK = """
UPDATE payments_outboxmessage
   SET payload = payload - 'told_to' || jsonb_build_object('reply_to', coalesce(payload->'told_to'->>-1, ''))
 WHERE sent_at IS NULL AND payload ? 'told_to'
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0027_paper_and_disputed_money'),
    ]

    operations = [
        migrations.AddField(
            model_name='paymentorder',
            name='told_to',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, default=list, help_text='the conversations that wait for the receipt, who asked last at the end', size=None, verbose_name='told to'),
        ),
        migrations.RunSQL(TAKE_OVER, GIVE_BACK),
        migrations.RunSQL(WAITING, WAITING_BACK),
        migrations.RemoveIndex(
            model_name='paymentorder',
            name='order_by_thread',
        ),
        migrations.RemoveField(
            model_name='paymentorder',
            name='reply_to',
        ),
        migrations.AddIndex(
            model_name='paymentorder',
            index=django.contrib.postgres.indexes.GinIndex(fields=['told_to'], name='order_by_conversation'),
        ),
    ]
