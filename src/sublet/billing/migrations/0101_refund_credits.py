from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0100_payouts")]

    operations = [
        migrations.AddField("refund", "credits", models.BooleanField(db_default=False, default=False)),
    ]
