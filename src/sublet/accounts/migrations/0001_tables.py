"""All tables of this app as they were when they were first gathered in one file; what changed later follows in files of its own."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import sublet.accounts.models
from sublet.foundation.tables import CreateTables


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("accounts", "0001_initial"),
        ("accounts", "0130_personal_words"),
        ("accounts", "0140_whole_addresses"),
        ("accounts", "0141_words_of_a_client"),
        ("accounts", "0150_plans_shown"),
        ("accounts", "0151_placed_at"),
        ("accounts", "0152_settings_complete"),
        ("accounts", "0153_gets_invoices"),
        ("accounts", "0160_read_only_since"),
    ]
    dependencies = []

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="Account",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.accounts.models.new_account_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("vendor", "Vendor"),
                                    ("reseller", "Reseller"),
                                    ("client", "Client"),
                                    ("direct", "Direct account"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="below",
                                to="accounts.account",
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        ("sort_name", models.CharField(max_length=80)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("prospect", "Prospect"),
                                    ("invited", "Invited"),
                                    ("active", "Active"),
                                    ("suspended", "Suspended"),
                                    ("closed", "Closed"),
                                ],
                                default="active",
                                max_length=10,
                            ),
                        ),
                        ("state_since", models.DateTimeField()),
                        ("state_reason", models.CharField(blank=True, default="", max_length=500)),
                        ("state_before_suspension", models.CharField(blank=True, default="", max_length=10)),
                        ("state_before_close", models.CharField(blank=True, default="", max_length=10)),
                        ("gone_at", models.DateTimeField(null=True)),
                        (
                            "ownership",
                            models.CharField(
                                choices=[("reseller", "Reseller"), ("client", "Client")],
                                default="reseller",
                                max_length=10,
                            ),
                        ),
                        ("demo_until", models.DateTimeField(null=True)),
                        ("plan", models.CharField(blank=True, db_default="", default="", max_length=60)),
                        ("trial_until", models.DateTimeField(null=True)),
                        ("settings_complete", models.BooleanField(db_default=False, default=False)),
                        ("gets_invoices", models.BooleanField(db_default=False, default=False)),
                        ("read_only_since", models.DateTimeField(null=True)),
                        ("language", models.CharField(blank=True, default="", max_length=5)),
                        ("timezone", models.CharField(default="UTC", max_length=50)),
                        ("country", models.CharField(blank=True, default="", max_length=2)),
                        ("currency", models.CharField(default="EUR", max_length=3)),
                        ("contact_name", models.CharField(blank=True, default="", max_length=200)),
                        ("email", models.CharField(blank=True, default="", max_length=254)),
                        ("phone", models.CharField(blank=True, default="", max_length=40)),
                        ("mobile", models.CharField(blank=True, default="", max_length=40)),
                        ("website", models.CharField(blank=True, default="", max_length=300)),
                        ("street", models.CharField(blank=True, default="", max_length=200)),
                        ("postal_code", models.CharField(blank=True, default="", max_length=20)),
                        ("city", models.CharField(blank=True, default="", max_length=100)),
                        ("external_id", models.CharField(blank=True, default="", max_length=100)),
                        ("notes", models.TextField(blank=True, default="")),
                        ("responsible_id", models.BigIntegerField(null=True)),
                        ("import_id", models.BigIntegerField(null=True)),
                        ("import_key", models.CharField(blank=True, default="", max_length=64)),
                        ("last_seen_at", models.DateTimeField(null=True)),
                        ("created_at", models.DateTimeField()),
                        ("placed_at", models.DateTimeField(null=True)),
                        ("version", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "db_table": "account",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["parent", "sort_name", "id"], name="clients_by_name"),
                            models.Index(fields=["parent", "created_at", "id"], name="clients_by_age"),
                            models.Index(fields=["parent", "last_seen_at", "id"], name="clients_by_last_visit"),
                            models.Index(fields=["parent", "state", "sort_name", "id"], name="clients_of_a_state"),
                            models.Index(
                                fields=["parent", "responsible_id", "sort_name", "id"], name="clients_of_a_person"
                            ),
                            models.Index(
                                condition=models.Q(("import_id__isnull", False)),
                                fields=["import_id"],
                                name="clients_of_an_import",
                            ),
                            models.Index(
                                fields=["parent", "language", "sort_name", "id"], name="clients_of_a_language"
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("gone_at__isnull", False), models.Q(("state_before_close", ""), _negated=True)
                                ),
                                fields=["gone_at"],
                                name="accounts_in_grace",
                            ),
                            models.Index(
                                condition=models.Q(("demo_until__isnull", False)),
                                fields=["parent", "demo_until"],
                                name="demonstrations_by_end",
                            ),
                            models.Index(fields=["parent", "plan", "sort_name", "id"], name="clients_of_a_plan"),
                            models.Index(
                                condition=models.Q(("trial_until__isnull", False)),
                                fields=["parent", "trial_until"],
                                name="trials_by_end",
                            ),
                            models.Index(
                                fields=["parent", "settings_complete", "sort_name", "id"], name="clients_by_settings"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ("vendor", "reseller", "client", "direct"))),
                                name="an_account_has_a_known_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ("prospect", "invited", "active", "suspended", "closed"))
                                ),
                                name="an_account_has_a_known_state",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "vendor"), ("parent__isnull", True)),
                                    models.Q(models.Q(("kind", "vendor"), _negated=True), ("parent__isnull", False)),
                                    _connector="OR",
                                ),
                                name="only_the_vendor_has_no_parent",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "vendor")), fields=("kind",), name="there_is_one_vendor"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("import_key", ""), _negated=True),
                                fields=("parent", "import_key"),
                                name="an_imported_client_comes_in_once",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="AccountTag",
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
                                related_name="tags",
                                to="accounts.account",
                            ),
                        ),
                        ("parent_id", models.BigIntegerField()),
                        ("name", models.CharField(max_length=40)),
                    ],
                    options={
                        "db_table": "account_tag",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["parent_id", "name", "account"], name="clients_with_a_tag")],
                        "constraints": [models.UniqueConstraint(fields=("account", "name"), name="a_tag_is_put_once")],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="SearchWord",
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
                        ("parent_id", models.BigIntegerField()),
                        ("word", models.CharField(max_length=40)),
                        ("personal", models.BooleanField(default=False)),
                    ],
                    options={
                        "db_table": "account_word",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(
                                fields=["parent_id", "word", "account"],
                                name="clients_by_word",
                                opclasses=["int8_ops", "varchar_pattern_ops", "int8_ops"],
                            ),
                            models.Index(
                                fields=["account", "word", "parent_id"],
                                name="words_of_a_client",
                                opclasses=["int8_ops", "varchar_pattern_ops", "int8_ops"],
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="SavedView",
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
                        ("ref", models.CharField(max_length=32, unique=True)),
                        ("user_id", models.BigIntegerField()),
                        ("shared", models.BooleanField(default=False)),
                        ("name", models.CharField(max_length=80)),
                        ("query", models.JSONField(default=dict)),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "saved_view",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "user_id", "name"), name="a_view_name_is_used_once"
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="ClientImport",
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
                            models.CharField(default=sublet.accounts.models.new_import_ref, max_length=32, unique=True),
                        ),
                        ("file_name", models.CharField(max_length=200)),
                        ("data", models.BinaryField()),
                        ("digest", models.CharField(max_length=64)),
                        ("reading", models.JSONField(default=dict)),
                        ("choices", models.JSONField(default=dict)),
                        ("revision", models.PositiveIntegerField(default=1)),
                        ("checked", models.PositiveIntegerField(default=0)),
                        ("findings", models.BinaryField(default=bytes)),
                        ("found", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("uploaded", "Waiting for your check"),
                                    ("queued", "Waiting to run"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("undoing", "Being taken back"),
                                    ("undone", "Taken back"),
                                    ("discarded", "Discarded"),
                                ],
                                default="uploaded",
                                max_length=10,
                            ),
                        ),
                        ("rows_total", models.IntegerField(default=0)),
                        ("rows_made", models.IntegerField(default=0)),
                        ("rows_known", models.IntegerField(default=0)),
                        ("rows_repeated", models.IntegerField(default=0)),
                        ("rows_left_out", models.IntegerField(default=0)),
                        ("rows_refused", models.IntegerField(default=0)),
                        ("rows_taken_back", models.IntegerField(default=0)),
                        ("rows_kept", models.IntegerField(default=0)),
                        ("next_row", models.IntegerField(default=0)),
                        ("job_id", models.CharField(blank=True, default="", max_length=40)),
                        ("created_at", models.DateTimeField()),
                        ("created_by", models.CharField(max_length=200)),
                        ("finished_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "client_import",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "-id"], name="imports_of_a_reseller"),
                            models.Index(fields=["account", "digest"], name="imports_of_a_file"),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="LeftRows",
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
                            "client_import",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="left",
                                to="accounts.clientimport",
                            ),
                        ),
                        ("first", models.IntegerField()),
                        ("packed", models.BinaryField()),
                    ],
                    options={
                        "db_table": "client_import_left",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(fields=("client_import", "first"), name="a_batch_is_left_once")
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
            ]
        ),
    ]
