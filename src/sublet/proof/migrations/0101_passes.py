from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("proof", "0100_people")]

    operations = [
        migrations.AddField(model_name="scan", name="passes", field=models.JSONField(default=dict)),
        migrations.AddField(model_name="scan", name="beat_at", field=models.DateTimeField(null=True)),
        migrations.RemoveIndex(model_name="scan", name="scans_by_their_pass"),
        migrations.AddIndex(
            model_name="scan",
            index=models.Index(condition=~models.Q(pass_digest=""), fields=["host"], name="scans_that_look_at_a_host"),
        ),
    ]
