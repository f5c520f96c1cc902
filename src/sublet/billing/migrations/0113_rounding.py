from __future__ import annotations

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("billing", "0112_one_stop")]

    operations = [
        migrations.AddField("invoice", "rounding_minor", models.BigIntegerField(db_default=0, default=0)),
        migrations.RemoveConstraint("invoice", "no_more_is_credited_than_was_claimed"),
        migrations.AddConstraint(
            "invoice",
            models.CheckConstraint(
                condition=Q(credited_minor=0)
                | Q(kind="invoice", credited_minor__gt=0, credited_minor__lte=F("gross_minor") + F("rounding_minor")),
                name="no_more_is_credited_than_was_claimed",
            ),
        ),
    ]
