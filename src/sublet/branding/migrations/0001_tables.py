"""All tables of this app as they were when they were first gathered in one file; what changed later follows in files of its own."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import sublet.branding.models
from sublet.foundation.tables import CreateTables


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("branding", "0001_initial"),
        ("branding", "0020_brand_editor"),
        ("branding", "0160_vendor_words"),
        ("branding", "0170_domain_checks"),
        ("branding", "0180_older_domains"),
        ("branding", "0190_client_names"),
        ("branding", "0191_certificates"),
        ("branding", "0192_many_brands"),
        ("branding", "0193_names_follow"),
        ("branding", "0194_ordered_once"),
    ]
    dependencies = [("accounts", "0001_tables")]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="Brand",
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
                                on_delete=django.db.models.deletion.CASCADE, related_name="brand", to="accounts.account"
                            ),
                        ),
                        ("name", models.CharField(blank=True, default="", max_length=80)),
                        ("logo", models.CharField(blank=True, default="", max_length=64)),
                        ("logo_dark", models.CharField(blank=True, default="", max_length=64)),
                        ("icon", models.CharField(blank=True, default="", max_length=64)),
                        ("color", models.CharField(blank=True, default="", max_length=7)),
                        ("support_name", models.CharField(blank=True, default="", max_length=80)),
                        ("support_email", models.CharField(blank=True, default="", max_length=254)),
                        ("support_phone", models.CharField(blank=True, default="", max_length=40)),
                        ("support_url", models.CharField(blank=True, default="", max_length=300)),
                        ("support_hours", models.CharField(blank=True, default="", max_length=120)),
                        ("footer", models.CharField(blank=True, default="", max_length=200)),
                        ("sender_name", models.CharField(blank=True, default="", max_length=80)),
                        ("more", models.JSONField(blank=True, default=dict)),
                        ("draft", models.JSONField(blank=True, default=None, null=True)),
                        ("drafted_by", models.CharField(blank=True, default="", max_length=200)),
                        ("drafted_at", models.DateTimeField(blank=True, null=True)),
                        ("published", models.PositiveIntegerField(default=0)),
                        ("version", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "db_table": "brand",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="BrandVersion",
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
                        ("number", models.PositiveIntegerField()),
                        ("values", models.JSONField()),
                        ("changed", models.CharField(blank=True, default="", max_length=1000)),
                        ("published_by", models.CharField(blank=True, default="", max_length=200)),
                        ("published_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "brand_version",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(fields=("account", "number"), name="a_brand_version_has_one_number")
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="BrandImage",
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
                        ("digest", models.CharField(max_length=64)),
                        ("media_type", models.CharField(max_length=40)),
                        ("width", models.PositiveIntegerField()),
                        ("height", models.PositiveIntegerField()),
                        ("data", models.BinaryField()),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "brand_image",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["digest"], name="brand_images_by_digest")],
                        "constraints": [
                            models.UniqueConstraint(fields=("account", "digest"), name="a_brand_image_is_kept_once")
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Domain",
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
                                related_name="domains",
                                to="accounts.account",
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.branding.models.new_domain_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("host", models.CharField(max_length=253)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("pending", "Waiting for proof"),
                                    ("proved", "Proved"),
                                    ("released", "Released"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("is_primary", models.BooleanField(default=False)),
                        ("created_at", models.DateTimeField()),
                        ("proved_at", models.DateTimeField(null=True)),
                        ("released_at", models.DateTimeField(null=True)),
                        (
                            "proof",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("neutral", "Below the neutral domain"),
                                    ("dns", "By DNS"),
                                    ("wildcard", "Below a wildcard of the reseller"),
                                    ("vendor", "By the vendor’s word"),
                                ],
                                default="",
                                max_length=8,
                            ),
                        ),
                        ("token", models.CharField(blank=True, default="", max_length=43)),
                        ("redirects", models.BooleanField(default=False)),
                        ("gives_names", models.BooleanField(default=False)),
                        ("serving", models.BooleanField(default=False)),
                        ("failing_since", models.DateTimeField(null=True)),
                        ("lost_since", models.DateTimeField(null=True)),
                        ("told_at", models.DateTimeField(null=True)),
                        ("checked_at", models.DateTimeField(null=True)),
                        ("check_asked_at", models.DateTimeField(null=True)),
                        ("next_check_at", models.DateTimeField(null=True)),
                        ("certificate_code", models.CharField(blank=True, default="", max_length=12)),
                        ("certificate_issuer", models.CharField(blank=True, default="", max_length=100)),
                        ("certificate_ends_at", models.DateTimeField(null=True)),
                        ("certificate_since", models.DateTimeField(null=True)),
                        ("certificate_told_at", models.DateTimeField(null=True)),
                        ("certificate_next_at", models.DateTimeField(null=True)),
                        ("findings", models.JSONField(default=list)),
                    ],
                    options={
                        "db_table": "domain",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["host", "state"], name="domains_by_host"),
                            models.Index(
                                condition=models.Q(("next_check_at__isnull", False)),
                                fields=["next_check_at"],
                                name="domains_by_next_check",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["proved", "released"])),
                                fields=("host",),
                                name="a_proved_host_has_one_account",
                            ),
                            models.UniqueConstraint(fields=("account", "host"), name="an_account_claims_a_host_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("is_primary", True), ("state", "proved")),
                                fields=("account",),
                                name="an_account_has_one_primary_host",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("gives_names", True), ("state", "proved")),
                                fields=("account",),
                                name="new_clients_get_one_name",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="BrandGeneration",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.BigIntegerField(default=0)),
                    ],
                    options={
                        "db_table": "brand_generation",
                    },
                ),
                migrations.CreateModel(
                    name="VendorWord",
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
                                default=sublet.branding.models.new_vendor_word_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("text", models.CharField(max_length=80)),
                        ("folded", models.CharField(max_length=80)),
                        ("created_at", models.DateTimeField()),
                        ("created_by_name", models.CharField(max_length=200)),
                    ],
                    options={
                        "db_table": "vendor_word",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(fields=("account", "folded"), name="a_vendor_word_is_kept_once")
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="BrandsChange",
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
                                default=sublet.branding.models.new_brands_change_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("values", models.JSONField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("queued", "Waiting to run"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("undoing", "Being taken back"),
                                    ("undone", "Taken back"),
                                ],
                                default="queued",
                                max_length=8,
                            ),
                        ),
                        ("total", models.PositiveIntegerField()),
                        ("job_id", models.CharField(blank=True, default="", max_length=40)),
                        ("once", models.CharField(blank=True, default="", max_length=64)),
                        ("created_at", models.DateTimeField()),
                        ("created_by", models.CharField(max_length=200)),
                        ("finished_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "brands_change",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "-id"], name="brands_changes_of_a_reseller")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("once", ""), _negated=True),
                                fields=("account", "once"),
                                name="a_change_of_many_brands_is_ordered_once",
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="BrandsChangeLine",
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
                            "change",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="branding.brandschange",
                            ),
                        ),
                        (
                            "client",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("changed", "Changed"),
                                    ("left", "Left alone"),
                                    ("undone", "Taken back"),
                                    ("kept", "Not taken back"),
                                ],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                        ("code", models.CharField(blank=True, default="", max_length=20)),
                        ("before", models.JSONField(default=dict)),
                        ("draft", models.JSONField(default=dict)),
                    ],
                    options={
                        "db_table": "brands_change_line",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["change", "state", "id"], name="brands_change_lines_by_state")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("change", "client"), name="a_client_is_once_in_a_change_of_brands"
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
            ]
        ),
    ]
