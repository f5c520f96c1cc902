"""The client for TypeScript: made from the description of the API, compiled strictly, and run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.sdk.stand_in import KEY, StandIn

pytestmark = pytest.mark.slow
TOP = Path(__file__).resolve().parents[2]
HERE, CLIENT = Path(__file__).parent / "typescript", TOP / "sdk" / "typescript"
TOOLS = CLIENT / "node_modules"


def node(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["node", *arguments], cwd=cwd, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of the package with what is generated, in a folder of their own."""
    assert TOOLS.is_dir(), "scripts/do.sh test installs what this needs: npm ci in sdk/typescript"
    folder = tmp_path_factory.mktemp("typescript")
    (folder / "src").mkdir()
    (folder / "node_modules").symlink_to(TOOLS)
    for name in ("package.json", "tsconfig.json", "src/index.ts"):
        shutil.copy(CLIENT / name, folder / name)
    description = TOP / "docs/reference/openapi.json"
    words = json.loads((CLIENT / "package.json").read_text())["scripts"]["generate"].split()
    flags = [each for each in words if each.startswith("--") and each != "--output"]
    made = node(
        TOOLS / "openapi-typescript/bin/cli.js", description, *flags, "--output", folder / "src/api.ts", cwd=folder
    )
    assert made.returncode == 0, made.stderr[-3000:]
    return folder


def compiled(package: Path, source: str) -> str:
    """What the compiler says of the package with that product in it."""
    for each in HERE.glob("*.ts"):
        (package / "src" / each.name).unlink(missing_ok=True)
    shutil.copy(HERE / source, package / "src" / source)
    (package / "types.d.ts").write_text("declare const process: { argv: string[] };\n")
    config = json.loads((package / "tsconfig.json").read_text())
    (package / "tsconfig.test.json").write_text(
        json.dumps(
            config | {"include": ["src", "types.d.ts"], "compilerOptions": config["compilerOptions"] | {"rootDir": "."}}
        )
    )
    return node(TOOLS / "typescript/bin/tsc", "-p", "tsconfig.test.json", cwd=package).stdout


def test_the_client_compiles_and_speaks_with_a_server(package: Path, server: StandIn) -> None:
    assert compiled(package, "product.ts") == ""

    done = node("dist/src/product.js", server.url, KEY, cwd=package)

    assert json.loads(done.stdout or done.stderr) == {
        "feature": True,
        "left": 49,
        "allowed": True,
        "refused": "404 not-found",
    }
    assert {
        bool(each.get("Idempotency-Key") or each.get("idempotency-key"))
        for each, asked in zip(server.headers, server.asked, strict=True)
        if asked.startswith("POST")
    } == {True}


def test_what_is_wrong_does_not_compile(package: Path) -> None:
    """Positive control: each of the four faults is found, at its line."""
    assert sorted(set(re.findall(r"wrong\.ts\((\d+),", compiled(package, "wrong.ts")))) == ["5", "6", "7", "9"]


def test_everything_is_pinned_and_no_host_is_named() -> None:
    lock = json.loads((CLIENT / "package-lock.json").read_text())
    packages = {name: each for name, each in lock["packages"].items() if name}

    assert packages
    assert [name for name, each in packages.items() if "version" not in each or "integrity" not in each] == []
    assert "://" not in json.dumps([each.get("resolved", "") for each in packages.values()])
