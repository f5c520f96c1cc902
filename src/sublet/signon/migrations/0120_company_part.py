"""By which company log-in a sign-on was made. Those from before do not say, and stand no more where one had a part."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("signon", "0001_initial")]

    operations = [
        migrations.AddField("signon", "came", models.JSONField(null=True)),
    ]
