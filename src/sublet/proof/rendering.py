"""A real Chromium, in a process of its own that holds nothing: no database, no settings, no secret, no way to the network.

Whatever a page wants is asked of the process that started this one (`proof.browser`), which answers as `proof.visitor` does
or not at all. So a page that is looked at here can neither change anything, nor send anything anywhere, nor take a log-in
along: there is none. What it wanted of other hosts is told and refused.

One line of JSON a message. From here: ``ask`` (address, who), ``seen`` (a page), then the end. To here: a task, then answers.
"""

from __future__ import annotations

import base64
import io
import json
import os
import resource
import shutil
import signal
import sys
from threading import Thread
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

WIDE, NARROW, TALL, TALLEST = 1280, 360, 800, 2400
#: Milliseconds: for a page to load, and for its scripts to come to rest.
LOAD, REST = 8_000, 400
#: Milliseconds for a frame to have a document: one that leads to a file never has.
FRAME = 1_500
#: Bytes of this process, not of the browser: what a page says of itself is as long as it likes.
MOST_MEMORY = 3 * 1024 * 1024 * 1024
MOST_POPUPS = 4
MOST_FOREIGN, MOST_LINES, MOST_PICTURES = 20, 40, 16
#: Of one word so many pieces of a page; places that are no further apart than that are on one of them.
_MOST_OF_A_WORD, _TALLEST_PIECE = 4, 640
MOST_CHARACTERS = 400_000
MOST_FRAMES = 10
#: Around what is outlined, in pixels; and how large a picture of it may be, in bytes.
_AROUND, _LARGEST_PICTURE = 120, 200_000
_MOST_KEPT = 24 * 1024 * 1024
_NOTHING_LEAVES = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-pings",
)

#: Where the words stand: of each at most a few places, as rectangles on the page. Nothing is changed.
_PLACES = """words => {
  const found = [], low = words.map(word => word.toLowerCase());
  const add = (word, box, text, at) => { if (found.length < 120 && box.width > 0 && box.height > 0)
    found.push([word, box.x + scrollX, box.y + scrollY, box.width, box.height,
                text.slice(Math.max(0, at - 60), at + word.length + 60)]); };
  // A word that has an element of its own has its neighbours in others.
  const around = (node, text, at, word) => {
    if (text.trim().length > word.length + 3) return [text, at];
    let holder = node.parentElement;
    while (holder && holder.parentElement && holder.textContent.trim().length <= word.length + 3) holder = holder.parentElement;
    const more = holder && holder.textContent.length < 4000 ? holder.textContent.toLowerCase().replace(/\\s+/g, ' ') : text;
    return more.includes(word) ? [more, more.indexOf(word)] : [text, at];
  };
  const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = walk.nextNode(), count = 0; node && count < 20000; node = walk.nextNode(), count++) {
    if (node.nodeType === 3) {
      const text = node.data.toLowerCase();
      low.forEach((word, place) => { for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
        const range = document.createRange(); range.setStart(node, at);
        range.setEnd(node, Math.min(node.length, at + word.length));
        add(words[place], range.getBoundingClientRect(), ...around(node, text, at, low[place])); } });
      continue;
    }
    for (const name of ['alt', 'title', 'placeholder', 'value', 'aria-label', 'href', 'src']) {
      const text = (node.getAttribute(name) || '').toLowerCase();
      if (text) low.forEach((word, place) => { const at = text.indexOf(word);
        if (at >= 0) add(words[place], node.getBoundingClientRect(), text, at); });
    }
  }
  return found;
}"""

#: What shows a picture, as rectangles on the page.
_SHOWN = """() => {
  const found = [];
  for (const each of document.querySelectorAll('img, svg, canvas, picture, video, object, input[type=image], *')) {
    const drawn = /^(img|svg|canvas|video|object)$/i.test(each.tagName) || each.type === 'image';
    if (!drawn && !getComputedStyle(each).backgroundImage.includes('url(')) continue;
    const box = each.getBoundingClientRect();
    if (box.width >= 16 && box.height >= 16 && box.width <= 1200 && box.height <= 800 && found.length < 24)
      found.push([box.x + scrollX, box.y + scrollY, box.width, box.height]);
  }
  return found;
}"""

#: What scripts have put where the page's own source does not show it (shadow trees, which are all made open: `_OPEN`), and the
#: text as people read it: a name of which each half has an element of its own, and what stands in fields.
_READ = """most => {
  const apart = [], text = [document.title];
  const read = root => {
    for (const each of root.querySelectorAll('*')) {
      if (each.matches('input:not([type=password]), textarea')) text.push(each.value);
      if (!each.shadowRoot) continue;
      apart.push(each.shadowRoot.innerHTML);
      for (const child of each.shadowRoot.children) if (child.matches(':not(style, script)')) text.push(child.innerText || '');
      read(each.shadowRoot);
    }
  };
  read(document);
  text.push(document.body ? document.body.innerText : '');
  const source = Array.from(document.childNodes, each => each.nodeType === 8 ? `<!--${each.data}-->` : each.outerHTML || '');
  return [source.join('\\n').slice(0, most), apart.join('\\n').slice(0, most), text.join('\\n').slice(0, most)];
}"""
_OPEN = """(() => {
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (how) { return attach.call(this, {...how, mode: 'open'}); };
})()"""

_STORED = "most => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]).slice(0, most)"


def _send(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _receive() -> dict[str, Any]:
    line = sys.stdin.readline()
    if not line:
        raise SystemExit(0)  # whoever asked is gone
    found: dict[str, Any] = json.loads(line)
    return found


class _Answers:
    """Answers of the process that started this one. What never changes is asked for once."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, Any]] = {}
        self._left = _MOST_KEPT

    def get(self, address: str, who: str) -> dict[str, Any]:
        known = self._kept.get(address)
        if known is not None:
            return known
        _send({"ask": address, "who": who})
        found = _receive()
        if address.startswith("/static/") and len(found["body"]) < self._left:
            self._left -= len(found["body"])
            self._kept[address] = found
        return found


class _Page:
    """What happened while one page was shown."""

    def __init__(self, host: str, who: str, answers: _Answers) -> None:
        self.host, self.who, self.answers = host, who, answers
        self.foreign: list[str] = []
        self.lines: list[str] = []

    def route(self, route: Any) -> None:
        request = route.request
        parts = urlsplit(request.url)
        if parts.hostname != self.host or parts.scheme not in {"http", "https"}:
            if parts.scheme not in {"data", "blob"} and len(self.foreign) < MOST_FOREIGN:
                self.foreign.append(request.url[:300])
            route.abort("blockedbyclient")
            return
        if request.method not in {"GET", "HEAD"}:
            route.abort("blockedbyclient")  # looking changes nothing
            return
        answer = self.answers.get((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), self.who)
        if not answer["status"]:
            route.abort("failed")
            return
        headers = {name: value for name, value in answer["headers"] if name.lower() not in _OF_THE_WIRE}
        route.fulfill(status=answer["status"], headers=headers, body=base64.b64decode(answer["body"]))

    def wire(self, socket: Any) -> None:
        if urlsplit(socket.url).hostname != self.host and len(self.foreign) < MOST_FOREIGN:
            self.foreign.append(socket.url[:300])
        socket.close()

    def said(self, message: Any) -> None:
        if len(self.lines) < MOST_LINES:
            self.lines.append(str(message.text)[:500])

    def asked(self, dialog: Any) -> None:
        if len(self.lines) < MOST_LINES:
            self.lines.append(str(dialog.message)[:500])
        dialog.dismiss()


_OF_THE_WIRE = {"content-length", "content-encoding", "transfer-encoding", "connection", "set-cookie"}


def drive() -> None:
    """In the process of its own: show every page of the task, and tell what was seen. Ends by itself."""
    from playwright.sync_api import Error, sync_playwright

    task = _receive()
    Thread(target=_end_with, args=(task["parent"], task["folder"]), daemon=True).start()
    ends = monotonic() + task["seconds"]
    options = [*_NOTHING_LEAVES, *(["--no-sandbox"] if os.getuid() == 0 else [])]
    answers = _Answers()
    with sync_playwright() as playwright:
        # A proxy that is not there: an address without a name is not reached either, this machine's own among them.
        browser = playwright.chromium.launch(
            executable_path=task["program"] or None,
            args=options,
            proxy={"server": "http://127.0.0.1:9", "bypass": "<-loopback>"},
        )
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        contexts: dict[str, Any] = {}
        now = _Now()
        try:
            for asked in task["pages"]:
                if monotonic() > ends:
                    break
                context = contexts.get(asked["who"])
                if context is None:
                    context = contexts[asked["who"]] = browser.new_context(
                        viewport={"width": WIDE, "height": TALL}, service_workers="block", accept_downloads=False,
                        locale=task["language"] or None, reduced_motion="reduce",
                    )  # fmt: skip
                    # Of all that is opened in it: what a page opens beside itself asks for something as well.
                    context.route("**/*", lambda route: now.page.route(route))
                    context.route_web_socket("**/*", lambda socket: now.page.wire(socket))
                    context.on("page", _only_some)
                seen = now.page = _Page(task["host"], asked["who"], answers)
                page = context.new_page()
                try:
                    _send(_look(page, seen, task, asked))
                except Error as fault:
                    _send({"seen": asked["address"], "who": asked["who"], "fault": str(fault)[:200],
                           "foreign": seen.foreign, "lines": seen.lines})  # fmt: skip
                finally:
                    for opened in context.pages:  # the page, and what it has opened
                        opened.close()
        finally:
            browser.close()
    _send({"end": True})


class _Now:
    """Which page is shown."""

    page: _Page


def _only_some(page: Any) -> None:
    """A page may open others without end."""
    if len(page.context.pages) > 1 + MOST_POPUPS:
        page.close()


def _end_with(parent: int, folder: str) -> None:
    """When whoever asked is killed, nobody else would end a page that goes round in a circle, nor take its files away.

    `folder` is the one that was made for this browser. What `tempfile` would say is another one where that is gone already: all
    of the machine's.
    """
    while os.getppid() == parent:
        sleep(0.5)
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


def _look(page: Any, seen: _Page, task: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    page.set_default_timeout(LOAD)
    page.on("console", seen.said)
    page.on("pageerror", lambda fault: seen.lines.append(str(fault)[:500]) if len(seen.lines) < MOST_LINES else None)
    page.on("dialog", seen.asked)
    page.add_init_script(_OPEN)
    page.goto(task["origin"] + asked["address"], wait_until="load", timeout=LOAD)
    page.wait_for_timeout(REST)
    told: dict[str, Any] = {"seen": asked["address"], "who": asked["who"], "fault": ""}
    told["html"], told["text"], told["whole"] = _written(page)
    told["places"] = page.evaluate(_PLACES, task["words"])
    told["stored"] = page.evaluate(_STORED, MOST_CHARACTERS)[:MOST_CHARACTERS]
    told["cookies"] = [[each["name"], each["value"]] for each in page.context.cookies()][:50]
    told["shown"] = []
    whole: bytes = b""
    if told["places"] or asked["logos"]:
        whole = _shot(page)
    if told["places"]:
        told["pictures"] = _outlined(whole, told["places"])
    if asked["logos"]:
        told["shown"] = _crops(whole, page.evaluate(_SHOWN))
        page.set_viewport_size({"width": NARROW, "height": TALL})
        told["shown"] += _crops(_shot(page), page.evaluate(_SHOWN))
    told["foreign"], told["lines"] = seen.foreign, seen.lines
    return told


def _written(page: Any) -> tuple[str, str, bool]:
    """The page's source with that of its frames, its text, and whether this is all of it."""
    from playwright.sync_api import Error

    sources, texts, whole = list[str](), list[str](), len(page.frames) <= MOST_FRAMES
    for frame in page.frames[:MOST_FRAMES]:
        try:
            if frame is not page.main_frame:
                frame.wait_for_selector(":root", state="attached", timeout=FRAME)
            source, apart, text = frame.evaluate(_READ, MOST_CHARACTERS + 1)
            sources += (source, apart)
            texts.append(text)
        except Error:
            if frame is page.main_frame:
                raise
            whole = False
    source, text = "\n".join(sources), "\n".join(texts)
    whole = whole and max(len(source), len(text)) <= MOST_CHARACTERS
    return source[:MOST_CHARACTERS], text[:MOST_CHARACTERS], whole


def _shot(page: Any) -> bytes:
    high = min(TALLEST, int(page.evaluate("() => document.documentElement.scrollHeight")) or TALL)
    wide = page.viewport_size["width"]
    taken: bytes = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": wide, "height": high}, timeout=LOAD)
    return taken


def _outlined(whole: bytes, places: list[list[Any]]) -> list[list[Any]]:
    """Pieces of the page with every place of one word outlined: the word, a PNG in base64, and what stands around each place."""
    from PIL import Image, ImageDraw

    made: list[list[Any]] = []
    picture = Image.open(io.BytesIO(whole)).convert("RGB")
    for boxes in _pieces(places, picture.width, picture.height):
        word, drawn = boxes[0][0], picture.copy()
        for _word, box, _text in boxes:
            ImageDraw.Draw(drawn).rectangle(box, outline=(214, 57, 57), width=3)
        left = max(0, min(box[0] for _word, box, _text in boxes) - 2 * _AROUND)
        top = max(0, min(box[1] for _word, box, _text in boxes) - _AROUND)
        right = max(left + 640, max(box[2] for _word, box, _text in boxes) + _AROUND)
        bottom = max(box[3] for _word, box, _text in boxes) + _AROUND
        cut = drawn.crop((left, top, min(picture.width, right), min(picture.height, bottom)))
        cut.thumbnail((960, 880))
        into = io.BytesIO()
        cut.quantize(64).save(into, "PNG", optimize=True)
        if into.tell() <= _LARGEST_PICTURE:
            made.append([word, base64.b64encode(into.getvalue()).decode(), [text for _word, _box, text in boxes]])
        if len(made) == MOST_PICTURES:
            break
    return made


def _pieces(places: list[list[Any]], wide: int, high: int) -> list[list[tuple[str, tuple[int, int, int, int], str]]]:
    """What is outlined on one piece of the page: the places of one word that are near to each other, from above."""
    words: dict[str, list[list[tuple[str, tuple[int, int, int, int], str]]]] = {}
    for word, x, y, width, height, text in sorted(places, key=lambda each: each[2]):
        box = (int(x) - 4, int(y) - 4, int(x + width) + 4, int(y + height) + 4)
        if box[1] >= high or box[0] >= wide or box[3] <= 0 or box[2] <= 0:
            continue
        pieces = words.setdefault(word, [])
        if pieces and box[3] - pieces[-1][0][1][1] <= _TALLEST_PIECE:
            pieces[-1].append((word, box, text))
        elif len(pieces) < _MOST_OF_A_WORD:
            pieces.append([(word, box, text)])
    # The first of each word before the second of any.
    return [pieces[turn] for turn in range(_MOST_OF_A_WORD) for pieces in words.values() if turn < len(pieces)]


def _crops(whole: bytes, boxes: list[list[float]]) -> list[str]:
    """Each box of the page as a small PNG in base64."""
    from PIL import Image

    made = []
    picture = Image.open(io.BytesIO(whole)).convert("RGB")
    for x, y, wide, high in boxes:
        box = (max(0, int(x)), max(0, int(y)), min(picture.width, int(x + wide)), min(picture.height, int(y + high)))
        if box[2] - box[0] < 12 or box[3] - box[1] < 12:
            continue
        cut = picture.crop(box)
        cut.thumbnail((256, 256))
        into = io.BytesIO()
        cut.save(into, "PNG")
        made.append(base64.b64encode(into.getvalue()).decode())
    return list(dict.fromkeys(made))
