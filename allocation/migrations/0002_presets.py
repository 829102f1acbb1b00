"""The four policies that every installation starts with; staff may edit them."""

from django.db import migrations

PRESETS = [
    ("oldest-first", "Oldest first", "1", "1", "0.5", "0", True),
    ("most-profit", "Most profit", "0", "0", "0.25", "1", False),
    ("balanced", "Balanced", "0.5", "0.5", "0.5", "0.5", False),
    ("clear-the-shelf", "Clear the shelf", "1", "2", "0", "0", False),
]


def add_presets(apps, schema_editor):
    policies = apps.get_model("allocation", "Policy").objects.using(schema_editor.connection.alias)
    for slug, name, base, age, priority, profit, is_default in PRESETS:
        policies.get_or_create(
            slug=slug,
            defaults={
                "name": name,
                "base": base,
                "age": age,
                "priority": priority,
                "profit": profit,
                "is_default": is_default,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("allocation", "0001_initial")]
    operations = [migrations.RunPython(add_presets, migrations.RunPython.noop)]
