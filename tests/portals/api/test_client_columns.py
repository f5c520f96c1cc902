"""Plan, trial, limits and signals in the list of clients and in its file: as the page has them, by program (A25)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.accounts.models import Account
from sublet.entitlements.models import MeterState
from sublet.foundation.clock import now
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from tests import factories
from tests.people import World
from tests.portals.api.caller import Caller
from tests.subscriptions import sell

SEES, BLIND = {"clients": "view", "subscription": "view"}, {"clients": "view"}


@pytest.fixture(autouse=True)
def told(world: World, vera: Caller) -> None:
    """Carl has taken a plan, has had a trial, is near a limit, and has 12 missed appointments; the others are as they were born."""
    sell(world)
    with platform_scope("test"):
        Account.objects.filter(id=world.carl.id).update(plan="small", trial_until=now() + timedelta(days=3))
        MeterState.objects.create(account=world.carl, meter="appointments", state="near", since=now(), period_key="now")
    fact = {
        "account": world.carl.ref,
        "key": "missed_appointments",
        "at": (now() - timedelta(days=1)).isoformat(),
        "value": 12,
    }
    assert vera.post("/signals", {"signals": [fact]}).status == 202


def names(answer: object) -> list[str]:
    return [each["name"] for each in answer["items"]]  # type: ignore[index]  # an answer of the caller


def file_of(caller: Caller, words: str = "") -> list[dict[str, str]]:
    response = caller.get(f"/client-export?search=kitchen{words}").response
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]  # it is streamed
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_list_tells_them(world: World, rosa: Caller) -> None:
    carl, elan, _zorba = rosa.get("/clients?include=limits&include=signals")["items"]
    assert (carl["plan"], carl["limits"], carl["signals"]["missed_appointments"]["value"]) == ("small", "near", 12)
    assert carl["trial_until"] is not None
    assert (elan["plan"], elan["trial_until"], elan["limits"], elan["signals"]) == ("free", None, "open", {})


def test_the_vendor_sees_them_of_a_resellers_clients(world: World, vera: Caller) -> None:
    carl = vera.get(f"/accounts/{world.rosa.ref}/clients?plan=small&trial=running&include=limits")["items"][0]
    assert (carl["plan"], carl["limits"], carl["trial_until"] is not None) == ("small", "near", True)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("plan=small", ["Carl’s Kitchen"]),
        ("plan=-", ["Élan Coiffure", "Zorba Sports Club"]),
        ("plan=none_such", []),
        ("trial=running", ["Carl’s Kitchen"]),
        ("trial=over", []),
        ("trial=none", ["Élan Coiffure", "Zorba Sports Club"]),
        ("limits=near&limits=over", ["Carl’s Kitchen"]),
        ("limits=refused", []),
    ],
)
def test_it_narrows_as_the_page_does(rosa: Caller, question: str, found: list[str]) -> None:
    assert names(rosa.get(f"/clients?{question}")) == found
    assert len(file_of(rosa, f"&{question}")) == ("Carl’s Kitchen" in found)


@pytest.mark.parametrize("question", ["trial=soon", "limits=open", "include=prices"])
def test_what_means_nothing_is_refused(rosa: Caller, question: str) -> None:
    assert rosa.get(f"/clients?{question}").status == 422


def test_who_does_not_see_subscriptions_neither_reads_nor_asks_for_them(call: Callable[..., Caller]) -> None:
    blind = call("rosa", rights=BLIND)
    carl = blind.get("/clients?include=limits")["items"][0]
    assert (carl["plan"], carl["trial_until"], carl["limits"]) == ("", None, "near")
    for question in ("plan=small", "plan=-", "trial=none"):
        assert blind.get(f"/clients?{question}").status == 403
        assert blind.get(f"/client-export?{question}").status == 403
    query = {"plans": ["small"]}
    assert blind.post("/saved-views", {"name": "Small", "query": query}).status == 403


@pytest.mark.parametrize("include", [(), ("limits",), ("limits", "signals")])
@pytest.mark.parametrize("count", [1, 3])
def test_each_costs_one_statement_whatever_the_length(
    world: World, call: Callable[..., Caller], count: int, include: tuple[str, ...]
) -> None:
    rosa = call("rosa", rights=SEES)
    for number in range(5):
        factories.make_client(world.rosa, f"Client {number}")
    address = f"/clients?limit={count}" + "".join(f"&include={each}" for each in include)
    rosa.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert len(rosa.get(address)["items"]) == count
    assert len([each for each in seen if "manifest_version" not in each["sql"]]) == 4 + len(include)


def test_a_saved_view_keeps_them(rosa: Caller) -> None:
    asked = {"plans": ["small"], "trial": "running", "limits": ["near"], "signals": ["last_booking:never"]}
    view = rosa.post("/saved-views", {"name": "Small", "query": asked})
    assert view.status == 201
    assert {key: view["query"][key] for key in asked} == asked


# The file -------------------------------------------------------------------------------------------------------------


def test_the_file_has_plan_trial_and_limits_and_signals_by_name(rosa: Caller) -> None:
    [everything] = file_of(rosa)
    assert (everything["Plan"], everything["Limits"]) == ("Small pack", "Near the limit")
    assert everything["Free trial until"]
    assert "Missed appointments" not in everything
    [some] = file_of(rosa, "&column=name&column=plan&column=signal-missed_appointments&column=signal-last_booking")
    assert some == {"Company": "Carl’s Kitchen", "Plan": "Small pack", "Missed appointments": "12", "Last booking": ""}
    answer = rosa.get("/client-export?column=signal-nothing")
    assert (answer.status, answer.fields[0][0]) == (422, "column.0")


def test_the_file_speaks_the_language_that_was_asked_for(rosa: Caller) -> None:
    response = rosa.get(
        "/client-export?search=kitchen&column=plan&column=limits", headers={"accept-language": "it"}
    ).response
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]  # it is streamed
    assert text.splitlines()[1].endswith(",Pacchetto piccolo")


def test_the_file_of_who_does_not_see_subscriptions_lacks_them(call: Callable[..., Caller]) -> None:
    blind = call("rosa", rights=BLIND)
    [everything] = file_of(blind)
    assert everything.keys().isdisjoint({"Plan", "Free trial until"})
    assert everything["Limits"] == "Near the limit"
    [named] = file_of(blind, "&column=name&column=plan&column=trial")
    assert named == {"Company": "Carl’s Kitchen"}
    # unscoped: the whole journal
    assert JournalEntry.unscoped.filter(event="clients.exported").last().data["columns"] == ["name"]  # type: ignore[union-attr]  # there is one


def test_the_file_takes_as_many_statements_whatever_its_length(world: World, call: Callable[..., Caller]) -> None:
    rosa = call("rosa", rights=SEES)

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            words = "".join(
                f"&column={key}" for key in ("name", "plan", "trial", "limits", "signal-missed_appointments")
            )
            response = rosa.get(f"/client-export?sort=name{words}").response
            assert b"".join(response.streaming_content)  # type: ignore[attr-defined]  # it is streamed
        return len([each for each in seen if "manifest_version" not in each["sql"]])

    statements()
    before = statements()
    for number in range(3):
        factories.make_client(world.rosa, f"More {number}")
    assert statements() == before
