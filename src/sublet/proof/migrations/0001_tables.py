"""All tables of this app as they were when they were first gathered in one file; what changed later follows in files of its own."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import sublet.proof.models
from sublet.foundation.tables import CreateTables


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("proof", "0001_scans"),
        ("proof", "0010_pictures_and_passes"),
        ("proof", "0011_held_scans"),
        ("proof", "0012_findings_and_tellings"),
    ]
    dependencies = [("accounts", "0001_tables")]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="Scan",
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
                                default=sublet.proof.models.new_scan_ref, editable=False, max_length=32, unique=True
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                ],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                        (
                            "cause",
                            models.CharField(
                                choices=[
                                    ("person", "Person"),
                                    ("night", "Night"),
                                    ("release", "Release"),
                                    ("command", "Command"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("version", models.CharField(max_length=40)),
                        ("host", models.CharField(blank=True, default="", max_length=253)),
                        ("seen_as", models.CharField(blank=True, default="", max_length=12)),
                        ("looked_at", models.PositiveIntegerField(default=0)),
                        ("leaking", models.PositiveIntegerField(default=0)),
                        ("score", models.PositiveSmallIntegerField(default=0)),
                        ("skipped", models.JSONField(default=list)),
                        ("sections", models.JSONField(default=dict)),
                        ("pass_digest", models.CharField(blank=True, default="", max_length=64)),
                        ("pass_until", models.DateTimeField(null=True)),
                        ("held_until", models.DateTimeField(null=True)),
                        ("untold", models.BooleanField(default=False)),
                        ("marks", models.JSONField(default=list)),
                        ("asked_by_name", models.CharField(max_length=200)),
                        ("created_at", models.DateTimeField()),
                        ("started_at", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "scan",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "-id"], name="scans_of_an_account"),
                            models.Index(
                                condition=models.Q(("held_until__isnull", False)),
                                fields=["account"],
                                name="scans_that_are_held",
                            ),
                            models.Index(
                                condition=models.Q(("untold", True)), fields=["id"], name="scans_that_are_untold"
                            ),
                            models.Index(
                                condition=models.Q(("pass_digest", ""), _negated=True),
                                fields=["pass_digest"],
                                name="scans_by_their_pass",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["waiting", "running"])),
                                fields=("account",),
                                name="an_account_is_scanned_once_at_a_time",
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="ScanPicture",
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
                            "scan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="pictures", to="proof.scan"
                            ),
                        ),
                        ("data", models.BinaryField()),
                    ],
                    options={
                        "db_table": "scan_picture",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="ScanFinding",
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
                            "scan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="findings", to="proof.scan"
                            ),
                        ),
                        ("key", models.CharField(max_length=64)),
                        ("address", models.CharField(max_length=300)),
                        ("place", models.CharField(max_length=12)),
                        ("detail", models.CharField(blank=True, default="", max_length=120)),
                        ("line", models.PositiveIntegerField()),
                        ("column", models.PositiveIntegerField()),
                        ("word", models.CharField(max_length=120)),
                        ("kind", models.CharField(max_length=8)),
                        ("wrapped", models.CharField(blank=True, default="", max_length=20)),
                        ("excerpt", models.CharField(max_length=300)),
                        (
                            "picture",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="proof.scanpicture",
                            ),
                        ),
                        ("is_new", models.BooleanField()),
                        ("was_known", models.BooleanField(default=False)),
                        ("times", models.PositiveIntegerField(default=1)),
                        ("places", models.JSONField(default=list)),
                        ("marks", models.JSONField(default=list)),
                    ],
                    options={
                        "db_table": "scan_finding",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["scan", "id"], name="findings_of_a_scan")],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
            ]
        ),
    ]
