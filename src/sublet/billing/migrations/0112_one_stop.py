from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0111_successions")]

    operations = [
        migrations.AlterField(
            "issuer",
            "tax_regime",
            models.CharField(
                choices=[
                    ("standard", "Charges VAT"),
                    ("one-stop", "Charges VAT, to persons abroad by the one-stop shop"),
                    ("small-business", "Small business, exempt from VAT"),
                    ("none", "Not subject to VAT"),
                ],
                default="standard",
                max_length=20,
            ),
        ),
    ]
