"""What a reseller has promised the vendor to spend at least."""

from __future__ import annotations

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_tables"), ("pricing", "0001_tables")]

    operations = [
        migrations.CreateModel(
            name="WholesaleCommitment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
                ("decided_at", models.DateTimeField()),
                ("decided_by", models.CharField(max_length=200)),
                ("dropped_at", models.DateTimeField(null=True)),
                ("minor", models.BigIntegerField(null=True)),
                ("currency", models.CharField(max_length=3)),
                ("interval", models.CharField(max_length=7)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
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
                "db_table": "wholesale_commitment",
                "abstract": False,
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(("dropped_at__isnull", True)),
                        fields=("account", "since"),
                        name="one_commitment_is_agreed_from_an_instant_on",
                    ),
                    models.CheckConstraint(
                        condition=Q(("minor__isnull", True), ("minor__gt", 0), _connector="OR"),
                        name="a_commitment_is_a_sum",
                    ),
                    models.CheckConstraint(
                        condition=Q(("interval__in", ("month", "quarter", "year"))),
                        name="a_commitment_has_an_interval",
                    ),
                ],
            },
            managers=[("unscoped", django.db.models.manager.Manager())],
        ),
    ]
