"""A brand's own words for its mails; and what may be shown of mails that held a one-time link."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("messaging", "0150_senders"),
    ]

    operations = [
        migrations.AddField(
            model_name="outboxmail",
            name="shown_html",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="shown_text",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.CreateModel(
            name="MailWording",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                "db_table": "mail_wording",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddConstraint(
            model_name="mailwording",
            constraint=models.UniqueConstraint(fields=("account", "kind", "language"), name="a_mail_is_worded_once"),
        ),
    ]
