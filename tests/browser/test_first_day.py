"""An agency's first day, from its spreadsheet to the way back, as the people do it: by what stands on the pages."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.axe import faults_of
from tests.browser.conftest import Demo, page_of
from tests.browser.steps import HOST, banner, choose, enter, find_row, go_to, log_in_as_rosa, open_tab

pytestmark = pytest.mark.browser

AGENCY = Path(__file__).resolve().parents[1] / "foundation/data/clients-agency.csv"
CLIENT, WORDS, SINCE = "Padaria São João", "padaria sao joao", datetime(2020, 7, 31)
OWN_HOST, BRAND, COLOR = "firstday.localhost", "Forno São João", "#7a1f5c"
INES, INES_NAME, INES_PASSWORD = "ines@padaria-sao-joao.example", "Inês Duarte", "quatro-pães-quentes"
REASON = "Inês asked where the photos are"


def upload(page: Page) -> None:
    """Send the list; ends on the page that checks it."""
    page.get_by_label("Your list").set_input_files(AGENCY)
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_role("heading", name="The clients as they would come in")).to_be_visible()


def figures(page: Page) -> dict[str, int]:
    """The numbers above the preview or in the result, by what they count."""
    found = {}
    for text in page.locator("main .stat").all_inner_texts():
        parts = [line.strip() for line in text.splitlines() if line.strip()]
        number = next(part for part in parts if re.fullmatch(r"[\d,]+", part))
        found[next(part for part in parts if part != number)] = int(number.replace(",", ""))
    return found


def bring_the_list_in(page: Page) -> int:
    """Upload, check, confirm, wait; returns how many clients came in."""
    go_to(page, "Clients")
    page.get_by_role("link", name="Import", exact=True).click()
    upload(page)
    meanings = {}
    for row in page.get_by_role("table", name="What each column means").get_by_role("row").all()[1:]:
        cells = row.get_by_role("cell")
        meanings[cells.nth(0).inner_text()] = cells.nth(2).locator("select").evaluate("e => e.selectedOptions[0].text")
    assert meanings["Client"] == "Company"
    assert (meanings["E-mail"], meanings["Tags"], meanings["City"]) == ("E-mail", "Tags", "City")
    expect(page.get_by_label("Between columns stands")).to_have_value(";")
    assert faults_of(page, 1280) == []
    looked = figures(page)
    assert looked["Repeated in the list"] > 0
    assert looked["With a remark"] > 0

    # Faults stand beside the value that they are about, and can be looked at alone.
    page.get_by_role("link", name=re.compile("^Only rows with faults")).click()
    expect(page.get_by_role("link", name=re.compile("^Only rows with faults"))).to_have_attribute(
        "aria-current", "page"
    )
    rows = page.locator("#import-preview tbody tr")
    expect(rows.locator(".import-fault").first).to_be_visible()
    assert [row.inner_text() for row in rows.all() if not row.locator(".import-fault").count()] == []

    page.get_by_role("button", name=f"Import {looked['New clients']} clients").click()
    done = page.get_by_role("heading", level=1, name=f"{looked['New clients']} clients came in.")
    expect(page.get_by_role("progressbar").or_(done)).to_be_visible()
    expect(done).to_be_visible(timeout=60_000)
    result = figures(page)
    assert result["New clients"] == looked["New clients"]
    assert result["New clients"] + result["Repeated in the list"] + result["Refused"] == 200
    return result["New clients"]


def bring_it_in_again(page: Page) -> None:
    """The same list once more has nothing new."""
    page.get_by_role("link", name="Import another list").click()
    upload(page)
    assert figures(page)["New clients"] == 0
    expect(page.get_by_role("button", name=re.compile("^Import 0 clients"))).to_be_disabled()
    page.locator("main").get_by_role("button", name="Discard", exact=True).first.click()
    page.get_by_role("dialog").get_by_role("button", name="Discard", exact=True).click()
    expect(page.get_by_role("heading", name="Import clients")).to_be_visible()


def give_it_a_brand_and_an_address(page: Page, demo: Demo) -> None:
    """The client's own name, color and host."""
    open_tab(page, "Hosts")
    page.get_by_label("New address").fill("firstday")
    page.get_by_role("button", name="Add the address").click()
    expect(page.get_by_role("main")).to_contain_text(OWN_HOST)
    open_tab(page, "Brand")
    page.get_by_role("textbox", name="Name", exact=True).fill(BRAND)
    page.get_by_role("textbox", name="Color", exact=True).fill(COLOR)
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator(".toast-note.tone-success")).to_be_visible()
    expect(page.get_by_role("textbox", name="Color", exact=True)).to_have_value(COLOR)


def invite(page: Page) -> None:
    """Somebody who may work on the contents, and on nothing else."""
    open_tab(page, "Team")
    page.get_by_role("link", name="Invite").click()
    page.get_by_label("E-mail address").fill(INES)
    page.locator("main form").get_by_label("Language optional").select_option("en")
    # Offered for the first person of a client; this one only helps.
    page.get_by_role("checkbox", name="Make this person the owner").uncheck()
    page.get_by_role("radiogroup", name="Content").get_by_role("radio", name="Manage").check()
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_role("main")).to_contain_text(INES)


def link_in(mail: str) -> str:
    """The address in the invitation."""
    found = re.search(r"http://\S+/invitation/[^\s>)]+", mail)
    assert found is not None, mail
    return found[0]


def sections(page: Page) -> list[str]:
    """The doors to the product on the home page."""
    return page.locator("main .door-name").all_inner_texts()


def work_as_ines(page: Page, demo: Demo, link: str) -> None:
    """She accepts, sees contents alone, and nowhere a word of the vendor."""
    seen: list[str] = []

    def look() -> None:
        # Everything that is sent but the addresses of style sheets and scripts.
        said = re.sub(r'"/static/[^"]*"', "", page.content().lower())
        seen.extend(f"{page.url}: {word}" for word in ("appfold", "sublet", "vendor.localhost") if word in said)

    page.goto(link)
    look()
    expect(page).to_have_title(re.compile(f"{BRAND}$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Welcome to {CLIENT}")
    page.get_by_label("Your name").fill(INES_NAME)
    page.locator("input[type=password]").first.fill(INES_PASSWORD)
    page.get_by_role("button", name="Accept and log in").click()
    page.wait_for_url(re.compile(r"/client/"))
    look()
    assert page.url.startswith(demo.url(OWN_HOST))
    assert sections(page) == ["Content"]
    assert page.locator(".side-nav a:not(.locked)").all_inner_texts() == ["Home", "Content"]
    expect(page.locator(".side-nav a.locked:visible")).to_have_count(0)  # folded under "Closed to you"
    home = page.url
    for path in ("team/", "brand/", "history/", "information/", "keys/"):
        answer = page.goto(home + path)
        assert answer is not None
        assert answer.status == 403, path
        look()
    for path in ("/me/", "/accounts/", "/nothing-here/", link):
        page.goto(path if path.startswith("http") else demo.url(OWN_HOST, path))
        look()
    page.goto(home)
    page.get_by_role("button", name=f"Menu of {INES_NAME}").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(re.compile("/login/"))
    look()
    assert seen == []


def visit_as_ines(page: Page, demo: Demo) -> None:
    """Rosa sees what Inês sees, on the client's own host, under a banner; then she goes back."""
    choose(find_row(page, WORDS, CLIENT), "Log in")
    enter(page, reason=REASON, place=INES_NAME)
    assert page.url.startswith(demo.url(OWN_HOST, "/as/ims_"))
    expect(banner(page)).to_contain_text(f"Rosa Bellini, connected as {INES_NAME}")
    assert sections(page) == ["Content"]
    assert page.locator(".side-nav a:not(.locked)").all_inner_texts() == ["Home", "Content"]
    answer = page.goto(page.url + "brand/")
    assert answer is not None
    assert answer.status == 403
    page.go_back()
    banner(page).get_by_role("button", name="Go back").click()
    page.wait_for_url(re.compile(rf"//{re.escape(HOST)}.*/reseller/"))
    expect(banner(page)).to_have_count(0)
    page.goto(demo.url(HOST, "/"))
    choose(find_row(page, WORDS, CLIENT), "Open")
    open_tab(page, "Visits")
    expect(page.get_by_role("main")).to_contain_text(REASON)


def take_the_list_out(page: Page, imported: int, folder: Path) -> None:
    """The whole list as a spreadsheet: the imported clients are there, days are days."""
    go_to(page, "Clients")
    page.get_by_role("link", name="Download").click()
    with page.expect_download() as leaving:
        page.get_by_role("button", name="Excel file").click()
    path = folder / "clients.xlsx"
    leaving.value.save_as(path)
    assert leaving.value.suggested_filename.endswith(".xlsx")
    headings, *rows = openpyxl.load_workbook(path, read_only=True).worksheets[0].iter_rows(values_only=True)
    names = [row[headings.index("Company")] for row in rows]
    assert len(rows) > imported
    assert names.count(CLIENT) == 1
    client = rows[names.index(CLIENT)]
    assert SINCE in client
    days = [value for row in rows for value in row if isinstance(value, datetime)]
    assert len(days) > imported


def take_the_import_back(page: Page) -> None:
    """The client that somebody works with stays; the others go."""
    go_to(page, "Imports")
    page.get_by_role("table").get_by_role("link", name=AGENCY.name).and_(page.locator("tr:not(.muted) a")).click()
    page.get_by_role("button", name="Take the whole import back").click()
    page.get_by_role("dialog").get_by_role("button", name="Take the whole import back").click()
    heading = "The import is taken back, except for 1 client that is in use."
    expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible(timeout=60_000)
    expect(page.get_by_role("main").get_by_role("link", name=CLIENT)).to_be_visible()
    find_row(page, WORDS, CLIENT)
    page.get_by_role("searchbox").fill("illyria")
    expect(page.get_by_role("row").filter(has_text="Palestër Illyria")).to_have_count(0)


def test_an_agencys_first_day(demo: Demo, browser: Browser, tmp_path: Path) -> None:
    with page_of(browser) as (page, faults):
        log_in_as_rosa(page, demo)
        imported = bring_the_list_in(page)
        assert imported > 150
        bring_it_in_again(page)
        choose(find_row(page, WORDS, CLIENT), "Open")
        give_it_a_brand_and_an_address(page, demo)
        invite(page)

        mail = demo.mail_to(INES)
        link = link_in(mail)
        assert link.startswith(demo.url(OWN_HOST))
        assert BRAND in mail
        assert [word for word in ("appfold", "sublet") if word in mail.lower()] == []
        with page_of(browser) as (ines, _heard):
            work_as_ines(ines, demo, link)

        visit_as_ines(page, demo)
        take_the_list_out(page, imported, tmp_path)
        take_the_import_back(page)
        assert [text for text in faults.heard if "status of 403" not in text] == []
