"""docs/howto/worked-example.md: its year, played through what pages and API call, and each of its tables compared with the books.

Cards are those of a processor in memory; tests/browser/test_worked_example.py has a local Stripe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from unittest import mock

import pytest

from sublet.billing.gateway.opened import OPENERS
from sublet.billing.models import Invoice, InvoiceLine, LedgerPosting, Payment
from sublet.billing.models.payments import STRIPE, PaymentLink
from sublet.billing.operations import links
from sublet.billing.queries.figures import figures
from sublet.billing.queries.profit import YEAR, profits
from sublet.core.money import plain
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.messaging.models import OutboxMail
from sublet.people.queries.links import hash_token
from sublet.pricing.queries import check_of
from tests.billing.gateway_in_memory import MemoryGateway
from tests.worked.year import KEY_OF_AGENCY, KEY_OF_VENDOR, Year, furnished

pytestmark = pytest.mark.django_db

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "howto" / "worked-example.md").read_text()
CURRENCIES = ("EUR", "JPY")
WHERE = {"done": "https://x.example/d", "back": "https://x.example/b", "language": "en"}
NAMES = {"Carl’s Kitchen": "Carl", "Bella Hair": "Bella", "Dino Dental": "Dino"}


def table(heading: str, first: str, currency: str) -> list[list[str]]:
    """The rows of the table below that heading whose first head is that, without the columns of the other currency.

    Columns behind the last one that both share belong to euro first, then to yen.
    """
    part = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    for found in re.findall(r"(?:^\|.*\n)+", part, re.MULTILINE):
        rows = [[cell.strip().strip("*") for cell in line.strip().strip("|").split("|")] for line in found.splitlines()]
        if rows[0][0] != first:
            continue
        head = rows[0]
        shared = (
            next(place for place, cell in enumerate(head) if cell.endswith("EUR"))
            if any(cell.endswith("EUR") for cell in head)
            else len(head)
        )
        if head[1] == "net EUR":
            shared = 1
        width = (len(head) - shared) // 2
        start = shared + width * CURRENCIES.index(currency)
        return [[*row[:shared], *row[start : start + width]] for row in rows[2:]]
    raise AssertionError(f"{heading}: no table {first}")


class Played:
    """A year that has been played, with what the page compares."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.year: Year = furnished(currency)
        self.gateways = {key: MemoryGateway(id=f"acct_{key[-4:]}") for key in (KEY_OF_VENDOR, KEY_OF_AGENCY)}
        self.letters = 0
        self.check = ""

    def token(self, url: str) -> str:
        return url.rstrip("/").rpartition("/")[2]

    def enters(self, url: str, bank: str) -> None:
        """Somebody enters a card by that link, a quarter of an hour after it was sent."""
        token, machine = self.token(url), self.year.machine()
        with platform_scope("test"):
            row = PaymentLink.objects.select_related("gateway").get(token_hash=hash_token(token))
            at = row.made_at + timedelta(minutes=15)
            links.begin_entering(token=token, **WHERE, actor=machine, at=at)
            row.refresh_from_db()
            gateway = self.gateways[KEY_OF_VENDOR if row.gateway.account_id == self.year.vendor.id else KEY_OF_AGENCY]
            gateway.enter(row.hosted, bank=bank, number=len(gateway.methods) + 1)
            assert links.finish_entering(token=token, actor=machine, at=at) is True

    def pays(self, url: str, text: str) -> None:
        """Bella pays by that link."""
        at, token = self.year.when(text), self.token(url)
        with platform_scope("test"):
            links.begin_paying(token=token, **WHERE, actor=self.year.machine(), at=at)
            row = PaymentLink.objects.select_related("payment").get(token_hash=hash_token(token))
            assert row.payment is not None
            self.gateways[KEY_OF_AGENCY].pay(row.payment.hosted)
            assert links.finish_paying(token=token, actor=self.year.machine(), at=at) == "succeeded"

    def play(self) -> None:
        year = self.year
        year.sets_up()
        year.until_the_card_fails(self.enters)
        for text in ("2027-05-15 10:00", "2027-05-16 09:00"):
            year.passes(text)
        with platform_scope("test"):
            mail = OutboxMail.objects.get(template="invoice-reminder")
        found = re.search(r"https?://\S+/pay/[\w-]+/", mail.text)
        assert found, mail.text
        self.pays(found[0], "2027-05-18 08:30")
        year.passes("2027-05-18 09:00")
        self.enters(year.link_to(year.bella, "rosa", "2027-05-20 09:00"), "good")
        year.passes("2027-05-20 10:00")
        year.passes("2027-06-01 12:00")
        year.credits("R-5", "2027-06-10 09:00")
        year.months("2027-07", "2027-09")
        self.check = year.asks_what_if(10, "2027-09-15 10:00").ref
        year.agrees(10, "2027-10-01 00:00", "2027-09-15 10:30")
        self.letters = year.raises("2027-10-01 00:00", "2027-09-15 11:00")
        year.months("2027-10", "2027-12")
        year.passes("2027-12-31 12:00")
        year.passes("2028-01-01 12:00")

    def told(self, minor: int) -> str:
        return plain(minor, self.currency)

    def documents(self, book: str) -> list[Invoice]:
        with platform_scope("test"):
            return list(Invoice.objects.filter(book=book).order_by("issued_at", "id"))


@pytest.fixture(params=CURRENCIES)
def played(request: pytest.FixtureRequest) -> Iterator[Played]:
    """The year, played to the end."""
    made = Played(request.param)
    before = OPENERS[STRIPE]
    OPENERS[STRIPE] = lambda key: made.gateways[key]
    try:
        with mock.patch("sublet.messaging.sending.send_mail"):
            made.play()
        yield made
    finally:
        OPENERS[STRIPE] = before


def sums(rows: list[list[int]], told: Played) -> list[str]:
    return [told.told(sum(column)) for column in zip(*rows, strict=True)]


def test_the_year_comes_to_what_the_page_says(played: Played) -> None:
    agency_owes(played)
    bella_owes(played)
    may_in_detail(played)
    what_if(played)
    years_end(played)


def agency_owes(played: Played) -> None:
    documents = played.documents("wholesale")
    assert {row.state for row in documents} == {"paid"}
    rows = [[row.list_minor, row.discount_minor, row.net_minor, row.tax_minor, row.gross_minor] for row in documents]
    told = [[row.number_shown, *map(played.told, figures)] for row, figures in zip(documents, rows, strict=True)]
    told.insert(12, ["2027", *sums(rows[:12], played)])
    assert told == table("What Rosa owes Vera", "invoice", played.currency)
    taken = sorted(each.amount for each in played.gateways[KEY_OF_VENDOR].charges())
    assert taken == sorted(row.gross_minor for row in documents)


def bella_owes(played: Played) -> None:
    documents = played.documents("retail")
    assert {row.debtor_id for row in documents} == {played.year.bella.id}
    told, rows = [], []
    for row in documents:
        with platform_scope("test"):
            paid = Payment.objects.filter(invoice=row.ref, state="succeeded")
            by_card = sum(each.amount for each in paid if not each.hosted)
        otherwise = row.paid_minor - by_card + (row.credited_minor if row.number_shown == "R-5" else 0)
        figures = [row.net_minor, row.tax_minor, row.gross_minor, by_card, otherwise]
        rows.append(figures)
        told.append([row.number_shown, *map(played.told, figures)])
    told.insert(12, ["2027", *sums(rows[:12], played)])
    assert told == table("What Bella owes Rosa", "document", played.currency)
    charged = played.gateways[KEY_OF_AGENCY].charges()
    assert sum(each.amount for each in charged) == sum(row.gross_minor for row in documents)  # nothing twice
    with platform_scope("test"):
        left = LedgerPosting.objects.filter(debtor=played.year.bella, code__in=("receivable", "prepaid"))
        for code in ("receivable", "prepaid"):
            assert sum(one.minor for one in left if one.code == code) == 0
        attempts = Payment.objects.filter(invoice=documents[3].ref).order_by("id").values_list("state", "code")
        assert list(attempts) == [("failed", "insufficient_funds"), ("succeeded", "")]


def may_in_detail(played: Played) -> None:
    with platform_scope("test"):
        lines = list(InvoiceLine.objects.filter(invoice=played.year.invoice("R-4")))
    wanted = table("What Bella owes Rosa", "what", played.currency)
    told = []
    for line in lines:
        thing = line.item.removeprefix("plan.").split(".")[0].split("@")[0]
        days = f"{_day(line.first_day)} – {_day(line.last_day)}"
        quantity = f"{line.quantity.normalize():f}"
        told.append([thing, days, f"{line.days}/{line.of_days}", quantity, played.told(line.minor)])
    total = played.told(sum(line.minor for line in lines))
    assert sorted(told) == sorted(wanted[:-1])
    assert wanted[-1] == ["together", "", "", "", total]


def _day(day: object) -> str:
    return f"{day:%-d %b %Y}"


def what_if(played: Played) -> None:
    rosa = played.year.actor("rosa")
    with actor_scope(rosa):
        check = check_of(rosa, played.check)
    told = [
        [
            NAMES[line.name], played.told(line.retail_before), played.told(line.wholesale_before),
            played.told(line.wholesale_after), played.told(line.margin_after),
        ]
        for line in check.lines
    ]  # fmt: skip
    assert told == table("What if the discount were 10 %?", "client", played.currency)
    assert (check.clients, check.losing, check.lost_before) == (3, 1, 0)
    assert [NAMES[line.name] for line in check.lines if line.loses] == ["Dino"]
    with platform_scope("test"):
        letters = OutboxMail.objects.filter(template="price-change").values_list("to_email", flat=True)
        assert (played.letters, list(letters)) == (1, ["dino@dental.example"])


def years_end(played: Played) -> None:
    rosa, at = played.year.actor("rosa"), played.year.when("2027-12-31 12:00")
    with actor_scope(rosa):
        found = profits(rosa, span=YEAR, at=at)
        month = figures(rosa, at=at).months[-1]
    told = {
        NAMES[row.name]: [NAMES[row.name], *map(played.told, (row.revenue, row.wholesale, row.margin))] for row in found.rows
    }  # fmt: skip
    total = ["together", *map(played.told, (found.total.revenue, found.total.wholesale, found.total.margin))]
    assert [told["Carl"], told["Bella"], told["Dino"], total] == table("Year's end", "client", played.currency)
    assert month.margin is not None
    for minor in (month.moved.end, month.margin):
        assert played.told(minor) in PAGE.split("## Year's end")[1]


def test_what_stands_between_backticks_is_right() -> None:
    """``a + b × c/d = e``: reckoned as it is written, and rounded half up to the places of what it is said to be."""
    found = re.findall(r"`([^`=]*\d[^`=]*)= ([\d.−-]+)`", PAGE)
    assert len(found) > 25
    for left, right in found:
        text = re.sub(r"([\d.]+) %", r"(\1 / 100)", left).replace("×", "*").replace("−", "-")
        text = re.sub(r"(\d+)/(\d+)", r"\1 / \2", text)
        assert re.fullmatch(r"[\d.+\-*/() ]+", text), left
        value = eval(re.sub(r"(\d+(?:\.\d+)?)", r"Decimal('\1')", text), {"Decimal": Decimal})  # noqa: S307  # digits alone
        places = Decimal(1).scaleb(-len(right.partition(".")[2]))
        assert value.quantize(places, ROUND_HALF_UP) == Decimal(right.replace("−", "-")), f"{left}= {right}"
