"""Caps of a policy: units, cool-down, stores of an ASIN, return."""

import django.core.validators
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('allocation', '0002_presets'),
    ]

    operations = [
        migrations.AddField(
            model_name='policy',
            name='cool_down_days',
            field=models.IntegerField(blank=True, help_text='Days before a store gets the same ASIN again. Blank = it may at once.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='cool-down'),
        ),
        migrations.AddField(
            model_name='policy',
            name='max_stores_per_asin',
            field=models.IntegerField(blank=True, help_text='Stores that may get one ASIN within the cool-down, or within 30 days without one. Blank = no limit.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100000)], verbose_name='most stores per ASIN'),
        ),
        migrations.AddField(
            model_name='policy',
            name='max_units_per_asin',
            field=models.IntegerField(blank=True, help_text='Units of one ASIN that a cart may have. Blank = no limit.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10000000)], verbose_name='most units per ASIN'),
        ),
        migrations.AddField(
            model_name='policy',
            name='min_roi_percent',
            field=models.DecimalField(blank=True, decimal_places=2, help_text='Percent: (sale price − fees − unit cost − max shipping) / (unit cost + max shipping). With a minimum, ASINs without sale price or fees are left out. Blank = no minimum.', max_digits=7, null=True, validators=[django.core.validators.MinValueValidator(Decimal('-100')), django.core.validators.MaxValueValidator(Decimal('10000'))], verbose_name='minimum ROI'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('max_units_per_asin__gte', 1), ('max_units_per_asin__lte', 10000000)), name='policy_max_units_in_range'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('cool_down_days__gte', 1), ('cool_down_days__lte', 3650)), name='policy_cool_down_in_range'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('max_stores_per_asin__gte', 1), ('max_stores_per_asin__lte', 100000)), name='policy_max_stores_in_range'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('min_roi_percent__gte', Decimal('-100')), ('min_roi_percent__lte', Decimal('10000'))), name='policy_min_roi_in_range'),
        ),
    ]
