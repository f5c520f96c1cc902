"""What is filled into the sentence of a directory's last refusal, so that each reader reads it in its own language."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0130_people_data")]

    operations = [migrations.AddField("directory", "refusal_params", models.JSONField(blank=True, default=dict))]
