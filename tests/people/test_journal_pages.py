"""The journal as a product: search, filters, files, who reads what, and pseudonyms (section 8; rule 24)."""

from __future__ import annotations

import dataclasses
import io

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sublet.accounts import operations as account_operations
from sublet.core.readers import FOR_CLIENTS, NOT_FOR_CLIENTS, for_the_client
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal import queries, search
from sublet.foundation.journal.events import EVENTS
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.queries import history
from sublet.people import operations
from sublet.portals.api.schemas.brands import JournalAsked
from sublet.portals.shared.journal_pages import GROUPS
from tests.people import AT, World, proved
from tests.people.test_impersonation import begin

pytestmark = pytest.mark.django_db
REASON = "Checking the opening hours"


def at(name: str, *args: str) -> str:
    return reverse(name, urlconf="sublet.config.urls_main", args=args)


def change(world: World, client: str = "carl", by: str = "rosa", **changes: str) -> None:
    with world.scope(by) as actor:
        version = getattr(world, client).__class__.unscoped.get(ref=getattr(world, client).ref).version
        account_operations.change_details(
            ref=getattr(world, client).ref, changes=changes, version=version, actor=actor, at=AT
        )


def told(world: World, by: str, **asked: object) -> list[str]:
    actor = world.actor(by)
    account = None if asked.pop("below", False) else asked.pop("account_id", actor.account_id)
    return [row.event for row in history(actor, account_id=account, below=True, **asked).rows]  # type: ignore[arg-type]


def test_words_are_found_whatever_case_and_accents_in_names_reasons_and_data(world: World) -> None:
    change(world, "elan", city="Besançon")
    begin(world, client="elan")
    for words, found in (
        ("besancon", ["account.details_changed"]),
        ("BESANÇ", ["account.details_changed"]),
        ("opening", ["impersonation.started"]),
        ("rosa", ["impersonation.started", "account.details_changed"]),
        ("rosa besa", ["account.details_changed"]),
        ("ancon", []),  # not in the middle of a word
        ("absent", []),
        ("--", ["impersonation.started", "account.details_changed"]),  # nothing was asked for
        ("\x00", ["impersonation.started", "account.details_changed"]),
    ):
        assert told(world, "rosa", below=True, words=words) == found, words


def test_a_search_reads_so_many_entries_for_a_page_and_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        change(world, city=f"Town{number}")
    monkeypatch.setattr(search, "SCANNED", 3)
    monkeypatch.setattr(search, "_BATCH", 3)
    actor, cursor, pages = world.actor("rosa"), "", 0
    found: list[str] = []
    while True:
        with CaptureQueriesContext(connection) as asked:
            page = history(actor, below=True, words="town1", cursor=cursor)
        assert len(asked) == 1
        found += [row.event for row in page.rows]
        pages += 1
        cursor = page.next_cursor
        if not cursor:
            break
    assert (len(found), pages) == (2, 3)  # "Town1" came and went


def test_filters_narrow_by_kind_person_visit_and_day(world: World) -> None:
    change(world, city="Milano")
    begin(world, client="carl")
    own = {"below": True}
    assert told(world, "rosa", **own, events=("account.",)) == ["account.details_changed"]
    assert told(world, "rosa", **own, events=("account.", "impersonation.")) == [
        "impersonation.started", "account.details_changed",
    ]  # fmt: skip
    assert told(world, "rosa", **own, person="ricci") == ["impersonation.started", "account.details_changed"]
    assert told(world, "rosa", **own, person="remo") == []
    assert told(world, "rosa", **own, in_visits=True) == []
    assert len(told(world, "rosa", **own, in_visits=False)) == 2


def test_a_client_reads_its_own_without_what_is_kept_above(world: World) -> None:
    change(world, notes="Pays late", city="Napoli")
    change(world, external_id="A-1")
    carl = world.browser("carl")
    url = at("client-history", world.carl.ref)
    for address in (url, f"{url}?q=napoli", f"{url}?format=csv"):
        response = carl.get(address)
        text = response.getvalue().decode()
        assert "Pays late" not in text, address
        assert "A-1" not in text, address
    assert carl.get(f"{url}?q=pays").content.decode().count("story-entry") == 0
    rosa = world.browser("rosa").get(at("reseller-client-history", world.rosa.ref, world.carl.ref) + "?q=pays")
    assert rosa.content.decode().count("story-entry") == 1


@pytest.mark.parametrize(
    ("by", "status"), [("remo", 404), ("rico", 404), ("carl", 404), ("nora", 404), ("rosa", 200), ("ruth", 200)]
)
def test_nobody_reads_anothers_journal(world: World, by: str, status: int) -> None:
    url = at("reseller-client-history", world.rosa.ref, world.elan.ref)
    for more in ("", "?q=rosa", "?format=csv", "?format=xlsx"):
        assert world.browser(by).get(url + more).status_code == status, more


def test_the_file_is_what_the_page_means_and_inert(world: World) -> None:
    change(world, city="Milano")
    change(world, contact_name='=HYPERLINK("x")')
    rosa = world.browser("rosa")
    url = at("reseller-client-history", world.rosa.ref, world.carl.ref)
    text = rosa.get(f"{url}?format=csv&kind=account").getvalue().decode("utf-8-sig")
    assert text.splitlines()[0] == "When,What,Who,In place of that person,Account,Reason,How,Event"
    assert len(text.splitlines()) == 3
    assert "\n=" not in text
    sheet = openpyxl.load_workbook(io.BytesIO(rosa.get(f"{url}?format=xlsx").getvalue()), read_only=True).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1][4] == "Carl’s Kitchen"
    assert JournalEntry.unscoped.filter(event="journal.exported", account_id=world.rosa.id).count() == 2
    assert rosa.get(f"{url}?format=pdf").status_code == 200  # no such file: the page


def visit(world: World) -> tuple[Client, str]:
    browser = proved(world.browser("rosa"))
    asked = {"mode": "reseller", "reason": REASON}
    return browser, str(browser.post(at("reseller-impersonate", world.rosa.ref, world.elan.ref), asked)["Location"])


def test_a_file_made_in_a_visit_says_who_made_it_in_whose_place(world: World) -> None:
    browser, first = visit(world)
    response = browser.get(f"{first}history/?format=csv")
    text = response.getvalue().decode("utf-8-sig")
    assert "Rosa Ricci, connected as Rosa Web Studio" in text.splitlines()[-1]
    assert response["X-Acted-By"] == "Rosa Ricci"
    data = browser.get(f"{first}history/?format=xlsx").getvalue()
    assert "Rosa Ricci, connected as" in str(openpyxl.load_workbook(io.BytesIO(data)).properties.description)
    outside = world.browser("rosa").get(at("reseller-client-history", world.rosa.ref, world.elan.ref) + "?format=csv")
    assert "connected as" not in outside.getvalue().decode()


def test_a_person_taken_out_of_sight_is_shown_under_a_pseudonym_and_no_row_changes(world: World) -> None:
    begin(world, client="carl")
    before = list(JournalEntry.unscoped.filter(account_id=world.carl.id).values())
    with world.scope("vera") as actor:
        word = operations.hide_person_in_journal(user_ref=world.users["rosa"].ref, actor=actor, at=AT)
        assert operations.hide_person_in_journal(user_ref=world.users["rosa"].ref, actor=actor, at=AT) == word
    assert list(JournalEntry.unscoped.filter(account_id=world.carl.id).values()) == before
    (row,) = history(world.actor("carl"), account_id=world.carl.id).rows
    assert row.actor_name == word
    assert "Rosa Ricci" not in row.sentence
    page = world.browser("carl").get(at("client-history", world.carl.ref)).content.decode()
    assert word in page
    assert "Rosa Ricci" not in page
    assert told(world, "carl", words="ricci") == []
    assert told(world, "carl", person="ricci") == []
    assert told(world, "carl", person=word) == ["impersonation.started"]
    assert JournalEntry.unscoped.filter(event="person.hidden").count() == 1


@pytest.mark.parametrize(("by", "fault"), [("rosa", NotFound), ("carl", NotFound), ("dora", NotFound)])
def test_only_the_vendor_takes_names_out_of_sight(world: World, by: str, fault: type[Exception]) -> None:
    with world.scope(by) as actor, pytest.raises((fault, Forbidden)):
        operations.hide_person_in_journal(user_ref=world.users["rosa"].ref, actor=actor, at=AT)
    with world.scope("vera") as actor:
        for ref in ("", "usr_23456789abcd", "\x00", world.places["rosa"].ref):
            with pytest.raises(NotFound):
                operations.hide_person_in_journal(user_ref=ref, actor=actor, at=AT)


def test_what_no_index_narrows_looks_at_so_many_entries_for_a_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rosa's one entry is the oldest of eight: three pages on the way to it, none of which reads more than three."""
    change(world, city="Napoli")
    for number in range(7):
        change(world, by="carl", contact_name=f"Carl {number}")
    monkeypatch.setattr(queries, "WINDOW", 3)
    actor, cursor, found = world.actor("rosa"), "", []
    for _page in range(3):
        page = history(actor, account_id=world.carl.id, person="rosa", cursor=cursor)
        found.append([row.actor_name for row in page.rows])
        cursor = page.next_cursor
    assert (found, cursor) == ([[], [], ["Rosa Ricci"]], "")
    assert len(history(actor, account_id=world.carl.id, person="carl").rows) == 3
    with CaptureQueriesContext(connection) as caught:
        history(actor, account_id=world.carl.id)
    assert len(caught) == 1  # nothing narrows it: as before


def test_the_api_gives_the_same_filters_and_files(world: World) -> None:
    from tests.portals.api.caller import make_caller

    change(world, city="Milano", notes="Pays late")
    begin(world, client="carl")
    rosa, carl = make_caller(world, "rosa"), make_caller(world, "carl")
    about = f"/accounts/{world.carl.ref}/journal"
    assert [each["event"] for each in rosa.get(f"{about}?group=visits")["items"]] == ["impersonation.started"]
    assert [each["event"] for each in rosa.get(f"{about}?group=account")["items"]] == ["account.details_changed"]
    lines = rosa.get(f"{about}-export?group=account").content.decode("utf-8-sig").splitlines()
    assert lines[0] == "When,What,Who,In place of that person,Account,Reason,How,Event"
    assert len(lines) == 2
    own = carl.get("/journal-export?format=xlsx")
    rows = list(
        openpyxl.load_workbook(io.BytesIO(own.content), read_only=True).worksheets[0].iter_rows(values_only=True)
    )
    assert [row[-1] for row in rows[1:]] == ["impersonation.started", "account.details_changed"]
    assert "Pays late" not in str(rows)
    assert rosa.get("/journal-export?of=below&q=milano").content.count(b"\n") == 2
    assert rosa.get(f"/accounts/{world.bakery.ref}/journal-export").status == 404
    assert carl.get(f"/accounts/{world.elan.ref}/journal-export").status == 404
    assert JournalEntry.unscoped.filter(event="journal.exported", via="api").count() == 3


# Every event there is -------------------------------------------------------------------------------------------------


def test_somebody_has_decided_of_every_event_whether_a_client_reads_it() -> None:
    """A new event is closed to clients, and red here until it stands in one of the two lists of core/readers.py."""
    undecided = [name for name in EVENTS if name not in FOR_CLIENTS and not name.startswith(NOT_FOR_CLIENTS)]
    assert undecided == []
    assert set(FOR_CLIENTS) <= set(EVENTS)


@pytest.mark.parametrize("name", sorted(FOR_CLIENTS))
def test_what_a_client_reads_of_an_event_is_said_without_what_is_kept_above(name: str) -> None:
    """Its sentence and its data, with a mark in each field that is kept above, and in the reason."""
    cls = EVENTS[name]
    fields = {each.name for each in dataclasses.fields(cls)}  # type: ignore[arg-type]  # every event is a dataclass
    assert FOR_CLIENTS[name] <= fields
    data = {each: "SECRET" if each in FOR_CLIENTS[name] else "open" for each in fields}
    data["changes"] = {"notes": ["", "SECRET"], "external_id": ["SECRET", ""], "city": ["Rome", "Milan"]}  # type: ignore[assignment]
    kept = for_the_client(name, data, "SECRET" if not name.startswith("impersonation.") else "why")
    assert kept is not None
    assert "SECRET" not in str(kept)
    assert kept[0]["changes"] == {"city": ["Rome", "Milan"]}
    assert "SECRET" not in str(cls.SENTENCE) % {**data, **cls.words(data), "actor": "Rosa"}


def test_what_narrows_a_journal_is_told_and_folded(world: World) -> None:
    page = world.browser("rosa").get(
        at("reseller-client-history", world.rosa.ref, world.carl.ref) + "?kind=team&person=Rosa"
    )
    shown = page.content.decode()
    assert '<details class="narrow">' in shown
    assert "<bdi>Rosa</bdi>" in shown
    assert 'class="narrow-told"' in shown
    vendor = world.browser("vera").get(at("vendor-journal", world.vendor.ref) + "?person=Rosa&since=2026-03-02")
    assert "2 Mar 2026" in vendor.content.decode().partition('class="narrow-told"')[2].partition("</p>")[0]


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_every_event_is_found_under_exactly_one_kind(event: str) -> None:
    """What is in no kind would be left out by every choice of the filter but “Everything”."""
    assert len([key for key, (_label, begins) in GROUPS.items() if event.startswith(begins)]) == 1


def test_the_kinds_that_the_vendor_alone_records_are_offered_to_it_alone(world: World) -> None:
    vendors = world.browser("vera").get(at("vendor-journal", world.vendor.ref)).content.decode()
    assert 'value="@jobs"' in vendors
    for name, who in (("reseller-story", "rosa"), ("client-history", "carl")):
        page = world.browser(who).get(at(name, world.actor(who).account_ref)).content.decode()
        assert ('value="mails"' in page, 'value="jobs"' in page) == (True, False)


def test_programs_ask_for_the_same_kinds() -> None:
    assert JournalAsked.model_json_schema()["properties"]["group"]["enum"] == ["", *GROUPS]
