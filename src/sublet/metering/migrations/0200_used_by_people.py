"""Who of an account's team used something."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_tables"),
        ("metering", "0001_tables"),
    ]

    operations = [
        migrations.AddField(
            model_name="usageevent",
            name="person",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="usagereservation",
            name="person",
            field=models.BigIntegerField(null=True),
        ),
        migrations.CreateModel(
            name="UsageOfPerson",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "meter",
                        "start",
                        "person",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("meter", models.PositiveIntegerField()),
                ("start", models.DateTimeField()),
                ("person", models.BigIntegerField()),
                ("quantity", models.BigIntegerField(default=0)),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
            ],
            options={
                "db_table": "usage_of_person",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
    ]
