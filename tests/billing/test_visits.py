"""Money in a visit: who sees what a client pays, how far a grant goes, and what nobody does in a client's name."""

from __future__ import annotations

import hashlib
import html
import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sublet.accounts.models import Account
from sublet.accounts.operations import change_details
from sublet.billing.models import Invoice, InvoicePaper
from sublet.billing.models.payments import Payment, PaymentLink, PaymentMethod
from sublet.billing.operations import dunning, links, methods
from sublet.billing.queries.bank import open_claims
from sublet.billing.queries.payments import own_methods, own_payments
from sublet.core.rights import Level, Rights
from sublet.foundation.actor import Impersonator
from sublet.foundation.clock import now
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.people.models import Collaborator, Grant, Impersonation
from tests.billing.payments import Counter
from tests.billing.rows import make_invoice
from tests.moves.steps import transfer
from tests.people import AT, CARL_HOST, World, proved
from tests.people.test_impersonation import THERE, entry
from tests.people.test_impersonation import begin as begin_visit
from tests.people.test_impersonation import cross as cross_over
from tests.portals.shared.test_visits import begin, cross

pytestmark = pytest.mark.django_db
PAGES = ("billing/", "billing/{invoice}/", "billing/{invoice}/1/")


def owed(world: World) -> Invoice:
    """What Rosa asks of Carl, with its file."""
    invoice = make_invoice(world.rosa, world.carl, number=1)
    with platform_scope("test"):
        Account.objects.filter(id=world.carl.id).update(gets_invoices=True)
        InvoicePaper.objects.create(
            account_id=world.rosa.id, book="retail", invoice_id=invoice.id, pdf=b"%PDF-1.7",
            digest=hashlib.sha256(b"%PDF-1.7").hexdigest(), made_at=AT,
        )  # fmt: skip
    return invoice


def visit(world: World, by: str = "rosa", mode: str = "reseller") -> tuple[Client, str]:
    """The browser in Carl's account, and what the addresses of the visit begin with."""
    values = {"collaborator": world.places["carl"].ref} if mode == "client" else {}
    return cross(begin(world, world.browser(by), mode=mode, **values))


def change_grant(world: World, **values: Any) -> None:
    with platform_scope("test"):
        Grant.objects.filter(account=world.carl).update(**values)


@pytest.mark.parametrize(
    ("rights", "status"),
    [
        ({"clients": "manage"}, 403),
        ({"clients": "manage", "subscription": "manage"}, 403),
        ({"clients": "manage", "billing": "view"}, 200),
        ({"clients": "view", "billing": "manage"}, 200),
    ],
)
def test_a_visitor_sees_of_a_clients_money_what_it_sees_at_home(
    counter: Counter, rights: dict[str, str], status: int
) -> None:
    world, invoice = counter.world, owed(counter.world)
    with platform_scope("test"):
        Collaborator.objects.filter(id=world.places["rico"].id).update(rights_words=rights)
    there, first = visit(world, "rico")
    assert [there.get(first + page.format(invoice=invoice.ref)).status_code for page in PAGES] == [status] * 3
    at_home = world.browser("rico").get(f"/reseller/{world.rosa.ref}/money/invoices/{invoice.ref}/")
    assert at_home.status_code == status
    why = html.unescape(there.get(f"{first}locked/billing/").content.decode())
    assert ("the visitor’s own right on this section" in why) == (rights["clients"] == "manage")
    assert "Ask for it on the page “What you can do here”, in your own account." in why
    menu = there.get(first).content.decode()
    assert (f"{first}billing/" in menu, "billing/paying/" in menu) == (status == 200, False)


@pytest.mark.parametrize(
    ("everywhere", "sections", "level"),
    [
        ("none", {"team": "view"}, Level.NONE),
        ("none", {"billing": "view"}, Level.VIEW),
        ("none", {"billing": "manage"}, Level.MANAGE),
        ("view", {}, Level.VIEW),
        ("manage", {}, Level.MANAGE),
    ],
)
def test_a_grant_says_how_far_a_visit_gets_into_the_money(
    counter: Counter, everywhere: str, sections: dict[str, str], level: Level
) -> None:
    world, invoice = counter.world, owed(counter.world)
    change_grant(world, everywhere=everywhere, scope_words=sections)
    begun = begin_visit(world, client="carl")
    cross_over(begun)
    found = entry(world, begun, "carl", host=CARL_HOST, session=THERE)
    assert found is not None
    assert found.actor.rights.level("billing") == level
    there, first = visit(world)
    status = 403 if level is Level.NONE else 200
    assert [there.get(first + page.format(invoice=invoice.ref)).status_code for page in PAGES] == [status] * 3


def test_a_grant_that_ends_closes_the_bills_at_the_next_click(counter: Counter) -> None:
    there, first = visit(counter.world)
    assert there.get(f"{first}billing/").status_code == 200
    change_grant(counter.world, state="ended", ends_at=now())
    answer = there.get(f"{first}billing/")
    assert (answer.status_code, "This visit has ended" in answer.content.decode()) == (403, True)


@pytest.mark.parametrize("mode", ["reseller", "client"])
def test_nobody_pays_takes_files_away_or_reads_payment_data_in_a_clients_name(counter: Counter, mode: str) -> None:
    world, invoice, card = counter.world, owed(counter.world), counter.enter_card()
    with world.scope("rosa") as rosa:
        link = links.make_link(payer=world.carl.ref, actor=rosa, at=now()).url
    to_pay = "/pay/" + link.partition("/pay/")[2]
    asked = (
        ("post", f"billing/{invoice.ref}/pay/"),
        ("post", f"billing/paying/{card.ref}/remove/"),
        ("get", f"billing/{invoice.ref}/file/pdf/"),
        ("get", "billing/paying/"),
    )
    there, first = visit(world, mode=mode)
    assert [getattr(there, method)(first + path).status_code for method, path in asked] == [403] * 4
    prefix = first.partition("/client/")[0]
    assert [there.get(prefix + to_pay).status_code, there.post(prefix + to_pay).status_code] == [404] * 2
    with platform_scope("test"):
        assert PaymentMethod.objects.get().removed_at is None
        assert (Payment.objects.count(), PaymentLink.objects.filter(invoice=invoice.ref).count()) == (0, 0)
    page = there.get(f"{first}billing/{invoice.ref}/").content.decode()
    assert ("/pay/" in page, "/file/" in page) == (False, False)
    # The positive control: Carl himself.
    own, carl = f"/client/{world.carl.ref}/", world.browser("carl")
    page = carl.get(f"{own}billing/{invoice.ref}/").content.decode()
    assert (f"{invoice.ref}/pay/" in page, "/file/pdf/" in page) == (True, True)
    answers = [getattr(carl, method)(own + path) for method, path in asked]
    assert [each.status_code for each in answers] == [302, 302, 200, 200]
    assert "/pay/" in answers[0]["Location"]
    with platform_scope("test"):
        assert PaymentMethod.objects.get().removed_at is not None


@pytest.mark.parametrize(("mode", "fault"), [("reseller", CannotWhileImpersonating), ("client", Forbidden)])
def test_the_second_wall_stands_where_no_page_does(counter: Counter, mode: str, fault: type[Exception]) -> None:
    world, invoice, card = counter.world, owed(counter.world), counter.enter_card()
    begun = begin_visit(world, client="carl", mode=mode)
    cross_over(begun)
    found = entry(world, begun, "carl", host=CARL_HOST, session=THERE)
    assert found is not None
    with actor_scope(found.actor):
        with pytest.raises(fault):
            dunning.way_to_pay(invoice=invoice.ref, actor=found.actor, at=AT)
        with pytest.raises(CannotWhileImpersonating):
            methods.remove_method(ref=card.ref, actor=found.actor, at=AT)


def test_in_the_clients_place_its_bills_are_closed(counter: Counter) -> None:
    """Its owner sees them because it is the owner, and nobody else is."""
    invoice = owed(counter.world)
    there, first = visit(counter.world, mode="client")
    assert [there.get(first + page.format(invoice=invoice.ref)).status_code for page in PAGES] == [403] * 3


def test_the_client_reads_that_somebody_looked_at_its_bills(counter: Counter) -> None:
    world, invoice = counter.world, owed(counter.world)
    there, first = visit(world)
    for page in PAGES:
        there.get(first + page.format(invoice=invoice.ref))
    there.get(f"{first}billing/paying/")
    row = Impersonation.unscoped.get()
    page = world.browser("carl").get(f"/client/{world.carl.ref}/visits/{row.ref}/").content.decode()
    looked = page.partition("What was only looked at")[2]
    assert looked.index("Billing") < looked.index("3 times") < looked.index("Way of paying")
    assert "Another page" not in looked


def test_the_next_reseller_reads_no_bills_of_the_time_before(counter: Counter) -> None:
    """They say what its competitor asked for; the client itself goes on reading them."""
    world, before = counter.world, owed(counter.world)
    card = counter.enter_card()
    counter.start(before.ref)
    there, first = visit(world)
    assert before.ref in there.get(f"{first}billing/").content.decode()  # the positive control
    transfer(world, now())
    after = make_invoice(world.remo, world.carl, number=77)
    browser = world.browser("remo")
    url = reverse("reseller-impersonate", urlconf="sublet.config.urls_main", args=[world.remo.ref, world.carl.ref])
    sent = proved(browser).post(url, {"mode": "reseller", "reason": "Looks after the bills"})
    found = re.search(r'http-equiv="refresh" content="0;url=https?://([^"]+)"', sent.content.decode())
    assert found is not None
    there, first = cross(found[1])
    listed = there.get(f"{first}billing/").content.decode()
    assert (before.ref in listed, after.ref in listed) == (False, True)
    for path in (f"billing/{before.ref}/", f"billing/{before.ref}/1/"):
        assert there.get(first + path).status_code == 404
    assert there.get(f"{first}billing/{after.ref}/").status_code == 200
    own = world.browser("carl").get(f"/client/{world.carl.ref}/billing/").content.decode()
    assert (before.ref in own, after.ref in own) == (True, True)
    # The second wall, where no page stands before it.
    rights = Rights.of({"billing": "view"})
    asks = Impersonator(world.users["remo"].id, "Remo", world.remo.id, "ims_23456789abcdef", "reseller")
    with world.scope("carl") as carl:
        visitor = replace(carl, is_owner=False, rights=rights, impersonator=asks)
        assert ([*own_methods(visitor)], own_payments(visitor)[0]) == ([], [])
        assert [row.ref for row in own_methods(carl)] == [card.ref]
        assert len(own_payments(carl)[0]) == 1


def test_whom_a_client_has_left_reads_no_newer_name_on_its_money(counter: Counter) -> None:
    world, invoice = counter.world, owed(counter.world)
    counter.enter_card()
    payment = counter.start(invoice.ref)
    transfer(world, now())
    with world.scope("remo") as remo:
        change_details(ref=world.carl.ref, changes={"name": "Carl & Daughters"}, version=None, actor=remo, at=now())
    rosa, base = world.browser("rosa"), f"/reseller/{world.rosa.ref}/money/"
    pages = [
        "invoices/", f"invoices/{invoice.ref}/", "receivables/", "payments/", f"payments/{payment.ref}/",
    ]  # fmt: skip
    for page in pages:
        shown = rosa.get(base + page)
        assert shown.status_code == 200, page
        text = html.unescape(shown.content.decode())
        assert ("Daughters" in text, "Carl’s Kitchen" in text) == (False, True), page
    with world.scope("rosa") as actor:
        [claim] = open_claims(world.rosa.id, reader=actor)
    assert claim.names[0] == "Carl’s Kitchen"  # what is shown; the bank may know the newer one
