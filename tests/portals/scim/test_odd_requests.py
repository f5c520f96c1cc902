"""What no directory should send, and some do: each is refused as SCIM refuses, or understood, and none is a fault of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client

from sublet.people.models import DirectoryPerson
from tests.people import World
from tests.portals.scim.directory import GROUP, USER, Speaker

LONG = "x" * 300
FIRST = """
from scim2_models import SearchRequest
from sublet.portals.api.scim.described import PROVIDER, Group, User
with PROVIDER:
    for model, asked in ((User, 'userName eq "x"'), (Group, 'members.value eq "x"')):
        print(SearchRequest[model].model_validate({"filter": asked}).filter)
"""


@pytest.mark.parametrize(
    ("operation", "keyword", "said"),
    [
        ({"path": "userName", "value": LONG}, "invalidValue", "“userName” has at most 254 characters."),
        ({"path": "externalId", "value": LONG}, "invalidValue", "“externalId” has at most 254 characters."),
        ({"value": {"userName": ""}}, "invalidValue", "A person needs a userName."),
        (
            {"path": "displayName", "value": "x" * 20_000},
            "invalidValue",
            "What is said of one person has at most 10000",
        ),
        ({"path": "emails", "value": "ada@k.example"}, "invalidValue", "emails.0: Input should be a valid dictionary"),
        (
            {"path": "emails", "value": [{"value": "a@k.example\r\nBcc: b@k.example"}]},
            "invalidValue",
            "“a@k.example bcc",
        ),
        ({"path": "groups", "value": [{"value": "dgr_x"}]}, "mutability", ""),
        ({"path": "emails[" * 200, "value": "x"}, "invalidPath", ""),
    ],
)
def test_a_change_that_is_refused_leaves_the_person_as_it_was(
    world: World, carl: Speaker, operation: dict[str, Any], keyword: str, said: str
) -> None:
    ref = carl.add("ada@kitchen.example", displayName="Ada")
    answer = carl.patch(f"/Users/{ref}", {"op": "replace", **operation})
    assert (answer.status, answer["scimType"]) == (400, keyword), answer.body
    assert answer["detail"].startswith(said)
    assert "\n" not in answer["detail"]
    row = DirectoryPerson.unscoped.get()
    assert (row.user_key, row.name, row.version) == ("ada@kitchen.example", "Ada", 1)


def test_paths_are_understood_whatever_their_case(world: World, carl: Speaker) -> None:
    ref = carl.add("ada@kitchen.example", emails=[{"value": "ada@kitchen.example", "type": "work"}])
    person = f"/Users/{ref}"
    assert (
        carl.patch(person, {"op": "REPLACE", "path": 'EMAILS[TYPE Eq "work"].Value', "value": "b@k.example"}).status
        == 200
    )
    assert carl.patch(person, {"op": "Add", "path": f"{USER}:DisplayName", "value": "Ada"}).status == 200
    changed = carl.patch(person, {"op": "Replace", "value": {"name.familyName": "Alba", "ACTIVE": "False"}})
    row = DirectoryPerson.unscoped.get()
    assert (changed["name"], row.email, row.name, row.is_active) == (
        {"familyName": "Alba"},
        "b@k.example",
        "Ada",
        False,
    )


def test_a_new_process_knows_at_once_what_it_is_asked_by() -> None:
    """The first request after a start is often a search, as in the test of a connection."""
    told = subprocess.run(
        [sys.executable, "-c", FIRST],
        env={"PYTHONPATH": os.pathsep.join(sys.path), "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.splitlines() == ['userName eq "x"', 'members.value eq "x"']


def test_names_of_groups_have_a_bound_and_what_is_no_json_is_no_fault(world: World, carl: Speaker) -> None:
    answer = carl.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": LONG})
    assert (answer.status, answer["detail"]) == (400, "“displayName” has at most 200 characters.")
    browser = Client(headers={"host": carl.host, "authorization": f"Bearer {carl.secret}"})
    for body, status in (
        (b"{" + b" " * 5_000_000 + b"}", 413),
        (b"[" * 100_000, 400),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400),
        (b'{"userName":"\xff"}', 400),
        (b'{"userName":"a@k.example","externalId":"\\u0000"}', 400),
    ):
        sent = browser.generic("POST", "/scim/v2/Users", body, content_type="application/scim+json")
        assert (sent.status_code, sent["Content-Type"]) == (status, "application/scim+json")
    assert not DirectoryPerson.unscoped.exists()


@pytest.mark.parametrize("edge", ['gt "0001-01-01T00:00:00+23:59"', 'lt "9999-12-31T23:59:59-23:59"'])
def test_a_time_beyond_the_calendar_is_none(world: World, carl: Speaker, edge: str) -> None:
    answer = carl.ask("GET", f"/Users?filter=meta.created {edge.replace('+', '%2B')}")
    assert (answer.status, answer["scimType"]) == (400, "invalidFilter")
