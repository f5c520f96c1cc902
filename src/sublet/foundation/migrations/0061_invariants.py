from __future__ import annotations

import django.db.models.manager
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("foundation", "0060_seals_of_the_journal")]

    operations = [
        migrations.CreateModel(
            name="InvariantState",
            fields=[
                ("name", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("checked_at", models.DateTimeField()),
                ("broken_since", models.DateTimeField(null=True)),
                ("number", models.PositiveIntegerField(default=0)),
                ("places", models.JSONField(default=list)),
            ],
            options={"db_table": "invariant"},
            managers=[("unscoped", django.db.models.manager.Manager())],
        ),
    ]
