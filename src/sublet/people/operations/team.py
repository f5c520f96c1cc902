"""Changing a team: rights, removal, leaving, and who owns the account. Effective at the next request everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.rights import CLIENT, PRODUCT_PREFIX, RESELLER, Level, Rights
from sublet.foundation.actor import CLI, Actor
from sublet.foundation.errors import Forbidden, NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.people.events import (
    CollaboratorAdded,
    CollaboratorLeft,
    CollaboratorRemoved,
    OwnershipHandedOver,
    RightsChanged,
)
from sublet.people.models import ApiKey, Collaborator, DirectoryPerson, Invitation, Reach, StaffTeamMember, User
from sublet.people.operations.granting import CannotGrant, one_line, wanted_reach, wanted_rights, wanted_tags
from sublet.people.operations.impersonation import end_impersonations_of_place
from sublet.people.queries.authority import Authority, authority_over
from sublet.people.queries.entry import rights_of
from sublet.people.queries.sections import Offer, offer_for
from sublet.people.queries.team import may_change, may_remove, product_keys, require_end, require_manage


class CannotChangeRights(CannotGrant):
    """Why the rights of a collaborator do not change."""

    SENTENCES: ClassVar = {
        **CannotGrant.SENTENCES,
        "owner": _("The owner has every right. Hand the account over first."),
    }


class CannotRemoveCollaborator(Refusal):
    """Why a collaborator keeps its access."""

    SENTENCES: ClassVar = {
        "owner": _("The owner cannot be removed. Hand the account over to somebody else first."),
        "yourself": _("You cannot remove yourself. Leave the team instead."),
    }


class CannotLeaveAccount(Refusal):
    """Why somebody does not leave a team."""

    SENTENCES: ClassVar = {
        "owner": _("You own this account. Hand it over to somebody else before you leave."),
    }


class CannotHandOverOwnership(Refusal):
    """Why an account does not change its owner."""

    SENTENCES: ClassVar = {
        "already": _("This person owns the account already."),
        "client-owns": _("The client owns this account, so only its owner can hand it over."),
    }


class CannotAddCollaborator(CannotGrant):
    """Why the installation gives somebody no place."""

    SENTENCES: ClassVar = {
        **CannotGrant.SENTENCES,
        "already-here": _("This person is on the team already."),
        "owner": _("This account has an owner already."),
    }


def change_rights(
    *,
    account_ref: str,
    collaborator_ref: str,
    rights: Mapping[str, str],
    role: str = "",
    reaches_all: bool = True,
    reach: Sequence[str] = (),
    reach_tags: Sequence[str] = (),
    actor: Actor,
    at: datetime,
) -> None:
    """Give a collaborator exactly `rights` (section → ``view`` or ``manage``), and staff of a reseller its reach.

    `role` is the preset that filled the form, for display. `reach` are references of clients, when not all are reached,
    `reach_tags` names of tags: who carries one is reached for as long as it does.
    Nobody gives, changes or takes what goes beyond its own rights, so nobody raises its own either. Changing nothing is
    not recorded. Raises NotFound, Forbidden, CannotChangeRights.
    """
    with transaction.atomic():
        account, offer, authority = opened(account_ref, actor, at)
        require_manage(actor, account, authority)
        row = locked_place(account, collaborator_ref)
        if not may_change(authority, account, row):
            raise CannotChangeRights("owner")
        held = rights_of(row, account.kind, product_keys(offer))
        words = dict(rights)
        if row.is_owner:  # a client's owner: the portal's sections are its by nature, only the product's are ticked
            words |= {key: level.word for key, level in held.levels.items() if not key.startswith(PRODUCT_PREFIX)}
        wanted = wanted_rights(words, authority=authority, offer=offer, refusal=CannotChangeRights, before=held)
        confined = account.kind == RESELLER and not row.is_owner
        reached = (
            frozenset(Reach.objects.filter(collaborator=row).values_list("client_id", flat=True)) if confined else None
        )
        before_reach = None if row.reaches_all or not confined else reached
        ids: list[int] = []
        tags: list[str] = []
        if confined:
            tags = wanted_tags(
                reach_tags,
                reaches_all=reaches_all,
                account=account,
                authority=authority,
                refusal=CannotChangeRights,
                before=row.reach_tags,
            )
            ids = wanted_reach(
                reach,
                reaches_all=reaches_all,
                account=account,
                authority=authority,
                refusal=CannotChangeRights,
                before=before_reach,
                or_tags=bool(tags),
            )
        reaches = reaches_all or not confined
        same_reach = before_reach is None if reaches else before_reach == frozenset(ids)
        same_reach = same_reach and tags == row.reach_tags
        if wanted == held and same_reach and row.role == one_line(role, 60):
            return
        # Ticks on sections that the manifest does not have at present stay: they are closed until it has them again.
        kept = {key: word for key, word in row.rights_words.items() if key not in offer.sections and "." in key}
        row.rights_words = {**kept, **wanted.as_words()}
        row.role = one_line(role, 60)
        row.reaches_all, row.reach_tags = reaches, tags
        row.save(update_fields=["rights_words", "role", "reaches_all", "reach_tags"])
        if confined and not same_reach:
            Reach.objects.filter(collaborator=row).exclude(client_id__in=ids).delete()
            known = reached or frozenset()
            Reach.objects.bulk_create(Reach(collaborator=row, client_id=each) for each in ids if each not in known)
        differs = [key for key in offer.sections if held.level(key) != wanted.level(key)]
        record(
            RightsChanged(
                collaborator=row.ref,
                person=str(row.user),
                before={key: held.level(key).word for key in differs},
                after={key: wanted.level(key).word for key in differs},
                reaches="all" if reaches else ", ".join([str(len(ids)), *tags]),
            ),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )


def remove_collaborator(
    *,
    account_ref: str,
    collaborator_ref: str,
    revoke_keys: bool = False,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> None:
    """End a person's access to an account at once: pages, visits to clients, invitations that it wrote.

    `revoke_keys` also ends the API keys that it made there. An owner goes only when its reseller owns the account.
    Raises NotFound, Forbidden, CannotRemoveCollaborator.
    """
    with transaction.atomic():
        account, _offer, authority = opened(account_ref, actor, at)
        require_end(actor, account, authority)
        _lock_invitations_of(account, ref=collaborator_ref)
        row = locked_place(account, collaborator_ref)
        if row.user_id == actor.user_id and actor.impersonator is None and account.id == actor.account_id:
            raise CannotRemoveCollaborator("yourself")
        if not may_remove(authority, account, row):
            raise CannotRemoveCollaborator("owner")
        was_owner = row.is_owner
        end_place(row, at=at)
        keys = end_keys_of(row, at=at) if revoke_keys else 0
        record(
            CollaboratorRemoved(collaborator=row.ref, person=str(row.user), owner=was_owner, keys_revoked=keys),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
            reason=one_line(reason, 500),
        )


def leave_account(*, account_ref: str, actor: Actor, at: datetime, collaborator_ref: str = "") -> None:
    """Give up one's own place on the account in which one acts, in person. `collaborator_ref`, if given, must be that place.

    Raises NotFound, CannotWhileImpersonating, CannotLeaveAccount.
    """
    actor.require_in_person()
    with transaction.atomic():
        account = _account(account_ref)
        if account.id != actor.account_id:
            raise NotFound
        _lock_invitations_of(account, user_id=actor.user_id or 0)
        row = (
            Collaborator.objects.select_for_update(of=("self",))
            .filter(account=account, user_id=actor.user_id or 0, ended_at__isnull=True)
            .select_related("user")
            .first()
        )
        if row is None or collaborator_ref not in {"", row.ref}:
            raise NotFound
        if row.is_owner:
            raise CannotLeaveAccount("owner")
        end_place(row, at=at)
        record(
            CollaboratorLeft(collaborator=row.ref, person=str(row.user)),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )


def hand_over_ownership(
    *, account_ref: str, collaborator_ref: str, leave: bool = False, actor: Actor, at: datetime
) -> None:
    """Make another collaborator the owner: by the owner in person, or by the reseller that owns a client's account.

    The owner before stays with what it has, or leaves. Raises NotFound, Forbidden, CannotWhileImpersonating,
    CannotHandOverOwnership.
    """
    with transaction.atomic():
        account, offer, authority = opened(account_ref, actor, at)
        if leave:
            _lock_invitations_of(account, is_owner=True)
        row = locked_place(account, collaborator_ref)
        before = owner_of(account)
        if not authority.may_make_owner(account, has_owner=before is not None):
            if authority.from_above and authority.manages:
                raise CannotHandOverOwnership("client-owns")
            actor.require_in_person()
            raise Forbidden("team:manage")
        if row.is_owner:
            raise CannotHandOverOwnership("already")
        pass_ownership(before, row, offer=offer, leave=leave, at=at)
        record(
            OwnershipHandedOver(
                collaborator=row.ref,
                person=str(row.user),
                before=str(before.user) if before is not None else "",
                before_left=leave and before is not None,
            ),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )


def add_collaborator(
    *,
    account_ref: str,
    user_ref: str,
    rights: Mapping[str, str],
    is_owner: bool = False,
    role: str = "",
    reach: Sequence[str] | None = None,
    actor: Actor,
    at: datetime,
) -> str:
    """Give a person a place without an invitation; returns its reference. Only for the installation itself.

    (Command line, set-up, a lifelike demonstration: nobody is there who could accept.) Raises NotFound, Forbidden,
    CannotAddCollaborator.
    """
    if actor.user_id is not None or actor.key_ref or actor.via not in {CLI, "job"}:
        raise Forbidden("team:manage")
    with transaction.atomic():
        account = _account(account_ref)
        offer = offer_for(account.kind)
        user = User.objects.filter(ref=user_ref).first() if looks_like_ref(user_ref, "usr") else None
        if user is None:
            raise NotFound
        if Collaborator.objects.filter(account=account, user=user, ended_at__isnull=True).exists():
            raise CannotAddCollaborator("already-here")
        if is_owner and owner_of(account) is not None:
            raise CannotAddCollaborator("owner")
        everything = Authority(
            level=Level.MANAGE,
            grantable=Rights.of(dict.fromkeys(offer.sections, "manage")),
            from_above=True,
            owns_in_person=False,
            reach=None,
        )
        wanted = wanted_rights(rights, authority=everything, offer=offer, refusal=CannotAddCollaborator)
        ids = wanted_reach(
            reach or (), reaches_all=reach is None, account=account, authority=everything, refusal=CannotAddCollaborator
        )
        row = Collaborator(
            account=account,
            user=user,
            is_owner=is_owner,
            rights_words=wanted.as_words(),
            role=one_line(role, 60),
            reaches_all=reach is None or account.kind != RESELLER,
            created_at=at,
        )
        row.save()
        Reach.objects.bulk_create(Reach(collaborator=row, client_id=each) for each in ids)
        record(
            CollaboratorAdded(collaborator=row.ref, person=str(user), owner=is_owner, rights=wanted.as_words()),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )
    return row.ref


# Shared with invitations ----------------------------------------------------------------------------------------------


def opened(account_ref: str, actor: Actor, at: datetime) -> tuple[Account, Offer, Authority]:
    """The account, locked, what it offers, and what the actor may do with its team. Raises NotFound, Forbidden, NotGranted."""
    account = _account(account_ref)
    offer = offer_for(account.kind)
    return account, offer, authority_over(actor, account, sections=offer.sections, at=at)


def locked_place(account: Account, ref: str) -> Collaborator:
    """The collaborator of that account, locked, with the person. Raises NotFound."""
    row = None
    if looks_like_ref(ref, "col"):
        row = (
            Collaborator.objects.select_for_update(of=("self",))
            .filter(account=account, ref=ref, ended_at__isnull=True)
            .select_related("user")
            .first()
        )
    if row is None:
        raise NotFound
    return row


def _lock_invitations_of(account: Account, **place: object) -> None:
    """Lock the open invitations that a place on the account has written, before the place itself is locked.

    A withdrawal locks in this order, too; the other way round each would wait for the other, and PostgreSQL end one.
    """
    # unscoped: as in `_end_place`
    written = Invitation.unscoped.select_for_update(of=("self",)).filter(
        inviter__account=account,
        accepted_at__isnull=True,
        revoked_at__isnull=True,
        **{f"inviter__{name}": value for name, value in place.items()},
    )
    list(written.order_by("id").values_list("id", flat=True))


def owner_of(account: Account) -> Collaborator | None:
    """The owner's place, locked, with the person; None when nobody owns the account."""
    return (
        Collaborator.objects.select_for_update(of=("self",))
        .filter(account=account, is_owner=True, ended_at__isnull=True)
        .select_related("user")
        .first()
    )


def pass_ownership(
    before: Collaborator | None, after: Collaborator, *, offer: Offer, leave: bool, inherit: bool = True, at: datetime
) -> None:
    """Let `after` (stored) own the account instead of `before`, in the caller's transaction.

    Whoever owned it before keeps what it could do, ticked. The new owner of a client's account has of the product what
    it had, and with `inherit` what the owner before had.
    """
    if before is not None:
        held = rights_of(before, offer.kind, product_keys(offer))
        before.is_owner = False
        before.rights_words = held.as_words()
        before.save(update_fields=["is_owner", "rights_words"])
        if offer.kind == CLIENT and inherit:
            own = after.ticked
            merged = {key: max(own.level(key), held.level(key)) for key in {*own.levels, *held.levels}}
            after.rights_words = Rights.of(merged).as_words()
        if leave:
            end_place(before, at=at)
    after.is_owner = True
    after.reaches_all = True
    after.save(update_fields=["is_owner", "rights_words", "reaches_all"])


def end_place(row: Collaborator, *, at: datetime) -> None:
    """End a place with all that hangs on it, in the caller's transaction.

    A directory that keeps the person learns that it is active no more; if it says otherwise, the person is invited anew.
    """
    row.ended_at = at
    row.is_owner = False
    row.save(update_fields=["ended_at", "is_owner"])
    DirectoryPerson.objects.filter(collaborator=row).update(
        is_active=False, collaborator=None, changed_at=at, version=F("version") + 1
    )
    # Whoever comes back to the place (a directory may give it back) is in no team by that.
    # unscoped: the place's own, whoever ends it
    StaffTeamMember.unscoped.filter(collaborator=row).delete()
    end_impersonations_of_place(collaborator_id=row.id, at=at)
    # unscoped: invitations that it wrote, also to clients that whoever removes it does not reach
    Invitation.unscoped.filter(inviter=row, accepted_at__isnull=True, revoked_at__isnull=True).update(revoked_at=at)


def end_keys_of(row: Collaborator, *, but: str = "", at: datetime) -> int:
    """End the API keys that the person of that place made on its account, in the caller's transaction; how many.

    `but` is the reference of one that goes on.
    """
    live = ApiKey.objects.filter(account_id=row.account_id, created_by_id=row.user_id, revoked_at__isnull=True)
    return int(live.exclude(ref=but).update(revoked_at=at))


def _account(ref: str) -> Account:
    account = (
        Account.objects.select_for_update(of=("self",)).filter(ref=ref).first() if looks_like_ref(ref, "acc") else None
    )
    if account is None:
        raise NotFound
    return account
