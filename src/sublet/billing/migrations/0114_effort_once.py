from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0113_rounding")]

    operations = [
        migrations.AddField("effort", "once", models.CharField(blank=True, db_default="", default="", max_length=64)),
        migrations.AddConstraint(
            "effort",
            models.UniqueConstraint(
                fields=["account", "once"], condition=~models.Q(once=""), name="a_form_enters_one_effort"
            ),
        ),
    ]
