"""All tables of this app as they were when they were first gathered in one file; what changed later follows in files of its own."""

import django.db.models.manager
from django.db import migrations, models

from sublet.foundation.tables import CreateTables


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("foundation", "0001_initial"),
        ("foundation", "0002_jobs"),
        ("foundation", "0003_idempotency"),
        ("foundation", "0020_pseudonyms"),
        ("foundation", "0060_seals_of_the_journal"),
        ("foundation", "0061_invariants"),
        ("foundation", "0070_behind_the_wall"),
        ("foundation", "0071_maintenance"),
    ]
    dependencies = []

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="IdempotentAnswer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("account_id", models.BigIntegerField()),
                        ("key_hash", models.CharField(max_length=64)),
                        ("fingerprint", models.CharField(max_length=64)),
                        ("shown_once", models.BooleanField(default=False)),
                        ("status", models.PositiveSmallIntegerField()),
                        ("headers", models.JSONField(default=dict)),
                        ("body", models.BinaryField()),
                        ("created_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "idempotent_answer",
                        "base_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["expires_at"], name="answers_that_are_over")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account_id", "key_hash"), name="a_request_with_a_key_counts_once"
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="InvariantState",
                    fields=[
                        ("name", models.CharField(max_length=80, primary_key=True, serialize=False)),
                        ("checked_at", models.DateTimeField()),
                        ("broken_since", models.DateTimeField(null=True)),
                        ("number", models.PositiveIntegerField(default=0)),
                        ("places", models.JSONField(default=list)),
                    ],
                    options={
                        "db_table": "invariant",
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Job",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
                        ("kind", models.CharField(max_length=80)),
                        ("key", models.CharField(blank=True, default="", max_length=200)),
                        ("payload", models.JSONField(default=dict)),
                        ("account_id", models.BigIntegerField(null=True)),
                        ("actor", models.JSONField()),
                        ("request_id", models.CharField(blank=True, default="", max_length=40)),
                        ("priority", models.SmallIntegerField(default=0)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("ready", "Waiting"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("dead", "Failed for good"),
                                    ("discarded", "Discarded"),
                                ],
                                default="ready",
                                max_length=10,
                            ),
                        ),
                        ("run_at", models.DateTimeField()),
                        ("not_before", models.DateTimeField(null=True)),
                        ("attempts", models.PositiveIntegerField(default=0)),
                        ("max_attempts", models.PositiveIntegerField()),
                        ("losses", models.PositiveIntegerField(default=0)),
                        ("lease", models.PositiveIntegerField()),
                        ("lease_until", models.DateTimeField(null=True)),
                        ("fence", models.BigIntegerField(default=0)),
                        ("worker", models.CharField(blank=True, default="", max_length=120)),
                        ("progress_done", models.PositiveBigIntegerField(null=True)),
                        ("progress_total", models.PositiveBigIntegerField(null=True)),
                        ("progress_note", models.CharField(blank=True, default="", max_length=200)),
                        ("result", models.JSONField(null=True)),
                        ("last_error", models.TextField(blank=True, default="")),
                        ("schedule", models.CharField(blank=True, default="", max_length=80)),
                        ("slot", models.DateTimeField(null=True)),
                        ("created_at", models.DateTimeField()),
                        ("touched_at", models.DateTimeField()),
                        ("started_at", models.DateTimeField(null=True)),
                        ("finished_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "jobs",
                        "base_manager_name": "unscoped",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ("ready", "running"))),
                                fields=["priority", "run_at"],
                                name="jobs_wait_in_order",
                            ),
                            models.Index(fields=["state", "-id"], name="jobs_by_state_newest_first"),
                            models.Index(fields=["finished_at"], name="finished_jobs_go_oldest_first"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(
                                    models.Q(("key", ""), _negated=True),
                                    ("state__in", ("ready", "running")),
                                    ("account_id__isnull", False),
                                ),
                                fields=("account_id", "kind", "key"),
                                name="a_key_is_active_once_for_an_account",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    models.Q(("key", ""), _negated=True),
                                    ("state__in", ("ready", "running")),
                                    ("account_id__isnull", True),
                                ),
                                fields=("kind", "key"),
                                name="a_key_is_active_once_for_the_platform",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("slot__isnull", False)),
                                fields=("schedule", "slot"),
                                name="a_slot_of_a_schedule_is_enqueued_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("lease_until__isnull", False), ("state", "running")),
                                    models.Q(
                                        models.Q(("state", "running"), _negated=True), ("lease_until__isnull", True)
                                    ),
                                    _connector="OR",
                                ),
                                name="a_job_has_a_lease_while_it_runs",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["ready", "running", "done", "dead", "discarded"])),
                                name="a_job_is_in_a_known_state",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("max_attempts__gt", 0)), name="a_job_may_be_tried_at_least_once"
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Schedule",
                    fields=[
                        ("name", models.CharField(max_length=80, primary_key=True, serialize=False)),
                        ("rule", models.CharField(max_length=80)),
                        ("enabled", models.BooleanField(default=True)),
                        ("next_at", models.DateTimeField()),
                        ("last_slot", models.DateTimeField(null=True)),
                        ("last_enqueued", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "job_schedules",
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Worker",
                    fields=[
                        ("name", models.CharField(max_length=120, primary_key=True, serialize=False)),
                        ("pid", models.PositiveIntegerField()),
                        ("host", models.CharField(max_length=80)),
                        ("threads", models.PositiveSmallIntegerField()),
                        ("version", models.CharField(max_length=40)),
                        ("started_at", models.DateTimeField()),
                        ("last_seen", models.DateTimeField()),
                        ("stopped_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "job_workers",
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="JournalEntry",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "account_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("account_id", models.BigIntegerField()),
                        ("id", models.UUIDField()),
                        ("at", models.DateTimeField()),
                        ("event", models.CharField(max_length=80)),
                        ("data", models.JSONField(default=dict)),
                        ("reason", models.CharField(blank=True, default="", max_length=500)),
                        ("parent_id", models.BigIntegerField(null=True)),
                        ("actor_user_id", models.BigIntegerField(null=True)),
                        ("actor_name", models.CharField(max_length=200)),
                        ("actor_account_id", models.BigIntegerField()),
                        ("actor_account_name", models.CharField(blank=True, default="", max_length=200)),
                        ("impersonator_user_id", models.BigIntegerField(null=True)),
                        ("impersonator_name", models.CharField(blank=True, default="", max_length=200)),
                        ("impersonation_ref", models.CharField(blank=True, default="", max_length=40)),
                        ("key_ref", models.CharField(blank=True, default="", max_length=40)),
                        ("via", models.CharField(max_length=8)),
                        ("host", models.CharField(blank=True, default="", max_length=255)),
                        ("request_id", models.CharField(blank=True, default="", max_length=40)),
                    ],
                    options={
                        "db_table": "journal",
                        "base_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["parent_id", "-id"], name="journal_of_a_reseller"),
                            models.Index(fields=["-id"], name="journal_newest_first"),
                            models.Index(fields=["event", "-id"], name="journal_by_event"),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="JournalSeal",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "account_id", "position", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("account_id", models.BigIntegerField()),
                        ("position", models.BigIntegerField()),
                        ("entry_id", models.UUIDField()),
                        ("entry_hash", models.BinaryField()),
                        ("chain_hash", models.BinaryField()),
                        ("sealed_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "journal_seal",
                        "base_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["-sealed_at"], name="seals_newest_first")],
                        "constraints": [
                            models.UniqueConstraint(fields=("account_id", "entry_id"), name="an_entry_is_sealed_once")
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Pseudonym",
                    fields=[
                        ("user_id", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("word", models.CharField(max_length=40)),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "journal_pseudonym",
                    },
                ),
                migrations.CreateModel(
                    name="MaintenanceState",
                    fields=[
                        ("id", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                        ("since", models.DateTimeField()),
                        ("until", models.DateTimeField(null=True)),
                        ("begun_by", models.CharField(max_length=200)),
                    ],
                    options={
                        "db_table": "maintenance",
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("id", 1)), name="there_is_one_maintenance")
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
            ]
        ),
    ]
