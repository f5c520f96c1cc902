"""Since when somebody waits for a look at a sender domain."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0187_mails_of_a_batch")]

    operations = [migrations.AddField("senderdomain", "check_asked_at", models.DateTimeField(null=True))]
