"""Every mail in every language, as a real browser lays it out: nothing too wide, nothing that cannot be read, light and dark."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Browser

from sublet.messaging.rendering import render_mail
from sublet.messaging.worded import all_kinds
from tests.messaging.test_rendering import BRAND, ORIGIN
from tests.messaging.test_wording_rendering import LANGUAGES, values
from tests.thorough import FULL

pytestmark = pytest.mark.browser
WIDTHS = (320, 600, 1000)
#: A picture that is there, so that nothing is fetched.
PICTURE = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
#: What is wrong in each frame: too wide for its width, or words of less than 4.5 : 1 on their ground.
LOOK = """() => {
  const channel = (value) => { const c = value / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => { const [r, g, b] = parts(color).map(channel); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const clear = (color) => color === "transparent" || (parts(color).length > 3 && parts(color)[3] === 0);
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = each.ownerDocument.defaultView.getComputedStyle(each).backgroundColor;
      if (!clear(color)) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const faults = [];
  for (const frame of document.querySelectorAll("iframe")) {
    const inner = frame.contentDocument;
    const over = inner.documentElement.scrollWidth - inner.documentElement.clientWidth;
    if (over > 0) faults.push(`${frame.title}: ${over} px too wide`);
    for (const element of inner.querySelectorAll("td > div, td > a, td > p")) {
      if (!element.textContent.trim()) continue;
      const [a, b] = [light(inner.defaultView.getComputedStyle(element).color), light(ground(element))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 4.5) faults.push(`${frame.title}: ${ratio.toFixed(1)} : 1 “${element.textContent.trim().slice(0, 30)}”`);
    }
  }
  return faults;
}"""


def framed(language: str) -> str:
    """A page with every mail of that language, in one width by turns: over the languages, each kind comes in each.

    A full run (`SUBLET_TEST_FULL=1`) shows all of them.
    """
    brand = replace(
        BRAND, logo_url="/brand/x", logo_dark_url="/brand/y", name="Studio Rosa Digitale & Co. Kommunikation"
    )
    frames = []
    for number, kind in enumerate(all_kinds()):
        long = {name: "Bella-Napoli-Ristorante-Pizzeria " * 2 if name in {"account", "client"} else value
                for name, value in values(kind).items()}  # fmt: skip
        mail = render_mail(template=kind.template, brand=brand, language=language, context=long, origin=ORIGIN)
        html = mail.html.replace(f"{ORIGIN}/brand/x", PICTURE).replace(f"{ORIGIN}/brand/y", PICTURE)
        quoted = html.replace("&", "&amp;").replace('"', "&quot;")
        turn = (number + LANGUAGES.index(language)) % len(WIDTHS)
        frames += [
            f'<iframe title="{kind.key} {language} {width}" width="{width}" srcdoc="{quoted}"></iframe>'
            for width in (WIDTHS if FULL else WIDTHS[turn : turn + 1])
        ]
    return "<!doctype html>" + "".join(frames)


def test_every_mail_can_be_read_at_every_width_in_light_and_dark(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1100, "height": 800})
    try:
        for language in LANGUAGES:
            page.emulate_media(color_scheme="light")
            page.set_content(framed(language), wait_until="load")
            assert page.evaluate("document.querySelectorAll('iframe').length") == len(all_kinds()) * (
                len(WIDTHS) if FULL else 1
            )
            assert page.evaluate(LOOK) == []
            page.emulate_media(color_scheme="dark")
            assert page.evaluate(LOOK) == []
        # The eyes see what they are made for.
        page.evaluate(
            "document.querySelector('iframe').contentDocument.querySelectorAll('td > div')"
            ".forEach(each => each.style.setProperty('color', '#333', 'important'))"
        )
        page.evaluate("document.querySelector('iframe').contentDocument.body.style.minWidth = '2000px'")
        assert len(page.evaluate(LOOK)) >= 2
    finally:
        page.close()
