from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("branding", "0190_client_names"),
    ]

    operations = [
        migrations.AddField(
            model_name="domain",
            name="certificate_code",
            field=models.CharField(blank=True, default="", max_length=12),
        ),
        migrations.AddField(
            model_name="domain",
            name="certificate_issuer",
            field=models.CharField(blank=True, default="", max_length=100),
        ),
        migrations.AddField(
            model_name="domain",
            name="certificate_ends_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="domain",
            name="certificate_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="domain",
            name="certificate_told_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="domain",
            name="certificate_next_at",
            field=models.DateTimeField(null=True),
        ),
    ]
