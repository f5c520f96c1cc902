"""A webhook tells of people what whoever made it may export; those that are there go on as they did."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0050_webhooks")]

    operations = [
        migrations.AddField(
            model_name="webhookendpoint",
            name="tells_people",
            field=models.BooleanField(default=True),
        ),
    ]
