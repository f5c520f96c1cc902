"""What people and groups of a directory share: who may write, and what membership comes to in rights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.directory import rights_by_groups
from sublet.core.lifecycle import CLOSED
from sublet.core.rights import CLIENT, Rights
from sublet.foundation.actor import Actor
from sublet.foundation.errors import CannotWhileImpersonating, Refusal
from sublet.foundation.journal.events import Event
from sublet.foundation.journal.operations import record
from sublet.people.models import Collaborator, DirectoryMembership, DirectoryPerson, Invitation
from sublet.people.operations.team import opened
from sublet.people.queries.authority import Authority
from sublet.people.queries.entry import rights_of
from sublet.people.queries.sections import Offer, preset_named
from sublet.people.queries.team import product_keys, require_end, require_manage
from sublet.people.queries.withdrawals import kept_sections

LONGEST_NAME = 200
LONGEST_KEY = 254
#: How long all that is kept of a person may be, as JSON: a page holds two hundred of them.
LONGEST_DOCUMENT = 10_000
#: How many names one journal entry tells of; a group may have thousands of members.
MOST_NAMES = 100
#: How many people one group has at most.
MOST_MEMBERS = 20_000


class CannotKeepDirectory(Refusal):
    """Why the directory is not followed."""

    SENTENCES: ClassVar = {
        "owner": _("%(person)s owns this account. Its owner is removed by nobody; hand the account over first."),
        "not-an-address": _("“%(email)s” is not an e-mail address, and no other was sent."),
        "name-missing": _("A group needs a displayName."),
        "user-name-missing": _("A person needs a userName."),
        "too-long": _("“%(attribute)s” has at most %(most)s characters."),
        "too-much": _("What is said of one person has at most %(most)s characters altogether."),
        "person-taken": _("Another person of this directory has the user name or the address “%(name)s”."),
        "group-taken": _("Another group of this directory is called “%(name)s”."),
        "unknown-member": _("There is no person with the id “%(member)s” in this directory."),
        "too-many-members": _("A group has at most %(most)s members."),
        "changed-meanwhile": _("Somebody else changed this in the meantime."),
        "unknown-role": _("There is no such role."),
        "beyond-own": _("This role goes beyond your own rights."),
        "closed": _("This account is closed."),
        "off": _("Switch the directory on first."),
    }


@dataclass(frozen=True, slots=True)
class Desk:
    """The account, locked, with what its directory needs to know to write: what there is to give, and who gives."""

    account: Account
    offer: Offer
    authority: Authority
    kept: Mapping[str, str]
    actor: Actor
    at: datetime

    def tell(self, event: Event) -> None:
        """Write the one entry of this write."""
        record(
            event, account_id=self.account.id, parent_id=self.account.parent_id, actor=self.actor, at=self.at
        )  # fmt: skip

    def rights_for(self, held: Rights, roles: Iterable[str]) -> Rights:
        """What somebody who has `held` gets by groups with these roles; see `core.directory`."""
        presets = [preset for key in sorted(set(roles)) if (preset := preset_named(self.offer, key)) is not None]
        return rights_by_groups(
            held,
            [preset.rights for preset in presets],
            grantable=self.authority.grantable,
            kept=self.kept,
            sections=list(self.offer.sections),
        )


def open_desk(actor: Actor, at: datetime, *, to_end: bool = False) -> Desk:
    """The actor's own account (``team:manage``), locked until the transaction ends. Raises Forbidden, CannotKeepDirectory.

    `to_end`: whoever calls only ends access, or asks for more itself before it does anything else.
    """
    account, offer, authority = opened(actor.account_ref, actor, at)
    (require_end if to_end else require_manage)(actor, account, authority)
    if account.state == CLOSED and not to_end:
        raise CannotKeepDirectory("closed")
    kept = kept_sections(account.parent_id) if account.kind == CLIENT and account.parent_id is not None else {}
    return Desk(account, offer, authority, kept, actor, at)


def in_own_name(actor: Actor) -> None:
    """Raise CannotWhileImpersonating during a visit: who gets in is decided in one's own name."""
    if actor.impersonator is not None:
        raise CannotWhileImpersonating("personal")


def roles_of(people: Iterable[int]) -> dict[int, frozenset[str]]:
    """The roles that these people have by their groups. One statement."""
    found: dict[int, set[str]] = {person: set() for person in people}
    if found:
        rows = DirectoryMembership.objects.filter(person_id__in=list(found)).exclude(group__role="")
        for person, role in rows.values_list("person_id", "group__role"):
            found[person].add(role)
    return {person: frozenset(roles) for person, roles in found.items()}


def follow_groups(desk: Desk, before: Mapping[int, frozenset[str]], *, again: bool = False) -> list[str]:
    """Give the people of `before` (their roles as they were) the rights of their groups as they are; whose changed.

    Who has the same roles as before keeps what it has, also what somebody ticked by hand; with `again` it is counted
    anew (a role means something else now). An owner has everything as ever. Five statements, however many people.
    """
    after = roles_of(before)
    people = [person for person in before if again or before[person] != after[person]]
    if not people:
        return []
    names: list[str] = []
    rows = list(DirectoryPerson.objects.filter(id__in=people).select_related("collaborator__user").order_by("id"))
    places, waiting = [], {row.email: row for row in rows if row.collaborator_id is None}
    keys = product_keys(desk.offer)
    for row in rows:
        place = row.collaborator
        if place is None or place.is_owner or place.ended_at is not None:
            continue
        held = rights_of(place, desk.account.kind, keys)
        wanted = desk.rights_for(held, after[row.id])
        role = _only(after[row.id])
        if wanted != held or place.role != role:
            gone = {
                key: word for key, word in place.rights_words.items() if key not in desk.offer.sections and "." in key
            }
            place.rights_words, place.role = {**gone, **wanted.as_words()}, role
            places.append(place)
        if wanted != held:
            names.append(str(place.user))
    Collaborator.objects.bulk_update(places, ["rights_words", "role"], batch_size=500)
    names += _follow_invited(desk, waiting, after)
    return names


def _follow_invited(
    desk: Desk, waiting: Mapping[str, DirectoryPerson], after: Mapping[int, frozenset[str]]
) -> list[str]:
    if not waiting:
        return []
    names, changed = [], []
    for row in open_invitations(desk.account).filter(email__in=list(waiting), is_owner=False):
        roles = after[waiting[row.email].id]
        wanted = desk.rights_for(Rights.of(row.rights_words), roles)
        if wanted.as_words() != row.rights_words or row.role != _only(roles):
            row.rights_words, row.role = wanted.as_words(), _only(roles)
            changed.append(row)
            names.append(row.name or row.email)
    Invitation.objects.bulk_update(changed, ["rights_words", "role"], batch_size=500)
    return names


def open_invitations(account: Account):  # type: ignore[no-untyped-def]  # a query set, for the next line of the caller
    """Those that are neither accepted nor taken back, whether or not their week is over."""
    return Invitation.objects.filter(account=account, accepted_at__isnull=True, revoked_at__isnull=True)


def role_named(offer: Offer, name: str) -> str:
    """The role that a group of that name stands for: by its key or its name, whatever the case; empty for none."""
    wanted = name.strip().casefold()
    return next((preset.key for preset in offer.presets if wanted in {preset.key, preset.name.casefold()}), "")


def _only(roles: frozenset[str]) -> str:
    return next(iter(roles)) if len(roles) == 1 else ""
