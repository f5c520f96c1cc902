"""Who answers for a webhook: it tells of people what that one may export on the day on which it is sent."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0160_wordings")]

    operations = [
        migrations.AddField("webhookendpoint", "answers_user_id", models.BigIntegerField(null=True)),
        migrations.AddField("webhookendpoint", "answers_key", models.CharField(blank=True, default="", max_length=40)),
    ]
