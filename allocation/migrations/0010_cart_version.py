"""Carts count their versions and keep who changed them, and the value of a plan that was edited by hand."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.fields

KINDS = [
    ("edited", "Edited"),
    ("renewed", "Brought up to date"),
    ("replanned", "Packed anew"),
    ("followed", "Priced with its pallets"),
    ("confirmed", "Confirmed"),
    ("palletised", "Palletised"),
    ("shipped", "Shipped"),
    ("cancelled", "Cancelled"),
    ("expired", "Expired"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("allocation", "0009_suggestion_answers"),
        ("clients", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="cart",
            name="planned_value",
            field=common.fields.MoneyField(
                blank=True,
                decimal_places=2,
                editable=False,
                help_text="Of the plan that a person has edited by hand since; empty where nobody has.",
                max_digits=14,
                null=True,
                verbose_name="value as planned",
            ),
        ),
        migrations.AddField(
            model_name="cart",
            name="version",
            field=models.IntegerField(
                default=1,
                editable=False,
                help_text="Counts up with each change of its lines or state.",
                verbose_name="version",
            ),
        ),
        migrations.AddConstraint(
            model_name="cart",
            constraint=models.CheckConstraint(condition=models.Q(version__gte=1), name="cart_version_positive"),
        ),
        migrations.CreateModel(
            name="CartChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.IntegerField(verbose_name="version")),
                ("what", models.CharField(choices=KINDS, max_length=12, verbose_name="what")),
                ("lines", models.JSONField(default=dict, verbose_name="lines")),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "cart",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="allocation.cart",
                        verbose_name="cart",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="when")),
            ],
            options={
                "verbose_name": "change of a cart",
                "verbose_name_plural": "changes of carts",
                "ordering": ["version"],
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("cart", "version"), name="cart_change_one_per_version"),
                    models.CheckConstraint(
                        condition=models.Q(what__in=[kind for kind, _ in KINDS]), name="cart_change_known"
                    ),
                ],
            },
        ),
    ]
