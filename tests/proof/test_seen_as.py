"""To whom each thing was shown: found, kept, told, and to whoever may know of people alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse

from sublet.core.leaks import Word
from sublet.foundation.scope import account_scope, platform_scope
from sublet.people.models import CompanyLogIn
from sublet.proof import browser, gathering, letters, operations, scanning, visitor, walk
from sublet.proof.browser import Seen, Wanted
from sublet.proof.keeping import keep_findings
from sublet.proof.models import Scan, ScanFinding
from sublet.proof.operations import ask_for_scan, run_scan
from sublet.proof.product import with_what_was_shown
from sublet.proof.queries import scan_report
from sublet.proof.visitor import Answer
from tests.factories import AT, make_client, make_collaborator, make_user
from tests.people import CARL_HOST, ROSA_HOST, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet")]
WORDS = (Word("Vantage", "name"),)
HTML = (("Content-Type", "text/html"),)


def looked(
    world: World, account: Any, ask: Any, *, host: str = CARL_HOST
) -> tuple[gathering.Looking, gathering.Gathered]:
    with account_scope(account.id):
        looking = scanning.looking_at(account, host, WORDS, (), AT)
        into = gathering.Gathered()
        scanning.pages(looking, into, lambda _done, _known: None, asking=ask)
    return looking, into


def said_to(user_id: int | None, *, status: int = 200) -> Any:
    """Pages as they are, with the vendor's name on those that this person alone is shown with that status."""

    def ask(**asked: Any) -> Answer:
        answer = visitor.ask(**asked)
        given = asked["shown_to"]
        if (given and given.user_id) == user_id and answer.status == status:
            return replace(answer, body=b"<p>Ask Vantage Apps</p>")
        return answer

    return ask


@pytest.mark.parametrize(
    ("person", "status", "seen_as", "words"),
    [
        (None, 200, "stranger", "Shown to whoever is not logged in"),
        ("carl", 200, "owner", "Shown to "),
        ("cleo", 403, "collaborator", "Shown to "),
    ],
)
def test_a_finding_says_to_whom_it_was_shown(
    world: World, monkeypatch: pytest.MonkeyPatch, person: str | None, status: int, seen_as: str, words: str
) -> None:
    monkeypatch.setattr(walk, "MOST_ADDRESSES", 40)
    for name in ("FORMS", "WORDED"):
        monkeypatch.setattr(scanning, name, ())
    monkeypatch.setattr(letters, "letters_to", lambda _account: ())
    monkeypatch.setattr(scanning, "documents", lambda *_looked: None)
    monkeypatch.setattr(operations, "ask", said_to(world.users[person].id if person else None, status=status))
    with world.scope("rosa") as rosa:
        ref = ask_for_scan(account_ref=world.carl.ref, actor=rosa, at=AT)
    with account_scope(world.carl.id):
        run_scan(scan_ref=ref, actor=world.actor("rosa"), at=AT)
    with world.scope("rosa") as rosa:
        [finding, *_more] = scan_report(rosa, world.carl.ref).findings
    assert {each.seen_as for each in finding.places} == {seen_as}
    name = world.users[person].name if person else ""
    assert {(each.seen_by, each.collaborator) for each in finding.places} == {
        (name, world.places[person].ref if person else "")
    }
    url = reverse("reseller-client-proof", urlconf="sublet.config.urls_brand", args=(world.rosa.ref, world.carl.ref))
    assert words + name in world.browser("rosa").get(url).text
    if person:
        # Who has left the account is named no more.
        with platform_scope("test"):
            world.places[person].ended_at = AT
            world.places[person].save()
        shown = world.browser("rosa").get(url).text
        assert f"Shown to {name}" not in shown
        assert ("Shown to the owner" if person == "carl" else "Shown to people with other rights") in shown


def test_who_may_not_list_people_is_told_no_name(world: World) -> None:
    with platform_scope("test"):
        scan = Scan.objects.create(
            account=world.carl, state="done", cause="person", version="1", host=CARL_HOST, seen_as="owner",
            people=[world.places["carl"].ref, world.places["cleo"].ref], leaking=1, created_at=AT,
        )  # fmt: skip
        ScanFinding.objects.create(
            account=world.carl, scan=scan, key="k", address="/x/", place="text", line=1, column=1, word="V", kind="name",
            excerpt="V", is_new=False, times=3,
            places=[["/x/", "", 1, 1, "collaborator 1"], ["/y/", "", 1, 1, "collaborator 7"], ["/z/", "", 1, 1]],
        )  # fmt: skip
        bare = make_collaborator(world.rosa, make_user("Bruno Brandi"), rights={"brand": "view"})
    with world.scope("rosa") as rosa:
        [finding] = scan_report(rosa, world.carl.ref).findings
    assert [(each.seen_as, each.seen_by) for each in finding.places] == [
        ("collaborator", world.users["cleo"].name), ("collaborator", ""), ("", ""),
    ]  # fmt: skip
    world.places["bruno"], world.hosts["bruno"] = bare, ROSA_HOST
    with world.scope("bruno") as bruno:
        [finding] = scan_report(bruno, world.carl.ref).findings
    assert [(each.seen_as, each.seen_by, each.collaborator) for each in finding.places][:1] == [
        ("collaborator", "", "")
    ]


def test_people_who_come_by_their_company_alone_are_looked_as(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MOST_ADDRESSES", 20)
    with platform_scope("test"):
        CompanyLogIn.objects.create(
            account=world.carl, issuer="https://id.example", client_id="sublet", is_on=True, only=True,
            stamp="as it is now", changed_at=AT,
        )  # fmt: skip
    cleo, statuses = world.users["cleo"].id, list[int]()

    def ask(**asked: Any) -> Answer:
        answer = visitor.ask(**asked)
        if asked["shown_to"] is not None and asked["shown_to"].user_id == cleo:
            statuses.append(answer.status)
        return answer

    _looking, into = looked(world, world.carl, ask)
    assert "sent" not in into.skipped
    assert statuses.count(200) > 2
    # The control: without the provider's word they are sent to it, each time.
    monkeypatch.setattr(scanning, "came_by_company", lambda _account_id: None)
    statuses.clear()
    _looking, into = looked(world, world.carl, ask)
    assert statuses.count(302) >= 2
    assert "sent" in into.skipped


def test_what_belongs_to_another_account_of_the_same_person_is_not_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are on the reseller's host, and whoever is in both has a way from one to the other on each page."""
    monkeypatch.setattr(walk, "MOST_ADDRESSES", 60)
    one, other = make_client(world.rosa, "Bar Uno"), make_client(world.rosa, "Bar Altro")
    person, second = make_user("Pia Poli"), make_user("Lia Loli")
    for account in (one, other):
        make_collaborator(account, person, owner=True)
        make_collaborator(account, second, rights={"product.content": "manage"})
    asked_for: list[str] = []

    def ask(**asked: Any) -> Answer:
        answer = visitor.ask(**asked)
        if asked["shown_to"] is not None:
            asked_for.append(asked["address"])
        return answer

    _looking, into = looked(world, one, ask, host=ROSA_HOST)
    assert any(one.ref in each for each in asked_for)
    assert not [each for each in asked_for if other.ref in each.partition("?")[0]]
    assert any(each.who == "owner" and one.ref in each.address for each in into.pages)


def test_what_one_person_was_told_by_the_page_itself_is_news_when_a_script_tells_it_to_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with account_scope(world.carl.id):
        looking = scanning.looking_at(world.carl, CARL_HOST, WORDS, (), AT)
    into = gathering.Gathered(pages=[Wanted("/one/", "owner"), Wanted("/one/", "collaborator 1")])
    leak = walk.look(Answer("/one/", 200, HTML, b"<p>Vantage</p>"), WORDS)[0]
    into.add(gathering.seen_as("owner", leak))
    monkeypatch.setattr(browser, "lacking", lambda: "")
    monkeypatch.setattr(
        browser,
        "show",
        lambda wanted, **_given: [Seen(each.address, each.who, html="<p>Vantage</p>") for each in wanted],
    )
    scanning.shown(looking, into, lambda _done, _known: None)
    assert [(each.place, each.seen_as) for each in into.found] == [("text", "owner"), ("rendered", "collaborator 1")]


def test_a_section_whose_pages_were_not_all_shown_is_not_called_clean(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with account_scope(world.carl.id):
        looking = scanning.looking_at(world.carl, CARL_HOST, WORDS, (), AT)
    pages = [Wanted("/design/", "product"), Wanted("/menus/", "product"), Wanted("/late/", "product")]
    measured = {"design": "clean", "menus": "clean", "late": "clean", "named": "found", "far": "unseen"}

    def gathered() -> gathering.Gathered:
        sections_at = {"/design/": {"design"}, "/menus/": {"menus"}, "/late/": {"late", "named"}}
        return gathering.Gathered(pages=list(pages), sections_at=sections_at)

    monkeypatch.setattr(browser, "lacking", lambda: "")
    monkeypatch.setattr(browser, "MOST_PAGES", 2)
    monkeypatch.setattr(
        browser, "show", lambda wanted, **_given: [Seen(each.address, each.who, fault="slow" if each.address == "/menus/" else "")
                                                   for each in wanted],
    )  # fmt: skip
    into = gathered()
    scanning.shown(looking, into, lambda _done, _known: None)
    assert with_what_was_shown(measured, into) == {
        "design": "clean", "menus": "unseen", "late": "unseen", "named": "found", "far": "unseen",
    }  # fmt: skip
    assert into.skipped == ["more", "shown"]
    # Where there is no browser that is said, and the answers alone count.
    monkeypatch.setattr(browser, "lacking", lambda: "off")
    into = gathered()
    scanning.shown(looking, into, lambda _done, _known: None)
    assert with_what_was_shown(measured, into) == measured
    assert into.skipped == ["browser"]


@pytest.mark.parametrize("state", ["suspended", "closed"])
def test_who_is_not_let_in_is_not_called_looked_as(world: World, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    """The page that says so names nobody, and would be all that the score says something about."""
    monkeypatch.setattr(walk, "MOST_ADDRESSES", 20)
    with platform_scope("test"):
        world.carl.state = state
        world.carl.save(update_fields=["state"])
    _looking, into = looked(world, world.carl, visitor.ask)
    assert "sent" in into.skipped


@pytest.mark.parametrize("person", ["carl", "cleo"])
def test_who_leaves_while_it_is_looked_is_said_to_have_been_sent_elsewhere(
    world: World, monkeypatch: pytest.MonkeyPatch, person: str
) -> None:
    monkeypatch.setattr(walk, "MOST_ADDRESSES", 20)
    for name in ("FORMS", "WORDED"):
        monkeypatch.setattr(scanning, name, ())
    monkeypatch.setattr(letters, "letters_to", lambda _account: ())
    monkeypatch.setattr(scanning, "documents", lambda *_looked: None)

    def scanned_when(leaves: bool) -> list[str]:
        def ask(**asked: Any) -> Answer:
            answer = visitor.ask(**asked)
            if leaves and asked["shown_to"] is not None and asked["shown_to"].user_id == world.users[person].id:
                with platform_scope("test"):
                    world.places[person].ended_at = AT
                    world.places[person].save(update_fields=["ended_at"])
            return answer

        monkeypatch.setattr(operations, "ask", ask)
        with world.scope("rosa") as rosa:
            ref = ask_for_scan(account_ref=world.carl.ref, actor=rosa, at=AT)
        with account_scope(world.carl.id):
            run_scan(scan_ref=ref, actor=world.actor("rosa"), at=AT)
            return list(Scan.objects.get(ref=ref).skipped)

    assert "sent" not in scanned_when(False)
    assert "sent" in scanned_when(True)


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ([], ""),
        (["add-ons"], "A mark tells of it: Add ons"),
        (["add-ons", "design"], "No mark tells of it: Design"),
        (["gone"], ""),
    ],
)
def test_a_finding_says_whether_a_mark_tells_of_it(world: World, sections: list[str], words: str) -> None:
    address, leak = "/app/x/", walk.look(Answer("/app/x/", 200, HTML, b"<p>Vantage</p>"), WORDS)[0]
    into = gathering.Gathered(sections_at={address: set(sections)})
    into.add(gathering.seen_as("owner", leak))
    with platform_scope("test"):
        scan = Scan.objects.create(account=world.carl, state="done", cause="person", version="1", host=CARL_HOST, leaking=1,
                                   created_at=AT)  # fmt: skip
    with account_scope(world.carl.id):
        keep_findings(scan, into, before=None)
    with world.scope("rosa") as rosa:
        [finding] = scan_report(rosa, world.carl.ref).findings
    assert finding.sections == tuple(sections)
    url = reverse("reseller-client-proof", urlconf="sublet.config.urls_brand", args=(world.rosa.ref, world.carl.ref))
    page = world.browser("rosa").get(url).text
    assert words in page
    assert bool(words) == ("mark tells of it" in page)
