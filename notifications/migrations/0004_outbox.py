"""The outbox: e-mails, who gets which kind, whose turn it is to send."""

import common.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0003_put_off'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Email',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('allocated', 'Allocation succeeded'), ('insufficient_balance', 'Insufficient balance'), ('ungating_changed', 'Ungating status changed'), ('ungating_action', 'Ungating action needed'), ('preorder_arrived', 'Preorder arrived'), ('stock_short', 'Stock below reserved'), ('sync_trouble', 'Sync held, stale or failed'), ('backup_trouble', 'Backup failed or stale'), ('balance_short', 'Balance below held'), ('settlement', 'Charge does not fit its cart'), ('batch_trouble', 'Batch failed'), ('digest', 'Daily digest')], max_length=24, verbose_name='kind')),
                ('to', models.CharField(max_length=254, verbose_name='to')),
                ('subject', models.CharField(max_length=150, verbose_name='subject')),
                ('text', models.TextField(verbose_name='text')),
                ('html', models.TextField(verbose_name='HTML')),
                ('message_id', common.fields.KeyField(help_text='The same with every try, so that repeats show.', max_length=190, unique=True, verbose_name='Message-ID')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sending', 'Being sent'), ('sent', 'Sent'), ('refused', 'Refused'), ('failed', 'Given up')], default='waiting', max_length=8, verbose_name='state')),
                ('attempts', models.PositiveIntegerField(default=0, help_text='Counted before sending begins.', verbose_name='tries')),
                ('next_try_at', models.DateTimeField(verbose_name='next try')),
                ('claimed_until', models.DateTimeField(blank=True, null=True, verbose_name='claimed until')),
                ('last_error', models.CharField(blank=True, max_length=500, verbose_name='last error')),
                ('created_at', models.DateTimeField(verbose_name='written')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent')),
            ],
            options={
                'verbose_name': 'e-mail',
                'ordering': ['-id'],
                'default_permissions': ('view', 'change'),
            },
        ),
        migrations.CreateModel(
            name='MailChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('allocated', 'Allocation succeeded'), ('insufficient_balance', 'Insufficient balance'), ('ungating_changed', 'Ungating status changed'), ('ungating_action', 'Ungating action needed'), ('preorder_arrived', 'Preorder arrived'), ('stock_short', 'Stock below reserved'), ('sync_trouble', 'Sync held, stale or failed'), ('backup_trouble', 'Backup failed or stale'), ('balance_short', 'Balance below held'), ('settlement', 'Charge does not fit its cart'), ('batch_trouble', 'Batch failed'), ('digest', 'Daily digest')], max_length=24, verbose_name='kind')),
            ],
            options={
                'verbose_name': 'choice of e-mails',
                'ordering': ['user', 'kind'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SenderSlot',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('free_at', models.DateTimeField(verbose_name='free at')),
            ],
            options={
                'verbose_name': 'turn to send',
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='email',
            name='alert',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='emails', to='notifications.alert', verbose_name='alert'),
        ),
        migrations.AddField(
            model_name='mailchoice',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mail_choices', to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.AddConstraint(
            model_name='senderslot',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='sender_slot_only_one'),
        ),
        migrations.AddIndex(
            model_name='email',
            index=models.Index(fields=['state', 'next_try_at', 'id'], name='email_ready'),
        ),
        migrations.AddIndex(
            model_name='email',
            index=models.Index(fields=['state', 'claimed_until'], name='email_left_behind'),
        ),
        migrations.AddConstraint(
            model_name='email',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'sending', 'sent', 'refused', 'failed'])), name='email_state_known'),
        ),
        migrations.AddConstraint(
            model_name='email',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('claimed_until__isnull', False), ('state', 'sending')), models.Q(models.Q(('state', 'sending'), _negated=True), ('claimed_until__isnull', True)), _connector='OR'), name='email_claimed_while_sending'),
        ),
        migrations.AddConstraint(
            model_name='email',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('sent_at__isnull', False), ('state', 'sent')), models.Q(models.Q(('state', 'sent'), _negated=True), ('sent_at__isnull', True)), _connector='OR'), name='email_sent_has_its_time'),
        ),
        migrations.AddConstraint(
            model_name='mailchoice',
            constraint=models.UniqueConstraint(fields=('user', 'kind'), name='mail_choice_once'),
        ),
        migrations.AddConstraint(
            model_name='mailchoice',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['allocated', 'insufficient_balance', 'ungating_changed', 'ungating_action', 'preorder_arrived', 'stock_short', 'sync_trouble', 'backup_trouble', 'balance_short', 'settlement', 'batch_trouble', 'digest'])), name='mail_kind_known'),
        ),
    ]
