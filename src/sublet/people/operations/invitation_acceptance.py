"""Accepting an invitation: from a link in a mail to a place on an account, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db import IntegrityError, transaction
from django.db.models import Exists, F
from django.utils.translation import gettext_lazy as _

from sublet.accounts import operations as account_operations
from sublet.accounts.models import Account
from sublet.foundation.actor import WEB
from sublet.foundation.errors import Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.scope import platform_scope
from sublet.people.events import InvitationAccepted
from sublet.people.models import Collaborator, DirectoryPerson, Invitation, Reach, User
from sublet.people.operations.passwords import check_new_password
from sublet.people.operations.profile import clean_name, known_language
from sublet.people.operations.team import owner_of, pass_ownership
from sublet.people.queries.entry import actor_of
from sublet.people.queries.invitation_page import find_invitation, place_on
from sublet.people.queries.links import hash_token
from sublet.people.queries.sections import offer_for


class CannotAcceptInvitation(Refusal):
    """An invitation that is not accepted. ``gone`` for every link that leads nowhere, whatever the reason."""

    SENTENCES: ClassVar = {
        "gone": _("This invitation cannot be used any more."),
        "log-in-first": _("You have a log-in already. Log in first, then accept the invitation."),
        "somebody-else": _("This invitation is for another person. Log out first."),
    }


@dataclass(frozen=True, slots=True)
class Accepted:
    """Who has a place now, and where. `is_new`: the person got its log-in just now."""

    user: User
    is_new: bool
    account_ref: str
    account_kind: str
    account_name: str
    collaborator_ref: str


def accept_invitation(
    *,
    token: str,
    host: str,
    name: str,
    password: str | None,
    user_id: int | None,
    at: datetime,
    language: str = "",
    request_id: str = "",
    via: str = WEB,
    by_company: bool = False,
) -> Accepted:
    """Make the person invited a collaborator, with the rights and the reach that the invitation holds.

    `user_id` is the person who is logged in, None for nobody. A person without a log-in (or without a password yet) gets
    one from `name` and `password`; `language` is the one chosen on the page, empty for the invitation's. The owner's
    invitation makes an invited account active, and takes the place of an owner before. `by_company`: the account's own
    identity provider has shown the person, who needs no password then.

    Raises CannotAcceptInvitation (``gone``: used, over, revoked, of another host, the inviter's right gone, or lost to
    somebody faster), CannotUsePassword, CannotChangeProfile for a name; all of them leave everything as it was.
    """
    with platform_scope("the token decides whose account this is"):
        try:
            with transaction.atomic():
                return _accept(
                    token=token,
                    host=host,
                    name=name,
                    password=password,
                    user_id=user_id,
                    at=at,
                    language=language,
                    request_id=request_id,
                    via=via,
                    by_company=by_company,
                )
        except IntegrityError:
            # Two invitations of one new person accepted at the same moment: the other one made the log-in.
            raise CannotAcceptInvitation("log-in-first") from None


def _accept(
    *,
    token: str,
    host: str,
    name: str,
    password: str | None,
    user_id: int | None,
    at: datetime,
    language: str,
    request_id: str,
    via: str,
    by_company: bool,
) -> Accepted:
    account = _locked_account(token)
    invitation = find_invitation(token, host=host, at=at)
    if account is None or invitation is None:
        raise CannotAcceptInvitation("gone")
    user = User.objects.filter(email=invitation.email).first()
    if user is not None and not user.is_active:
        raise CannotAcceptInvitation("gone")
    if user_id is not None:
        if user is None or user.id != user_id:
            raise CannotAcceptInvitation("somebody-else")
        person, is_new = user, False
    elif user is not None and user.has_usable_password():
        raise CannotAcceptInvitation("log-in-first")
    else:
        person = _with_log_in(
            user, invitation, name=name, password=password, language=language, by_company=by_company, at=at
        )
        is_new = True
    # The one statement that decides who comes first; everything after it is undone with it.
    # unscoped: the token has proved the right
    taken = Invitation.unscoped.filter(
        id=invitation.id, accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=at
    ).update(accepted_at=at)
    if not taken:
        raise CannotAcceptInvitation("gone")
    # What it offers was read before it was ours: a section may have been withdrawn in between.
    invitation.refresh_from_db(fields=["rights_words", "reaches_all", "reach_ids", "reach_tags"])
    if person.pk is None:
        person.save()
    elif is_new and by_company:
        person.save(update_fields=["name"])  # with the rest, a password reset of the same moment would be undone
    elif is_new:
        person.save(update_fields=["name", "password", "language", "password_by_mail_at"])
    place = _place(invitation, account, person, at=at)
    # unscoped: the account of the invitation. A directory that named this address keeps the place from now on; but an
    # entry that got the address later keeps the place that it has, or that one would be nobody's to end. Nor do two keep one.
    entries = DirectoryPerson.unscoped.filter(account=account)
    named = entries.filter(~Exists(entries.filter(collaborator=place)), email=invitation.email)
    named.exclude(collaborator__ended_at__isnull=True, collaborator__isnull=False).update(
        collaborator=place, is_active=True, changed_at=at, version=F("version") + 1
    )
    actor = actor_of(place, account, host=host, request_id=request_id, via=via)
    record(
        InvitationAccepted(invitation=invitation.ref, collaborator=place.ref, owner=invitation.is_owner),
        account_id=account.id,
        parent_id=account.parent_id,
        actor=actor,
        at=at,
    )
    if invitation.is_owner:
        account_operations.activate_account(ref=account.ref, actor=actor, at=at)
    return Accepted(
        user=person,
        is_new=is_new,
        account_ref=account.ref,
        account_kind=account.kind,
        account_name=account.name,
        collaborator_ref=place.ref,
    )


def _locked_account(token: str) -> Account | None:
    """The account that the link is of, locked before anything of it is: as everybody locks who changes a team."""
    # unscoped: the token has proved the right
    of = Invitation.unscoped.filter(token_hash=hash_token(token)).values("account_id")
    return Account.objects.select_for_update(of=("self",)).filter(id__in=of).first()


def _with_log_in(
    user: User | None,
    invitation: Invitation,
    *,
    name: str,
    password: str | None,
    language: str,
    by_company: bool,
    at: datetime,
) -> User:
    """The person with a name and a password (or none), not stored yet.

    Whoever is known elsewhere keeps its name and its language there: a company says them of its own account only.
    """
    if by_company and user is not None:
        user.name = user.name or clean_name(name)
        return user
    person = user or User(email=invitation.email, created_at=at)
    person.name = clean_name(name)
    person.language = language if known_language(language) else invitation.language
    if by_company:
        person.set_unusable_password()
    else:
        person.set_password(check_new_password(password, user=person))
        person.password_by_mail_at = at if user is not None else None  # a second factor may be older than this password
    return person


def _place(invitation: Invitation, account: Account, user: User, *, at: datetime) -> Collaborator:
    """The person's place. One that it has already stays as it is, unless it becomes the owner."""
    place = place_on(user_id=user.id, account_id=account.id)
    if place is None:
        place = Collaborator(
            account=account,
            user=user,
            rights_words=invitation.rights_words,
            role=invitation.role,
            reaches_all=invitation.reaches_all,
            reach_tags=invitation.reach_tags,
            created_at=at,
        )
        place.save()
        if not place.reaches_all:
            clients = Account.objects.filter(id__in=invitation.reach_ids, parent_id=account.id)
            Reach.objects.bulk_create(Reach(collaborator=place, client=client) for client in clients)
    if invitation.is_owner and not place.is_owner:
        # An account has one owner. The invitation says what the new one has of the product: nothing is inherited.
        pass_ownership(
            owner_of(account),
            place,
            offer=offer_for(account.kind),
            leave=invitation.old_owner_leaves,
            inherit=False,
            at=at,
        )
    return place
