"""Trials: when one ends, when its reminders go out, and by what it is remembered that somebody has had one.

Pure. A trial of N days ends on the Nth day after its start at the same time on the account's clock, so a day in which the clock
is put forward or back is a day like any other. A time that the clock leaves out is moved on by as much as it leaves out; of a
time that comes twice the first is meant, unless the trial began in the second.

Laws (tests/core/test_trials.py): the end is exactly N days later on the account's calendar; it is at most two hours more or less
than N × 24 hours; reminders lie between start and end, in order, each once; an address is remembered however it is written.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

ACCOUNT, EMAIL, DOMAIN, CARD = "account", "email", "domain", "card"
#: When mails about a coming end go out, on the account's clock.
MORNING: Final = time(9, 0)

#: Where anybody can have an address: such a domain says nothing about whose it is.
ANYBODYS: Final = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com hotmail.it hotmail.fr hotmail.nl live.com live.it live.nl live.fr"
    " msn.com yahoo.com yahoo.it yahoo.fr ymail.com icloud.com me.com mac.com aol.com gmx.com gmx.net gmx.de web.de proton.me"
    " protonmail.com pm.me tutanota.com mail.com zoho.com fastmail.com yandex.com libero.it virgilio.it tiscali.it alice.it"
    " tin.it fastwebnet.it aruba.it pec.it orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr bbox.fr ziggo.nl kpnmail.nl"
    " planet.nl home.nl xs4all.nl hetnet.nl upcmail.nl chello.nl casema.nl sapo.pt mail.telepac.pt clix.pt netcabo.pt"
    " abcom.al albmail.com".split()
)
_WITHOUT_DOTS: Final = frozenset({"gmail.com", "googlemail.com"})


@dataclass(frozen=True, slots=True)
class Identity:
    """By what a trial is remembered. `digest` is keyed: without the key nobody finds out whose it is by trying addresses."""

    kind: str
    digest: str


def trial_end(started: datetime, days: int, zone: str) -> datetime:
    """The instant (UTC) at which a trial of so many days is over."""
    local = started.astimezone(ZoneInfo(zone))
    return _instant(local.date() + timedelta(days=days), local.time(), zone, local.fold)


def reminders(started: datetime, ends: datetime, days_before: Iterable[int], zone: str) -> tuple[datetime, ...]:
    """When the reminders go out: in the morning of each of those days before the end.

    Where the end comes before that morning, the morning before is taken. What would not lie within the trial is left out.
    """
    last = ends.astimezone(ZoneInfo(zone)).date()
    found = set()
    for days in days_before:
        instant = _instant(last - timedelta(days=days), MORNING, zone, 0)
        if instant >= ends:
            instant = _instant(last - timedelta(days=days + 1), MORNING, zone, 0)
        found.add(instant)
    return tuple(sorted(instant for instant in found if started < instant < ends))


def days_left(ends: datetime, at: datetime, zone: str) -> int:
    """How many days the calendar shows up to the day of the end: 0 on that day; never negative."""
    zoned = ZoneInfo(zone)
    return max((ends.astimezone(zoned).date() - at.astimezone(zoned).date()).days, 0)


def _instant(day: date, at: time, zone: str, fold: int) -> datetime:
    """The instant of a time on the clock; in a gap of the clock, as much later as the gap is long."""
    # With fold 0 a time in a gap is read by the rule from before it, which gives just that.
    wall = datetime.combine(day, at.replace(tzinfo=None, fold=0), tzinfo=ZoneInfo(zone))
    if fold:
        second = wall.replace(fold=1)
        if second.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall.replace(tzinfo=None):
            wall = second
    return wall.astimezone(UTC)


def same_address(email: str) -> str:
    """An address as it is compared: small letters, without what follows a plus; empty for what is none."""
    name, at, domain = email.strip().casefold().rpartition("@")
    name = name.partition("+")[0]
    if not name or not at or "." not in domain:
        return ""
    if domain in _WITHOUT_DOTS:
        name, domain = name.replace(".", ""), "gmail.com"
    return f"{name}@{domain}"


def own_domain(email: str) -> str:
    """The domain of an address where it says whose it is; empty where anybody can have an address there."""
    domain = same_address(email).rpartition("@")[2].removeprefix("www.")
    return "" if domain in ANYBODYS else domain


def identities(
    *, once_for: Iterable[str], account: str, emails: Iterable[str], cards: Iterable[str], key: bytes
) -> tuple[Identity, ...]:
    """What a trial is remembered by, each once, in a fixed order (so that two never wait for each other).

    `account` is its reference, `emails` its people's addresses, `cards` what a payment provider calls their cards.
    """
    kinds = {*once_for, ACCOUNT}
    texts = {(ACCOUNT, account)}
    if EMAIL in kinds:
        texts |= {(EMAIL, text) for email in emails if (text := same_address(email))}
    if DOMAIN in kinds:
        texts |= {(DOMAIN, text) for email in emails if (text := own_domain(email))}
    if CARD in kinds:
        texts |= {(CARD, card) for card in cards if card}
    return tuple(Identity(kind, _digest(key, kind, text)) for kind, text in sorted(texts))


def _digest(key: bytes, kind: str, text: str) -> str:
    return hmac.new(key, f"{kind}:{text}".encode(), sha256).hexdigest()
