"""All tables of this app as they were when they were first gathered in one file; what changed later follows in files of its own."""

from typing import Any

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import sublet.metering.models
from sublet.foundation.tables import CreateTables

FAST = ("usage_event", "usage_total", "usage_value")
TEXTS = (
    ("usage_event", "source", 120),
    ("usage_event", "event_id", 120),
    ("usage_total", "last_by", 241),
    ("usage_value", "value", 200),
)


def lay_out(_apps: Any, schema_editor: Any) -> None:
    """As rows that come by the thousand want it. Only the speed depends on this, and on PostgreSQL the order of equal instants.

    SQLite: in the order of their keys, without a second copy in an index (many times faster for ids that grow).
    PostgreSQL: texts by their bytes, as Python and SQLite order them; room beside a total for its next value.
    """
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for table in FAST:
                cursor.execute("SELECT type, sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL", [table])
                made = cursor.fetchall()
                cursor.execute(f'DROP TABLE "{table}"')
                for kind, sql in sorted(made, key=lambda each: each[0] != "table"):
                    cursor.execute(f"{sql} WITHOUT ROWID" if kind == "table" else sql)
        elif connection.vendor == "postgresql":
            for table, column, most in TEXTS:
                cursor.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE varchar({most}) COLLATE "C"')
            cursor.execute("ALTER TABLE usage_total SET (fillfactor = 60)")


class Migration(migrations.Migration):
    initial = True
    replaces = [("metering", "0001_usage")]
    dependencies = [("accounts", "0001_tables")]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="UsageEvent",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "account_id",
                                "source",
                                "event_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
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
                        ("source", models.CharField(max_length=120)),
                        ("event_id", models.CharField(max_length=120)),
                        ("meter", models.PositiveIntegerField()),
                        ("at", models.DateTimeField()),
                        ("quantity", models.BigIntegerField(null=True)),
                        ("value", models.CharField(blank=True, default="", max_length=200)),
                        ("corrects", models.CharField(blank=True, default="", max_length=120)),
                        ("counts", models.BooleanField(default=True)),
                        ("answered", models.BigIntegerField(null=True)),
                        ("received_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "usage_event",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "meter", "at"], name="usage_of_a_meter_in_time")],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="UsageTotal",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "account_id",
                                "meter",
                                "span",
                                "start",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
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
                        ("meter", models.PositiveIntegerField()),
                        ("span", models.PositiveSmallIntegerField()),
                        ("start", models.DateTimeField()),
                        ("quantity", models.BigIntegerField(default=0)),
                        ("reserved", models.BigIntegerField(default=0)),
                        ("events", models.BigIntegerField(default=0)),
                        ("last_at", models.DateTimeField(null=True)),
                        ("last_by", models.CharField(blank=True, default="", max_length=241)),
                    ],
                    options={
                        "db_table": "usage_total",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("reserved__gte", 0)), name="nothing_is_given_back_twice"
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="UsageValue",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "account_id",
                                "meter",
                                "span",
                                "start",
                                "value",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
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
                        ("meter", models.PositiveIntegerField()),
                        ("span", models.PositiveSmallIntegerField()),
                        ("start", models.DateTimeField()),
                        ("value", models.CharField(max_length=200)),
                        ("events", models.BigIntegerField(default=0)),
                    ],
                    options={
                        "db_table": "usage_value",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="UsageAnchor",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("since", models.DateTimeField()),
                        ("day", models.DateField()),
                        ("zone", models.CharField(max_length=50)),
                    ],
                    options={
                        "db_table": "usage_anchor",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "since"), name="an_account_has_one_anchor_at_a_time"
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="UsageReservation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "ref",
                            models.CharField(
                                default=sublet.metering.models.new_reservation_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="accounts.account",
                            ),
                        ),
                        ("meter", models.PositiveIntegerField()),
                        ("start", models.DateTimeField()),
                        ("quantity", models.BigIntegerField()),
                        ("source", models.CharField(max_length=120)),
                        ("event_id", models.CharField(max_length=120)),
                        ("at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("committed", "Used"),
                                    ("released", "Given back"),
                                    ("lapsed", "Lapsed"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        ("used", models.BigIntegerField(null=True)),
                        ("answered", models.BigIntegerField()),
                    ],
                    options={
                        "db_table": "usage_reservation",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["ends_at"],
                                name="open_reservations_by_end",
                            ),
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["account", "meter"],
                                name="open_reservations_of_a_meter",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "source", "event_id"), name="a_reservation_is_made_once"
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
            ]
        ),
        migrations.RunPython(lay_out, migrations.RunPython.noop),
    ]
