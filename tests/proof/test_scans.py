"""A scan sees what a client's people see, finds what was planted, and changes nothing."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from PIL import Image, PngImagePlugin

from sublet.branding import operations as branding
from sublet.core.leaks import Word
from sublet.foundation.actor import JOB, platform_actor
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs.models import Job
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.maintenance import begin_maintenance, end_maintenance
from sublet.foundation.refs import uuid7
from sublet.foundation.scope import account_scope, actor_scope, platform_scope
from sublet.messaging.models import OutboxMail
from sublet.people.models import Collaborator
from sublet.proof import gathering, letters, operations, scanning, visitor, walk
from sublet.proof.models import Scan, ScanFinding
from sublet.proof.operations import CannotScan, ask_for_scan, run_scan, scan_the_stalest
from sublet.proof.queries import scan_report
from sublet.proof.visitor import Answer, Pass
from sublet.proof.words import vendor_words
from tests.factories import AT, make_collaborator, make_user
from tests.people import CARL_HOST, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet")]
WORDS = (Word("Vantage", "name"),)


@pytest.fixture
def few_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MOST_ADDRESSES", 3)
    monkeypatch.setattr(scanning, "FORMS", ())
    monkeypatch.setattr(scanning, "WORDED", ())
    monkeypatch.setattr(letters, "letters_to", lambda _account: ())
    monkeypatch.setattr(scanning, "documents", lambda *_looked: None)


def scanned(world: World, account: Any) -> Scan:
    with world.scope("rosa") as rosa:
        ref = ask_for_scan(account_ref=account.ref, actor=rosa, at=AT)
    with account_scope(account.id):
        run_scan(scan_ref=ref, actor=rosa, at=AT)
        return Scan.objects.get(ref=ref)


@pytest.mark.slow
def test_a_clients_pages_name_nobody(world: World) -> None:
    before = Collaborator.unscoped.values_list("id", "last_seen_at")
    was = list(before.all())
    scan = scanned(world, world.carl)

    found = ScanFinding.unscoped.filter(scan=scan).values_list("address", "place", "detail", "excerpt")
    assert list(found) == []
    assert (scan.state, scan.score, scan.seen_as, scan.host) == ("done", 100, "owner", CARL_HOST)
    assert scan.looked_at > 40
    assert scan.skipped == ["pictures", "product", "browser", "names", "certificates"]
    assert list(before.all()) == was  # nobody seems to have been there


def test_what_it_says_in_the_clients_history_gives_nothing_away(world: World, few_pages: None) -> None:
    scanned(world, world.carl)
    entries = JournalEntry.unscoped.filter(account_id=world.carl.id, event__startswith="scan.").order_by("id")
    assert [each.event for each in entries] == ["scan.asked", "scan.ended"]
    assert [
        word.text for word in vendor_words() for each in entries if word.text.lower() in str(each.data).lower()
    ] == []


def planted(monkeypatch: pytest.MonkeyPatch, path: str, answer: Answer) -> None:
    """The host answers that at that path."""
    real = visitor.ask

    def ask(**asked: Any) -> Answer:
        return answer if asked["address"] == path else real(**asked)

    monkeypatch.setattr(operations, "ask", ask)


def test_a_planted_word_is_found_with_its_place(world: World, few_pages: None, monkeypatch: pytest.MonkeyPatch) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Software", "Vantage Apps studio")
    picture = io.BytesIO()
    Image.new("RGB", (2, 2)).save(picture, "PNG", pnginfo=info)
    page = Answer(
        "/login/", 200, (("Content-Type", "text/html"), ("X-Made-By", "sublet/1"), ("Set-Cookie", "vantage_apps=1")),
        b'<p>Hello</p>\n<img src="/pic.png" alt="by Vantage Apps">',
    )  # fmt: skip
    monkeypatch.setattr(operations, "PUBLIC", ("/login/", "/pic.png"))
    real = visitor.ask

    def ask(**asked: Any) -> Answer:
        if asked["address"] == "/pic.png":
            return Answer("/pic.png", 200, (("Content-Type", "image/png"),), picture.getvalue())
        return page if asked["address"] == "/login/" else real(**asked)

    monkeypatch.setattr(operations, "ask", ask)
    mail = OutboxMail(
        id="018f0000-0000-7000-8000-000000000001", account=world.carl, template="hello", key="k", language="en",
        to_email="a@example.test", from_email="x@mail.example", from_name="Vantage Apps", subject="Hello", text="Hello",
        html="", message_id="<1@mail.example>", created_at=AT,
    )  # fmt: skip
    with platform_scope("test data"):
        mail.save()
    scan = scanned(world, world.carl)

    found = ScanFinding.unscoped.filter(scan=scan).order_by("id")
    assert [(each.address, each.place, each.detail, each.line, each.word) for each in found] == [
        ("/login/", "header", "X-Made-By", 1, "Sublet"),
        ("/login/", "cookie", "vantage_apps", 1, "Vantage Apps"),
        ("/login/", "attribute", "alt", 2, "Vantage Apps"),
        ("/pic.png", "file", "tEXt Software", 1, "Vantage Apps"),
        ("hello", "mail", "From", 1, "Vantage Apps"),
    ]
    assert scan.leaking == 3
    assert scan.score == 100 * (scan.looked_at - 3) // scan.looked_at


def test_what_people_of_other_rights_are_shown_is_looked_at(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cleo has one section of the product; Carlo, whose rights are the same, is not asked for as well."""
    again = make_user("Carlo Costa", "carlo@example.test")
    make_collaborator(world.carl, again, rights={"product.content": "manage"})
    owner, cleo = world.users["carl"].id, world.users["cleo"].id
    refused: list[str] = []
    seen_by: set[int] = set()

    def ask(**asked: Any) -> Answer:
        answer = visitor.ask(**asked)
        given = asked["shown_to"]
        if given is not None:
            seen_by.add(given.user_id)
        if given is not None and given.user_id == cleo and answer.status == 403:
            refused.append(asked["address"])
            return replace(answer, body=b"<p>Ask Vantage Apps</p>")
        return answer

    with account_scope(world.carl.id):
        looking = scanning.looking_at(world.carl, CARL_HOST, WORDS, (), AT)
        into = gathering.Gathered()
        scanning.pages(looking, into, lambda _done, _known: None, asking=ask)
    assert seen_by == {owner, cleo}
    assert len(refused) > 3  # pages of the owner's that are closed to others
    assert {each.address for each in into.found} == set(refused)
    # The browser is shown one of the pages that say no, as the person to whom they say it.
    [alone] = [each for each in into.pages if each.who not in {"", "owner"} and each.address in refused]
    given = looking.shown_to(alone.who)
    assert given is not None
    assert given.user_id == cleo
    assert into.leaking == len(refused)
    assert "more" not in into.skipped


@pytest.mark.parametrize(("people", "others", "cut"), [(200, 8, False), (1, 8, True), (200, 0, True)])
def test_where_more_people_are_than_are_looked_as_the_scan_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch, people: int, others: int, cut: bool
) -> None:
    monkeypatch.setattr(scanning, "MOST_PEOPLE", people)
    monkeypatch.setattr(scanning, "MOST_OTHERS", others)
    monkeypatch.setattr(walk, "MOST_ADDRESSES", 1_000)
    with account_scope(world.carl.id):
        looking = scanning.looking_at(world.carl, CARL_HOST, WORDS, (), AT)
        into = gathering.Gathered()
        nothing = Answer("/", 404, (), b"")
        scanning.pages(looking, into, lambda _done, _known: None, asking=lambda **_asked: nothing)
    assert (len(looking.others), "more" in into.skipped) == (0 if cut else 1, cut)


def test_what_a_brand_says_in_one_language_alone_is_found(
    world: World, few_pages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account's own language is another, so that no page of the walk shows it; nor is what stands there in each told again."""
    monkeypatch.setattr(scanning, "WORDED", ("/login/",))
    with world.scope("rosa") as rosa:
        changes = {"login_text@fr": "Un service de Vantage Apps", "footer": "By Vantage Apps"}
        branding.change_brand(account_ref=world.rosa.ref, changes=changes, version=None, actor=rosa, at=AT)
    scan = scanned(world, world.carl)
    places = ScanFinding.unscoped.filter(scan=scan).values_list("address", "place", "excerpt")
    [(address, place, excerpt)] = [each for each in places if "(" in each[0]]
    assert (address, place) == ("/login/ (fr)", "text")
    assert "Un service de Vantage Apps" in excerpt
    assert any("By Vantage Apps" in excerpt for _address, _place, excerpt in places)


def test_a_zero_byte_on_a_page_breaks_no_scan_off(
    world: World, few_pages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    html = (("Content-Type", "text/html"),)
    monkeypatch.setattr(operations, "PUBLIC", ("/login/",))
    real = visitor.ask

    def ask(**asked: Any) -> Answer:
        if asked["address"] == "/login/":
            return Answer("/login/", 200, html, b'<a href="/x\x00y">on</a><p da\x00ta="by Vantage Apps">x</p>')
        if asked["address"].startswith("/x"):
            return Answer(asked["address"], 200, html, b"by Vantage Apps")
        return real(**asked)

    monkeypatch.setattr(operations, "ask", ask)
    scan = scanned(world, world.carl)
    found = ScanFinding.unscoped.filter(scan=scan, kind="name").order_by("id")
    assert scan.state == Scan.State.DONE
    assert [(each.address, each.place) for each in found] == [("/login/", "attribute"), ("/x%00y", "text")]


def test_the_next_scan_tells_what_is_new(world: World, few_pages: None, monkeypatch: pytest.MonkeyPatch) -> None:
    scanned(world, world.carl)
    planted(monkeypatch, "/login/", Answer("/login/", 200, (), b"Vantage Apps"))
    assert [each.is_new for each in ScanFinding.unscoped.filter(scan=scanned(world, world.carl))] == [True]
    assert [each.is_new for each in ScanFinding.unscoped.filter(scan=scanned(world, world.carl))] == [False]
    with world.scope("rosa") as rosa:
        report = scan_report(rosa, world.carl.ref)
    assert [(each.leaking, each.score == 100) for each in report.scans] == [(1, False), (1, False), (0, True)]
    assert [each.address for each in report.findings] == ["/login/"]
    assert report.running is None


def test_an_account_that_is_closed_for_maintenance_is_not_called_clean(world: World, few_pages: None) -> None:
    with world.scope("rosa") as rosa:
        ref = ask_for_scan(account_ref=world.carl.ref, actor=rosa, at=AT)
    with platform_scope("a test"):
        begin_maintenance(until=None, actor=world.actor("vera"), at=AT)
    with account_scope(world.carl.id):
        with pytest.raises(visitor.Closed):
            run_scan(scan_ref=ref, actor=rosa, at=AT, last=False)
        assert Scan.objects.get(ref=ref).state == Scan.State.WAITING
        with platform_scope("a test"):
            end_maintenance(actor=world.actor("vera"), at=AT)
        run_scan(scan_ref=ref, actor=rosa, at=AT)
        assert Scan.objects.get(ref=ref).state == Scan.State.DONE


def test_nothing_that_a_page_writes_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Handler:
        def get_response(self, request: object) -> HttpResponse:
            with platform_scope("test"):
                Collaborator.objects.update(last_seen_at=AT)
            return HttpResponse("done")

    monkeypatch.setattr(visitor, "_handler", Handler)
    assert visitor.ask(host=CARL_HOST, address="/x", shown_to=None).body == b"done"
    assert not Collaborator.unscoped.filter(last_seen_at__isnull=False).exists()


def test_a_pass_is_worth_nothing_from_outside(world: World) -> None:
    user = world.users["carl"]
    given = Pass(user.id, user.session_epoch, user.get_session_auth_hash(), scanning.backend(), AT)
    inside = visitor.ask(host=CARL_HOST, address="/me/", shown_to=given)
    assert inside.status == 200
    assert [value for name, value in inside.headers if name == "Set-Cookie" and "session" in value] == []
    # A header of that name does not stand where the pass stands, and a pass is for looking only.
    stranger = world.stranger(CARL_HOST)
    assert stranger.get("/me/", headers={"sublet.looking": "1"}).status_code == 302
    forged: dict[str, Any] = {visitor.LOOKING: "1"}
    assert stranger.get("/me/", **forged).status_code == 302
    changing: dict[str, Any] = {visitor.LOOKING: given}
    assert stranger.post("/me/", **changing).status_code in {302, 403}


def test_who_may_have_an_account_looked_at(world: World) -> None:
    with world.scope("carl") as carl, pytest.raises(NotFound):
        ask_for_scan(account_ref=world.carl.ref, actor=carl, at=AT)
    with world.scope("ruth") as ruth, pytest.raises(Forbidden):
        ask_for_scan(account_ref=world.carl.ref, actor=ruth, at=AT)
    with world.scope("remo") as remo:
        for account in (world.carl, world.rosa, world.vendor):
            with pytest.raises(NotFound):
                ask_for_scan(account_ref=account.ref, actor=remo, at=AT)
            with pytest.raises(NotFound):
                scan_report(remo, account.ref)


def test_one_scan_at_a_time(world: World) -> None:
    with world.scope("rosa") as rosa:
        ask_for_scan(account_ref=world.carl.ref, actor=rosa, at=AT)
        with pytest.raises(CannotScan) as told:
            ask_for_scan(account_ref=world.carl.ref, actor=rosa, at=AT)
    assert told.value.code == "running"
    assert Job.unscoped.filter(kind="proof.scan").count() == 1


def test_the_night_asks_for_each_account_once(world: World) -> None:
    actor = platform_actor(name="Schedule", account_id=world.vendor.id, account_ref=world.vendor.ref,
                           account_name=world.vendor.name, via=JOB)  # fmt: skip
    with platform_scope("test"), actor_scope(actor):
        assert scan_the_stalest(actor=actor, at=AT) == Job.unscoped.filter(kind="proof.scan").count() >= 3
        assert scan_the_stalest(actor=actor, at=AT) == 0
    with world.scope("rosa") as rosa:  # who asks need not wait for the night's turn
        assert scan_report(rosa, world.carl.ref).running is None
        ref = ask_for_scan(account_ref=world.carl.ref, actor=rosa, at=AT)
        assert list(Scan.objects.filter(account=world.carl).values_list("ref", flat=True)) == [ref]
    assert Job.unscoped.filter(payload__scan_ref=ref).count() == 1


def test_a_night_looks_at_as_many_accounts_as_it_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = platform_actor(name="Schedule", account_id=world.vendor.id, account_ref=world.vendor.ref,
                           account_name=world.vendor.name, via=JOB)  # fmt: skip
    for most, begun in (("0", 0), ("2", 2), ("1", 1)):
        monkeypatch.setitem(settings.SUBLET._values, "SUBLET_SCANS_A_NIGHT", most)
        with platform_scope("test"), actor_scope(actor):
            assert scan_the_stalest(actor=actor, at=AT) == begun
    assert Scan.unscoped.values("account").distinct().count() == 3  # the third is another one than the first two


def test_no_link_is_followed_that_asks_somebody_elses_server() -> None:
    page = Answer("/login/", 200, (("Content-Type", "text/html"),),
                  b'<a href="/login/company/acc_1/begin/">x</a> <a href="/forgotten/">y</a>')  # fmt: skip
    assert list(walk.links_of(page, "carl.localhost")) == ["/forgotten/"]


def test_a_link_that_still_waits_is_in_no_finding(world: World, few_pages: None) -> None:
    with platform_scope("test"):
        OutboxMail.objects.create(
            id=uuid7(AT), account=world.carl, template="password-reset", key="k", language="en",
            to_email="carla@bella.example", from_email="n@x.example", subject="Hello", secret=True, created_at=AT,
            text="Vantage Apps https://carl.localhost/reset/s3cret-token", html="<p>Vantage Apps s3cret-token</p>",
            shown_text="Vantage Apps https://carl.localhost/••••••", shown_html="<p>Vantage Apps ••••••</p>",
        )  # fmt: skip
    scan = scanned(world, world.carl)
    with account_scope(world.carl.id):
        told = list(ScanFinding.objects.filter(scan=scan, place="mail").values_list("excerpt", flat=True))
    assert len(told) == 2
    assert "s3cret" not in str(told)


def test_a_reseller_reads_and_asks_on_the_page_of_a_client(
    world: World, few_pages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = reverse("reseller-client-proof", urlconf="sublet.config.urls_brand", args=(world.rosa.ref, world.carl.ref))
    rosa = world.browser("rosa")
    assert "Not looked at yet" in rosa.get(url).text
    assert rosa.post(url).status_code == 302
    running = rosa.get(url).text
    assert "The pages are being looked at." in running
    assert "Look now" not in running
    monkeypatch.setattr(walk, "MOST_ADDRESSES", 2)
    planted(monkeypatch, "/login/", Answer("/login/", 200, (("X-Made-By", "Vantage Apps"),), b""))
    with account_scope(world.carl.id):
        run_scan(scan_ref=Scan.objects.get().ref, actor=world.actor("rosa"), at=AT)
    shown = rosa.get(url).text
    for words in (
        "In the header X-Made-By",
        "/login/",
        "Have the proxy in front",
        "Certificates: none could be fetched",
    ):
        assert words in shown, words
    own = reverse("reseller-proof", urlconf="sublet.config.urls_brand", args=(world.rosa.ref,))
    assert rosa.get(own).status_code == 200
    assert world.browser("ruth").get(url).status_code == 403
    assert world.browser("remo").get(url).status_code == 404
