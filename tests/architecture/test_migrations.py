"""Migrations that take no minute, and installations from before they were gathered (docs/decisions/0026)."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection, migrations
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from sublet.foundation.tables import half_way, missing

OURS = {config.label for config in apps.get_app_configs() if config.name.startswith("sublet.")}
#: Each builds all models of all apps anew.
MANY = 6


def test_no_migration_makes_many_tables_one_by_one() -> None:
    """`CreateTables` makes them at once."""
    found = {
        str(migration): singly
        for migration in MigrationLoader(None).disk_migrations.values()
        if migration.app_label in OURS
        and (singly := sum(isinstance(each, migrations.CreateModel) for each in migration.operations)) > MANY
    }
    assert found == {}


def unsaid() -> dict[str, list[str]]:
    """By app, what its models have and no migration makes."""
    loader = MigrationLoader(None)
    found = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(graph=loader.graph)
    return {
        app: [each.describe() for one in made for each in one.operations] for app, made in found.items() if app in OURS
    }


def test_every_field_is_made_by_a_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unsaid() == {}
    monkeypatch.setattr(apps.get_model("accounts", "Account")._meta.get_field("name"), "max_length", 7)
    assert unsaid() == {"accounts": ["Alter field name on account"]}  # positive control


@pytest.mark.django_db
def test_an_installation_from_before_has_nothing_to_do() -> None:
    """Its recorder knows the old names only: they stand for the new ones."""
    recorder = MigrationRecorder(connection)
    replaced = [each for each in MigrationLoader(None).disk_migrations.values() if each.replaces]
    assert {each.app_label for each in replaced} >= {"accounts", "people", "billing"}
    for each in replaced:
        recorder.record_unapplied(each.app_label, each.name)
        for app, name in each.replaces:
            recorder.record_applied(app, name)
    executor = MigrationExecutor(connection)
    assert missing(executor) == []


@pytest.mark.django_db
def test_one_that_stopped_half_way_is_refused() -> None:
    """It must neither make tables that are there nor pass for complete: positive control of the test above."""
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("moves", "0001_tables")
    recorder.record_unapplied("moves", "0003_stopped")
    executor = MigrationExecutor(connection)
    assert half_way(executor) == ["moves"]
    assert missing(executor) == [("moves", "0001_tables")]
