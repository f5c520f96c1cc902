from __future__ import annotations

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_tables"), ("subscriptions", "0200_bases")]

    operations = [
        migrations.AddField("basischosen", "usual", models.BooleanField(db_default=False, default=False)),
        migrations.CreateModel(
            name="UsualBasis",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("basis", models.CharField(max_length=11)),
                ("decided_at", models.DateTimeField()),
                ("decided_by", models.CharField(max_length=200)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
            ],
            options={
                "db_table": "usual_basis",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
                "indexes": [models.Index(fields=["account", "-id"], name="usual_bases_of_a_reseller")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("basis__in", ("anniversary", "calendar"))),
                        name="new_clients_have_a_known_basis",
                    )
                ],
            },
            managers=[("unscoped", django.db.models.manager.Manager())],
        ),
    ]
