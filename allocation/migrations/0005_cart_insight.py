"""A cart keeps why its lines are in and what else was worth."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('allocation', '0004_batch'),
    ]

    operations = [
        migrations.AddField(
            model_name='cart',
            name='insight',
            field=models.JSONField(default=dict, editable=False, help_text='Why its lines are in, what more money and ungating were worth when it was made.', verbose_name='reasons'),
        ),
    ]
