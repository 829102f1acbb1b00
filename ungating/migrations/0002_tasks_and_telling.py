"""Expiry in the history, changes that are told, tasks that close and come back by themselves."""

import common.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('clients', '0001_initial'),
        ('ungating', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='TasksMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_from', models.CharField(blank=True, max_length=400)),
                ('made_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'mark of the ungating tasks',
                'default_permissions': (),
            },
        ),
        # What was changed before is old news: it counts as told when this migration runs.
        migrations.AddField(
            model_name='ungatingchange',
            name='told_at',
            field=models.DateTimeField(blank=True, db_index=True, default=django.utils.timezone.now, editable=False, null=True, verbose_name='told'),
        ),
        migrations.AlterField(
            model_name='ungatingchange',
            name='told_at',
            field=models.DateTimeField(blank=True, db_index=True, editable=False, null=True, verbose_name='told'),
        ),
        migrations.AddField(
            model_name='ungatingstatus',
            name='is_lapsed',
            field=models.BooleanField(default=False, editable=False, help_text='The history says that it has expired.'),
        ),
        migrations.AddField(
            model_name='ungatingtask',
            name='closed_because',
            field=models.CharField(blank=True, choices=[('ungated', 'Ungated'), ('not_worth_it', 'No longer worth it'), ('by_hand', 'Settled by hand')], max_length=12, verbose_name='closed because'),
        ),
        migrations.AddField(
            model_name='ungatingtask',
            name='settled_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='settled'),
        ),
        migrations.AddField(
            model_name='ungatingtask',
            name='settled_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='settled by'),
        ),
        migrations.AddField(
            model_name='ungatingtask',
            name='settled_unlocks',
            field=common.fields.MoneyField(blank=True, decimal_places=2, editable=False, help_text='USD. A person settled it then.', max_digits=14, null=True, verbose_name='unlocked when settled'),
        ),
        migrations.AlterField(
            model_name='ungatingchange',
            name='status',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='ungating.ungatingstatus'),
        ),
        migrations.AlterField(
            model_name='ungatingtask',
            name='ask',
            field=models.CharField(choices=[('approval', 'Approval'), ('invoice', 'Invoice'), ('check', 'Check of its status')], max_length=10, verbose_name='ask for'),
        ),
        migrations.AddIndex(
            model_name='ungatingstatus',
            index=models.Index(fields=['is_lapsed', 'expires_at'], name='ungating_by_expiry'),
        ),
        migrations.AddConstraint(
            model_name='ungatingtask',
            constraint=models.CheckConstraint(condition=models.Q(('settled_unlocks__isnull', True), ('settled_unlocks__gte', 0), _connector='OR'), name='ungating_task_settled_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='ungatingtask',
            constraint=models.CheckConstraint(condition=models.Q(('closed_because__in', ['', 'ungated', 'not_worth_it', 'by_hand'])), name='ungating_task_closed_known'),
        ),
    ]
