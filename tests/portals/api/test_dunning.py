"""Unpaid invoices at the API: what was chosen, what is owed, the steps about one."""

from __future__ import annotations

from sublet.billing.operations.dunning_acting import run_dunning
from sublet.foundation.clock import now
from tests.billing.dunned import days_ago, owes
from tests.billing.payments import machine
from tests.people import World
from tests.portals.api.caller import Caller

USUAL = {"retries": [3, 7, 14], "reminders": [1, 7, 14], "grace": 21, "last_call": 3, "ending": "pause"}


def test_what_was_chosen_is_changed_in_parts(rosa: Caller) -> None:
    assert rosa.get("/dunning-policy").body == USUAL
    assert rosa.patch("/dunning-policy", {"grace": 30}).body == USUAL | {"grace": 30}
    assert rosa.get("/dunning-policy").body == USUAL | {"grace": 30}
    refused = rosa.patch("/dunning-policy", {"reminders": [40]})
    assert (refused.status, refused.code.rpartition(".")[2]) == (409, "after-grace")
    assert rosa.patch("/dunning-policy", {"unknown": 1}).status == 422


def refusal(caller: Caller, path: str) -> tuple[int, str]:
    answer = caller.post(path)
    return answer.status, answer.code.rpartition(".")[2]


def test_what_is_owed_and_the_steps_about_it(world: World, rosa: Caller) -> None:
    invoice = owes(world, due_on=days_ago(5))
    run_dunning(actor=machine(), at=now())
    [row] = rosa.get("/receivables")["items"]
    assert (row["invoice"], row["open"], row["days"], row["state"]) == (invoice.ref, 2900, 5, "running")
    one = f"/invoices/{invoice.ref}/dunning"
    assert rosa.post(one + "/remind")["steps"][-1]["kind"] == "by_hand"
    assert refusal(rosa, one + "/remind") == (409, "today")
    assert rosa.post(one + "/stop")["state"] == "stopped"
    assert refusal(rosa, one + "/stop") == (409, "not-running")
    assert rosa.post(one + "/go-on")["state"] == "running"
    assert rosa.get("/receivables?state=stopped")["items"] == []
    assert rosa.get("/invoices/inv_7HqWm2Zr9KtXbd/dunning").status == 404
