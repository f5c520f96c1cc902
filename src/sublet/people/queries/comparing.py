"""Two people of an account side by side: who can do what, and which layer decides it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from django.db.models import Q

from sublet.accounts.models import Account
from sublet.core.grants import NOTHING, Scope
from sublet.core.rights import CLIENT, NO_RIGHTS, PORTAL_SECTIONS, PRODUCT_PREFIX, RESELLER, Level, Rights
from sublet.core.why import NOT_IN_PLAN, Explanation, explain, explain_visit, granted_cap
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.people.models import Collaborator, Grant, Withdrawal
from sublet.people.queries.authority import authority_over
from sublet.people.queries.company_log_ins import demands_company_log_in
from sublet.people.queries.entry import rights_of
from sublet.people.queries.gates import NOTHING_CLOSED, Closed, closed_in
from sublet.people.queries.grants import holding
from sublet.people.queries.log_in_rules import second_factor_demanded
from sublet.people.queries.naming import called
from sublet.people.queries.reach import reached_by
from sublet.people.queries.sections import PORTAL_WORDS, Offer, offer_for, preset_named
from sublet.people.queries.team import account_in_scope, product_keys

MOST_PEOPLE = 500


@dataclass(frozen=True, slots=True)
class Comparable:
    """Somebody who can be compared: `staff` is of the reseller, seen inside the client's account.

    `gets_in`: what is demanded on the way in – ``second-factor`` by the rules for logging in, ``company`` where nothing but the
    company log-in opens the account, ``visit`` for staff. Empty: the person's own log-in is enough.
    """

    ref: str
    name: str
    staff: bool
    is_owner: bool
    gets_in: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One section: what each of the two has on it and why. `role` is the preset that filled the person's form."""

    key: str
    name: str
    icon: str
    marked: bool
    left: Explanation | None
    right: Explanation | None
    left_role: str = ""
    right_role: str = ""

    @property
    def differs(self) -> bool:
        """Whether the two do not have the same."""
        return self.left is not None and self.right is not None and self.left.level != self.right.level

    @property
    def lacks_plan(self) -> bool:
        """Whether what the account has closes the section to one of them."""
        return any(side is not None and side.decided_by == NOT_IN_PLAN for side in (self.left, self.right))


@dataclass(frozen=True, slots=True)
class GrantHeld:
    """An access by which somebody of the reseller's staff gets in: what it is for (empty: it came with the client), until when."""

    reason: str
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The page: `left` and `right` are None until somebody is chosen; `groups` are headings with their sections; by `grants` of the
    left and of the right staff gets in."""

    account_ref: str
    account_name: str
    account_kind: str
    own: bool
    people: Sequence[Comparable]
    left: Comparable | None
    right: Comparable | None
    groups: Sequence[tuple[str, Sequence[ComparedRow]]]
    grants: tuple[Sequence[GrantHeld], Sequence[GrantHeld]] = ((), ())


def compare(actor: Actor, *, account_ref: str, left: str = "", right: str = "", at: datetime) -> Comparison:
    """What two people of an account can do there, section by section; empty: the first two.

    Of a client that the actor looks after also staff of the reseller, as inside a visit in its own name: for those who see
    the reseller's team. Raises NotFound (also for a person who is not among them), Forbidden as for the team.
    """
    account = account_in_scope(account_ref)
    offer = offer_for(account.kind)
    authority_over(actor, account, sections=offer.sections, at=at)
    places = {row.ref: row for row in _places(actor, account)}
    demands = second_factor_demanded(account)
    people = [
        Comparable(
            ref=row.ref,
            name=called(row.user, listed=actor.lists_people_of(row.account_id)),
            staff=row.account_id != account.id,
            is_owner=row.is_owner,
            gets_in=_gets_in(row, account, demands=demands),
        )
        for row in places.values()
    ]
    refs = [person.ref for person in people]
    if any(ref and ref not in places for ref in (left, right)):
        raise NotFound
    first = left or next((ref for ref in refs if ref != right), "")
    second = right or next((ref for ref in refs if ref != first), "")
    known = {person.ref: person for person in people}
    withdrawn = withdrawn_from(account)
    closed = closed_in(account, at=at)
    sides = {ref: Side(places[ref], account, offer, withdrawn, at=at, closed=closed) for ref in (first, second) if ref}
    return Comparison(
        account_ref=account.ref,
        account_name=account.name,
        account_kind=account.kind,
        own=account.id == actor.account_id,
        people=people,
        left=known.get(first),
        right=known.get(second),
        groups=_groups(account.kind, offer, sides.get(first), sides.get(second)),
        grants=(_held(sides.get(first)), _held(sides.get(second))),
    )


def withdrawn_from(account: Account) -> dict[str, Level]:
    """What the reseller left of the sections that it took away in one go and did not give back: section → level."""
    if account.kind != CLIENT or account.parent_id is None:
        return {}
    # unscoped: which sections a reseller keeps from this client; asked for the client's own people, too
    rows = Withdrawal.unscoped.filter(
        account_id=account.parent_id, state__in=[Withdrawal.State.RUNNING, Withdrawal.State.DONE]
    )
    found: dict[str, Level] = {}
    for row in rows:
        about = row.client_ids is None or account.id in row.client_ids
        if about and (row.reach_ids is None or account.id in row.reach_ids):
            level = Level.of(row.level)
            found[row.section] = min(level, found.get(row.section, level))
    return found


class Side:
    """One of the two people, with all that explaining takes, read once."""

    def __init__(
        self,
        row: Collaborator,
        account: Account,
        offer: Offer,
        withdrawn: Mapping[str, Level],
        *,
        at: datetime | None = None,
        closed: Closed = NOTHING_CLOSED,
    ) -> None:
        """`at` is the instant at which grants are asked; without it nobody of the reseller's staff can be explained.
        `closed` is what the account lacks."""
        self.closed = closed
        self.row, self.account, self.withdrawn = row, account, withdrawn
        self.product = product_keys(offer)
        preset = preset_named(offer, row.role) if row.role and not self.staff else None
        self.role = preset.name if preset is not None else ""
        self.preset = Rights.of(preset.rights) if preset is not None else None
        self.own, self.reaches, self.granted = NO_RIGHTS, True, NOTHING
        self.grants: Sequence[Grant] = ()
        if self.staff:
            self.own = rights_of(row, RESELLER, self.product)
            if not row.reaches_all and not row.is_owner:
                self.reaches = account.id in reached_by(row)
            if at is not None:
                self.grants = holding(client_id=account.id, reseller_id=row.account_id, person=row.user_id, at=at)
                self.granted = reduce(Scope.with_, (each.scope for each in self.grants), NOTHING)

    @property
    def staff(self) -> bool:
        return self.row.account_id != self.account.id

    def explain(self, section: str) -> Explanation:
        if self.staff:
            return explain_visit(
                section=section,
                clients_level=self.own.level("clients"),
                own=self.own,
                product_sections=self.product,
                reaches=self.reaches,
                caps=[
                    granted_cap(self.granted.level(section), any_grant=not self.granted.empty),
                    *self.closed.caps(section, own_people=False),
                ],
            )
        return explain(
            section=section,
            kind=self.account.kind,
            is_owner=self.row.is_owner,
            ticked=self.row.ticked,
            product_sections=self.product,
            role=self.preset,
            withdrawn=self.withdrawn,
            caps=self.closed.caps(section, own_people=self.account.kind == CLIENT),
        )


def _held(side: Side | None) -> tuple[GrantHeld, ...]:
    if side is None or not side.reaches:
        return ()
    return tuple(GrantHeld(each.reason, each.ends_at) for each in side.grants)


def _gets_in(row: Collaborator, account: Account, *, demands: bool) -> tuple[str, ...]:
    if row.account_id != account.id:
        return ("visit",)
    demanded = (("second-factor", demands), ("company", row.company and not row.is_owner))  # type: ignore[attr-defined]  # annotated
    return tuple(code for code, holds in demanded if holds)


def _places(actor: Actor, account: Account) -> list[Collaborator]:
    rows = Q(account=account)
    if account.kind == CLIENT and account.parent_id == actor.account_id and actor.may("team:view"):
        rows |= Q(account_id=actor.account_id)
    found = Collaborator.objects.filter(rows, ended_at__isnull=True).select_related("user")
    found = found.annotate(company=demands_company_log_in())
    ordered = list(found.order_by("-is_owner", "id")[:MOST_PEOPLE])
    return sorted(ordered, key=lambda row: row.account_id != account.id)  # the account's own first


def _groups(kind: str, offer: Offer, left: Side | None, right: Side | None) -> list[tuple[str, Sequence[ComparedRow]]]:
    groups: list[tuple[str, Sequence[ComparedRow]]] = []
    for group in offer.groups:
        portal = not group.sections or not group.sections[0].key.startswith(PRODUCT_PREFIX)
        shown = [(each.key, each.name, each.icon, each.marked) for each in group.sections]
        if portal:  # the floor, too: that it is closed is the answer
            shown = [(key, str(PORTAL_WORDS[key][0]), PORTAL_WORDS[key][2], False) for key in PORTAL_SECTIONS[kind]]
        rows = [
            ComparedRow(
                key=key,
                name=name,
                icon=icon,
                marked=marked,
                left=left.explain(key) if left is not None else None,
                right=right.explain(key) if right is not None else None,
                left_role=left.role if left is not None else "",
                right_role=right.role if right is not None else "",
            )
            for key, name, icon, marked in shown
        ]
        groups.append((group.name, rows))
    return groups
