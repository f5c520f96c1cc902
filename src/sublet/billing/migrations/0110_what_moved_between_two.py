from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("billing", "0102_places_left")]

    operations = [
        migrations.AddIndex(
            "ledgerentry",
            models.Index(
                fields=["account", "debtor", "due_at", "id"], condition=~Q(kind="charge"), name="what_moved_between_two"
            ),
        ),
    ]
