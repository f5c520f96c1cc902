"""Webhooks: the addresses outside, and what was sent to them."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import sublet.messaging.models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("messaging", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ref",
                    models.CharField(
                        default=sublet.messaging.models.new_endpoint_ref, editable=False, max_length=32, unique=True
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("url", models.CharField(max_length=500)),
                ("groups", models.JSONField(default=list)),
                ("hears_everybody", models.BooleanField(default=False)),
                ("reaches_all", models.BooleanField(default=True)),
                ("reach_ids", models.JSONField(default=list)),
                ("secret_box", models.TextField()),
                ("old_secret_box", models.TextField(blank=True, default="")),
                ("old_until", models.DateTimeField(null=True)),
                ("is_on", models.BooleanField(default=True)),
                (
                    "off_reason",
                    models.CharField(
                        blank=True,
                        choices=[("person", "By Person"), ("failing", "Failing"), ("gone", "Gone")],
                        default="",
                        max_length=8,
                    ),
                ),
                ("off_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("created_by_name", models.CharField(max_length=200)),
                ("last_success_at", models.DateTimeField(null=True)),
                ("failing_since", models.DateTimeField(null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("busy_until", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
            ],
            options={
                "db_table": "webhook_endpoint",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("entry_id", models.UUIDField()),
                ("event", models.CharField(max_length=80)),
                ("body", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("failed", "Failed")],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("begun_at", models.DateTimeField()),
                ("next_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("last_at", models.DateTimeField(null=True)),
                ("code", models.PositiveIntegerField(null=True)),
                ("duration_ms", models.PositiveIntegerField(null=True)),
                ("answer", models.CharField(blank=True, default="", max_length=1024)),
                ("error", models.CharField(blank=True, default="", max_length=20)),
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
                    "endpoint",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="messaging.webhookendpoint",
                    ),
                ),
            ],
            options={
                "db_table": "webhook_delivery",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name="webhookendpoint",
            index=models.Index(
                condition=models.Q(("hears_everybody", True)), fields=["hears_everybody"], name="webhooks_of_the_vendor"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["endpoint", "-id"], name="deliveries_of_an_endpoint"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("next_at__isnull", False)), fields=["next_at"], name="deliveries_that_are_due"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["created_at"], name="deliveries_by_age"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                fields=("endpoint", "entry_id"), name="an_endpoint_hears_of_an_event_once"
            ),
        ),
    ]
