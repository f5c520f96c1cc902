"""A merge that cannot go on is stopped, and no longer carried out for ever."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q

STATES = ("asked", "approved", "declined", "taken-back", "lapsed", "stopped", "done")
WORDS = ("Waiting for an answer", "Being carried out", "Declined", "Taken back", "Run out", "Stopped", "Done")


class Migration(migrations.Migration):
    dependencies = [("moves", "0002_named_then")]

    operations = [
        migrations.AlterField(
            model_name="move",
            name="state",
            field=models.CharField(choices=list(zip(STATES, WORDS, strict=True)), max_length=10),
        ),
        migrations.RemoveConstraint(model_name="move", name="a_move_has_a_known_state"),
        migrations.AddConstraint(
            model_name="move",
            constraint=models.CheckConstraint(condition=Q(state__in=STATES), name="a_move_has_a_known_state"),
        ),
    ]
