"""All tables of this app as they were when they were first gathered in one file; what changed later follows in files of its own."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import sublet.messaging.models
import sublet.messaging.sender_models
from sublet.foundation.tables import CreateTables


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("messaging", "0001_initial"),
        ("messaging", "0050_webhooks"),
        ("messaging", "0130_people_data"),
        ("messaging", "0150_senders"),
        ("messaging", "0160_wordings"),
        ("messaging", "0161_webhook_makers"),
        ("messaging", "0170_left_by_platform"),
        ("messaging", "0180_provider_numbers"),
        ("messaging", "0181_hook_words"),
        ("messaging", "0182_returned_mail"),
        ("messaging", "0183_two_kinds_of_keys"),
        ("messaging", "0184_numbers_of_before"),
        ("messaging", "0185_mails_of_a_provider"),
        ("messaging", "0186_batches_and_copies"),
        ("messaging", "0187_mails_of_a_batch"),
        ("messaging", "0188_looks_asked_for"),
        ("messaging", "0189_older_secrets"),
        ("messaging", "0190_copies"),
        ("messaging", "0191_mails_of_moved_accounts"),
    ]
    dependencies = [("accounts", "0001_tables")]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="SenderDomain",
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
                                default=sublet.messaging.sender_models.new_sender_domain_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("domain", models.CharField(max_length=253)),
                        (
                            "state",
                            models.CharField(
                                choices=[("pending", "Pending"), ("proved", "Proved"), ("lost", "Lost")],
                                default="pending",
                                max_length=7,
                            ),
                        ),
                        ("proved_for", models.CharField(blank=True, default="", max_length=400)),
                        ("findings", models.JSONField(default=list)),
                        ("created_at", models.DateTimeField()),
                        ("checked_at", models.DateTimeField(null=True)),
                        ("check_asked_at", models.DateTimeField(null=True)),
                        ("next_check_at", models.DateTimeField()),
                        ("proved_at", models.DateTimeField(null=True)),
                        ("lost_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "sender_domain",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["next_check_at"], name="sender_domains_to_check")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "domain"), name="an_account_has_a_sender_domain_once"
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="DkimKey",
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
                            "domain",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="messaging.senderdomain",
                            ),
                        ),
                        ("selector", models.CharField(max_length=40)),
                        ("algorithm", models.CharField(default="rsa", max_length=10)),
                        ("public", models.TextField()),
                        ("private_box", models.TextField()),
                        (
                            "state",
                            models.CharField(
                                choices=[("waiting", "Waiting"), ("active", "Active"), ("resting", "Resting")],
                                default="waiting",
                                max_length=7,
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("seen_at", models.DateTimeField(null=True)),
                        ("rests_until", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "dkim_key",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account"], name="dkim_keys_of_an_account")],
                        "constraints": [
                            models.UniqueConstraint(fields=("domain", "selector"), name="a_selector_is_used_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "active")),
                                fields=("domain", "algorithm"),
                                name="a_domain_has_one_active_key_of_a_kind",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "waiting")),
                                fields=("domain", "algorithm"),
                                name="a_domain_has_one_waiting_key_of_a_kind",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Sender",
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
                        ("identity", models.CharField(max_length=7)),
                        ("name", models.CharField(blank=True, default="", max_length=80)),
                        (
                            "domain",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="messaging.senderdomain",
                            ),
                        ),
                        ("mailboxes", models.JSONField(default=dict)),
                        ("reply_to", models.CharField(blank=True, default="", max_length=254)),
                        ("version", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "db_table": "sender",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "identity"), name="an_account_has_each_sender_once"
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="MailServer",
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
                        ("kind", models.CharField(max_length=8)),
                        ("host", models.CharField(blank=True, default="", max_length=253)),
                        ("port", models.PositiveIntegerField(default=0)),
                        ("tls", models.CharField(blank=True, default="", max_length=8)),
                        ("user", models.CharField(blank=True, default="", max_length=254)),
                        ("provider", models.CharField(blank=True, default="", max_length=20)),
                        ("secret_box", models.TextField(blank=True, default="")),
                        ("spf", models.CharField(blank=True, default="", max_length=200)),
                        ("selectors", models.CharField(blank=True, default="", max_length=200)),
                        ("return_path", models.CharField(blank=True, default="", max_length=63)),
                        ("hook_box", models.TextField(blank=True, default="")),
                        ("hook_salt", models.CharField(blank=True, default="", max_length=32)),
                        ("hook_before", models.CharField(blank=True, default="", max_length=32)),
                        ("hook_before_until", models.DateTimeField(null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[("new", "New"), ("works", "Works"), ("fails", "Fails")],
                                default="new",
                                max_length=5,
                            ),
                        ),
                        ("why", models.CharField(blank=True, default="", max_length=12)),
                        ("answer", models.CharField(blank=True, default="", max_length=300)),
                        ("checked_at", models.DateTimeField(null=True)),
                        ("version", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "db_table": "mail_server",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Suppression",
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
                                default=sublet.messaging.sender_models.new_suppression_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("email", models.CharField(max_length=254)),
                        ("everywhere", models.BooleanField(default=False)),
                        (
                            "reason",
                            models.CharField(
                                choices=[("bounced", "Bounced"), ("complained", "Complained"), ("by-hand", "By Hand")],
                                max_length=10,
                            ),
                        ),
                        ("answer", models.CharField(blank=True, default="", max_length=300)),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "suppression",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("everywhere", True)), fields=["email"], name="suppressed_everywhere"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("account", "email"), name="an_address_is_suppressed_once")
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="OutboxMail",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                            ),
                        ),
                        ("template", models.CharField(max_length=80)),
                        ("identity", models.CharField(default="account", max_length=7)),
                        ("key", models.CharField(max_length=120, unique=True)),
                        ("language", models.CharField(max_length=5)),
                        ("to_email", models.CharField(max_length=254)),
                        ("to_name", models.CharField(blank=True, default="", max_length=200)),
                        ("from_email", models.CharField(max_length=254)),
                        ("from_name", models.CharField(max_length=200)),
                        ("reply_to", models.CharField(blank=True, default="", max_length=254)),
                        ("subject", models.CharField(max_length=300)),
                        ("text", models.TextField()),
                        ("html", models.TextField()),
                        ("secret", models.BooleanField(default=False)),
                        ("shown_text", models.TextField(blank=True, default="")),
                        ("shown_html", models.TextField(blank=True, default="")),
                        ("message_id", models.CharField(max_length=200)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("queued", "Waiting"),
                                    ("sending", "Being handed over"),
                                    ("sent", "Sent"),
                                    ("failed", "Refused"),
                                    ("unknown", "Not known whether it arrived"),
                                    ("withheld", "Not sent: the address is suppressed"),
                                    ("left", "Not sent: the account has moved"),
                                ],
                                default="queued",
                                max_length=8,
                            ),
                        ),
                        ("answer", models.CharField(blank=True, default="", max_length=500)),
                        ("attempts", models.PositiveIntegerField(default=0)),
                        ("created_at", models.DateTimeField()),
                        ("sent_at", models.DateTimeField(null=True)),
                        ("left_by_platform", models.BooleanField(null=True)),
                        ("provider_id", models.CharField(blank=True, default="", max_length=200)),
                        ("batch", models.UUIDField(null=True)),
                        ("copies", models.PositiveSmallIntegerField(default=0)),
                        (
                            "copy_of",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="messaging.outboxmail",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "outbox_mail",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "-id"], name="mails_of_an_account"),
                            models.Index(fields=["state", "-id"], name="mails_of_a_state"),
                            models.Index(fields=["to_email", "-id"], name="mails_to_an_address"),
                            models.Index(
                                condition=models.Q(("provider_id", ""), _negated=True),
                                fields=["provider_id"],
                                name="mails_of_a_provider",
                            ),
                            models.Index(
                                condition=models.Q(("batch__isnull", False)),
                                fields=["batch", "id"],
                                name="mails_of_a_batch",
                            ),
                            models.Index(
                                condition=models.Q(("copy_of__isnull", False)),
                                fields=["copy_of"],
                                name="copies_of_a_mail",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="ReturnedMail",
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
                            "mail",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="messaging.outboxmail"
                            ),
                        ),
                        ("box", models.TextField()),
                        ("unreadable", models.BooleanField(default=False)),
                        ("received_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "returned_mail",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["received_at"], name="returned_mails_by_age")],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="MailWording",
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
                        ("kind", models.CharField(max_length=80)),
                        ("language", models.CharField(max_length=5)),
                        ("subject", models.CharField(max_length=200)),
                        ("heading", models.CharField(blank=True, default="", max_length=200)),
                        ("body", models.TextField()),
                        ("label", models.CharField(blank=True, default="", max_length=100)),
                        ("ours", models.CharField(max_length=64)),
                        ("version", models.PositiveIntegerField(default=0)),
                        ("changed_at", models.DateTimeField()),
                        ("changed_by_name", models.CharField(max_length=200)),
                    ],
                    options={
                        "db_table": "mail_wording",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "kind", "language"), name="a_mail_is_worded_once"
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="WebhookEndpoint",
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
                                default=sublet.messaging.models.new_endpoint_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        ("url", models.CharField(max_length=500)),
                        ("groups", models.JSONField(default=list)),
                        ("hears_everybody", models.BooleanField(default=False)),
                        ("reaches_all", models.BooleanField(default=True)),
                        ("reach_ids", models.JSONField(default=list)),
                        ("tells_people", models.BooleanField(default=True)),
                        ("answers_user_id", models.BigIntegerField(null=True)),
                        ("answers_key", models.CharField(blank=True, default="", max_length=40)),
                        ("secret_box", models.TextField()),
                        ("old_secret_box", models.TextField(blank=True, default="")),
                        ("old_until", models.DateTimeField(null=True)),
                        ("older_secrets", models.JSONField(null=True)),
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
                    ],
                    options={
                        "db_table": "webhook_endpoint",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("hears_everybody", True)),
                                fields=["hears_everybody"],
                                name="webhooks_of_the_vendor",
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Delivery",
                    fields=[
                        ("id", models.UUIDField(primary_key=True, serialize=False)),
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
                    ],
                    options={
                        "db_table": "webhook_delivery",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["endpoint", "-id"], name="deliveries_of_an_endpoint"),
                            models.Index(
                                condition=models.Q(("next_at__isnull", False)),
                                fields=["next_at"],
                                name="deliveries_that_are_due",
                            ),
                            models.Index(fields=["created_at"], name="deliveries_by_age"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("endpoint", "entry_id"), name="an_endpoint_hears_of_an_event_once"
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
