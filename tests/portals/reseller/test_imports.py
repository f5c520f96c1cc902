"""The pages of an import and of the download, through the browser's eyes."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sublet.accounts.models import Account, ClientImport
from sublet.foundation.clock import now
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.jobs.models import Job
from sublet.foundation.journal.models import JournalEntry
from tests.accounts.lists import HEADINGS, ROWS, csv_of, many, xlsx_of
from tests.people import World


def address(world: World, path: str = "imports/") -> str:
    return f"/reseller/{world.rosa.ref}/{path}"


def send(browser: Client, world: World, data: bytes, name: str = "clients.csv") -> HttpResponse:
    return browser.post(address(world), {"file": SimpleUploadedFile(name, data)})  # type: ignore[return-value]  # as the test client gives it


def sent(browser: Client, world: World, data: bytes, name: str = "clients.csv") -> str:
    """The address of the check page of an uploaded list."""
    answer = send(browser, world, data, name)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return answer["Location"]


def fields(html: str) -> dict[str, str]:
    """What the form on the check page would send."""
    form = html[html.index('id="import-form"') :]
    found: dict[str, str] = {}
    ticked = re.findall(r'<input type="checkbox" [^>]*name="take" value="(\d+)"[^>]* checked>', form)
    if ticked:
        found["take"] = " ".join(ticked)
    for name, value in re.findall(r'<input type="(?:hidden|text)" name="([\w-]+)"(?: value="([^"]*)")?', form):
        found[name] = value
    for name, inside in re.findall(r'<select name="([\w-]+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        found[name] = chosen[1] if chosen else ""
    return found


def start(browser: Client, page: str, **changes: str) -> HttpResponse:
    values = fields(browser.get(page).content.decode()) | changes | {"do": "start"}
    return browser.post(page, values)  # type: ignore[return-value]  # as the test client gives it


def body(answer: object) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # a streaming answer


def parsed(data: bytes) -> list[list[str]]:
    text = data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=","))


def imported(world: World) -> list[str]:
    rows = Account.unscoped.filter(parent_id=world.rosa.id, import_id__isnull=False)  # unscoped: as stored
    return list(rows.order_by("sort_name").values_list("name", flat=True))


def test_a_list_goes_in_and_is_taken_back(world: World) -> None:
    rosa = world.browser("rosa")
    page = sent(rosa, world, csv_of(ROWS))
    check = rosa.get(page)
    html = check.content.decode()
    assert check.status_code == 200
    assert "Import 2 clients" in html
    assert "“not an address” is not an e-mail address." in html
    assert "The same client stands in line 2; this line adds nothing." in html
    assert imported(world) == []
    begun = start(rosa, page)
    assert (begun.status_code, begun["Location"]) == (302, page)
    assert "The import begins in a moment" in rosa.get(page).content.decode()
    run_due_jobs(at=now())
    result = rosa.get(page).content.decode()
    assert "2 clients came in." in result
    assert imported(world) == ["Bar Verdi", "Café Noir"]
    left = rosa.get(f"{page}left/?format=csv")
    assert parsed(body(left)) == [
        ["Line", "Why it was not taken in", *HEADINGS],
        [
            "5",
            "“not an address” is not an e-mail address.",
            "Salone Blu",
            "",
            "not an address",
            "",
            "Milano",
            "Italia",
            "",
        ],
    ]
    assert rosa.post(f"{page}undo/")["Location"] == page
    run_due_jobs(at=now())
    assert "The import is taken back." in rosa.get(page).content.decode()
    assert imported(world) == []
    listed = rosa.get(address(world)).content.decode()
    assert "clients.csv" in listed
    assert "Taken back" in listed


def test_the_rows_left_can_be_put_right_and_sent_again(world: World) -> None:
    rosa = world.browser("rosa")
    page = sent(rosa, world, csv_of(ROWS))
    start(rosa, page)
    run_due_jobs(at=now())
    book = openpyxl.load_workbook(io.BytesIO(body(rosa.get(f"{page}left/?format=xlsx"))))
    sheet = book.active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]] == ["Line", "Why it was not taken in", *HEADINGS]
    sheet["E2"] = "blu@salone.example"
    mended = io.BytesIO()
    book.save(mended)
    again = sent(rosa, world, mended.getvalue(), "mended.xlsx")
    start(rosa, again)
    run_due_jobs(at=now())
    assert imported(world) == ["Bar Verdi", "Café Noir", "Salone Blu"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"%PDF-1.4", "This is not a list that can be read."),
        (b"<html><table>", "This is a web page, whatever its name says."),
        (b"PK\x03\x04junk", "The workbook is damaged."),
        (b"Company,E-mail\nBar,\xff\x00\xfe\x00", "This is not a list that can be read."),
        (b"\n\n  \n", "There is nothing in the list."),
        (b"Company\n" + b"x" * 40_000, "Line 2 has a cell of more than 32767 characters."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_the_field(world: World, data: bytes, sentence: str) -> None:
    answer = send(world.browser("rosa"), world, data, "list.xlsx")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert html.count(sentence) == 2  # in the summary and at the field
    assert not ClientImport.unscoped.exists()  # unscoped: as stored


def test_no_file_and_too_large_a_file_are_refused(world: World) -> None:
    rosa = world.browser("rosa")
    assert "Choose a file." in rosa.post(address(world)).content.decode()
    large = send(rosa, world, b"x" * (20 * 1024 * 1024 + 1))
    assert (large.status_code, "The file is larger than 20 MB." in large.content.decode()) == (422, True)


def test_what_is_decided_changes_the_preview_at_once(world: World) -> None:
    rosa = world.browser("rosa")
    page = sent(rosa, world, csv_of(ROWS))
    values = fields(rosa.get(page).content.decode())
    assert {values[f"column-{at}"] for at in range(7)} == {
        "name", "contact", "email", "phone", "city", "country", "tags",
    }  # fmt: skip
    part = rosa.post(page, values | {"column-0": "", "column-1": ""}, headers={"HX-Request": "true"})
    html = part.content.decode()
    assert (part.status_code, html.startswith('<div class="import-check" id="import-check">')) == (200, True)
    assert "Say which column holds the name of the client." in html
    later = fields(html)
    assert (later["revision"], later["column-0"]) == ("2", "")
    back = rosa.post(page, later | {"column-0": "name", "without_email": "leave", "tags": "New, VIP"})
    assert (back.status_code, back["Location"]) == (302, page)
    html = rosa.get(page).content.decode()
    assert "Import 1 client<" in html
    assert fields(html)["tags"] == "New, VIP"


def test_what_was_not_seen_is_shown_first(world: World) -> None:
    rosa = world.browser("rosa")
    page = sent(rosa, world, csv_of(ROWS))
    start(rosa, page, language="fr")  # changed in the same moment
    html = rosa.get(page).content.decode()
    assert "The list has been read anew." in html
    assert imported(world) == []
    old = fields(html) | {"revision": "1", "do": "start"}
    answer = rosa.post(page, old)
    assert answer.status_code == 409
    assert "Look at it again before you import." in answer.content.decode()


def test_impossible_choices_are_refused_at_their_fields(world: World) -> None:
    rosa = world.browser("rosa")
    page = sent(rosa, world, csv_of(ROWS))
    values = fields(rosa.get(page).content.decode())
    for wrong in (
        {"column-0": "password"}, {"encoding": "EBCDIC"}, {"separator": "x"}, {"header_line": "-1"}, {"ownership": "mine"},
        {"country": "XX9"}, {"language": "de"}, {"responsible": "usr_x"}, {"revision": "many"}, {"tags": "a,b,c,d,e,f"},
        {"column-0": "email"}, {"header_line": "999"}, {"encoding": "UTF-16"}, {"without_email": "\x00"},
    ):  # fmt: skip
        answer = rosa.post(page, values | wrong)
        if wrong == {"column-0": "email"}:
            assert answer.status_code == 302  # kept, and said on the page: two columns tell the same
            values = fields(rosa.get(page).content.decode()) | {"column-0": "name"}
            rosa.post(page, values)
            values = fields(rosa.get(page).content.decode())
            continue
        assert answer.status_code in {409, 422}, wrong
        assert "needs your attention" in answer.content.decode() or "did not work" in answer.content.decode()
    assert imported(world) == []


def test_the_sheet_of_a_workbook_can_be_chosen(world: World) -> None:
    rosa = world.browser("rosa")
    book = xlsx_of(
        {"About": [["Nothing", "here"], ["a", "b"]], "Kunden": [["Company", "E-mail"], ["Bar", "b@x.example"]]}
    )
    page = sent(rosa, world, book, "two.xlsx")
    values = fields(rosa.get(page).content.decode())
    assert "separator" not in values
    rosa.post(page, values | {"sheet": "Kunden"})
    assert "b@x.example" in rosa.get(page).content.decode()


def test_only_rows_with_faults_are_shown_if_asked(world: World) -> None:
    rosa = world.browser("rosa")
    page = sent(rosa, world, csv_of(ROWS))
    html = rosa.get(f"{page}?rows=faults").content.decode()
    assert "Café Noir" in html
    assert html.count("ugo@verdi.example") == 0 or "UGO@verdi.example" in html
    assert "There are no such rows" in rosa.get(f"{page}?rows=known&line=12").content.decode()
    assert rosa.get(f"{page}?rows=%00&line=99999999999999999999").status_code == 200


def test_a_long_list_is_checked_while_one_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sublet.accounts.operations.import_drafts.CHECKED_AT_ONCE", 3)
    rosa = world.browser("rosa")
    page = sent(rosa, world, csv_of(ROWS))
    assert "The list is being checked" in rosa.get(page).content.decode()
    part = rosa.get(f"{page}progress/", headers={"HX-Request": "true"})
    assert ("HX-Refresh" in part.headers, 'hx-trigger="every 1s"' in part.content.decode()) == (False, True)
    run_due_jobs(at=now())
    assert rosa.get(f"{page}progress/", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "Import 2 clients" in rosa.get(page).content.decode()


def test_what_came_to_a_halt_can_go_on(world: World) -> None:
    rosa = world.browser("rosa")
    page = sent(rosa, world, csv_of(ROWS))
    start(rosa, page)
    Job.unscoped.update(state="dead", last_error="The disk was full.")  # unscoped: set up
    html = rosa.get(page).content.decode()
    assert "The import came to a halt" in html
    assert "The disk was full." in html
    assert "Came to a halt" in rosa.get(address(world)).content.decode()
    assert rosa.post(f"{page}resume/")["Location"] == page
    run_due_jobs(at=now())
    assert "2 clients came in." in rosa.get(page).content.decode()


def test_sent_twice_it_starts_once(world: World) -> None:
    rosa = world.browser("rosa")
    page = sent(rosa, world, csv_of(ROWS))
    values = fields(rosa.get(page).content.decode()) | {"do": "start"}
    assert [rosa.post(page, values).status_code for _ in range(2)] == [302, 302]
    run_due_jobs(at=now())
    assert len(imported(world)) == 2
    assert [rosa.post(f"{page}undo/").status_code for _ in range(2)] == [302, 302]
    run_due_jobs(at=now())
    assert imported(world) == []


def test_a_list_can_be_discarded(world: World) -> None:
    rosa = world.browser("rosa")
    page = sent(rosa, world, csv_of(ROWS))
    assert rosa.post(f"{page}discard/")["Location"] == address(world)
    assert "This list was discarded. Nothing came of it." in rosa.get(page).content.decode()
    assert rosa.get(f"{page}left/").status_code == 404


def test_another_resellers_import_is_not_there(world: World) -> None:
    remo = world.browser("remo")
    there = sent_for(remo, world.remo.ref, csv_of(ROWS))
    ref = there.rstrip("/").rpartition("/")[2]
    rosa = world.browser("rosa")
    mine = address(world, f"imports/{ref}/")
    for path in ("", "progress/", "left/"):
        assert rosa.get(mine + path).status_code == 404
        assert rosa.get(there + path).status_code == 404
    for path in ("", "discard/", "resume/", "undo/"):
        assert rosa.post(mine + path, {"do": "start"}).status_code == 404
        assert rosa.post(there + path).status_code == 404
    assert ClientImport.unscoped.get().state == "uploaded"  # unscoped: as stored


def sent_for(browser: Client, account: str, data: bytes) -> str:
    answer = browser.post(f"/reseller/{account}/imports/", {"file": SimpleUploadedFile("l.csv", data)})
    location: str = answer["Location"]
    return location


def test_who_may_not(world: World) -> None:
    ruth, rico = world.browser("ruth"), world.browser("rico")
    assert ruth.get(address(world)).status_code == 403
    assert send(ruth, world, csv_of(ROWS)).status_code == 403
    assert "You look after some of the clients only" in rico.get(address(world)).content.decode()
    refused = send(rico, world, csv_of(ROWS))
    assert (refused.status_code, ClientImport.unscoped.count()) == (422, 0)  # unscoped: as stored
    assert world.browser("carl").get(address(world)).status_code == 404


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_sample_is_a_list_that_comes_in(world: World, kind: str) -> None:
    rosa = world.browser("rosa")
    data = body(rosa.get(address(world, f"imports/sample/?format={kind}")))
    page = sent(rosa, world, data, f"sample.{kind}")
    html = rosa.get(page).content.decode()
    assert "Import 2 clients" in html
    assert "Not recognized" not in html


def test_a_page_costs_the_same_whatever_the_list(world: World) -> None:
    rosa = world.browser("rosa")
    pages = [sent(rosa, world, many(count, first)) for count, first in ((1, 0), (3, 10))]

    def statements(path: str) -> int:
        rosa.get(path)
        with CaptureQueriesContext(connection) as asked:
            assert rosa.get(path).status_code == 200
        # Once a second a process looks whether a brand has changed, whatever page it serves.
        return len([each for each in asked.captured_queries if "brand_generation" not in each["sql"]])

    assert [statements(page) for page in pages] == [11, 11]
    for page in pages:
        start(rosa, page)
    run_due_jobs(at=now())
    assert [statements(page) for page in pages] == [9, 9]
    assert statements(address(world)) == 7


# Single rows ----------------------------------------------------------------------------------------------------------

WITH_SUM = csv_of(
    [("Bar Verdi", "ugo@verdi.example"), ("Café Noir", "c@noir.example"), ("Totaal: 2", "")], HEADINGS[::2]
)


def test_a_row_is_left_out_by_its_box(world: World) -> None:
    rosa = world.browser("rosa")
    page = sent(rosa, world, WITH_SUM)
    html = rosa.get(page).content.decode()
    assert "Import 2 clients" in html
    assert "1 row looks like a sum of the list and is left out." in html
    assert "This looks like a sum of the list, not like a client." in html
    assert 'value="4" aria-label="Take line 4 in: Totaal: 2">' in html
    assert 'value="2" aria-label="Take line 2 in: Bar Verdi" checked>' in html
    values = fields(html)
    assert values["take"] == "2 3"
    changed = rosa.post(page, values | {"take": "2", "rows": "new", "line": "3"}, headers={"HX-Request": "true"})
    part = changed.content.decode()
    assert "Import 1 client" in part
    assert 'name="rows" value="new"' in part  # the rows that were looked at, not the first ones again
    # The box that was ticked next, before that answer had come: it says an earlier revision.
    rosa.post(page, values | {"take": "2 4"}, headers={"HX-Request": "true"})
    html = rosa.get(page).content.decode()
    assert "Import 2 clients" in html
    assert "You left this row out." in html
    start(rosa, page)
    run_due_jobs(at=now())
    assert imported(world) == ["Bar Verdi", "Totaal: 2"]
    assert [row[:2] for row in parsed(body(rosa.get(f"{page}left/?format=csv")))] == [
        ["Line", "Why it was not taken in"],
        ["3", "You left this row out."],
    ]


def test_without_script_the_boxes_are_sent_with_the_form(world: World) -> None:
    rosa = world.browser("rosa")
    page = sent(rosa, world, WITH_SUM)
    answer = start(rosa, page, take="2", rows="new", line="2")
    assert answer["Location"] == f"{page}?rows=new&line=2"
    assert imported(world) == []  # shown first
    start(rosa, page)
    run_due_jobs(at=now())
    assert imported(world) == ["Bar Verdi"]
    assert "Rows left out" in rosa.get(page).content.decode()


# The download ---------------------------------------------------------------------------------------------------------


def test_the_download_asks_for_a_format_and_then_holds_what_the_list_shows(world: World) -> None:
    rosa = world.browser("rosa")
    where = address(world, "clients/export/")
    choice = rosa.get(f"{where}?q=kitchen&state=active&columns=city")
    assert choice.status_code == 200
    assert 'name="q" value="kitchen"' in choice.content.decode()
    assert not JournalEntry.unscoped.exists()  # unscoped: the whole journal
    answer = rosa.get(f"{where}?q=kitchen&columns=name&columns=city&format=csv")
    day = now().date()
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] in {
        f'attachment; filename="Rosa-Web-Studio-Clients-{day + timedelta(days=more)}.csv"' for more in (0, 1)
    }
    assert answer["Cache-Control"] == "no-store"
    assert parsed(body(answer)) == [["Company", "City"], ["Carl’s Kitchen", "Roma"]]
    everything = rosa.get(f"{where}?q=kitchen&columns=name&all=1&format=csv")
    assert len(parsed(body(everything))[0]) == 25
    entries = JournalEntry.unscoped.order_by("id")  # unscoped: the whole journal
    assert [entry.event for entry in entries] == ["clients.exported"] * 2


def test_the_workbook_has_dates_as_dates(world: World) -> None:
    rosa = world.browser("rosa")
    answer = rosa.get(address(world, "clients/export/?format=xlsx&columns=name&columns=created&sort=-name"))
    sheet = openpyxl.load_workbook(io.BytesIO(body(answer))).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("Company", "Created")
    assert [row[0] for row in rows[1:]] == ["Zorba Sports Club", "Élan Coiffure", "Carl’s Kitchen"]
    assert {str(row[1]) for row in rows[1:]} == {"2026-03-02 00:00:00"}


def test_the_list_leads_to_its_download(world: World) -> None:
    html = world.browser("rosa").get(address(world, "clients/?q=carl")).content.decode()
    assert f'href="{address(world, "clients/export/")}?q=carl"' in html


def test_who_may_see_clients_may_take_those(world: World) -> None:
    where = address(world, "clients/export/?format=csv&columns=name")
    assert parsed(body(world.browser("rico").get(where))) == [["Company"], ["Carl’s Kitchen"]]
    assert world.browser("remo").get(where).status_code == 404
    assert world.browser("carl").get(where).status_code == 404
    assert world.stranger().get(where).status_code == 302
    assert world.browser("rosa").head(where).status_code == 200
    assert world.browser("rosa").post(where).status_code == 405
    assert JournalEntry.unscoped.count() == 1  # unscoped: the whole journal
