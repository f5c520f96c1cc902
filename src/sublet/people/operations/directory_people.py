"""People as an account's directory keeps them: named, described, paused, given back, removed. Each one write, one entry.

A person of the directory is *invited*, as by hand: whoever has a log-in elsewhere must agree before it gets a place, and
nobody learns of other accounts. What the directory ends, it can give back; the owner it never touches.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q

from sublet.accounts.models import Account
from sublet.core.directory import still_grantable
from sublet.core.lifecycle import CLOSED
from sublet.core.rights import NO_RIGHTS
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import looks_like_ref
from sublet.messaging.operations import queue_mail
from sublet.people.events import (
    CollaboratorInvited,
    CollaboratorRemoved,
    CollaboratorReturned,
    DirectoryPersonAdded,
    DirectoryPersonChanged,
    DirectoryPersonRemoved,
    InvitationRevoked,
)
from sublet.people.models import Collaborator, DirectoryPerson, Invitation, Reach, User
from sublet.people.operations.directory_shared import (
    LONGEST_DOCUMENT,
    LONGEST_KEY,
    LONGEST_NAME,
    CannotKeepDirectory,
    Desk,
    follow_groups,
    open_desk,
    open_invitations,
    roles_of,
)
from sublet.people.operations.granting import one_line
from sublet.people.operations.invitations import spoken, write_invitation
from sublet.people.operations.team import end_keys_of, end_place
from sublet.people.queries.directory import PersonState, person_state
from sublet.people.queries.entry import rights_of
from sublet.people.queries.team import product_keys, require_manage
from sublet.people.queries.without_mail import goes_without_mail


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What the directory says of a person. `document` is kept and given back as it is: plain JSON."""

    user_name: str
    email: str
    name: str = ""
    external_id: str = ""
    language: str = ""
    is_active: bool = True
    document: Mapping[str, Any] = field(default_factory=dict)


RewritePerson = Callable[[PersonState], PersonFacts]


def add_directory_person(*, facts: PersonFacts, actor: Actor, at: datetime) -> str:
    """Name a person of the directory of the actor's account (``team:manage``); returns its reference.

    Somebody on the team already is kept from now on, with the rights that it has. Anybody else who is active is invited,
    by mail unless the account wants none for that address (`queries.without_mail`). Raises Forbidden, CannotKeepDirectory.
    """
    clean = _clean(facts)
    try:
        with transaction.atomic():
            desk = open_desk(actor, at)
            _refuse_taken(desk.account, clean)
            row = DirectoryPerson(account=desk.account, created_at=at)
            _fill(row, clean, at)
            # By the address of the log-in: the same person, whoever wrote the place before.
            row.collaborator = _free_place(desk.account, row, clean.user_name)
            if row.collaborator is not None and not clean.is_active:
                _pause(desk, row)
            elif row.collaborator is None and clean.is_active and not _waits(desk.account, clean.email):
                _invite(desk, row, clean.language)
            else:
                row.save()
                desk.tell(DirectoryPersonAdded(directory_person=row.ref, person=_called(row)))
            return row.ref
    except IntegrityError:
        raise CannotKeepDirectory("person-taken", field="user_name", name=clean.user_name) from None


def change_directory_person(
    *, person_ref: str, rewrite: RewritePerson, versions: Collection[int] | None = None, actor: Actor, at: datetime
) -> None:
    """Change what the directory says of a person (``team:manage``); `rewrite` makes it of what is stored, under the lock.

    No longer active: the place ends at once with the API keys that the person made, or the invitation is taken back.
    Active again: the place is given back with its rights, as far as the key can give them, without those API keys;
    whoever left or was removed by hand is invited. A log-in keeps its own name and address, which are the person's.

    Another address is somebody else's if it is a colleague's: that place is kept from now on, and the place before ends.
    Whoever waits for an answer is invited there. Else a place stays as it is, because addresses change with names.

    Changing nothing records nothing. With `versions`, only one of these is changed. Raises NotFound, Forbidden,
    CannotKeepDirectory, and what `rewrite` raises.
    """
    name = ""
    try:
        with transaction.atomic():
            desk = open_desk(actor, at, to_end=True)
            row = _locked(desk.account, person_ref)
            if versions is not None and row.version not in versions:
                raise CannotKeepDirectory("changed-meanwhile")
            facts = _clean(rewrite(person_state(row)))
            name = facts.user_name
            was = (row.user_key, row.email, row.external_id, row.name, row.is_active, row.document)
            was_email, was_active = row.email, row.is_active
            _fill(row, facts, at)
            if was == (row.user_key, row.email, row.external_id, row.name, row.is_active, row.document):
                return
            if row.is_active or not was_active:
                require_manage(actor, desk.account, desk.authority)  # no end of anything
                if desk.account.state == CLOSED:
                    raise CannotKeepDirectory("closed")
            _refuse_taken(desk.account, facts, but=row.id)
            row.version += 1
            moved = row.email != was_email
            if was_active and not row.is_active:
                _pause(desk, row, email=was_email)
            elif row.is_active and not was_active:
                _give_back(desk, row, facts, moved=moved)
            elif row.is_active and moved:
                _move(desk, row, facts, before=was_email)
            else:
                _let_go(row, moved=moved)
                row.save()
                desk.tell(DirectoryPersonChanged(directory_person=row.ref, person=_called(row)))
    except IntegrityError:
        raise CannotKeepDirectory("person-taken", field="user_name", name=name) from None


def remove_directory_person(
    *, person_ref: str, versions: Collection[int] | None = None, actor: Actor, at: datetime
) -> None:
    """Forget a person of the directory (``team:manage``); its place ends at once, or its invitation is taken back.

    Raises NotFound, Forbidden, CannotKeepDirectory.
    """
    with transaction.atomic():
        desk = open_desk(actor, at, to_end=True)
        row = _locked(desk.account, person_ref)
        if versions is not None and row.version not in versions:
            raise CannotKeepDirectory("changed-meanwhile")
        _pause(desk, row, removed=True)


# What happens to the place --------------------------------------------------------------------------------------------


def _pause(desk: Desk, row: DirectoryPerson, *, email: str = "", removed: bool = False) -> None:
    """End the place or take the invitation back, store (or delete) the row, and tell of it.

    `email` is the address before, if it changed as well.
    """
    address = email or row.email
    place = row.collaborator if row.collaborator is not None and row.collaborator.ended_at is None else None
    ending = [place] if place is not None else []
    if row.is_active or not removed:
        # Somebody may have come to the team under that address by hand: out is out.
        here = _place_of(desk.account, address)
        if here is not None and here not in ending and not _is_kept(here, but=row):
            ending += [here] if place is None or not here.is_owner else []
    for each in ending:
        if each.is_owner:
            raise CannotKeepDirectory("owner", person=str(each.user))
        _end(desk, each, named={address, row.email})
    # Invitations too, even beside a place: with one that is left, whoever is out would come back and be active again.
    addresses = {address}
    if row.email != address and _place_of(desk.account, row.email) is None:
        addresses.add(row.email)
    invitations = [_revoke(desk.account, each, desk.at) for each in sorted(addresses)]
    if ending:
        row.collaborator, row.is_active = ending[0], False
        _let_go(row, moved=address != row.email)
    _store(row, removed=removed)
    for invitation in invitations:
        _tell_revoked(desk, invitation)
    if ending or any(invitations):
        return
    if removed:
        desk.tell(DirectoryPersonRemoved(directory_person=row.ref, person=_called(row)))
    else:
        desk.tell(DirectoryPersonChanged(directory_person=row.ref, person=_called(row)))


def _end(desk: Desk, place: Collaborator, *, named: Collection[str]) -> None:
    """End a place and the API keys that its person made, for good, and tell of it.

    But for the key that speaks: without it the directory could end nobody else's place. Its page says whose it was. What was
    sent to the address of the person's log-in ends, too, unless the directory names it (`named`: of this entry): it would
    let the person back in.
    """
    end_place(place, at=desk.at)
    keys = end_keys_of(place, but=desk.actor.key_ref, at=desk.at)
    desk.tell(CollaboratorRemoved(collaborator=place.ref, person=str(place.user), owner=False, keys_revoked=keys))
    own = place.user.email
    if own not in named and not DirectoryPerson.objects.filter(account=desk.account, email=own).exists():
        _tell_revoked(desk, _revoke(desk.account, own, desk.at))


def _tell_revoked(desk: Desk, invitation: Invitation | None) -> None:
    if invitation is not None:
        desk.tell(InvitationRevoked(invitation=invitation.ref, email=invitation.email))


def _move(desk: Desk, row: DirectoryPerson, facts: PersonFacts, *, before: str) -> None:
    """Somebody who is active has another address now: the same person, or another who is on the team."""
    place, here = row.collaborator, _free_place(desk.account, row, facts.user_name)
    if place is None:
        _tell_revoked(desk, _revoke(desk.account, before, desk.at))
        if here is None and not _waits(desk.account, row.email):
            _invite(desk, row, facts.language)
            return
        row.collaborator = here
        row.save()
        follow_groups(desk, {row.id: frozenset()})
    elif here is not None and here.id != place.id:
        if place.is_owner:
            raise CannotKeepDirectory("owner", person=str(place.user))
        row.collaborator = here
        row.save()
        follow_groups(desk, {row.id: frozenset()})
        _end(desk, place, named=())
        _tell_moved(desk, place)
    else:
        # Whether somebody else has a log-in with that address is not to be seen here, so nothing may depend on it.
        row.save()
    desk.tell(DirectoryPersonChanged(directory_person=row.ref, person=_called(row)))


def _let_go(row: DirectoryPerson, *, moved: bool) -> None:
    """An address that changes while nobody is active may be another person's: the place before is not given to it."""
    if moved and row.collaborator is not None and row.collaborator.user.email != row.email:
        row.collaborator = None


def _tell_moved(desk: Desk, place: Collaborator) -> None:
    user = place.user
    queue_mail(
        template="directory-moved",
        account_id=desk.account.id,
        to_email=user.email,
        to_name=str(user),
        language=spoken(user, "", desk.account),
        context={"name": str(user), "account": desk.account.name},
        key=f"directory-moved:{place.ref}",
        actor=desk.actor,
        at=desk.at,
    )


def _give_back(desk: Desk, row: DirectoryPerson, facts: PersonFacts, *, moved: bool) -> None:
    _let_go(row, moved=moved)
    place = row.collaborator
    if place is not None and place.ended_at is not None:
        taken = Collaborator.objects.filter(account=desk.account, user_id=place.user_id, ended_at__isnull=True).first()
        if taken is None and _within_reach(desk, place):
            held = rights_of(place, desk.account.kind, product_keys(desk.offer))
            held = still_grantable(held, grantable=desk.authority.grantable, kept=desk.kept)
            roles = roles_of([row.id])[row.id]
            rights = desk.rights_for(held, roles) if roles else held
            place.ended_at, place.rights_words = None, rights.as_words()
            place.save(update_fields=["ended_at", "rights_words"])
            row.save()
            desk.tell(CollaboratorReturned(collaborator=place.ref, person=str(place.user), rights=rights.as_words()))
            return
        if taken is not None and _is_kept(taken, but=row):
            raise CannotKeepDirectory("person-taken", field="user_name", name=facts.user_name)
        row.collaborator = place = taken  # somebody was faster, by hand; or it reaches clients that the key does not
    if place is None:
        place = row.collaborator = _free_place(desk.account, row, facts.user_name)
    if place is None and not _waits(desk.account, row.email):
        _invite(desk, row, facts.language)
    else:
        row.save()
        if place is not None:
            follow_groups(desk, {row.id: frozenset()})
        desk.tell(DirectoryPersonChanged(directory_person=row.ref, person=_called(row)))


def _within_reach(desk: Desk, place: Collaborator) -> bool:
    """Whether the key may let somebody reach what that place (of a reseller's staff) reaches."""
    most = desk.authority.reach
    if most is None:
        return True
    # Who will carry a tag nobody knows: that is beyond whoever is confined.
    return (
        not place.reaches_all
        and not place.reach_tags
        and most.issuperset(Reach.objects.filter(collaborator=place).values_list("client_id", flat=True))
    )


def _invite(desk: Desk, row: DirectoryPerson, language: str) -> None:
    roles = roles_of([row.id])[row.id] if row.id is not None else frozenset()
    row.save()
    rights = desk.rights_for(NO_RIGHTS, roles) if roles else NO_RIGHTS
    confined = desk.authority.reach
    invitation = write_invitation(
        desk.account,
        email=row.email,
        name=row.name,
        language=language,
        rights=rights,
        role=next(iter(roles)) if len(roles) == 1 else "",
        reaches_all=confined is None,
        reach_ids=sorted(confined or ()),
        user=User.objects.filter(email=row.email).first(),
        by_mail=not goes_without_mail(desk.account.id, row.email),
        actor=desk.actor,
        at=desk.at,
    )
    desk.tell(CollaboratorInvited(invitation=invitation.ref, email=row.email, owner=False, rights=rights.as_words()))


def _revoke(account: Account, email: str, at: datetime) -> Invitation | None:
    """Take the open invitation of that address back, if there is one that makes nobody the owner."""
    found: Invitation | None = (
        open_invitations(account).select_for_update(of=("self",)).filter(email=email, is_owner=False).first()
    )
    if found is not None:
        found.revoked_at = at
        found.save(update_fields=["revoked_at"])
    return found


# Rows -----------------------------------------------------------------------------------------------------------------


def _clean(facts: PersonFacts) -> PersonFacts:
    email = facts.email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise CannotKeepDirectory("not-an-address", field="email", email=one_line(email, 60)) from None
    if not facts.user_name:
        raise CannotKeepDirectory("user-name-missing", field="user_name")
    for name, text in (("userName", facts.user_name), ("emails", email), ("externalId", facts.external_id)):
        if len(text) > LONGEST_KEY:
            raise CannotKeepDirectory("too-long", field=name, attribute=name, most=LONGEST_KEY)
    if len(json.dumps(dict(facts.document))) > LONGEST_DOCUMENT:
        raise CannotKeepDirectory("too-much", field="document", most=LONGEST_DOCUMENT)
    return PersonFacts(
        user_name=facts.user_name,
        email=email,
        name=one_line(facts.name, LONGEST_NAME),
        external_id=facts.external_id,
        language=facts.language.replace("_", "-").split("-")[0].lower(),
        is_active=facts.is_active,
        document=facts.document,
    )


def _fill(row: DirectoryPerson, facts: PersonFacts, at: datetime) -> None:
    row.user_key = facts.user_name.casefold()[:LONGEST_KEY]
    row.email, row.external_id, row.name = facts.email, facts.external_id, facts.name
    row.is_active, row.document, row.changed_at = facts.is_active, dict(facts.document), at


def _store(row: DirectoryPerson, *, removed: bool) -> None:
    if removed:
        row.delete()
    else:
        row.save()


def _refuse_taken(account: Account, facts: PersonFacts, *, but: int = 0) -> None:
    same = Q(user_key=facts.user_name.casefold()[:LONGEST_KEY]) | Q(email=facts.email)
    if DirectoryPerson.objects.filter(same, account=account).exclude(id=but).exists():
        raise CannotKeepDirectory("person-taken", field="user_name", name=facts.user_name)


def _place_of(account: Account, email: str) -> Collaborator | None:
    return (
        Collaborator.objects.filter(account=account, user__email=email, ended_at__isnull=True)
        .select_related("user")
        .first()
    )


def _free_place(account: Account, row: DirectoryPerson, user_name: str) -> Collaborator | None:
    """The place of whoever on the team has that address. Raises CannotKeepDirectory if another entry keeps it."""
    place = _place_of(account, row.email)
    if place is not None and _is_kept(place, but=row):
        raise CannotKeepDirectory("person-taken", field="user_name", name=user_name)
    return place


def _is_kept(place: Collaborator, *, but: DirectoryPerson) -> bool:
    """Whether another entry of the directory keeps that place."""
    return DirectoryPerson.objects.filter(account_id=place.account_id, collaborator=place).exclude(id=but.id).exists()


def _waits(account: Account, email: str) -> bool:
    return bool(open_invitations(account).filter(email=email).exists())


def _called(row: DirectoryPerson) -> str:
    return row.name or row.email


def _locked(account: Account, ref: str) -> DirectoryPerson:
    row = None
    if looks_like_ref(ref, "dpn"):
        row = (
            DirectoryPerson.objects.select_for_update(of=("self",))
            .filter(account=account, ref=ref)
            .select_related("collaborator__user")
            .first()
        )
    if row is None:
        raise NotFound
    return row
