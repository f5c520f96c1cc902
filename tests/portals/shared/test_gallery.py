"""Every component is drawn, with kind and unkind content, in all themes; nothing that the policy forbids is in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.template import Context
from django.template.base import Template
from django.test import Client, override_settings

import sublet.portals.shared
from tests.portals.shared.gallery import config

PAGES = {
    "/": 200, "/?visit=1&many=1": 200, "/?long=1&theme=dark": 200, "/?notices=1&theme=light": 200, "/list/": 200,
    "/list/?q=a&state=active&sort=-people&columns=language": 200, "/list/?q=zzzz": 200, "/list/?nothing=1": 200,
    "/list/?problems=1&cursor=c2": 200, "/forms/": 200, "/forms/?faults=1": 200, "/empty/": 200, "/plain/": 200,
    "/locked/": 200, "/locked/?state=closed": 200, "/progress/": 200, "/error/400/": 400, "/error/403/": 403,
    "/error/404/?neutral=1": 404, "/error/429/": 429, "/error/500/": 500,
}  # fmt: skip
COMPONENTS = Path(sublet.portals.shared.__file__).parent / "templates" / "shared"


@pytest.fixture(autouse=True)
def gallery() -> Iterator[None]:
    with override_settings(**config.SETTINGS):
        yield


def get(address: str) -> str:
    response = Client(raise_request_exception=True).get(address)
    assert response.status_code == PAGES[address]
    return response.content.decode()


def test_every_component_is_in_the_gallery(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: set[str] = set()

    def noted(self: Template, context: Context) -> object:  # the tests' own notes only whole pages
        drawn.add(self.name or "")
        return self.nodelist.render(context)

    monkeypatch.setattr(Template, "_render", noted)
    for address in PAGES:
        get(address)
    Client().get("/list/", headers={"HX-Request": "true"})
    Client().post("/onward/")
    there = {str(path.relative_to(COMPONENTS.parent)) for path in COMPONENTS.rglob("*.html")}
    ours = {name for name in there if "gallery" not in name}
    assert ours - drawn - NOT_HERE == set()


#: The first are drawn by the form engine, which does not tell what it draws; the pages show them nevertheless (see below).
#: The last ones speak of a person's rights, of an account's brand and of an offer, which the gallery has none of.
NOT_HERE = {
    "shared/widgets/color.html", "shared/widgets/drop_zone.html", "shared/widgets/tags.html",
    "shared/only_look.html", "shared/log_in_words.html", "shared/plans.html",
}  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_a_page_holds_nothing_that_the_policy_forbids(address: str) -> None:
    html = get(address)
    tags = " ".join(re.findall(r"<[a-z][^>]*>", html))
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", tags) == []
    assert re.findall(r"{%|{#|%}", html) == []


@pytest.mark.parametrize("address", PAGES)
def test_every_id_is_there_once_and_every_reference_leads_somewhere(address: str) -> None:
    html = get(address)
    ids = Counter(re.findall(r'\sid="([^"]+)"', html))
    assert [name for name, times in ids.items() if times > 1] == []
    targets = re.findall(
        r'(?:\sfor|popovertarget|commandfor|aria-describedby|aria-labelledby|aria-controls)="([^"]+)"', html
    )
    assert [name for target in targets for name in target.split() if name not in ids] == []


def test_the_fields_with_more_than_an_input_are_drawn() -> None:
    html = get("/forms/")
    assert [html.count(mark) for mark in ("data-color-field", "data-drop-zone", "data-tag-field")] == [1, 1, 1]


def test_a_page_says_its_language_direction_and_theme() -> None:
    response = Client().get("/?theme=dark", headers={"Accept-Language": "it"})
    assert '<html lang="it" dir="ltr" data-bs-theme="dark">' in response.content.decode()
    assert '<html lang="en" dir="ltr" data-bs-theme="auto">' in get("/plain/")


def test_a_neutral_page_names_nobody() -> None:
    html = get("/error/404/?neutral=1")
    assert "<title>There is nothing here</title>" in html
    assert "Studio Rosa" not in html
    assert "mailto:" not in html


def test_the_banner_says_who_as_whom_how_and_how_long() -> None:
    html = get("/?visit=1&many=1")
    assert "Rosa Bianchi, connected as Cleo Marini" in html
    assert "As the client · Trattoria da Carlo" in html
    assert "28 min" in html
    assert '<form method="post" action="/back/">' in html
    assert "/back/" not in get("/plain/")


def test_a_search_is_answered_with_the_part_that_changes() -> None:
    part = Client().get("/list/?q=bella", headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div class="results" id="clients-results"')
    assert part.count('role="row"') == 2
    assert "<html" not in part


def test_the_sorted_column_says_so() -> None:
    html = get("/list/?q=a&state=active&sort=-people&columns=language")
    assert html.count("aria-sort=") == 0  # the column that sorts is not among those shown
    assert get("/list/").count('aria-sort="ascending"') == 1


def test_every_component_tells_its_parameters() -> None:
    for path in COMPONENTS.glob("*.html"):
        text = path.read_text()
        first = text.removeprefix('{% extends "shared/base.html" %}').removeprefix('{% extends "shared/plain.html" %}')
        assert first.startswith("{% comment %}\n"), path.name
