"""What a night's scans have found is one mail for each person, in its language and brand, written once whatever is killed."""

from __future__ import annotations

import json
import signal
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sublet.accounts.models import Account
from sublet.foundation.actor import JOB, platform_actor
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.jobs.models import Job
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import account_scope, platform_scope
from sublet.messaging.models import OutboxMail
from sublet.people.models import Collaborator, User
from sublet.proof import alerts, jobs
from sublet.proof.alerts import MOST_NAMED, tell_vendor
from sublet.proof.models import Scan, ScanFinding
from tests.factories import AT
from tests.installation import installed
from tests.people import World


@pytest.fixture
def night(world: World) -> dict[str, Scan]:
    """Three accounts of two resellers, each with something new."""
    return {name: found(getattr(world, name), 1 + place) for place, name in enumerate(("carl", "elan", "bakery"))}


def found(account: Account, count: int, *, at: datetime = AT, leaking: bool = True, times: int = 1) -> Scan:
    with platform_scope("test data"):
        scan = Scan.objects.create(
            account=account, cause="night", state="done", version="1", asked_by_name="S", created_at=at,
            leaking=int(leaking), untold=leaking, held_until=AT + timedelta(hours=24) if leaking else None,
        )  # fmt: skip
        for number in range(count):
            ScanFinding.objects.create(
                account=account, scan=scan, key=f"k{number}", address="/", place="text", line=1, column=1, word="Vantage",
                kind="name", excerpt="Vantage", is_new=True, times=times,
            )  # fmt: skip
    return scan


def told(world: World) -> int:
    with platform_scope("test"):
        return tell_vendor(actor=world.actor("vera"), at=AT)


def mails(*people: str, world: World) -> list[OutboxMail]:
    with platform_scope("test"):
        wanted = [world.users[name].email for name in people]
        return list(OutboxMail.objects.filter(template="scan-found", to_email__in=wanted).order_by("id"))


@pytest.mark.django_db
def test_one_mail_tells_the_vendor_of_the_whole_night(world: World, night: dict[str, Scan]) -> None:
    assert told(world) == 3
    (mail,) = mails("vera", world=world)
    assert mail.subject == "Something gives the vendor away at 3 accounts"
    lines = ("Nora’s Bakery: 3 findings.", "Élan Coiffure: 2 findings.", "Carl’s Kitchen: 1 finding.")
    at = [mail.text.index(line) for line in lines]
    assert at == sorted(at)
    assert (
        "Vantage" not in mail.text.partition("\n-- \n")[0] + mail.subject
    )  # what was found; the signature is the brand
    with platform_scope("test"):
        (entry,) = JournalEntry.unscoped.filter(event="scan.told")
    assert (entry.account_id, entry.data) == (world.vendor.id, {"scans": 3})


@pytest.mark.django_db
def test_each_is_written_to_in_its_language_of_what_it_reaches(world: World, night: dict[str, Scan]) -> None:
    with platform_scope("test data"):
        Collaborator.objects.filter(id=world.places["rico"].id).update(
            rights_words={"brand": "manage"}, reaches_all=False
        )
        Collaborator.objects.filter(id=world.places["ruth"].id).update(
            rights_words={"brand": "manage"}, reaches_all=True
        )
        User.objects.filter(id=world.users["rico"].id).update(language="it")
    with platform_scope("test"):
        assert alerts.tell_reseller(actor=world.actor("vera"), at=AT + timedelta(hours=24)) == 3
    (rosa,), (rico,), (ruth,), (remo,) = (mails(name, world=world) for name in ("rosa", "rico", "ruth", "remo"))
    assert "Élan" in rosa.text
    assert "Élan" in ruth.text
    assert "Élan" not in rico.text  # Rico reaches one client
    assert "Carl’s Kitchen: 1 riscontro." in rico.text
    assert {rosa.account_id, rico.account_id, ruth.account_id} == {world.rosa.id}
    assert (remo.account_id, remo.from_name) == (world.remo.id, "Remo Digital")
    assert "Carl" not in remo.text
    with platform_scope("test"):
        entries = JournalEntry.unscoped.filter(event="scan.passed_on")
        assert {entry.account_id for entry in entries} == {world.carl.id, world.elan.id, world.bakery.id}


@pytest.mark.django_db
def test_before_there_is_a_vendor_nobody_is_told() -> None:
    with platform_scope("test"):
        actor = platform_actor(name="Schedule", account_id=0, account_ref="", account_name="", via=JOB)
        assert tell_vendor(actor=actor, at=AT) == 0


@pytest.mark.django_db
def test_what_was_mended_by_the_morning_is_not_told(world: World, night: dict[str, Scan]) -> None:
    for name in ("carl", "elan"):
        found(getattr(world, name), 0, leaking=False)
    assert told(world) == 3
    (mail,) = mails("vera", world=world)
    assert mail.subject == "Something gives the vendor away at Nora’s Bakery"
    found(world.bakery, 1)
    found(world.bakery, 0, leaking=False)
    assert told(world) == 1
    assert len(mails("vera", world=world)) == 1


@pytest.mark.django_db
def test_a_mail_names_so_many_and_counts_the_others(
    world: World, night: dict[str, Scan], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "MOST_NAMED", MOST_NAMED - 18)
    assert told(world) == 3
    (mail,) = mails("vera", world=world)
    assert "Carl’s" not in mail.text
    assert "… and at 1 account more." in mail.text


@pytest.mark.django_db
def test_the_schedule_tells_and_passes_on_what_no_job_has(world: World, night: dict[str, Scan]) -> None:
    """A client that went to another reseller meanwhile: the job of the one before finds nothing of it."""
    with platform_scope("test data"):
        Account.objects.filter(id=world.carl.id).update(parent_id=world.remo.id)
        Scan.objects.filter(id=night["elan"].id).update(held_until=AT + timedelta(days=9))
        Scan.objects.filter(id=night["bakery"].id).update(held_until=AT + timedelta(days=9))
    with account_scope(world.rosa.id):
        assert alerts.tell_reseller(actor=world.actor("vera"), at=AT + timedelta(days=1)) == 0
    actor = platform_actor(name="Schedule", account_id=world.vendor.id, account_ref=world.vendor.ref,
                           account_name=world.vendor.name, via=JOB)  # fmt: skip

    class Context:
        def __init__(self) -> None:
            self.actor = actor

        def now(self) -> datetime:
            return AT + timedelta(days=1, hours=2)

    with platform_scope("test"):
        jobs.morning(Context())  # type: ignore[arg-type]  # what a worker gives it besides is not asked for
    assert len(mails("vera", world=world)) == 1
    assert mails("rosa", world=world) == []
    (mail,) = mails("remo", world=world)
    assert "Carl’s Kitchen" in mail.text


@pytest.mark.django_db
def test_a_job_of_an_older_version_still_passes_its_scan_on(world: World, night: dict[str, Scan]) -> None:
    from sublet.foundation.jobs import enqueue

    with platform_scope("test"):
        enqueue("proof.pass_on", account_id=world.carl.id, actor=world.actor("vera"), at=AT,
                payload={"scan_ref": night["carl"].ref}, run_at=AT + timedelta(hours=24))  # fmt: skip
    run_due_jobs(at=AT + timedelta(hours=24))
    assert Job.unscoped.get(kind="proof.pass_on").state == "done"
    assert [Scan.unscoped.get(id=night[name].id).held_until is None for name in ("carl", "elan")] == [True, False]
    assert len(mails("rosa", world=world)) == 1


@pytest.mark.slow
def test_whoever_is_killed_while_telling_tells_nobody_twice(tmp_path: Path) -> None:
    with installed(tmp_path, "killed_proof") as there:
        told, mails = json.loads(there.run("tests.proof.killed"))
    for name, (before, left, (code, after), again) in told.items():
        assert len(left) >= 4, name
        assert left == [[-signal.SIGKILL, before]] * len(left), name
        assert (code, after["outbox_mail"]) == (
            -signal.SIGKILL,
            before.get("outbox_mail", 0) + (2 if name == "vendor" else 1),
        ), name
        assert again[1] == after, name
    assert told["vendor"][0]["untold"] == 2
    assert "untold" not in told["vendor"][2][1]
    assert "held" not in told["reseller"][2][1]
    assert [to for to, _text in mails] == ["vera@example.test", "sam@example.test", "rosa@example.test"]
    assert all("Carl’s Kitchen: 1 finding." in text and "Élan Coiffure: 1 finding." in text for _to, text in mails)
