"""A copy of a mail is a mail of its own: what becomes of it says nothing of the first."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0189_older_secrets")]

    operations = [
        migrations.AddField(
            "outboxmail",
            "copy_of",
            models.ForeignKey(
                "messaging.outboxmail",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                db_index=False,
            ),
        ),
        migrations.AddIndex(
            "outboxmail",
            models.Index(fields=["copy_of"], condition=models.Q(copy_of__isnull=False), name="copies_of_a_mail"),
        ),
    ]
