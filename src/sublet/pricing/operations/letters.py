"""Letters that pass a price on: in the reseller's name to each client whose price changes on a day, once for the price and the day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.branding.queries import origin, primary_hosts
from sublet.core.lifecycle import CLOSED
from sublet.core.money import plain
from sublet.core.portfolio import Held
from sublet.core.pricebook import ADD_ON, PLAN, Book, used_of
from sublet.core.pricing import Price, total
from sublet.core.rights import CLIENT
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.jobs import enqueue_once
from sublet.foundation.journal.operations import record
from sublet.foundation.languages import in_language
from sublet.foundation.locales import day_in_words
from sublet.messaging.operations import NewMail, queue_mails
from sublet.messaging.worded import Value
from sublet.people.queries.readers import Reader, readers_of
from sublet.pricing.events import LettersWritten
from sublet.pricing.models import PriceLetter
from sublet.pricing.operations.common import manages, own_locked, thing_names
from sublet.pricing.queries.books import books_of
from sublet.pricing.queries.holdings import holdings_of
from sublet.pricing.words import each_price

TEMPLATE: Final = "price-change"
JOB: Final = "pricing.write_letters"
AT_ONCE: Final = 50
BATCH: Final = 100
MOST_SHOWN: Final = 50


class CannotWriteLetters(Refusal):
    """Why nobody is written to."""

    SENTENCES: ClassVar = {
        "thing": _("Letters are about a plan or an add-on."),
        "past": _("Choose a day that lies ahead, on which a new price begins."),
        "nobody": _("No client has this and pays something else from that day on."),
    }


@dataclass(frozen=True, slots=True)
class Letter:
    """What one client is told: the price before (None: none) and the new one, by `interval`, from `day` on."""

    client: Account
    interval: str
    before: Price | None
    after: Price


@dataclass(frozen=True, slots=True)
class LettersPreview:
    """How many clients would be written to, and the first of them; `written`: so many have been already."""

    count: int
    written: int
    letters: Sequence[Letter]

    @property
    def more(self) -> int:
        return self.count - len(self.letters)


def preview_letters(*, kind: str, key: str, interval: str, day: date, actor: Actor, at: datetime) -> LettersPreview:
    """Who would be told what (``billing:manage``); nothing is written. Raises NotFound, Forbidden, CannotWriteLetters."""
    manages(actor)
    _check(kind, key, day, actor, at)
    count = written = 0
    shown: list[Letter] = []
    for part in _letters(kind, key, interval, day, actor, at):
        known = _written(part, kind, key, interval, day)
        for letter in part:
            if _mark(letter) in known:
                written += 1
                continue
            count += 1
            if len(shown) < MOST_SHOWN:
                shown.append(letter)
    return LettersPreview(count, written, shown)


def write_letters(*, kind: str, key: str, interval: str, day: date, actor: Actor, at: datetime) -> tuple[int, str]:
    """Write to each client whose price of that thing changes on `day` (``billing:manage``): how many, and the job for many.

    Who was told this price for that day already is not told again. Raises NotFound, Forbidden, CannotWriteLetters.
    """
    seen = preview_letters(kind=kind, key=key, interval=interval, day=day, actor=actor, at=at)
    if not seen.count:
        raise CannotWriteLetters("nobody", field="day")
    payload = {"kind": kind, "key": key, "interval": interval, "day": day.isoformat()}
    if seen.count > AT_ONCE:
        with transaction.atomic():
            about = f"letters:{actor.account_id}:{kind}:{key}:{interval}:{day}:{at.isoformat()}"
            job, _new = enqueue_once(
                JOB, account_id=actor.account_id, actor=actor, at=at, payload=payload, key=about[:200]
            )
        return seen.count, job
    return write_all(**payload, actor=actor, at=at), ""


def write_all(*, kind: str, key: str, interval: str, day: str, actor: Actor, at: datetime) -> int:
    """The same in one go, batch by batch, each with its journal entry: what was written before a crash is told, and not written again."""
    on = date.fromisoformat(day)
    number = 0
    names = thing_names(kind, key, owner_id=actor.account_id)
    for part in _letters(kind, key, interval, on, actor, at):
        with transaction.atomic():
            own_locked(actor)
            known = _written(part, kind, key, interval, on)
            new = [letter for letter in part if _mark(letter) not in known]
            _write(new, kind, key, on, names, actor, at)
            if new:
                told = LettersWritten(key=key, day=day, count=len(new), names=names)
                record(told, account_id=actor.account_id, actor=actor, at=at)
            number += len(new)
    return number


def _check(kind: str, key: str, day: date, actor: Actor, at: datetime) -> None:
    if kind not in (PLAN, ADD_ON) or used_of(kind, key)[0]:
        raise CannotWriteLetters("thing", field="kind")
    thing_names(kind, key, owner_id=actor.account_id)
    if day <= at.date() or day > (at + timedelta(days=5 * 366)).date():
        raise CannotWriteLetters("past", field="day")


def _letters(kind: str, key: str, interval: str, day: date, actor: Actor, at: datetime) -> Iterator[list[Letter]]:
    last = 0
    while True:
        rows = Account.objects.filter(parent_id=actor.account_id, kind=CLIENT, demo_until__isnull=True, id__gt=last)
        if actor.reach is not None:
            rows = rows.filter(id__in=actor.reach)
        accounts = list(rows.exclude(state=CLOSED).order_by("id")[:BATCH])
        if not accounts:
            return
        last = accounts[-1].id
        books = books_of([each.id for each in accounts], at=at)
        held = {each.account: each for each in holdings_of(accounts, at=at)}
        found = (_letter(each, books[each.id], held[each.id], kind, key, interval, day) for each in accounts)
        yield [each for each in found if each is not None]


def _letter(account: Account, book: Book, held: Held, kind: str, key: str, interval: str, day: date) -> Letter | None:
    """What changes for the client on that day, where it is; None where it has no such thing, or nothing changes."""
    version = _version(held, kind, key)
    if version is None:
        return None
    noon = datetime.combine(day, datetime.min.time(), tzinfo=ZoneInfo(account.timezone)) + timedelta(hours=12)
    after = book.retail(kind, key, version, interval, noon)
    before = book.retail(kind, key, version, interval, noon - timedelta(days=1))
    if after is None or (before is not None and before.price == after.price):
        return None
    return Letter(account, interval, before.price if before is not None else None, after.price)


def _version(held: Held, kind: str, key: str) -> int | None:
    if kind == PLAN:
        return held.plan[1] if held.plan is not None and held.plan[0] == key else None
    return next((version for add_on, version, _count in held.add_ons if add_on == key), None)


def _mark(letter: Letter) -> tuple[int, str]:
    return letter.client.id, _amount(letter.after)


def _amount(price: Price) -> str:
    return f"{plain(total(price, 1), price.currency)} {price.currency} {price.interval}"


def _about(kind: str, key: str, interval: str) -> str:
    return f"{kind}:{key}:{interval}"[:200]


def _written(part: Sequence[Letter], kind: str, key: str, interval: str, day: date) -> set[tuple[int, str]]:
    ids = [each.client.id for each in part]
    rows = PriceLetter.objects.filter(client_id__in=ids, about=_about(kind, key, interval), day=day)
    return set(rows.values_list("client_id", "amount"))


def context_of(letter: Letter, day: date, names: dict[str, str], reader: Reader, url: str) -> dict[str, Value]:
    """The words of one letter, in the reader's language."""
    with translation.override(reader.language or "en"):
        return {
            "person": reader.name,
            "account": letter.client.name,
            "thing": in_language(names, ""),
            "price": each_price(letter.after),
            "before": each_price(letter.before) if letter.before is not None else "",
            "day": day_in_words(day),
            "url": url,
        }


def _address(account: Account, host: str) -> str:
    path = reverse("client-plan", urlconf="sublet.config.urls_brand", kwargs={"account": account.ref})
    # Never with the prefix of a visit that somebody happens to be on.
    return origin(host) + path[path.index("/client/") :]


def _write(
    letters: Sequence[Letter], kind: str, key: str, day: date, names: dict[str, str], actor: Actor, at: datetime
) -> None:
    """Each of them, in a number of statements that does not grow with them."""
    if not letters:
        return
    PriceLetter.objects.bulk_create(
        PriceLetter(
            account_id=actor.account_id, client_id=letter.client.id, about=_about(kind, key, letter.interval), day=day,
            amount=_amount(letter.after), written_at=at, written_by=actor.name[:200],
        )
        for letter in letters
    )  # fmt: skip
    # unscoped: a client's link may live on the host of whoever is above it
    clients = Account.unscoped.select_related("parent__parent").in_bulk([letter.client.id for letter in letters])
    hosts, readers = primary_hosts(list(clients.values())), readers_of(list(clients.values()))
    mails = []
    for letter in letters:
        reader = readers.get(letter.client.id)
        if reader is None:
            continue  # nobody can be written to
        about = f"{TEMPLATE}:{letter.client.id}:{_about(kind, key, letter.interval)}:{day}:{_amount(letter.after)}"
        context = context_of(letter, day, names, reader, _address(letter.client, hosts[letter.client.id]))
        mails.append(NewMail(letter.client.id, reader.email, reader.name, reader.language, context, about[:200]))
    queue_mails(template=TEMPLATE, mails=mails, actor=actor, at=at)
