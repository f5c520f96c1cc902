"""All tables of this app as they were when they were first gathered in one file; what changed later follows in files of its own."""

from django.db import migrations, models

from sublet.foundation.tables import CreateTables


class Migration(migrations.Migration):
    initial = True
    replaces = [("catalog", "0001_initial"), ("catalog", "0002_offer_items")]
    dependencies = []

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="ManifestVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField(unique=True)),
                        ("product", models.CharField(max_length=60)),
                        ("fingerprint", models.CharField(max_length=64)),
                        ("canonical", models.JSONField()),
                        ("source", models.TextField()),
                        ("file_name", models.CharField(max_length=200)),
                        ("loaded_at", models.DateTimeField()),
                        ("loaded_by", models.CharField(max_length=200)),
                        ("starting_plan", models.CharField(blank=True, default="", max_length=50)),
                        ("starting_version", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "db_table": "manifest_version",
                    },
                ),
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
                            models.UniqueConstraint(
                                fields=("kind", "key", "version"), name="one_offer_item_for_a_version"
                            )
                        ],
                    },
                ),
            ]
        ),
    ]
