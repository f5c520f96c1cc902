"""The brand and hosts pages, as each kind of person meets them."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from sublet.accounts.models import Account
from sublet.branding import operations, queries
from sublet.branding.models import Brand, Domain
from sublet.branding.operations import change_brand
from sublet.foundation.journal.models import JournalEntry
from tests.branding import pictures
from tests.people import AT, ROSA_HOST, World, proved

pytestmark = pytest.mark.django_db
EMPTY = dict.fromkeys(
    ("name", "color", "support_name", "support_email", "support_phone", "support_hours", "support_url", "sender_name", "footer"),
    "",
)  # fmt: skip


def own(world: World, page: str = "brand") -> str:
    return f"/reseller/{world.rosa.ref}/{page}/"


def of_client(world: World, page: str = "brand", account: str = "carl") -> str:
    return f"/reseller/{world.rosa.ref}/clients/{getattr(world, account).ref}/{page}/"


def send(browser: Client, path: str, **fields: Any) -> HttpResponse:
    response = browser.post(path, {**EMPTY, "version": 0, **fields})
    assert isinstance(response, HttpResponse)
    return response


def upload(data: bytes, name: str = "logo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "image/png")


def text_of(response: Any) -> str:
    return str(response.content.decode())


def stored(account: Account) -> Brand:
    return Brand.unscoped.get(account=account)  # unscoped: a test looks at everything


def test_a_reseller_changes_its_brand_and_every_page_shows_it(world: World) -> None:
    browser = world.browser("rosa")
    page = text_of(browser.get(own(world)))
    assert "Inherited from" not in page
    fields = {
        "name": "Studio Rosa",
        "color": "c2410c",
        "support_email": "ciao@rosa.example",
        "logo": upload(pictures.png()),
    }
    response = send(browser, own(world), **fields)
    assert (response.status_code, response["Location"]) == (302, own(world))
    page = text_of(browser.get(own(world)))
    assert "The brand was saved." in page
    login = text_of(world.stranger().get("/login/"))
    brand = stored(world.rosa)
    for shown in (page, login):
        assert "Studio Rosa" in shown
        assert f"/brand/{brand.logo}" in shown
        assert "mailto:ciao@rosa.example" in shown
        assert "Vantage" not in shown
    assert [row.event for row in JournalEntry.unscoped.all()] == ["brand.changed"]  # unscoped: a test


def test_older_versions_are_folded_away_and_can_all_be_published_again(world: World) -> None:
    browser = world.browser("rosa")
    with world.scope("rosa") as actor:
        for number in range(30):
            change_brand(
                account_ref=world.rosa.ref, changes={"name": f"Rosa {number}"}, version=None, actor=actor, at=AT
            )
    shown, _summary, folded = text_of(browser.get(own(world))).partition("Older versions")
    numbers = [re.findall(r'name="number" value="([0-9]+)"', part) for part in (shown, folded)]
    assert numbers == [["29", "28"], [str(number) for number in range(27, 0, -1)]]


def test_a_clients_brand_says_what_it_inherits_and_where_it_shows(world: World) -> None:
    browser = world.browser("rosa")
    send(browser, own(world), name="Studio Rosa", support_phone="+39 06 1")
    send(browser, of_client(world), name="Carl’s")
    page = text_of(browser.get(of_client(world)))
    assert page.count("Inherited from Rosa Web Studio") == 1
    assert "Own value. Empty it to show “Studio Rosa” again." in page
    send(browser, of_client(world, account="elan"), name="Studio Rosa")
    assert "Own value; without it the same is shown." in text_of(browser.get(of_client(world, account="elan")))
    assert 'placeholder="+39 06 1"' in page
    assert "no address of its own" not in page
    assert "This client has no address of its own yet" in text_of(browser.get(of_client(world, account="elan")))
    assert "Carl’s" in text_of(Client(headers={"host": "carl.localhost"}).get("/login/"))


def test_an_accounts_own_pictures_show_where_its_brand_is_edited(world: World) -> None:
    """They belong to another host than the one of the page, or to none yet."""
    rosa, dora = world.browser("rosa"), world.browser("dora")
    for browser, page, account in (
        (rosa, of_client(world), world.carl),
        (dora, f"/client/{world.dora.ref}/brand/", world.dora),
    ):
        send(browser, page, logo=upload(pictures.png()))
        shown = set(re.findall(r'src="([^"]*/pictures/[0-9a-f]{64}/)"', text_of(browser.get(page))))
        assert shown == {f"{page}pictures/{stored(account).logo}/"}
        answer = browser.get(shown.pop())
        assert "sandbox" in answer["Content-Security-Policy"]
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert rosa.get(f"{of_client(world)}pictures/{stored(world.dora).logo[::-1]}/").status_code == 404
    assert world.browser("remo").get(f"{of_client(world)}pictures/{stored(world.carl).logo}/").status_code == 404


def test_a_form_sent_twice_is_saved_once_and_one_that_is_too_old_says_so(world: World) -> None:
    browser = world.browser("rosa")
    assert send(browser, own(world), name="First").status_code == 302
    assert send(browser, own(world), name="First").status_code == 302
    assert JournalEntry.unscoped.count() == 1  # unscoped: a test looks at everything
    late = send(browser, own(world), name="Second")
    assert late.status_code == 409
    assert "Somebody changed this brand while you were editing" in text_of(late)
    assert 'value="Second"' in text_of(late)
    assert stored(world.rosa).name == "First"


@pytest.mark.parametrize(
    ("field", "value", "status", "words"),
    [
        ("color", "red", 422, "Enter a color as # and six digits"),
        ("support_email", "nobody", 422, "Enter an e-mail address, like name@example.com."),
        ("support_url", "javascript:alert(1)", 409, "Write a web address that begins with https://."),
        ("support_phone", "call me", 409, "Write a telephone number"),
        ("name", "x" * 81, 422, "80"),
        ("name", "x" * 10_000_000, 422, "80"),
        ("version", "x", 422, ""),
        ("version", "-1", 422, ""),
    ],
)
def test_a_fault_is_told_at_its_field(world: World, field: str, value: str, status: int, words: str) -> None:
    response = send(world.browser("rosa"), own(world), **{field: value})
    assert response.status_code == status
    page = text_of(response)
    assert words in page
    if field != "version":
        assert re.search(rf'id="id_{field}_error"', page)
    assert not Brand.unscoped.exists()  # unscoped: a test looks at everything


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty."),
        (pictures.SVG, "This is not a picture we can read."),
        (pictures.bomb(), "too many pixels"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * (5 * 1024 * 1024), "larger than 5 MB"),
        (pictures.png(16, 16), "The icon is too small."),
    ],
    ids=["empty", "svg", "bomb", "large", "small"],
)
@pytest.mark.parametrize(
    "name", ["logo.png", "../../etc/passwd", "x.svg", "a\x00b.png", "\u202egnp.exe", "n" * 300 + ".png"]
)
def test_a_bad_file_is_told_at_its_field_and_nothing_is_saved(world: World, data: bytes, words: str, name: str) -> None:
    response = send(world.browser("rosa"), own(world), name="Typed", icon=upload(data, name))
    assert response.status_code in {409, 422}
    page = text_of(response)
    assert words in page
    assert 'id="id_icon_error"' in page
    assert 'value="Typed"' in page
    assert not Brand.unscoped.exists()  # unscoped: a test looks at everything


def test_a_picture_is_taken_away_by_its_check_box(world: World) -> None:
    browser = world.browser("rosa")
    send(browser, own(world), logo=upload(pictures.png()))
    page = text_of(browser.get(own(world)))
    assert 'name="logo-clear"' in page
    send(browser, own(world), version=1, **{"logo-clear": "on"})
    assert stored(world.rosa).logo == ""


def test_a_brands_words_stand_in_menus_headings_and_crumbs_as_text(world: World) -> None:
    rosa = world.browser("rosa")
    for word in ("Studios", "{{7*7}}{% debug %}", "<b>${x}</b>"):
        send(
            rosa,
            own(world),
            version=stored_version(world),
            word_clients=word,
            word_client="Studio",
            word_account="Desk",
        )
        listing = text_of(rosa.get(f"/reseller/{world.rosa.ref}/clients/"))
        assert listing.count(html.escape(word)) >= 3  # title, menu, heading
        assert html.escape(word) in text_of(rosa.get(of_client(world)))
        assert "<b>$" not in listing
    assert ">Desk<" in text_of(world.browser("carl").get(f"/client/{world.carl.ref}/"))
    assert ">Desk<" not in text_of(world.browser("remo").get(f"/reseller/{world.remo.ref}/clients/"))


def stored_version(world: World) -> int:
    brand = Brand.unscoped.filter(account=world.rosa).first()  # unscoped: a test looks at everything
    return brand.version if brand is not None else 0


def test_a_draft_is_saved_published_and_discarded_by_its_buttons(world: World) -> None:
    browser, strange = world.browser("rosa"), world.stranger()
    send(browser, own(world), act="draft", name="Atelier Rosa", privacy_url="rosa.example/privacy")
    page = text_of(browser.get(own(world)))
    assert "There is a draft" in page
    assert 'value="Atelier Rosa"' in page
    assert "Atelier Rosa" not in text_of(strange.get("/login/"))
    late = browser.post(own(world), {"act": "discard", "version": "0"})
    assert (late.status_code, "Somebody changed this brand" in text_of(late)) == (409, True)
    # Publishing the texts of one language publishes what else waits.
    browser.post(own(world) + "?language=it", {"version": "1", "footer": "dal 1999"})
    login = text_of(strange.get("/login/"))
    assert "Atelier Rosa" in login
    assert 'href="https://rosa.example/privacy"' in login
    assert "dal 1999" not in login
    site = queries.host_view(ROSA_HOST)
    assert site is not None
    assert site.brand.speaking("it").footer == "dal 1999"
    send(browser, own(world), version=2, name="Other")
    browser.post(own(world), {"act": "restore", "number": "1", "version": "3"})
    assert stored(world.rosa).name == "Atelier Rosa"
    for wrong in ("", "x", "99", "²", "9" * 30):
        assert browser.post(own(world), {"act": "restore", "number": wrong, "version": "4"}).status_code == 404


@pytest.mark.parametrize("surface", ["log-in", "dashboard", "mail", "document"])
def test_a_preview_shows_what_is_typed_in_a_frame_and_does_nothing(world: World, surface: str) -> None:
    browser = world.browser("rosa")
    typed = {"surface": surface, "ground": "dark", "name": HOSTILE, "color": "red", "corners": "}", "logo": "0" * 64}
    answer = browser.get(own(world, "brand/preview"), typed)
    policy = answer["Content-Security-Policy"]
    assert (answer.status_code, answer["X-Frame-Options"]) == (200, "SAMEORIGIN")
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox allow-same-origin" in policy
    assert ("'unsafe-inline'" in policy) == (surface == "mail")
    page = text_of(answer)
    assert html.escape(HOSTILE) in page or surface in {"mail", "document"}
    assert ("data:image/png" in page) == (surface == "document")
    assert "<script" not in page
    assert "Vantage" not in page
    assert browser.get(own(world, "brand/preview"), typed, headers={"sec-fetch-dest": "document"}).status_code == 404
    assert browser.get(own(world, "brand/preview"), {"surface": "x"}).status_code == 404
    assert not Brand.unscoped.exists()  # unscoped: a test looks at everything


def test_a_preview_shows_a_common_text_while_it_is_typed_where_the_language_has_its_own(world: World) -> None:
    browser = world.browser("rosa")
    with world.scope("rosa") as actor:
        given: dict[str, Any] = {"account_ref": world.rosa.ref, "version": None, "actor": actor, "at": AT}
        operations.change_brand(changes={"footer": "since 1999", "footer@it": "dal 1999"}, **given)
    asked = {"surface": "log-in", "language": "it"}
    assert "dal 1999" in text_of(browser.get(own(world, "brand/preview"), asked))
    assert "from 1999 on" in text_of(browser.get(own(world, "brand/preview"), asked | {"footer": "from 1999 on"}))


HOSTILE = '"><script>alert(1)</script>'


def test_what_a_reseller_types_is_text_for_whoever_sees_it(world: World) -> None:
    browser = world.browser("rosa")
    send(
        browser,
        own(world),
        name=HOSTILE,
        support_name=HOSTILE,
        support_hours=HOSTILE,
        footer=HOSTILE,
        sender_name=HOSTILE,
    )
    for response in (
        browser.get(own(world)), browser.get(of_client(world)), world.stranger().get("/login/"),
        world.browser("vera").get(f"/vendor/{world.vendor.ref}/hosts/"), world.browser("carl").get(f"/client/{world.carl.ref}/"),
    ):  # fmt: skip
        assert response.status_code == 200
        assert "<script>alert(1)" not in response.content.decode()


@pytest.mark.parametrize("person", ["carl", "cleo"])
@pytest.mark.parametrize("page", ["brand", "hosts", "hosts/check"])
def test_a_clients_own_people_never_reach_brand_and_hosts(world: World, person: str, page: str) -> None:
    browser = world.browser(person)
    assert browser.get(f"/client/{world.carl.ref}/{page}/").status_code == 403
    assert browser.post(f"/client/{world.carl.ref}/{page}/", {**EMPTY, "version": 0, "name": "Mine"}).status_code == 403
    assert "/brand/" not in re.findall(r'href="([^"]*)"', browser.get(f"/client/{world.carl.ref}/").content.decode())
    assert not Brand.unscoped.exists()  # unscoped: a test looks at everything


@pytest.mark.parametrize(
    ("person", "status"), [("rico", 403), ("ruth", 403), ("remo", 404), ("nora", 404), ("vera", 404)]
)
def test_who_may_not_see_the_brand_does_not(world: World, person: str, status: int) -> None:
    browser = world.browser(person, ROSA_HOST)
    for path in (own(world), of_client(world), of_client(world, account="bakery")):
        assert browser.get(path).status_code in {status, 404}
        assert send(browser, path, name="Mine").status_code in {status, 404}
    assert not Brand.unscoped.exists()  # unscoped: a test looks at everything


@pytest.mark.parametrize("account", ["bakery", "remo", "dora", "vendor"])
@pytest.mark.parametrize("page", ["brand", "hosts", "hosts/check"])
def test_another_tenants_account_is_not_there(world: World, account: str, page: str) -> None:
    browser = world.browser("rosa")
    response = browser.get(of_client(world, page, account))
    assert response.status_code == 404
    assert getattr(world, account).name not in response.content.decode()


def test_who_may_only_look_sees_the_brand_and_no_way_to_change_it(world: World) -> None:
    from sublet.foundation.scope import platform_scope

    place = world.places["ruth"]
    place.rights_words = {"clients": "view", "brand": "view", "hosts": "view"}
    with platform_scope("test data"):
        place.save()
    browser = world.browser("ruth")
    page = text_of(browser.get(own(world)))
    assert "You may look at the brand, not change it." in page
    assert '<fieldset class="stack" disabled>' in page
    assert send(browser, own(world), name="Mine").status_code == 403
    hosts = text_of(browser.get(own(world, "hosts")))
    assert "Add an address" not in hosts
    assert browser.post(own(world, "hosts"), {"host": "mine"}).status_code == 403


def test_a_direct_account_has_a_brand_and_addresses_of_its_own(world: World) -> None:
    browser = world.browser("dora")
    page = text_of(browser.get(f"/client/{world.dora.ref}/brand/"))
    assert "This account has no address of its own yet." in page
    browser.post(f"/client/{world.dora.ref}/hosts/", {"host": "dora"})
    send(browser, f"/client/{world.dora.ref}/brand/", name="Dora’s")
    assert "Dora’s" in text_of(Client(headers={"host": "dora.localhost"}).get("/login/"))


def test_the_vendor_has_a_brand_of_its_own(world: World) -> None:
    browser = world.browser("vera")
    assert send(browser, f"/vendor/{world.vendor.ref}/brand/", name="Vantage").status_code == 302
    assert "Vantage" in text_of(Client(headers={"host": "vendor.localhost"}).get("/login/"))
    assert "Vantage" not in text_of(world.stranger().get("/login/"))


# Hosts ----------------------------------------------------------------------------------------------------------------


def test_an_address_is_added_made_the_main_one_and_removed(world: World) -> None:
    browser = world.browser("rosa")
    response = browser.post(of_client(world, "hosts", "elan"), {"host": "Elan"})
    assert (response.status_code, response["Location"]) == (302, of_client(world, "hosts", "elan"))
    assert "elan.localhost answers from now on." in text_of(browser.get(response["Location"]))
    assert Client(headers={"host": "elan.localhost"}).get("/login/").status_code == 200
    browser.post(of_client(world, "hosts", "elan"), {"host": "salon"})
    second = Domain.unscoped.get(host="salon.localhost")  # unscoped: a test looks at everything
    browser.post(of_client(world, f"hosts/{second.ref}/main", "elan"))
    assert queries.primary_host(world.elan.id) == "salon.localhost"
    first = Domain.unscoped.get(host="elan.localhost")  # unscoped: as above
    assert browser.get(of_client(world, f"hosts/{first.ref}/remove", "elan")).status_code == 405
    browser.post(of_client(world, f"hosts/{first.ref}/remove", "elan"))
    assert Client(headers={"host": "elan.localhost"}).get("/login/").status_code == 404
    page = text_of(browser.get(of_client(world, "hosts", "elan")))
    assert "Nobody else can have it before" in page


def test_an_own_domain_is_said_to_wait_and_the_vendor_proves_it(world: World) -> None:
    browser = world.browser("rosa")
    browser.post(own(world, "hosts"), {"host": "https://shop.example.com/"})
    page = text_of(browser.get(own(world, "hosts")))
    assert "It answers once it is proved that the domain is yours." in page
    assert 'href="https://shop.example.com/"' not in page
    domain = Domain.unscoped.get(host="shop.example.com")  # unscoped: a test looks at everything
    vera = world.browser("vera")
    listing = f"/vendor/{world.vendor.ref}/hosts/"
    assert "shop.example.com" in text_of(vera.get(listing + "?state=pending"))
    assert "rosa.localhost" not in text_of(vera.get(listing + "?state=pending"))
    assert "Mark as proved" in text_of(vera.get(f"{listing}{domain.ref}/"))
    assert vera.post(f"{listing}{domain.ref}/proved/").status_code == 302
    assert Client(headers={"host": "shop.example.com"}).get("/login/").status_code == 200


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("bella", "is free and answers at once."), ("shop.example.com", "It answers only once it is proved"),
        ("remo", "This address is taken."), ("rosa", "The account has this address already."), ("www", "reserved"),
        ("a", "too short"), ("bad name", "Use letters, digits and hyphens only"), ("a.b.localhost", "first word only"),
        ("", ""), ("\x00", ""), ("<script>", "Use letters"), ("x" * 5000, "too long"),
    ],
)  # fmt: skip
def test_a_name_is_checked_while_one_types(world: World, typed: str, words: str) -> None:
    response = world.browser("rosa").get(own(world, "hosts/check"), {"host": typed})
    assert response.status_code == 200
    assert words in response.content.decode()
    assert "<script>" not in response.content.decode()
    assert "Remo Digital" not in response.content.decode()


@pytest.mark.parametrize("typed", ["", "remo", "a", "bad name", "x" * 301, "x" * 1_000_000])
def test_a_name_that_cannot_be_had_is_told_at_its_field(world: World, typed: str) -> None:
    response = world.browser("rosa").post(own(world, "hosts"), {"host": typed})
    assert response.status_code in {409, 422}
    assert 'id="id_host_error"' in response.content.decode()


def test_removing_the_last_address_of_a_reseller_is_refused_with_the_reason(world: World) -> None:
    browser = world.browser("rosa")
    domain = Domain.unscoped.get(host="rosa.localhost")  # unscoped: a test looks at everything
    page = text_of(browser.get(own(world, "hosts")))
    assert f"remove-{domain.ref}" not in page
    response = browser.post(own(world, f"hosts/{domain.ref}/remove"), follow=True)
    assert "A reseller needs at least one address." in response.content.decode()


def test_whoever_removes_the_address_below_his_feet_goes_on_at_another(world: World) -> None:
    browser = world.browser("rosa")
    browser.post(own(world, "hosts"), {"host": "studio"})
    browser.post(own(world, f"hosts/{Domain.unscoped.get(host='studio.localhost').ref}/main"))  # unscoped: a test
    page = browser.get(own(world, "hosts"))
    assert "You go on at studio.localhost and log in there." in page.content.decode()
    assert "form-action 'self' https://studio.localhost" in page["Content-Security-Policy"]
    response = browser.post(
        own(world, f"hosts/{Domain.unscoped.get(host='rosa.localhost').ref}/remove")
    )  # unscoped: a test
    assert response["Location"] == "https://studio.localhost" + own(world, "hosts")


@pytest.mark.parametrize("act", ["main", "remove"])
def test_a_host_is_touched_only_through_its_own_account(world: World, act: str) -> None:
    remo = Domain.unscoped.get(host="remo.localhost")  # unscoped: a test looks at everything
    carl = Domain.unscoped.get(host="carl.localhost")  # unscoped: as above
    browser = world.browser("rosa")
    for path in (
        own(world, f"hosts/{remo.ref}/{act}"), own(world, f"hosts/{carl.ref}/{act}"), of_client(world, f"hosts/{remo.ref}/{act}"),
        of_client(world, f"hosts/{carl.ref}/{act}", "elan"), own(world, f"hosts/dom_x/{act}"), own(world, f"hosts/%00/{act}"),
    ):  # fmt: skip
        assert browser.post(path).status_code == 404
    assert Domain.unscoped.filter(state="proved").count() == 3  # unscoped: as above


@pytest.mark.parametrize("page", ["reseller-brand", "reseller-hosts", "reseller-mails"])
def test_pages_take_a_known_number_of_statements(
    world: World, page: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    browser = world.browser("rosa")
    path = reverse(page, kwargs={"account": world.rosa.ref})
    browser.get(path)
    counts = {"reseller-brand": 12, "reseller-hosts": 12, "reseller-mails": 12}
    with django_assert_max_num_queries(counts[page]):
        assert browser.get(path).status_code == 200


# Acting in a client's account -----------------------------------------------------------------------------------------


def visit(world: World, mode: str) -> tuple[Client, str]:
    """Rosa's browser inside Carl's account, on Carl's host, and the visit's prefix."""
    asked = {"mode": mode, "reason": "Setting up the brand", "collaborator": world.places["carl"].ref}
    answer = proved(world.browser("rosa")).post(
        f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/impersonate/", asked
    )
    assert answer.status_code == 200, answer.content
    found = re.search(r'content="0;url=https?://carl\.localhost(/[^"]+)"', answer.content.decode())
    assert found is not None
    there = Client(headers={"host": "carl.localhost"})
    first = str(there.get(found[1])["Location"])
    return there, first[: first.index("/client/")]


def test_whoever_acts_as_the_reseller_sets_the_clients_brand_there(world: World) -> None:
    browser, prefix = visit(world, "reseller")
    path = f"{prefix}/client/{world.carl.ref}/brand/"
    page = browser.get(path)
    assert page.status_code == 200
    assert f'href="{prefix}/client/{world.carl.ref}/hosts/"' in page.content.decode()
    assert send(browser, path, name="Carl’s")["Location"] == path
    assert stored(world.carl).name == "Carl’s"
    row = JournalEntry.unscoped.get(event="brand.changed")  # unscoped: a test looks at everything
    assert (row.impersonator_name, row.account_id) == ("Rosa Ricci", world.carl.id)
    answer = browser.post(f"{prefix}/client/{world.carl.ref}/hosts/", {"host": "carls"})
    assert answer["Location"] == f"{prefix}/client/{world.carl.ref}/hosts/"


def test_whoever_acts_as_the_client_sees_neither_brand_nor_hosts(world: World) -> None:
    browser, prefix = visit(world, "client")
    for page in ("brand", "hosts"):
        assert browser.get(f"{prefix}/client/{world.carl.ref}/{page}/").status_code == 403
        assert send(browser, f"{prefix}/client/{world.carl.ref}/{page}/", name="Mine").status_code == 403
    assert not Brand.unscoped.exists()  # unscoped: a test looks at everything
