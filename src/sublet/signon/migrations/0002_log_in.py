"""Which log-in a sign-on was made in: it ends with it, also when that is ended from another device."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0001_tables"), ("signon", "0001_tables")]

    operations = [
        migrations.AddField(
            model_name="signon",
            name="log_in",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="people.login"
            ),
        ),
    ]
