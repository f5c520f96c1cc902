from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("foundation", "0061_invariants"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="idempotentanswer",
            options={"base_manager_name": "unscoped"},
        ),
        migrations.AlterModelOptions(
            name="job",
            options={"base_manager_name": "unscoped"},
        ),
        migrations.AlterModelOptions(
            name="journalentry",
            options={"base_manager_name": "unscoped"},
        ),
        migrations.AlterModelOptions(
            name="journalseal",
            options={"base_manager_name": "unscoped"},
        ),
    ]
