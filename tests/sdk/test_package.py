"""The package stands alone: no Django, few dependencies, typed, documented, installable."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import sublet_client

TOP = Path(__file__).resolve().parents[2]
SDK = TOP / "sdk" / "python"
FILES = sorted((SDK / "src" / "sublet_client").glob("*.py"))


def test_it_loads_without_django_and_without_us() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import sublet_client, sublet_client.forward, sublet_client.banner, sublet_client.webhooks, sys\n"
         "print([each for each in sys.modules if each.split('.')[0] in {'django', 'sublet', 'requests', 'msgspec'}])"],
        env={"PYTHONPATH": str(SDK / "src")}, capture_output=True, text=True, check=True, cwd="/",
    )  # fmt: skip
    assert found.stdout.strip() == "[]"


def test_its_dependencies_are_few_and_locked() -> None:
    project = tomllib.loads((SDK / "pyproject.toml").read_text())["project"]
    names = [re.match(r"[a-z]+", each) for each in project["dependencies"]]
    lock = (TOP / "requirements" / "demo.txt").read_text()

    assert [name[0] for name in names if name] == ["httpx", "pyjwt", "tzdata"]
    assert [name[0] for name in names if name and f"\n{name[0]}==" not in lock] == []
    assert project["version"] == sublet_client.__version__


def test_everything_public_is_described() -> None:
    silent = []
    for path in FILES:
        tree = ast.parse(path.read_text())
        if not ast.get_docstring(tree):
            silent.append(path.name)
        for node in tree.body:
            inner = [node, *(node.body if isinstance(node, ast.ClassDef) else [])]
            silent += [
                f"{path.name}: {each.name}"
                for each in inner
                if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
                and not each.name.startswith("_")
                and not ast.get_docstring(each)
                and not any(isinstance(mark, ast.Name) and mark.id == "property" for mark in each.decorator_list)
            ]
    assert silent == []
    assert [name for name in sublet_client.__all__ if not getattr(sublet_client, name).__doc__] == []


def test_no_file_is_long_and_only_one_reads_the_clock() -> None:
    assert {path.name: count for path in FILES if (count := len(path.read_text().splitlines())) > 560} == {}
    clocks = re.compile(r"\btime\.(time|monotonic|clock_gettime)\(|datetime\.now\(|\.today\(")
    assert [path.name for path in FILES if clocks.search(path.read_text())] == ["_clock.py"]


@pytest.mark.slow
def test_a_wheel_of_it_has_its_types(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
         "--disable-pip-version-check", "--wheel-dir", tmp_path, "."],
        cwd=_copy(tmp_path), check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()

    assert {f"sublet_client/{path.name}" for path in FILES} <= set(names)
    assert "sublet_client/py.typed" in names


def _copy(folder: Path) -> Path:
    """Building writes beside the sources."""
    import shutil

    return Path(shutil.copytree(SDK, folder / "sources", ignore=shutil.ignore_patterns("__pycache__")))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["flask", "fastapi", "django"])
def test_the_examples_are_typed(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """As a product checks them that takes its types seriously: what the package says of itself is enough."""
    cache = tmp_path_factory.getbasetemp() / "mypy"  # one for all three: each would read the same packages anew
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "/dev/null", "--cache-dir", cache, "--ignore-missing-imports",
         "--follow-untyped-imports", "--disable-error-code", "import-untyped", "shop.py"],
        cwd=TOP / "examples/connect" / name, env={"MYPYPATH": str(SDK / "src"), "PATH": "/usr/bin:/bin"}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert [line for line in done.stdout.splitlines() if ": error:" in line] == []
