"""All tables of this app as they were when they were first gathered in one file; what changed later follows in files of its own."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import sublet.subscriptions.models
from sublet.foundation.tables import CreateTables


class Migration(migrations.Migration):
    initial = True
    replaces = [("subscriptions", "0001_initial"), ("subscriptions", "0002_versions_of_trials")]
    dependencies = [("accounts", "0001_tables")]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="PlanChange",
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
                            "ref",
                            models.CharField(
                                default=sublet.subscriptions.models.new_change_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("kind", models.CharField(max_length=6)),
                        ("plan", models.CharField(blank=True, default="", max_length=60)),
                        ("version", models.PositiveIntegerField(default=0)),
                        ("effective_at", models.DateTimeField()),
                        ("decided_at", models.DateTimeField()),
                        ("decided_by", models.CharField(max_length=200)),
                        ("reason", models.CharField(blank=True, default="", max_length=500)),
                        ("dropped_at", models.DateTimeField(null=True)),
                        ("told_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "plan_change",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "effective_at", "id"], name="plan_changes_of_an_account"),
                            models.Index(
                                condition=models.Q(("dropped_at__isnull", True), ("told_at__isnull", True)),
                                fields=["effective_at"],
                                name="plan_changes_that_wait",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ("take", "end", "pause", "resume"))),
                                name="a_change_of_plan_has_a_known_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("kind", "take"), models.Q(("plan", ""), _negated=True), ("version__gt", 0)
                                    ),
                                    models.Q(models.Q(("kind", "take"), _negated=True), ("plan", ""), ("version", 0)),
                                    _connector="OR",
                                ),
                                name="who_takes_a_plan_names_it",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("effective_at__gte", models.F("decided_at"))),
                                name="nobody_changes_the_plan_of_the_past",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("dropped_at__isnull", True),
                                    ("dropped_at__lt", models.F("effective_at")),
                                    _connector="OR",
                                ),
                                name="what_held_is_not_dropped",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="AddOnTaken",
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
                            "ref",
                            models.CharField(
                                default=sublet.subscriptions.models.new_add_on_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("key", models.CharField(max_length=60)),
                        ("version", models.PositiveIntegerField()),
                        ("count", models.PositiveIntegerField(default=1)),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(null=True)),
                        ("taken_by", models.CharField(max_length=200)),
                        ("ended_by", models.CharField(blank=True, default="", max_length=200)),
                        ("once", models.CharField(blank=True, default="", max_length=64)),
                    ],
                    options={
                        "db_table": "add_on_taken",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "starts_at", "id"], name="add_ons_of_an_account")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("count__gt", 0)), name="an_add_on_is_taken_at_least_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_at__isnull", True), ("ends_at__gte", models.F("starts_at")), _connector="OR"
                                ),
                                name="an_add_on_ends_after_it_starts",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("once", ""), _negated=True),
                                fields=("account", "once"),
                                name="a_form_takes_one_add_on",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Trial",
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
                        ("plan", models.CharField(max_length=60)),
                        ("version", models.PositiveIntegerField()),
                        ("opens", models.CharField(blank=True, default="", max_length=60)),
                        ("opens_version", models.PositiveIntegerField(default=0)),
                        ("started_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        ("timezone", models.CharField(max_length=50)),
                        ("started_by", models.CharField(max_length=200)),
                        ("next_at", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "trial",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("next_at__isnull", False)),
                                fields=["next_at"],
                                name="trials_by_what_comes",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("started_at"))),
                                name="a_trial_ends_after_it_starts",
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="TrialIdentity",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(max_length=7)),
                        ("digest", models.CharField(max_length=64)),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "trial_identity",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ("account", "email", "domain", "card"))),
                                name="a_trial_is_remembered_by",
                            ),
                            models.UniqueConstraint(fields=("kind", "digest"), name="a_trial_is_had_once"),
                        ],
                    },
                ),
            ]
        ),
    ]
