"""The one row of the clock, and on PostgreSQL the trigger that numbers changes at the commit.

The row of the clock is locked from then to the end of the commit: numbers are given in the order in which they are seen.
"""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

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
    dependencies = [("entitlements", "0001_initial")]

    operations = [migrations.RunPython(forwards, backwards)]
