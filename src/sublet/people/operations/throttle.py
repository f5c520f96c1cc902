"""Counting attempts: how often somebody may guess, and how much mail one address may be sent.

An attempt is counted before it is made, in one statement, so that a hundred guesses at the same time are a hundred
guesses. What was counted for nothing (the password was right) is given back. Only hashes of addresses are stored.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import ClassVar

from django.db import connection
from django.db.models import F
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from sublet.foundation.errors import Refusal
from sublet.people.models import Throttle


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` attempts in `seconds`, counted from the first one.

    `remembered`: a process that has refused somebody refuses again without asking the database, until the time is over.
    Only for counts that nobody begins anew in the meantime.
    """

    name: str
    most: int
    seconds: int
    remembered: bool = False


QUARTER, HOUR = 15 * 60, 3600
LOG_IN_BY_EMAIL = Limit("log-in:email", 10, QUARTER)
LOG_IN_BY_ADDRESS = Limit("log-in:address", 50, QUARTER, remembered=True)
#: Mail that anybody can have sent to somebody: counted for the mailbox together with the network address that asks, so that a
#: stranger does not use up what the person needs; and for the mailbox alone, so that nobody fills it from many addresses.
RESET_BY_EMAIL = Limit("reset:email", 3, HOUR)
RESETS_TO_EMAIL = Limit("reset:to", 12, HOUR)
RESET_BY_ADDRESS = Limit("reset:address", 30, HOUR)
SIGN_UP_BY_EMAIL = Limit("sign-up:email", 3, HOUR)
SIGN_UP_BY_ADDRESS = Limit("sign-up:address", 20, HOUR)
EMAIL_CHANGE = Limit("email-change", 5, HOUR)
CODE_BY_PERSON = Limit("code:person", 10, QUARTER)
CODE_BY_ADDRESS = Limit("code:address", 50, QUARTER, remembered=True)
MAILED_CODE_BY_PERSON = Limit("mailed-code:person", 3, HOUR)
MAILED_CODE_BY_ADDRESS = Limit("mailed-code:address", 30, HOUR)
LOG_IN_CODE_BY_EMAIL = Limit("log-in-code:email", 3, HOUR)
LOG_IN_CODES_TO_EMAIL = Limit("log-in-code:to", 12, HOUR)
LOG_IN_CODE_BY_ADDRESS = Limit(
    "log-in-code:address", 100, QUARTER
)  # an office in the morning; codes used are given back
LOG_IN_CODE_TRIES = Limit("log-in-code:tries", 5, QUARTER)


class CannotTryAgainYet(Refusal):
    """Too many attempts. `seconds`: how long to wait."""

    SENTENCES: ClassVar = {"wait": _("Too many attempts. Wait a while, then try again.")}
    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__("wait", seconds=seconds)
        self.seconds = seconds

    @property
    def sentence(self) -> str:
        minutes = ceil(self.seconds / 60)
        return ngettext(
            "Too many attempts. Try again in %(minutes)s minute.",
            "Too many attempts. Try again in %(minutes)s minutes.",
            minutes,
        ) % {"minutes": minutes}


# Both databases know this form. One statement: between a read and a write, others would guess for free.
_COUNT = """
INSERT INTO throttle ("key", window_start, "count") VALUES (%s, %s, 1)
ON CONFLICT ("key") DO UPDATE SET
    "count" = CASE WHEN throttle.window_start <= %s THEN 1 ELSE throttle."count" + 1 END,
    window_start = CASE WHEN throttle.window_start <= %s THEN excluded.window_start ELSE throttle.window_start END
RETURNING "count"
"""


def key_of(limit: Limit, subject: str) -> str:
    """What is stored in place of an e-mail or network address: of no use to whoever reads the table."""
    return salted_hmac("sublet.throttle", f"{limit.name}|{subject}", algorithm="sha256").hexdigest()


def subject_of(address: str) -> str:
    """The network address as it is counted: of IPv6 the first 64 bits, because one caller has all the rest."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 6:
        return str(ipaddress.ip_network((int(found), 128)).supernet(new_prefix=64).network_address)
    return str(found)


def wait_after(limit: Limit, subject: str, *, at: datetime) -> int:
    """Count one attempt; the seconds to wait before the next one, or 0 when this one may go ahead."""
    key = key_of(limit, subject)
    adapted = connection.ops.adapt_datetimefield_value
    start, over = adapted(at), adapted(at - timedelta(seconds=limit.seconds))
    # past the scope: counts belong to no account, and the statement cannot be said otherwise
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [key, start, over, over])
        count: int = cursor.fetchone()[0]
    if count <= limit.most:
        return 0
    begun = Throttle.objects.values_list("window_start", flat=True).get(key=key)
    return max(1, ceil((begun + timedelta(seconds=limit.seconds) - at).total_seconds()))


@dataclass(slots=True)
class _Shut:
    """Somebody who has to wait, as this process knows it."""

    until: datetime
    refused: int = 0

    def refuse(self, *, at: datetime) -> CannotTryAgainYet:
        """One attempt more, and the answer to it."""
        self.refused += 1
        return CannotTryAgainYet(max(1, ceil((self.until - at).total_seconds())))


#: By the key of the count. A process knows of those that it has refused itself.
_shut: dict[str, _Shut] = {}
_MOST_SHUT = 10_000
#: A person who types has read the page by then; what goes on is a program.
_READ_BY_THEN = 20


def count_attempt(limit: Limit, subject: str, *, at: datetime) -> None:
    """Count one attempt. Raises CannotTryAgainYet when there were too many."""
    key = key_of(limit, subject) if limit.remembered else ""
    if (shut := _shut.get(key)) is not None:
        if at < shut.until:
            raise shut.refuse(at=at)
        del _shut[key]
    seconds = wait_after(limit, subject, at=at)
    if seconds:
        if limit.remembered:
            if len(_shut) >= _MOST_SHUT:
                _shut.clear()  # they are refused by their count, all the same
            _shut[key] = _Shut(at + timedelta(seconds=seconds))
        raise CannotTryAgainYet(seconds)


def flood_from(subject: str, *, at: datetime) -> CannotTryAgainYet | None:
    """The refusal for a network address that goes on guessing passwords or codes long after it was told to wait; None for
    everybody else. Asks nobody; counts the attempt as one more."""
    for limit in (LOG_IN_BY_ADDRESS, CODE_BY_ADDRESS):
        shut = _shut.get(key_of(limit, subject)) if _shut else None
        if shut is not None and at < shut.until and shut.refused >= _READ_BY_THEN:
            return shut.refuse(at=at)
    return None


def forget_shut() -> None:
    """Forget who has to wait: for tests, whose times are not in order."""
    _shut.clear()


def give_back(limit: Limit, subject: str) -> None:
    """Take one attempt off the count: it was none."""
    Throttle.objects.filter(key=key_of(limit, subject), count__gt=0).update(count=F("count") - 1)


def forget_attempts(limit: Limit, subject: str) -> None:
    """Begin anew: the person has shown who it is."""
    Throttle.objects.filter(key=key_of(limit, subject)).delete()


def clear_counts(*, at: datetime) -> int:
    """Delete counts that are over. Returns how many."""
    return Throttle.objects.filter(window_start__lt=at - timedelta(days=1)).delete()[0]
