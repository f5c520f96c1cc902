"""The client list leaves: what is in the file, in which order, who may, and that it can come back."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from sublet.accounts import operations, queries
from sublet.accounts.clientlists import survey
from sublet.accounts.models import Account
from sublet.accounts.operations import CannotExportClients
from sublet.accounts.queries import ExportList, ListQuery
from sublet.core.cells import unguard
from sublet.foundation.actor import Actor, Impersonator
from sublet.foundation.errors import Forbidden
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.sheets.writing import write_csv
from tests import factories
from tests.accounts.lists import bring_in, csv_of
from tests.people import AT, World

ROME = ZoneInfo("Europe/Rome")
LANGUAGES = {"en": "English", "it": "Italiano", "fr": "Français", "sq": "Shqip"}


def export(actor: Actor, query: ListQuery | None = None, **more: object) -> ExportList:
    facts: dict[str, object] = {"format": "csv", "people": {}, "languages": LANGUAGES, "zone": ROME, "at": AT}
    return operations.export_clients(query=query or ListQuery(), actor=actor, **{**facts, **more})  # type: ignore[arg-type]  # as given


def names(actor: Actor, query: ListQuery) -> list[object]:
    return [row[0] for row in export(actor, query, keys=("name",)).rows]


def shown(actor: Actor, query: ListQuery) -> list[str]:
    """What all pages of the list on the screen show."""
    found, page = [], replace(query, size=2)
    while True:
        answer = queries.client_list(actor, page, at=AT)
        found += [row.name for row in answer.rows]
        if not answer.next:
            return found
        page = replace(page, cursor=answer.next)


def parsed(leaving: ExportList) -> list[list[str]]:
    text = b"".join(write_csv(leaving.rows, leaving.columns)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_everything_about_a_client_leaves(world: World) -> None:
    # unscoped: set up
    Account.unscoped.filter(id=world.carl.id).update(
        responsible_id=5, last_seen_at=AT, demo_until=AT + timedelta(days=3), website="https://c.example", notes="a\nb",
        external_id="0042", street="Via 1", postal_code="00184", country="IT", mobile="+393331234567",
        plan="small", trial_until=AT + timedelta(days=7),
    )  # fmt: skip
    with world.scope("rosa") as actor:
        leaving = export(actor, ListQuery(search="carl"), people={5: "Rico Russo"})
        [row] = leaving.rows
    told = dict(zip([column.heading for column in leaving.columns], row, strict=True))
    assert told == {
        "Company": "Carl’s Kitchen",
        "State": "Active",
        "Contact person": "Carl Conti",
        "E-mail": "hello@carls-kitchen.example",
        "Phone": "+39 06 1234 5678",
        "Mobile phone": "+393331234567",
        "Address": "Via 1",
        "Postal code": "00184",
        "City": "Roma",
        "Country": "IT",
        "Language": "English",
        "Time zone": "UTC",
        "Website": "https://c.example",
        "Tags": "restaurant, vip",
        "Responsible": "Rico Russo",
        "Account owned by": "Reseller",
        "Created": AT.date(),
        "Last visit": AT,
        "Demonstration until": (AT + timedelta(days=3)).date(),
        "Free trial until": (AT + timedelta(days=7)).date(),
        "Client number": "0042",
        "Notes": "a\nb",
        "Account reference": world.carl.ref,
        "Plan": "small",
        "Limits": None,
    }


@pytest.mark.parametrize(
    "query",
    [
        ListQuery(),
        ListQuery(descending=True),
        ListQuery(sort="created"),
        ListQuery(sort="created", descending=True),
        ListQuery(sort="last_visit"),
        ListQuery(sort="last_visit", descending=True),
        ListQuery(sort="state", descending=True, states=("active", "suspended", "closed", "invited")),
        ListQuery(states=("suspended",)),
        ListQuery(tags=("vip", "hairdresser")),
        ListQuery(languages=("fr", "sq")),
        ListQuery(search="kitchen"),
        ListQuery(responsible=(0,)),
        ListQuery(search="%%'\"$1"),
    ],
)
def test_the_file_holds_what_the_list_shows_in_its_order(world: World, query: ListQuery) -> None:
    for number in range(5):
        factories.make_client(
            world.rosa,
            f"More {5 - number}",
            state=("active", "closed", "suspended")[number % 3],
            created_at=AT + timedelta(days=number % 2),
            last_seen_at=AT - timedelta(hours=number) if number else None,
        )
    with world.scope("rosa") as actor:
        assert names(actor, query) == shown(actor, query)


def test_a_common_word_leaves_nobody_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sublet.accounts.queries.candidates.CAP", 3)
    for number in range(9):
        factories.make_client(world.rosa, f"Trattoria {number}", city="Roma")
    with world.scope("rosa") as actor:
        assert queries.client_list(actor, ListQuery(search="tratt"), at=AT).capped
        assert names(actor, ListQuery(search="tratt rom")) == [f"Trattoria {number}" for number in range(9)]


def test_somebody_with_some_clients_takes_those(world: World) -> None:
    with world.scope("rico") as actor:
        assert names(actor, ListQuery()) == ["Carl’s Kitchen"]
    with world.scope("remo") as actor:
        assert names(actor, ListQuery()) == ["Nora’s Bakery"]


def test_days_are_those_of_the_zone(world: World) -> None:
    # unscoped: set up
    Account.unscoped.filter(id=world.carl.id).update(created_at=AT.replace(hour=23, minute=30))
    with world.scope("rosa") as actor:
        [row] = export(actor, ListQuery(search="carl"), keys=("created",)).rows
    assert list(row) == [AT.date() + timedelta(days=1)]


def test_chosen_columns_stand_in_their_order(world: World) -> None:
    with world.scope("rosa") as actor:
        leaving = export(actor, keys=("tags", "name", "nonsense"))
        all_of_them = export(actor, keys=("nonsense",))
    assert [column.heading for column in leaving.columns] == ["Company", "Tags"]
    assert len(all_of_them.columns) == len(queries.export_keys())


def test_it_is_written_down_who_took_the_list(world: World) -> None:
    with world.scope("rosa") as actor:
        export(actor, ListQuery(search="a", states=("active",), sort="created"), keys=("name",), format="xlsx")
    entry = JournalEntry.unscoped.get()  # unscoped: the whole journal
    assert (entry.event, entry.account_id, entry.actor_name) == ("clients.exported", world.rosa.id, "Rosa Ricci")
    assert entry.data == {"format": "xlsx", "filters": 2, "columns": ["name"]}


def test_who_may_not_see_clients_takes_none(world: World) -> None:
    with world.scope("carl") as actor, pytest.raises(Forbidden):
        export(actor)
    assert not JournalEntry.unscoped.exists()  # unscoped: the whole journal


def test_nobody_takes_the_list_in_another_persons_place(world: World) -> None:
    visitor = Impersonator(user_id=1, name="V", account_id=world.vendor.id, impersonation_ref="ims_x", mode="reseller")
    with world.scope("rosa") as actor, pytest.raises(CannotExportClients) as refusal:
        export(replace(actor, impersonator=visitor))
    assert (refusal.value.code, refusal.value.status) == ("impersonating", 403)
    assert not JournalEntry.unscoped.exists()  # unscoped: the whole journal


def test_the_number_of_statements_does_not_depend_on_the_clients(world: World) -> None:
    def statements() -> int:
        with world.scope("rosa") as actor, CaptureQueriesContext(connection) as asked:
            leaving = export(actor)
            count = len(list(leaving.rows))
        assert (
            count == Account.unscoped.filter(parent_id=world.rosa.id).exclude(state="closed").count()
        )  # unscoped: as stored
        return len(asked)

    before = statements()
    for number in range(3):
        factories.make_client(world.rosa, f"More {number}", tags=("a", "b"))
    assert statements() == before


def test_no_cell_is_computed_and_every_text_comes_back(world: World) -> None:
    evil = ["=1+1", "+39 06", "-x", "@sum", "'=quoted", " =spaced", "plain", 'a"b,c;d', "'t Pleintje"]
    for text in evil:
        factories.make_client(world.remo, f"N{text}", contact_name=text)
    with world.scope("remo") as actor:
        rows = parsed(export(actor, keys=("name", "contact")))[1:]
    contacts = [row[1] for row in rows if row[1]]
    assert not [text for text in contacts if text.lstrip(" ")[:1] in "=+-@"]
    assert sorted(map(unguard, contacts)) == sorted(evil)


@pytest.mark.parametrize("language", ["en", "it", "sq", "nl", "fr", "pt"])
def test_what_left_can_come_back_in_every_language(world: World, language: str) -> None:
    """Our own reader knows each column again, whatever the language of the headings, and the same clients are known."""
    rows = [
        ("Bar Verdi", "Ugo Verdi", "ugo@verdi.example", "06 6982 1234", "Roma", "Italia", "bar, vip"),
        ("Senza Posta", "", "", "+39 06 6982 9999", "Milano", "Italia", ""),
        ("Solo Città", "", "", "", "Torino", "", "x"),
    ]
    with world.scope("rosa") as actor, translation.override(language):
        bring_in(actor, csv_of(rows))
        leaving = export(actor)
        data = b"".join(write_csv(leaving.rows, leaving.columns))
        _sheet, reading = survey(data, file_name="out.csv")
        fields = {queries.export_keys()[column]: field for column, field in reading.mapping.items()}
        ref = operations.upload_import(file_name="out.csv", data=data, actor=actor, at=AT)
        found = queries.import_facts(actor, ref).found
    same = ("name", "contact", "email", "phone", "mobile", "street", "postal_code", "city", "country", "language",
            "timezone", "website", "tags", "created", "external_id", "notes", "state")  # fmt: skip
    assert fields == {key: key for key in same}
    assert (found["known"], sum(found.values())) == (6, 6)
