"""The life of preorders: payments, arrivals and allocations as rows of their own."""

import common.fields
import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


# Before, nothing said whether the units of an arrived preorder were in stock and kept for it.
ASK_AGAIN = "Its arrival is to be confirmed again on the arrival screen."


def keep_what_is_known(apps, schema_editor):
    """What was paid becomes a payment and what was allocated elsewhere a row; arrivals are asked for again."""
    alias = schema_editor.connection.alias
    names = ("Preorder", "PreorderPayment", "PreorderArrival", "PreorderAllocation")
    tables = (apps.get_model("allocation", name).objects.using(alias) for name in names)
    preorders, payments, arrivals, allocations = tables
    for one in preorders.filter(paid__gt=0).iterator():
        payments.create(preorder=one, amount=one.paid, key=f"opening:{one.pk}", note="Paid before payments were kept")
    for one in preorders.filter(state="allocated").iterator():
        preorders.filter(pk=one.pk).update(arrived=one.quantity, allocated=one.quantity)
        arrivals.create(preorder=one, units=one.quantity, state="confirmed", note="Before arrivals were kept")
        allocations.create(preorder=one, units=one.quantity, allocated_at=one.updated_at)
    preorders.filter(state="cancelled").update(arrived=0)
    unsure = preorders.filter(state="arrived") | preorders.filter(state="pending", arrived__gt=0)
    unsure.update(arrived=0, state="pending", flag=ASK_AGAIN)


class Migration(migrations.Migration):

    dependencies = [
        ('allocation', '0006_returned_units'),
        ('clients', '0001_initial'),
        ('inventory', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PreorderAllocation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('units', models.IntegerField(verbose_name='units')),
                ('returned', models.IntegerField(default=0, verbose_name='returned')),
                ('prepaid', common.fields.MoneyField(decimal_places=2, default=Decimal('0.00'), help_text='USD paid on the preorder, of these units.', max_digits=14, verbose_name='paid before')),
                ('allocated_at', models.DateTimeField(blank=True, null=True, verbose_name='allocated')),
            ],
            options={
                'verbose_name': 'preorder allocation',
                'ordering': ['id'],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='PreorderArrival',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('proposed', models.IntegerField(default=0, verbose_name='proposed')),
                ('units', models.IntegerField(default=0, verbose_name='confirmed')),
                ('state', models.CharField(choices=[('proposed', 'Proposed'), ('confirmed', 'Confirmed'), ('refused', 'Refused')], default='proposed', max_length=10, verbose_name='status')),
                ('key', common.fields.KeyField(blank=True, db_index=True, help_text='Of the form that confirmed it: once only.', max_length=120, verbose_name='key')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='proposed at')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
            ],
            options={
                'verbose_name': 'preorder arrival',
                'ordering': ['-id'],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='PreorderPayment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', common.fields.MoneyField(decimal_places=2, max_digits=14, verbose_name='amount')),
                ('key', common.fields.KeyField(help_text='A replay of the same key does nothing.', max_length=120, unique=True, verbose_name='key')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='when')),
            ],
            options={
                'verbose_name': 'preorder payment',
                'ordering': ['-id'],
                'default_permissions': ('view',),
            },
        ),
        migrations.AddField(
            model_name='preorder',
            name='allocated',
            field=models.IntegerField(default=0, editable=False, verbose_name='allocated'),
        ),
        migrations.AddField(
            model_name='preorder',
            name='credit_note',
            field=models.CharField(blank=True, editable=False, max_length=200, verbose_name='how it was credited'),
        ),
        migrations.AddField(
            model_name='preorder',
            name='credited_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='credited'),
        ),
        migrations.AddField(
            model_name='preorder',
            name='credited_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='credited by'),
        ),
        migrations.AddField(
            model_name='preorder',
            name='note',
            field=models.CharField(blank=True, editable=False, max_length=200, verbose_name='note'),
        ),
        migrations.AddField(
            model_name='preorderallocation',
            name='cart_line',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='preorders', to='allocation.cartline', verbose_name='cart line'),
        ),
        migrations.AddField(
            model_name='preorderallocation',
            name='preorder',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='allocations', to='allocation.preorder', verbose_name='preorder'),
        ),
        migrations.AddField(
            model_name='preorderarrival',
            name='actor',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='who'),
        ),
        migrations.AddField(
            model_name='preorderarrival',
            name='movement',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='arrivals', to='inventory.stockmovement', verbose_name='movement'),
        ),
        migrations.AddField(
            model_name='preorderarrival',
            name='preorder',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='arrivals', to='allocation.preorder', verbose_name='preorder'),
        ),
        migrations.AddField(
            model_name='preorderpayment',
            name='actor',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='who'),
        ),
        migrations.AddField(
            model_name='preorderpayment',
            name='preorder',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='allocation.preorder', verbose_name='preorder'),
        ),
        migrations.AddConstraint(
            model_name='preorderallocation',
            constraint=models.UniqueConstraint(fields=('preorder', 'cart_line'), name='preorder_allocation_once_per_line'),
        ),
        migrations.AddConstraint(
            model_name='preorderallocation',
            constraint=models.CheckConstraint(condition=models.Q(('returned__gte', 0), ('returned__lte', models.F('units')), ('units__gt', 0)), name='preorder_allocation_returned_within_units'),
        ),
        migrations.AddConstraint(
            model_name='preorderallocation',
            constraint=models.CheckConstraint(condition=models.Q(('prepaid__gte', 0)), name='preorder_allocation_prepaid_not_negative'),
        ),
        migrations.AddIndex(
            model_name='preorderarrival',
            index=models.Index(fields=['state', 'preorder'], name='arrival_by_state'),
        ),
        migrations.AddConstraint(
            model_name='preorderarrival',
            constraint=models.UniqueConstraint(fields=('preorder', 'movement'), name='arrival_once_per_movement'),
        ),
        migrations.AddConstraint(
            model_name='preorderarrival',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('movement__isnull', False), ('proposed__gt', 0), ('state', 'proposed'), ('units', 0)), models.Q(('proposed__gte', 0), ('state', 'confirmed'), ('units__gt', 0)), models.Q(('proposed__gt', 0), ('state', 'refused'), ('units', 0)), _connector='OR'), name='arrival_units_fit_its_state'),
        ),
        migrations.AddConstraint(
            model_name='preorderpayment',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='preorder_payment_not_zero'),
        ),
        migrations.RunPython(keep_what_is_known, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='preorder',
            constraint=models.CheckConstraint(condition=models.Q(('allocated__gte', 0), ('allocated__lte', models.F('arrived'))), name='preorder_allocated_within_arrived'),
        ),
        migrations.AddConstraint(
            model_name='preorder',
            constraint=models.CheckConstraint(condition=models.Q(('paid__lte', models.F('amount'))), name='preorder_paid_within_amount'),
        ),
        migrations.AddConstraint(
            model_name='preorder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'cancelled'), _negated=True), ('allocated', 0), _connector='OR'), name='preorder_cancelled_has_nothing_allocated'),
        ),
        migrations.AddConstraint(
            model_name='preorder',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'cancelled'), ('credited_at__isnull', True), _connector='OR'), name='preorder_credited_once_cancelled'),
        ),
    ]
