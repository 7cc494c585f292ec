"""What a bill took of a payment before it was paid whole."""

import django.db.models.deletion
from django.db import migrations, models

GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON property_tax_demandcredit
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON property_tax_demandcredit EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD = """
DROP TRIGGER append_only ON property_tax_demandcredit; DROP TRIGGER append_only_truncate ON property_tax_demandcredit;
"""
# A function, whose plan every session keeps: few bills have credits, but every statement that computes dues names it.
CREDITS_OF = """
CREATE FUNCTION property_tax_credits_of(bill bigint, up_to date) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT json_agg(json_build_array(c.credited_on, c.heads, c.paid_by) ORDER BY c.id)
              FROM property_tax_demandcredit c WHERE c.demand_id = bill AND c.credited_on <= up_to);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("property_tax", "0005_import_runs"), ("payments", "0003_advances_used")]
    operations = [
        migrations.AddField(
            model_name="demand",
            name="credited_paise",
            field=models.BigIntegerField(
                db_default=0,
                default=0,
                help_text="paise paid before it was paid whole: the sum of its credits",
                verbose_name="paid before",
            ),
        ),
        migrations.CreateModel(
            name="DemandCredit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("credited_on", models.DateField(verbose_name="credited on")),
                ("heads", models.JSONField(help_text="paise by head", verbose_name="heads")),
                ("amount_paise", models.BigIntegerField(help_text="paise", verbose_name="amount")),
                ("paid_by", models.CharField(max_length=16, verbose_name="payment order")),
                (
                    "demand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credits",
                        to="property_tax.demand",
                        verbose_name="bill",
                    ),
                ),
            ],
            options={
                "verbose_name": "credit of a bill",
                "verbose_name_plural": "credits of bills",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount_paise__gt", 0)), name="credit_amount_positive")
                ],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
        migrations.RunSQL(CREDITS_OF, "DROP FUNCTION property_tax_credits_of"),
    ]
