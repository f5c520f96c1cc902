"""Who has left one kind of mail: an entry for it alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0001_tables"),
    ]

    operations = [
        migrations.AddField(
            model_name="suppression",
            name="template",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.AlterField(
            model_name="suppression",
            name="reason",
            field=models.CharField(
                choices=[
                    ("bounced", "Bounced"),
                    ("complained", "Complained"),
                    ("by-hand", "By Hand"),
                    ("opted-out", "Opted Out"),
                ],
                max_length=10,
            ),
        ),
        migrations.RemoveConstraint(model_name="suppression", name="an_address_is_suppressed_once"),
        migrations.AddConstraint(
            model_name="suppression",
            constraint=models.UniqueConstraint(
                fields=("account", "email", "template"), name="an_address_is_suppressed_once"
            ),
        ),
    ]
