from django.db import migrations, models


class Migration(migrations.Migration):
    """Say of each mail whether it left by the installation's own server; of the earlier ones nobody knows."""

    dependencies = [("messaging", "0161_webhook_makers")]

    operations = [migrations.AddField("outboxmail", "left_by_platform", models.BooleanField(null=True))]
