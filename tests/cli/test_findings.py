"""What the doctor looks at, finding by finding."""

from __future__ import annotations

import shutil
import socket
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import override_settings

from sublet.accounts.models import Account
from sublet.foundation.clock import now
from sublet.foundation.jobs.models import Job, State, Worker
from sublet.foundation.refs import uuid7
from sublet.foundation.scope import platform_scope
from sublet.foundation.settings import Settings
from sublet.messaging.models import OutboxMail
from sublet.portals.cli import findings, mail_findings
from sublet.portals.cli.findings import Finding
from tests import factories
from tests.people import World

KEY = "signs nothing outside the tests, and is as long as a real one must be"


def table(**more: str) -> Settings:
    return Settings({"SUBLET_SECRET_KEY": KEY, **more})


def said(found: object, level: str) -> list[str]:
    return [each.sentence for each in found if isinstance(each, Finding) and each.level == level]  # type: ignore[attr-defined]  # an iterator of findings


@pytest.mark.parametrize("key", ["short", "a" * 80, "abcabcabc" * 10])
def test_a_weak_key(key: str) -> None:
    found = list(findings.secrets_and_switches(Settings({"SUBLET_SECRET_KEY": key})))

    assert said(found, "wrong") == ["SUBLET_SECRET_KEY is too weak to sign log-ins."]


def test_what_must_be_off_on_a_real_host() -> None:
    open_wide = table(
        SUBLET_VENDOR_HOST="vendor.example.net", SUBLET_DEBUG="yes", SUBLET_DEMO="yes", SUBLET_SCHEME="http"
    )

    assert said(list(findings.secrets_and_switches(open_wide)), "wrong") == [
        "SUBLET_DEBUG is on and shows traces to everybody.",
        "SUBLET_DEMO is on and shows log-ins to everybody.",
        "Log-ins travel in the clear.",
    ]
    safe = table(SUBLET_VENDOR_HOST="vendor.example.net", SUBLET_TRUSTED_PROXIES="127.0.0.1")
    assert {each.level for each in findings.secrets_and_switches(safe)} == {"ok"}
    alone = table(SUBLET_VENDOR_HOST="vendor.example.net")
    assert len(said(list(findings.secrets_and_switches(alone)), "note")) == 1


def test_hosts_that_are_no_names_or_say_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object) -> object:
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    assert said(list(findings.hosts(table(SUBLET_VENDOR_HOST="not a name"))), "wrong") == [
        "SUBLET_VENDOR_HOST is 'not a name', which is not a host name."
    ]
    named = list(findings.hosts(table(SUBLET_VENDOR_HOST="vendor.appfold.net", SUBLET_HOST_SUFFIX="sites.appfold.net")))
    assert len(said(named, "note")) == 1
    assert said(named, "wrong") == [
        "This machine cannot find vendor.appfold.net (the vendor's host).",
        "This machine cannot find any-reseller.sites.appfold.net (hosts below the neutral domain).",
    ]
    assert named[-1].mend == "Add a DNS record for *.sites.appfold.net that points to the proxy."
    assert said(list(findings.hosts(table())), "wrong") == []


def test_a_disk_that_is_full(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for free, level in ((1, "wrong"), (500, "note"), (5000, "ok")):
        usage = (0, 0, free * 1024 * 1024)
        monkeypatch.setattr(shutil, "disk_usage", lambda _place, usage=usage: _Usage(*usage))
        levels = {each.level for each in findings.disk(table(SUBLET_VAR=str(tmp_path / "not" / "yet")))}
        assert levels == {level}


class _Usage:
    def __init__(self, total: int, used: int, free: int) -> None:
        self.total, self.used, self.free = total, used, free


def test_translations_that_are_older_than_their_source(tmp_path: Path) -> None:
    for language, compiled in (("it", True), ("nl", False)):
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "django.po").write_text("")
        if compiled:
            (folder / "django.mo").write_bytes(b"")
    with override_settings(LOCALE_PATHS=[tmp_path], STATIC_ROOT=tmp_path):
        assert said(list(findings.built_files(["it", "nl"])), "wrong") == ["Translations are not compiled: nl."]
        assert said(list(findings.built_files(["it"])), "wrong") == []


@pytest.mark.django_db
def test_the_database_is_named_and_up_to_date() -> None:
    found = list(findings.database())

    assert [each.level for each in found if each.topic in {"database", "migrations"}] == ["ok", "ok"]
    assert found[0].sentence.startswith(("The database answers: SQLite 3.", "The database answers: PostgreSQL "))


@pytest.mark.django_db
def test_clocks_that_differ() -> None:
    assert [each.level for each in findings.clocks(now(), ask_database=True)] == ["ok"]
    assert {each.level for each in findings.clocks(now() + timedelta(seconds=30), ask_database=True)} == {"wrong"}


@pytest.mark.django_db
def test_before_there_is_a_vendor() -> None:
    with platform_scope("a test"):
        assert said(list(findings.vendor_account(0)), "wrong") == ["There is no vendor account yet."]


def test_a_vendor_without_an_owner(world: World) -> None:
    with platform_scope("a test"):
        assert said(list(findings.vendor_account(world.vendor.id)), "wrong") == []
        world.places["vera"].is_owner = False
        world.places["vera"].save()
        assert said(list(findings.vendor_account(world.vendor.id)), "wrong") == ["Nobody owns the vendor account."]


def test_hosts_that_answer_for_nobody(world: World) -> None:
    with platform_scope("a test"):
        assert list(findings.loose_hosts()) == []
        Account.objects.filter(id=world.carl.id).update(state="closed", state_before_close="")
        factories.make_host(world.remo, "vendor.localhost", primary=False)
        found = list(findings.loose_hosts())
    assert said(found, "note") == ["Hosts of accounts that have ended still answer: carl.localhost."]
    assert said(found, "wrong") == ["An account has the vendor's own host as its own."]


def _job(at: datetime, **more: object) -> None:
    fields: dict[str, object] = {
        "id": uuid7(at), "kind": "messaging.send", "actor": {"name": "x"}, "run_at": at, "max_attempts": 8, "lease": 60,
        "created_at": at, "touched_at": at,
    }  # fmt: skip
    Job.unscoped.create(**(fields | more))  # unscoped: a test's own row


@pytest.mark.django_db
def test_a_queue_that_nobody_serves() -> None:
    at = now()
    _job(at - timedelta(minutes=42))
    _job(at, state=State.DEAD, finished_at=at)
    _job(at, kind="from.tomorrow", run_at=at + timedelta(hours=1))

    found = list(findings.jobs(at))

    assert said(found, "wrong") == [
        "No worker has been seen yet: mails and imports wait.",
        "Jobs are 42 minutes behind; 1 are due.",
    ]
    assert said(found, "note") == [
        "1 jobs failed for good.",
        "Jobs that this version cannot do are waiting: from.tomorrow.",
    ]


@pytest.mark.django_db
def test_a_worker_that_fell_silent() -> None:
    at = now()
    seen = at - timedelta(minutes=3)
    Worker.unscoped.create(  # unscoped: a test's own row
        name="w", pid=1, host="h", threads=1, version="1", started_at=seen, last_seen=seen
    )

    assert said(list(findings.jobs(at)), "wrong") == [
        f"No worker has been seen since {seen:%Y-%m-%d %H:%M} UTC: mails and imports wait."
    ]
    Worker.unscoped.update(last_seen=at)  # unscoped: as above
    assert said(list(findings.jobs(at)), "wrong") == []


def test_mails_that_need_somebody(world: World) -> None:
    at = now()
    with platform_scope("a test"):
        for number, state in enumerate(("failed", "unknown", "unknown", "sent")):
            OutboxMail(
                id=uuid7(at), account=world.carl, template="t", key=str(number), language="en", to_email="a@example.test",
                from_email="b@example.test", from_name="b", subject="s", text="t", html="h", message_id=f"<{number}>",
                state=state, created_at=at,
            ).save()  # fmt: skip
        found = list(mail_findings.mail())
    assert said(found, "note") == ["1 mails were refused.", "Of 2 mails nobody knows whether they arrived."]
    assert len(said(found, "wrong")) == 1  # no mail server listens on port 25 of this machine
