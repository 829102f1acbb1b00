"""Suggestions for the house, and who decided what, when and why."""

from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery

import common.fields


def fill_in(apps, schema_editor):
    """What older suggestions were worth is what their carts cost; decided were the closed ones at their last change."""
    suggestions = apps.get_model("allocation", "TransferSuggestion").objects.using(schema_editor.connection.alias)
    carts = apps.get_model("allocation", "Cart").objects.filter(pk=OuterRef("cart_id"))
    suggestions.update(amount=Subquery(carts.values_list(F("goods") + F("shipping"), flat=True)[:1]))
    suggestions.exclude(state="open").update(decided_at=F("updated_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("allocation", "0007_preorder_life"),
        ("clients", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="transfersuggestion",
            name="kind",
            field=models.CharField(choices=[("transfer", "Transfer"), ("house", "For the house")], default="transfer", max_length=8, verbose_name="kind"),
        ),
        migrations.AddField(
            model_name="transfersuggestion",
            name="amount",
            field=common.fields.MoneyField(decimal_places=2, default=Decimal("0.00"), help_text="USD of the units with max shipping, when it was suggested.", max_digits=14, verbose_name="price"),
        ),
        migrations.AddField(
            model_name="transfersuggestion",
            name="goods",
            field=models.JSONField(blank=True, default=list, verbose_name="goods"),
        ),
        migrations.AddField(
            model_name="transfersuggestion",
            name="keeps_cart",
            field=models.BooleanField(default=False, help_text="Dismissed, and its cart keeps what it holds and waits.", verbose_name="cart is kept"),
        ),
        migrations.AddField(
            model_name="transfersuggestion",
            name="decided_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="decided"),
        ),
        migrations.AddField(
            model_name="transfersuggestion",
            name="decided_by",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="decided by"),
        ),
        migrations.AddField(
            model_name="transfersuggestion",
            name="note",
            field=models.CharField(blank=True, help_text="Why it was dismissed.", max_length=200, verbose_name="note"),
        ),
        migrations.AddField(
            model_name="transfersuggestion",
            name="made_cart",
            field=models.ForeignKey(blank=True, help_text="What the house bought when it was accepted.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="allocation.cart", verbose_name="cart of the house"),
        ),
        migrations.RemoveConstraint(model_name="transfersuggestion", name="suggestion_one_open_per_cart"),
        migrations.AddConstraint(
            model_name="transfersuggestion",
            constraint=models.UniqueConstraint(fields=("open_cart", "kind"), name="suggestion_one_open_per_cart"),
        ),
        migrations.AddConstraint(
            model_name="transfersuggestion",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="suggestion_amount_not_negative"),
        ),
        migrations.AddConstraint(
            model_name="transfersuggestion",
            constraint=models.CheckConstraint(condition=models.Q(("kind__in", ["transfer", "house"])), name="suggestion_kind_known"),
        ),
        migrations.RunPython(fill_in, migrations.RunPython.noop),
    ]
