"""Alerts of batches."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='alert',
            name='kind',
            field=models.CharField(choices=[('allocated', 'Allocation succeeded'), ('insufficient_balance', 'Insufficient balance'), ('ungating_changed', 'Ungating status changed'), ('ungating_action', 'Ungating action needed'), ('preorder_arrived', 'Preorder arrived'), ('stock_short', 'Stock below reserved'), ('sync_trouble', 'Sync held, stale or failed'), ('backup_trouble', 'Backup failed or stale'), ('balance_short', 'Balance below held'), ('settlement', 'Charge does not fit its cart'), ('batch_trouble', 'Batch failed')], max_length=24, verbose_name='kind'),
        ),
    ]
