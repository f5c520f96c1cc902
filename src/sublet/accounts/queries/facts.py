"""What is known about one account, for its pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from sublet.accounts.models import Account, AccountTag
from sublet.accounts.queries.tree import lies_below, require_below
from sublet.core.lifecycle import CLOSED
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import looks_like_ref

MOST_SUGGESTIONS = 200


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """One account as its pages show it. `version` goes into forms, so that a change made meanwhile is noticed.

    `grace_until` is set while a closed account can still be taken back; `ended` says that it no longer can.
    """

    id: int
    ref: str
    kind: str
    parent_id: int | None
    name: str
    state: str
    state_since: datetime
    state_reason: str
    grace_until: datetime | None
    ended: bool
    ownership: str
    demo_until: datetime | None
    language: str
    timezone: str
    country: str
    currency: str
    contact_name: str
    email: str
    phone: str
    mobile: str
    website: str
    street: str
    postal_code: str
    city: str
    external_id: str
    notes: str
    responsible_id: int | None
    imported: bool
    last_seen_at: datetime | None
    created_at: datetime
    placed_at: datetime | None  # since when it stands below the one above it; None: since it was born
    read_only_since: datetime | None  # a reseller that does not pay
    version: int
    tags: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether it is not closed."""
        return self.state != CLOSED


def _facts(account: Account, tags: Sequence[str]) -> AccountFacts:
    closed = account.state == CLOSED
    return AccountFacts(
        id=account.id,
        ref=account.ref,
        kind=account.kind,
        parent_id=account.parent_id,
        name=account.name,
        state=account.state,
        state_since=account.state_since,
        state_reason=account.state_reason,
        grace_until=account.gone_at if closed and account.state_before_close else None,
        ended=closed and not account.state_before_close,
        ownership=account.ownership,
        demo_until=account.demo_until,
        language=account.language,
        timezone=account.timezone,
        country=account.country,
        currency=account.currency,
        contact_name=account.contact_name,
        email=account.email,
        phone=account.phone,
        mobile=account.mobile,
        website=account.website,
        street=account.street,
        postal_code=account.postal_code,
        city=account.city,
        external_id=account.external_id,
        notes=account.notes,
        responsible_id=account.responsible_id,
        imported=account.import_id is not None,
        last_seen_at=account.last_seen_at,
        created_at=account.created_at,
        placed_at=account.placed_at,
        read_only_since=account.read_only_since,
        version=account.version,
        tags=tuple(tags),
    )


def _found(ref: str) -> Account:
    account = Account.objects.filter(ref=ref).first() if looks_like_ref(ref, "acc") else None
    if account is None:
        raise NotFound
    return account


def _with_tags(account: Account) -> AccountFacts:
    tags = AccountTag.objects.filter(account_id=account.id).order_by("name").values_list("name", flat=True)
    return _facts(account, list(tags))


def client_facts(actor: Actor, ref: str) -> AccountFacts:
    """An account directly below the actor's (``clients:view``, the vendor ``accounts:view``); a vendor also sees the
    clients of its resellers. Raises Forbidden, NotFound.
    """
    require_below(actor, "view")
    account = _found(ref)
    above = account.parent_id is not None and actor.account_kind == Account.Kind.VENDOR
    if not above and not lies_below(actor, account):
        raise NotFound
    return _with_tags(account)


def own_facts(actor: Actor) -> AccountFacts:
    """The account in which the actor acts. Internal notes of the account above are left out."""
    account = _found(actor.account_ref)
    account.notes = ""
    if account.kind == Account.Kind.CLIENT:
        return _facts(account, ())
    return _with_tags(account)


def tags_in_use(actor: Actor) -> list[str]:
    """The tags on the accounts directly below the actor's, in order: at most `MOST_SUGGESTIONS`.

    One statement that skips from tag to tag in the index: a million tagged clients cost no more than one.
    """
    require_below(actor, "view")
    if actor.reach is not None and not actor.reach:
        return []
    within = ""
    reached: list[int] = []
    if actor.reach is not None:
        reached = sorted(actor.reach)
        within = f" AND account_id IN ({', '.join(['%s'] * len(reached))})"
    least = f"SELECT MIN(name) FROM account_tag WHERE parent_id = %s{within}"  # noqa: S608  constants
    # past the scope: bound to the actor’s own account by its key
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE following(name) AS ({least} UNION ALL"  # noqa: S608  constants
            f" SELECT ({least} AND account_tag.name > following.name) FROM following WHERE following.name IS NOT NULL)"
            f" SELECT name FROM following WHERE name IS NOT NULL LIMIT {MOST_SUGGESTIONS}",
            [actor.account_id, *reached] * 2,
        )
        return [row[0] for row in cursor.fetchall()]


def has_clients(actor: Actor) -> bool:
    """Whether the actor's account has, or ever had, an account below it within the actor's reach."""
    # unscoped: bound to the actor's own account by its key
    rows = Account.unscoped.filter(parent_id=actor.account_id)
    if actor.reach is not None:
        rows = rows.filter(id__in=actor.reach)
    return rows.exists()


def account_id_of(actor: Actor, ref: str) -> int:
    """The id of the actor's own account or of one below it, for the journal and other apps. Raises NotFound."""
    if ref == actor.account_ref:
        return actor.account_id
    account = _found(ref)
    if not actor.reaches(account.id):
        raise NotFound
    return account.id
