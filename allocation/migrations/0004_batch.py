"""Batches: the carts of many clients at once."""

import common.fields
import django.core.validators
import django.db.models.deletion
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('allocation', '0003_policy_limits'),
        ('clients', '0001_initial'),
        ('common', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('policy_weights', models.JSONField(default=dict, verbose_name='weights used')),
                ('fairness', models.DecimalField(decimal_places=3, default=Decimal('0.9'), max_digits=4, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('1'))], verbose_name='fairness')),
                ('effort', models.CharField(choices=[('fast', 'Fast'), ('normal', 'Normal'), ('thorough', 'Thorough')], default='normal', max_length=8, verbose_name='effort')),
                ('stage', models.CharField(default='waiting', max_length=20, verbose_name='stage')),
                ('value', common.fields.MoneyField(decimal_places=2, default=Decimal('0.00'), max_digits=14, verbose_name='value')),
                ('bound', common.fields.MoneyField(decimal_places=2, max_digits=14, null=True, verbose_name='best possible value')),
                ('guaranteed', models.DecimalField(decimal_places=6, default=Decimal('0'), max_digits=7, verbose_name='guaranteed share')),
                ('prices', models.JSONField(default=dict, verbose_name='prices of stock')),
                ('problems', models.JSONField(default=list, verbose_name='stores without a cart')),
                ('cancel_requested', models.BooleanField(default=False, verbose_name='cancelled')),
                ('slot', models.PositiveSmallIntegerField(default=1, null=True)),
                ('clients', models.ManyToManyField(blank=True, help_text='Empty = every client but the house.', related_name='batches', to='clients.client', verbose_name='clients')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='allocation.policy', verbose_name='policy')),
                ('run', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='batch', to='common.run', verbose_name='run')),
            ],
            options={
                'verbose_name': 'batch',
                'verbose_name_plural': 'batches',
                'ordering': ['-id'],
            },
        ),
        migrations.AddField(
            model_name='cart',
            name='batch',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='carts', to='allocation.batch', verbose_name='batch'),
        ),
        migrations.CreateModel(
            name='BatchClient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('budget', common.fields.MoneyField(decimal_places=2, max_digits=14, verbose_name='available')),
                ('spent', common.fields.MoneyField(decimal_places=2, default=Decimal('0.00'), max_digits=14, verbose_name='spent')),
                ('value', common.fields.MoneyField(decimal_places=2, default=Decimal('0.00'), max_digits=14, verbose_name='value')),
                ('share', models.DecimalField(decimal_places=6, max_digits=7, null=True, verbose_name='share')),
                ('shortfall', common.fields.MoneyField(decimal_places=2, default=Decimal('0.00'), max_digits=14, verbose_name='shortfall')),
                ('hurdle', models.DecimalField(decimal_places=6, default=Decimal('0'), max_digits=14, verbose_name='last dollar earns')),
                ('carts', models.PositiveIntegerField(default=0, verbose_name='carts')),
                ('left_out', models.JSONField(default=dict, verbose_name='left out')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='results', to='allocation.batch')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batch_results', to='clients.client', verbose_name='client')),
            ],
            options={
                'verbose_name': 'client of a batch',
                'ordering': ['id'],
            },
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.UniqueConstraint(fields=('slot',), name='batch_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('slot', 1)), name='batch_slot_known'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('fairness__gte', 0), ('fairness__lte', 1)), name='batch_fairness_is_a_share'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('effort__in', ['fast', 'normal', 'thorough'])), name='batch_effort_known'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('bound__gte', models.F('value'))), name='batch_value_within_bound'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('guaranteed__gte', 0), ('guaranteed__lte', 1)), name='batch_guaranteed_is_a_share'),
        ),
        migrations.AddConstraint(
            model_name='batchclient',
            constraint=models.UniqueConstraint(fields=('batch', 'client'), name='batch_client_once'),
        ),
        migrations.AddConstraint(
            model_name='batchclient',
            constraint=models.CheckConstraint(condition=models.Q(('spent__gte', 0), ('spent__lte', models.F('budget'))), name='batch_client_spends_its_own'),
        ),
        migrations.AddConstraint(
            model_name='batchclient',
            constraint=models.CheckConstraint(condition=models.Q(('share__gte', 0), ('share__lte', 1)), name='batch_client_share_is_a_share'),
        ),
        migrations.AddConstraint(
            model_name='batchclient',
            constraint=models.CheckConstraint(condition=models.Q(('hurdle__gte', 0), ('shortfall__gte', 0)), name='batch_client_figures_not_negative'),
        ),
    ]
