"""Whether issued documents are mailed to whoever owes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0114_effort_once")]

    operations = [
        migrations.AddField("issuer", "by_mail", models.BooleanField(db_default=True, default=True)),
    ]
