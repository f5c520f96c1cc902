"""A list comes in: what becomes of each row, what is written, what is not written twice, what is taken back."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.accounts import operations, queries
from sublet.accounts.clientlists import LEAVE, TAKE, Choices
from sublet.accounts.models import Account, AccountTag, ClientImport, LeftRows, SearchWord
from sublet.accounts.operations import CannotImportClients, CannotUndoImport
from sublet.accounts.search import words_of
from sublet.foundation.actor import Impersonator
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.jobs.models import Job
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.foundation.sheets.refusals import CannotReadSheet
from tests import factories
from tests.accounts.lists import AGENCY, HEADINGS, ROWS, bring_in, csv_of, many, xlsx_of
from tests.people import AT, World

LATER = AT + timedelta(hours=1)
NOTHING = {"fine": 0, "warned": 0, "refused": 0, "left-out": 0, "repeated": 0, "known": 0}


def imported(world: World) -> list[Account]:
    rows = Account.unscoped.filter(parent_id=world.rosa.id, import_id__isnull=False)  # unscoped: as stored
    return list(rows.order_by("sort_name", "id"))


def journal(*events: str) -> list[tuple[str, int, int | None]]:
    rows = JournalEntry.unscoped.order_by("id")  # unscoped: the whole journal
    return [(row.event, row.account_id, row.parent_id) for row in rows if not events or row.event in events]


def test_each_row_becomes_what_the_check_says(world: World) -> None:
    with world.scope("rosa") as actor:
        ref = operations.upload_import(file_name="C:\\lists\\clients.csv", data=csv_of(ROWS), actor=actor, at=AT)
        facts = queries.import_facts(actor, ref)
        check = queries.import_check(actor, ref)
    assert (facts.file_name, facts.state, facts.total) == ("clients.csv", "uploaded", 4)
    assert facts.found == NOTHING | {"fine": 1, "warned": 1, "repeated": 1, "refused": 1}
    assert imported(world) == []
    assert check.preview is not None
    told = [
        (row.line, row.verdict, row.faults, {cell.field: cell.faults for cell in row.cells if cell.faults})
        for row in check.preview.rows
    ]
    assert told == [
        (2, "fine", (), {}),
        (3, "warned", (), {"email": ("There is no e-mail address, so nobody can be invited yet.",)}),
        (4, "repeated", ("The same client stands in line 2; this line adds nothing.",), {}),
        (5, "refused", (), {"email": ("“not an address” is not an e-mail address.",)}),
    ]
    with world.scope("rosa") as actor:
        operations.start_import(ref=ref, revision=1, actor=actor, at=LATER)
        assert run_due_jobs(at=LATER) == 1
        done = queries.import_facts(actor, ref)
    assert (done.state, done.made, done.known, done.repeated, done.refused) == ("done", 2, 0, 1, 1)
    bar, cafe = imported(world)
    assert (bar.name, bar.contact_name, bar.email, bar.phone) == (
        "Bar Verdi", "Ugo Verdi", "ugo@verdi.example", "+390669821234",
    )  # fmt: skip
    assert (bar.city, bar.country, bar.state, bar.ownership) == ("Roma", "IT", "active", "reseller")
    assert (bar.kind, bar.parent_id, bar.created_at, bar.state_since) == ("client", world.rosa.id, LATER, LATER)
    assert (bar.timezone, bar.language, bar.currency, bar.version) == ("Europe/Rome", "en", "EUR", 0)
    assert cafe.phone == "+33472000001"
    assert journal() == [
        ("import.uploaded", world.rosa.id, None),
        ("import.started", world.rosa.id, None),
        ("client.created", bar.id, world.rosa.id),
        ("client.created", cafe.id, world.rosa.id),
        ("import.finished", world.rosa.id, None),
    ]
    created = JournalEntry.unscoped.get(account_id=bar.id)  # unscoped: as stored
    assert created.data == {
        "ref": bar.ref, "name": "Bar Verdi", "state": "active", "ownership": "reseller", "demo_until": "",
        "import_ref": ref,
    }  # fmt: skip
    assert (created.actor_name, created.actor_user_id, created.via) == ("Rosa Ricci", world.users["rosa"].id, "job")


def test_tags_and_search_words_are_those_of_a_client_made_by_hand(world: World) -> None:
    with world.scope("rosa") as actor:
        bring_in(actor, csv_of(ROWS[:2]))
        found = queries.client_list(actor, queries.ListQuery(search="ugo ver"), at=AT).rows
    assert [(row.name, row.tags) for row in found] == [("Bar Verdi", ("bar", "vip"))]
    for account in imported(world):
        tags = list(AccountTag.unscoped.filter(account=account).values_list("name", flat=True))  # unscoped: as stored
        stored = SearchWord.unscoped.filter(account=account)  # unscoped: as stored
        assert sorted(stored.values_list("word", flat=True)) == sorted(words_of(account, tags))


def test_the_file_is_forgotten_and_the_rows_left_can_be_fetched(world: World) -> None:
    with world.scope("rosa") as actor:
        facts = bring_in(actor, csv_of(ROWS))
        left = queries.left_rows(actor, facts.ref)
        assert left.headings == HEADINGS
        assert list(left.rows) == [
            (5, ["Salone Blu", "", "not an address", "", "Milano", "Italia"],
             "“not an address” is not an e-mail address.")
        ]  # fmt: skip
    stored = ClientImport.unscoped.get(ref=facts.ref)  # unscoped: as stored
    assert (bytes(stored.data), bytes(stored.findings)) == (b"", b"")


def test_what_is_chosen_holds_for_all_rows(world: World) -> None:
    rows = [
        ("Open", "open@x.example", "06 6982 1234", "active"),
        ("Gone", "gone@x.example", "", "Chiuso"),
        ("No mail", "", "", ""),
    ]
    data = csv_of(rows, ("Company", "E-mail", "Phone", "State"))
    with world.scope("rosa") as actor:
        ref = operations.upload_import(file_name="l.csv", data=data, actor=actor, at=AT)
        choices = Choices(
            country="IT", language="it", ownership="client", tags=("Winter", "winter"), responsible_id=77,
            without_email=LEAVE, closed=LEAVE,
        )  # fmt: skip
        revision = operations.change_import(ref=ref, revision=1, choices=choices, actor=actor, at=AT)
        assert queries.import_facts(actor, ref).found == NOTHING | {"fine": 1, "left-out": 2}
        operations.start_import(ref=ref, revision=revision, actor=actor, at=AT)
        run_due_jobs(at=AT)
        left = [(row[0], row[2]) for row in queries.left_rows(actor, ref).rows]
    [client] = imported(world)
    assert (client.name, client.phone, client.language, client.ownership, client.responsible_id) == (
        "Open", "+390669821234", "it", "client", 77,
    )  # fmt: skip
    assert list(AccountTag.unscoped.filter(account=client).values_list("name", flat=True)) == [
        "Winter"
    ]  # unscoped: as stored
    assert left == [
        (3, "The list calls this client closed, and you leave such rows out."),
        (4, "There is no e-mail address, and you leave such rows out."),
    ]


def test_rows_that_could_be_left_out_can_be_taken(world: World) -> None:
    rows = [("Gone", "gone@x.example", "closed"), ("No mail", "", "")]
    with world.scope("rosa") as actor:
        data = csv_of(rows, ("Company", "E-mail", "State"))
        ref = operations.upload_import(file_name="l.csv", data=data, actor=actor, at=AT)
        choices = Choices(closed=TAKE, without_email=TAKE)
        operations.start_import(
            ref=ref,
            revision=operations.change_import(ref=ref, revision=1, choices=choices, actor=actor, at=AT),
            actor=actor,
            at=AT,
        )
        run_due_jobs(at=AT)
    assert [(client.name, client.state) for client in imported(world)] == [("Gone", "active"), ("No mail", "active")]


def test_since_when_somebody_is_a_client_is_taken_from_the_list(world: World) -> None:
    rows = [("Old", "13/04/2019"), ("Future", "01/01/2031")]
    with world.scope("rosa") as actor:
        bring_in(actor, csv_of(rows, ("Company", "Client since")))
    future, old = imported(world)
    assert old.created_at == datetime(2019, 4, 12, 22, 0, tzinfo=UTC)  # midnight in Rome
    assert future.created_at == AT


def test_the_same_file_again_adds_nothing(world: World) -> None:
    with world.scope("rosa") as actor:
        first = bring_in(actor, csv_of(ROWS))
        ref = operations.upload_import(file_name="again.csv", data=csv_of(ROWS), actor=actor, at=LATER)
        check = queries.import_check(actor, ref)
        assert check.facts.found == NOTHING | {"known": 2, "repeated": 1, "refused": 1}
        assert check.earlier == AT
        with pytest.raises(CannotImportClients) as refusal:
            operations.start_import(ref=ref, revision=1, actor=actor, at=LATER)
        assert refusal.value.code == "nothing-new"
        # The same clients in another file, with one that is new.
        more = bring_in(actor, csv_of([*ROWS, ("Nuovo", "", "n@n.example", "", "", "", "")]), at=LATER)
    assert (first.made, more.made, more.known) == (2, 1, 2)
    assert [client.name for client in imported(world)] == ["Bar Verdi", "Café Noir", "Nuovo"]


def test_clients_made_by_hand_are_known_by_name_and_address_or_number(world: World) -> None:
    headings = ("Company", "E-mail", "Phone", "City", "Client number")
    rows = [
        ("CARL’S  kitchen", "Hello@carls-kitchen.example", "", "", ""),  # as Carl's, which nobody imported
        ("Carl's Kitchen", "", "+39 06 1234 5678", "", ""),
        ("Carl's Kitchen", "other@example.test", "", "", ""),  # the same name alone says nothing
        ("Nora’s Bakery", "nora@bakery.example", "", "", ""),  # another reseller's client is nobody's business
    ]
    with world.scope("rosa") as actor:
        ref = operations.upload_import(file_name="l.csv", data=csv_of(rows, headings), actor=actor, at=AT)
        check = queries.import_check(actor, ref)
    assert check.preview is not None
    assert [(row.line, row.verdict) for row in check.preview.rows] == [
        (2, "known"), (3, "known"), (4, "fine"), (5, "fine"),
    ]  # fmt: skip


def test_an_agencys_real_list_comes_in(world: World) -> None:
    with world.scope("rosa") as actor:
        facts = bring_in(actor, AGENCY.read_bytes(), name="clients-agency.xlsx")
    assert facts.made + facts.repeated + facts.refused == facts.total == 200
    assert facts.made == len(imported(world)) > 150
    assert facts.refused > 0
    assert facts.repeated > 0


def test_hand_made_names_survive(world: World) -> None:
    """Right-to-left marks, emoji, null bytes, formulas, very long texts."""
    rows = [
        ("=cmd|' /C calc'!A0", "a@x.example", "+1", "notes \x07 here"),
        ("\u202eevil\u202c شركة", "b@x.example", "", "🙂" * 3),
        ("🍕", "c@x.example", "", "x" * 9000),
        ("N" * 201, "d@x.example", "", ""),
        ("'quoted", "e@x.example", "", ""),
    ]
    with world.scope("rosa") as actor:
        facts = bring_in(actor, csv_of(rows, ("Company", "E-mail", "Phone", "Notes")))
    assert (facts.made, facts.refused) == (4, 1)
    found = {client.email[0]: client for client in imported(world)}
    assert found["a"].name == "=cmd|' /C calc'!A0"
    assert found["a"].notes == "notes here"
    assert found["b"].name == "evil شركة"
    assert (found["c"].name, len(found["c"].notes)) == ("🍕", 5000)
    assert found["e"].name == "'quoted"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "no-rows", id="no-rows"),
        pytest.param(b"%PDF-1.7 whatever", "not-a-sheet", id="not-a-sheet"),
        pytest.param(b"<!doctype html><table></table>", "web-page", id="web-page"),
        pytest.param(b"PK\x03\x04 not really a workbook", "broken", id="broken"),
        pytest.param(b"Company,Notes\nA," + b"x" * 10_000_000 + b"\n", "cell-too-long", id="cell-too-long"),
        pytest.param(b"x" * (20 * 1024 * 1024 + 1), "too-large", id="too-large"),
    ],
)
def test_a_file_that_cannot_be_read_leaves_nothing(world: World, data: bytes, code: str) -> None:
    with world.scope("rosa") as actor, pytest.raises(CannotReadSheet) as refusal:
        operations.upload_import(file_name="bad", data=data, actor=actor, at=AT)
    assert refusal.value.code == code
    assert not ClientImport.unscoped.exists()  # unscoped: as stored
    assert journal() == []


def test_the_columns_can_be_changed(world: World) -> None:
    data = "Emri;Zona\nBar Uno;Roma\nBar Due;Milano\n".encode("latin-1")
    with world.scope("rosa") as actor:
        ref = operations.upload_import(file_name="l.csv", data=data, actor=actor, at=AT)
        before = queries.import_check(actor, ref)
        revision = operations.change_import(ref=ref, revision=1, mapping={0: "notes", 1: "city"}, actor=actor, at=AT)
        without_name = queries.import_check(actor, ref)
        with pytest.raises(CannotImportClients) as refusal:
            operations.start_import(ref=ref, revision=revision, actor=actor, at=AT)
        assert refusal.value.code == "no-name"
        again = operations.change_import(
            ref=ref, revision=revision, mapping={0: "city", 1: "name", 7: "email"}, actor=actor, at=AT
        )
        same = operations.change_import(ref=ref, revision=again, mapping={0: "city", 1: "name"}, actor=actor, at=AT)
        after = queries.import_check(actor, ref)
    assert before.reading.separator == ";"
    assert (without_name.fault, without_name.preview, revision) == ("no-name", None, 2)
    assert (again, same) == (3, 3)
    assert after.preview is not None
    assert [[cell.text for cell in row.cells] for row in after.preview.rows] == [
        ["Roma", "Bar Uno"],
        ["Milano", "Bar Due"],
    ]
    assert [(column.heading, column.field, column.samples) for column in after.columns] == [
        ("Emri", "city", ("Bar Uno", "Bar Due")), ("Zona", "name", ("Roma", "Milano")),
    ]  # fmt: skip


@pytest.mark.parametrize(("mapping", "code"), [({0: "name", 1: "name"}, "field-twice"), ({0: "city"}, "no-name")])
def test_columns_that_cannot_be_used_are_not_imported(world: World, mapping: dict[int, str], code: str) -> None:
    with world.scope("rosa") as actor:
        ref = operations.upload_import(file_name="l.csv", data=csv_of(ROWS), actor=actor, at=AT)
        revision = operations.change_import(ref=ref, revision=1, mapping=mapping, actor=actor, at=AT)
        with pytest.raises(CannotImportClients) as refusal:
            operations.start_import(ref=ref, revision=revision, actor=actor, at=AT)
    assert (refusal.value.code, refusal.value.field) == (code, "mapping")


def test_separator_encoding_headings_and_sheet_can_be_changed(world: World) -> None:
    text = "My clients\nName;E-mail;City\nCittà;a@x.example;Forlì\n".encode("cp1252")
    with world.scope("rosa") as actor:
        ref = operations.upload_import(file_name="l.csv", data=text, actor=actor, at=AT)
        first = queries.import_check(actor, ref)
        assert (first.reading.header_line, first.reading.rows, first.reading.encoding) == (2, 1, "Windows-1252")
        two = operations.change_import(ref=ref, revision=1, header_line=0, actor=actor, at=AT)
        bare = queries.import_check(actor, ref)
        assert (bare.reading.header_line, bare.reading.rows, bare.reading.headings) == (None, 3, ())
        three = operations.change_import(ref=ref, revision=two, header_line=2, actor=actor, at=AT)
        assert queries.import_check(actor, ref).reading == first.reading
        with pytest.raises(CannotReadSheet):
            operations.change_import(ref=ref, revision=three, encoding="UTF-8", actor=actor, at=AT)
        operations.change_import(ref=ref, revision=three, separator=",", actor=actor, at=AT)
        assert queries.import_check(actor, ref).reading.width == 1
        book = xlsx_of({"Notes": [["Anything"]], "Clients": [["Company", "E-mail"], ["Bar", "b@x.example"]]})
        ref = operations.upload_import(file_name="l.xlsx", data=book, actor=actor, at=AT)
        operations.change_import(ref=ref, revision=1, sheet="Clients", actor=actor, at=AT)
        sheet = queries.import_check(actor, ref)
    assert (sheet.reading.sheets, sheet.reading.sheet, sheet.reading.rows) == (("Notes", "Clients"), "Clients", 1)
    assert sheet.facts.found == NOTHING | {"fine": 1}


def test_a_line_that_is_not_there_holds_no_headings(world: World) -> None:
    with world.scope("rosa") as actor:
        ref = operations.upload_import(file_name="l.csv", data=csv_of(ROWS), actor=actor, at=AT)
        with pytest.raises(CannotImportClients) as refusal:
            operations.change_import(ref=ref, revision=1, header_line=40, actor=actor, at=AT)
    assert (refusal.value.code, refusal.value.field) == ("no-such-line", "header_line")


def test_a_formula_is_its_value(world: World) -> None:
    book = xlsx_of({"A": [["Company", "Notes"], ["Bar", "=1+1"]]})
    with world.scope("rosa") as actor:
        bring_in(actor, book, name="l.xlsx")
    [client] = imported(world)
    assert client.notes == "0"  # what the file holds as the result; nothing is computed here


def test_the_preview_goes_through_all_rows_and_finds_those_with_faults(world: World) -> None:
    rows = [(f"Client {n:04}", f"c{n}@x.example" if n % 60 else "wrong") for n in range(1, 131)]
    with world.scope("rosa") as actor:
        ref = operations.upload_import(file_name="l.csv", data=csv_of(rows, ("Company", "E-mail")), actor=actor, at=AT)
        pages, line = [], 0
        for _ in range(3):
            preview = queries.import_check(actor, ref, line=line).preview
            assert preview is not None
            pages.append([row.line for row in preview.rows])
            before, line = preview.previous, preview.next
        faulty = queries.import_check(actor, ref, only="faults").preview
        assert faulty is not None
        beyond = queries.import_check(actor, ref, line=10**6, only="nonsense").preview
    assert [(page[0], page[-1]) for page in pages] == [(2, 51), (52, 101), (102, 131)]
    assert (before, line) == (52, 0)
    assert [row.line for row in faulty.rows] == [61, 121]
    assert beyond is not None
    assert (beyond.rows, beyond.only, beyond.previous) == ([], "all", 82)


def test_what_was_not_seen_is_not_imported(world: World) -> None:
    with world.scope("rosa") as actor:
        ref = operations.upload_import(file_name="l.csv", data=csv_of(ROWS), actor=actor, at=AT)
        operations.change_import(ref=ref, revision=1, choices=Choices(language="fr"), actor=actor, at=AT)
        for act in (
            lambda: operations.start_import(ref=ref, revision=1, actor=actor, at=AT),
            lambda: operations.change_import(ref=ref, revision=1, choices=Choices(), actor=actor, at=AT),
        ):
            with pytest.raises(CannotImportClients) as refusal:
                act()
            assert refusal.value.code == "changed-meanwhile"


def test_sent_twice_it_starts_once(world: World) -> None:
    with world.scope("rosa") as actor:
        ref = operations.upload_import(file_name="l.csv", data=csv_of(ROWS), actor=actor, at=AT)
        for _ in range(2):
            operations.start_import(ref=ref, revision=1, actor=actor, at=AT)
        run_due_jobs(at=AT)
        operations.start_import(ref=ref, revision=1, actor=actor, at=AT)
        run_due_jobs(at=AT)
    assert Job.unscoped.filter(kind="accounts.import_clients").count() == 1  # unscoped: the whole queue
    assert journal("import.started", "import.finished") == [
        ("import.started", world.rosa.id, None), ("import.finished", world.rosa.id, None),
    ]  # fmt: skip
    assert len(imported(world)) == 2


@pytest.mark.parametrize("listed", [False, True])
def test_a_job_that_ends_while_one_looks_has_not_come_to_a_halt(
    world: World, monkeypatch: pytest.MonkeyPatch, listed: bool
) -> None:
    actor = world.actor("rosa")
    with world.scope("rosa"):
        ref = operations.upload_import(file_name="list.csv", data=csv_of(ROWS), actor=actor, at=AT)
        operations.start_import(ref=ref, revision=queries.import_facts(actor, ref).revision, actor=actor, at=AT)
        imports: Any = sys.modules["sublet.accounts.queries.imports"]  # the package calls a function the same
        jobs_of: Callable[..., dict[str, Job]] = imports.jobs_of
        done: list[object] = []

        def later(*asked: Any) -> dict[str, Job]:
            if not done:
                done.append(run_due_jobs(at=AT))
            return jobs_of(*asked)

        monkeypatch.setattr(imports, "jobs_of", later)
        assert (queries.imports(actor).rows[0] if listed else queries.import_facts(actor, ref)).state == "done"
        assert done


@pytest.mark.parametrize("count", [1, 3])
def test_imports_that_came_to_a_halt_take_the_same_statements(world: World, count: int) -> None:
    with world.scope("rosa") as actor:
        for number in range(count):
            operations.upload_import(file_name="list.csv", data=csv_of([[f"Club {number}"]]), actor=actor, at=AT)
        ClientImport.objects.update(state=ClientImport.State.RUNNING)
        with CaptureQueriesContext(connection) as asked:
            states = [row.state for row in queries.imports(actor).rows]
    assert states == ["failed"] * count
    assert len(asked) == 2  # the imports, and once more those that seem to have come to a halt


def test_a_discarded_list_is_gone(world: World) -> None:
    with world.scope("rosa") as actor:
        ref = operations.upload_import(file_name="l.csv", data=csv_of(ROWS), actor=actor, at=AT)
        operations.discard_import(ref=ref, actor=actor, at=AT)
        operations.discard_import(ref=ref, actor=actor, at=AT)
        with pytest.raises(CannotImportClients):
            operations.start_import(ref=ref, revision=1, actor=actor, at=AT)
        with pytest.raises(NotFound):
            queries.import_check(actor, ref)
        assert queries.import_facts(actor, ref).state == "discarded"
    assert bytes(ClientImport.unscoped.get(ref=ref).data) == b""  # unscoped: as stored
    assert [name for name, _, _ in journal()] == ["import.uploaded", "import.discarded"]


def test_a_long_list_is_checked_by_a_job(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sublet.accounts.operations.import_drafts.CHECKED_AT_ONCE", 3)
    with world.scope("rosa") as actor:
        ref = operations.upload_import(file_name="l.csv", data=csv_of(ROWS), actor=actor, at=AT)
        waiting = queries.import_facts(actor, ref)
        assert (waiting.checking, waiting.state, waiting.found) == (True, "uploaded", {})
        assert queries.import_check(actor, ref).preview is None
        with pytest.raises(CannotImportClients) as refusal:
            operations.start_import(ref=ref, revision=1, actor=actor, at=AT)
        assert refusal.value.code == "not-checked"
        # Changed before the job came to it: the job for what it was does nothing.
        operations.change_import(ref=ref, revision=1, choices=Choices(without_email=LEAVE), actor=actor, at=AT)
        assert run_due_jobs(at=AT) == 2
        checked = queries.import_facts(actor, ref)
        assert checked.found == NOTHING | {"fine": 1, "left-out": 1, "repeated": 1, "refused": 1}
        assert (checked.checking, checked.progress) == (False, None)
        operations.start_import(ref=ref, revision=2, actor=actor, at=AT)
        run_due_jobs(at=AT)
    assert [client.name for client in imported(world)] == ["Bar Verdi"]


def test_a_check_that_came_to_a_halt_can_begin_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sublet.accounts.operations.import_drafts.CHECKED_AT_ONCE", 3)
    with world.scope("rosa") as actor:
        ref = operations.upload_import(file_name="l.csv", data=csv_of(ROWS), actor=actor, at=AT)
        Job.unscoped.update(state="dead", last_error="It broke.")  # unscoped: set up
        halted = queries.import_facts(actor, ref)
        assert (halted.state, halted.checking, halted.error) == ("failed", False, "It broke.")
        operations.check_again(ref=ref, actor=actor, at=AT)
        run_due_jobs(at=AT)
        assert queries.import_facts(actor, ref).found["fine"] == 1


def test_who_may_not_open_clients_may_not_import(world: World) -> None:
    data = csv_of(ROWS)
    with world.scope("ruth") as actor:
        with pytest.raises(Forbidden):
            operations.upload_import(file_name="l.csv", data=data, actor=actor, at=AT)
        with pytest.raises(Forbidden):
            queries.imports(actor)
    with world.scope("vera") as actor, pytest.raises(Forbidden):
        operations.upload_import(file_name="l.csv", data=data, actor=actor, at=AT)
    with world.scope("rico") as actor, pytest.raises(CannotImportClients) as refusal:
        operations.upload_import(file_name="l.csv", data=data, actor=actor, at=AT)
    assert refusal.value.code == "confined"


def test_another_resellers_import_is_not_there(world: World) -> None:
    with world.scope("remo") as actor:
        ref = operations.upload_import(file_name="l.csv", data=csv_of(ROWS), actor=actor, at=AT)
    with world.scope("rosa") as actor:
        for act in (
            lambda: queries.import_facts(actor, ref),
            lambda: queries.import_check(actor, ref),
            lambda: queries.left_rows(actor, ref),
            lambda: queries.clients_of_import(actor, ref),
            lambda: operations.change_import(ref=ref, revision=1, choices=Choices(), actor=actor, at=AT),
            lambda: operations.start_import(ref=ref, revision=1, actor=actor, at=AT),
            lambda: operations.discard_import(ref=ref, actor=actor, at=AT),
            lambda: operations.undo_import(ref=ref, actor=actor, at=AT),
            lambda: operations.resume_import(ref=ref, actor=actor, at=AT),
            lambda: operations.check_again(ref=ref, actor=actor, at=AT),
        ):
            with pytest.raises(NotFound):
                act()
        assert queries.imports(actor).rows == []


def test_nothing_comes_into_a_closed_account(world: World) -> None:
    with world.scope("rosa") as actor:
        ref = operations.upload_import(file_name="l.csv", data=csv_of(ROWS), actor=actor, at=AT)
        operations.start_import(ref=ref, revision=1, actor=actor, at=AT)
        Account.unscoped.filter(id=world.rosa.id).update(state="suspended")  # unscoped: set up
        run_due_jobs(at=AT)
        facts = queries.import_facts(actor, ref)
        assert (facts.state, facts.error) == ("failed", "Your own account is not open, so it takes no new clients.")
        with pytest.raises(CannotImportClients) as refusal:
            operations.upload_import(file_name="l.csv", data=csv_of(ROWS), actor=actor, at=AT)
        assert refusal.value.code == "reseller-locked"
        Account.unscoped.filter(id=world.rosa.id).update(state="active")  # unscoped: set up
        operations.resume_import(ref=ref, actor=actor, at=LATER)
        operations.resume_import(ref=ref, actor=actor, at=LATER)
        run_due_jobs(at=LATER)
        assert queries.import_facts(actor, ref).made == 2
    assert [name for name, _, _ in journal()].count("import.resumed") == 1


def test_imports_are_listed_newest_first_in_both_directions(world: World) -> None:
    with world.scope("rosa") as actor:
        refs = [operations.upload_import(file_name=f"{n}.csv", data=many(1, n), actor=actor, at=AT) for n in range(5)]
        first = queries.imports(actor, size=2)
        second = queries.imports(actor, cursor=first.next_cursor, size=2)
        third = queries.imports(actor, cursor=second.next_cursor, size=2)
        back = queries.imports(actor, cursor=third.previous_cursor, size=2)
        assert queries.imports(actor, cursor="nonsense", size=2) == first
    assert [[row.ref for row in page.rows] for page in (first, second, third)] == [refs[:2:-1], refs[2:0:-1], refs[:1]]
    assert (first.previous_cursor, third.next_cursor) == ("", "")
    assert back == second


# Taking back ----------------------------------------------------------------------------------------------------------


def test_an_import_is_taken_back_as_a_whole(world: World) -> None:
    with world.scope("rosa") as actor:
        facts = bring_in(actor, csv_of(ROWS))
        assert facts.may_be_undone
        gone = {client.id for client in imported(world)}
        operations.undo_import(ref=facts.ref, actor=actor, at=LATER)
        operations.undo_import(ref=facts.ref, actor=actor, at=LATER)
        assert run_due_jobs(at=LATER) == 1
        undone = queries.import_facts(actor, facts.ref)
        assert (undone.state, undone.taken_back, undone.kept, undone.may_be_undone) == ("undone", 2, 0, False)
        assert bring_in(actor, csv_of(ROWS), at=LATER).made == 2
    assert not gone & {client.id for client in imported(world)}
    for table in (AccountTag, SearchWord):
        assert not table.unscoped.filter(account_id__in=gone).exists()  # unscoped: as stored
    told = journal("client.taken_back", "import.undo_started", "import.undone")
    assert told[0] == ("import.undo_started", world.rosa.id, None)
    assert {row[1] for row in told[1:3]} == gone
    assert told[3] == ("import.undone", world.rosa.id, None)


def test_clients_in_use_stay(world: World) -> None:
    rows = [(f"Client {n}", f"c{n}@x.example") for n in range(6)]
    with world.scope("rosa") as actor:
        facts = bring_in(actor, csv_of(rows, ("Company", "E-mail")))
        changed, peopled, hosted, named, free, seen = imported(world)
        operations.suspend_account(ref=changed.ref, reason="x", actor=actor, at=LATER)
        factories.make_collaborator(peopled, factories.make_user("Pia"))
        factories.make_host(hosted, "hosted.localhost")
        operations.change_details(ref=named.ref, changes={"name": "Other"}, version=None, actor=actor, at=LATER)
        Account.unscoped.filter(id=seen.id).update(last_seen_at=LATER)  # unscoped: set up
        operations.undo_import(ref=facts.ref, actor=actor, at=LATER)
        run_due_jobs(at=LATER)
        undone = queries.import_facts(actor, facts.ref)
        stay = queries.clients_of_import(actor, facts.ref)
        assert (undone.taken_back, undone.kept, undone.may_be_undone) == (1, 5, True)
        assert {client.ref for client in stay} == {row.ref for row in (changed, peopled, hosted, named, seen)}
        # Once more: one that has been freed meanwhile goes as well, the count is not added up.
        Account.unscoped.filter(id=seen.id).update(last_seen_at=None)  # unscoped: set up
        operations.undo_import(ref=facts.ref, actor=actor, at=LATER)
        run_due_jobs(at=LATER)
        again = queries.import_facts(actor, facts.ref)
        assert (again.taken_back, again.kept) == (2, 4)
    assert free.id not in {client.id for client in imported(world)}


def test_an_import_that_runs_is_stopped_and_taken_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sublet.accounts.clientlists.BATCH", 2)
    with world.scope("rosa") as actor:
        ref = operations.upload_import(file_name="l.csv", data=many(7), actor=actor, at=AT)
        operations.start_import(ref=ref, revision=1, actor=actor, at=AT)
        operations.undo_import(ref=ref, actor=actor, at=LATER)
        assert run_due_jobs(at=LATER) == 2
        facts = queries.import_facts(actor, ref)
    assert (facts.state, facts.made, imported(world)) == ("undone", 0, [])


def test_there_must_be_something_to_take_back(world: World) -> None:
    with world.scope("rosa") as actor:
        ref = operations.upload_import(file_name="l.csv", data=csv_of(ROWS), actor=actor, at=AT)
        with pytest.raises(CannotUndoImport) as refusal:
            operations.undo_import(ref=ref, actor=actor, at=AT)
    assert refusal.value.code == "nothing-made"


def test_nobody_takes_back_in_another_persons_place(world: World) -> None:
    with world.scope("rosa") as actor:
        facts = bring_in(actor, csv_of(ROWS))
        visitor = Impersonator(
            user_id=1, name="Vera", account_id=world.vendor.id, impersonation_ref="ims_x", mode="reseller"
        )
        acting = replace(actor, impersonator=visitor)
        with pytest.raises(CannotUndoImport) as refusal:
            operations.undo_import(ref=facts.ref, actor=acting, at=AT)
    assert refusal.value.code == "impersonating"


# After a crash --------------------------------------------------------------------------------------------------------


def test_a_run_that_dies_between_batches_goes_on_behind_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends before each commit in turn; in the end everything is there once."""
    from sublet.accounts import clientlists
    from sublet.accounts.operations import import_batches

    batches, take = clientlists.batches, import_batches.take_batch
    monkeypatch.setattr(clientlists, "batches", lambda *rows, **more: batches(*rows, **{**more, "size": 3}))
    dice, deaths = random.Random(7), [0]

    def mortal(**facts: object) -> bool:
        done = take(**facts)  # type: ignore[arg-type]  # passed on as given
        if dice.random() < 0.4:
            deaths[0] += 1
            raise RuntimeError("killed before the commit")
        return done

    monkeypatch.setattr(import_batches, "take_batch", mortal)
    rows = [ROWS[3], *[(f"C{n}", "", f"c{n}@x.example", "", "", "", "") for n in range(20)], ROWS[3]]
    with world.scope("rosa") as actor:
        ref = operations.upload_import(file_name="l.csv", data=csv_of(rows), actor=actor, at=AT)
        operations.start_import(ref=ref, revision=1, actor=actor, at=AT)
        at = AT
        for _ in range(16):
            run_due_jobs(at=at)
            at += timedelta(hours=7)
            if queries.import_facts(actor, ref).state == "done":
                break
        facts = queries.import_facts(actor, ref)
        left = [line for line, _, _ in queries.left_rows(actor, ref).rows]
    assert deaths[0] > 2
    assert (facts.state, facts.made, facts.refused, facts.known) == ("done", 20, 2, 0)
    assert [client.name for client in imported(world)] == sorted(f"C{n}" for n in range(20))
    assert left == [2, 23]
    assert len(journal("client.created")) == 20


def test_old_lists_are_forgotten(world: World) -> None:
    with world.scope("rosa") as actor:
        never = operations.upload_import(file_name="never.csv", data=many(2), actor=actor, at=AT)
        halted = operations.upload_import(file_name="halted.csv", data=many(2, 5), actor=actor, at=AT)
        operations.start_import(ref=halted, revision=1, actor=actor, at=AT)
        Job.unscoped.update(state="dead")  # unscoped: set up
        done = bring_in(actor, csv_of(ROWS))
    with platform_scope("test"):
        by = queries.installation_actor(name="Schedule", via="job")
        operations.forget_old_imports(actor=by, at=AT + timedelta(days=6))
        assert ClientImport.objects.filter(state="uploaded").count() == 1
        assert LeftRows.objects.count() == 1
        operations.forget_old_imports(actor=by, at=AT + timedelta(days=31))
        assert LeftRows.objects.count() == 0
        stored = {row.ref: (row.state, bytes(row.data)) for row in ClientImport.objects.all()}
    assert stored == {never: ("discarded", b""), halted: ("done", b""), done.ref: ("done", b"")}
