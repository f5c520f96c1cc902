"""What only the vendor's keys can do: resellers and direct accounts, the manifest, jobs, mails."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sublet.foundation.clock import now
from sublet.foundation.jobs import enqueue
from sublet.foundation.jobs.models import Job
from sublet.foundation.jobs.schedules import sync_schedules
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.messaging.operations import queue_mail
from tests.people import AT, World
from tests.portals.api.caller import Caller

EXAMPLES = Path(__file__).resolve().parents[3] / "examples/products"


def test_resellers_and_direct_accounts_are_listed(world: World, vera: Caller) -> None:
    assert [(each["name"], each["kind"]) for each in vera.get("/accounts")["items"]] == [
        ("Dora’s Diner", "direct"), ("Remo Digital", "reseller"), ("Rosa Web Studio", "reseller"),
    ]  # fmt: skip
    assert [each["name"] for each in vera.get("/accounts?kind=direct")["items"]] == ["Dora’s Diner"]
    first = vera.get("/accounts?limit=2&order=descending")
    second = vera.get(f"/accounts?limit=2&order=descending&cursor={first['next']}")
    assert [each["name"] for each in second["items"]] == ["Dora’s Diner"]
    assert vera.get(f"/accounts?limit=2&order=descending&cursor={second['previous']}").body == first.body
    clients = vera.get(f"/accounts/{world.remo.ref}/clients")
    assert [each["name"] for each in clients["items"]] == ["Nora’s Bakery"]
    assert vera.get(f"/accounts/{world.dora.ref}/clients").status == 404
    assert vera.get("/figures")["clients"]["active"]["number"] == 2


def test_reseller_is_opened_changed_suspended_and_closed(vera: Caller) -> None:
    made = vera.post(
        "/accounts", {"kind": "reseller", "name": "Studio Nuovo", "language": "it", "owner_email": "o@nuovo.example"}
    )
    place = f"/accounts/{made['ref']}"

    assert (made.status, made["state"], made.response["Location"]) == (201, "invited", f"/api/v1{place}")
    assert [each["email"] for each in vera.get(f"{place}/invitations")["items"]] == ["o@nuovo.example"]
    assert vera.patch(place, {"city": "Torino", "notes": "Met at the fair"})["city"] == "Torino"
    assert vera.post(f"{place}/suspend", {"reason": "Does not answer"})["state"] == "suspended"
    assert vera.post(f"{place}/resume")["state"] == "invited"
    assert vera.post(f"{place}/close", {"reason": "Withdrew"})["state"] == "closed"
    assert vera.post(f"{place}/reopen")["state"] == "invited"
    assert vera.post("/accounts", {"kind": "client", "name": "X"}).fields == [("kind", "unknown-word")]


def test_reseller_with_clients_is_not_closed(world: World, vera: Caller) -> None:
    answer = vera.post(f"/accounts/{world.rosa.ref}/close", {"reason": "Ends"})

    assert (answer.status, answer.code) == (409, "cannot_close_account.has-clients")


def test_manifest_is_checked_compared_and_loaded(vera: Caller) -> None:
    source = (EXAMPLES / "app-builder.toml").read_text(encoding="utf-8")
    assert vera.get("/manifest").status == 404

    seen = vera.post("/manifest-previews", {"source": source})
    loaded = vera.put(
        "/manifest", {"source": source, "file_name": "app-builder.toml", "base": seen["base"], "confirmed": True}
    )
    again = vera.put("/manifest", {"source": source})
    stale = vera.put(
        "/manifest", {"source": source.replace("order = 1", "order = 7"), "base": "old", "confirmed": True}
    )

    assert (seen.status, seen["empty"], seen["base"]) == (200, False, "")
    assert "sections" in {each["kind"] for each in seen["changes"]}
    assert (loaded.status, loaded["number"], loaded["is_new"]) == (200, 1, True)
    assert (again["number"], again["is_new"]) == (1, False)
    assert stale.code == "cannot_load_manifest.changed-meanwhile"
    assert vera.get("/manifest")["version"]["file_name"] == "app-builder.toml"
    assert [each["number"] for each in vera.get("/manifest-versions")["items"]] == [1]
    assert vera.get("/manifest-versions/1")["source"] == source
    assert vera.get("/manifest-versions/2").status == 404


def test_faults_of_a_manifest_come_with_their_lines(vera: Caller) -> None:
    answer = vera.post("/manifest-previews", {"source": 'format = 1\n[product]\nkye = "x"\n'})

    assert (answer.status, answer.code) == (422, "wrong-manifest")
    assert {each["code"] for each in answer["errors"]} >= {"unknown-key-near"}
    assert [each["line"] for each in answer["errors"]] == sorted(each["line"] for each in answer["errors"])
    assert all(each["detail"] and each["field"] == "source" for each in answer["errors"])


def dead_job(world: World) -> Job:
    job_id = enqueue(
        "messaging.send", account_id=world.rosa.id, actor=world.actor("vera"), at=AT, payload={"mail_id": "x"}
    )
    jobs = Job.unscoped.filter(id=job_id)
    jobs.update(state="dead", last_error="no such mail", finished_at=AT, attempts=12)
    return jobs.get()


def test_dead_letters_are_retried_and_discarded(world: World, vera: Caller) -> None:
    first, second = dead_job(world), dead_job(world)

    dead = vera.get("/jobs?state=dead")["items"]
    retried = vera.post(f"/jobs/{first.id}/retry", {"reason": "Server is back"})
    again = vera.post(f"/jobs/{first.id}/retry")
    discarded = vera.post(f"/jobs/{second.id}/discard")

    assert {each["id"] for each in dead} == {str(first.id), str(second.id)}
    assert dead[0]["last_error"] == "no such mail"
    assert (dead[0]["account"], dead[0]["account_name"]) == (world.rosa.ref, "Rosa Web Studio")
    assert len(vera.get(f"/jobs?account={world.rosa.ref}")["items"]) == 2
    assert vera.get(f"/jobs?account={world.remo.ref}")["items"] == []
    assert (retried["state"], again.code, discarded["state"]) == ("ready", "cannot_retry_job.not-dead", "discarded")
    assert vera.get("/queue")["waiting"] == 1
    assert vera.get(f"/jobs/{second.id}")["attempts"] == 12


def test_job_of_another_account_is_nothing(
    world: World, vera: Caller, rosa: Caller, call: Callable[..., Caller]
) -> None:
    job = dead_job(world)

    assert rosa.get(f"/progress/{job.id}")["state"] == "dead"
    assert call("remo").get(f"/progress/{job.id}").status == 404
    assert rosa.get("/progress/x").status == 404


def test_schedules_are_switched(vera: Caller) -> None:
    sync_schedules(at=AT)

    names = [each["name"] for each in vera.get("/schedules")["items"]]
    off = vera.patch("/schedules/foundation.purge_jobs", {"enabled": False})

    assert {"foundation.purge_jobs", "foundation.purge_answers"} <= set(names)
    assert off["enabled"] is False
    assert vera.patch("/schedules/nothing", {"enabled": False}).status == 404


def test_a_mail_that_was_sent_goes_again_by_the_api_but_not_at_once(world: World, rosa: Caller) -> None:
    at = now()
    with platform_scope("test"):
        queue_mail(
            template="sender-test", account_id=world.carl.id, to_email="carl@example.test", to_name="Carl", language="en",
            context={"person": "Carl"}, key="api:again", actor=world.actor("rosa"), at=at - timedelta(days=1),
        )  # fmt: skip
        rows = OutboxMail.objects.filter(key="api:again")
        rows.update(state="sent", sent_at=at - timedelta(minutes=11))
        number = rows.get().id
    shown = rosa.get(f"/mails/{number}")
    again = rosa.post(f"/mails/{number}/send-again")
    with platform_scope("test"):
        OutboxMail.objects.filter(copy_of=number).update(state="sent", sent_at=at)
    late = rosa.post(f"/mails/{number}/send-again")

    assert (shown["can_be_sent_again"], shown["copies"]) == (True, 0)
    assert (again.status, again["state"]) == (200, "queued")
    assert again["id"] != str(number)
    assert rosa.get(f"/mails/{again['id']}")["copy_of"] == str(number)
    assert late.code == "cannot_send_mail.lately"
    assert rosa.get(f"/mails/{number}")["copies"] == 1


def test_mails_are_listed_without_their_secrets(
    world: World, rosa: Caller, vera: Caller, call: Callable[..., Caller]
) -> None:
    rosa.post("/clients", {"name": "Bella", "owner": {"email": "carla@bella.example"}})
    with platform_scope("test"):
        mail = OutboxMail.objects.get(to_email="carla@bella.example")
        link = re.findall(r"https://\S+/(\S+)", mail.text)
        OutboxMail.objects.filter(id=mail.id).update(state="failed")

    listed = vera.get("/mails?state=failed")["items"]
    shown = vera.get(f"/mails/{mail.id}")
    again = rosa.post(f"/mails/{mail.id}/send-again")
    late = vera.post(f"/mails/{mail.id}/send-again")
    strange = call("remo").get(f"/mails/{mail.id}")

    assert [each["to_email"] for each in listed] == ["carla@bella.example"]
    assert [each["id"] for each in rosa.get("/mails?to=Carla@bella.example")["items"]] == [str(mail.id)]
    assert shown["secret"]
    assert "https://rosa.localhost/••••••" in shown["text"]
    assert len(max(link, key=len)) > 30
    assert [each for each in link if len(each) > 30 and each in shown["text"]] == []
    assert (again.status, again["state"]) == (200, "queued")
    assert late.code == "cannot_send_mail.on-its-way"
    assert strange.status == 404
