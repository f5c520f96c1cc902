"""All tables of this app as they were when they were first gathered in one file; what changed later follows in files of its own."""

import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models

import sublet.signon.models
from sublet.foundation.tables import CreateTables


class Migration(migrations.Migration):
    initial = True
    replaces = [("signon", "0001_initial"), ("signon", "0120_company_part"), ("signon", "0121_looks")]
    dependencies = [("accounts", "0001_tables"), ("people", "0001_tables")]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="SigningKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kid", models.CharField(max_length=32, unique=True)),
                        ("algorithm", models.CharField(max_length=5)),
                        ("sealed", models.TextField()),
                        ("public", models.JSONField()),
                        ("created_at", models.DateTimeField()),
                        ("signs_from", models.DateTimeField()),
                        ("published_until", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "signing_key",
                    },
                ),
                migrations.CreateModel(
                    name="Application",
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
                                default=sublet.signon.models.new_application_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        ("secret_hash", models.CharField(max_length=64)),
                        ("redirect_addresses", models.JSONField(default=list)),
                        ("logout_addresses", models.JSONField(default=list)),
                        ("login_address", models.CharField(blank=True, default="", max_length=500)),
                        ("notice_address", models.CharField(blank=True, default="", max_length=500)),
                        ("created_at", models.DateTimeField()),
                        ("created_by_name", models.CharField(max_length=200)),
                        ("last_used_at", models.DateTimeField(null=True)),
                        ("removed_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "application",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="SignOn",
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
                                default=sublet.signon.models.new_sign_on_ref, editable=False, max_length=32, unique=True
                            ),
                        ),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="signon.application"
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
                            "impersonation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="people.impersonation",
                            ),
                        ),
                        ("host", models.CharField(max_length=253)),
                        ("browser_hash", models.CharField(max_length=64)),
                        ("epoch", models.PositiveIntegerField()),
                        ("scopes", models.CharField(max_length=100)),
                        ("nonce", models.CharField(blank=True, default="", max_length=500)),
                        ("authenticated_at", models.DateTimeField()),
                        ("methods", models.JSONField(default=list)),
                        ("came", models.JSONField(null=True)),
                        ("is_look", models.BooleanField(default=False)),
                        ("started_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("ended_by", models.CharField(blank=True, default="", max_length=10)),
                    ],
                    options={
                        "db_table": "sign_on",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=["browser_hash"],
                                name="sign_ons_of_a_browser",
                            ),
                            models.Index(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=["account"],
                                name="sign_ons_that_run",
                            ),
                            models.Index(fields=["expires_at"], name="sign_ons_by_end"),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="SignOnToken",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "sign_on",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to="signon.signon"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("code", "Code"), ("access", "Access"), ("refresh", "Refresh")], max_length=7
                            ),
                        ),
                        ("secret_hash", models.CharField(max_length=64, unique=True)),
                        ("redirect_uri", models.CharField(blank=True, default="", max_length=1000)),
                        ("challenge", models.CharField(blank=True, default="", max_length=43)),
                        ("created_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("used_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "sign_on_token",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["expires_at"], name="sign_on_tokens_by_end")],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
            ]
        ),
    ]
