from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0050_bank")]

    operations = [
        migrations.AddField(model_name="payment", name="in_hand_until", field=models.DateTimeField(null=True)),
    ]
