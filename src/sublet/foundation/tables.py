"""Many tables in one migration."""

from __future__ import annotations

from typing import Any

from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState


class CreateTables(Operation):
    """`CreateModel` for many tables at once, in the order in which their foreign keys need them.

    Django builds all models of all apps anew after each single `CreateModel`: for a hundred tables that takes a minute, and
    making them two seconds. Here they are built once.
    """

    category = OperationCategory.ADDITION

    def __init__(self, operations: list[CreateModel]) -> None:
        self.operations = operations

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """As a migration's file names it."""
        return self.__class__.__name__, [self.operations], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """All at once: models that are already built are thrown away before, and built again when somebody asks for them."""
        state.clear_delayed_apps_cache()
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Make the tables."""
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Drop the tables, the last first."""
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """As `migrate --plan` tells it."""
        return f"Create the tables of {', '.join(operation.name for operation in self.operations)}"

    def references_model(self, name: str, app_label: str) -> bool:
        """Whether one of them needs that model: says yes where in doubt, as the base class does."""
        return any(operation.references_model(name, app_label) for operation in self.operations)


def half_way(executor: MigrationExecutor) -> list[str]:
    """The apps of which only a part of the gathered migrations has run: Django itself takes them for complete.

    They come from an installation that was older than `docs/decisions/0026` allows; what is missing there cannot be made here.
    """
    applied = executor.loader.applied_migrations
    return sorted(
        app
        for (app, _name), migration in executor.loader.replacements.items()
        if (app, migration.name) not in applied
        and 0 < len(applied.keys() & set(migration.replaces)) < len(migration.replaces)
    )


def missing(executor: MigrationExecutor) -> list[tuple[str, str]]:
    """App and name of each migration that has not run, in their order, those that `half_way` finds first."""
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [(app, "0001_tables") for app in half_way(executor)] + [(each.app_label, each.name) for each, _back in plan]
