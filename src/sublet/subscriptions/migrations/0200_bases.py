from __future__ import annotations

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_tables"), ("subscriptions", "0001_tables")]

    operations = [
        migrations.CreateModel(
            name="BasisRuled",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("plan", models.CharField(max_length=60)),
                ("basis", models.CharField(max_length=11)),
                ("first_day", models.DateField()),
                ("decided_at", models.DateTimeField()),
                ("decided_by", models.CharField(max_length=200)),
                ("dropped_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "basis_ruled",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("basis__in", ("either", "anniversary", "calendar"))),
                        name="a_plan_is_charged_by_a_known_basis",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("dropped_at__isnull", True)),
                        fields=("plan", "first_day"),
                        name="one_basis_of_a_plan_begins_on_a_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BasisChosen",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("basis", models.CharField(max_length=11)),
                ("effective_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField()),
                ("decided_by", models.CharField(max_length=200)),
                ("dropped_at", models.DateTimeField(null=True)),
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
                "db_table": "basis_chosen",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
                "indexes": [models.Index(fields=["account", "id"], name="bases_of_an_account")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("basis__in", ("anniversary", "calendar"))),
                        name="one_is_charged_by_a_known_basis",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("effective_at__gte", models.F("decided_at"))),
                        name="nobody_changes_the_basis_of_the_past",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("dropped_at__isnull", True), ("dropped_at__lt", models.F("effective_at")), _connector="OR"
                        ),
                        name="a_basis_that_held_is_not_dropped",
                    ),
                ],
            },
            managers=[("unscoped", django.db.models.manager.Manager())],
        ),
    ]
