"""A bank has paid a cheque or draft; what is disputed is used by nobody; reversals are decided as everything else is."""

import django.db.models.deletion
from django.db import migrations, models

# What is asked for never changes, a decision neither, and nothing is removed.
GUARD_ASKED = """
CREATE TRIGGER append_only_words BEFORE UPDATE OF payment_id, reason, detail, maker, asked_at ON payments_reversalrequest
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_decision BEFORE UPDATE ON payments_reversalrequest
    FOR EACH ROW WHEN (OLD.approver <> '') EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_rows BEFORE DELETE ON payments_reversalrequest
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments_reversalrequest EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD_ASKED = """
DROP TRIGGER append_only_words ON payments_reversalrequest; DROP TRIGGER append_only_decision ON payments_reversalrequest;
DROP TRIGGER append_only_rows ON payments_reversalrequest; DROP TRIGGER append_only_truncate ON payments_reversalrequest;
"""
GUARD_REALISED = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payments_realisation
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments_realisation EXECUTE FUNCTION payments_refuse_change();
"""
UNGUARD_REALISED = "DROP TRIGGER append_only ON payments_realisation; DROP TRIGGER append_only_truncate ON payments_realisation;"
ADVANCE_OF = """
CREATE OR REPLACE FUNCTION payments_advance_of(of_kind text, of_reference text) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT coalesce(sum(amount_paise), 0) FROM payments_keptpart part
             WHERE service = of_kind AND reference = of_reference AND kept_as = 'advance'{undisputed});
END $$;
"""
UNDISPUTED = """
               AND NOT EXISTS (SELECT FROM payments_dispute d WHERE d.payment_id = part.payment_id AND d.state = 'open')"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0026_totals_page'),
    ]

    operations = [
        migrations.CreateModel(
            name='Realisation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('realised_on', models.DateField(verbose_name='paid by the bank on')),
                ('proof', models.TextField(help_text='the bank statement and its line', verbose_name='what shows it')),
                ('noted_by', models.CharField(max_length=150, verbose_name='noted by')),
                ('noted_at', models.DateTimeField(verbose_name='noted at')),
            ],
            options={
                'verbose_name': 'cheque or draft paid',
                'verbose_name_plural': 'cheques and drafts paid',
            },
        ),
        migrations.RemoveConstraint(
            model_name='reversalrequest',
            name='reversal_request_says_what_shows_it',
        ),
        migrations.RemoveConstraint(
            model_name='reversalrequest',
            name='reversal_decided_by_another',
        ),
        migrations.RemoveConstraint(
            model_name='reversalrequest',
            name='reversal_decision_is_whole',
        ),
        migrations.RemoveConstraint(
            model_name='reversalrequest',
            name='reversal_refusal_has_a_reason',
        ),
        migrations.AddConstraint(
            model_name='reversalrequest',
            constraint=models.CheckConstraint(condition=models.Q(('detail', ''), _negated=True), name='reversalrequest_says_why'),
        ),
        migrations.AddConstraint(
            model_name='reversalrequest',
            constraint=models.CheckConstraint(condition=models.Q(('approver', models.F('maker')), _negated=True), name='reversalrequest_decided_by_another'),
        ),
        migrations.AddConstraint(
            model_name='reversalrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_at', None), ('approver', ''), ('refused_at', None)), models.Q(models.Q(('approver', ''), _negated=True), models.Q(('approved_at', None), ('refused_at', None), _connector='XOR')), _connector='OR'), name='reversalrequest_decision_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='reversalrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('refusal', ''), ('refused_at', None)), models.Q(models.Q(('refused_at', None), _negated=True), models.Q(('refusal', ''), _negated=True)), _connector='OR'), name='reversalrequest_refusal_has_a_reason'),
        ),
        migrations.AddField(
            model_name='realisation',
            name='handed_over',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='realisation', to='payments.handedover', verbose_name='payment at a counter'),
        ),
        migrations.AddConstraint(
            model_name='realisation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('proof', ''), _negated=True), models.Q(('noted_by', ''), _negated=True)), name='realisation_says_what_shows_it'),
        ),
        migrations.RunSQL(ADVANCE_OF.format(undisputed=UNDISPUTED), ADVANCE_OF.format(undisputed="")),
        migrations.RunSQL(GUARD_ASKED, UNGUARD_ASKED),
        migrations.RunSQL(GUARD_REALISED, UNGUARD_REALISED),
    ]
