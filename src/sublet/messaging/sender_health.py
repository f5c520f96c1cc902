"""How the senders of everybody are, for the vendor: which domains are proved, whose servers fail, what was refused last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from sublet.core.peopledata import without_addresses
from sublet.core.rights import VENDOR
from sublet.core.senders import Finding
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.keyset import newest_first
from sublet.foundation.refs import uuid7
from sublet.messaging.models import MailServer, OutboxMail, ReturnedMail, SenderDomain
from sublet.messaging.senders import bounce_host, neutral_address, server_owner
from sublet.messaging.server_notes import label_of

STATES = tuple(map(str, SenderDomain.State.values))
#: How far back, and among how many, the last refusal of each brand is looked for.
REFUSED_WITHIN, _MOST_REFUSED = timedelta(days=7), 500
_MOST_SERVERS = 50


@dataclass(frozen=True, slots=True)
class Refusal:
    """The last mail of a brand that was refused: what the server said, and when."""

    answer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DomainHealth:
    """A sender domain of anybody's. `why` is what keeps it from being used."""

    ref: str
    domain: str
    state: str
    account_ref: str
    account_name: str
    account_kind: str
    checked_at: datetime | None
    why: Finding | None
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class FailingServer:
    """A mail server of an account's own that takes no mail. `why`: of lines.REASONS."""

    account_name: str
    server: str
    kind: str
    why: str
    answer: str
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class SenderHealth:
    """A page of domains, newest first, and what holds for all of them. `unreadable`: reports that nobody could read."""

    rows: Sequence[DomainHealth]
    next_cursor: str
    previous_cursor: str
    counts: Mapping[str, int]
    servers: Sequence[FailingServer]
    unreadable: int
    neutral: str
    bounces_to: str


def sender_health(actor: Actor, *, state: str = "", cursor: str = "", size: int = 50, at: datetime) -> SenderHealth:
    """The senders within the vendor's scope (``brand:view``). Raises NotFound for everybody else, Forbidden.

    Without the recipients, whom servers name in their refusals, for whoever may not list people.
    """
    if actor.account_kind != VENDOR:
        raise NotFound
    actor.require("brand:view")
    counted = SenderDomain.objects.order_by().values("state").annotate(count=Count("id"))
    rows = SenderDomain.objects.select_related("account__parent")
    found, newer, older = newest_first(rows.filter(state=state) if state else rows, cursor=cursor, size=size)
    refused = _refused(at, whole=actor.lists_people)
    servers = MailServer.objects.filter(state=MailServer.State.FAILS).select_related("account").order_by("-checked_at")
    return SenderHealth(
        rows=tuple(_row(row, refused.get(server_owner(row.account).id)) for row in found),
        next_cursor=older,
        previous_cursor=newer,
        counts=dict.fromkeys(STATES, 0) | {str(each["state"]): int(each["count"]) for each in counted},
        servers=tuple(
            FailingServer(
                each.account.name,
                label_of(each),
                each.kind,
                each.why,
                each.answer if actor.lists_people else without_addresses(each.answer),
                each.checked_at,
            )
            for each in servers[:_MOST_SERVERS]
        ),
        unreadable=ReturnedMail.objects.filter(unreadable=True).count(),
        neutral=neutral_address(),
        bounces_to=bounce_host(),
    )


def _refused(at: datetime, *, whole: bool) -> dict[int, Refusal]:
    """The last refusal of each brand, by the account whose server and domains its mail uses."""
    lately = OutboxMail.objects.filter(state=OutboxMail.State.FAILED, id__gt=uuid7(at - REFUSED_WITHIN))
    mails = lately.select_related("account__parent").only("id", "answer", "created_at", "account")
    found: dict[int, Refusal] = {}
    for mail in mails.order_by("-id")[:_MOST_REFUSED]:
        answer = mail.answer if whole else without_addresses(mail.answer)
        found.setdefault(server_owner(mail.account).id, Refusal(answer, mail.created_at))
    return found


def _row(row: SenderDomain, refusal: Refusal | None) -> DomainHealth:
    return DomainHealth(
        ref=row.ref,
        domain=row.domain,
        state=row.state,
        account_ref=row.account.ref,
        account_name=row.account.name,
        account_kind=row.account.kind,
        checked_at=row.checked_at,
        why=next((Finding(**each) for each in row.findings if each["blocks"]), None),
        refusal=refusal,
    )
