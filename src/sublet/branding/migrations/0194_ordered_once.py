"""A form for many brands that is sent twice orders one change."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("branding", "0193_names_follow")]

    operations = [
        migrations.AddField("brandschange", "once", models.CharField(max_length=64, blank=True, default="")),
        migrations.AddConstraint(
            "brandschange",
            models.UniqueConstraint(
                fields=["account", "once"],
                condition=models.Q(("once", ""), _negated=True),
                name="a_change_of_many_brands_is_ordered_once",
            ),
        ),
    ]
