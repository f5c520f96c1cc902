"""In whose name mail leaves, by which server, and who is not written to any more."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import sublet.messaging.sender_models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0140_whole_addresses"),
        ("messaging", "0130_people_data"),
    ]

    operations = [
        migrations.AddField(
            model_name="outboxmail",
            name="identity",
            field=models.CharField(default="account", max_length=7),
        ),
        migrations.AlterField(
            model_name="outboxmail",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "Waiting"),
                    ("sending", "Being handed over"),
                    ("sent", "Sent"),
                    ("failed", "Refused"),
                    ("unknown", "Not known whether it arrived"),
                    ("withheld", "Not sent: the address is suppressed"),
                ],
                default="queued",
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="MailServer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                (
                    "state",
                    models.CharField(
                        choices=[("new", "New"), ("works", "Works"), ("fails", "Fails")], default="new", max_length=5
                    ),
                ),
                ("answer", models.CharField(blank=True, default="", max_length=300)),
                ("checked_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=0)),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
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
            name="SenderDomain",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("next_check_at", models.DateTimeField()),
                ("proved_at", models.DateTimeField(null=True)),
                ("lost_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
            ],
            options={
                "db_table": "sender_domain",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Sender",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("identity", models.CharField(max_length=7)),
                ("name", models.CharField(blank=True, default="", max_length=80)),
                ("mailboxes", models.JSONField(default=dict)),
                ("reply_to", models.CharField(blank=True, default="", max_length=254)),
                ("version", models.PositiveIntegerField(default=0)),
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
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="messaging.senderdomain",
                    ),
                ),
            ],
            options={
                "db_table": "sender",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="DkimKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
            ],
            options={
                "db_table": "dkim_key",
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
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
            ],
            options={
                "db_table": "suppression",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name="senderdomain",
            index=models.Index(fields=["next_check_at"], name="sender_domains_to_check"),
        ),
        migrations.AddConstraint(
            model_name="senderdomain",
            constraint=models.UniqueConstraint(
                fields=("account", "domain"), name="an_account_has_a_sender_domain_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="sender",
            constraint=models.UniqueConstraint(fields=("account", "identity"), name="an_account_has_each_sender_once"),
        ),
        migrations.AddIndex(
            model_name="dkimkey",
            index=models.Index(fields=["account"], name="dkim_keys_of_an_account"),
        ),
        migrations.AddConstraint(
            model_name="dkimkey",
            constraint=models.UniqueConstraint(fields=("domain", "selector"), name="a_selector_is_used_once"),
        ),
        migrations.AddConstraint(
            model_name="dkimkey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "active")), fields=("domain",), name="a_domain_has_one_active_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="dkimkey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")), fields=("domain",), name="a_domain_has_one_waiting_key"
            ),
        ),
        migrations.AddIndex(
            model_name="suppression",
            index=models.Index(
                condition=models.Q(("everywhere", True)), fields=["email"], name="suppressed_everywhere"
            ),
        ),
        migrations.AddConstraint(
            model_name="suppression",
            constraint=models.UniqueConstraint(fields=("account", "email"), name="an_address_is_suppressed_once"),
        ),
    ]
