from __future__ import annotations

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models


def _account() -> models.ForeignKey[models.Model, models.Model]:
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_tables"), ("billing", "0101_refund_credits")]

    operations = [
        migrations.CreateModel(
            name="PlaceLeft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField(null=True)),
                ("until", models.DateTimeField()),
                ("groups", models.JSONField(default=list)),
                ("account", _account()),
                ("client", _account()),
            ],
            options={
                "db_table": "place_left",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
                "indexes": [models.Index(fields=["account"], name="places_below_a_reseller")],
                "constraints": [
                    models.UniqueConstraint(fields=("client", "until"), name="a_place_is_left_once"),
                    models.CheckConstraint(
                        condition=models.Q(("since__isnull", True), ("since__lte", models.F("until")), _connector="OR"),
                        name="a_place_is_left_after_it_is_come_to",
                    ),
                ],
            },
            managers=[("unscoped", django.db.models.manager.Manager())],
        ),
    ]
