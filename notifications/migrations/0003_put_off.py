"""Alerts are put off, e-mailed again after a day, and found by their condition."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0002_batch_trouble'),
    ]

    operations = [
        migrations.AddField(
            model_name='alert',
            name='mailed_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='last e-mail'),
        ),
        migrations.AddField(
            model_name='alert',
            name='snoozed_until',
            field=models.DateTimeField(blank=True, help_text='Not shown as open before then.', null=True, verbose_name='put off until'),
        ),
        migrations.AlterField(
            model_name='alert',
            name='kind',
            field=models.CharField(choices=[('allocated', 'Allocation succeeded'), ('insufficient_balance', 'Insufficient balance'), ('ungating_changed', 'Ungating status changed'), ('ungating_action', 'Ungating action needed'), ('preorder_arrived', 'Preorder arrived'), ('stock_short', 'Stock below reserved'), ('sync_trouble', 'Sync held, stale or failed'), ('backup_trouble', 'Backup failed or stale'), ('balance_short', 'Balance below held'), ('settlement', 'Charge does not fit its cart'), ('batch_trouble', 'Batch failed'), ('mail_trouble', 'E-mail not delivered')], max_length=24, verbose_name='kind'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['state', 'snoozed_until'], name='alert_awake'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['fold_key', '-id'], name='alert_by_condition'),
        ),
    ]
