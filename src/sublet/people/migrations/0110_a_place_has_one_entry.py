"""A place is kept by one entry of a directory. Of several, the first keeps it; the others are nobody's until they speak."""

from typing import Any

from django.db import migrations, models


def leave_it_to_the_first(apps: Any, schema_editor: Any) -> None:
    people = apps.get_model("people", "DirectoryPerson").unscoped.using(schema_editor.connection.alias)
    kept = people.filter(collaborator__isnull=False).values("collaborator_id").annotate(
        first=models.Min("id"), entries=models.Count("id")
    )  # fmt: skip
    for row in list(kept.filter(entries__gt=1)):
        people.filter(collaborator_id=row["collaborator_id"]).exclude(id=row["first"]).update(collaborator=None)


class Migration(migrations.Migration):
    dependencies = [("people", "0090_company_log_ins")]

    operations = [
        migrations.RunPython(leave_it_to_the_first, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="directoryperson",
            constraint=models.UniqueConstraint(fields=["collaborator"], name="a_place_has_one_entry"),
        ),
    ]
