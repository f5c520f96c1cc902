"""Grants: less, instead of an end, can be asked for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0080_directory"),
    ]

    operations = [
        migrations.AddField(
            model_name="grant",
            name="end_asked_left",
            field=models.JSONField(null=True),
        ),
    ]
