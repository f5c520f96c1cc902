"""Staff reaches clients by their tags, too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0100_grant_wishes"),
    ]

    operations = [
        migrations.AddField(
            model_name="collaborator",
            name="reach_tags",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="invitation",
            name="reach_tags",
            field=models.JSONField(default=list),
        ),
    ]
