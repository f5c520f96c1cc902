"""API keys: from where they work, and the secret before the last one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0020_visit_rules"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="allowed_from",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="apikey",
            name="old_prefix",
            field=models.CharField(blank=True, default="", max_length=16),
        ),
        migrations.AddField(
            model_name="apikey",
            name="old_secret_hash",
            field=models.CharField(max_length=64, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="apikey",
            name="old_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="apikey",
            name="old_used_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="apikey",
            name="old_used_from",
            field=models.CharField(blank=True, default="", max_length=45),
        ),
        migrations.AddField(
            model_name="apikey",
            name="refused_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="apikey",
            name="refused_from",
            field=models.CharField(blank=True, default="", max_length=45),
        ),
        migrations.AddField(
            model_name="apikey",
            name="rotated_at",
            field=models.DateTimeField(null=True),
        ),
    ]
