"""All tables of this app as they were when they were first gathered in one file; what changed later follows in files of its own."""

import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models

import sublet.people.models.asking
import sublet.people.models.company_log_ins
import sublet.people.models.directory
import sublet.people.models.grants
import sublet.people.models.log_ins
import sublet.people.models.people
import sublet.people.models.staff_teams
from sublet.foundation.tables import CreateTables


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("people", "0001_initial"),
        ("people", "0010_grants"),
        ("people", "0011_grants_of_clients"),
        ("people", "0015_asking"),
        ("people", "0020_visit_rules"),
        ("people", "0030_second_factors"),
        ("people", "0031_access_policy"),
        ("people", "0032_log_ins"),
        ("people", "0050_key_rotation"),
        ("people", "0080_directory"),
        ("people", "0090_company_log_ins"),
        ("people", "0100_grant_wishes"),
        ("people", "0101_reach_by_tag"),
        ("people", "0110_a_place_has_one_entry"),
        ("people", "0120_log_in_codes"),
        ("people", "0121_password_by_mail"),
        ("people", "0130_people_data"),
        ("people", "0150_directory_refusals"),
        ("people", "0151_company_log_in_down"),
        ("people", "0180_directory_without_mail"),
        ("people", "0181_staff_teams"),
        ("people", "0190_conditional_sections"),
    ]
    dependencies = [("accounts", "0001_tables")]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.people.models.people.new_user_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("email", models.CharField(max_length=254, unique=True)),
                        ("name", models.CharField(blank=True, default="", max_length=200)),
                        ("language", models.CharField(blank=True, default="", max_length=5)),
                        ("timezone", models.CharField(blank=True, default="", max_length=50)),
                        (
                            "theme",
                            models.CharField(
                                choices=[("auto", "As the device"), ("light", "Light"), ("dark", "Dark")],
                                default="auto",
                                max_length=5,
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True)),
                        ("created_at", models.DateTimeField()),
                        ("session_epoch", models.PositiveIntegerField(default=0)),
                        ("password_by_mail_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "person",
                    },
                ),
                migrations.CreateModel(
                    name="Section",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=60, unique=True)),
                        ("names", models.JSONField(default=dict)),
                        ("group", models.CharField(blank=True, default="", max_length=60)),
                        ("group_names", models.JSONField(default=dict)),
                        ("icon", models.CharField(blank=True, default="", max_length=40)),
                        ("address", models.CharField(blank=True, default="", max_length=500)),
                        ("levels", models.JSONField(default=list)),
                        ("vendor_mark", models.BooleanField(default=False)),
                        ("position", models.PositiveIntegerField(default=0)),
                        ("conditional", models.BooleanField(default=False)),
                        ("removed_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "section",
                        "ordering": ["position", "key"],
                    },
                ),
                migrations.CreateModel(
                    name="RolePreset",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=60, unique=True)),
                        ("names", models.JSONField(default=dict)),
                        ("rights", models.JSONField(default=dict)),
                        ("position", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "db_table": "role_preset",
                        "ordering": ["position", "key"],
                    },
                ),
                migrations.CreateModel(
                    name="Collaborator",
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
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="collaborators",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="collaborators",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.people.models.people.new_collaborator_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("is_owner", models.BooleanField(default=False)),
                        ("rights_words", models.JSONField(default=dict)),
                        ("role", models.CharField(blank=True, default="", max_length=60)),
                        ("reaches_all", models.BooleanField(default=True)),
                        ("reach_tags", models.JSONField(default=list)),
                        ("created_at", models.DateTimeField()),
                        ("last_seen_at", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "collaborator",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("ended_at__isnull", True)), fields=["user"], name="places_of_a_user"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("account", "user"),
                                name="a_user_has_one_place_on_an_account",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True), ("is_owner", True)),
                                fields=("account",),
                                name="an_account_has_one_owner",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Reach",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "collaborator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="reach",
                                to="people.collaborator",
                            ),
                        ),
                        (
                            "client",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "reach",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(fields=("collaborator", "client"), name="a_client_is_reached_once")
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="ApiKey",
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
                                default=sublet.people.models.people.new_key_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        ("prefix", models.CharField(max_length=16)),
                        ("secret_hash", models.CharField(max_length=64, unique=True)),
                        ("rights_words", models.JSONField(default=dict)),
                        ("reaches_all", models.BooleanField(default=True)),
                        ("reach_ids", models.JSONField(default=list)),
                        ("created_at", models.DateTimeField()),
                        ("created_by_id", models.BigIntegerField(null=True)),
                        ("created_by_name", models.CharField(max_length=200)),
                        ("expires_at", models.DateTimeField(null=True)),
                        ("last_used_at", models.DateTimeField(null=True)),
                        ("last_used_from", models.CharField(blank=True, default="", max_length=45)),
                        ("revoked_at", models.DateTimeField(null=True)),
                        ("allowed_from", models.JSONField(default=list)),
                        ("refused_at", models.DateTimeField(null=True)),
                        ("refused_from", models.CharField(blank=True, default="", max_length=45)),
                        ("rotated_at", models.DateTimeField(null=True)),
                        ("old_prefix", models.CharField(blank=True, default="", max_length=16)),
                        ("old_secret_hash", models.CharField(max_length=64, null=True, unique=True)),
                        ("old_until", models.DateTimeField(null=True)),
                        ("old_used_at", models.DateTimeField(null=True)),
                        ("old_used_from", models.CharField(blank=True, default="", max_length=45)),
                    ],
                    options={
                        "db_table": "api_key",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Invitation",
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
                                default=sublet.people.models.people.new_invitation_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("email", models.CharField(max_length=254)),
                        ("name", models.CharField(blank=True, default="", max_length=200)),
                        ("language", models.CharField(max_length=5)),
                        ("is_owner", models.BooleanField(default=False)),
                        ("rights_words", models.JSONField(default=dict)),
                        ("role", models.CharField(blank=True, default="", max_length=60)),
                        ("reaches_all", models.BooleanField(default=True)),
                        ("reach_ids", models.JSONField(default=list)),
                        ("reach_tags", models.JSONField(default=list)),
                        ("old_owner_leaves", models.BooleanField(default=False)),
                        ("token_hash", models.CharField(max_length=64, unique=True)),
                        ("host", models.CharField(max_length=253)),
                        ("sends", models.PositiveSmallIntegerField(default=1)),
                        (
                            "inviter",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="people.collaborator",
                            ),
                        ),
                        (
                            "inviter_key",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="people.apikey",
                            ),
                        ),
                        ("invited_by_id", models.BigIntegerField(null=True)),
                        ("invited_by_name", models.CharField(max_length=200)),
                        ("created_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("accepted_at", models.DateTimeField(null=True)),
                        ("revoked_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "invitation",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("accepted_at__isnull", True), ("revoked_at__isnull", True)),
                                fields=("account", "email"),
                                name="an_address_has_one_open_invitation",
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="PersonLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("password", "Password"),
                                    ("email", "E-mail"),
                                    ("crossing", "Crossing"),
                                    ("sign-up", "Sign-up"),
                                    ("code", "Code"),
                                    ("log-in", "Log in"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("token_hash", models.CharField(max_length=64, unique=True)),
                        ("host", models.CharField(max_length=253)),
                        ("data", models.JSONField(default=dict)),
                        ("created_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("used_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "person_link",
                    },
                ),
                migrations.CreateModel(
                    name="Throttle",
                    fields=[
                        ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                        ("window_start", models.DateTimeField()),
                        ("count", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "db_table": "throttle",
                    },
                ),
                migrations.CreateModel(
                    name="Impersonation",
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
                                default=sublet.people.models.people.new_impersonation_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        (
                            "mode",
                            models.CharField(
                                choices=[("reseller", "As reseller"), ("client", "As the client")], max_length=10
                            ),
                        ),
                        (
                            "staff_collaborator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.collaborator"
                            ),
                        ),
                        (
                            "as_collaborator",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="people.collaborator",
                            ),
                        ),
                        ("reason", models.CharField(max_length=500)),
                        ("team_names", models.JSONField(default=list)),
                        ("host", models.CharField(max_length=253)),
                        ("session_hash", models.CharField(blank=True, default="", max_length=64)),
                        ("origin_host", models.CharField(blank=True, default="", max_length=253)),
                        ("origin_hash", models.CharField(blank=True, default="", max_length=64)),
                        ("staff_epoch", models.PositiveIntegerField(default=0)),
                        ("code_hash", models.CharField(blank=True, default="", max_length=64)),
                        ("code_expires_at", models.DateTimeField(null=True)),
                        ("started_at", models.DateTimeField()),
                        ("last_used_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("ended_by", models.CharField(blank=True, default="", max_length=10)),
                    ],
                    options={
                        "db_table": "impersonation",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "-id"], name="impersonations_of_a_client"),
                            models.Index(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=["last_used_at"],
                                name="impersonations_that_run",
                            ),
                            models.Index(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=["origin_hash"],
                                name="impersonations_of_session",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("code_hash", ""), _negated=True),
                                fields=("code_hash",),
                                name="a_code_opens_one_impersonation",
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="ImpersonationRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "impersonation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="requests",
                                to="people.impersonation",
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("method", models.CharField(max_length=8)),
                        ("path", models.CharField(max_length=300)),
                        ("status", models.PositiveSmallIntegerField()),
                        ("request_id", models.CharField(blank=True, default="", max_length=40)),
                    ],
                    options={
                        "db_table": "impersonation_request",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="VisitRule",
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
                        ("entering", models.BooleanField(default=True)),
                        ("notice", models.BooleanField(null=True)),
                    ],
                    options={
                        "db_table": "visit_rule",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Withdrawal",
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
                                default=sublet.people.models.people.new_withdrawal_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("section", models.CharField(max_length=80)),
                        ("level", models.CharField(default="none", max_length=6)),
                        ("client_ids", models.JSONField(null=True)),
                        ("reach_ids", models.JSONField(null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("returning", "Being given back"),
                                    ("returned", "Given back"),
                                ],
                                default="running",
                                max_length=10,
                            ),
                        ),
                        ("people", models.PositiveIntegerField(default=0)),
                        ("next_id", models.BigIntegerField(default=0)),
                        ("job_id", models.CharField(blank=True, default="", max_length=40)),
                        ("reason", models.CharField(blank=True, default="", max_length=500)),
                        ("created_at", models.DateTimeField()),
                        ("created_by", models.CharField(max_length=200)),
                        ("returned_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "withdrawal",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "-id"], name="withdrawals_of_a_reseller")],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="WithdrawnRight",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "withdrawal",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="taken",
                                to="people.withdrawal",
                            ),
                        ),
                        (
                            "collaborator",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="people.collaborator",
                            ),
                        ),
                        (
                            "invitation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="people.invitation",
                            ),
                        ),
                        ("level", models.CharField(max_length=6)),
                    ],
                    options={
                        "db_table": "withdrawn_right",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("withdrawal", "collaborator"), name="a_right_is_withdrawn_once"
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="SectionService",
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
                        ("section", models.CharField(max_length=80)),
                        ("names", models.JSONField(default=dict)),
                        ("texts", models.JSONField(default=dict)),
                        ("prices", models.JSONField(default=dict)),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "section_service",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(fields=("account", "section"), name="a_section_has_one_service")
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="AccessRequest",
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
                                default=sublet.people.models.asking.new_request_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        (
                            "collaborator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.collaborator"
                            ),
                        ),
                        ("section", models.CharField(max_length=80)),
                        ("level", models.CharField(max_length=6)),
                        (
                            "addressee",
                            models.CharField(choices=[("owner", "Owner"), ("reseller", "Reseller")], max_length=8),
                        ),
                        ("service_name", models.CharField(blank=True, default="", max_length=120)),
                        ("service_price", models.CharField(blank=True, default="", max_length=120)),
                        ("note", models.CharField(blank=True, default="", max_length=500)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("accepted", "Accepted"),
                                    ("declined", "Declined"),
                                    ("withdrawn", "Taken back"),
                                ],
                                default="open",
                                max_length=9,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("answered_at", models.DateTimeField(null=True)),
                        ("answered_by", models.CharField(blank=True, default="", max_length=200)),
                        ("answer", models.CharField(blank=True, default="", max_length=500)),
                    ],
                    options={
                        "db_table": "access_request",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "-id"], name="requests_of_an_account")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "open")),
                                fields=("collaborator", "section"),
                                name="a_right_is_asked_for_once",
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="CompanyLogIn",
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
                        ("issuer", models.CharField(max_length=500)),
                        ("client_id", models.CharField(max_length=255)),
                        ("client_secret", models.TextField(blank=True, default="")),
                        ("domains", models.JSONField(default=list)),
                        ("second_factor", models.CharField(default="never", max_length=8)),
                        ("is_on", models.BooleanField(default=False)),
                        ("only", models.BooleanField(default=False)),
                        (
                            "stamp",
                            models.CharField(default=sublet.people.models.company_log_ins.new_stamp, max_length=16),
                        ),
                        ("found", models.JSONField(default=dict)),
                        ("found_at", models.DateTimeField(null=True)),
                        ("down_at", models.DateTimeField(null=True)),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "company_log_in",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="CompanyIdentity",
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
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("issuer", models.CharField(max_length=500)),
                        ("subject", models.CharField(max_length=255)),
                        ("linked_at", models.DateTimeField()),
                        ("last_used_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "company_identity",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "issuer", "subject"), name="company_identity_of_a_subject"
                            ),
                            models.UniqueConstraint(fields=("account", "user"), name="company_identity_of_a_person"),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Directory",
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
                        ("is_on", models.BooleanField(default=False)),
                        ("without_mail", models.BooleanField(default=False)),
                        ("switched_at", models.DateTimeField()),
                        ("switched_by", models.CharField(blank=True, default="", max_length=200)),
                        ("heard_at", models.DateTimeField(null=True)),
                        ("changed_at", models.DateTimeField(null=True)),
                        ("refused_at", models.DateTimeField(null=True)),
                        ("refusal", models.CharField(blank=True, default="", max_length=300)),
                        ("refusal_params", models.JSONField(blank=True, default=dict)),
                    ],
                    options={
                        "db_table": "directory",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="DirectoryPerson",
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
                                default=sublet.people.models.directory.new_directory_person_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("user_key", models.CharField(max_length=254)),
                        ("email", models.CharField(max_length=254)),
                        ("external_id", models.CharField(blank=True, default="", max_length=254)),
                        ("name", models.CharField(blank=True, default="", max_length=200)),
                        ("is_active", models.BooleanField(default=True)),
                        ("document", models.JSONField(default=dict)),
                        (
                            "collaborator",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="people.collaborator",
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("created_at", models.DateTimeField()),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "directory_person",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "id"], name="people_of_a_directory"),
                            models.Index(fields=["account", "external_id"], name="directory_people_by_their_id"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "user_key"), name="a_directory_names_a_person_once"
                            ),
                            models.UniqueConstraint(
                                fields=("account", "email"), name="a_directory_has_an_address_once"
                            ),
                            models.UniqueConstraint(fields=("collaborator",), name="a_place_has_one_entry"),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="DirectoryGroup",
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
                                default=sublet.people.models.directory.new_directory_group_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        ("name_key", models.CharField(max_length=200)),
                        ("external_id", models.CharField(blank=True, default="", max_length=254)),
                        ("role", models.CharField(blank=True, default="", max_length=60)),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("created_at", models.DateTimeField()),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "directory_group",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "id"], name="groups_of_a_directory")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "name_key"), name="a_directory_names_a_group_once"
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="DirectoryMembership",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "group",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="memberships",
                                to="people.directorygroup",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="memberships",
                                to="people.directoryperson",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "directory_membership",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(fields=("group", "person"), name="a_person_is_in_a_group_once")
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="StaffTeam",
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
                                default=sublet.people.models.staff_teams.new_staff_team_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        ("name_key", models.CharField(max_length=240)),
                        ("created_at", models.DateTimeField()),
                        ("removed_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "staff_team",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("removed_at__isnull", True)),
                                fields=("account", "name_key"),
                                name="a_staff_team_has_a_name_of_its_own",
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="StaffTeamMember",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "team",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="members",
                                to="people.staffteam",
                            ),
                        ),
                        (
                            "collaborator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.collaborator"
                            ),
                        ),
                    ],
                    options={
                        "db_table": "staff_team_member",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("team", "collaborator"), name="a_collaborator_is_in_a_team_once"
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Grant",
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
                            "reseller",
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
                                default=sublet.people.models.grants.new_grant_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("requested", "Waiting for an answer"),
                                    ("active", "In force"),
                                    ("declined", "Declined"),
                                    ("ended", "Ended"),
                                    ("lapsed", "Run out"),
                                ],
                                default="active",
                                max_length=10,
                            ),
                        ),
                        ("everywhere", models.CharField(default="none", max_length=6)),
                        ("scope_words", models.JSONField(default=dict)),
                        ("staff_ids", models.JSONField(null=True)),
                        (
                            "team",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="people.staffteam",
                            ),
                        ),
                        ("reason", models.CharField(blank=True, default="", max_length=500)),
                        ("wanted_start", models.DateTimeField(null=True)),
                        ("days", models.PositiveIntegerField(null=True)),
                        ("extend_days", models.PositiveIntegerField(default=0)),
                        ("notice_days", models.PositiveSmallIntegerField(default=0)),
                        ("starts_at", models.DateTimeField(null=True)),
                        ("ends_at", models.DateTimeField(null=True)),
                        ("asked_by", models.CharField(blank=True, default="", max_length=200)),
                        ("asked_by_id", models.BigIntegerField(null=True)),
                        ("asked_side", models.CharField(default="reseller", max_length=10)),
                        ("asked_at", models.DateTimeField()),
                        ("decided_by", models.CharField(blank=True, default="", max_length=200)),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("end_asked_at", models.DateTimeField(null=True)),
                        ("end_asked_reason", models.CharField(blank=True, default="", max_length=500)),
                        ("end_asked_left", models.JSONField(null=True)),
                        ("reminded_at", models.DateTimeField(null=True)),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("ended_by", models.CharField(blank=True, default="", max_length=200)),
                    ],
                    options={
                        "db_table": "grant_of_access",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("ends_at__isnull", False), ("state", "active")),
                                fields=["ends_at"],
                                name="grants_that_will_end",
                            ),
                            models.Index(
                                condition=models.Q(("state", "requested")),
                                fields=["asked_at"],
                                name="requests_for_access",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ("requested", "active", "declined", "ended", "lapsed"))
                                ),
                                name="a_grant_has_a_known_state",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "active"), _negated=True),
                                    ("starts_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="a_grant_in_force_has_begun",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="LogIn",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.people.models.log_ins.new_log_in_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("session_key", models.CharField(max_length=40)),
                        ("device_hash", models.CharField(max_length=64)),
                        ("host", models.CharField(max_length=253)),
                        ("address", models.CharField(blank=True, default="", max_length=45)),
                        ("agent", models.CharField(blank=True, default="", max_length=300)),
                        ("created_at", models.DateTimeField()),
                        ("last_used_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "log_in",
                        "indexes": [models.Index(fields=["user", "-last_used_at"], name="log_ins_of_a_person")],
                    },
                ),
                migrations.CreateModel(
                    name="AccessPolicy",
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
                        ("team", models.BooleanField(default=False)),
                        ("below", models.BooleanField(default=False)),
                        ("no_mailed_codes", models.BooleanField(default=False)),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "access_policy",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
            ]
        ),
    ]
