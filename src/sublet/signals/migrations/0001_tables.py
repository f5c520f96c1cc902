"""All tables of this app as they were when they were first gathered in one file; what changed later follows in files of its own."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import sublet.signals.models
from sublet.foundation.tables import CreateTables


class Migration(migrations.Migration):
    initial = True
    replaces = [("signals", "0001_initial")]
    dependencies = [("accounts", "0001_tables"), ("catalog", "0001_tables")]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="SignalFact",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "signal",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalog.offeritem",
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("moment", models.DateTimeField(null=True)),
                        ("number", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                        ("text", models.CharField(blank=True, default="", max_length=200)),
                        ("switch", models.BooleanField(null=True)),
                        ("name", models.CharField(max_length=32)),
                        ("received_at", models.DateTimeField()),
                        ("told_by", models.CharField(max_length=200)),
                    ],
                    options={
                        "db_table": "signal_fact",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "-at", "-id"], name="facts_of_a_client"),
                            models.Index(fields=["account", "signal", "-at"], name="facts_of_a_signal"),
                            models.Index(fields=["received_at"], name="facts_by_receipt"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("account", "signal", "name"), name="a_fact_is_told_once")
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="LatestSignal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "signal",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="catalog.offeritem",
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("moment", models.DateTimeField(null=True)),
                        ("number", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                        ("text", models.CharField(blank=True, default="", max_length=200)),
                        ("switch", models.BooleanField(null=True)),
                    ],
                    options={
                        "db_table": "latest_signal",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["signal", "moment", "account"], name="clients_by_signal")],
                        "constraints": [
                            models.UniqueConstraint(fields=("account", "signal"), name="a_signal_has_one_latest_fact")
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="SignalImport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(default=sublet.signals.models.new_import_ref, max_length=32, unique=True),
                        ),
                        ("file_name", models.CharField(max_length=200)),
                        ("data", models.BinaryField()),
                        ("reading", models.JSONField(default=dict)),
                        ("meanings", models.JSONField(default=dict)),
                        ("revision", models.PositiveIntegerField(default=1)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("uploaded", "Uploaded"),
                                    ("queued", "Queued"),
                                    ("done", "Done"),
                                    ("discarded", "Discarded"),
                                ],
                                default="uploaded",
                                max_length=10,
                            ),
                        ),
                        ("rows_total", models.IntegerField(default=0)),
                        ("facts_new", models.IntegerField(default=0)),
                        ("facts_known", models.IntegerField(default=0)),
                        ("faults", models.IntegerField(default=0)),
                        ("next_line", models.IntegerField(default=0)),
                        ("job_id", models.CharField(blank=True, default="", max_length=40)),
                        ("created_at", models.DateTimeField()),
                        ("created_by", models.CharField(max_length=200)),
                        ("finished_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "signal_import",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["state", "created_at"], name="signal_imports_by_age")],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
            ]
        ),
    ]
