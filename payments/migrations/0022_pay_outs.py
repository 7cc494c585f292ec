"""Pay-outs of gateways, the bank credits they became, and breaks that are about no payment."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0021_settlement_matches'),
    ]

    operations = [
        migrations.CreateModel(
            name='BankHoliday',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True, verbose_name='day')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('source', models.CharField(help_text='who says so: a notification, a circular', max_length=200, verbose_name='source')),
                ('confidence', models.CharField(choices=[('official', 'official'), ('secondary', 'second hand'), ('assumption', 'assumed')], max_length=10, verbose_name='confidence')),
                ('loaded_by', models.CharField(max_length=150, verbose_name='loaded by')),
                ('loaded_at', models.DateTimeField(verbose_name='loaded at')),
            ],
            options={
                'verbose_name': 'bank holiday',
                'verbose_name_plural': 'bank holidays',
            },
        ),
        migrations.CreateModel(
            name='CreditRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('detail', models.TextField(verbose_name='why')),
                ('maker', models.CharField(max_length=150, verbose_name='asked by')),
                ('asked_at', models.DateTimeField(verbose_name='asked at')),
                ('approver', models.CharField(blank=True, max_length=150, verbose_name='decided by')),
                ('approved_at', models.DateTimeField(blank=True, null=True, verbose_name='approved at')),
                ('refused_at', models.DateTimeField(blank=True, null=True, verbose_name='refused at')),
                ('refusal', models.TextField(blank=True, verbose_name='why refused')),
                ('amount_paise', models.BigIntegerField(help_text='paise of the line', verbose_name='amount')),
            ],
            options={
                'verbose_name': 'request to match a bank credit',
                'verbose_name_plural': 'requests to match bank credits',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RefusedFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sort', models.CharField(choices=[('settlement', 'settlement report'), ('statement', 'bank statement')], max_length=10, verbose_name='sort of file')),
                ('name', models.CharField(max_length=200, verbose_name='file')),
                ('sha256', models.CharField(max_length=64)),
                ('code', models.CharField(blank=True, max_length=40, verbose_name='code of the refusal')),
                ('detail', models.TextField(blank=True, verbose_name='detail')),
                ('rows', models.PositiveIntegerField(default=0, verbose_name='rows set aside')),
                ('maker', models.CharField(max_length=150, verbose_name='taken in by')),
                ('refused_at', models.DateTimeField(verbose_name='refused at')),
            ],
            options={
                'verbose_name': 'refused file',
                'verbose_name_plural': 'refused files',
            },
        ),
        migrations.CreateModel(
            name='ReturnMatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('matched_at', models.DateTimeField(verbose_name='matched at')),
            ],
            options={
                'verbose_name': 'match of money that went back',
                'verbose_name_plural': 'matches of money that went back',
            },
        ),
        migrations.CreateModel(
            name='Settlement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('settled_on', models.DateField(verbose_name='settled on')),
                ('utr', models.CharField(blank=True, max_length=60, verbose_name='UTR')),
            ],
            options={
                'verbose_name': 'pay-out',
                'verbose_name_plural': 'pay-outs',
            },
        ),
        migrations.CreateModel(
            name='SettlementCredit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount_paise', models.BigIntegerField(help_text='paise of the line', verbose_name='amount')),
                ('key', models.CharField(choices=[('utr', 'UTR'), ('amount', 'amount and day'), ('person', 'two people')], max_length=6, verbose_name='matched by')),
                ('maker', models.CharField(blank=True, max_length=150, verbose_name='asked by')),
                ('approver', models.CharField(blank=True, max_length=150, verbose_name='approved by')),
                ('matched_at', models.DateTimeField(verbose_name='matched at')),
            ],
            options={
                'verbose_name': 'bank credit of a pay-out',
                'verbose_name_plural': 'bank credits of pay-outs',
            },
        ),
        migrations.RemoveConstraint(
            model_name='breakclosing',
            name='closing_is_by_itself_or_by_two_people',
        ),
        migrations.RemoveConstraint(
            model_name='reconbreak',
            name='break_once_per_payment_kind_and_detail',
        ),
        migrations.AddField(
            model_name='reconbreak',
            name='account',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='breaks', to='payments.gatewayaccount', verbose_name='gateway account'),
        ),
        migrations.AddField(
            model_name='reconbreak',
            name='bank_line',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='breaks', to='payments.bankline', verbose_name='line of a bank statement'),
        ),
        migrations.AddField(
            model_name='reconbreak',
            name='day',
            field=models.DateField(help_text='the IST day whose totals it explains', null=True, verbose_name='day'),
        ),
        migrations.AddField(
            model_name='reconbreak',
            name='due_on',
            field=models.DateField(help_text='the banking day by which it should have ended', null=True, verbose_name='due on'),
        ),
        migrations.AddField(
            model_name='reconbreak',
            name='settlement_line',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='breaks', to='payments.settlementline', verbose_name='row of a settlement report'),
        ),
        migrations.AddField(
            model_name='reconbreak',
            name='subject',
            field=models.CharField(blank=True, db_default='', max_length=40, verbose_name='about'),
        ),
        migrations.AddField(
            model_name='reconbreak',
            name='suggestion',
            field=models.JSONField(blank=True, default=dict, verbose_name='suggestion'),
        ),
        migrations.AddField(
            model_name='reconbreak',
            name='times',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name='time'),
        ),
        migrations.AlterField(
            model_name='breakclosing',
            name='how',
            field=models.CharField(choices=[('auto', 'by itself'), ('manual', 'by two people'), ('force', 'by two people, though it still differs')], max_length=6, verbose_name='how'),
        ),
        migrations.AlterField(
            model_name='journalseal',
            name='book',
            field=models.CharField(help_text='the kind of revenue, or pay-outs', max_length=20, verbose_name='book'),
        ),
        migrations.AlterField(
            model_name='journal',
            name='payment',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='journals', to='payments.payment', verbose_name='payment'),
        ),
        migrations.AlterField(
            model_name='reconbreak',
            name='payment',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='breaks', to='payments.payment', verbose_name='payment'),
        ),
        migrations.AddConstraint(
            model_name='breakclosing',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approver', ''), ('how', 'auto'), ('maker', '')), models.Q(('how__in', ['manual', 'force']), models.Q(('maker', ''), _negated=True), models.Q(('approver', ''), _negated=True), models.Q(('approver', models.F('maker')), _negated=True)), _connector='OR'), name='closing_is_by_itself_or_by_two_people'),
        ),
        migrations.AddConstraint(
            model_name='bankholiday',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('source', ''), _negated=True), models.Q(('name', ''), _negated=True)), name='bank_holiday_names_its_source'),
        ),
        migrations.AddConstraint(
            model_name='bankholiday',
            constraint=models.CheckConstraint(condition=models.Q(('confidence__in', ['official', 'secondary', 'assumption'])), name='bank_holiday_confidence_known'),
        ),
        migrations.AddField(
            model_name='creditrequest',
            name='line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credit_requests', to='payments.bankline', verbose_name='line of a bank statement'),
        ),
        migrations.AddField(
            model_name='refusedfile',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='payments.gatewayaccount', verbose_name='gateway account'),
        ),
        migrations.AddField(
            model_name='reconbreak',
            name='refused_file',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='breaks', to='payments.refusedfile', verbose_name='refused file'),
        ),
        migrations.AddField(
            model_name='returnmatch',
            name='dispute',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='payments.dispute', verbose_name='dispute'),
        ),
        migrations.AddField(
            model_name='returnmatch',
            name='line',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='return_match', to='payments.settlementline', verbose_name='row of a settlement report'),
        ),
        migrations.AddField(
            model_name='returnmatch',
            name='refund',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='payments.refund', verbose_name='refund'),
        ),
        migrations.AddField(
            model_name='returnmatch',
            name='reversal',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='payments.reversal', verbose_name='reversal'),
        ),
        migrations.AddField(
            model_name='settlement',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='payments.gatewayaccount', verbose_name='gateway account'),
        ),
        migrations.AddField(
            model_name='creditrequest',
            name='settlement',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credit_requests', to='payments.settlement', verbose_name='pay-out'),
        ),
        migrations.AddField(
            model_name='journal',
            name='settlement',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='journals', to='payments.settlement', verbose_name='pay-out'),
        ),
        migrations.AddField(
            model_name='reconbreak',
            name='settlement',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='breaks', to='payments.settlement', verbose_name='pay-out'),
        ),
        migrations.AddIndex(
            model_name='reconbreak',
            index=models.Index(condition=models.Q(('subject', ''), _negated=True), fields=['subject', 'kind'], name='break_by_subject'),
        ),
        migrations.AddConstraint(
            model_name='journal',
            constraint=models.UniqueConstraint(condition=models.Q(('settlement', None), _negated=True), fields=('settlement', 'purpose'), name='journal_of_pay_out_once_per_purpose'),
        ),
        migrations.AddConstraint(
            model_name='journal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('payment__isnull', False), ('settlement', None)), models.Q(('payment', None), ('settlement__isnull', False)), _connector='OR'), name='journal_is_about_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='reconbreak',
            constraint=models.UniqueConstraint(condition=models.Q(('subject', '')), fields=('payment', 'kind', 'detail'), name='break_once_per_payment_kind_and_detail'),
        ),
        migrations.AddConstraint(
            model_name='reconbreak',
            constraint=models.UniqueConstraint(condition=models.Q(('subject', ''), _negated=True), fields=('subject', 'kind', 'times'), name='break_once_per_subject_and_time'),
        ),
        migrations.AddConstraint(
            model_name='reconbreak',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('payment__isnull', False), ('subject', '')), models.Q(models.Q(('subject', ''), _negated=True), ('account__isnull', False), ('day__isnull', False), ('due_on__isnull', False)), _connector='OR'), name='break_is_about_something'),
        ),
        migrations.AddField(
            model_name='settlementcredit',
            name='line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credits', to='payments.bankline', verbose_name='line of a bank statement'),
        ),
        migrations.AddField(
            model_name='settlementcredit',
            name='settlement',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credits', to='payments.settlement', verbose_name='pay-out'),
        ),
        migrations.AddConstraint(
            model_name='refusedfile',
            constraint=models.UniqueConstraint(fields=('account', 'sort', 'sha256'), name='refused_file_once'),
        ),
        migrations.AddConstraint(
            model_name='refusedfile',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('code', ''), ('rows', 0), _negated=True), models.Q(('code', ''), ('rows', 0), _connector='OR')), name='refused_file_whole_or_in_rows'),
        ),
        migrations.AddConstraint(
            model_name='returnmatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('dispute', None), ('refund__isnull', False), ('reversal', None)), models.Q(('dispute', None), ('refund', None), ('reversal__isnull', False)), models.Q(('dispute__isnull', False), ('refund', None), ('reversal', None)), _connector='OR'), name='return_match_is_one_of_three'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.UniqueConstraint(fields=('account', 'settled_on', 'utr'), name='settlement_once'),
        ),
        migrations.AddConstraint(
            model_name='creditrequest',
            constraint=models.CheckConstraint(condition=models.Q(('detail', ''), _negated=True), name='creditrequest_says_why'),
        ),
        migrations.AddConstraint(
            model_name='creditrequest',
            constraint=models.CheckConstraint(condition=models.Q(('approver', models.F('maker')), _negated=True), name='creditrequest_decided_by_another'),
        ),
        migrations.AddConstraint(
            model_name='creditrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_at', None), ('approver', ''), ('refused_at', None)), models.Q(models.Q(('approver', ''), _negated=True), models.Q(('approved_at', None), ('refused_at', None), _connector='XOR')), _connector='OR'), name='creditrequest_decision_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='creditrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('refusal', ''), ('refused_at', None)), models.Q(models.Q(('refused_at', None), _negated=True), models.Q(('refusal', ''), _negated=True)), _connector='OR'), name='creditrequest_refusal_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='creditrequest',
            constraint=models.CheckConstraint(condition=models.Q(('amount_paise', 0), _negated=True), name='credit_request_moves_money'),
        ),
        migrations.AddConstraint(
            model_name='creditrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('approver', '')), fields=('settlement', 'line'), name='credit_asked_once_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='settlementcredit',
            constraint=models.UniqueConstraint(fields=('settlement', 'line'), name='settlement_credit_once'),
        ),
        migrations.AddConstraint(
            model_name='settlementcredit',
            constraint=models.CheckConstraint(condition=models.Q(('amount_paise', 0), _negated=True), name='settlement_credit_moves_money'),
        ),
        migrations.AddConstraint(
            model_name='settlementcredit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approver', ''), ('key__in', ['utr', 'amount']), ('maker', '')), models.Q(('key', 'person'), models.Q(('maker', ''), _negated=True), models.Q(('approver', ''), _negated=True), models.Q(('approver', models.F('maker')), _negated=True)), _connector='OR'), name='settlement_credit_by_a_key_or_by_two_people'),
        ),
    ]
