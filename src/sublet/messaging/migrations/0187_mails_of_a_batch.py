"""The index by which the mails of a batch are found, made while mails go on being written."""

from importlib import import_module

from django.db import migrations, models

_before = import_module("sublet.messaging.migrations.0185_mails_of_a_provider")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("messaging", "0186_batches_and_copies")]

    operations = [
        _before.AddIndexMeanwhile(
            "outboxmail",
            models.Index(
                fields=["batch", "id"],
                condition=models.Q(("batch__isnull", False)),
                name="mails_of_a_batch",
            ),
        )
    ]
