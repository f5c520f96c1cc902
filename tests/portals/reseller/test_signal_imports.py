"""A spreadsheet of signals: guessed, looked at with its faults, taken in by a job, once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sublet.core.signals import SignalValue
from sublet.foundation.clock import now
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.signals.models import LatestSignal, SignalFact, SignalImport
from sublet.signals.operations import forget_old_lists
from tests.catalog.test_offer import PRODUCTS, load
from tests.people import World


@pytest.fixture
def rosa(world: World) -> Client:
    load(world, (PRODUCTS / "app-builder.toml").read_text())
    return world.browser("rosa")


def base(world: World) -> str:
    return f"/reseller/{world.rosa.ref}/signals/"


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())


def send(world: World, browser: Client, text: str, name: str = "facts.csv") -> str:
    answer = browser.post(base(world), {"file": SimpleUploadedFile(name, text.encode())})
    assert answer.status_code == 302, text_of(answer.content.decode())
    return str(answer.headers["Location"])


def form_of(page: str) -> dict[str, str]:
    values = dict(re.findall(r'name="(revision)" value="(\d+)"', page))
    for name, options in re.findall(r'<select name="(column-\d+)".*?>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        values[name] = chosen[1] if chosen else ""
    return values


def kept() -> dict[tuple[str, str], SignalValue]:
    rows = LatestSignal.unscoped.select_related("signal", "account")  # unscoped: a test
    return {(row.account.name, row.signal.key): row.value for row in rows}


def test_a_list_is_guessed_looked_at_and_taken_in(world: World, rosa: Client) -> None:
    listed = (
        "Client;Downloads;Last push notification;store_version;Note\n"
        f"{world.carl.ref};1.234;01.02.2026;2.1;x\n"
        f"{world.elan.name};12;;;\n"
        f"{world.bakery.name};9;;;\n"
        "Nobody’s;many;;;\n"
    )
    at = send(world, rosa, listed)
    page = rosa.get(at).content.decode()
    assert form_of(page) == {
        "revision": "1", "column-0": "client", "column-1": "signal:downloads", "column-2": "signal:last_push_sent",
        "column-3": "signal:store_version", "column-4": "",
    }  # fmt: skip
    text = text_of(page)
    assert "Facts 4" in text
    assert f"No client is called “{world.bakery.name}”." in text  # Remo's, as if it were not there
    assert "“many” in “Downloads” does not fit. Expected: A number" in text
    assert SignalFact.unscoped.count() == 0  # unscoped: a test
    assert rosa.post(at, {**form_of(page), "do": "start"}).status_code == 302
    run_due_jobs(at=now())
    done = text_of(rosa.get(at).content.decode())
    assert "Facts that are new 4" in done
    found = kept()
    assert set(found) == {
        (world.carl.name, "downloads"), (world.carl.name, "last_push_sent"), (world.carl.name, "store_version"),
        (world.elan.name, "downloads"),
    }  # fmt: skip
    assert found[world.carl.name, "downloads"].number == 1234
    row = SignalImport.unscoped.get()  # unscoped: a test
    assert (row.state, bytes(row.data), row.facts_new, row.faults) == ("done", b"", 4, 3)
    entry = JournalEntry.unscoped.get(event="signals.imported")  # unscoped: a test
    assert (entry.account_id, entry.data["new"]) == (world.rosa.id, 4)


def test_the_meaning_of_a_column_can_be_changed(world: World, rosa: Client) -> None:
    at = send(world, rosa, f"Who,Loads,Downloads\n{world.carl.name},3,4\n")
    page = rosa.get(at).content.decode()
    assert "Say which column names the client." in text_of(page)
    assert 'value="start"' not in page
    sent = {**form_of(page), "column-0": "client", "column-1": "signal:sessions"}
    assert rosa.post(at, {**sent, "do": "start"}).status_code == 409  # not what was seen
    page = rosa.get(at).content.decode()
    assert "Facts 2" in text_of(page)
    twice = rosa.post(at, {**form_of(page), "column-1": "signal:downloads"})
    assert (twice.status_code, "Two columns cannot tell the same" in twice.content.decode()) == (409, True)
    assert rosa.post(at, {**form_of(page), "do": "start"}).status_code == 302
    run_due_jobs(at=now())
    assert {key for _name, key in kept()} == {"sessions", "downloads"}


def test_the_same_list_again_adds_nothing(world: World, rosa: Client) -> None:
    listed = f"Client,Date,Downloads\n{world.carl.name},2026-02-01,3\n{world.elan.name},2026-02-01,4\n"
    for expected in ((2, 0), (0, 2)):
        at = send(world, rosa, listed)
        assert rosa.post(at, {**form_of(rosa.get(at).content.decode()), "do": "start"}).status_code == 302
        assert rosa.post(at, {"do": "start"}).status_code == 302  # sent twice
        run_due_jobs(at=now())
        row = SignalImport.unscoped.order_by("-id")[0]  # unscoped: a test
        assert (row.facts_new, row.facts_known) == expected
    assert SignalFact.unscoped.count() == 2  # unscoped: a test


def test_cells_of_the_file_are_shown_as_text(world: World, rosa: Client) -> None:
    at = send(world, rosa, "Client,Downloads,<img src=x>\n<script>alert(1)</script>,<b>x</b>,<i>y</i>\n")
    page = rosa.get(at).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x>" not in page
    assert "<i>y</i>" not in page


def test_a_list_is_discarded_or_forgotten(world: World, rosa: Client) -> None:
    at = send(world, rosa, "Client,Downloads\nA,1\n")
    assert rosa.post(at + "discard/").status_code == 302
    assert "This list was discarded" in rosa.get(at).content.decode()
    other = send(world, rosa, "Client,Downloads\nA,1\n")
    with world.scope("vera") as vera:
        forget_old_lists(actor=vera, at=now() + timedelta(days=6))
        assert "This list was discarded" not in rosa.get(other).content.decode()
        forget_old_lists(actor=vera, at=now() + timedelta(days=8))
    assert [bytes(row.data) for row in SignalImport.unscoped.all()] == [b"", b""]  # unscoped: a test


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"%PDF-1.7"])
def test_what_is_no_list_is_refused(world: World, rosa: Client, content: bytes) -> None:
    answer = rosa.post(base(world), {"file": SimpleUploadedFile("x.csv", content)})
    assert answer.status_code == 422
    assert SignalImport.unscoped.count() == 0  # unscoped: a test


def test_a_list_is_its_resellers_alone(world: World, rosa: Client) -> None:
    at = send(world, rosa, "Client,Downloads\nA,1\n")
    assert world.browser("remo").get(at).status_code == 404
    mine = at.replace(world.rosa.ref, world.remo.ref)
    assert world.browser("remo").get(mine).status_code == 404
    assert world.browser("remo").post(mine + "discard/").status_code == 404
    assert SignalImport.unscoped.get().state == "uploaded"  # unscoped: a test


def test_before_there_are_signals_no_list_is_taken(world: World) -> None:
    page = world.browser("rosa").get(base(world)).content.decode()
    assert "The product reports no signals yet" in page
