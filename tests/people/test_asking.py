"""Why not? Who decides about what is closed, asking once, answering, and what the reseller does instead."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.urls import reverse

from sublet.branding.operations import change_brand
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.messaging.models import OutboxMail
from sublet.people import operations as people
from sublet.people.models import AccessRequest, Collaborator
from sublet.people.operations import asking as operations
from sublet.people.queries import asking as queries
from tests import factories
from tests.people import AT, World
from tests.portals.api.caller import make_caller
from tests.portals.shared.test_visits import begin, cross

pytestmark = pytest.mark.django_db
DESIGN, CONTENT = "product.design", "product.content"


def ask(world: World, who: str, section: str = DESIGN, *, service: bool = False) -> str:
    with world.scope(who) as actor:
        return operations.ask_for_access(section=section, service=service, note="Summer menu", actor=actor, at=AT)


def answer(world: World, who: str, ref: str, *, accept: bool = True) -> None:
    with world.scope(who) as actor:
        operations.answer_request(request_ref=ref, accept=accept, answer="Gladly", actor=actor, at=AT)


def offer(world: World, language: str = "en", name: str = "A redesign every two years") -> None:
    with world.scope("rosa") as rosa:
        operations.change_section_service(
            section=DESIGN, language=language, name=name, text="We look after it.", price="€ 900", actor=rosa, at=AT
        )


def keep_design(world: World) -> None:
    with world.scope("rosa") as rosa:
        people.withdraw_section(section=DESIGN, client_refs=None, actor=rosa, at=AT)


def rights(world: World, who: str) -> dict[str, str]:
    words: dict[str, str] = Collaborator.unscoped.get(id=world.places[who].id).rights_words
    return words


@pytest.mark.parametrize(
    ("who", "section", "kept", "decided", "addressee"),
    [
        ("cleo", DESIGN, False, "not-ticked", "owner"),
        ("cleo", DESIGN, True, "withdrawn", "reseller"),
        ("carl", DESIGN, True, "withdrawn", "reseller"),
        ("cleo", "billing", False, "floor", "reseller"),
        ("cleo", CONTENT, False, "ticked", ""),
        ("carl", "team", False, "owner", ""),
        ("ruth", "brand", False, "not-ticked", "owner"),
        ("rosa", "brand", False, "owner", ""),
    ],
)
def test_the_layer_says_whom_to_ask(
    world: World, who: str, section: str, kept: bool, decided: str, addressee: str
) -> None:
    if kept:
        keep_design(world)
    with world.scope(who) as actor:
        found = queries.why_not(actor, section=section)
    assert (found.explanation.decided_by, found.addressee, found.may_ask) == (decided, addressee, bool(addressee))


@pytest.mark.parametrize("section", ["nonsense", "product.nothing", "clients", ""])
def test_a_section_that_is_not_there_is_not_explained(world: World, section: str) -> None:
    with world.scope("cleo") as actor, pytest.raises(NotFound):
        queries.why_not(actor, section=section)


def test_the_owner_is_asked_gives_the_right_and_both_are_told(world: World) -> None:
    ref = ask(world, "cleo")
    answer(world, "carl", ref)
    assert rights(world, "cleo") == {CONTENT: "manage", DESIGN: "manage"}
    row = AccessRequest.unscoped.get()
    assert (row.state, row.answered_by, row.answer) == ("accepted", "Carl Conti", "Gladly")
    events = list(JournalEntry.unscoped.order_by("id").values_list("event", flat=True))
    assert events == ["access.asked", "access.granted", "collaborator.rights_changed"]
    mails = list(OutboxMail.unscoped.order_by("id").values_list("to_email", "subject"))
    assert mails == [
        ("carl@example.test", "Cleo Costa asks for “Design”"),
        ("cleo@example.test", "“Design”: accepted"),
    ]
    assert f"carl.localhost/client/{world.carl.ref}/requests/" in OutboxMail.unscoped.earliest("id").text


def test_what_is_open_is_not_asked_twice(world: World) -> None:
    ref = ask(world, "cleo")
    with pytest.raises(operations.CannotAskForAccess, match="asked"):
        ask(world, "cleo")
    assert AccessRequest.unscoped.count() == 1
    with world.scope("cleo") as cleo:
        operations.take_request_back(request_ref=ref, actor=cleo, at=AT)
    ask(world, "cleo")
    assert list(AccessRequest.unscoped.order_by("id").values_list("state", flat=True)) == ["withdrawn", "open"]


def test_the_resellers_service_is_asked_for_instead_and_gives_no_right(world: World) -> None:
    keep_design(world)
    offer(world)
    before = rights(world, "carl")
    ref = ask(world, "carl", service=True)
    row = AccessRequest.unscoped.get()
    assert (row.addressee, row.service_name, row.service_price) == ("reseller", "A redesign every two years", "€ 900")
    assert OutboxMail.unscoped.get().to_email == "rosa@example.test"
    answer(world, "rosa", ref)
    assert rights(world, "carl") == before
    assert AccessRequest.unscoped.get().state == "accepted"


def test_the_reseller_gives_a_kept_section_to_one_person_alone(world: World) -> None:
    keep_design(world)
    answer(world, "rosa", ask(world, "carl"))
    assert rights(world, "carl")[DESIGN] == "manage"


def test_past_the_floor_accepting_gives_nothing(world: World) -> None:
    answer(world, "rosa", ask(world, "cleo", "billing"))
    assert "billing" not in rights(world, "cleo")
    assert not world.actor("cleo").may("billing:view")


def test_a_declined_request_changes_nothing(world: World) -> None:
    ref = ask(world, "cleo")
    answer(world, "carl", ref, accept=False)
    assert rights(world, "cleo") == {CONTENT: "manage"}
    with pytest.raises(operations.CannotAnswerRequest):
        answer(world, "carl", ref)


@pytest.mark.parametrize(
    ("who", "to", "fault"),
    [
        ("cleo", "owner", NotFound),  # nobody answers its own
        ("remo", "owner", NotFound),
        ("nora", "owner", NotFound),
        ("rosa", "owner", NotFound),  # the owner's to answer
        ("carl", "reseller", NotFound),
        ("ruth", "reseller", Forbidden),
        ("remo", "reseller", NotFound),
    ],
)
def test_nobody_else_answers(world: World, who: str, to: str, fault: type[Exception]) -> None:
    ref = ask(world, "cleo", DESIGN if to == "owner" else "billing")
    with pytest.raises(fault):
        answer(world, who, ref)
    assert AccessRequest.unscoped.get().state == "open"
    assert rights(world, "cleo") == {CONTENT: "manage"}


def test_staff_for_another_client_neither_sees_nor_answers(world: World) -> None:
    world.users["rita"] = factories.make_user("Rita Rossi")
    world.hosts["rita"] = world.hosts["rosa"]
    world.places["rita"] = factories.make_collaborator(
        world.rosa, world.users["rita"], rights={"clients": "manage"}, reach=[world.elan]
    )
    ref = ask(world, "cleo", "billing")
    with pytest.raises(NotFound):
        answer(world, "rita", ref)
    for who, seen in (("rita", 0), ("rico", 1), ("rosa", 1), ("carl", 0), ("cleo", 1), ("remo", 0)):
        with world.scope(who) as actor:
            assert len(queries.requests_here(actor)) == seen, who


def test_nobody_asks_or_answers_during_a_visit(world: World) -> None:
    ask(world, "cleo")
    there, first = cross(begin(world, world.browser("rosa")))
    assert there.post(f"{first}locked/billing/").status_code == 403
    ref = AccessRequest.unscoped.get().ref
    assert there.post(f"{first}requests/{ref}/answer/", {"decision": "accept"}).status_code == 403
    assert AccessRequest.unscoped.get().state == "open"


def test_a_key_asks_for_nothing(world: World) -> None:
    with world.scope("cleo") as cleo, pytest.raises(CannotWhileImpersonating):
        operations.ask_for_access(section=DESIGN, actor=replace(cleo, user_id=None, key_ref="key_x"), at=AT)


def test_a_service_is_kept_for_each_language_and_goes_with_the_last(world: World) -> None:
    offer(world)
    offer(world, "it", "Una nuova grafica ogni due anni")
    offer(world, "en", "A redesign every year")
    with world.scope("rosa") as rosa:
        assert queries.service_words(rosa, section=DESIGN, language="it").name == "Una nuova grafica ogni due anni"
        for language in ("en", "it"):
            operations.change_section_service(
                section=DESIGN, language=language, name="", text="", price="", actor=rosa, at=AT
            )
        assert [row.name for row in queries.services(rosa)] == [""] * 5
        with pytest.raises(operations.CannotChangeService, match="name"):
            operations.change_section_service(
                section=DESIGN, language="en", name="", text="Something", price="", actor=rosa, at=AT
            )
    with world.scope("ruth") as ruth, pytest.raises(Forbidden):
        operations.change_section_service(section=DESIGN, language="en", name="x", text="", price="", actor=ruth, at=AT)


# Pages and API --------------------------------------------------------------------------------------------------------


def url(name: str, *args: str) -> str:
    return reverse(name, urlconf="sublet.config.urls_main", args=args)


def test_the_page_that_says_no_says_why_and_how_to_ask(world: World) -> None:
    cleo = world.browser("cleo")
    refused = cleo.get(url("client-team", world.carl.ref))
    why = url("client-why", world.carl.ref, "team")
    assert (refused.status_code, f'href="{why}"' in refused.content.decode()) == (403, True)
    page = cleo.get(why).content.decode()
    assert "Not ticked for this person." in page
    assert "The owner of the account decides about this." in page
    sent = cleo.post(why, {"note": "For the new waiter"})
    assert (sent.status_code, sent["Location"]) == (302, url("client-requests", world.carl.ref))
    assert "Asked already" in cleo.get(why).content.decode()
    assert cleo.post(why).status_code == 409
    carl = world.browser("carl")
    page = carl.get(url("client-requests", world.carl.ref)).content.decode()
    assert "For the new waiter" in page
    ref = AccessRequest.unscoped.get().ref
    assert carl.post(url("client-request-answer", world.carl.ref, ref), {"decision": "accept"}).status_code == 302
    assert cleo.get(url("client-team", world.carl.ref)).status_code == 200


def test_what_is_closed_is_listed_but_not_what_carries_the_vendors_mark(world: World) -> None:
    page = world.browser("cleo").get(url("client-locked", world.carl.ref)).content.decode()
    for shown in ("Design", "Push", "Statistics", "Team"):
        assert shown in page, shown
    assert "Add ons" not in page
    assert (
        "Nothing is closed to you here"
        in world.browser("dora").get(url("client-locked", world.dora.ref)).content.decode()
    )


def test_a_visit_as_the_reseller_is_in_nobodys_place(world: World) -> None:
    there, first = cross(begin(world, world.browser("rosa")))
    page = there.get(f"{first}locked/").content.decode()
    assert "As far as the right on “Clients” goes." in page
    assert "in whose place" not in page


def test_the_reseller_sells_its_service_by_pages(world: World) -> None:
    rosa = world.browser("rosa")
    place = url("reseller-service", world.rosa.ref, DESIGN)
    kept = rosa.post(f"{place}?language=en", {"name": "Redesign", "text": "Every two years", "price": "€ 900"})
    assert kept.status_code == 302
    listed = rosa.get(url("reseller-services", world.rosa.ref)).content.decode()
    assert "Redesign · € 900" in listed
    assert re.search(r'<a [^>]*href="[^"]*/sections/"[^>]*aria-current="page"', listed), "the sidebar says where one is"
    assert rosa.post(f"{place}?language=en", {"name": "", "text": "x"}).status_code == 409
    assert rosa.get(f"{place}?language=xx").status_code == 404
    keep_design(world)
    carl = world.browser("carl")
    why = url("client-why", world.carl.ref, DESIGN)
    page = carl.get(why).content.decode()
    for words in ("Redesign", "Every two years", "€ 900", "Have it done", "Rosa Web Studio keeps this section"):
        assert words in page, words
    with world.scope(
        "rosa"
    ) as actor:  # in the client's own brand it is the reseller still that decides, not the client
        change_brand(account_ref=world.carl.ref, changes={"name": "Carlo"}, version=None, actor=actor, at=AT)
    assert "Rosa Web Studio decides about this" in carl.get(why).content.decode()
    assert carl.post(why, {"service": "1"}).status_code == 302
    assert "Redesign" in rosa.get(url("reseller-requests", world.rosa.ref)).content.decode()


def test_staff_that_only_looks_is_led_to_no_form_about_services(world: World) -> None:
    listed = world.browser("rosa").get(url("reseller-services", world.rosa.ref)).content.decode()
    assert "/services/product." in listed
    world.places["sam"] = factories.make_collaborator(world.rosa, world.users["sam"], rights={"clients": "view"})
    looks = world.browser("sam").get(url("reseller-services", world.rosa.ref)).content.decode()
    assert "Design" in looks
    assert "/services/product." not in looks


def test_the_api_lists_and_answers(world: World) -> None:
    ask(world, "cleo")
    beyond = ask(world, "carl", "subscription")
    rosa, carl = make_caller(world, "rosa"), make_caller(world, "carl")
    assert [each["section"] for each in rosa.get("/access-requests")["items"]] == ["subscription"]
    (own,) = carl.get("/access-requests")["items"]
    assert (own["section"], own["person"], own["may_answer"]) == (DESIGN, "Cleo Costa", True)
    assert carl.post(f"/access-requests/{beyond}/answer", {"accept": True}).status == 404
    assert carl.post(f"/access-requests/{own['ref']}/answer", {"accept": True}).status == 204
    assert rights(world, "cleo")[DESIGN] == "manage"
    again = carl.post(f"/access-requests/{own['ref']}/answer", {"accept": False})
    assert (again.status, again.code) == (409, "cannot_answer_request.answered")
    put = rosa.ask("PUT", f"/section-services/{DESIGN}", {"language": "en", "name": "Redesign", "price": "€ 900"})
    assert [each["name"] for each in put["items"] if each["name"]] == ["Redesign"]
    assert rosa.ask("PUT", "/section-services/nothing", {"language": "en", "name": "x"}).status == 404
