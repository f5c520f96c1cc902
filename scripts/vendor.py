"""Fetch the front-end files and the type that are kept in the repository, and write the manifests that say what they are.

Run `python scripts/vendor.py` after changing a version below; it needs npm, pip and a network.
`python scripts/vendor.py check` needs neither and fails when a file differs from the manifest.

What is kept: built files and licences only, without references to source maps (the static files storage would look
for the maps and fail), and from the icon set one sprite with the icons named here:
`<use href="…/vendor/icons/icons.svg#users">`.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
STATIC = TOP / "src/sublet/portals/shared/static/vendor"
TESTS = TOP / "tests/browser/vendor"
SIGN_ON = TOP / "tests/sso/npm"
PROVIDER = TOP / "tests/sso/provider"
PAPER = TOP / "src/sublet/branding/documents/fonts"
ROOTS = (STATIC, TESTS, SIGN_ON, PROVIDER, PAPER)


@dataclass(frozen=True)
class Package:
    """One npm package: what is taken from it (path in the package -> file name here) and where it goes."""

    name: str
    version: str
    folder: Path
    files: dict[str, str]


#: Of jose, what openid-client loads: for encrypted answers, which nobody gives here.
OF_JOSE = """
    jwe/compact/decrypt lib/buffer_utils lib/content_encryption lib/deflate lib/jwe_algorithms lib/jwe_decrypt lib/key
    lib/key_descriptor lib/key_management lib/validate util/base64url util/errors
""".split()

PACKAGES = (
    Package("htmx.org", "2.0.11", STATIC / "htmx", {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "LICENSE"}),
    Package("@tabler/core", "1.6.1", STATIC / "tabler", {"dist/css/tabler.min.css": "tabler.min.css"}),
    Package("@tabler/icons", "3.51.0", STATIC / "icons", {"LICENSE": "LICENSE"}),
    Package(
        "uplot",
        "1.6.32",
        STATIC / "uplot",
        {"dist/uPlot.iife.min.js": "uplot.min.js", "dist/uPlot.min.css": "uplot.min.css", "LICENSE": "LICENSE"},
    ),
    Package("axe-core", "4.14.1", TESTS / "axe-core", {"axe.min.js": "axe.min.js", "LICENSE": "LICENSE"}),
    *(
        Package(name, version, SIGN_ON / name, {each: each for each in ("package.json", "LICENSE.md", *files)})
        for name, version, files in (
            ("openid-client", "6.9.0", ["build/index.js"]),
            ("oauth4webapi", "3.8.8", ["build/index.js"]),
            ("jose", "6.2.18", [f"dist/webapi/{name}.js" for name in OF_JOSE]),
        )
    ),
)

#: A foreign identity provider for the tests, with the forty packages that it needs, in one file; and what makes it one.
FOREIGN, BUNDLER = ("oidc-provider", "9.13.3"), ("esbuild", "0.28.2")
REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);"

#: Type for documents, from the Python index: package, version, folder in it, files. The compiler brings only serifs.
TYPE = (
    ("fontpkg-fira-sans", "4.203", "fontpkg_fira_sans", ("FiraSans-Regular.ttf", "FiraSans-Bold.ttf")),
    ("fontpkg-zilla-slab", "1.2", "fontpkg_zilla_slab", ("ZillaSlab-Regular.ttf", "ZillaSlab-Bold.ttf")),
)

ICONS = """
    activity adjustments alert-circle alert-triangle apps archive arrow-back-up arrow-down arrow-left
    arrow-narrow-right arrow-right arrow-up at ban bell book briefcase building building-store calendar chart-bar
    chart-line chart-pie check checks chevron-down chevron-left chevron-right chevron-up chevrons-left
    chevrons-right circle-check circle-x clipboard clock cloud code columns confetti copy credit-card database
    device-desktop device-mobile dots dots-vertical download edit external-link eye eye-off file-invoice
    file-spreadsheet file-text filter fingerprint flag folder forms gift heart help history home hourglass id
    info-circle key language layout-dashboard layout-sidebar link list list-check lock lock-open login logout mail
    mail-forward mail-opened map-pin menu-2 message minus moon mouse news note notification packages palette
    paperclip pencil phone photo pin player-pause player-play plug plus point puzzle receipt refresh rocket rotate
    search select selector send server settings share shield shield-check shield-lock shopping-cart sitemap
    sort-ascending sort-descending speakerphone star sun switch-horizontal table tag tags target template ticket
    tool transfer trash trending-up upload user user-check user-cog user-edit user-exclamation user-minus user-off
    user-plus user-question user-share user-x users users-group versions wallet webhook wifi-off world world-www x
    zoom-exclamation
""".split()

# The package ships no licence file; this is the text of its repository.
TABLER_LICENSE = """\
The MIT License (MIT)

Copyright (c) 2018-2026 The Tabler Authors

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in
all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN
THE SOFTWARE.
"""

SOURCE_MAP = re.compile(r"(//[#@] sourceMappingURL=[^\n]*|/\*# sourceMappingURL=.*?\*/)\n?")


@contextmanager
def fetched(package: Package) -> Iterator[Callable[[str], str]]:
    """Within: a function from a path in the package to that file's text. Raises when npm cannot get the package."""
    with tempfile.TemporaryDirectory() as scratch:
        command = ["npm", "pack", "--json", f"{package.name}@{package.version}"]
        made = subprocess.run(command, cwd=scratch, check=True, capture_output=True, text=True)
        with tarfile.open(Path(scratch) / json.loads(made.stdout)[0]["filename"]) as archive:

            def read(path: str) -> str:
                member = archive.extractfile(f"package/{path}")
                if member is None:
                    raise FileNotFoundError(f"{path} in {package.name} is not a file")
                return member.read().decode()

            yield read


def sprite(read: Callable[[str], str]) -> str:
    """One SVG with a `<symbol>` for each icon in ICONS; the strokes follow the text's color."""
    symbols = []
    for name in sorted(ICONS):
        source = read(f"icons/outline/{name}.svg")
        inner = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", source, flags=re.DOTALL)
        paths = [line.strip() for line in inner.splitlines() if line.strip() and 'd="M0 0h24v24H0z"' not in line]
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"'
            f' stroke-linecap="round" stroke-linejoin="round">{"".join(paths)}</symbol>'
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def bundled() -> dict[str, object]:
    """Put FOREIGN into one file, with the licences of all that is in it; returns its entry in the manifest."""
    with tempfile.TemporaryDirectory() as scratch:
        names = ["@".join(each) for each in (FOREIGN, BUNDLER)]
        subprocess.run(["npm", "install", "--save-exact", *names], cwd=scratch, check=True, capture_output=True)
        modules = Path(scratch) / "node_modules"
        (Path(scratch) / "entry.mjs").write_text(f'export {{ default }} from "{FOREIGN[0]}";\n', encoding="utf-8")
        # It finds its models by the names of their classes, which must stay.
        options = (
            "--bundle --platform=node --format=esm --target=node22 --minify --keep-names --legal-comments=none".split()
        )
        command = [str(modules / ".bin/esbuild"), "entry.mjs", *options, f"--banner:js={REQUIRE}", "--outfile=out.mjs"]
        subprocess.run(command, cwd=scratch, check=True, capture_output=True)
        licences = []
        for path in sorted(modules.glob("*/LICENSE*")):
            if "esbuild" not in path.parent.name:
                licences.append(f"{path.parent.name}\n\n{path.read_text(encoding='utf-8').strip()}\n")
        PROVIDER.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(scratch) / "out.mjs", PROVIDER / f"{FOREIGN[0]}.mjs")
        (PROVIDER / "LICENSES").write_text("\n---\n\n".join(licences), encoding="utf-8")
    return {
        "name": FOREIGN[0],
        "version": FOREIGN[1],
        "license": "MIT, and those in LICENSES",
        "origin": f"npm:{names[0]}, bundled by {names[1]}",
        "files": {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(PROVIDER.glob("*"))
            if path.name != "manifest.json"
        },
    }


def typefaces() -> list[dict[str, object]]:
    """Put TYPE into PAPER, each with its licence; returns its entries in the manifest."""
    entries: list[dict[str, object]] = []
    for name, version, folder, files in TYPE:
        with tempfile.TemporaryDirectory() as scratch:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
            subprocess.run([*command, f"--dest={scratch}", f"{name}=={version}"], check=True)
            (wheel,) = Path(scratch).glob("*.whl")
            PAPER.mkdir(parents=True, exist_ok=True)
            kept = {file: f"{folder}/files/{file}" for file in files} | {f"{name}.LICENSE": f"{folder}/LICENSE"}
            with zipfile.ZipFile(wheel) as archive:
                for file, source in kept.items():
                    (PAPER / file).write_bytes(archive.read(source))
        entries.append(
            {
                "name": name,
                "version": version,
                "license": "OFL-1.1",
                "origin": f"pypi:{name}=={version}",
                "files": {file: hashlib.sha256((PAPER / file).read_bytes()).hexdigest() for file in sorted(kept)},
            }
        )
    return entries


def remake() -> None:
    for root in ROOTS:
        shutil.rmtree(root, ignore_errors=True)
    entries: dict[Path, list[dict[str, object]]] = {root: [] for root in ROOTS}
    for package in PACKAGES:
        with fetched(package) as read:
            about = json.loads(read("package.json"))
            package.folder.mkdir(parents=True)
            for source, name in package.files.items():
                (package.folder / name).parent.mkdir(parents=True, exist_ok=True)
                (package.folder / name).write_text(SOURCE_MAP.sub("", read(source)), encoding="utf-8")
            if package.name == "@tabler/icons":
                (package.folder / "icons.svg").write_text(sprite(read), encoding="utf-8")
            if package.name == "@tabler/core":
                (package.folder / "LICENSE").write_text(TABLER_LICENSE, encoding="utf-8")
        (root,) = (root for root in ROOTS if package.folder.is_relative_to(root))
        entries[root].append(
            {
                "name": package.name,
                "version": package.version,
                "license": about["license"],
                "origin": f"npm:{package.name}@{package.version}",
                "files": {
                    path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
                    for path in sorted(package.folder.rglob("*"))
                    if path.is_file()
                },
            }
        )
    entries[PROVIDER].append(bundled())
    entries[PAPER] = typefaces()
    for root, packages in entries.items():
        (root / "manifest.json").write_text(json.dumps({"packages": packages}, indent=2) + "\n", encoding="utf-8")


def faults() -> list[str]:
    """What differs between the files and their manifests: one sentence each, sorted; empty when all is as written."""
    found = []
    for root in ROOTS:
        manifest = json.loads((root / "manifest.json").read_text(encoding="utf-8"))
        known = {name: digest for package in manifest["packages"] for name, digest in package["files"].items()}
        present = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()} - {"manifest.json"}
        found += [f"{root.relative_to(TOP)}/{name} is not in the manifest." for name in present - known.keys()]
        found += [f"{root.relative_to(TOP)}/{name} is missing." for name in known.keys() - present]
        for name in known.keys() & present:
            if hashlib.sha256((root / name).read_bytes()).hexdigest() != known[name]:
                found.append(f"{root.relative_to(TOP)}/{name} was changed after it was fetched.")
    return sorted(found)


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["check"]):
        sys.exit("usage: python scripts/vendor.py [check]")
    if not sys.argv[1:]:
        remake()
    differences = faults()
    if differences:
        sys.exit("\n".join(differences))
