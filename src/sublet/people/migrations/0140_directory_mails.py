"""A directory whose people come in by the company log-in need not write to them."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0130_people_data")]

    operations = [
        migrations.AddField(
            model_name="directory",
            name="mails",
            field=models.BooleanField(default=True),
        ),
    ]
