"""The word in the address of a provider's webhook can be changed; that of the earlier ones stays as it was."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0180_provider_numbers")]

    operations = [
        migrations.AddField("mailserver", "hook_salt", models.CharField(blank=True, default="", max_length=32)),
        migrations.AddField("mailserver", "hook_before", models.CharField(blank=True, default="", max_length=32)),
        migrations.AddField("mailserver", "hook_before_until", models.DateTimeField(null=True)),
    ]
