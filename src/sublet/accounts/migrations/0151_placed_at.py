"""Since when an account stands below the one above it: what was before is not for the one that it has come to."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0150_plans_shown")]

    operations = [
        migrations.AddField(model_name="account", name="placed_at", field=models.DateTimeField(null=True)),
    ]
