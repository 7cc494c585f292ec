"""A credit can be taken back, when its payment turns out not to be money."""

import django.db.models.deletion
from django.db import migrations, models


# Neither a credit that was taken back nor what took it back counts, on any day: the money was never there.
CREDITS_OF = """
CREATE OR REPLACE FUNCTION property_tax_credits_of(bill bigint, up_to date) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT json_agg(json_build_array(c.credited_on, c.heads, c.paid_by) ORDER BY c.id)
              FROM property_tax_demandcredit c WHERE c.demand_id = bill AND c.credited_on <= up_to AND c.takes_back_id IS NULL
               AND NOT EXISTS (SELECT FROM property_tax_demandcredit back WHERE back.takes_back_id = c.id));
END $$;
"""
CREDITS_BEFORE = """
CREATE OR REPLACE FUNCTION property_tax_credits_of(bill bigint, up_to date) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT json_agg(json_build_array(c.credited_on, c.heads, c.paid_by) ORDER BY c.id)
              FROM property_tax_demandcredit c WHERE c.demand_id = bill AND c.credited_on <= up_to);
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('property_tax', '0009_part_paid_index'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='demandcredit',
            name='credit_amount_positive',
        ),
        migrations.AddField(
            model_name='demandcredit',
            name='takes_back',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='taken_back_by', to='property_tax.demandcredit', verbose_name='takes back'),
        ),
        migrations.AddConstraint(
            model_name='demandcredit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount_paise__gt', 0), ('takes_back', None)), models.Q(('amount_paise__lt', 0), ('takes_back__isnull', False)), _connector='OR'), name='credit_positive_unless_it_takes_back'),
        ),
        migrations.RunSQL(CREDITS_OF, CREDITS_BEFORE),
    ]
