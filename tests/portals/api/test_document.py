"""The OpenAPI document and the pages made of it: valid, with examples, current, compatible, in the host's brand."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from scripts.api_changes import breaking_changes
from sublet.portals.api.document import document
from tests.people import CARL_HOST, ROSA_HOST, VENDOR_HOST, World
from tests.portals.api.caller import fits, published

TOP = Path(__file__).resolve().parents[3]
PUBLISHED = TOP / "docs/reference/openapi.json"


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in published()["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_document_is_openapi_3_1() -> None:
    assert published()["openapi"] == "3.1.0"
    OPENAPI_31_VALIDATOR.validate(published())


def test_published_copy_is_current() -> None:
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == document(), "run `make docs`"


def test_every_operation_is_described_with_examples() -> None:
    for name, operation in operations():
        assert operation["summary"], name
        assert operation["description"].endswith("."), name
        assert operation["tags"], name
        for parameter in operation["parameters"]:
            assert parameter.get("description") or parameter["in"] == "query", (name, parameter["name"])
        for content in operation.get("requestBody", {}).get("content", {}).values():
            if "properties" not in content["schema"]:
                assert fits(content["schema"], content["example"]) == [], name


def test_every_example_of_an_answer_fits_its_shape() -> None:
    for name, operation in operations():
        for status, response in operation["responses"].items():
            for media, content in response.get("content", {}).items():
                if "json" in media:
                    assert fits(content["schema"], content["example"]) == [], (name, status)
    for name, response in published()["components"]["responses"].items():
        for content in response["content"].values():
            assert fits(content["schema"], content["example"]) == [], name


def test_operation_ids_are_distinct_and_snake_case() -> None:
    names = [operation["operationId"] for _name, operation in operations()]

    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)] == []


def get(host: str, path: str, **headers: str) -> Any:
    return Client().get("/api/v1" + path, headers={"host": host, **headers})


def test_each_host_describes_what_can_be_done_there_in_its_brand(world: World) -> None:
    seen = {host: json.loads(get(host, "/openapi.json").content) for host in (VENDOR_HOST, ROSA_HOST, CARL_HOST)}

    assert seen[ROSA_HOST]["info"]["title"] == "Rosa Web Studio API"
    assert seen[ROSA_HOST]["servers"] == [{"url": f"https://{ROSA_HOST}"}]
    assert "/api/v1/manifest" in seen[VENDOR_HOST]["paths"]
    assert "/api/v1/manifest" not in seen[ROSA_HOST]["paths"]
    assert "/api/v1/clients" in seen[ROSA_HOST]["paths"]
    assert "/api/v1/clients" not in seen[CARL_HOST]["paths"]
    assert "/api/v1/account" in seen[CARL_HOST]["paths"]
    for document_ in seen.values():
        OPENAPI_31_VALIDATOR.validate(document_)


@pytest.mark.parametrize("path", ["/openapi.json", "/", "/problems/", "/problems/not-found", "/nothing"])
@pytest.mark.parametrize("host", [ROSA_HOST, CARL_HOST])
def test_no_word_of_the_vendor_on_other_hosts(world: World, host: str, path: str) -> None:
    response = get(host, path)

    said = (response.content.decode() + str(response.headers)).lower()
    assert [word for word in ("vantage", VENDOR_HOST) if word in said] == []
    if path == "/openapi.json" and host == CARL_HOST:
        assert re.findall(r"\bvendors?\b|\bresellers’|\bmanifest\b", response.content.decode().lower()) == []


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a" and str(found.get("href", "")).startswith("#"):
            self.targets.append(str(found["href"])[1:])
        self.inline += [name for name in found if name == "style" or name.startswith("on")]
        if tag == "script" and "src" not in found:
            self.inline.append("script")


def test_reference_page_has_every_operation_and_nothing_inline(world: World) -> None:
    response = get(ROSA_HOST, "/")
    text = response.content.decode()
    page = Page(text)

    assert (response.status_code, page.inline) == (200, [])
    assert len(set(page.ids)) == len(page.ids)
    assert set(page.targets) <= set(page.ids)
    assert {"list_clients", "create_client", "make_key"} <= set(page.ids)
    assert "list_jobs" not in page.ids
    assert (
        f"curl &#x27;https://{ROSA_HOST}/api/v1/clients&#x27;" in text
        or f"curl https://{ROSA_HOST}/api/v1/clients" in text
    )


def test_every_type_of_a_problem_is_a_page(world: World) -> None:
    text = get(VENDOR_HOST, "/problems/").content.decode()
    slugs = re.findall(r'href="/api/v1/problems/([a-z0-9-]+)"', text)

    assert {"not-found", "cannot-close-account", "cannot-retry-job"} <= set(slugs)
    for slug in slugs:
        response = get(VENDOR_HOST, f"/problems/{slug}")
        assert response.status_code == 200, slug
        assert Page(response.content.decode()).inline == []
    assert get(VENDOR_HOST, "/problems/nothing").status_code == 404
    assert get(ROSA_HOST, "/problems/cannot-retry-job").status_code == 404


def changed(edit: Any) -> list[str]:
    """What the check says when `edit` has changed the document."""
    after = copy.deepcopy(published())
    edit(after)
    return breaking_changes(published(), after)


def _clients(after: Any) -> Any:
    return after["paths"]["/api/v1/clients"]


def test_check_of_compatibility_finds_what_would_break_a_caller() -> None:
    schemas = "ClientIn", "ClientDetails"

    assert changed(lambda after: after["paths"].pop("/api/v1/clients")) == [
        "GET /api/v1/clients is gone",
        "POST /api/v1/clients is gone",
    ]
    assert changed(lambda after: _clients(after)["get"].update(operationId="other")) == [
        "GET /api/v1/clients is called other, was list_clients"
    ]
    assert changed(lambda after: after["components"]["schemas"][schemas[0]]["required"].append("city")) == [
        "POST /api/v1/clients takes: city is needed now"
    ]
    assert changed(lambda after: after["components"]["schemas"][schemas[0]]["properties"].pop("city")) == [
        "POST /api/v1/clients takes: city is gone"
    ]
    assert "POST /api/v1/clients answers 201: city is gone" in changed(
        lambda after: after["components"]["schemas"][schemas[1]]["properties"].pop("city")
    )
    assert "POST /api/v1/clients answers 201: version was integer, is string" in changed(
        lambda after: after["components"]["schemas"][schemas[1]]["properties"]["version"].update(type="string")
    )
    assert changed(lambda after: _clients(after)["get"]["parameters"].pop(0)) == [
        "GET /api/v1/clients: the parameter cursor is gone"
    ]
    assert changed(lambda after: _clients(after)["get"]["parameters"][0].update(required=True)) == [
        "GET /api/v1/clients: the parameter cursor is needed now"
    ]
    assert changed(lambda after: _clients(after)["post"]["responses"].pop("201")) == [
        "POST /api/v1/clients no longer answers 201"
    ]
    narrower = changed(
        lambda after: after["components"]["schemas"][schemas[0]]["properties"]["name"].update(maxLength=20)
    )
    assert narrower == ["POST /api/v1/clients takes: name: maxLength was 200, is 20"]
    fewer = changed(
        lambda after: after["components"]["schemas"][schemas[0]]["properties"]["ownership"].update(enum=["client"])
    )
    assert fewer == ["POST /api/v1/clients takes: ownership no longer takes reseller"]


def test_check_of_compatibility_lets_growth_be() -> None:
    def grow(after: Any) -> None:
        after["paths"]["/api/v1/new-things"] = copy.deepcopy(_clients(after))
        after["components"]["schemas"]["ClientIn"]["properties"]["mood"] = {"type": "string"}
        after["components"]["schemas"]["ClientDetails"]["properties"]["mood"] = {"type": "string"}
        _clients(after)["get"]["parameters"].append(
            {"name": "mood", "in": "query", "required": False, "schema": {"type": "string"}}
        )
        _clients(after)["get"]["summary"] = "Other words"

    assert changed(grow) == []
    assert changed(lambda after: None) == []
