"""A purpose more of one-time links: logging in by a code from the mailbox."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0110_a_place_has_one_entry")]

    operations = [
        migrations.AlterField(
            "personlink",
            "purpose",
            models.CharField(
                choices=[
                    ("password", "Password"),
                    ("email", "E-mail"),
                    ("crossing", "Crossing"),
                    ("sign-up", "Sign-up"),
                    ("code", "Code"),
                    ("log-in", "Log in"),
                ],
                max_length=10,
            ),
        ),
    ]
