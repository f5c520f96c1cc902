"""The reseller's access to a client by program: what the pages do, and lists that lead on and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from sublet.foundation.scope import platform_scope
from sublet.people.models import Grant
from tests.people import AT, World
from tests.portals.api.caller import Caller

REASON = "Redesign for the summer menu"
DESIGN = {"product.design": "manage", "product.statistics": "view"}
ASK = {"sections": DESIGN, "days": 30, "reason": REASON}


@pytest.fixture
def owned(world: World) -> World:
    """Carl owns his account, and has ended the access that came with it."""
    with platform_scope("test"):
        world.carl.ownership = "client"
        world.carl.save(update_fields=["ownership"])
        Grant.objects.filter(account=world.carl).update(state="ended", ends_at=AT)
    return world


def place(world: World) -> str:
    return f"/accounts/{world.carl.ref}"


def test_access_is_asked_for_approved_and_ended(owned: World, rosa: Caller, carl: Caller) -> None:
    grants = f"{place(owned)}/grants"
    assert {each["side"] for each in rosa.get(f"{place(owned)}/access")["people"]} == {"client"}
    asked = rosa.post(grants, ASK | {"people": [owned.places["rico"].ref], "extend": True, "notice_days": 2})
    one = f"{grants}/{asked['ref']}"
    assert (asked.status, asked["state"], asked["people"], asked["extend_days"], asked["notice_days"]) == (
        201, "requested", ["Rico Russo"], 30, 2,
    )  # fmt: skip
    assert rosa.post(f"{one}/approve").code == "cannot_change_grant.not-yours"
    given = carl.post(f"{one}/approve")
    assert (given["state"], given["decided_by"] != "", given["ends_at"] is not None) == ("active", True, True)
    page = carl.get(f"{place(owned)}/access")
    assert [(each["name"], each["grants"]) for each in page["people"] if each["side"] == "reseller"] == [
        ("Rico Russo", [asked["ref"]])
    ]
    assert (page["ownership"], page["decides"], rosa.get(f"{place(owned)}/access")["decides"]) == (
        "client", True, False,
    )  # fmt: skip
    assert carl.post(f"{one}/extend", {"days": 10})["ends_at"] > given["ends_at"]
    less = rosa.post(f"{one}/narrow", {"sections": {"product.design": "view"}})
    assert (less.status, less["sections"]) == (200, {"product.design": "view"})
    assert rosa.post(f"{one}/end", {"reason": "Done"})["state"] == "ended"
    assert rosa.post(f"{one}/end").code == "cannot_change_grant.not-running"


def test_requests_are_declined_and_taken_back(owned: World, rosa: Caller, carl: Caller) -> None:
    grants = f"{place(owned)}/grants"
    first, second = (rosa.post(grants, ASK | {"days": days})["ref"] for days in (30, 31))
    assert carl.post(f"{grants}/{first}/decline", {"reason": "Not now"})["state"] == "declined"
    assert rosa.post(f"{grants}/{second}/end")["state"] == "ended"
    assert [each["ref"] for each in carl.get(f"{grants}?state=over")["items"]][:2] == [second, first]
    assert carl.get(f"{grants}?state=requested")["items"] == []


def test_a_client_of_a_reseller_that_owns_the_account_asks_for_an_end(world: World, rosa: Caller, carl: Caller) -> None:
    running = carl.get(f"{place(world)}/grants?state=active")["items"]
    one = f"{place(world)}/grants/{running[0]['ref']}"
    assert (running[0]["may_ask_end"], running[0]["may_end"]) == (True, False)
    asked = carl.post(f"{one}/request-end", {"reason": "We do it ourselves now"})
    assert (asked.status, asked["end_asked_reason"]) == (200, "We do it ourselves now")
    assert carl.post(f"{one}/end").code == "cannot_change_grant.not-yours"
    assert rosa.get(one)["end_asked_at"] is not None
    assert carl.post(f"{one}/answer-end", {"accept": True}).code == "cannot_change_grant.not-yours"
    assert rosa.post(f"{one}/answer-end", {"accept": False})["end_asked_at"] is None
    less = carl.post(f"{one}/request-end", {"sections": {"product.design": "view"}})
    assert (less["end_asked_left"], less["may_answer_end"]) == ("Design (view)", False)
    done = rosa.post(f"{one}/answer-end", {"accept": True})
    assert (done["everywhere"], done["sections"]) == ("none", {"product.design": "view"})


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"reason": "short"}, "reason-too-short", "reason"),
        ({"sections": {}}, "scope-empty", "sections"),
        ({"sections": {"product.nothing": "view"}}, "scope-unknown", "sections"),
        ({"people": ["col_7HqWm2Zr9KtXbd"]}, "people", "people"),
    ],
)
def test_what_is_wrong_is_named_with_its_field(
    owned: World, rosa: Caller, body: dict[str, object], code: str, field: str
) -> None:
    answer = rosa.post(f"{place(owned)}/grants", ASK | body)
    assert (answer.status, answer.code, answer.fields) == (409, f"cannot_change_grant.{code}", [(field, code)])


def test_who_has_no_business_there_finds_nothing(
    owned: World, rosa: Caller, vera: Caller, call: Callable[..., Caller]
) -> None:
    ref = rosa.post(f"{place(owned)}/grants", ASK)["ref"]
    for stranger in (call("remo"), call("nora"), vera):
        for path in ("access", "grants", f"grants/{ref}"):
            assert stranger.get(f"{place(owned)}/{path}").status in {403, 404}
        assert stranger.post(f"{place(owned)}/grants/{ref}/approve").status in {403, 404}
    looks = call("rosa", rights={"clients": "view"})
    assert looks.get(f"{place(owned)}/grants/{ref}").status == 200
    assert looks.post(f"{place(owned)}/grants", ASK).status == 403
    elsewhere = call("rosa", rights={"clients": "manage"}, reach=[owned.elan])
    assert elsewhere.get(f"{place(owned)}/access").status == 404
    assert elsewhere.post(f"{place(owned)}/grants", ASK).status == 404


def test_the_same_request_once_more_is_not_asked_twice(owned: World, rosa: Caller) -> None:
    headers = {"Idempotency-Key": "ask-1"}
    first = rosa.ask("POST", f"{place(owned)}/grants", ASK, headers=headers)
    again = rosa.ask("POST", f"{place(owned)}/grants", ASK, headers=headers)
    assert (first.status, again.status, again["ref"]) == (201, 201, first["ref"])
    assert len(rosa.get(f"{place(owned)}/grants?state=requested")["items"]) == 1


def there_and_back(caller: Caller, path: str) -> tuple[list[str], list[str]]:
    """The references of a list one by one to its end, and back to its beginning."""
    there, back = [], []
    page = caller.get(f"{path}?limit=1")
    assert page["previous"] is None
    while True:
        there += [each["ref"] for each in page["items"]]
        if page["next"] is None:
            break
        page = caller.get(f"{path}?limit=1&cursor={page['next']}")
    while True:
        back += [each["ref"] for each in page["items"]]
        if page["previous"] is None:
            return there, back
        page = caller.get(f"{path}?limit=1&cursor={page['previous']}")


@pytest.mark.parametrize("what", ["grants", "keys", "team", "owner in the middle"])
def test_lists_lead_on_and_back(world: World, rosa: Caller, call: Callable[..., Caller], what: str) -> None:
    if what == "grants":
        with platform_scope("test"):
            for number in (1, 2):
                Grant(account=world.carl, reseller=world.rosa, starts_at=AT, asked_at=AT + timedelta(number)).save()
    elif what == "keys":
        call("rosa", rights={"clients": "view"})
        call("rosa", rights={"clients": "view"})
    elif what == "owner in the middle":
        with platform_scope("test"):
            for person, owns in (("rosa", False), ("rico", True)):
                world.places[person].is_owner = owns
                world.places[person].save(update_fields=["is_owner"])
    path = {"grants": f"{place(world)}/grants", "keys": "/keys"}.get(what, f"/accounts/{world.rosa.ref}/collaborators")
    there, back = there_and_back(rosa, path)
    assert len(there) == len(set(there)) == 3
    assert back == there[::-1]
    if what == "owner in the middle":
        assert there == [world.places[person].ref for person in ("rico", "rosa", "ruth")]
