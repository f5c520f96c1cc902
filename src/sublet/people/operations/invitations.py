"""Inviting people to an account: an offer in a mail, good for seven days, used once, taken back at any time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sublet.accounts import operations as account_operations
from sublet.accounts.models import LANGUAGES, Account
from sublet.branding.operations import host_to_invite_to
from sublet.branding.queries import host_view, origin, primary_host
from sublet.core.lifecycle import ACTIVE, CLOSED, INVITED
from sublet.core.rights import RESELLER, Rights
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.messaging.operations import queue_mail
from sublet.people.events import CollaboratorInvited, InvitationResent, InvitationRevoked
from sublet.people.models import ApiKey, Collaborator, DirectoryPerson, Invitation, User
from sublet.people.operations.granting import CannotGrant, one_line, wanted_reach, wanted_rights, wanted_tags
from sublet.people.operations.links import new_token
from sublet.people.operations.team import opened, owner_of
from sublet.people.queries.links import hash_token
from sublet.people.queries.sections import Offer, offer_for
from sublet.people.queries.team import product_keys, require_end, require_manage
from sublet.people.queries.withdrawals import kept_sections, within_kept

LIFETIME = timedelta(days=7)
#: One without a mail waits for the person's first day, which a directory may know long before.
LIFETIME_WITHOUT_MAIL = timedelta(days=365)
LONGEST_EMAIL = 254
LONGEST_NAME = 200
#: How often one invitation can be sent: enough for every mishap, too few to be a nuisance to a stranger.
MOST_SENDS = 10


class CannotInviteCollaborator(CannotGrant):
    """Why nobody is invited."""

    SENTENCES: ClassVar = {
        **CannotGrant.SENTENCES,
        "not-an-address": _("Enter an e-mail address, like name@example.com."),
        "already-here": _("%(email)s is on the team already."),
        "already-invited": _("%(email)s has been invited already. You can send the invitation again."),
        "owner": _("Only the owner can hand the account over."),
        "owner-invited": _("Somebody has been invited to own this account already. Take that invitation back first."),
        "closed": _("This account is closed. Nobody can be invited to it."),
    }


class CannotResendInvitation(CannotGrant):
    """Why an invitation is not sent again."""

    SENTENCES: ClassVar = {
        **CannotGrant.SENTENCES,
        "too-often": _("This invitation has been sent %(most)s times. Take it back and write a new one."),
        "owner": CannotInviteCollaborator.SENTENCES["owner"],
        "closed": CannotInviteCollaborator.SENTENCES["closed"],
    }


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that was sent."""

    ref: str
    email: str
    expires_at: datetime


def invite_collaborator(
    *,
    account_ref: str,
    email: str,
    name: str = "",
    language: str = "",
    rights: Mapping[str, str],
    role: str = "",
    reaches_all: bool = True,
    reach: Sequence[str] = (),
    reach_tags: Sequence[str] = (),
    is_owner: bool = False,
    old_owner_leaves: bool = False,
    actor: Actor,
    at: datetime,
) -> Invited:
    """Invite somebody by e-mail to collaborate on an account, with `rights` (section → ``view`` or ``manage``).

    The mail goes out in the brand of the host where the account's people work, in the language that the person has
    chosen, else `language`, else the account's. A person without a log-in gets a link to choose a password; one that has
    one learns of another account. Whoever invites does not learn which it was. `reaches_all`, `reach` (references of
    clients) and `reach_tags` (names of tags) confine staff of a reseller. `is_owner` hands the account over when it is
    accepted; the owner before stays with what it has, or leaves.

    Raises NotFound, Forbidden, CannotWhileImpersonating, CannotInviteCollaborator.
    """
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise CannotInviteCollaborator("not-an-address", field="email") from None
    if len(address) > LONGEST_EMAIL:
        raise CannotInviteCollaborator("not-an-address", field="email")
    try:
        with transaction.atomic():
            account, offer, authority = opened(account_ref, actor, at)
            require_manage(actor, account, authority)
            if account.state == CLOSED:
                raise CannotInviteCollaborator("closed")
            owner = owner_of(account) if is_owner else None
            if is_owner and not authority.may_make_owner(account, has_owner=owner is not None):
                raise CannotInviteCollaborator("owner", field="is_owner")
            wanted = wanted_rights(rights, authority=authority, offer=offer, refusal=CannotInviteCollaborator)
            everywhere = reaches_all or is_owner
            tags = wanted_tags(
                reach_tags, reaches_all=everywhere, account=account, authority=authority,
                refusal=CannotInviteCollaborator,
            )  # fmt: skip
            ids = wanted_reach(
                reach, reaches_all=everywhere, account=account, authority=authority,
                refusal=CannotInviteCollaborator, or_tags=bool(tags),
            )  # fmt: skip
            user = User.objects.filter(email=address).first()
            _refuse_twice(account, address, user, is_owner=is_owner, at=at)
            row = write_invitation(
                account,
                email=address,
                name=name,
                language=language,
                rights=wanted,
                role=role,
                reaches_all=reaches_all or is_owner,
                reach_ids=ids,
                reach_tags=tags,
                is_owner=is_owner,
                old_owner_leaves=old_owner_leaves,
                user=user,
                actor=actor,
                at=at,
            )
            record(
                CollaboratorInvited(invitation=row.ref, email=address, owner=is_owner, rights=wanted.as_words()),
                account_id=account.id,
                parent_id=account.parent_id,
                actor=actor,
                at=at,
            )
    except IntegrityError:
        # Two invitations of the same address at the same moment: the constraint let one through.
        raise CannotInviteCollaborator("already-invited", field="email", email=address) from None
    return Invited(ref=row.ref, email=address, expires_at=row.expires_at)


def write_invitation(
    account: Account,
    *,
    email: str,
    name: str,
    language: str,
    rights: Rights,
    role: str = "",
    reaches_all: bool = True,
    reach_ids: Sequence[int] = (),
    reach_tags: Sequence[str] = (),
    is_owner: bool = False,
    old_owner_leaves: bool = False,
    user: User | None,
    by_mail: bool = True,
    actor: Actor,
    at: datetime,
) -> Invitation:
    """Store an invitation that has been checked, and queue its mail, in the caller's transaction; the caller records it.

    Not `by_mail`: nobody gets a link, until it is sent by hand or by `company_first_time`.
    """
    token = new_token()
    row = Invitation(
        account=account,
        email=email,
        name=one_line(name, LONGEST_NAME),
        language=spoken(user, language, account),
        is_owner=is_owner,
        rights_words=rights.as_words(),
        role=one_line(role, 60),
        reaches_all=reaches_all or account.kind != RESELLER,
        reach_ids=list(reach_ids),
        reach_tags=list(reach_tags),
        old_owner_leaves=is_owner and old_owner_leaves,
        token_hash=hash_token(token),
        host=host_to_invite_to(account, actor=actor, at=at),
        sends=1 if by_mail else 0,
        created_at=at,
        expires_at=at + (LIFETIME if by_mail else LIFETIME_WITHOUT_MAIL),
        **_inviter(actor),
    )
    row.save()
    if by_mail:
        _send(row, account, user, token=token, actor=actor, at=at)
    return row


def resend_invitation(*, account_ref: str, invitation_ref: str, actor: Actor, at: datetime) -> Invited:
    """Send an invitation again, with a new link and another seven days; the links sent before work no more.

    Whoever sends it stands for it from now on, so it must be able to give what the invitation gives. Raises NotFound,
    Forbidden, CannotResendInvitation.
    """
    with transaction.atomic():
        account, offer, authority = opened(account_ref, actor, at)
        require_manage(actor, account, authority)
        row = _locked(account, invitation_ref)
        if account.state == CLOSED:
            raise CannotResendInvitation("closed")
        if row.sends >= MOST_SENDS:
            raise CannotResendInvitation("too-often", most=MOST_SENDS)
        if row.is_owner and not authority.may_make_owner(account, has_owner=owner_of(account) is not None):
            raise CannotResendInvitation("owner")
        known = {key: word for key, word in row.rights_words.items() if key in offer.sections}
        wanted_rights(known, authority=authority, offer=offer, refusal=CannotResendInvitation)
        beyond = row.reaches_all or row.reach_tags or not set(row.reach_ids) <= (authority.reach or set())
        if authority.reach is not None and beyond:
            raise CannotResendInvitation("reach-all" if row.reaches_all else "reach-unknown")
        for field, value in (stands := _inviter(actor)).items():
            setattr(row, field, value)
        row.save(update_fields=[*stands])
        send_anew(row, account, User.objects.filter(email=row.email).first(), actor=actor, at=at)
        record(
            InvitationResent(invitation=row.ref, email=row.email, sends=row.sends),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )
    return Invited(ref=row.ref, email=row.email, expires_at=row.expires_at)


def send_anew(row: Invitation, account: Account, user: User | None, *, actor: Actor, at: datetime) -> None:
    """Queue the mail with a new link, good for seven days, in the caller's transaction; the caller records it."""
    token = new_token()
    row.token_hash, row.host = hash_token(token), host_to_invite_to(account, actor=actor, at=at)
    row.sends += 1
    row.expires_at = at + LIFETIME
    row.language = spoken(user, row.language, account)
    row.save(update_fields=["token_hash", "host", "sends", "expires_at", "language"])
    _send(row, account, user, token=token, actor=actor, at=at)


def revoke_invitation(*, account_ref: str, invitation_ref: str, actor: Actor, at: datetime) -> None:
    """Take an invitation back: its link leads nowhere from now on. Raises NotFound, Forbidden."""
    with transaction.atomic():
        account, _offer, authority = opened(account_ref, actor, at)
        require_end(actor, account, authority)
        row = _locked(account, invitation_ref)
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        DirectoryPerson.objects.filter(account=account, email=row.email, collaborator=None).update(
            is_active=False, changed_at=at, version=F("version") + 1
        )
        record(
            InvitationRevoked(invitation=row.ref, email=row.email),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )


def open_client(
    *,
    name: str,
    owner_email: str = "",
    owner_name: str = "",
    language: str = "",
    owner_rights: Mapping[str, str] | None = None,
    actor: Actor,
    at: datetime,
    **fields: Any,
) -> Account:
    """Open a client's account and, with an `owner_email`, invite its owner: both or neither.

    `fields` are those of `accounts.operations.create_client` (details, ownership, state, demo_until, tags, once, reason).
    An account whose owner is invited waits in the state ``invited`` unless `fields` say ``prospect``. `owner_rights` are
    the sections of the product that the owner gets; None: all that the reseller does not keep for itself. `language` is
    the owner's, and the account's where its details say none. The same `once` again opens and sends nothing, and returns
    the account of the first time.

    Raises Forbidden, CannotCreateClient, CannotInviteCollaborator (the address is at fault: ``field`` ``owner_email``).
    """
    invites = bool(owner_email.strip())
    details = fields.pop("details", None) or account_operations.NO_DETAILS
    if language and not details.language:
        details = replace(details, language=language)
    fields.setdefault("state", INVITED if invites else ACTIVE)
    with transaction.atomic():
        account: Account = account_operations.create_client(name=name, details=details, actor=actor, at=at, **fields)
        if invites and not has_people(account):
            offer = offer_for(account.kind)
            _invite_owner(
                account_ref=account.ref,
                email=owner_email,
                name=owner_name,
                language=language,
                rights=left_to_clients(offer, actor.account_id) if owner_rights is None else owner_rights,
                is_owner=True,
                actor=actor,
                at=at,
            )
    return account


def _invite_owner(**values: Any) -> None:
    try:
        invite_collaborator(**values)
    except CannotInviteCollaborator as refusal:
        refusal.field = "owner_email" if refusal.field == "email" else refusal.field
        raise


def left_to_clients(offer: Offer, reseller_id: int) -> dict[str, str]:
    """Every section of the product at its highest level, but for those that the reseller keeps for itself."""
    wanted = {f"product.{key}" for key in product_keys(offer)}
    highest = {key: section.levels[-1] for key, section in offer.sections.items() if key in wanted and section.levels}
    return within_kept(highest, kept_sections(reseller_id))


def spoken(user: User | None, language: str, account: Account) -> str:
    """The language for a mail to that person: its own choice, the one asked for, the account's, the host's, English."""
    site = host_view(primary_host(account.id))
    wanted = [user.language if user is not None else "", language, account.language]
    wanted.append(site.account_language or site.brand.language if site is not None else "")
    return next((code for code in wanted if code in LANGUAGES), "en")


def _refuse_twice(account: Account, address: str, user: User | None, *, is_owner: bool, at: datetime) -> None:
    if user is not None and Collaborator.objects.filter(account=account, user=user, ended_at__isnull=True).exists():
        raise CannotInviteCollaborator("already-here", field="email", email=address)
    waiting = Invitation.objects.select_for_update(of=("self",)).filter(
        account=account, accepted_at__isnull=True, revoked_at__isnull=True
    )
    # One that is over stands in nobody's way; it is taken back so that the address is free again.
    waiting.filter(email=address, expires_at__lte=at).update(revoked_at=at)
    if waiting.filter(email=address).exists():
        raise CannotInviteCollaborator("already-invited", field="email", email=address)
    if is_owner and waiting.filter(is_owner=True, expires_at__gt=at).exists():
        raise CannotInviteCollaborator("owner-invited", field="is_owner")


def _inviter(actor: Actor) -> dict[str, Any]:
    """Who stands for an invitation: while impersonating the real person, with its place at the reseller."""
    acting = actor.impersonator
    user_id, account_id, name = (
        (acting.user_id, acting.account_id, acting.name) if acting else (actor.user_id, actor.account_id, actor.name)
    )
    place = key = None
    if actor.key_ref:
        # unscoped: the key that acts now
        key = ApiKey.unscoped.select_related("account").filter(ref=actor.key_ref, revoked_at__isnull=True).first()
    elif user_id is not None:
        # unscoped: whoever visits a client as reseller has its place above the client, outside this scope
        place = Collaborator.unscoped.filter(account_id=account_id, user_id=user_id, ended_at__isnull=True).first()
    if user_id is not None and place is None and key is None:
        raise Forbidden("team:manage")
    if actor.key_ref and key is None:
        raise Forbidden("team:manage")
    return {"inviter": place, "inviter_key": key, "invited_by_id": user_id, "invited_by_name": name[:LONGEST_NAME]}


def _send(row: Invitation, account: Account, user: User | None, *, token: str, actor: Actor, at: datetime) -> None:
    """Queue the mail: to choose a password, or that there is one account more."""
    known = user is not None and user.has_usable_password()
    staff = account.kind in {RESELLER, "vendor"}
    queue_mail(
        template=f"invitation-{'known' if known else 'new'}{'-staff' if staff else ''}",
        account_id=account.id,
        to_email=row.email,
        to_name=row.name or (str(user) if user is not None else ""),
        language=row.language,
        context={
            "name": (user.name if user is not None else "") or row.name or row.email,
            "inviter": row.spoken_for_by,
            "account": account.name,
            "owner": 1 if row.is_owner else 0,
            "days": LIFETIME.days,
            "url": origin(row.host) + _path(token),
        },
        key=f"invitation:{row.ref}:{row.sends}",
        actor=actor,
        at=at,
        secret=True,
    )


def _path(token: str) -> str:
    # An address in a mail never carries the prefix of a visit that the inviter happens to be on.
    path = reverse("invitation", kwargs={"token": token})
    return path[path.index("/invitation/") :] if not path.startswith("/invitation/") else path


def _locked(account: Account, ref: str) -> Invitation:
    row = None
    if looks_like_ref(ref, "inv"):
        row = (
            Invitation.objects.select_for_update(of=("self",))
            .filter(account=account, ref=ref, accepted_at__isnull=True, revoked_at__isnull=True)
            .first()
        )
    if row is None:
        raise NotFound
    return row


def has_people(account: Account) -> bool:
    """Whether anybody ever had a place on the account, or was offered one."""
    return Collaborator.objects.filter(account=account).exists() or Invitation.objects.filter(account=account).exists()
