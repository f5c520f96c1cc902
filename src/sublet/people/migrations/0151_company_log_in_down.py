"""When a company's provider was asked and did not answer, so that nobody is sent to it meanwhile."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0150_directory_refusals")]

    operations = [migrations.AddField("companylogin", "down_at", models.DateTimeField(null=True))]
