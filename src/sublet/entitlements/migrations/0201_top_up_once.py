from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("entitlements", "0200_portions")]

    operations = [
        migrations.AddField("topup", "once", models.CharField(blank=True, db_default="", default="", max_length=64)),
        migrations.AddConstraint(
            "topup",
            models.UniqueConstraint(
                fields=["account", "giver_id", "once"],
                condition=~models.Q(once=""),
                name="a_form_gives_units_once",
            ),
        ),
    ]
