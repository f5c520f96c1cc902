"""Which file goes with a mail."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0002_one_kind_of_mail"),
    ]

    operations = [
        migrations.AddField(
            model_name="outboxmail",
            name="attached",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.AddIndex(
            model_name="outboxmail",
            index=models.Index(
                condition=models.Q(("attached", ""), _negated=True), fields=["attached"], name="mails_with_a_file"
            ),
        ),
    ]
