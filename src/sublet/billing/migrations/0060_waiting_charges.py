from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0050_bank")]

    operations = [
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                fields=["debtor", "due_at"],
                condition=models.Q(("billed", True), ("kind", "charge")),
                name="charges_of_who_is_billed",
            ),
        ),
    ]
