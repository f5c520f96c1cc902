"""Going through the portals as a person does, without a browser: links are followed and forms sent as the pages have them.

Nothing is sent that the page does not offer: what it lacks fails the test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from django.test import Client


@dataclass
class Control:
    """What a form sends under one name. `choices` None: whatever is typed."""

    value: Any = None
    choices: list[str] | None = None


@dataclass
class Form:
    """One form: where it is sent, what it has, and its buttons as (words, name, value)."""

    action: str
    method: str
    controls: dict[str, Control] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """The links, forms and words of a page, below ``<main>`` where it says so."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.forms: list[Form] = []
        self.words: list[str] = []
        self.values: dict[str, str] = {}  # of fields, by their ids
        self._open: list[tuple[list[str], dict[str, str]]] = []  # a link, a button or an option that is being read
        self._form: Form | None = None
        self._select: Control | None = None
        self._silent = 0
        self.feed(source)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag in ("script", "style", "template"):
            self._silent += 1
        elif tag == "form":
            self._form = Form(told.get("action", ""), told.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag in ("a", "button", "option", "textarea"):
            self._open.append(([], told | {"tag": tag}))
            if tag == "textarea" and self._form is not None:
                self._form.controls[told.get("name", "")] = Control("")
        elif tag == "select" and self._form is not None:
            self._select = self._form.controls[told.get("name", "")] = Control(None, [])
        elif tag == "input":
            self._input(told)

    def _input(self, told: Mapping[str, str]) -> None:
        if "id" in told:
            self.values[told["id"]] = told.get("value", "")
        name, kind = told.get("name", ""), told.get("type", "text")
        if self._form is None or not name or "disabled" in told or "form" in told:
            return
        if kind not in ("radio", "checkbox"):
            self._form.controls[name] = Control(None if kind == "file" else told.get("value", ""))
            return
        control = self._form.controls.setdefault(name, Control(None, []))
        assert control.choices is not None
        control.choices.append(told.get("value", "on"))
        if "checked" in told:
            control.value = told.get("value", "on")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "template"):
            self._silent -= 1
        elif tag == "form":
            self._form = None
        elif tag == "select":
            if self._select is not None and self._select.value is None and self._select.choices:
                self._select.value = self._select.choices[0]
            self._select = None
        elif self._open and self._open[-1][1]["tag"] == tag:
            words, told = self._open.pop()
            self._close(" ".join("".join(words).split()), told)

    def _close(self, words: str, told: Mapping[str, str]) -> None:
        if told["tag"] == "a":
            self.links.append((words, told.get("href", "")))
        elif told["tag"] == "option" and self._select is not None and self._select.choices is not None:
            self._select.choices.append(told.get("value", words))
            if "selected" in told:
                self._select.value = told.get("value", words)
        elif self._form is not None and told["tag"] == "textarea":
            self._form.controls[told.get("name", "")].value = words
        elif self._form is not None and told["tag"] == "button" and told.get("type", "submit") == "submit":
            self._form.buttons.append((words, told.get("name", ""), told.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        for words, _told in self._open:
            words.append(data)
        self.words.append(data)


class Walk:
    """A person's way through the pages. `page`: the one that stands open, at `url`."""

    def __init__(self, browser: Client, url: str) -> None:
        self.browser = browser
        self.go(url)

    def go(self, url: str) -> None:
        """Type an address: where a person begins."""
        self._show(url, self.browser.get(url, follow=True))

    def follow(self, words: str) -> None:
        """Click the link with just these words, or the only place to which links lead that have them among others."""
        links = [(each, href) for each, href in self.page.links if href and not href.startswith("#")]
        found = {href for each, href in links if each == words} or {href for each, href in links if words in each}
        assert len(found) == 1, (self.url, words, sorted(found), [each for each, _ in links])
        self.go(urljoin(self.url, found.pop()))

    def send(self, button: str, values: Mapping[str, Any] | None = None, *, ticks: str = "") -> None:
        """Fill in the form that has this button, and press it. `ticks`: a box that is ticked if the page has it."""
        values = dict(values or {})
        forms = [
            form
            for form in self.page.forms
            if any(each[0] == button for each in form.buttons) and values.keys() <= form.controls.keys()
        ]
        told = (self.url, button, values, [(form.buttons, list(form.controls)) for form in self.page.forms])
        assert len(forms) == 1, told
        form = forms[0]
        if ticks and (box := form.controls.get(ticks)) is not None and box.choices:
            values[ticks] = box.choices[0]
        for name, value in values.items():
            choices = form.controls[name].choices
            assert choices is None or value in choices, (self.url, name, value, choices)
        sent = {name: control.value for name, control in form.controls.items() if control.value is not None} | values
        name, value = next((each[1], each[2]) for each in form.buttons if each[0] == button)
        if name:
            sent[name] = value
        url = urljoin(self.url, form.action)
        ask = self.browser.post if form.method == "post" else self.browser.get
        self._show(url, ask(url, sent, follow=True))

    def reads(self, *sentences: str) -> None:
        """All of them stand on the page."""
        for each in sentences:
            assert each in self.page.text, (self.url, each, self.page.text)

    def _show(self, url: str, response: Any) -> None:
        self.url = response.redirect_chain[-1][0] if response.redirect_chain else url
        page = response.content.decode()
        assert response.status_code == 200, (url, response.status_code, Page(page).text[:3000])
        self.page = Page(page)
