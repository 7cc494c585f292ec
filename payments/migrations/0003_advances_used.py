"""An advance can be used: allocations say by head and since when they count, and a negative one leaves the advance again."""

from django.db import migrations, models

# What stands already landed on the day its payment was made.
DATE_WHAT_STANDS = """
ALTER TABLE payments_allocation DISABLE TRIGGER append_only;
UPDATE payments_allocation a SET landed_on = p.business_date FROM payments_payment p WHERE p.id = a.payment_id;
ALTER TABLE payments_allocation ENABLE TRIGGER append_only;
"""
# The sum is that of the payment at the end of every transaction, not only of the first.
ALLOCATED_WHOLE = """
CREATE FUNCTION payments_check_allocation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE off bigint; kept bigint;
BEGIN
    SELECT (SELECT amount_paise FROM payments_payment WHERE id = NEW.payment_id) - sum(amount_paise),
           sum(amount_paise) FILTER (WHERE kind = NEW.kind)
      INTO off, kept FROM payments_allocation WHERE payment_id = NEW.payment_id;
    IF off <> 0 THEN
        RAISE EXCEPTION 'payment % has % paise not allocated', NEW.payment_id, off USING ERRCODE = 'check_violation';
    END IF;
    IF kept < 0 THEN
        RAISE EXCEPTION 'payment % has moved more than was kept', NEW.payment_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER allocation_keeps_payment_whole AFTER INSERT ON payments_allocation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_check_allocation();
"""
UNALLOCATED = """
DROP TRIGGER allocation_keeps_payment_whole ON payments_allocation; DROP FUNCTION payments_check_allocation;
"""
# A function, whose plan every session keeps: the statement that computes dues asks it on every visit.
ADVANCE_OF = """
CREATE FUNCTION payments_advance_of(of_kind text, of_reference text) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT coalesce(sum(a.amount_paise), 0)
              FROM payments_paymentorder o JOIN payments_payment p ON p.order_id = o.id
              JOIN payments_allocation a ON a.payment_id = p.id AND a.kind = 'advance'
             WHERE o.kind = of_kind AND o.reference = of_reference);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_guards")]
    operations = [
        migrations.AddField(
            "allocation",
            "heads",
            models.JSONField(blank=True, default=dict, help_text="paise of the bill by head", verbose_name="heads"),
        ),
        migrations.AddField("allocation", "landed_on", models.DateField(null=True, verbose_name="landed on")),
        migrations.RunSQL(DATE_WHAT_STANDS, migrations.RunSQL.noop),
        migrations.AlterField(
            "allocation",
            "landed_on",
            models.DateField(help_text="the IST day from which it counts there", verbose_name="landed on"),
        ),
        migrations.RemoveConstraint("allocation", "allocation_amount_not_negative"),
        migrations.AddConstraint(
            "allocation",
            models.CheckConstraint(
                name="allocation_of_a_bill_not_negative",
                condition=models.Q(("amount_paise__gte", 0), models.Q(("kind", "bill"), _negated=True), _connector="OR"),
            ),
        ),
        migrations.AddIndex(
            "allocation",
            models.Index(
                condition=models.Q(("kind", "bill"), _negated=True), fields=["payment"], name="allocation_kept"
            ),
        ),
        migrations.RunSQL(ALLOCATED_WHOLE, UNALLOCATED),
        migrations.RunSQL(ADVANCE_OF, "DROP FUNCTION payments_advance_of"),
    ]
