"""Who sends invoices: versions that never change, what cannot be a number, and who may; billing addresses and the register."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from sublet.billing.models import Issuer, Recipient, VatCheck
from sublet.billing.operations.issuers import (
    CannotChangeIssuer,
    CannotChangeRecipient,
    change_issuer,
    change_recipient,
)
from sublet.billing.operations.vat_checks import RegisterSilent, ask, renew
from sublet.billing.queries.issuers import issuer_view, proved_at, recipient_view
from sublet.billing.queries.papers import sample_pdf
from sublet.billing.queries.parties import Buyer, buyers_of, taxed_between
from sublet.billing.vat_register import Answer, Vies
from sublet.core.tax import PERSON, TaxFacts
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.jobs.models import Job
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import account_scope, platform_scope
from tests.branding.test_documents import read
from tests.people import AT, World

DAY = timedelta(days=1)
ROSA: dict[str, Any] = {
    "legal_name": "Studio Rosa S.r.l.", "street": "Via Roma 1", "postal_code": "20121", "city": "Milano", "country": "IT",
    "vat_id": "IT 00743110157", "iban": "it60 x054 2811 1010 0000 0123 456", "bic": "BPPIITRRXXX", "invoice_prefix": "2026-",
}  # fmt: skip
CARL: dict[str, Any] = {
    "legal_name": "Carl GmbH", "street": "Weg 2", "postal_code": "10115", "city": "Berlin", "country": "DE", "vat_id": "DE136695976",
}  # fmt: skip


def say(world: World, changes: dict[str, Any] = ROSA, version: int = 0, who: str = "rosa") -> Issuer:
    with world.scope(who) as actor:
        return change_issuer(changes=changes, version=version, actor=actor, at=AT)


def told(name: str) -> list[dict[str, Any]]:
    with platform_scope("looks at what happened"):
        return [row.data for row in JournalEntry.unscoped.filter(event=name).order_by("id")]


def test_an_issuer_is_said_and_numbers_are_written_one_way(world: World) -> None:
    with world.scope("rosa") as rosa:
        before = issuer_view(rosa)
        assert (before.is_set, before.issuer.legal_name, Issuer.objects.count()) == (False, "Rosa Web Studio", 0)
    made = say(world)
    assert (made.version, made.vat_id, made.iban) == (1, "IT00743110157", "IT60X0542811101000000123456")
    with world.scope("rosa") as rosa:
        assert issuer_view(rosa).issuer == made
    assert [entry["version"] for entry in told("issuer.changed")] == [1]
    assert "IT60X0542811101000000123456" not in json.dumps(told("issuer.changed"))


def test_a_change_is_another_version_and_the_same_is_none(world: World) -> None:
    first = say(world)
    again = say(world, {"vat_id": "it00743110157"}, 1)
    second = say(world, {"payment_days": 30}, 1)
    assert (again.id, second.version, second.payment_days, second.vat_id) == (first.id, 2, 30, "IT00743110157")
    assert [entry["fields"] for entry in told("issuer.changed")][1:] == [["payment_days"]]
    with world.scope("rosa"):
        assert [(row.version, row.payment_days) for row in Issuer.objects.order_by("version")] == [(1, 14), (2, 30)]
    with pytest.raises(CannotChangeIssuer, match="changed-meanwhile"):
        say(world, {"payment_days": 7}, 1)
    with world.scope("rosa"), pytest.raises(RuntimeError, match="never changes"):
        first.save()


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"legal_name": " "}, "missing", "legal_name"),
        ({"city": ""}, "missing", "city"),
        ({"country": "Italy"}, "too-long", "country"),
        ({"country": "1T"}, "wrong-country", "country"),
        ({"vat_id": "IT00743110158"}, "wrong-vat-id", "vat_id"),
        ({"vat_id": "DE136695976"}, "other-country", "vat_id"),
        ({"vat_id": ""}, "number-needed", "vat_id"),
        ({"iban": "IT61X0542811101000000123456"}, "wrong-iban", "iban"),
        ({"bic": "BPP"}, "wrong-bic", "bic"),
        ({"currency": "XXX"}, "wrong-currency", "currency"),
        ({"standard_rate": 100}, "wrong-rate", "standard_rate"),
        ({"country": "BR", "vat_id": "", "tax_number": "1"}, "rate-needed", "standard_rate"),
        ({"invoice_prefix": "2026"}, "wrong-prefix", "invoice_prefix"),
        ({"credit_prefix": "A B"}, "wrong-prefix", "credit_prefix"),
        ({"payment_days": 366}, "wrong-days", "payment_days"),
        ({"email": "rosa"}, "wrong-email", "email"),
        ({"tax_regime": "none-of-it"}, "wrong-choice", "tax_regime"),
        ({"rounding": "up"}, "wrong-choice", "rounding"),
        ({"footer": "x" * 501}, "too-long", "footer"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(world: World, changes: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(CannotChangeIssuer) as refused:
        say(world, ROSA | changes)
    assert (refused.value.code, refused.value.field) == (code, field)
    with world.scope("rosa"):
        assert Issuer.objects.count() == 0


def test_only_vendors_and_resellers_send_invoices_and_only_with_the_right(world: World) -> None:
    say(world)
    for person in ("cleo", "dora"):
        with world.scope(person) as actor, pytest.raises((NotFound, Forbidden)):
            change_issuer(changes=ROSA, version=0, actor=actor, at=AT)
    with world.scope("nora") as nora, pytest.raises((NotFound, Forbidden)):
        issuer_view(nora)
    with world.scope("remo") as remo:
        assert not issuer_view(remo).is_set


@pytest.mark.postgres
def test_the_database_shows_an_issuer_to_nobody_else(world: World) -> None:
    say(world)
    for account, seen in ((world.rosa, 1), (world.remo, 0), (world.carl, 0)):
        with account_scope(account.id), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM issuer")
            assert cursor.fetchone() == (seen,)
    with (
        account_scope(world.remo.id),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO vat_check (account_id, ref, vat_id, state, asked_at, name, address, proof)"
            " VALUES (%s, 'vat_x', 'IT1', 'valid', now(), '', '', '')",
            [world.carl.id],
        )


def test_a_sample_is_in_the_brand_and_says_that_it_is_one(world: World) -> None:
    say(world)
    with world.scope("rosa") as rosa:
        text = read(sample_pdf(rosa, language="en", on=AT.date()))
    for part in (
        "Sample",
        "Studio Rosa S.r.l.",
        "Rosa Web Studio",
        "2026-1",
        "VAT 22%",
        "IT60 X054 2811 1010 0000 0123 456",
    ):
        assert part in text


# Billing addresses, and the register ------------------------------------------------------------------------------------


def address(
    world: World, changes: dict[str, Any] = CARL, version: int = 0, who: str = "rosa", at: Any = AT
) -> Recipient:
    with world.scope(who) as actor:
        return change_recipient(ref=world.carl.ref, changes=changes, version=version, actor=actor, at=at)


class Register:
    """A register in memory."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str]] = []

    def ask(self, vat_id: str, *, requester: str = "") -> Answer:
        self.asked.append((vat_id, requester))
        return self.answers.pop(0)


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Register:
    made = Register(Answer("valid", "CARL GMBH", "WEG 2", "W-1"))
    monkeypatch.setattr("sublet.billing.vat_register.register", lambda: made)
    return made


def test_a_billing_address_is_said_by_who_bills_and_looked_up_by_a_job(world: World, register: Register) -> None:
    say(world)
    made = address(world)
    assert (made.version, register.asked) == (1, [])  # nothing in the request
    with world.scope("rosa") as rosa:
        view = recipient_view(rosa, world.carl.ref)
        assert view.check is not None
        assert (view.check.state, proved_at(world.carl.id, made.vat_id, AT)) == ("asked", False)
    run_due_jobs(at=AT)
    assert register.asked == [("DE136695976", "IT00743110157")]
    with world.scope("rosa") as rosa:
        view = recipient_view(rosa, world.carl.ref)
        assert view.check is not None
        assert (view.check.state, view.check.name, view.check.proof) == ("valid", "CARL GMBH", "W-1")
        assert proved_at(world.carl.id, made.vat_id, AT + DAY)
    assert [each["answer"] for each in told("vat_id.checked")] == ["valid"]


def test_an_answer_holds_for_a_month_and_is_then_asked_for_again(world: World, register: Register) -> None:
    address(world)
    run_due_jobs(at=AT)
    address(world, {"city": "Köln"}, 1, at=AT + DAY)
    run_due_jobs(at=AT + DAY)
    assert len(register.asked) == 1
    register.answers.append(Answer("invalid"))
    with world.scope("vera") as vera:
        assert renew(actor=vera, at=AT + 29 * DAY) == 0
        assert renew(actor=vera, at=AT + 31 * DAY) == 1
        assert renew(actor=vera, at=AT + 31 * DAY) == 0  # on its way
    run_due_jobs(at=AT + 31 * DAY)
    with world.scope("rosa"):
        assert proved_at(world.carl.id, "DE136695976", AT + 30 * DAY)
        assert not proved_at(world.carl.id, "DE136695976", AT + 32 * DAY)


def test_silence_is_neither_a_yes_nor_a_no(world: World, register: Register) -> None:
    register.answers[:] = [Answer("unknown"), Answer("unknown")]
    address(world)
    with world.scope("rosa") as rosa:
        check = VatCheck.objects.get()
        with pytest.raises(RegisterSilent):
            ask(ref=check.ref, last=False, actor=rosa, at=AT)
        assert VatCheck.objects.get().state == "asked"
        ask(ref=check.ref, last=True, actor=rosa, at=AT)
        assert VatCheck.objects.get().state == "unknown"
        assert ask(ref=check.ref, last=True, actor=rosa, at=AT) is None  # answered: not asked again
        assert not proved_at(world.carl.id, "DE136695976", AT + DAY)
    assert len(register.asked) == 2


@pytest.mark.parametrize(("before", "category", "proof"), [("valid", "AE", "W-1"), ("invalid", "S", "")])
def test_a_silent_register_takes_no_answer_back(
    world: World, register: Register, before: str, category: str, proof: str
) -> None:
    issuer = say(world)
    register.answers[:] = [Answer(before, proof=proof), Answer("unknown"), Answer("valid", proof="W-3")]
    address(world)
    run_due_jobs(at=AT)
    later = AT + 31 * DAY
    with world.scope("vera") as vera:
        assert renew(actor=vera, at=later) == 1
    with platform_scope("test"):
        silent = VatCheck.objects.get(state="asked")
    with world.scope("rosa") as rosa:
        ask(ref=silent.ref, last=True, actor=rosa, at=later)
        assert VatCheck.objects.order_by("-id").values_list("state", flat=True)[0] == "unknown"
        buyer = buyers_of([world.carl.id], at=later + DAY)[world.carl.id]
        assert proved_at(world.carl.id, "DE136695976", later + DAY) is (before == "valid")
    assert (taxed_between(issuer, buyer).category, buyer.data["vat_check"]) == (category, proof)
    # Silence holds for nothing: the next day it is asked again.
    with world.scope("vera") as vera:
        assert renew(actor=vera, at=later + DAY) == 1
    with platform_scope("test"):
        again = VatCheck.objects.get(state="asked")
    with world.scope("rosa") as rosa:
        ask(ref=again.ref, last=True, actor=rosa, at=later + DAY)
        assert buyers_of([world.carl.id], at=later + DAY)[world.carl.id].data["vat_check"] == "W-3"
        assert buyers_of([world.carl.id], at=later)[world.carl.id].data["vat_check"] == proof


def test_looking_for_old_answers_takes_the_same_statements_however_many_there_are(
    world: World, register: Register
) -> None:
    register.answers[:] = [Answer("valid")] * 3
    counted = []
    for some in ([world.carl], [world.elan, world.zorba]):
        for client in some:
            with world.scope("rosa") as rosa:
                change_recipient(ref=client.ref, changes=CARL, version=0, actor=rosa, at=AT)
        run_due_jobs(at=AT)
        with world.scope("vera") as vera, CaptureQueriesContext(connection) as statements:
            assert renew(actor=vera, at=AT + DAY) == 0
        counted.append(sum("FROM" in each["sql"] for each in statements.captured_queries))
    assert counted == [3, 3]  # numbers, answers, and that there are no more numbers


def test_numbers_of_no_union_country_are_not_looked_up(world: World, register: Register) -> None:
    address(world, CARL | {"country": "CH", "vat_id": "CHE-107.787.577 IVA"})
    run_due_jobs(at=AT)
    assert register.asked == []


def test_a_billing_address_is_nobody_elses(world: World, register: Register) -> None:
    for person in ("remo", "nora"):
        with pytest.raises((NotFound, Forbidden)):
            address(world, who=person)
    with pytest.raises(CannotChangeRecipient, match="other-country"):
        address(world, CARL | {"country": "FR"})
    address(world)
    with pytest.raises(CannotChangeRecipient, match="changed-meanwhile"):
        address(world, {"city": "Köln"})
    with world.scope("rosa"):
        assert Recipient.objects.get().city == "Berlin"


class _Vies(BaseHTTPRequestHandler):
    """Answers as the documentation of the Commission's REST interface says."""

    answers: ClassVar[list[tuple[int, Any]]] = []
    asked: ClassVar[list[Any]] = []

    def do_POST(self) -> None:
        self.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        status, answer = self.answers.pop(0)
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Nothing."""


@pytest.fixture
def vies(settings: Any) -> Iterator[Vies]:
    server = HTTPServer(("127.0.0.1", 0), _Vies)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    _Vies.answers.clear()
    _Vies.asked.clear()
    yield Vies(f"http://127.0.0.1:{server.server_port}/check-vat-number")
    server.shutdown()
    server.server_close()


def test_the_register_of_the_commission_is_understood(vies: Vies) -> None:
    _Vies.answers += [
        (200, {"countryCode": "DE", "vatNumber": "136695976", "valid": True, "requestIdentifier": "W1", "name": "---", "address": "A\nB"}),
        (200, {"countryCode": "DE", "vatNumber": "136695976", "valid": False, "name": "---"}),
        (200, {"actionSucceed": False, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]}),
        (200, {"valid": "true"}),
        (200, b"<html>"),
        (200, []),
        (500, {"valid": True}),
    ]  # fmt: skip
    assert vies.ask("DE136695976", requester="IT00743110157") == Answer("valid", "", "A B", "W1")
    assert vies.ask("DE136695976") == Answer("invalid")
    assert [vies.ask("DE136695976").state for _ in range(5)] == ["unknown"] * 5
    assert _Vies.asked[:2] == [
        {"countryCode": "DE", "vatNumber": "136695976", "requesterMemberStateCode": "IT", "requesterNumber": "00743110157"},
        {"countryCode": "DE", "vatNumber": "136695976"},
    ]  # fmt: skip


def test_a_register_that_is_not_there_says_nothing(settings: Any) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    assert Vies("http://127.0.0.1:9/").ask("DE136695976") == Answer("unknown")


def test_where_nothing_is_asked_no_job_waits(world: World, settings: Any) -> None:
    settings.VAT_REGISTER = "none"
    address(world)
    with platform_scope("looks at the queue"):
        assert not Job.unscoped.filter(kind="billing.check_vat_id").exists()


def test_a_person_abroad_pays_the_tax_of_its_country_where_the_issuer_has_said_so(world: World) -> None:
    """The one-stop shop of the Union: at home, to businesses and outside of it nothing is otherwise."""
    issuer = say(world, ROSA | {"tax_regime": "one-stop"})
    german, italian = TaxFacts(country="DE", kind=PERSON), TaxFacts(country="IT", kind=PERSON)
    business = TaxFacts(country="DE", vat_id="DE136695976", vat_id_proved=True)
    told = [
        (how.category, how.rate)
        for how in (
            taxed_between(issuer, Buyer(world.carl, {}, facts))
            for facts in (german, italian, business, replace(german, country="CH"))
        )
    ]
    assert told == [("S", Decimal(19)), ("S", Decimal(22)), ("AE", Decimal(0)), ("O", Decimal(0))]
    for regime in ("standard", "one-stop"):
        with pytest.raises(CannotChangeIssuer) as refused:
            say(world, ROSA | {"tax_regime": regime, "vat_id": "", "tax_number": ""}, version=1)
        assert refused.value.code == "number-needed"
