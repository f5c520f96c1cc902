"""The vendor offers clients of a reseller that does not pay another place."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q

KINDS = {
    "detach": "Becomes a direct account",
    "attach": "Becomes a client",
    "transfer": "Goes to another reseller",
    "merge": "Two resellers become one",
    "revert": "Becomes a direct account again",
    "adopt": "Is offered a place of its own",
    "adopt-to": "Is offered another reseller",
}


class Migration(migrations.Migration):
    dependencies = [("moves", "0001_tables")]

    operations = [
        migrations.AlterField("move", "kind", models.CharField(choices=list(KINDS.items()), max_length=8)),
        migrations.AlterField("formerclient", "kind", models.CharField(choices=list(KINDS.items()), max_length=8)),
        migrations.RemoveConstraint("move", "a_move_has_a_known_kind"),
        migrations.AddConstraint(
            "move", models.CheckConstraint(condition=Q(kind__in=tuple(KINDS)), name="a_move_has_a_known_kind")
        ),
    ]
