from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

LISTS = {
    "feature": "features",
    "meter": "meters",
    "managed_service": "managed_services",
    "signal": "signals",
    "plan": "plans",
    "add_on": "add_ons",
}


def keep_what_was_loaded(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The rows that loading would have made of each manifest, in the order in which they were loaded."""
    versions = apps.get_model("catalog", "ManifestVersion")
    items = apps.get_model("catalog", "OfferItem")
    known: dict[tuple[str, str, int], Any] = {}
    for loaded in versions.objects.defer("source").order_by("number").iterator(chunk_size=20):
        data = loaded.canonical
        listed = set()
        for kind, name in LISTS.items():
            for position, entry in enumerate(data.get(name, [])):
                version = entry.get("version", 1) if kind in ("plan", "add_on") else 0
                identity = (kind, entry["key"], version)
                listed.add(identity)
                if identity not in known:
                    known[identity] = items(kind=kind, key=entry["key"], version=version, first_manifest=loaded.number)
                row = known[identity]
                row.position, row.terms, row.names, row.removed_at = position, entry, entry["name"], None
        for identity, row in known.items():
            if identity not in listed and row.removed_at is None:
                row.removed_at = loaded.loaded_at
        starting = data["product"].get("starting_plan", "")
        sold = [plan.get("version", 1) for plan in data.get("plans", []) if plan["key"] == starting]
        versions.objects.filter(number=loaded.number).update(
            starting_plan=starting if sold else "", starting_version=max(sold, default=0)
        )
    items.objects.bulk_create(known.values())


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="OfferItem",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("feature", "Feature"),
                            ("meter", "Meter"),
                            ("managed_service", "Managed Service"),
                            ("signal", "Signal"),
                            ("plan", "Plan"),
                            ("add_on", "Add On"),
                        ],
                        max_length=20,
                    ),
                ),
                ("key", models.CharField(max_length=50)),
                ("version", models.PositiveIntegerField(default=0)),
                ("position", models.PositiveIntegerField()),
                ("terms", models.JSONField()),
                ("names", models.JSONField()),
                ("first_manifest", models.PositiveIntegerField()),
                ("removed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "offer_item",
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "key", "version"), name="one_offer_item_for_a_version")
                ],
            },
        ),
        migrations.AddField(
            model_name="manifestversion",
            name="starting_plan",
            field=models.CharField(blank=True, default="", max_length=50),
        ),
        migrations.AddField(
            model_name="manifestversion",
            name="starting_version",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.RunPython(keep_what_was_loaded, migrations.RunPython.noop),
    ]
