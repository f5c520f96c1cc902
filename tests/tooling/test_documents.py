"""What the documents say of one another: each link leads somewhere, and each decision has a number of its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
_LINK = re.compile(r"\[[^\]\n]*(?:\n[^\]\n]*)?\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
#: Folders that hold what others have written, or what a run has made.
_NOT_OURS = {".venv", "node_modules", "var", ".git"}


def documents() -> list[Path]:
    """Every page of ours that is written in Markdown."""
    found = [TOP / name for name in ("README.md", "CONTRIBUTING.md")]
    for folder in ("docs", "src", "sdk", "examples"):
        found += [each for each in (TOP / folder).rglob("*.md") if not _NOT_OURS & set(each.parts)]
    return found


def headings(page: Path) -> set[str]:
    """The anchors of a page, as they are made of its headings."""
    lines = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL).splitlines()
    words = (line.lstrip("#").strip().lower() for line in lines if line.startswith("#"))
    return {re.sub(r"[^\w\- ]", "", each).replace(" ", "-") for each in words}


def dead_links(page: Path) -> Iterator[str]:
    for link in _LINK.findall(
        _CODE.sub(lambda code: "" if "\n" in code[0] else "code", page.read_text(encoding="utf-8"))
    ):
        name, _mark, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        there = (page.parent / name).resolve() if name else page
        if not there.exists():
            yield f"{page.name}: {link}"
        elif anchor and there.suffix == ".md" and anchor not in headings(there):
            yield f"{page.name}: {link} (no such heading)"


def test_each_link_leads_somewhere() -> None:
    pages = documents()
    assert len(pages) > 60
    assert sum(len(_LINK.findall(page.read_text(encoding="utf-8"))) for page in pages) > 100
    assert [link for page in pages for link in dead_links(page)] == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    there, page = tmp_path / "there.md", tmp_path / "page.md"
    there.write_text("# A heading, of sorts\n\n```\n# no heading\n```\n", encoding="utf-8")
    page.write_text(
        "[a](there.md) [b](there.md#a-heading-of-sorts) [c](gone.md) [d](there.md#no-heading)\n"
        "[`e`](gone.py) [f](https://example.com/gone) `[g](gone.md)`\n```\n[h](gone.md)\n```\n",
        encoding="utf-8",
    )
    assert list(dead_links(page)) == [
        "page.md: gone.md", "page.md: there.md#no-heading (no such heading)", "page.md: gone.py",
    ]  # fmt: skip


def test_each_decision_has_a_number_of_its_own() -> None:
    found = Counter(each.name[:4] for each in (TOP / "docs" / "decisions").glob("*.md"))
    assert [number for number, times in found.items() if times > 1] == []
