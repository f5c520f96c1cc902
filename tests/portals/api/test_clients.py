"""Clients by the API: the list in both directions, opening, changing, the life of an account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.foundation.clock import now
from sublet.foundation.journal.models import JournalEntry
from tests import factories
from tests.people import World
from tests.portals.api.caller import Answer, Caller


def test_list_shows_own_clients_by_name(world: World, rosa: Caller) -> None:
    page = rosa.get("/clients")

    assert [each["name"] for each in page["items"]] == ["Carl’s Kitchen", "Élan Coiffure", "Zorba Sports Club"]
    assert page["items"][0] == {
        "ref": world.carl.ref,
        "name": "Carl’s Kitchen",
        "state": "active",
        "state_reason": "",
        "ownership": "reseller",
        "demo_until": None,
        "grace_until": None,
        "language": "en",
        "contact_name": "Carl Conti",
        "email": "hello@carls-kitchen.example",
        "phone": "+39 06 1234 5678",
        "city": "Roma",
        "external_id": "",
        "responsible": None,
        "tags": ["restaurant", "vip"],
        "created_at": "2026-03-02T09:30:00Z",
        "last_seen_at": None,
        "plan": "",
        "trial_until": None,
        "settings_complete": False,
        "limits": None,
        "signals": None,
    }
    assert (page["next"], page["previous"], page["capped"]) == (None, None, False)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("?search=elan", ["Élan Coiffure"]),
        ("?tag=vip", ["Carl’s Kitchen"]),
        ("?tag=vip&tag=hairdresser", ["Carl’s Kitchen", "Élan Coiffure"]),
        ("?state=suspended", ["Zorba Sports Club"]),
        ("?state=suspended&state=invited", ["Élan Coiffure", "Zorba Sports Club"]),
        ("?language=fr", ["Élan Coiffure"]),
        ("?demo=yes", []),
        ("?responsible=nobody", ["Carl’s Kitchen", "Élan Coiffure", "Zorba Sports Club"]),
        ("?sort=name&order=descending", ["Zorba Sports Club", "Élan Coiffure", "Carl’s Kitchen"]),
    ],
)
def test_list_narrows_and_sorts(rosa: Caller, question: str, names: list[str]) -> None:
    assert [each["name"] for each in rosa.get("/clients" + question)["items"]] == names


def test_list_pages_in_both_directions_and_is_stable(world: World, rosa: Caller) -> None:
    first = rosa.get("/clients?limit=1")
    second = rosa.get(f"/clients?limit=1&cursor={first['next']}")
    factories.make_client(world.rosa, "Aaron’s Bar")
    back = rosa.get(f"/clients?limit=1&cursor={second['previous']}")
    third = rosa.get(f"/clients?limit=1&cursor={second['next']}")

    assert [page["items"][0]["name"] for page in (first, second, third, back)] == [
        "Carl’s Kitchen", "Élan Coiffure", "Zorba Sports Club", "Carl’s Kitchen",
    ]  # fmt: skip
    assert third["next"] is None


@pytest.mark.parametrize("cursor", ["x", "eyJhIjoxfQ", "A" * 80, "%00", "é"])
def test_cursor_of_no_page_is_refused(rosa: Caller, cursor: str) -> None:
    answer = rosa.get(f"/clients?cursor={cursor}")

    assert (answer.status, answer.code, answer.fields[0][0]) == (422, "invalid", "cursor")


def test_cursor_is_good_for_its_own_list_alone(rosa: Caller, call: Callable[..., Caller]) -> None:
    cursor = rosa.get("/clients?limit=1")["next"]

    assert rosa.get(f"/clients?limit=1&sort=created&cursor={cursor}").fields == [("cursor", "wrong-cursor")]
    assert call("remo").get(f"/clients?cursor={cursor}").fields == [("cursor", "wrong-cursor")]
    assert "Carl" not in cursor


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_whatever_its_length(world: World, call: Callable[..., Caller], count: int) -> None:
    rosa = call("rosa", rights={"clients": "view"})
    for number in range(30):
        factories.make_client(world.rosa, f"Client {number:02}", tags=("a", "b"))
    rosa.get("/clients")

    with CaptureQueriesContext(connection) as seen:
        assert len(rosa.get(f"/clients?limit={count}")["items"]) == count

    assert len(seen) == 4  # the key, the page, its tags, the names of those responsible


def test_new_client_is_opened_with_everything(world: World, rosa: Caller) -> None:
    until = (now() + timedelta(days=20)).replace(microsecond=0)

    made = rosa.post(
        "/clients",
        {
            "name": "  Bella   Napoli ",
            "email": "hello@bella-napoli.example",
            "country": "it",
            "language": "it",
            "tags": ["restaurant", "new"],
            "state": "prospect",
            "demo_until": until.isoformat(),
            "external_id": "K-1",
        },
    )

    assert made.status == 201
    assert made.response["Location"] == f"/api/v1/clients/{made['ref']}"
    assert made.response["ETag"] == '"0"'
    assert (made["name"], made["country"], made["tags"], made["state"]) == (
        "Bella Napoli", "IT", ["new", "restaurant"], "prospect",
    )  # fmt: skip
    assert made["demo_until"] == until.isoformat().replace("+00:00", "Z")
    assert rosa.get(f"/clients/{made['ref']}").body == made.body
    entry = JournalEntry.unscoped.filter(event="client.created").get()
    assert (entry.via, entry.key_ref, entry.actor_name) == ("api", rosa.ref, "Key of rosa")


def test_new_client_with_an_owner_is_invited(rosa: Caller) -> None:
    made = rosa.post("/clients", {"name": "Bella Napoli", "owner": {"email": "carla@bella.example", "language": "it"}})

    assert (made.status, made["state"]) == (201, "invited")
    invitations = rosa.get(f"/accounts/{made['ref']}/invitations")["items"]
    assert [(each["email"], each["is_owner"], each["invited_by"]) for each in invitations] == [
        ("carla@bella.example", True, "Key of rosa")
    ]


def test_faults_come_in_the_order_of_the_fields(rosa: Caller) -> None:
    answer = rosa.post(
        "/clients",
        {
            "colour": "red",
            "tags": ["x" * 41, 7],
            "owner": {"email": "nobody", "age": 3},
            "email": "not an address",
            "name": "",
            "country": "Italy",
            "language": "de",
            "timezone": "Europe/Atlantis",
            "demo_until": "tomorrow",
        },
    )

    assert (answer.status, answer.code) == (422, "invalid")
    assert answer.fields == [
        ("name", "too-short"),
        ("email", "not-an-address"),
        ("country", "wrong-form"),
        ("language", "unknown-word"),
        ("timezone", "unknown-zone"),
        ("demo_until", "not-an-instant"),
        ("tags.0", "too-long"),
        ("tags.1", "not-a-text"),
        ("owner.email", "not-an-address"),
        ("owner.age", "unknown-field"),
        ("colour", "unknown-field"),
    ]


def test_details_change_and_what_is_not_named_stays(world: World, rosa: Caller) -> None:
    read = rosa.get(f"/clients/{world.carl.ref}")

    changed = rosa.patch(
        f"/clients/{world.carl.ref}",
        {"city": "Napoli", "notes": "Calls in the morning"},
        headers={"If-Match": read.response["ETag"]},
    )

    assert (changed.status, changed["city"], changed["email"]) == (200, "Napoli", read["email"])
    assert changed["version"] == read["version"] + 1


def test_change_that_came_between_is_not_overwritten(world: World, rosa: Caller) -> None:
    read = rosa.get(f"/clients/{world.carl.ref}")
    rosa.patch(f"/clients/{world.carl.ref}", {"city": "Napoli"})

    late = rosa.patch(f"/clients/{world.carl.ref}", {"city": "Milano"}, headers={"If-Match": read.response["ETag"]})
    also_late = rosa.patch(f"/clients/{world.carl.ref}", {"city": "Milano", "version": read["version"]})

    assert (late.status, late.code) == (412, "changed-meanwhile")
    assert late["conflicts"] == [{"field": "city", "stored": "Napoli", "sent": "Milano"}]
    assert (also_late.status, also_late.code) == (409, "cannot_change_details.changed-meanwhile")
    assert rosa.get(f"/clients/{world.carl.ref}")["city"] == "Napoli"


def test_life_of_an_account(world: World, rosa: Caller) -> None:
    place = f"/clients/{world.elan.ref}"

    def state(answer: Answer) -> str:
        return str(answer["state"])

    assert state(rosa.post(f"{place}/activate")) == "active"
    assert state(rosa.post(f"{place}/suspend", {"reason": "Invoice is open"})) == "suspended"
    again = rosa.post(f"{place}/suspend", {"reason": "Invoice is open"})
    assert (again.status, again.code) == (409, "cannot_suspend_account.same")
    assert again["detail"] == "This account is suspended already."
    assert state(rosa.post(f"{place}/resume")) == "active"
    closed = rosa.post(f"{place}/close", {"reason": "Has moved away"})
    assert (state(closed), closed["grace_until"] is not None) == ("closed", True)
    assert state(rosa.post(f"{place}/reopen", {"reason": "Came back"})) == "active"
    assert rosa.post(f"{place}/suspend").fields == [("", "missing")]


def test_demonstration_is_set_moved_and_ended(world: World, rosa: Caller) -> None:
    place = f"/clients/{world.elan.ref}"
    until = (now() + timedelta(days=5)).replace(microsecond=0)

    first = rosa.put(f"{place}/demonstration", {"until": until.isoformat()})
    later = rosa.put(f"{place}/demonstration", {"until": (until + timedelta(days=1)).isoformat()})
    past = rosa.put(f"{place}/demonstration", {"until": "2020-01-01T00:00:00Z"})
    turned = rosa.post(f"{place}/turn-into-client")

    assert first["demo_until"] < later["demo_until"]
    assert (past.status, past.code, past.fields) == (
        409, "cannot_extend_demonstration.demo-past", [("demo_until", "demo-past")],
    )  # fmt: skip
    assert turned["demo_until"] is None


def test_tags_responsible_and_ownership(world: World, rosa: Caller) -> None:
    place = f"/clients/{world.elan.ref}"
    ruth = next(each["user"] for each in rosa.get("/staff")["items"] if each["name"] == "Ruth Renard")

    assert rosa.put(f"{place}/tags", {"tags": ["b", "a", "A"]})["tags"] == ["a", "b"]
    assert rosa.put(f"{place}/responsible", {"user": ruth})["responsible"] == {"user": ruth, "name": "Ruth Renard"}
    assert [each["name"] for each in rosa.get(f"/clients?responsible={ruth}")["items"]] == ["Élan Coiffure"]
    unknown = rosa.put(f"{place}/responsible", {"user": world.users["nora"].ref})
    assert (unknown.status, unknown.fields) == (422, [("user", "unknown-person")])
    assert rosa.put(f"{place}/responsible", {"user": None})["responsible"] is None
    assert rosa.put(f"{place}/ownership", {"ownership": "client"})["ownership"] == "client"
    back = rosa.put(f"{place}/ownership", {"ownership": "reseller"})
    assert back.code == "cannot_change_ownership.client-owns"


def test_counts_and_tags_in_use(rosa: Caller) -> None:
    counts = rosa.get("/client-counts")

    assert {state: each["number"] for state, each in counts["states"].items()} == {
        "prospect": 0, "invited": 1, "active": 1, "suspended": 1, "closed": 0,
    }  # fmt: skip
    assert rosa.get("/client-tags")["items"] == ["hairdresser", "restaurant", "vip"]


def test_many_clients_change_at_once_or_only_in_words(world: World, rosa: Caller) -> None:
    refs = [world.carl.ref, world.elan.ref, world.zorba.ref, world.bakery.ref]
    question = {"action": "suspend", "clients": refs, "reason": "Season is over"}

    seen = rosa.post("/client-changes", {**question, "dry_run": True})
    done = rosa.post("/client-changes", question)

    assert (seen["selected"]["number"], seen["changing"]["number"], sorted(seen["names"])) == (
        3, 2, ["Carl’s Kitchen", "Élan Coiffure"],
    )  # fmt: skip
    assert (done.status, done["changed"], done["left"], done["job"]) == (200, 2, {"same": 1}, None)
    world.bakery.refresh_from_db()
    assert world.bakery.state == "active"


def test_many_clients_are_left_to_a_job(world: World, rosa: Caller) -> None:
    for number in range(201):
        factories.make_client(world.rosa, f"Client {number}")

    answer = rosa.post("/client-changes", {"action": "tag", "tag": "all", "query": {}})

    assert (answer.status, answer["changed"]) == (202, 0)
    progress = rosa.get(f"/progress/{answer['job']}")
    assert (progress["kind"], progress["state"]) == ("accounts.change_clients", "ready")


def test_change_of_nobody_or_of_two_selections_is_refused(world: World, rosa: Caller) -> None:
    assert rosa.post("/client-changes", {"action": "resume"}).fields == [("clients", "missing")]
    both = {"action": "resume", "clients": [world.carl.ref], "query": {}}
    assert rosa.post("/client-changes", both).status == 422


def test_saved_views_of_keys(rosa: Caller) -> None:
    made = rosa.post("/saved-views", {"name": "Restaurants", "query": {"tags": ["restaurant"], "sort": "created"}})

    assert (made.status, made["query"]["tags"], made["mine"]) == (201, ["restaurant"], True)
    place = f"/saved-views/{made['ref']}"
    assert rosa.patch(place, {"name": "Places to eat"})["name"] == "Places to eat"
    assert [each["name"] for each in rosa.get("/saved-views")["items"]] == ["Places to eat"]
    assert rosa.delete(place).status == 204
    assert rosa.get(place).status == 404
