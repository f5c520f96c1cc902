"""What an invitation shows to whoever holds its link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sublet.accounts.models import Account
from sublet.core.rights import PORTAL_SECTIONS, PRODUCT_PREFIX, Rights
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound
from sublet.people.models import ApiKey, Collaborator, Invitation, User
from sublet.people.queries.authority import NotGranted, authority_over
from sublet.people.queries.entry import actor_of, product_section_keys
from sublet.people.queries.links import hash_token


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation that can still be accepted. `is_known`: the person invited has a log-in with a password already."""

    ref: str
    account_ref: str
    account_name: str
    account_kind: str
    invited_by: str
    email: str
    name: str
    language: str
    is_owner: bool
    is_known: bool
    user_id: int | None
    expires_at: datetime


def find_invitation(token: str, *, host: str, at: datetime) -> Invitation | None:
    """The row behind a link, with its account and inviter, if it can be accepted on `host` now; else None.

    None as well when whoever invited may not do so any more, or the account has been closed or taken away.
    """
    # unscoped: whose invitation this is decides the scope; the token proves the right to see it
    row = (
        Invitation.unscoped.filter(
            token_hash=hash_token(token),
            host=host,
            accepted_at__isnull=True,
            revoked_at__isnull=True,
            expires_at__gt=at,
        )
        .select_related("account", "inviter__user", "inviter__account", "inviter_key__account")
        .first()
    )
    if row is None or row.account.state == Account.State.CLOSED or not _inviter_still_may(row, at):
        return None
    return row


def read_invitation(token: str, *, host: str, at: datetime) -> OpenInvitation | None:
    """What the invitation's page shows, or None when the link leads nowhere (any more, or on this host)."""
    row = find_invitation(token, host=host, at=at)
    if row is None:
        return None
    user = User.objects.filter(email=row.email).first()
    if user is not None and not user.is_active:
        return None
    return OpenInvitation(
        ref=row.ref,
        account_ref=row.account.ref,
        account_name=row.account.name,
        account_kind=row.account.kind,
        invited_by=row.spoken_for_by,
        email=row.email,
        name=row.name or (user.name if user else ""),
        language=row.language,
        is_owner=row.is_owner,
        is_known=user is not None and user.has_usable_password(),
        user_id=user.id if user else None,
        expires_at=row.expires_at,
    )


def _inviter_still_may(row: Invitation, at: datetime) -> bool:
    """Whether the invitation would be written today: rights that were taken away since give nothing any more."""
    if row.inviter is not None:
        inviter = row.inviter
        if inviter.ended_at is not None or not inviter.user.is_active:
            return False
        return _may_invite(actor_of(inviter, inviter.account, host="", request_id="", via="web"), row, at)
    if row.inviter_key is not None:
        key = row.inviter_key
        if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= at):
            return False
        return _may_invite(_key_actor(key), row, at)
    return True  # the installation itself: the command line, the vendor's own set-up


def _may_invite(actor: Actor, row: Invitation, at: datetime) -> bool:
    account = row.account
    sections = (*PORTAL_SECTIONS[account.kind], *(PRODUCT_PREFIX + key for key in product_section_keys()))
    try:
        authority = authority_over(actor, account, sections=sections, at=at)
    except (NotFound, Forbidden, NotGranted):
        return False
    if not authority.manages:
        return False
    if row.is_owner:
        # unscoped: as above
        has_owner = Collaborator.unscoped.filter(account_id=account.id, is_owner=True, ended_at__isnull=True).exists()
        if not authority.may_make_owner(account, has_owner=has_owner):
            return False
    offered = {key: word for key, word in row.rights_words.items() if key in sections}
    return Rights.of(offered).within(authority.grantable) and _within_reach(row, authority.reach)


def _within_reach(row: Invitation, reach: frozenset[int] | None) -> bool:
    return reach is None or (not row.reaches_all and not row.reach_tags and reach.issuperset(row.reach_ids))


def _key_actor(key: ApiKey) -> Actor:
    return Actor(
        user_id=None,
        name=key.name,
        account_id=key.account_id,
        account_ref=key.account.ref,
        account_kind=key.account.kind,
        account_name=key.account.name,
        rights=Rights.of(key.rights_words),
        reach=None if key.reaches_all else frozenset(key.reach_ids),
        key_ref=key.ref,
        via="api",
    )


def place_on(*, user_id: int, account_id: int) -> Collaborator | None:
    """The person's place on the account, if it has one, with its account and the person itself."""
    # unscoped: asked while an invitation is accepted, which decides the scope
    return (
        Collaborator.unscoped.filter(user_id=user_id, account_id=account_id, ended_at__isnull=True)
        .select_related("user", "account")
        .first()
    )
