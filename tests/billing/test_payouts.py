"""What the vendor collected for a reseller: owed, netted, paid out once, with a statement; and the reseller's month."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from sublet.accounts.models import Account
from sublet.billing.documents.payouts import PaidOut, payout_data
from sublet.billing.documents.statements import statement_data
from sublet.billing.gateway import Contested, Refunded
from sublet.billing.invariants import balanced, numbers, payouts
from sublet.billing.models import Invoice, LedgerEntry, Payout, PayoutLine
from sublet.billing.models.payments import GatewayAccount, Payment
from sublet.billing.operations import gateways as gateway_operations
from sublet.billing.operations import keep_figures
from sublet.billing.operations.collecting import collect
from sublet.billing.operations.money_moved import payable_balance
from sublet.billing.operations.payouts import CannotPayOut, pay_out
from sublet.billing.operations.refunds import refund_payment, settle_refund
from sublet.billing.queries import payouts as queries
from sublet.core.proration import day_of
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.people.models import Collaborator
from tests.billing.gateway_in_memory import MemoryGateway
from tests.billing.payments import HOOK, KEY, Counter, machine, opened
from tests.billing.rows import make_entry, make_invoice
from tests.billing.selling import balances, day, installation
from tests.people import AT, World
from tests.portals.api.caller import make_caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(world: World) -> Any:
    """The vendor collects from Carl on Rosa's behalf; Carl has a card there."""
    with opened(MemoryGateway()) as gateway:
        with world.scope("vera") as vera:
            gateway_operations.connect_gateway(key=KEY, hook_secret=HOOK, actor=vera, at=AT)
        run_due_jobs(at=AT)
        with platform_scope("test"):
            row = GatewayAccount.objects.get(account=world.vendor)
        counter = Counter(world, gateway, row)
        counter.enter_card()
        yield counter


def collected(desk: Counter, gross: int = 10000, number: int = 1) -> Payment:
    """Carl has paid an invoice of Rosa's to the vendor."""
    world = desk.world
    invoice = make_invoice(
        world.rosa,
        world.carl,
        number=number,
        collected_by="vendor",
        list_minor=gross,
        net_minor=gross,
        gross_minor=gross,
    )
    with platform_scope("test"):
        ref = collect(owner_id=world.rosa.id, ref=invoice.ref, actor=machine(), at=AT)
    run_due_jobs(at=AT)
    with platform_scope("test"):
        found = Payment.objects.get(ref=ref)
    assert found.state == "succeeded"
    return found


def pays(world: World, amount: int, *, person: str = "vera", currency: str = "EUR") -> Payout:
    with world.scope(person) as actor:
        return pay_out(
            reseller=world.rosa.ref,
            currency=currency,
            amount=amount,
            reference="March",
            actor=actor,
            at=day("2026-04-01"),
        )


def refused(world: World, amount: int) -> str:
    with pytest.raises(CannotPayOut) as fault:
        pays(world, amount)
    return fault.value.code


def owed(world: World) -> int:
    with platform_scope("test"):
        return payable_balance(world.vendor.id, world.rosa.id, "EUR")


def whole() -> None:
    """Books add up, numbers have no gap."""
    with platform_scope("test"):
        assert list(balanced(AT)) == []
        # The rows of invoices that tests make are of no series.
        assert [each for each in numbers(AT) if "payout" in each.words] == []


def test_all_that_was_collected_is_paid_out_once(desk: Counter) -> None:
    world = desk.world
    collected(desk, 10000)
    collected(desk, 2500, number=2)
    assert owed(world) == 12500
    assert refused(world, 12000) == "changed-meanwhile"
    made = pays(world, 12500)
    assert (made.number_shown, made.minor, owed(world)) == ("PAY-1", 12500, 0)
    assert refused(world, 12500) == "nothing"
    collected(desk, 300, number=3)
    again = pays(world, 300)
    assert again.number_shown == "PAY-2"
    with platform_scope("test"):
        lines = PayoutLine.objects.order_by("entry_id").values_list("payout_id", "minor")
        assert list(lines) == [(made.id, 10000), (made.id, 2500), (again.id, 300)]
    assert "payable" not in balances()
    whole()


def test_what_it_owes_is_taken_off_first(desk: Counter) -> None:
    world = desk.world
    collected(desk, 10000)
    invoice = make_invoice(world.vendor, world.rosa, number=1, gross_minor=2900)
    later = make_invoice(world.vendor, world.rosa, number=2, gross_minor=2900)
    with world.scope("vera") as vera:
        [payable] = queries.payouts_of(vera).waiting
    assert (payable.collected, payable.open, payable.amount) == (10000, 5800, 4200)
    pays(world, 4200)
    with platform_scope("test"):
        assert set(Invoice.objects.filter(id__in=[invoice.id, later.id]).values_list("state", flat=True)) == {"paid"}
    assert owed(world) == 0
    with world.scope("rosa") as rosa:
        assert queries.payouts_of(rosa).waiting == []
    whole()


def test_where_it_owes_as_much_nothing_is_paid_out_and_nothing_booked(desk: Counter) -> None:
    world = desk.world
    collected(desk, 2000)
    invoice = make_invoice(world.vendor, world.rosa, number=1, gross_minor=2900)
    before = balances()
    assert refused(world, 2000) == "nothing"
    with platform_scope("test"):
        assert Invoice.objects.get(id=invoice.id).paid_minor == 0
    assert balances() == before
    assert owed(world) == 2000


def test_nothing_goes_out_while_it_may_have_to_go_back(desk: Counter) -> None:
    world = desk.world
    payment = collected(desk, 10000)
    with world.scope("vera") as vera:
        ref = refund_payment(payment=payment.ref, amount=1000, actor=vera, at=AT)
    assert refused(world, 10000) == "refund"
    run_due_jobs(at=AT)
    assert refused(world, 10000) == "changed-meanwhile"
    made = pays(world, 9000)
    # It comes back after all: then that is owed, too.
    with platform_scope("test"), transaction.atomic():
        row = desk.refund(ref)
        settle_refund(row.id, Refunded("re_1", "failed", 1000, "EUR", payment.intent, ref), actor=machine(), at=AT)
    assert owed(world) == 1000
    assert pays(world, 1000).number == made.number + 1
    whole()


def test_a_dispute_holds_it_and_a_lost_one_is_taken_off(desk: Counter) -> None:
    world = desk.world
    collected(desk, 10000)
    for state, code in (("open", "dispute"), ("lost", "changed-meanwhile")):
        desk.gateway.disputes["dp_1"] = Contested("dp_1", state, 400, "EUR", "pi_1", "fraudulent", None)
        desk.deliver(desk.gateway.tell("charge.dispute.updated", "dp_1", AT), AT)
        run_due_jobs(at=AT)
        assert refused(world, 10000) == code
    pays(world, 9600)
    whole()


def test_only_the_vendor_pays_out(desk: Counter) -> None:
    world = desk.world
    collected(desk)
    for person in ("rosa", "remo", "carl"):
        with pytest.raises((NotFound, Forbidden)):
            pays(world, 10000, person=person)
    with world.scope("vera") as vera, pytest.raises(NotFound):
        pay_out(reseller=world.carl.ref, currency="EUR", amount=1, actor=vera, at=AT)
    assert owed(world) == 10000
    pays(world, 10000)  # the positive control


def test_each_side_reads_its_own(desk: Counter) -> None:
    world = desk.world
    collected(desk)
    made = pays(world, 10000)
    for person, seen in (("vera", 1), ("rosa", 1), ("remo", 0)):
        with world.scope(person) as actor:
            assert len(queries.payouts_of(actor).rows) == seen
    with world.scope("carl") as carl, pytest.raises((NotFound, Forbidden)):
        queries.payouts_of(carl)
    with world.scope("remo") as remo, pytest.raises(NotFound):
        queries.payout_file(remo, made.ref)
    with world.scope("rosa") as rosa:
        number, content = queries.payout_file(rosa, made.ref)
    assert (number, content[:5]) == ("PAY-1", b"%PDF-")
    with platform_scope("test"):
        Collaborator.unscoped.filter(id=world.places["rico"].id).update(rights_words={"billing": "manage"})
    with world.scope("rico") as rico, pytest.raises(Forbidden):  # it is of all clients together
        queries.payouts_of(rico)


def test_it_is_told_in_history_and_mail_without_an_amount_in_the_history(desk: Counter) -> None:
    world = desk.world
    collected(desk)
    made = pays(world, 10000)
    entry = JournalEntry.unscoped.get(event="payout.made")
    assert entry.account_id == world.rosa.id
    assert entry.data == {"payout": made.ref, "number": "PAY-1", "ref": world.rosa.ref, "name": world.rosa.name}
    mail = OutboxMail.unscoped.get(template="payout-made")
    assert (mail.to_email, mail.account_id) == ("rosa@example.test", world.vendor.id)
    assert "€100.00" in mail.subject


def test_a_payout_is_never_changed(desk: Counter) -> None:
    collected(desk)
    made = pays(desk.world, 10000)
    for statement in ("UPDATE payout SET minor = 1 WHERE id = %s", "DELETE FROM payout_line WHERE payout_id = %s"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [made.id])
    with platform_scope("test"):
        assert (Payout.objects.get().minor, PayoutLine.objects.count()) == (10000, 1)


def test_what_goes_back_after_it_was_paid_out_is_seen_and_taken_off_the_next_payout(desk: Counter) -> None:
    world = desk.world
    payment = collected(desk, 10000)
    pays(world, 10000)
    with world.scope("vera") as vera:
        refund_payment(payment=payment.ref, amount=1000, actor=vera, at=AT)
    run_due_jobs(at=AT)
    assert owed(world) == -1000
    for person, portal, own in (("vera", "vendor", world.vendor), ("rosa", "reseller", world.rosa)):
        with world.scope(person) as actor:
            [payable] = queries.payouts_of(actor).waiting
        assert (payable.collected, payable.open, payable.amount) == (-1000, 0, 0)
        page = html.unescape(world.browser(person).get(f"/{portal}/{own.ref}/money/payouts/").content.decode())
        assert "went back after it was paid out" in page
        assert "/money/payouts/to/" not in page  # nothing can be paid out
    assert refused(world, 1000) == "nothing"
    collected(desk, 2500, number=2)
    assert refused(world, 2500) == "changed-meanwhile"
    pays(world, 1500)
    assert owed(world) == 0
    whole()


def test_a_line_has_its_day_where_the_vendor_is(desk: Counter) -> None:
    world = desk.world
    with platform_scope("test"):
        Account.objects.filter(id=world.vendor.id).update(timezone="Pacific/Auckland")
    payment = collected(desk)
    with platform_scope("test"):
        at = LedgerEntry.objects.get(key=f"collected:{payment.ref}").at
    with world.scope("vera") as vera:
        [row] = queries.payable_shown(vera, world.rosa.ref, "EUR").rows
    assert row.day == day_of(at, "Pacific/Auckland")
    late = at.replace(hour=23)
    assert day_of(late, "Pacific/Auckland") != late.date()  # the positive control


def test_a_payout_whose_lines_do_not_add_up_is_found(desk: Counter) -> None:
    world = desk.world
    collected(desk)
    made = pays(world, 10000)
    with platform_scope("test"):
        assert list(payouts(AT)) == []
        # Of another payout that nothing is left of: as after somebody's hand.
        Payout(
            account_id=made.account_id, debtor_id=made.debtor_id, number=2, day=made.day, currency="EUR", minor=500,
            made_at=AT, made_by="t",
        ).save(force_insert=True)  # fmt: skip
        [broken] = payouts(AT)
    assert "lines None, ledger None" in broken.words


# Pages and API ---------------------------------------------------------------------------------------------------------


def test_the_vendors_pages_pay_out_what_they_show(desk: Counter) -> None:
    world = desk.world
    collected(desk, 10000)
    vera, base = world.browser("vera"), f"/vendor/{world.vendor.ref}/money/payouts/"
    assert "€100.00" in vera.get(base).content.decode()
    one = f"{base}to/{world.rosa.ref}/EUR/"
    page = html.unescape(vera.get(one).content.decode())
    assert 'name="amount" value="10000"' in page
    assert "Carl’s Kitchen" in page
    answer = vera.post(one, {"amount": "9000", "reference": "x"})
    assert answer.status_code == 422
    assert "another amount by now" in html.unescape(answer.content.decode())
    assert vera.post(one, {"amount": "10000", "reference": "March"}).status_code == 302
    assert "PAY-1" in vera.get(base).content.decode()
    assert vera.get(one).status_code == 404
    with platform_scope("test"):
        made = Payout.objects.get()
    file = vera.get(f"{base}{made.ref}/file/")
    assert (file.status_code, file["Content-Type"]) == (200, "application/pdf")
    rosa = world.browser("rosa")
    assert "PAY-1" in rosa.get(f"/reseller/{world.rosa.ref}/money/payouts/").content.decode()
    assert rosa.get(f"/reseller/{world.rosa.ref}/money/payouts/{made.ref}/file/").status_code == 200
    assert world.browser("remo").get(f"/reseller/{world.remo.ref}/money/payouts/{made.ref}/file/").status_code == 404


def test_empty_pages_say_so(world: World) -> None:
    for person, path, words in (
        ("vera", f"/vendor/{world.vendor.ref}/money/payouts/", "on behalf of a reseller is owed to it"),
        ("rosa", f"/reseller/{world.rosa.ref}/money/payouts/", "is paid out to you, less what you owe"),
    ):
        page = world.browser(person).get(path).content.decode()
        assert "Nothing was paid out yet" in page
        assert words in page


def test_the_api_tells_and_pays_out(desk: Counter) -> None:
    world = desk.world
    collected(desk, 10000)
    vera = make_caller(world, "vera", rights={"billing": "manage"})
    rosa = make_caller(world, "rosa", rights={"billing": "manage"})
    [waiting] = vera.ask("GET", "/payouts")["waiting"]
    assert (waiting["reseller"]["ref"], waiting["amount"]) == (world.rosa.ref, 10000)
    body = {"reseller": world.rosa.ref, "currency": "EUR", "amount": 10000, "reference": "March"}
    assert rosa.ask("POST", "/payouts", body).status == 405
    answer = vera.ask("POST", "/payouts", body)
    assert answer.status == 201
    [item] = rosa.ask("GET", "/payouts")["items"]
    assert (item["number"], item["amount"], item["reference"]) == ("PAY-1", 10000, "March")
    assert vera.ask("POST", "/payouts", body).status == 409
    assert rosa.ask("GET", f"/payouts/{item['ref']}/file").status == 200


@pytest.mark.parametrize("month", ["9999-12", "0001-01"])
def test_a_statement_of_a_month_that_nobody_lives_in_is_not_found(world: World, month: str) -> None:
    path = f"/reseller/{world.rosa.ref}/money/profit/statement/?month={month}"
    assert world.browser("rosa").get(path).status_code == 404
    caller = make_caller(world, "rosa", rights={"billing": "view"})
    assert caller.ask("GET", f"/statement?month={month}-01").status == 422


def test_a_statement_says_that_other_currencies_are_not_in_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a client whose wholesale is in dollars would seem to cost nothing."""
    make_entry(world.rosa, world.carl, 9900, due_at=AT)
    make_entry(world.vendor, world.rosa, 2400, client=world.carl, due_at=AT, currency="USD")
    keep_figures(actor=installation(), at=now())
    told: list[Any] = []

    def keep(what: Any, letterhead: object, on: object) -> bytes:
        told.append(what)
        return b"%PDF-"

    monkeypatch.setattr("sublet.billing.documents.render_statement", keep)
    with world.scope("rosa") as rosa:
        queries.statement_file(rosa, month=AT.date(), currency="EUR", at=now())
    assert told[0].others == ("USD",)
    assert "Amounts in USD are not part of it" in " ".join(statement_data(told[0])["notes"])


# A month's statement ---------------------------------------------------------------------------------------------------


def test_a_month_is_told_client_by_client_in_a_pdf(world: World) -> None:
    make_entry(world.rosa, world.carl, 9900, due_at=AT)
    make_entry(world.vendor, world.rosa, 2400, client=world.carl, due_at=AT)
    keep_figures(actor=installation(), at=now())
    with world.scope("rosa") as rosa:
        content = queries.statement_file(rosa, month=AT.date(), at=now())
    assert content[:5] == b"%PDF-"
    path = f"/reseller/{world.rosa.ref}/money/profit/statement/?month={AT:%Y-%m}"
    assert world.browser("rosa").get(path)["Content-Type"] == "application/pdf"
    rosa_calls = make_caller(world, "rosa", rights={"billing": "view"})
    assert rosa_calls.ask("GET", f"/statement?month={AT:%Y-%m-%d}").status == 200
    with platform_scope("test"):
        Collaborator.unscoped.filter(id=world.places["rico"].id).update(rights_words={"billing": "manage"})
    assert world.browser("rico").get(path).status_code == 403
    with world.scope("vera") as vera, pytest.raises(NotFound):  # the vendor reads no retail
        queries.statement_file(vera, month=AT.date(), at=now())


def test_the_statement_of_a_payout_says_each_line_and_the_sum(desk: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    world = desk.world
    collected(desk, 10000)
    make_invoice(world.vendor, world.rosa, number=1, gross_minor=2900)
    made = pays(world, 7100)
    told: list[Any] = []

    def keep(what: PaidOut, letterhead: object) -> bytes:
        told.append(what)
        return b"%PDF-"

    monkeypatch.setattr(queries, "render_payout", keep)
    with world.scope("rosa") as rosa:
        queries.payout_file(rosa, made.ref)
    data = payout_data(told[0])
    assert [(row["name"], row["more"], row["amount"]) for row in data["rows"]] == [
        ("Collected: 1", "Carl’s Kitchen", "100.00"), ("Your invoice 1", "", "-29.00"),
    ]  # fmt: skip
    assert data["totals"] == ["Paid out", "71.00"]
