"""Groups as an account's directory keeps them: a group stands for a role, and membership gives that role's rights."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from sublet.accounts.models import Account
from sublet.core.rights import Rights
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import looks_like_ref
from sublet.people.events import DirectoryGroupAdded, DirectoryGroupChanged, DirectoryGroupRemoved
from sublet.people.models import DirectoryGroup, DirectoryMembership, DirectoryPerson
from sublet.people.operations.directory_shared import (
    LONGEST_KEY,
    LONGEST_NAME,
    MOST_MEMBERS,
    MOST_NAMES,
    CannotKeepDirectory,
    Desk,
    follow_groups,
    in_own_name,
    open_desk,
    role_named,
    roles_of,
)
from sublet.people.operations.granting import one_line
from sublet.people.queries.directory import GroupState, group_state
from sublet.people.queries.sections import preset_named


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """What the directory says of a group; `members` are references of people of the directory."""

    name: str
    external_id: str = ""
    members: Sequence[str] = ()


RewriteGroup = Callable[[GroupState], GroupFacts]


def add_directory_group(*, facts: GroupFacts, actor: Actor, at: datetime) -> str:
    """Name a group of the directory of the actor's account (``team:manage``); returns its reference.

    A group that is called like a role stands for it at once; for any other somebody chooses a role on the directory's
    page. Raises Forbidden, CannotKeepDirectory.
    """
    clean = _clean(facts)
    try:
        with transaction.atomic():
            desk = open_desk(actor, at)
            _refuse_taken(desk.account, clean.name)
            row = DirectoryGroup(
                account=desk.account, external_id=clean.external_id, created_at=at, changed_at=at
            )  # fmt: skip
            row.role = role_named(desk.offer, clean.name)
            _call(row, clean.name)
            row.save()
            people = _people(desk.account, clean.members)
            joined, _left, changed = _move(desk, row, joining=people, leaving={})
            desk.tell(
                DirectoryGroupAdded(group=row.ref, name=row.name, role=row.role, joined=joined, rights_of=changed)
            )
            return row.ref
    except IntegrityError:
        raise CannotKeepDirectory("group-taken", field="name", name=clean.name) from None


def change_directory_group(
    *,
    group_ref: str,
    rewrite: RewriteGroup,
    only: Collection[str] | None = None,
    versions: Collection[int] | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """Change name or members of a group (``team:manage``); `rewrite` makes them of what is stored, under the lock.

    With `only`, it is about these people alone: `rewrite` gets those of them who are members, and says who of them is one
    from now on. All others stay, and are not even looked at.
    Whoever joins or leaves has the rights of its groups from now on. Changing nothing records nothing. Raises NotFound,
    Forbidden, CannotKeepDirectory, and what `rewrite` raises.
    """
    name = ""
    try:
        with transaction.atomic():
            desk = open_desk(actor, at)
            row = _locked(desk.account, group_ref)
            if versions is not None and row.version not in versions:
                raise CannotKeepDirectory("changed-meanwhile")
            state = group_state(row, only=only)
            clean = _clean(rewrite(state))
            name = clean.name
            before, after = set(state.members), set(clean.members)
            joining = _people(desk.account, sorted(after - before))
            leaving = _people(desk.account, sorted(before - after))
            if only is not None and joining:
                _refuse_too_many(DirectoryMembership.objects.filter(group=row).count() + len(joining) - len(leaving))
            if not joining and not leaving and (row.name, row.external_id) == (clean.name, clean.external_id):
                return
            if clean.name.casefold() != row.name_key:
                _refuse_taken(desk.account, clean.name, but=row.id)
            _call(row, clean.name)
            row.external_id, row.changed_at, row.version = clean.external_id, at, row.version + 1
            row.save()
            joined, left, changed = _move(desk, row, joining=joining, leaving=leaving)
            desk.tell(
                DirectoryGroupChanged(
                    group=row.ref, name=row.name, role=row.role, joined=joined, left=left, rights_of=changed
                )
            )
    except IntegrityError:
        raise CannotKeepDirectory("group-taken", field="name", name=name) from None


def remove_directory_group(
    *, group_ref: str, versions: Collection[int] | None = None, actor: Actor, at: datetime
) -> None:
    """Forget a group (``team:manage``); its members lose the rights that they had by it alone.

    Raises NotFound, Forbidden, CannotKeepDirectory.
    """
    with transaction.atomic():
        desk = open_desk(actor, at)
        row = _locked(desk.account, group_ref)
        if versions is not None and row.version not in versions:
            raise CannotKeepDirectory("changed-meanwhile")
        _joined, left, changed = _move(desk, row, joining={}, leaving=_people(desk.account, group_state(row).members))
        name, ref = row.name, row.ref
        row.delete()
        desk.tell(DirectoryGroupRemoved(group=ref, name=name, left=left, rights_of=changed))


def choose_group_role(*, group_ref: str, role: str, actor: Actor, at: datetime) -> None:
    """Say which role the members of a group get (``team:manage``); empty for none. They have it from now on.

    Nobody chooses a role beyond its own rights: otherwise the directory's key would give what the chooser cannot. Raises
    NotFound, Forbidden, CannotWhileImpersonating, CannotKeepDirectory.
    """
    in_own_name(actor)
    with transaction.atomic():
        desk = open_desk(actor, at)
        row = _locked(desk.account, group_ref)
        for key in {role, row.role} - {""}:
            preset = preset_named(desk.offer, key)
            if preset is None and key == role:
                raise CannotKeepDirectory("unknown-role", field="role")
            if preset is not None and not Rights.of(preset.rights).within(desk.authority.grantable):
                raise CannotKeepDirectory("beyond-own", field="role")
        if row.role == role:
            return
        members = _people(desk.account, group_state(row).members)
        before = roles_of(members)
        row.role, row.changed_at, row.version = role, at, row.version + 1
        row.save()
        changed = follow_groups(desk, before)
        desk.tell(
            DirectoryGroupChanged(
                group=row.ref, name=row.name, role=role, joined=[], left=[], rights_of=changed[:MOST_NAMES]
            )
        )


def _move(
    desk: Desk, row: DirectoryGroup, *, joining: Mapping[int, str], leaving: Mapping[int, str]
) -> tuple[list[str], list[str], list[str]]:
    """Put people (id → name) in and out; the names of who joined, who left, and whose rights changed."""
    before = roles_of([*joining, *leaving]) if row.role else {}
    DirectoryMembership.objects.bulk_create(
        [DirectoryMembership(group=row, person_id=each) for each in joining], batch_size=500
    )
    ids = list(leaving)
    for start in range(0, len(ids), 500):
        DirectoryMembership.objects.filter(group=row, person_id__in=ids[start : start + 500]).delete()
    changed = follow_groups(desk, before)
    return list(joining.values())[:MOST_NAMES], list(leaving.values())[:MOST_NAMES], changed[:MOST_NAMES]


def _people(account: Account, refs: Iterable[str]) -> dict[int, str]:
    """The people with these references, by id, with their names. One statement for each 500."""
    wanted = list(dict.fromkeys(refs))
    found: dict[int, str] = {}
    known: set[str] = set()
    for start in range(0, len(wanted), 500):
        some = [ref for ref in wanted[start : start + 500] if looks_like_ref(ref, "dpn")]
        rows = DirectoryPerson.objects.filter(account=account, ref__in=some).order_by("id") if some else ()
        for row in rows:
            found[row.id] = row.name or row.email
            known.add(row.ref)
    missing = next((ref for ref in wanted if ref not in known), None)
    if missing is not None:
        raise CannotKeepDirectory("unknown-member", field="members", member=one_line(missing, 60))
    return found


def _clean(facts: GroupFacts) -> GroupFacts:
    name = one_line(facts.name, LONGEST_NAME + 1)
    if not name:
        raise CannotKeepDirectory("name-missing", field="name")
    if len(name) > LONGEST_NAME:
        raise CannotKeepDirectory("too-long", field="name", attribute="displayName", most=LONGEST_NAME)
    if len(facts.external_id) > LONGEST_KEY:
        raise CannotKeepDirectory("too-long", field="external_id", attribute="externalId", most=LONGEST_KEY)
    _refuse_too_many(len(facts.members))
    return GroupFacts(name=name, external_id=facts.external_id, members=facts.members)


def _refuse_too_many(members: int) -> None:
    if members > MOST_MEMBERS:
        raise CannotKeepDirectory("too-many-members", field="members", most=MOST_MEMBERS)


def _call(row: DirectoryGroup, name: str) -> None:
    row.name, row.name_key = name, name.casefold()[:LONGEST_NAME]


def _refuse_taken(account: Account, name: str, *, but: int = 0) -> None:
    if DirectoryGroup.objects.filter(account=account, name_key=name.casefold()[:LONGEST_NAME]).exclude(id=but).exists():
        raise CannotKeepDirectory("group-taken", field="name", name=name)


def _locked(account: Account, ref: str) -> DirectoryGroup:
    row = None
    if looks_like_ref(ref, "dgr"):
        row = DirectoryGroup.objects.select_for_update(of=("self",)).filter(account=account, ref=ref).first()
    if row is None:
        raise NotFound
    return row
