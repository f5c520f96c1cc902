from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0060_waiting_charges")]

    operations = [
        migrations.AddField(model_name="payment", name="in_hand_until", field=models.DateTimeField(null=True)),
    ]
