"""Whether one client has a word is answered from an index. It begins with the account and so takes the place of the key's."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0140_whole_addresses")]

    operations = [
        migrations.AddIndex(
            model_name="searchword",
            index=models.Index(
                fields=["account", "word", "parent_id"],
                name="words_of_a_client",
                opclasses=["int8_ops", "varchar_pattern_ops", "int8_ops"],
            ),
        ),
        migrations.AlterField(
            model_name="searchword",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.account",
            ),
        ),
    ]
