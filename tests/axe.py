"""What axe and a ruler say about a page that stands open in the browser."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

AXE = (Path(__file__).parent / "browser" / "vendor" / "axe-core" / "axe.min.js").read_text()
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
#: What can differ between a desk in the light and a phone in the dark.
IN_ANOTHER_LOOK = ("color-contrast", "target-size", "scrollable-region-focusable")
#: The rows of a table are made by one function: axe looks at the first ones, and the others are out of its way meanwhile.
ALIKE = "tbody > tr:nth-child(n+9)"
_RUN = """([only, without, alike]) => {
  const rows = [...document.querySelectorAll(alike)].map(row => [row, row.parentNode]);
  rows.forEach(([row]) => row.remove());
  return axe.run({
    runOnly: only, rules: Object.fromEntries(without.map(rule => [rule, {enabled: false}])),
    resultTypes: ['violations'], preload: false,
  }).then(found => found.violations.map(
    each => each.id + ': ' + each.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(' | '))
  ).finally(() => rows.forEach(([row, body]) => body.append(row)));
}"""


def keep_at_hand(page: Page) -> None:
    """For a page that will be looked at at many addresses: handing axe over anew takes longer than many of its looks."""
    page.add_init_script(AXE)


def faults_of(page: Page, width: int, *, only: tuple[str, ...] = RULES, without: tuple[str, ...] = ()) -> list[str]:
    """What axe finds, and whether the page is wider than the screen. `only`: tags of rules or rules; not those `without`."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    # Rules that are named run even where they are switched off.
    asked = [each for each in only if each not in without]
    found = page.evaluate(_RUN, [asked, without, ALIKE])
    return [f"{page.url}: {fault}" for fault in found] + too_wide(page, width)


def too_wide(page: Page, width: int) -> list[str]:
    """Whether the page is wider than the screen."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [f"{page.url}: {wide} px wide on a screen of {width}"] if wide > width else []
