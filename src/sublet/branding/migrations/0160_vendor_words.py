"""Words that must not be seen where the vendor is hidden."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import sublet.branding.models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("branding", "0020_brand_editor"),
    ]

    operations = [
        migrations.CreateModel(
            name="VendorWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ref",
                    models.CharField(
                        default=sublet.branding.models.new_vendor_word_ref, editable=False, max_length=32, unique=True
                    ),
                ),
                ("text", models.CharField(max_length=80)),
                ("folded", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField()),
                ("created_by_name", models.CharField(max_length=200)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
            ],
            options={
                "db_table": "vendor_word",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddConstraint(
            model_name="vendorword",
            constraint=models.UniqueConstraint(fields=("account", "folded"), name="a_vendor_word_is_kept_once"),
        ),
    ]
