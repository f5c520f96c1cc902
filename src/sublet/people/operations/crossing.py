"""From one own host to another without logging in again: a code that is good once, for a minute, in one browser.

The browser is sent from the host where it wants to be (which leaves a secret with it) to the host where it is logged in, and
back with the code. The code is bound to both hosts and to that secret: nobody can have another person's browser use a code of
its own, which would log that person in as somebody else.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from sublet.people.models import User
from sublet.people.operations.links import CROSSING, CannotUseLink, issue_link, use_link
from sublet.people.queries.links import hash_token, read_link

CODE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Crossed:
    """Who has come over, and when it had shown a password and (None: never) a second factor, where it came from (UTC).

    `by_mail`: it was the mailbox, in place of the password.
    """

    user: User
    logged_in_at: datetime | None
    second_factor_at: datetime | None
    next: str
    by_mail: bool = False


def begin_crossing(
    *,
    user_id: int,
    session_epoch: int,
    from_host: str,
    to_host: str,
    browser_hash: str,
    next_path: str,
    logged_in_at: datetime | None,
    second_factor_at: datetime | None,
    by_mail: bool,
    at: datetime,
) -> str:
    """A code with which the person's browser is let in on `to_host`. `browser_hash` is the digest of the secret that `to_host`
    has left with it, 64 hexadecimal digits; whoever asks has checked that the person has an account there.
    """
    return issue_link(
        purpose=CROSSING,
        host=to_host,
        user_id=user_id,
        lifetime=timedelta(seconds=CODE_SECONDS),
        data={
            "from": from_host,
            "browser": browser_hash,
            "epoch": session_epoch,
            "next": next_path,
            "logged_in_at": logged_in_at.isoformat() if logged_in_at else "",
            "second_factor_at": second_factor_at.isoformat() if second_factor_at else "",
            "by_mail": by_mail,
        },
        at=at,
    )


def cross(*, code: str, host: str, from_host: str, browser: str, at: datetime) -> Crossed:
    """Use the code up, on `host`, in the browser that holds the secret `browser`.

    A wrong secret or other host leaves the code alone: it is good where it belongs. Raises CannotUseLink, in one sentence for
    all: used, over, of another host or browser, or the person's log-ins were ended meanwhile.
    """
    with transaction.atomic():
        link = read_link(code, purpose=CROSSING, host=host, at=at)
        if link is None or link.user_id is None or link.data["from"] != from_host:
            raise CannotUseLink("gone")
        if not browser or not hmac.compare_digest(hash_token(browser), str(link.data["browser"])):
            raise CannotUseLink("gone")
        use_link(code, purpose=CROSSING, host=host, at=at)
        user = User.objects.get(id=link.user_id)
        if user.session_epoch != link.data["epoch"]:
            raise CannotUseLink("gone")
    return Crossed(
        user=user,
        logged_in_at=_moment(link.data["logged_in_at"]),
        second_factor_at=_moment(link.data["second_factor_at"]),
        next=str(link.data["next"]),
        by_mail=link.data.get("by_mail") is True,
    )


def _moment(stored: str) -> datetime | None:
    return datetime.fromisoformat(stored) if stored else None
