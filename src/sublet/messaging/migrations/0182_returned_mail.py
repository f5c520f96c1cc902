"""What came back, until it is read."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0140_whole_addresses"), ("messaging", "0181_hook_words")]

    operations = [
        migrations.CreateModel(
            name="ReturnedMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("box", models.TextField()),
                ("unreadable", models.BooleanField(default=False)),
                ("received_at", models.DateTimeField()),
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
            ],
            options={
                "db_table": "returned_mail",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
                "indexes": [models.Index(fields=["received_at"], name="returned_mails_by_age")],
            },
            managers=[("unscoped", django.db.models.manager.Manager())],
        ),
    ]
