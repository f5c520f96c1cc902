"""What is locked is what the project asks for, wherever it is fetched from; what is vendored is what was fetched."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

TOP = Path(__file__).parents[2]
NAME = re.compile(r"[A-Za-z0-9._-]+")


def normal(requirement: str) -> str:
    found = NAME.match(requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def pins(lock: str) -> dict[str, str]:
    lines = (TOP / "requirements" / lock).read_text(encoding="utf-8").splitlines()
    found = [re.fullmatch(r"([a-z0-9-]+)(?:\[[a-z,]+\])?==([^ ;]+).*", line) for line in lines]
    return {match[1]: match[2] for match in found if match}


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {normal(requirement) for requirement in project["dependencies"]}
    for_demo = {normal(requirement) for requirement in project["optional-dependencies"]["demo"]}
    for_tests = {normal(requirement) for requirement in project["optional-dependencies"]["test"]}
    assert asked - pins("run.txt").keys() == set()
    assert for_demo - pins("demo.txt").keys() == set()
    assert for_tests - pins("test.txt").keys() == set()


def test_the_tests_run_with_the_versions_that_are_shipped() -> None:
    run, demo, test = pins("run.txt"), pins("demo.txt"), pins("test.txt")
    assert run == {name: demo[name] for name in run}
    assert demo == {name: test[name] for name in demo}


def test_every_locked_package_has_hashes_and_none_names_an_index() -> None:
    for lock in ("build.txt", "run.txt", "demo.txt", "test.txt"):
        text = (TOP / "requirements" / lock).read_text(encoding="utf-8")
        assert "://" not in text
        assert "-index" not in text
        for entry in re.split(r"\n(?=[a-z0-9])", text)[1:]:
            assert " --hash=sha256:" in entry


def test_the_vendored_files_are_those_of_the_manifest() -> None:
    check = subprocess.run(
        [sys.executable, TOP / "scripts/vendor.py", "check"], capture_output=True, text=True, check=False
    )
    assert (check.returncode, check.stdout, check.stderr) == (0, "", "")
