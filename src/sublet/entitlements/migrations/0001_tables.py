"""All tables of this app as they were when they were first gathered in one file; what changed later follows in files of its own."""

import django.db.models.deletion
import django.db.models.manager
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import sublet.entitlements.models
from sublet.foundation.tables import CreateTables

FUNCTION = """
CREATE OR REPLACE FUNCTION number_entitlement_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told text := coalesce(current_setting('sublet.account', true), '');
    next bigint;
BEGIN
    PERFORM set_config('sublet.account', '*', true);
    IF EXISTS (SELECT 1 FROM entitlement_change WHERE account_id = NEW.account_id AND sequence IS NULL) THEN
        INSERT INTO entitlement_clock (id, sequence, everybody) VALUES (1, 1, 0)
            ON CONFLICT (id) DO UPDATE SET sequence = entitlement_clock.sequence + 1 RETURNING sequence INTO next;
        UPDATE entitlement_change SET sequence = next WHERE account_id = NEW.account_id;
    END IF;
    PERFORM set_config('sublet.account', told, true);
    RETURN NULL;
END $$
"""
TRIGGER = """
CREATE CONSTRAINT TRIGGER is_numbered_at_the_commit AFTER INSERT OR UPDATE ON entitlement_change
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.sequence IS NULL) EXECUTE FUNCTION number_entitlement_change()
"""


def forwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("entitlements", "EntitlementClock").objects.get_or_create(id=1)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FUNCTION)
        schema_editor.execute(TRIGGER)


def backwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER IF EXISTS is_numbered_at_the_commit ON entitlement_change")
        schema_editor.execute("DROP FUNCTION IF EXISTS number_entitlement_change()")


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ("entitlements", "0001_initial"),
        ("entitlements", "0002_numbers_of_changes"),
        ("entitlements", "0003_terms_of_trials"),
    ]
    dependencies = [("accounts", "0001_tables")]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name="EntitlementSource",
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
                        ("kind", models.CharField(max_length=10)),
                        ("key", models.CharField(max_length=60)),
                        ("version", models.PositiveIntegerField()),
                        ("opens", models.CharField(blank=True, default="", max_length=60)),
                        ("opens_version", models.PositiveIntegerField(default=0)),
                        ("count", models.PositiveIntegerField(default=1)),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "entitlement_source",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "ends_at"], name="sources_of_an_account"),
                            models.Index(fields=["kind", "key", "version"], name="accounts_with_a_source"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ("plan", "trial", "add_on"))),
                                name="a_source_is_of_a_known_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_at__isnull", True), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                                ),
                                name="a_source_ends_after_it_starts",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Override",
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
                        ("giver_id", models.BigIntegerField()),
                        ("layer", models.CharField(max_length=10)),
                        ("kind", models.CharField(max_length=10)),
                        ("key", models.CharField(max_length=60)),
                        ("value", models.JSONField(null=True)),
                        ("policy", models.CharField(blank=True, default="", max_length=10)),
                        ("thresholds", models.JSONField(default=list)),
                        ("since", models.DateTimeField()),
                        ("until", models.DateTimeField(null=True)),
                        ("note", models.CharField(blank=True, default="", max_length=500)),
                        ("said_by", models.CharField(max_length=200)),
                    ],
                    options={
                        "db_table": "entitlement_override",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "until"], name="words_about_an_account")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("layer__in", ("vendor", "reseller", "client"))),
                                name="a_word_is_of_a_known_layer",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ("feature", "meter"))),
                                name="a_word_is_about_a_feature_or_meter",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("policy__in", ("", "block", "notify", "overage", "grace", "degrade"))
                                ),
                                name="a_word_has_a_known_policy",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"
                                ),
                                name="a_word_ends_after_it_begins",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("until__isnull", True)),
                                fields=("account", "layer", "kind", "key"),
                                name="a_layer_says_one_thing",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="TopUp",
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
                        (
                            "ref",
                            models.CharField(
                                default=sublet.entitlements.models.new_top_up_ref,
                                editable=False,
                                max_length=32,
                                unique=True,
                            ),
                        ),
                        ("giver_id", models.BigIntegerField()),
                        ("meter", models.CharField(max_length=60)),
                        ("units", models.PositiveIntegerField()),
                        ("since", models.DateTimeField()),
                        ("until", models.DateTimeField(null=True)),
                        ("reason", models.CharField(blank=True, default="", max_length=500)),
                        ("given_by", models.CharField(max_length=200)),
                    ],
                    options={
                        "db_table": "top_up",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "until"], name="top_ups_of_an_account")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("units__gt", 0)), name="a_top_up_gives_something"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"
                                ),
                                name="a_top_up_ends_after_it_begins",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="ServiceSetting",
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
                        ("giver_id", models.BigIntegerField()),
                        ("service", models.CharField(max_length=60)),
                        ("enabled", models.BooleanField(null=True)),
                        ("managed_by", models.CharField(blank=True, default="", max_length=10)),
                        ("allowance", models.PositiveIntegerField(null=True)),
                        ("sets_allowance", models.BooleanField(default=False)),
                        ("since", models.DateTimeField()),
                        ("until", models.DateTimeField(null=True)),
                        ("set_by", models.CharField(max_length=200)),
                    ],
                    options={
                        "db_table": "service_setting",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [models.Index(fields=["account", "until"], name="services_of_an_account")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("until__isnull", True)),
                                fields=("account", "service"),
                                name="a_service_is_set_one_way",
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Pool",
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
                        ("meter", models.CharField(max_length=60)),
                        ("size", models.BigIntegerField()),
                        ("oversell", models.PositiveIntegerField(null=True)),
                    ],
                    options={
                        "db_table": "quota_pool",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "meter"), name="a_reseller_has_one_pool_of_a_meter"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("size__gte", 0)), name="a_pool_holds_nothing_or_more"
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Share",
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
                        (
                            "pool",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="shares",
                                to="entitlements.pool",
                            ),
                        ),
                        ("reserve", models.BigIntegerField(default=0)),
                        ("cap", models.BigIntegerField(null=True)),
                    ],
                    options={
                        "db_table": "quota_share",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "pool"), name="a_client_has_one_share_of_a_pool"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reserve__gte", 0)), name="a_reserve_is_nothing_or_more"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cap__isnull", True), ("cap__gte", models.F("reserve")), _connector="OR"
                                ),
                                name="a_cap_is_not_below_the_reserve",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="MeterState",
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
                        ("meter", models.CharField(max_length=60)),
                        ("period_key", models.CharField(max_length=40)),
                        ("state", models.CharField(max_length=10)),
                        ("reached_at", models.DateTimeField(null=True)),
                        ("resets_at", models.DateTimeField(null=True)),
                        ("since", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "meter_state",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "constraints": [
                            models.UniqueConstraint(fields=("account", "meter"), name="a_meter_stands_in_one_place"),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ("open", "near", "reached", "over", "refused"))),
                                name="a_meter_is_in_a_known_state",
                            ),
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Alert",
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
                        ("meter", models.CharField(max_length=60)),
                        ("period_key", models.CharField(max_length=40)),
                        ("limit", models.BigIntegerField()),
                        ("threshold", models.SmallIntegerField()),
                        ("used", models.BigIntegerField()),
                        ("day", models.DateField(null=True)),
                        ("at", models.DateTimeField()),
                        ("told_at", models.DateTimeField(null=True)),
                        ("digest_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "db_table": "limit_alert",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                        "indexes": [
                            models.Index(fields=["account", "-at"], name="alerts_of_an_account"),
                            models.Index(
                                condition=models.Q(("told_at__isnull", True)), fields=["at"], name="alerts_to_be_told"
                            ),
                            models.Index(
                                condition=models.Q(("digest_at__isnull", True)),
                                fields=["at"],
                                name="alerts_for_a_digest",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("account", "meter", "period_key", "limit", "threshold"),
                                name="a_threshold_is_told_once",
                            )
                        ],
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="EntitlementChange",
                    fields=[
                        (
                            "account",
                            models.OneToOneField(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="accounts.account",
                            ),
                        ),
                        ("sequence", models.BigIntegerField(null=True, unique=True)),
                    ],
                    options={
                        "db_table": "entitlement_change",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="EntitlementDue",
                    fields=[
                        (
                            "account",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="accounts.account",
                            ),
                        ),
                        ("due_at", models.DateTimeField(db_index=True)),
                    ],
                    options={
                        "db_table": "entitlement_due",
                        "base_manager_name": "unscoped",
                        "default_manager_name": "unscoped",
                    },
                    managers=[
                        ("unscoped", django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name="EntitlementClock",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("sequence", models.BigIntegerField(default=0)),
                        ("everybody", models.BigIntegerField(default=0)),
                    ],
                    options={
                        "db_table": "entitlement_clock",
                    },
                ),
            ]
        ),
        migrations.RunPython(forwards, backwards),
    ]
