"""All tables of this app as they were when they were first gathered in one file; what changed later follows in files of its own."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import sublet.moves.models
from sublet.foundation.tables import CreateTables


class Migration(migrations.Migration):
    initial = True
    replaces = [("moves", "0001_moves"), ("moves", "0002_named_then"), ("moves", "0003_stopped")]
    dependencies = [("accounts", "0001_tables")]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="Move",
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
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.moves.models.new_move_ref, editable=False, max_length=32, unique=True
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("detach", "Becomes a direct account"),
                                    ("attach", "Becomes a client"),
                                    ("transfer", "Goes to another reseller"),
                                    ("merge", "Two resellers become one"),
                                    ("revert", "Becomes a direct account again"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "Waiting for an answer"),
                                    ("approved", "Being carried out"),
                                    ("declined", "Declined"),
                                    ("taken-back", "Taken back"),
                                    ("lapsed", "Run out"),
                                    ("stopped", "Stopped"),
                                    ("done", "Done"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("account_name", models.CharField(blank=True, db_default="", default="", max_length=200)),
                        ("reason", models.CharField(blank=True, default="", max_length=500)),
                        ("asked_side", models.CharField(max_length=7)),
                        ("asked_by", models.CharField(max_length=200)),
                        ("asked_at", models.DateTimeField()),
                        ("lapses_at", models.DateTimeField(null=True)),
                        ("agreed", models.JSONField(default=dict)),
                        ("ended_by", models.CharField(blank=True, default="", max_length=200)),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("plan", models.JSONField(default=dict)),
                        ("moved", models.PositiveIntegerField(default=0)),
                        ("job_id", models.CharField(blank=True, default="", max_length=40)),
                    ],
                    options={
                        "db_table": "move",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["source", "-id"], name="moves_from_a_reseller"),
                            models.Index(fields=["target", "-id"], name="moves_to_a_reseller"),
                            models.Index(
                                condition=models.Q(("state", "asked")), fields=["lapses_at"], name="moves_that_wait"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ("detach", "attach", "transfer", "merge", "revert"))),
                                name="a_move_has_a_known_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        ("asked", "approved", "declined", "taken-back", "lapsed", "stopped", "done"),
                                    )
                                ),
                                name="a_move_has_a_known_state",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("asked", "approved"))),
                                fields=("account",),
                                name="an_account_moves_once_at_a_time",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="MovingCode",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                            ),
                        ),
                        ("code", models.CharField(max_length=14, unique=True)),
                        ("made_by", models.CharField(max_length=200)),
                        ("made_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "moving_code",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="FormerClient",
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
                        ("client_ref", models.CharField(max_length=32)),
                        ("name", models.CharField(max_length=200)),
                        ("notes", models.TextField(blank=True, default="")),
                        ("external_id", models.CharField(blank=True, default="", max_length=100)),
                        ("tags", models.JSONField(default=list)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("detach", "Becomes a direct account"),
                                    ("attach", "Becomes a client"),
                                    ("transfer", "Goes to another reseller"),
                                    ("merge", "Two resellers become one"),
                                    ("revert", "Becomes a direct account again"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("went_to", models.CharField(blank=True, default="", max_length=200)),
                        ("left_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "former_client",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "-id"], name="former_clients_of_a_reseller")],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
            ]
        ),
    ]
