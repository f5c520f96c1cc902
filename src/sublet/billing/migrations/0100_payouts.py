from __future__ import annotations

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import sublet.billing.models.payouts


def _party() -> models.ForeignKey[models.Model, models.Model]:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="accounts.account",
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_tables"), ("billing", "0001_tables")]

    operations = [
        migrations.CreateModel(
            name="Payout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("book", models.CharField(default="wholesale", max_length=9)),
                (
                    "ref",
                    models.CharField(
                        default=sublet.billing.models.payouts.new_payout_ref, editable=False, max_length=32, unique=True
                    ),
                ),
                ("number", models.PositiveBigIntegerField()),
                ("day", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("minor", models.BigIntegerField()),
                ("reference", models.CharField(blank=True, default="", max_length=140)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=200)),
                ("account", _party()),
                ("debtor", _party()),
            ],
            options={
                "db_table": "payout",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
                "indexes": [
                    models.Index(fields=["account", "-id"], name="payouts_of_a_vendor"),
                    models.Index(fields=["debtor", "-id"], name="payouts_to_a_reseller"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("minor__gt", 0)), name="a_payout_pays"),
                    models.CheckConstraint(condition=models.Q(("book", "wholesale")), name="a_payout_is_the_vendors"),
                    models.UniqueConstraint(fields=("account", "number"), name="a_payout_has_its_number"),
                ],
            },
            managers=[("unscoped", django.db.models.manager.Manager())],
        ),
        migrations.CreateModel(
            name="PayoutLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("book", models.CharField(default="wholesale", max_length=9)),
                ("minor", models.BigIntegerField()),
                ("account", _party()),
                ("debtor", _party()),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="billing.ledgerentry"
                    ),
                ),
                (
                    "payout",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="billing.payout"
                    ),
                ),
            ],
            options={
                "db_table": "payout_line",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[("unscoped", django.db.models.manager.Manager())],
        ),
    ]
