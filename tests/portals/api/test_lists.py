"""Client lists in and out by the API, and the whole way of an agency's real list."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import IO

import openpyxl
import pytest

from sublet.foundation.clock import now
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from tests.people import World
from tests.portals.api.caller import Answer, Caller

AGENCY = Path(__file__).resolve().parents[2] / "foundation/data/clients-agency.csv"


def upload(caller: Caller, name: str, data: bytes) -> Answer:
    file: IO[bytes] = io.BytesIO(data)
    file.name = name  # type: ignore[misc]  # as an opened file has one
    return caller.ask("POST", "/imports", file=file)


LIST = (
    "Azienda;Mail\nBella Napoli;ciao@napoli.example\nBar Roma;nessuna\n;x@y.example\nBella Napoli;ciao@napoli.example\n"
)


def test_list_is_looked_at_changed_and_started(world: World, rosa: Caller) -> None:
    sent = upload(rosa, "clienti.csv", LIST.encode("cp1252"))
    place = f"/imports/{sent['ref']}"

    assert (sent.status, sent["state"], sent["total"]) == (201, "uploaded", 4)
    check = rosa.get(f"{place}/check")
    assert [(each["heading"], each["field"]) for each in check["columns"]] == [("Azienda", "name"), ("Mail", "email")]
    assert [(row["line"], row["verdict"]) for row in check["rows"]] == [
        (2, "fine"), (3, "warned"), (4, "refused"), (5, "repeated"),
    ]  # fmt: skip
    assert rosa.get("/clients?search=napoli")["items"] == []
    changed = rosa.patch(place, {"revision": check["facts"]["revision"], "tags": ["from-list"], "country": "IT"})
    assert changed["choices"]["tags"] == ["from-list"]
    late = rosa.post(f"{place}/start", {"revision": check["facts"]["revision"]})
    assert late.code == "cannot_import_clients.changed-meanwhile"
    assert rosa.post(f"{place}/start", {"revision": changed["facts"]["revision"]})["state"] == "queued"
    run_due_jobs(at=now())
    done = rosa.get(place)
    assert (done["state"], done["made"], done["refused"], done["repeated"]) == ("done", 2, 1, 1)
    assert [each["name"] for each in rosa.get("/clients?tag=from-list")["items"]] == ["Bar Roma", "Bella Napoli"]
    assert [each["name"] for each in rosa.get(f"{place}/clients")["items"]] == ["Bar Roma", "Bella Napoli"]
    left = rosa.get(f"{place}/left-rows").content.decode("utf-8-sig").splitlines()
    assert left[0] == "Line,Azienda,Mail,Why"
    assert left[1].startswith("4,,x@y.example,")
    assert rosa.post(f"{place}/undo")["state"] == "undoing"
    run_due_jobs(at=now())
    assert (rosa.get(place)["state"], rosa.get(place)["taken_back"]) == ("undone", 2)
    assert rosa.get("/clients?tag=from-list")["items"] == []
    assert [each["ref"] for each in rosa.get("/imports")["items"]] == [sent["ref"]]


def test_list_can_be_discarded(rosa: Caller) -> None:
    sent = upload(rosa, "a.csv", LIST.encode())

    assert rosa.post(f"/imports/{sent['ref']}/discard")["state"] == "discarded"
    assert rosa.get(f"/imports/{sent['ref']}/check").status == 404


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.csv", b"", "invalid"),
        ("a.xlsx", b"PK\x03\x04broken", "cannot_read_sheet.broken"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\x00\x00", "cannot_read_sheet.not-a-sheet"),
        ("a.csv", b"x" * 22_100_000, "too-large"),
    ],
)
def test_files_that_are_no_list(rosa: Caller, name: str, data: bytes, code: str) -> None:
    assert upload(rosa, name, data).code == code
    assert rosa.get("/imports")["items"] == []


def test_another_tenants_import_is_nothing(call: Callable[..., Caller], rosa: Caller) -> None:
    ref = upload(rosa, "a.csv", LIST.encode())["ref"]
    remo = call("remo")

    answers = [
        remo.get(f"/imports/{ref}"),
        remo.get(f"/imports/{ref}/check"),
        remo.patch(f"/imports/{ref}", {"revision": 0}),
        remo.post(f"/imports/{ref}/start", {"revision": 0}),
        remo.post(f"/imports/{ref}/discard"),
        remo.post(f"/imports/{ref}/undo"),
        remo.get(f"/imports/{ref}/left-rows"),
    ]
    assert {each.status for each in answers} == {404}


def test_export_holds_what_the_list_shows_and_is_written_down(world: World, rosa: Caller) -> None:
    rosa.patch(f"/clients/{world.elan.ref}", {"notes": "=HYPERLINK(1)"})

    answer = rosa.get("/client-export?column=name&column=tags&column=notes&tag=hairdresser")
    text = answer.content.decode("utf-8-sig")

    assert answer.response["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.response["Content-Disposition"] == 'attachment; filename="clients.csv"'
    lines = text.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("Élan Coiffure,hairdresser,'=")
    assert JournalEntry.unscoped.filter(event="clients.exported", key_ref=rosa.ref).count() == 1
    assert rosa.get("/client-export?column=secret").fields == [("column.0", "unknown-word")]
    assert rosa.get("/client-export?format=pdf").fields == [("format", "unknown-word")]
    head = rosa.ask("HEAD", "/client-export")
    assert (head.status, head.response.content) == (200, b"")


def test_export_reaches_as_far_as_the_key(world: World, call: Callable[..., Caller]) -> None:
    narrow = call("rosa", rights={"clients": "view"}, reach=[world.carl])

    assert narrow.get("/client-export?column=name").content.decode("utf-8-sig").splitlines()[1:] == ["Carl’s Kitchen"]


def test_real_list_goes_in_is_searched_branded_shared_and_comes_out(world: World, rosa: Caller) -> None:
    """What an agency does in its first hour, by the API alone."""
    sent = upload(rosa, "clients.csv", AGENCY.read_bytes())
    place = f"/imports/{sent['ref']}"
    check = rosa.get(f"{place}/check")
    started = rosa.post(f"{place}/start", {"revision": check["facts"]["revision"]})
    run_due_jobs(at=now())
    done = rosa.get(place)
    assert (started.status, done["state"]) == (200, "done")
    assert done["made"] + done["known"] + done["repeated"] + done["left_out"] + done["refused"] == done["total"] == 200

    page = rosa.get("/clients?limit=200")
    assert len(page["items"]) == min(200, done["made"] + 3)
    client = rosa.get("/clients?search=carl")["items"][0]
    assert client["ref"] == world.carl.ref

    branded = rosa.patch(f"/accounts/{world.rosa.ref}/brand", {"name": "Studio Rosa", "color": "#aa3300"})
    assert branded["fields"]["name"]["shown"] == "Studio Rosa"
    assert rosa.get(f"/accounts/{client['ref']}/brand")["fields"]["name"]["shown"] == "Studio Rosa"

    invited = rosa.post(
        f"/accounts/{client['ref']}/invitations",
        {"email": "cora@example.test", "rights": {"product.content": "manage"}},
    )
    assert invited.status == 201
    summary = rosa.get(f"/accounts/{client['ref']}/invitations")["items"][0]["summary"]
    assert summary == "Content"

    entered = rosa.post(f"/accounts/{client['ref']}/impersonations", {"mode": "client", "reason": "Helps at the start"})
    assert entered.code == "in-person"

    leaving = rosa.get("/client-export?format=xlsx&column=name&column=email")
    sheet = openpyxl.load_workbook(io.BytesIO(leaving.content), read_only=True).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == done["made"] + 3 + 1
    assert ("Carl’s Kitchen", "hello@carls-kitchen.example") in rows


def test_single_rows_stay_out_or_come_in(rosa: Caller) -> None:
    data = b"Company,E-mail\nBar,b@x.example\nCafe,c@x.example\nTotal: 2,\n"
    sent = upload(rosa, "clients.csv", data)
    place = f"/imports/{sent['ref']}"
    assert (sent["sums"], sent["found"]["left-out"]) == (1, 1)
    seen = rosa.patch(place, {"revision": sent["revision"], "leave": [3], "take": [4]})
    assert [(row["line"], row["verdict"], row["optional"]) for row in seen["rows"]] == [
        (2, "fine", True), (3, "left-out", True), (4, "warned", True),
    ]  # fmt: skip
    assert seen["rows"][1]["faults"] == ["You left this row out."]
    assert seen["facts"]["sums"] == 0
    # Said of the revision before: of another row it holds all the same.
    assert rosa.patch(place, {"revision": sent["revision"], "leave": [4]})["facts"]["revision"] == sent["revision"] + 2
    wrong = rosa.patch(place, {"revision": sent["revision"], "leave": [77]})
    assert wrong.code == "cannot_import_clients.no-such-row"
