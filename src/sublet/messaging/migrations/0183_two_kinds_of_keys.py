"""A domain has a key of each kind: RSA, and Ed25519 beside it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0182_returned_mail")]

    operations = [
        migrations.RemoveConstraint("dkimkey", "a_domain_has_one_active_key"),
        migrations.RemoveConstraint("dkimkey", "a_domain_has_one_waiting_key"),
        migrations.AddConstraint(
            "dkimkey",
            models.UniqueConstraint(
                fields=["domain", "algorithm"],
                condition=models.Q(("state", "active")),
                name="a_domain_has_one_active_key_of_a_kind",
            ),
        ),
        migrations.AddConstraint(
            "dkimkey",
            models.UniqueConstraint(
                fields=["domain", "algorithm"],
                condition=models.Q(("state", "waiting")),
                name="a_domain_has_one_waiting_key_of_a_kind",
            ),
        ),
    ]
