from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0181_staff_teams")]

    operations = [
        # Of sections that are there it is not known: asked about every time until the next manifest says so.
        migrations.AddField("section", "conditional", models.BooleanField(default=True)),
        migrations.AlterField("section", "conditional", models.BooleanField(default=False)),
    ]
