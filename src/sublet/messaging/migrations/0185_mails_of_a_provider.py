"""The index by which a provider's number is found, made while mails go on being written."""

from typing import Any

from django.db import migrations, models


class AddIndexMeanwhile(migrations.AddIndex):
    """PostgreSQL would keep everybody from writing to the table until it is made. What an attempt before left is removed:
    interrupted, it would stay and be of no use."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        name = schema_editor.quote_name(self.index.name)
        if schema_editor.connection.vendor != "postgresql":
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")
            schema_editor.add_index(model, self.index)
            return
        with schema_editor.connection.cursor() as cursor:
            cursor.cursor.wall = None  # the scope would travel in the same message, and make a transaction of it
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            cursor.execute(str(self.index.create_sql(model, schema_editor, concurrently=True)))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("messaging", "0184_numbers_of_before")]

    operations = [
        AddIndexMeanwhile(
            "outboxmail",
            models.Index(
                fields=["provider_id"],
                condition=models.Q(("provider_id", ""), _negated=True),
                name="mails_of_a_provider",
            ),
        )
    ]
