"""The plan and the trial beside each account, for lists."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("accounts", "0141_words_of_a_client")]

    operations = [
        migrations.AddField("account", "plan", models.CharField(blank=True, db_default="", default="", max_length=60)),
        migrations.AddField("account", "trial_until", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "account", models.Index(fields=["parent", "plan", "sort_name", "id"], name="clients_of_a_plan")
        ),
        migrations.AddIndex(
            "account",
            models.Index(
                fields=["parent", "trial_until"], condition=Q(trial_until__isnull=False), name="trials_by_end"
            ),
        ),
    ]
