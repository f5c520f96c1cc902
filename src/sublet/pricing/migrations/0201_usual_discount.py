"""What is usual between the vendor and its resellers, from when on."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("pricing", "0200_wholesale_commitment")]

    operations = [
        migrations.AddField("wholesaleagreed", "usual", models.BooleanField(default=False)),
        migrations.AddConstraint(
            "wholesaleagreed",
            models.CheckConstraint(
                condition=Q(("usual", False), Q(("percent__isnull", False), ("tiers", [])), _connector="OR"),
                name="what_is_usual_is_a_percentage",
            ),
        ),
    ]
