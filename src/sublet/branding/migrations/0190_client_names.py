from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("branding", "0180_older_domains"),
    ]

    operations = [
        migrations.AddField(
            model_name="domain",
            name="gives_names",
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name="domain",
            constraint=models.UniqueConstraint(
                condition=models.Q(("gives_names", True), ("state", "proved")),
                fields=("account",),
                name="new_clients_get_one_name",
            ),
        ),
    ]
