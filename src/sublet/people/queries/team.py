"""Reading a team: who has access to an account, with which rights, and who has been invited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from sublet.accounts.models import Account
from sublet.core.names import sort_name
from sublet.core.rights import CLIENT, RESELLER, Rights
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.keyset import read_number
from sublet.foundation.refs import looks_like_ref
from sublet.people.models import ApiKey, Collaborator, DirectoryPerson, Invitation, Reach
from sublet.people.queries.authority import Authority, authority_over
from sublet.people.queries.entry import rights_of
from sublet.people.queries.gates import closed_in
from sublet.people.queries.naming import called, in_sight
from sublet.people.queries.sections import Offer, offer_for, preset_named, summary_of

MOST_INVITATIONS = 200
MOST_SEARCH = 200
_BACK = "newer-"


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A collaborator in a list; `email` is empty for whoever may not list people.

    `role` is the preset that filled the form, `summary` the rights in a few words.
    """

    ref: str
    name: str
    email: str
    is_owner: bool
    is_me: bool
    role: str
    summary: str
    rights: Mapping[str, str]
    reaches_all: bool
    reach_count: int
    reach_tags: Sequence[str]
    last_seen_at: datetime | None
    created_at: datetime
    from_directory: bool  # the account's directory keeps this person


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation that is not accepted or revoked; `email` as in `PersonRow`.

    `expired`: its link works no more; it can be sent again.
    """

    ref: str
    email: str
    name: str
    is_owner: bool
    role: str
    summary: str
    invited_by: str
    created_at: datetime
    expires_at: datetime
    expired: bool
    sends: int
    from_directory: bool


@dataclass(frozen=True, slots=True)
class TeamPage:
    """A page of a team. `invitations` come with the first page; `next_cursor` is empty on the last one, `previous_cursor` on the
    first.

    `own`: the actor's own account; else one below it. `may_make_owner`: an owner can be invited or appointed.
    """

    account_ref: str
    account_name: str
    account_kind: str
    account_language: str
    own: bool
    may_manage: bool
    may_end: bool
    may_make_owner: bool
    has_owner: bool
    people: Sequence[PersonRow]
    invitations: Sequence[InvitationRow]
    next_cursor: str
    previous_cursor: str = ""


@dataclass(frozen=True, slots=True)
class TeamForm:
    """What a form that gives rights on an account can offer this actor."""

    account_ref: str
    account_name: str
    account_kind: str
    account_language: str
    own: bool
    offer: Offer
    grantable: Rights
    may_make_owner: bool
    has_owner: bool
    owner_name: str
    chooses_reach: bool  # staff of a reseller: all clients or chosen ones
    may_give_all: bool  # whether "all clients" can be given
    lacking: frozenset[str] = frozenset()  # can be given, and open only once the account has more


@dataclass(frozen=True, slots=True)
class PersonForm:
    """One collaborator and what the actor can change about it.

    `may_change`: rights; `may_remove`: the place; `may_appoint`: make it the owner. `reach` are the clients chosen (reference and
    name); `keys` the live API keys that the person made.
    """

    form: TeamForm
    person: PersonRow
    ticked: Mapping[str, str]
    reach: Sequence[tuple[str, str]]
    may_change: bool
    may_remove: bool
    may_leave: bool
    may_appoint: bool
    keys: Sequence[tuple[str, str]]


def team(
    actor: Actor, *, account_ref: str, at: datetime, search: str = "", cursor: str = "", size: int = 50
) -> TeamPage:
    """A page of the people of an account, the owner first, then in the order in which they came.

    For people of the account with ``team:view``, and for the one above it; without the addresses for whoever may not list
    people (`Actor.lists_people_of`), who finds somebody by the whole address only. Raises NotFound, Forbidden. An unknown
    cursor is read as the first page.
    """
    account = account_in_scope(account_ref)
    offer = offer_for(account.kind)
    authority = authority_over(actor, account, sections=offer.sections, at=at)
    rows = _places(account).annotate(reached=Count("reach"), kept=_KEPT)
    listed = actor.lists_people_of(account.id)
    words = " ".join("".join(c if c.isprintable() else " " for c in search).split())[:MOST_SEARCH]
    if words:
        named = Q(user__name__icontains=words)
        if listed:
            rows = rows.filter(named | Q(user__email__icontains=words))
        else:  # by what is shown: a name that is an address finds nobody by a part of it
            rows = rows.filter(named & ~Q(user__name__contains="@") | Q(user__email__iexact=words))
    found, newer, older = _owner_first(rows, cursor=cursor, size=size)
    owner_seen = any(row.is_owner for row in found)
    has_owner = owner_seen or _places(account).filter(is_owner=True).exists()
    return TeamPage(
        account_ref=account.ref,
        account_name=account.name,
        account_kind=account.kind,
        account_language=account.language,
        own=account.id == actor.account_id,
        may_manage=authority.manages,
        may_end=authority.manages or authority.ends,
        may_make_owner=authority.may_make_owner(account, has_owner=has_owner),
        has_owner=has_owner,
        people=tuple(_person(row, actor, account, offer, listed=listed) for row in found),
        invitations=() if newer or words else _invitations(account, offer, at, listed=listed),
        next_cursor=older,
        previous_cursor=newer,
    )


def _owner_first(rows: QuerySet[Collaborator], *, cursor: str, size: int) -> tuple[list[Collaborator], str, str]:
    """A page of places, the owner before everybody else whatever its id, and the cursors back and on (empty: none).

    A cursor holds the id of the place that it leads on from, 0 for the owner's.
    """
    place = read_number(cursor.removeprefix(_BACK))
    if place is None:
        found = list(rows.order_by("-is_owner", "id")[: size + 1])
        return found[:size], "", _leads_on(found[size - 1]) if len(found) > size else ""
    others = rows.filter(is_owner=False)
    if not cursor.startswith(_BACK):
        found = list(others.filter(id__gt=place).order_by("id")[: size + 1])
        back = f"{_BACK}{found[0].id}" if found else ""
        return found[:size], back, _leads_on(found[size - 1]) if len(found) > size else ""
    found = list(others.filter(id__lt=place).order_by("-id")[: size + 1])
    if len(found) <= size:
        found += rows.filter(is_owner=True)
    more = len(found) > size
    found = found[:size][::-1]
    return found, f"{_BACK}{found[0].id}" if more else "", _leads_on(found[-1]) if found else ""


def _leads_on(row: Collaborator) -> str:
    return "0" if row.is_owner else str(row.id)


def team_form(actor: Actor, *, account_ref: str, at: datetime) -> TeamForm:
    """What can be given to somebody who is invited. Raises NotFound, Forbidden (without ``manage``)."""
    account = account_in_scope(account_ref)
    offer = offer_for(account.kind)
    authority = authority_over(actor, account, sections=offer.sections, at=at)
    require_manage(actor, account, authority)
    return _form(actor, account, offer, authority, at=at)


def collaborator_form(actor: Actor, *, account_ref: str, collaborator_ref: str, at: datetime) -> PersonForm:
    """One collaborator with what can be changed about it. Raises NotFound, Forbidden (without ``view``)."""
    account = account_in_scope(account_ref)
    offer = offer_for(account.kind)
    authority = authority_over(actor, account, sections=offer.sections, at=at)
    row = place_in(account, collaborator_ref, annotated=True)
    form = _form(actor, account, offer, authority, at=at)
    person = _person(row, actor, account, offer, listed=True)
    confined = account.kind == RESELLER and not row.reaches_all and not row.is_owner
    chosen = Reach.objects.filter(collaborator=row) if confined else Reach.objects.none()
    if authority.reach is not None:  # a colleague's other clients are not the actor's to know; a change leaves them
        chosen = chosen.filter(client_id__in=authority.reach)
    reach = list(chosen.order_by("client__sort_name").values_list("client__ref", "client__name"))
    live = ApiKey.objects.filter(account=account, created_by_id=row.user_id, revoked_at__isnull=True)
    me = person.is_me and actor.impersonator is None
    return PersonForm(
        form=form,
        person=person,
        ticked=rights_of(row, account.kind, product_keys(offer)).as_words(),
        reach=reach,
        may_change=may_change(authority, account, row),
        may_remove=may_remove(authority, account, row) and not me,
        may_leave=me and not row.is_owner,
        may_appoint=not row.is_owner and form.may_make_owner,
        keys=list(live.order_by("id").values_list("ref", "name")) if authority.manages or authority.ends else [],
    )


def may_change(authority: Authority, account: Account, row: Collaborator) -> bool:
    """Whether the rights of that place can be changed.

    An owner has everything; only of a client's owner the reseller decides which sections of the product it has.
    """
    return authority.manages and (not row.is_owner or (authority.from_above and account.kind == CLIENT))


def may_remove(authority: Authority, account: Account, row: Collaborator) -> bool:
    """Whether that place can be ended: an owner's only by the reseller that owns the account."""
    if not (authority.manages or authority.ends):
        return False
    return not row.is_owner or (authority.from_above and account.ownership == Account.Ownership.RESELLER)


def reachable_clients(actor: Actor, *, search: str, size: int = 30) -> Sequence[tuple[str, str]]:
    """Clients of the actor's reseller (reference, name) within its reach, by the beginning of a word.

    For choosing them on a form about the team (``team:manage``) or about clients (``clients:manage``). Raises Forbidden.
    """
    if not actor.may("team:manage"):
        actor.require("clients:manage")
    rows = Account.objects.filter(parent_id=actor.account_id)
    if actor.reach is not None:
        rows = rows.filter(id__in=actor.reach)
    folded = sort_name(search)
    if folded:
        rows = rows.filter(Q(sort_name__startswith=folded) | Q(sort_name__contains=f" {folded}"))
    return list(rows.order_by("sort_name", "id").values_list("ref", "name")[:size])


def names_of_clients(actor: Actor, *, refs: Sequence[str]) -> Sequence[tuple[str, str]]:
    """Those of `refs` that are clients of the actor's reseller within its reach, with their names, in order of name."""
    known = [ref for ref in refs if looks_like_ref(ref, "acc")]
    rows = Account.objects.filter(parent_id=actor.account_id, ref__in=known)
    if actor.reach is not None:
        rows = rows.filter(id__in=actor.reach)
    return list(rows.order_by("sort_name", "id").values_list("ref", "name"))


# What operations share ------------------------------------------------------------------------------------------------


def account_in_scope(ref: str) -> Account:
    """The account with that reference in the scope in force. Raises NotFound."""
    account = Account.objects.filter(ref=ref).first() if looks_like_ref(ref, "acc") else None
    if account is None:
        raise NotFound
    return account


def place_in(account: Account, ref: str, *, annotated: bool = False) -> Collaborator:
    """The collaborator of that account with that reference, with the person. Raises NotFound."""
    rows = _places(account)
    if annotated:
        rows = rows.annotate(reached=Count("reach"), kept=_KEPT)
    row = rows.filter(ref=ref).first() if looks_like_ref(ref, "col") else None
    if row is None:
        raise NotFound
    return row


def require_manage(actor: Actor, account: Account, authority: Authority) -> None:
    """Raise Forbidden unless the authority is enough to change the team."""
    if authority.manages:
        return
    below = {"vendor": "accounts", "reseller": "clients"}.get(actor.account_kind, "team")
    raise Forbidden("team:manage" if account.id == actor.account_id else f"{below}:manage")


def require_end(actor: Actor, account: Account, authority: Authority) -> None:
    """The same to end a place or an invitation: of its own account also an actor that can only read and pay."""
    if not (account.id == actor.account_id and actor.may_end("team:manage")):
        require_manage(actor, account, authority)


def product_keys(offer: Offer) -> list[str]:
    """Keys of the host product's sections on offer, without prefix."""
    return [key.removeprefix("product.") for key in offer.sections if key.startswith("product.")]


#: Whether the account's directory keeps a place.
# unscoped: of rows that the scope has let through
_KEPT = Exists(DirectoryPerson.unscoped.filter(collaborator=OuterRef("pk")))


def _places(account: Account) -> QuerySet[Collaborator]:
    return Collaborator.objects.filter(account=account, ended_at__isnull=True).select_related("user")


def _form(actor: Actor, account: Account, offer: Offer, authority: Authority, *, at: datetime) -> TeamForm:
    owner = _places(account).filter(is_owner=True).first()
    return TeamForm(
        account_ref=account.ref,
        account_name=account.name,
        account_kind=account.kind,
        account_language=account.language,
        own=account.id == actor.account_id,
        offer=offer,
        grantable=authority.grantable,
        may_make_owner=authority.may_make_owner(account, has_owner=owner is not None),
        has_owner=owner is not None,
        owner_name=called(owner.user, listed=actor.lists_people_of(account.id)) if owner is not None else "",
        chooses_reach=account.kind == RESELLER and account.id == actor.account_id,
        may_give_all=authority.reach is None,
        lacking=closed_in(account, at=at).lacking,
    )


def _person(row: Collaborator, actor: Actor, account: Account, offer: Offer, *, listed: bool) -> PersonRow:
    rights = rights_of(row, account.kind, product_keys(offer))
    preset = preset_named(offer, row.role) if row.role else None
    return PersonRow(
        ref=row.ref,
        name=called(row.user, listed=listed),
        email=row.user.email if listed else "",
        is_owner=row.is_owner,
        is_me=row.user_id == actor.user_id,
        role=preset.name if preset is not None else "",
        summary=summary_of(offer, rights),
        rights=rights.as_words(),
        reaches_all=row.reaches_all or row.is_owner,
        reach_count=row.reached,  # type: ignore[attr-defined]  # annotated by the callers
        reach_tags=() if row.reaches_all or row.is_owner else tuple(row.reach_tags),
        last_seen_at=row.last_seen_at,
        created_at=row.created_at,
        from_directory=row.kept,  # type: ignore[attr-defined]  # as above
    )


def open_invitation(actor: Actor, *, account_ref: str, invitation_ref: str, at: datetime) -> InvitationRow:
    """One open invitation, with its address. Raises NotFound, Forbidden."""
    account = account_in_scope(account_ref)
    offer = offer_for(account.kind)
    authority_over(actor, account, sections=offer.sections, at=at)
    for row in _invitations(account, offer, at, listed=True, ref=invitation_ref):
        return row
    raise NotFound


def _invitations(
    account: Account, offer: Offer, at: datetime, *, listed: bool, ref: str | None = None
) -> Sequence[InvitationRow]:
    rows = Invitation.objects.filter(account=account, accepted_at__isnull=True, revoked_at__isnull=True)
    if ref is not None:
        rows = rows.filter(ref=ref)
    found = []
    # unscoped: as for `_KEPT`
    named = DirectoryPerson.unscoped.filter(account_id=OuterRef("account_id"), email=OuterRef("email"))
    for row in rows.annotate(named=Exists(named)).order_by("-id")[:MOST_INVITATIONS]:
        preset = preset_named(offer, row.role) if row.role else None
        found.append(
            InvitationRow(
                ref=row.ref,
                email=row.email if listed else "",
                name=in_sight(row.name, listed=listed),
                is_owner=row.is_owner,
                role=preset.name if preset is not None else "",
                summary=summary_of(offer, Rights.of(row.rights_words)),
                invited_by=in_sight(row.invited_by_name, listed=listed),
                created_at=row.created_at,
                expires_at=row.expires_at,
                expired=row.expires_at <= at,
                sends=row.sends,
                from_directory=row.named,
            )
        )
    return tuple(found)
