"""What takes a change of client settings back."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import sublet.clientsettings.models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_tables"),
        ("clientsettings", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="SettingsChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ref",
                    models.CharField(
                        default=sublet.clientsettings.models.new_change_ref,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                ("batch", models.CharField(blank=True, default="", max_length=64)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=200)),
                ("since", models.DateTimeField(null=True)),
                ("values", models.JSONField()),
                ("words", models.JSONField(default=dict)),
                ("dropped", models.JSONField(default=list)),
                ("followed", models.JSONField(default=dict)),
                ("undone_at", models.DateTimeField(null=True)),
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
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
            ],
            options={
                "db_table": "settings_change",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
                "indexes": [
                    models.Index(fields=["client", "account", "-id"], name="settings_changes_of_a_client"),
                    models.Index(
                        condition=models.Q(("batch", ""), _negated=True),
                        fields=["account", "batch"],
                        name="settings_changes_of_many",
                    ),
                ],
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
    ]
