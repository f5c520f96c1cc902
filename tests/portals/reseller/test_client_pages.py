"""The reseller's pages about clients: found, opened, changed, suspended, closed, told; and whom they never show."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sublet.accounts import operations
from sublet.accounts.models import Account, AccountTag, SavedView
from sublet.branding import queries as branding_queries
from sublet.branding.models import Domain
from sublet.branding.queries import vendor_words
from sublet.core.vendorwords import hits
from sublet.foundation.clock import now
from sublet.foundation.journal.models import JournalEntry
from sublet.messaging.models import OutboxMail
from tests import factories
from tests.people import AT, World

HTMX = {"HX-Request": "true"}


def text(response: object) -> str:
    """What a person reads of an answer."""
    content = getattr(response, "content", b"").decode()
    body = re.sub(r"<(script|template|head)\b.*?</\1>", " ", content, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def path(world: World, rest: str = "") -> str:
    return f"/reseller/{world.rosa.ref}/{rest}"


def stored(account: Account) -> Account:
    return Account.unscoped.get(id=account.id)  # unscoped: as stored


def events() -> list[str]:
    return list(JournalEntry.unscoped.order_by("id").values_list("event", flat=True))  # unscoped: the whole journal


def names(response: object) -> list[str]:
    """The clients of a list, in order."""
    content = getattr(response, "content", b"").decode()
    return [html.unescape(each) for each in re.findall(r'aria-label="Select (?!all |none")([^"]+)"', content)]


@pytest.fixture
def rosa(world: World) -> Client:
    return world.browser("rosa")


def test_the_first_page_is_the_list_of_clients(world: World, rosa: Client) -> None:
    assert rosa.get(path(world)).headers["Location"] == path(world, "clients/")
    page = rosa.get(path(world, "clients/"))
    assert page.status_code == 200
    assert names(page) == ["Carl’s Kitchen", "Élan Coiffure", "Zorba Sports Club"]
    assert "Nora" not in page.content.decode()
    assert "Vantage" not in page.content.decode()


def test_staff_without_clients_begin_in_the_own_account(world: World) -> None:
    factories.make_collaborator(world.rosa, world.users["sam"], rights={"product.design": "view"})
    sam = world.browser("sam")
    assert sam.get(path(world)).headers["Location"] == path(world, "own/")
    own = sam.get(path(world, "own/")).content.decode()
    assert re.findall(r'<bdi class="door-name">(\w+)', own) == ["Design"]
    assert re.findall(r'<bdi class="door-shut">(\w+)', own) == ["Content", "Push", "Statistics"]
    assert f'href="{path(world, "locked/product.content/")}"' in own
    menu = re.findall(r'<a class="side-link locked" href="([^"]+)"', own)
    closed = ("clients", "brand", "hosts", "team", "settings", "subscription", "billing", "journal", "keys")
    assert menu == [path(world, f"locked/{key}/") for key in closed]
    assert [sam.get(url).status_code for url in menu] == [200] * len(menu)
    assert sam.get(path(world, "clients/")).status_code == 403


def test_staff_see_the_clients_they_are_given(world: World) -> None:
    rico = world.browser("rico")
    assert names(rico.get(path(world, "clients/"))) == ["Carl’s Kitchen"]
    assert rico.get(path(world, f"clients/{world.elan.ref}/")).status_code == 404
    ruth = world.browser("ruth")
    page = ruth.get(path(world, "clients/"))
    assert "Zorba Sports Club" in text(page)
    assert "New client" not in text(page)
    assert ruth.get(path(world, "clients/new/")).status_code == 403
    assert ruth.post(path(world, f"clients/{world.carl.ref}/suspend/"), {"reason": "x"}).status_code == 403
    assert stored(world.carl).state == "active"


@pytest.mark.parametrize("person", ["remo", "carl", "cleo", "nora", "dora", "sam"])
@pytest.mark.parametrize("page", ["clients/", "clients/new/", "clients/{carl}/", "clients/{carl}/settings/", "own/"])
def test_strangers_find_nothing(world: World, person: str, page: str) -> None:
    answer = world.browser(person, "rosa.localhost").get(path(world, page.format(carl=world.carl.ref)))
    assert answer.status_code == 404
    assert "Carl" not in text(answer).replace("Carl Conti", "").replace("Menu of Carl", "")


def test_somebody_elses_client_is_not_there(world: World, rosa: Client) -> None:
    for page in ("", "settings/", "history/", "enter/", "suspend/", "close/", "demonstration/", "ownership/"):
        answer = rosa.get(path(world, f"clients/{world.bakery.ref}/{page}"))
        assert answer.status_code == 404, page
        assert "Nora" not in answer.content.decode()
    assert rosa.get(path(world, "clients/new-one/")).status_code == 404


def test_a_part_for_htmx_holds_the_rows_alone_and_asks_little(world: World, rosa: Client) -> None:
    rosa.get(path(world, "clients/"))
    rosa.get(path(world, "clients/?q=zo"), headers=HTMX)  # whatever a process looks at once a second has been looked at
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            part = rosa.get(path(world, "clients/?q=zo"), headers=HTMX)
        counts.append(len(asked))
        for number in range(3):
            factories.make_client(world.rosa, f"Zoo {number}")
    assert "<html" not in part.content.decode()
    assert names(part) == ["Zoo 0", "Zoo 1", "Zoo 2", "Zorba Sports Club"]
    assert max(counts) <= 9  # one of them may look at the hosts anew: that is once a second, not once a row


def test_the_full_page_asks_the_same_for_one_and_for_many(world: World) -> None:
    remo = world.browser("remo")
    address = f"/reseller/{world.remo.ref}/clients/"
    counts = []
    for more in (0, 30):
        for number in range(more):
            factories.make_client(world.remo, f"Client {number}", tags=(f"tag {number}",), responsible_id=1)
        remo.get(address)
        with CaptureQueriesContext(connection) as asked:
            remo.get(address)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 12


def test_filters_sorting_and_paging_stand_in_the_address(world: World, rosa: Client) -> None:
    for number in range(60):
        factories.make_client(world.rosa, f"Number {number:02}", state="invited")
    ruth = world.users["ruth"]
    Account.unscoped.filter(id=world.carl.id).update(responsible_id=ruth.id)  # unscoped: set up
    first = rosa.get(path(world, "clients/?state=invited&sort=-name"))
    assert names(first)[:2] == ["Number 59", "Number 58"]
    following = re.search(r'rel="next" href="([^"]+)"', first.content.decode())
    assert following
    second = rosa.get(html.unescape(following[1]))
    assert names(second)[-1] == "Élan Coiffure"
    before = re.search(r'rel="prev" href="([^"]+)"', second.content.decode())
    assert before
    assert names(rosa.get(html.unescape(before[1]))) == names(first)
    assert names(rosa.get(path(world, f"clients/?responsible={ruth.ref}"))) == ["Carl’s Kitchen"]
    assert names(rosa.get(path(world, "clients/?tag=vip&language=en"))) == ["Carl’s Kitchen"]
    assert names(rosa.get(path(world, "clients/?responsible=usr_stranger"))) == []
    nothing = rosa.get(path(world, "clients/?q=nobody+is+called+so"))
    assert "Nothing matches" in text(nothing)
    assert rosa.get(path(world, "clients/?sort=%00&cursor=%ff&state=x&q=%00&demo=x")).status_code == 200


def test_before_the_first_client_there_are_the_ways_to_it_and_nothing_about_clients(world: World) -> None:
    new = factories.make_reseller(world.vendor, "New Agency")
    factories.make_host(new, "new.localhost")
    factories.make_collaborator(new, world.users["sam"], owner=True)
    sam = world.browser("sam", "new.localhost")
    page = text(sam.get(f"/reseller/{new.ref}/clients/"))
    assert "Your first client" in page
    assert "New client" in page
    assert "What happened" not in page
    assert "Find clients" not in page
    factories.make_client(new, "The first")
    page = text(sam.get(f"/reseller/{new.ref}/clients/"))
    assert "What happened" in page
    assert "The first" in page


def test_a_reseller_without_an_address_reads_in_whose_brand_its_clients_would_be_invited(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reseller that was just opened has none, and its first client's invitation came in the vendor's name, unannounced. It
    does where the installation has no neutral domain below which an address could be made."""
    monkeypatch.setattr(branding_queries, "has_neutral_hosts", lambda: False)
    new = factories.make_reseller(world.vendor, "New Agency")
    factories.make_collaborator(new, world.users["sam"], owner=True)
    sam = world.browser("sam", "vendor.localhost")
    for page in ("clients/", "clients/new/", "clients/new/demonstration/"):
        shown = sam.get(f"/reseller/{new.ref}/{page}")
        assert "Your clients would see another brand" in text(shown), page
        assert f'href="/reseller/{new.ref}/hosts/"' in shown.content.decode()
    factories.make_host(new, "new.localhost")
    for page in ("clients/", "clients/new/", "clients/new/demonstration/"):
        assert "another brand" not in text(sam.get(f"/reseller/{new.ref}/{page}")), page


def test_the_first_invitation_makes_an_address_that_names_nobody_else(world: World) -> None:
    new = factories.make_reseller(world.vendor, "New Agency")
    factories.make_collaborator(new, world.users["sam"], owner=True)
    sam = world.browser("sam", "vendor.localhost")
    place = f"/reseller/{new.ref}/"
    for page in ("clients/", "clients/new/", "clients/new/demonstration/"):
        assert "Your clients see your brand" in text(sam.get(f"{place}{page}")), page
    form = {
        "name": "Bar Nuovo",
        "once": "f",
        "ownership": "reseller",
        "language": "en",
        "owner_email": "pia@new.example",
    }
    made = sam.post(f"{place}clients/new/", form | {"owner_name": "Pia"})
    assert made.status_code == 302
    assert sam.get(made["Location"]).status_code == 200  # whoever is at work on the host above is not thrown out
    assert "Your clients see your brand" not in text(sam.get(f"{place}clients/new/"))
    [mail] = OutboxMail.unscoped.filter(to_email="pia@new.example")
    words = vendor_words()
    [link] = set(re.findall(r"https?://[^/\s]+(/\S+)", mail.text))
    assert re.search(r"https?://new-agency\.localhost[:/]", mail.text)
    for said in (mail.subject, mail.text, mail.html):
        assert not list(hits(said, words)), said
    pia = world.stranger("new-agency.localhost")
    seen = pia.get(link)
    assert seen.status_code == 200
    assert "New Agency" in seen.content.decode()
    assert not list(hits(seen.content.decode(), words))
    told = JournalEntry.unscoped.filter(account_id=new.id, event="host.added")  # unscoped: as stored
    assert [each.data["host"] for each in told] == ["new-agency.localhost"]
    # The second one finds it.
    sam.post(f"{place}clients/new/", form | {"once": "g", "name": "Bar Due", "owner_email": "q@new.example"})
    assert OutboxMail.unscoped.filter(to_email="q@new.example").exists()
    assert Domain.unscoped.filter(account=new).count() == 1


def new_client(rosa: Client, world: World, **values: object) -> object:
    data = {"name": "Trattoria da Enzo", "once": "form-1", "ownership": "reseller", "language": "it", **values}
    return rosa.post(path(world, "clients/new/"), data)


def test_a_new_client_is_opened_once_and_its_first_person_invited(world: World, rosa: Client) -> None:
    page = rosa.get(path(world, "clients/new/"))
    assert 'name="once"' in page.content.decode()
    given = {"owner_email": "enzo@example.test", "tags": "restaurant, new", "phone": "06 123 4567"}
    first = new_client(rosa, world, **given)
    second = new_client(rosa, world, **given)
    account = Account.unscoped.get(name="Trattoria da Enzo")  # unscoped: there is one
    assert first.headers["Location"] == second.headers["Location"] == path(world, f"clients/{account.ref}/")  # type: ignore[attr-defined]
    assert (account.parent_id, account.state, account.language, account.phone) == (
        world.rosa.id, "invited", "it", "06 123 4567",
    )  # fmt: skip
    assert OutboxMail.unscoped.count() == 1  # unscoped: all of them
    assert "an invitation is on its way to enzo@example.test" in text(rosa.get(path(world, "clients/")))


def test_a_form_gone_back_to_and_filled_in_anew_opens_another_account(world: World, rosa: Client) -> None:
    first = new_client(rosa, world, owner_email="enzo@example.test")
    second = new_client(rosa, world, name="Osteria Gina", owner_email="gina@example.test")

    assert first.headers["Location"] != second.headers["Location"]  # type: ignore[attr-defined]
    assert "Osteria Gina is open, and an invitation is on its way to gina@example.test" in text(
        rosa.get(path(world, "clients/"))
    )
    mails = OutboxMail.unscoped.order_by("id")  # unscoped: all of them
    assert [mail.to_email for mail in mails] == ["enzo@example.test", "gina@example.test"]


def test_a_demonstration_has_its_end(world: World, rosa: Client) -> None:
    end = (now() + timedelta(days=10)).date()
    refused = new_client(rosa, world, is_demo="on")
    assert refused.status_code == 422  # type: ignore[attr-defined]
    assert "Say until when the demonstration lasts." in text(refused)
    new_client(rosa, world, is_demo="on", demo_until=end.isoformat())
    account = Account.unscoped.get(name="Trattoria da Enzo")  # unscoped: there is one
    assert account.state == "prospect"
    assert account.demo_until is not None
    assert account.demo_until.isoformat().startswith(f"{end.isoformat()}T2")  # 23:59 in Rome
    assert "Prospect until" in text(rosa.get(path(world, "clients/")))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": " "}, "This field is required."),
        ({"name": "x" * 10_000_00}, "at most 200 characters"),
        ({"email": "nobody"}, "Enter an e-mail address, like name@example.com."),
        ({"ownership": "vendor"}, "Select a valid choice."),
        ({"country": "XYZ"}, "Choose a country from the list."),
        ({"country": "12"}, "Choose a country from the list."),
        ({"demo_until": "2020-01-01", "is_demo": "on"}, "A demonstration ends in the future."),
    ],
)
def test_what_cannot_be_opened_says_why_and_opens_nothing(
    world: World, rosa: Client, values: dict[str, object], sentence: str
) -> None:
    before = Account.unscoped.count()  # unscoped: all of them
    answer = new_client(rosa, world, **values)
    assert answer.status_code in {409, 422}  # type: ignore[attr-defined]
    assert sentence in text(answer)
    assert Account.unscoped.count() == before  # unscoped: all of them


def test_a_clients_page_tells_what_is_known(world: World, rosa: Client) -> None:
    page = text(rosa.get(path(world, f"clients/{world.carl.ref}/")))
    for words in ("Carl’s Kitchen", "hello@carls-kitchen.example", "restaurant", "carl.localhost", world.carl.ref):
        assert words in page
    assert "Carl Conti owns the log-in on the client’s side." in page
    assert "2 people have access" in page


def settings(world: World, rosa: Client, **values: object) -> object:
    data = {"name": "Carl’s Kitchen", "version": "0", "timezone": "UTC", "currency": "EUR", **values}
    return rosa.post(path(world, f"clients/{world.carl.ref}/settings/"), data)


def test_settings_save_details_tags_and_person_together(world: World, rosa: Client) -> None:
    ruth = world.users["ruth"]
    answer = settings(world, rosa, city="Ostia", tags="vip, seaside", responsible=ruth.ref)
    assert answer.status_code == 302  # type: ignore[attr-defined]
    account = stored(world.carl)
    assert (account.city, account.responsible_id) == ("Ostia", ruth.id)
    tags = AccountTag.unscoped.filter(account=account).order_by("name")  # unscoped: as stored
    assert [tag.name for tag in tags] == ["seaside", "vip"]
    assert events() == ["account.details_changed", "client.tags_changed", "client.responsible_assigned"]
    history = text(rosa.get(path(world, f"clients/{world.carl.ref}/history/")))
    assert "Rosa Ricci made Ruth Renard responsible for Carl’s Kitchen." in history
    assert "City: Roma → Ostia" in history


def test_a_form_begun_before_another_change_shows_both_values_and_can_be_sent_again(world: World, rosa: Client) -> None:
    with world.scope("ruth"):
        pass
    with world.scope("rosa") as actor:
        operations.change_details(ref=world.carl.ref, changes={"city": "Milano"}, version=0, actor=actor, at=AT)
    same = {
        "contact_name": "Carl Conti", "email": "hello@carls-kitchen.example", "phone": "+39 06 1234 5678",
        "language": "en", "tags": "restaurant, vip", "city": "Torino",
    }  # fmt: skip
    answer = settings(world, rosa, **same)
    assert answer.status_code == 409  # type: ignore[attr-defined]
    page = text(answer)
    assert "Stored now You typed City Milano Torino" in page
    assert 'name="version" value="1"' in answer.content.decode()  # type: ignore[attr-defined]
    assert stored(world.carl).city == "Milano"
    assert settings(world, rosa, **{**same, "version": "1"}).status_code == 302  # type: ignore[attr-defined]
    assert stored(world.carl).city == "Torino"


def test_a_client_is_suspended_resumed_closed_and_taken_back(world: World, rosa: Client) -> None:
    place = f"clients/{world.carl.ref}/"
    assert "Its people meet a lock page" in text(rosa.get(path(world, place)))
    assert rosa.post(path(world, place + "suspend/"), {"reason": ""}).status_code == 422
    assert rosa.post(path(world, place + "suspend/"), {"reason": "Unpaid"}).headers["Location"] == path(world, place)
    assert stored(world.carl).state == "suspended"
    carl = world.browser("carl").get(f"/client/{world.carl.ref}/")
    assert carl.status_code == 403
    assert "This account is paused" in text(carl)
    assert "Unpaid" not in text(carl)
    rosa.post(path(world, place + "resume/"), {"reason": ""})
    assert stored(world.carl).state == "active"
    wrong = rosa.post(path(world, place + "close/"), {"reason": "Sold", "confirm": "Carls"})
    assert wrong.status_code == 422
    assert "This is not the name of the account." in text(wrong)
    rosa.post(path(world, place + "close/"), {"reason": "Sold", "confirm": " carl’s  kitchen "})
    assert stored(world.carl).state == "closed"
    assert "It can be taken back until" in text(rosa.get(path(world, place)))
    again = rosa.post(path(world, place + "close/"), {"reason": "Sold", "confirm": "Carl’s Kitchen"})
    assert again.status_code == 409
    rosa.post(path(world, place + "take-back/"), {"reason": ""})
    assert stored(world.carl).state == "active"
    assert events() == ["account.suspended", "account.resumed", "account.closed", "account.reopened"]


def test_whoever_is_locked_out_is_let_in_again_from_every_page_about_the_client(world: World, rosa: Client) -> None:
    settings = path(world, f"clients/{world.carl.ref}/settings/")
    assert "Resume" not in text(rosa.get(settings))
    rosa.post(path(world, f"clients/{world.carl.ref}/suspend/"), {"reason": "unpaid"})
    assert "Resume" in text(rosa.get(settings))
    rosa.post(path(world, f"clients/{world.carl.ref}/close/"), {"reason": "gone", "confirm": "Carl’s Kitchen"})
    assert "Take it back" in text(rosa.get(path(world, f"clients/{world.carl.ref}/team/")))


def test_a_search_that_finds_nothing_leads_to_the_closed_clients(world: World, rosa: Client) -> None:
    rosa.post(path(world, f"clients/{world.carl.ref}/close/"), {"reason": "gone", "confirm": "Carl’s Kitchen"})
    nothing = rosa.get(path(world, "clients/?q=kitchen"))
    assert "Search the closed clients" in text(nothing)
    assert names(rosa.get(path(world, "clients/?q=kitchen&state=closed"))) == ["Carl’s Kitchen"]
    assert "Search the closed clients" not in text(rosa.get(path(world, "clients/?q=nobody&state=closed")))


def test_a_get_changes_nothing(world: World, rosa: Client) -> None:
    for page in ("suspend/", "resume/", "close/", "take-back/", "demonstration/", "turn-into-client/", "ownership/"):
        rosa.get(path(world, f"clients/{world.carl.ref}/{page}?reason=x&confirm=on"))
    assert (stored(world.carl).state, events()) == ("active", [])


def test_a_prospect_is_prolonged_and_won(world: World, rosa: Client) -> None:
    place = path(world, f"clients/{world.carl.ref}/")
    end = (now() + timedelta(days=20)).date().isoformat()
    assert rosa.post(place + "demonstration/", {"demo_until": end}).status_code == 302
    later = (now() + timedelta(days=30)).date().isoformat()
    assert rosa.post(place + "demonstration/", {"demo_until": later}).status_code == 302
    assert rosa.post(place + "demonstration/", {"demo_until": "2020-01-01"}).status_code == 409
    assert rosa.post(place + "turn-into-client/", {"reason": ""}).status_code == 302
    assert stored(world.carl).demo_until is None
    assert events() == ["demonstration.marked", "demonstration.extended", "prospect.turned_into_client"]


def test_an_account_given_to_the_client_is_no_longer_the_resellers_to_close(world: World, rosa: Client) -> None:
    place = path(world, f"clients/{world.carl.ref}/")
    assert rosa.post(place + "ownership/", {}).status_code == 422
    assert rosa.post(place + "ownership/", {"confirm": "on"}).status_code == 302
    assert stored(world.carl).ownership == "client"
    refused = rosa.post(place + "close/", {"reason": "x", "confirm": "Carl’s Kitchen"})
    assert refused.status_code == 409
    assert "only the client’s owner can close it" in text(refused)


def test_many_are_changed_after_a_preview(world: World, rosa: Client) -> None:
    keys = [world.carl.ref, world.elan.ref, world.zorba.ref, world.bakery.ref]
    address = path(world, "clients/change/suspend/")
    preview = rosa.post(address, {"keys": keys, "query": "sort=name"})
    assert "3 clients are selected." in text(preview)
    assert "1 of them stays as it is" in text(preview)
    assert events() == []
    missing = rosa.post(address, {"keys": keys, "confirmed": "1"})
    assert missing.status_code == 422
    done = rosa.post(address, {"keys": keys, "query": "sort=name", "confirmed": "1", "reason": "Holiday"})
    assert done.headers["Location"] == path(world, "clients/?sort=name")
    assert [stored(each).state for each in (world.carl, world.elan, world.zorba, world.bakery)] == [
        "suspended", "suspended", "suspended", "active",
    ]  # fmt: skip
    page = text(rosa.get(path(world, "clients/")))
    assert "2 clients changed." in page
    assert "1 client stayed as it was." in page


def test_all_that_match_are_changed_though_they_are_on_other_pages(world: World, rosa: Client) -> None:
    for number in range(60):
        factories.make_client(world.rosa, f"Bar {number}")
    data = {"all": "1", "query": "q=bar&state=active", "confirmed": "1", "tag": "bars"}
    rosa.post(path(world, "clients/change/tag/"), data)
    assert AccountTag.unscoped.filter(name="bars").count() == 60  # unscoped: all of them
    assert rosa.post(path(world, "clients/change/nothing/"), data).status_code == 404
    nobody = rosa.post(path(world, "clients/change/tag/"), {"query": ""})
    assert nobody.headers["Location"] == path(world, "clients/")


def test_very_many_are_changed_by_a_job_that_shows_how_far_it_is(
    world: World, rosa: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sublet.accounts.operations.bulk.AT_ONCE", 1)
    answer = rosa.post(path(world, "clients/change/resume/"), {"all": "1", "query": "", "confirmed": "1"})
    page = rosa.get(answer.headers["Location"])
    assert "The clients are being changed" in text(page)
    assert "<html" not in rosa.get(answer.headers["Location"], headers=HTMX).content.decode()
    strange = answer.headers["Location"].replace(world.rosa.ref, world.remo.ref)
    assert world.browser("remo").get(strange).status_code == 404


def test_a_change_of_very_many_that_is_sent_twice_is_one_job(
    world: World, rosa: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sublet.accounts.operations.bulk.AT_ONCE", 1)
    asked, jobs = {"all": "1", "query": ""}, []
    for _visit in range(2):
        preview = rosa.post(path(world, "clients/change/tag/"), asked).content.decode()
        (once,) = re.findall(r'name="once" value="(t_\w+)"', preview)
        sent = {**asked, "confirmed": "1", "once": once, "tag": "bars"}
        refused = rosa.post(path(world, "clients/change/tag/"), {**sent, "tag": ""})
        assert (refused.status_code, once in refused.content.decode()) == (422, True)
        for _time in range(2):
            jobs.append(rosa.post(path(world, "clients/change/tag/"), sent).headers["Location"])
    assert jobs[0] == jobs[1] != jobs[2] == jobs[3]


def test_columns_are_remembered_and_views_kept(world: World, rosa: Client) -> None:
    answer = rosa.post(path(world, "clients/columns/"), {"columns": ["city", "x"], "next": "https://evil.example/"})
    assert answer.headers["Location"] == path(world, "clients/")
    assert "Roma" in text(rosa.get(path(world, "clients/")))
    saved = rosa.post(path(world, "clients/views/save/"), {"name": "VIPs", "query": "tag=vip&sort=-created&q=carl"})
    view = SavedView.unscoped.get()  # unscoped: there is one
    assert saved.headers["Location"] == path(
        world, f"clients/?view={view.ref}&q=carl&sort=-created&tag=vip&columns=name&columns=city"
    )
    page = rosa.get(saved.headers["Location"])
    assert names(page) == ["Carl’s Kitchen"]
    assert "VIPs" in text(page)
    place = path(world, f"clients/views/{view.ref}/")
    assert rosa.post(place + "rename/", {"name": ""}).status_code == 422
    rosa.post(place + "rename/", {"name": "Best"})
    rosa.post(place + "share/", {"shared": "1"})
    ruth = world.browser("ruth")
    assert "Best" in text(ruth.get(path(world, "clients/")))
    assert ruth.post(place + "delete/").status_code == 404
    rosa.post(place + "delete/")
    assert not SavedView.unscoped.exists()  # unscoped: all of them


def test_logging_in_as_the_client_asks_how_and_why(world: World, rosa: Client) -> None:
    page = rosa.get(path(world, f"clients/{world.carl.ref}/enter/"))
    assert "Carl Conti (owner)" in text(page)
    assert f'action="{path(world, f"clients/{world.carl.ref}/impersonate/")}"' in page.content.decode()
    nobody = text(rosa.get(path(world, f"clients/{world.elan.ref}/enter/")))
    assert "you can only enter as reseller" in nobody
    Account.unscoped.filter(id=world.elan.id).update(state="closed")  # unscoped: set up
    assert rosa.get(path(world, f"clients/{world.elan.ref}/enter/")).status_code == 404


def test_own_settings_and_the_support_contact_of_all_clients(world: World, rosa: Client) -> None:
    page = rosa.get(path(world, "settings/"))
    assert page.status_code == 200
    values = {"version": "0", "name": "Rosa & Friends", "timezone": "Europe/Rome", "currency": "CHF", "language": "it"}
    assert rosa.post(path(world, "settings/"), values).status_code == 302
    world.rosa.refresh_from_db()
    assert (world.rosa.name, world.rosa.currency) == ("Rosa & Friends", "CHF")
    given = {"version": "0", "support_email": "help@rosa.example", "support_phone": "+39 06 1"}
    assert rosa.post(path(world, "settings/support/"), given).status_code == 302
    carl = world.browser("carl").get(f"/client/{world.carl.ref}/")
    assert "help@rosa.example" in text(carl)
    ruth = world.browser("ruth")
    assert ruth.get(path(world, "settings/")).status_code == 403
    assert ruth.post(path(world, "settings/support/"), given).status_code == 403


def test_what_happened_among_the_clients_is_told_with_the_way_to_each(world: World, rosa: Client) -> None:
    rosa.post(path(world, f"clients/{world.carl.ref}/suspend/"), {"reason": "Unpaid"})
    with world.scope("remo") as actor:
        operations.suspend_account(ref=world.bakery.ref, reason="x", actor=actor, at=AT)
    page = rosa.get(path(world, "history/"))
    assert "Rosa Ricci suspended Carl’s Kitchen. Reason: Unpaid" in text(page)
    assert path(world, f"clients/{world.carl.ref}/") in page.content.decode()
    assert "Nora" not in page.content.decode()
    assert "Nothing has happened yet" in text(rosa.get(path(world, "history/?own=1")))
