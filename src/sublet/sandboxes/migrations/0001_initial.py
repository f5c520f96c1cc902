import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import sublet.sandboxes.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Sandbox",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ref",
                    models.CharField(
                        default=sublet.sandboxes.models.new_sandbox_ref, editable=False, max_length=32, unique=True
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("copying", "Copying"),
                            ("ready", "Ready"),
                            ("moving", "Moving"),
                            ("failed", "Failed"),
                        ],
                        default="copying",
                        max_length=7,
                    ),
                ),
                ("why", models.CharField(blank=True, default="", max_length=40)),
                ("chosen", models.JSONField(null=True)),
                ("clients", models.JSONField(default=list)),
                ("declines", models.JSONField(default=list)),
                ("copied_at", models.DateTimeField()),
                ("clock", models.DateTimeField()),
                ("data", models.BinaryField(null=True)),
                ("size", models.PositiveIntegerField(default=0)),
                ("found", models.JSONField(default=dict)),
                ("lines", models.PositiveIntegerField(default=0)),
                ("job_id", models.CharField(blank=True, default="", max_length=36)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=200)),
                ("expires_at", models.DateTimeField()),
                ("once", models.CharField(blank=True, default="", max_length=64)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "portfolio",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
            ],
            options={
                "db_table": "sandbox",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="SandboxInvoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ref", models.CharField(max_length=32)),
                ("book", models.CharField(max_length=9)),
                ("kind", models.CharField(max_length=7)),
                ("state", models.CharField(max_length=13)),
                ("number", models.CharField(blank=True, default="", max_length=60)),
                ("client", models.CharField(blank=True, default="", max_length=32)),
                ("client_name", models.CharField(max_length=200)),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("issued_on", models.DateField(null=True)),
                ("due_on", models.DateField(null=True)),
                ("currency", models.CharField(max_length=3)),
                ("gross_minor", models.BigIntegerField()),
                ("paid_minor", models.BigIntegerField(default=0)),
                ("open_minor", models.BigIntegerField()),
                ("is_new", models.BooleanField(default=True)),
                ("lines", models.JSONField(default=list)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "sandbox",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sandboxes.sandbox",
                    ),
                ),
            ],
            options={
                "db_table": "sandbox_invoice",
                "abstract": False,
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="SandboxLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("day", models.DateField()),
                ("event", models.CharField(max_length=80)),
                ("group", models.CharField(max_length=12)),
                ("client", models.CharField(blank=True, default="", max_length=32)),
                ("client_name", models.CharField(blank=True, default="", max_length=200)),
                ("by_itself", models.BooleanField(default=True)),
                ("data", models.JSONField(default=dict)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "sandbox",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sandboxes.sandbox",
                    ),
                ),
            ],
            options={
                "db_table": "sandbox_line",
                "abstract": False,
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="SandboxMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("template", models.CharField(max_length=80)),
                ("client", models.CharField(blank=True, default="", max_length=32)),
                ("client_name", models.CharField(blank=True, default="", max_length=200)),
                ("to_name", models.CharField(blank=True, default="", max_length=200)),
                ("subject", models.CharField(max_length=300)),
                ("text", models.TextField()),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "sandbox",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sandboxes.sandbox",
                    ),
                ),
            ],
            options={
                "db_table": "sandbox_mail",
                "abstract": False,
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="SandboxMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ref",
                    models.CharField(
                        default=sublet.sandboxes.models.new_sandbox_move_ref, editable=False, max_length=32, unique=True
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "Running"), ("done", "Done"), ("failed", "Failed")],
                        default="running",
                        max_length=7,
                    ),
                ),
                ("starts", models.DateTimeField()),
                ("target", models.DateTimeField()),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.CharField(max_length=200)),
                ("ended_at", models.DateTimeField(null=True)),
                ("once", models.CharField(blank=True, default="", max_length=64)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                (
                    "sandbox",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="moves",
                        to="sandboxes.sandbox",
                    ),
                ),
            ],
            options={
                "db_table": "sandbox_move",
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
            },
            managers=[
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name="sandbox",
            index=models.Index(fields=["account", "-made_at"], name="sandboxes_of_an_account"),
        ),
        migrations.AddIndex(
            model_name="sandbox",
            index=models.Index(fields=["expires_at"], name="sandboxes_that_expire"),
        ),
        migrations.AddConstraint(
            model_name="sandbox",
            constraint=models.CheckConstraint(
                condition=models.Q(("clock__gte", models.F("copied_at"))), name="a_sandbox_goes_forward"
            ),
        ),
        migrations.AddConstraint(
            model_name="sandbox",
            constraint=models.UniqueConstraint(
                condition=models.Q(("once", ""), _negated=True),
                fields=("account", "once"),
                name="a_form_makes_one_sandbox",
            ),
        ),
        migrations.AddConstraint(
            model_name="sandboxinvoice",
            constraint=models.UniqueConstraint(fields=("sandbox", "ref"), name="a_sandbox_has_an_invoice_once"),
        ),
        migrations.AddConstraint(
            model_name="sandboxline",
            constraint=models.UniqueConstraint(fields=("sandbox", "position"), name="a_line_of_a_sandbox_has_a_place"),
        ),
        migrations.AddConstraint(
            model_name="sandboxmail",
            constraint=models.UniqueConstraint(fields=("sandbox", "position"), name="a_mail_of_a_sandbox_has_a_place"),
        ),
        migrations.AddIndex(
            model_name="sandboxmove",
            index=models.Index(fields=["sandbox", "-id"], name="moves_of_a_sandbox"),
        ),
        migrations.AddConstraint(
            model_name="sandboxmove",
            constraint=models.CheckConstraint(
                condition=models.Q(("target__gt", models.F("starts"))), name="a_clock_is_moved_forward"
            ),
        ),
        migrations.AddConstraint(
            model_name="sandboxmove",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "running")),
                fields=("sandbox",),
                name="a_sandbox_is_moved_by_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="sandboxmove",
            constraint=models.UniqueConstraint(
                condition=models.Q(("once", ""), _negated=True),
                fields=("sandbox", "once"),
                name="a_form_moves_a_sandbox_once",
            ),
        ),
    ]
