"""Visits to clients: a member of the staff logged in as the client, with what was opened on the way."""

from __future__ import annotations

from datetime import datetime, timedelta

from sublet.accounts.models import Account
from sublet.demo.writer import By, Writer
from sublet.people.events import ImpersonationEnded, ImpersonationStarted
from sublet.people.models import Collaborator, Impersonation, ImpersonationRequest

LONGEST = timedelta(hours=1)
PAGES = ("", "team/", "information/", "history/")


def note_visit(
    writer: Writer,
    client: Account,
    staff: Collaborator,
    at: datetime,
    *,
    reason: str,
    host: str,
    minutes: int,
    acting_as: Collaborator | None = None,
) -> tuple[Impersonation, list[ImpersonationRequest]]:
    """Note beginning and end in the journal; the rows of the visit and of its requests, not stored yet."""
    ref = writer.ref("ims", client.ref, at.isoformat())
    end = at + timedelta(minutes=minutes)
    mode = "client" if acting_as is not None else "reseller"
    count = max(2, minutes // 2)
    visit = Impersonation(
        account=client,
        ref=ref,
        mode=mode,
        staff_collaborator=staff,
        as_collaborator=acting_as,
        reason=reason,
        host=host,
        origin_host=host,
        started_at=at,
        last_used_at=end,
        expires_at=at + LONGEST,
        ended_at=end,
        ended_by="person",
    )
    requests = [
        ImpersonationRequest(
            at=at + timedelta(minutes=minutes) * number / count,
            method="GET",
            path=f"/client/{client.ref}/{PAGES[number % len(PAGES)]}",
            status=200,
        )
        for number in range(count)
    ]
    by = By(staff.user, staff.account)
    whom = acting_as.user.name if acting_as is not None else staff.account.name
    started = ImpersonationStarted(impersonation=ref, client=client.name, mode=mode, acting_as=whom)
    ended = ImpersonationEnded(
        impersonation=ref, client=client.name, staff=staff.user.name, mode=mode, ended_by="person", requests=count
    )
    writer.note(started, client, at, by=by, reason=reason, staff=staff.user, visit=ref, host=host)
    writer.note(ended, client, end, by=by, staff=staff.user, visit=ref, host=host)
    return visit, requests
