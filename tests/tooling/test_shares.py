"""What a commit's run leaves to the other database: never a race."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest


@dataclass(eq=False)
class Item:
    nodeid: str

    @property
    def path(self) -> Path:
        return Path(self.nodeid.partition("::")[0])

    def get_closest_marker(self, name: str) -> bool:
        return name == "slow"


def kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, *, on_postgresql: bool) -> set[str]:
    """Of a large run's tests, those that stay."""
    conftest: Any = next(each for each in request.config.pluginmanager.get_plugins() if hasattr(each, "RACES"))
    thorough: Any = __import__("tests.thorough", fromlist=["_TURN"])
    monkeypatch.setattr(conftest, "ON_POSTGRESQL", on_postgresql)
    monkeypatch.setattr(conftest, "FULL", False)
    monkeypatch.setattr(thorough, "FULL", False)
    monkeypatch.setattr(thorough, "_TURN", int(on_postgresql))
    names = [f"{start}.py::test_{number}" for start in conftest.RACES for number in range(3)]
    names += [f"{start}.py::test_many[{number}]" for start in conftest.RACES for number in range(8)]
    names += [f"tests/accounts/test_{number}.py::test_it" for number in range(400)]
    items: list[Any] = [Item(name) for name in names]
    hook = SimpleNamespace(pytest_deselected=lambda items: None)
    conftest.pytest_collection_modifyitems(SimpleNamespace(hook=hook), items)
    return {each.nodeid for each in items}


def test_races_run_whole_on_both_databases(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    conftest: Any = next(each for each in request.config.pluginmanager.get_plugins() if hasattr(each, "RACES"))
    for on_postgresql in (False, True):
        there = kept(request, monkeypatch, on_postgresql=on_postgresql)
        for start in conftest.RACES:
            assert len([name for name in there if name.startswith(start)]) == 3 + 8
        assert 0 < len([name for name in there if name.startswith("tests/accounts/")]) < 400  # the others take turns
    root = Path(__file__).parents[1]
    assert all((root.parent / f"{start}.py").exists() or (root.parent / start).is_dir() for start in conftest.RACES)
