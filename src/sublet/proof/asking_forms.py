"""Forms of a page that are answered to GET, as addresses: searching and narrowing change nothing, and have answers of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

from sublet.proof.visitor import Answer

#: Addresses that ask somebody else something when they are opened: a company's provider.
_OUTWARD = re.compile(r"/login/company/[^/]+/(begin|back)/")
#: What finds nothing, and is neither a number, nor a date, nor one of the choices.
NONSENSE = "nothing-here"
_MOST_FIELDS, _LONGEST = 40, 1500
_NOT_SENT = frozenset({"submit", "button", "reset", "image", "file"})
_AS_THEY_STAND = frozenset({"hidden", "checkbox", "radio", "password"})


@dataclass(slots=True)
class Forms:
    """`addresses` with what tells one from another: a search that stands on each page is one. `sends`: some are sent otherwise."""

    addresses: list[tuple[tuple[str, str], str]] = field(default_factory=list)
    sends: bool = False


@dataclass(slots=True)
class _Form:
    action: str
    method: str
    fields: list[tuple[str, str, str]] = field(default_factory=list)  # name, kind, value


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self.open: _Form | None = None
        self.choice: tuple[str, str | None] | None = None  # the name of a choice, and what is chosen

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = _Form(told.get("action", ""), told.get("method", "get").lower() or "get")
            self.forms.append(self.open)
        elif self.open is None:
            return
        elif tag == "input" and told.get("name"):
            kind = told.get("type", "text").lower()
            if kind not in _NOT_SENT and (kind not in {"checkbox", "radio"} or "checked" in told):
                self._keep(told["name"], kind, told.get("value", "on" if kind == "checkbox" else ""))
        elif tag == "textarea" and told.get("name"):
            self._keep(told["name"], "text", "")
        elif tag == "select" and told.get("name"):
            self.choice = told["name"], None
        elif tag == "option" and self.choice is not None and (self.choice[1] is None or "selected" in told):
            self.choice = self.choice[0], told.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select" and self.choice is not None:
            self._keep(self.choice[0], "select", self.choice[1] or "")
            self.choice = None

    def _keep(self, name: str, kind: str, value: str) -> None:
        if self.open is not None and len(self.open.fields) < _MOST_FIELDS:
            self.open.fields.append((name, kind, value))


def asked_by(answer: Answer, host: str) -> Forms:
    """The forms of a page on that host."""
    found = Forms()
    if answer.kind != "text/html" or b"<form" not in answer.body.lower():
        return found
    reader = _Reader()
    try:
        reader.feed(answer.body.decode(errors="replace"))
    except AssertionError:
        pass  # what is no HTML at all must not end the scan; its forms until there were read
    for form in reader.forms:
        if form.method != "get":
            found.sends = found.sends or form.method == "post"
            continue
        path = on_host(form.action or answer.address, answer.address, host).partition("?")[0]
        if not path:
            continue
        names = " ".join(sorted({name for name, _kind, _value in form.fields}))
        # As it stands, with something looked for; and once with what fits none of its fields.
        for way, nonsense in (("", ("text", "search")), ("nonsense", None)):
            values = [(name, _filled(kind, value, nonsense)) for name, kind, value in form.fields]
            address = f"{path}?{urlencode(values)}" if values else path
            if len(address) <= _LONGEST and address not in {each for _key, each in found.addresses}:
                found.addresses.append(((path, f"{names} {way}"), address))
    return found


def _filled(kind: str, value: str, nonsense: tuple[str, ...] | None) -> str:
    if kind in _AS_THEY_STAND:
        return value
    if nonsense is None:
        return NONSENSE
    return NONSENSE if kind in nonsense and not value else value


def on_host(link: str, address: str, host: str) -> str:
    """Path and query of where a link on that page leads, empty for what is no address or on no page of that host."""
    try:
        parts = urlsplit(urljoin(f"//{host}{address}", link))
        name = parts.hostname
    except ValueError:
        return ""
    if name != host or parts.scheme not in {"", "http", "https"} or _OUTWARD.match(parts.path):
        return ""
    # A zero byte as it is asked for: no database of ours takes one.
    return ((parts.path or "/") + (f"?{parts.query}" if parts.query else "")).replace("\x00", "%00")
