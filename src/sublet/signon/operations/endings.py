"""Ending sign-ons: tokens die with them, and the application is told over its back channel."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from sublet.accounts.operations.leavers import Leaving
from sublet.foundation.actor import Actor
from sublet.foundation.jobs import enqueue
from sublet.signon.models import SignOn, SignOnToken
from sublet.signon.queries.access import secret_hash

_MOST_AT_ONCE = 500


def end_sign_ons_of_browser(*, browser: str, actor: Actor, at: datetime) -> int:
    """Logging out ends what the log-in of that browser has signed on to; returns how many.

    Call it in the log-out, before the session is emptied. Runs in a platform scope.
    """
    if not browser:
        return 0
    # unscoped: a browser's own sign-ons
    rows = SignOn.unscoped.filter(browser_hash=secret_hash(browser), ended_at__isnull=True)
    return end(rows=rows, by="log-out", actor=actor, at=at)


def end_sign_ons_of_application(*, application_id: int, actor: Actor, at: datetime) -> int:
    """The application is gone; returns how many were signed on there."""
    # unscoped: over all accounts that use it
    rows = SignOn.unscoped.filter(application_id=application_id, ended_at__isnull=True)
    return end(rows=rows, by="removed", actor=actor, at=at)


def end_at_leaving(leaving: Leaving, actor: Actor, at: datetime) -> None:
    """Part of `accounts.operations.leavers`: whoever works in these accounts signs on anew, on a host that serves them then.

    Visitors and people of the one that is left do not get in again; the account's own people do, and nothing that was told on a
    host of before goes on.
    """
    # unscoped: over all people and hosts
    rows = SignOn.unscoped.filter(account_id__in=leaving.account_ids, ended_at__isnull=True).order_by("id")
    end(rows=rows, by="access", actor=actor, at=at)


def end(*, rows: Iterable[SignOn], by: str, actor: Actor, at: datetime) -> int:
    """End them with all their tokens, and have their applications told. Those that have ended stay as they are.

    Whoever calls has found them by what proves the right. One of two that come at the same moment does it.
    """
    ended = 0
    with transaction.atomic():
        for row in rows:
            # unscoped: see above
            changed = SignOn.unscoped.filter(id=row.id, ended_at__isnull=True).update(ended_at=at, ended_by=by)
            if not changed:
                continue
            ended += 1
            # unscoped: see above
            SignOnToken.unscoped.filter(sign_on_id=row.id, kind=SignOnToken.Kind.ACCESS).delete()
            enqueue(
                "signon.tell_end",
                account_id=row.account_id,
                actor=actor,
                at=at,
                payload={"sign_on_ref": row.ref},
                key=row.ref,
            )
    return ended
