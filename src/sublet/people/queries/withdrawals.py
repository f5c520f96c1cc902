"""Sections of the product over all clients of a reseller: who has them, what was taken away, what that would touch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from sublet.accounts.models import Account
from sublet.core.rights import CLIENT, PRODUCT_PREFIX, Level, Rights
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import looks_like_ref
from sublet.people.models import Collaborator, Invitation, Withdrawal
from sublet.people.queries.grants import Row, only_granted
from sublet.people.queries.naming import called
from sublet.people.queries.sections import SectionView, offer_for

SAMPLE = 8


@dataclass(frozen=True, slots=True)
class SectionUse:
    """A section of the product, and how many people of clients have it (`people`), at its highest level (`manage`).

    `kept` is the level that a withdrawal from all clients has left: what new clients get at most.
    """

    section: SectionView
    people: int
    manage: int
    kept: str


@dataclass(frozen=True, slots=True)
class WithdrawalRow:
    """A withdrawal. `done` of `people` so far while it runs; `all_clients`: not only chosen ones."""

    ref: str
    section: str
    section_name: str
    level: str
    state: str
    people: int
    all_clients: bool
    clients: int
    reason: str
    created_at: datetime
    created_by: str
    returned_at: datetime | None
    job_id: str
    may_give_back: bool


@dataclass(frozen=True, slots=True)
class WithdrawalPreview:
    """What taking a section away would touch: `people` on `clients`, `invited` who have not accepted; some by name."""

    section: SectionView
    level: str
    people: int
    clients: int
    invited: int
    sample: Sequence[tuple[str, str]]  # person, client
    chosen: Sequence[tuple[str, str]]  # clients chosen: reference, name; empty: all


@dataclass(frozen=True, slots=True)
class SectionsOfClients:
    """The page about sections of all clients."""

    may_manage: bool
    uses: Sequence[SectionUse]
    withdrawals: Sequence[WithdrawalRow]


def sections_of_clients(actor: Actor, *, most: int = 50) -> SectionsOfClients:
    """Each section of the product with how many of the clients' people have it, and what was taken away so far.

    Needs ``clients:view``. Raises Forbidden.
    """
    actor.require("clients:view")
    sections = product_sections()
    counts: Mapping[str, int] = {}
    if sections:
        filters = {}
        for index, key in enumerate(sections):
            filters[f"any{index}"] = Count("id", filter=Q(rights_words__has_key=key))
            filters[f"all{index}"] = Count("id", filter=Q(**{f"rights_words__{key}": "manage"}))
        counts = people_of_clients(actor).aggregate(**filters)
    kept = kept_sections(actor.account_id)
    rows = Withdrawal.objects.filter(account_id=actor.account_id).order_by("-id")[:most]
    return SectionsOfClients(
        may_manage=actor.may("clients:manage"),
        uses=tuple(
            SectionUse(
                section=section,
                people=counts[f"any{index}"],
                manage=counts[f"all{index}"],
                kept=kept.get(section.key, ""),
            )
            for index, section in enumerate(sections.values())
        ),
        withdrawals=tuple(_row(row, actor, sections) for row in rows),
    )


def withdrawal_preview(
    actor: Actor, *, section: str, level: str, client_refs: Sequence[str] | None, at: datetime
) -> WithdrawalPreview:
    """What taking `section` away down to `level` would touch, for all clients (None) or the chosen ones.

    Raises NotFound (also for a level that the section does not have), Forbidden.
    """
    actor.require("clients:manage")
    view = product_sections().get(section)
    if view is None or (level != "none" and level not in view.levels[:-1]):
        raise NotFound
    chosen: Sequence[tuple[int, str, str]] = ()
    if client_refs is not None:
        chosen = chosen_clients(actor, client_refs)
    ids = None if client_refs is None else [each[0] for each in chosen]
    people = holders(within_reach_of(actor, people_of_clients(actor, ids), at), section, level)
    totals = people.aggregate(people=Count("id"), clients=Count("account", distinct=True))
    return WithdrawalPreview(
        section=view,
        level=level,
        people=totals["people"],
        clients=totals["clients"],
        invited=holders(within_reach_of(actor, invited_to_clients(actor, ids), at), section, level).count(),
        sample=tuple(
            (called(row.user, listed=actor.lists_people), row.account.name)
            for row in people.select_related("user", "account").order_by("id")[:SAMPLE]
        ),
        chosen=tuple((ref, name) for _id, ref, name in chosen),
    )


def withdrawal(actor: Actor, *, withdrawal_ref: str) -> WithdrawalRow:
    """One withdrawal, for its progress. Raises NotFound, Forbidden."""
    actor.require("clients:view")
    row = None
    if looks_like_ref(withdrawal_ref, "wdr"):
        row = Withdrawal.objects.filter(account_id=actor.account_id, ref=withdrawal_ref).first()
    if row is None:
        raise NotFound
    return _row(row, actor, product_sections())


def product_sections() -> Mapping[str, SectionView]:
    """The sections of the product that people of clients can have, by key."""
    return {key: view for key, view in offer_for(CLIENT).sections.items() if key.startswith(PRODUCT_PREFIX)}


def people_of_clients(actor: Actor, client_ids: Sequence[int] | None = None) -> QuerySet[Collaborator]:
    """The collaborators of the reseller's clients that the actor reaches, all of them or of those clients."""
    rows = Collaborator.objects.filter(account__parent_id=actor.account_id, account__kind=CLIENT, ended_at__isnull=True)
    if actor.reach is not None:  # a job's scope is the reseller's, whatever the reach of whoever enqueued it
        rows = rows.filter(account_id__in=actor.reach)
    return rows if client_ids is None else rows.filter(account_id__in=client_ids)


def invited_to_clients(actor: Actor, client_ids: Sequence[int] | None = None) -> QuerySet[Invitation]:
    """The open invitations to the reseller's clients that the actor reaches, all of them or to those clients."""
    rows = Invitation.objects.filter(
        account__parent_id=actor.account_id, account__kind=CLIENT, accepted_at__isnull=True, revoked_at__isnull=True
    )
    if actor.reach is not None:
        rows = rows.filter(account_id__in=actor.reach)
    return rows if client_ids is None else rows.filter(account_id__in=client_ids)


def within_reach_of(actor: Actor, rows: QuerySet[Row], at: datetime) -> QuerySet[Row]:
    """Those of `rows` whose client's team is open to the actor: a client that grants nothing of it is left alone."""
    return only_granted(rows, actor, section="team", level=Level.MANAGE, at=at)


def holders(rows: QuerySet, section: str, level: str) -> QuerySet:  # type: ignore[type-arg]  # people or invitations
    """Those of `rows` who have more than `level` on the section."""
    if level == Level.NONE.word:
        return rows.filter(rights_words__has_key=section)
    return rows.filter(**{f"rights_words__{section}": Level.MANAGE.word})


def chosen_clients(actor: Actor, refs: Sequence[str]) -> list[tuple[int, str, str]]:
    """Those clients (id, reference, name), in order of name. Raises NotFound when one is not the actor's."""
    wanted = list(dict.fromkeys(refs))
    if not all(looks_like_ref(ref, "acc") for ref in wanted):
        raise NotFound
    rows = Account.objects.filter(parent_id=actor.account_id, kind=CLIENT, ref__in=wanted)
    found = list(rows.order_by("sort_name", "id").values_list("id", "ref", "name"))
    if len(found) != len(wanted):
        raise NotFound
    return found


def kept_sections(reseller_id: int) -> dict[str, str]:
    """Sections that a reseller keeps for itself: taken from all its clients and not given back; section → what is left.

    New clients get no more than that, unless somebody ticks it.
    """
    # unscoped: asked about the actor's own account, also for a client's form inside a visit
    rows = Withdrawal.unscoped.filter(
        account_id=reseller_id, client_ids__isnull=True, reach_ids__isnull=True,
        state__in=[Withdrawal.State.RUNNING, Withdrawal.State.DONE],
    )  # fmt: skip
    kept: dict[str, str] = {}
    for section, level in rows.order_by("id").values_list("section", "level"):
        kept[section] = min((kept.get(section, level), level), key=Level.of)
    return kept


def within_kept(rights: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
    """`rights` lowered to what the reseller leaves to its clients."""
    levels = {key: min(Level.of(word), Level.of(kept.get(key, word))) for key, word in rights.items()}
    return Rights.of(levels).as_words()


def may_give_back(row: Withdrawal, actor: Actor) -> bool:
    """Whether that actor may undo it: who reaches every client that it touched."""
    if not actor.may("clients:manage") or row.state != Withdrawal.State.DONE:
        return False
    return actor.reach is None or (row.reach_ids is not None and set(row.reach_ids) <= actor.reach)


def _row(row: Withdrawal, actor: Actor, sections: Mapping[str, SectionView]) -> WithdrawalRow:
    view = sections.get(row.section)
    return WithdrawalRow(
        ref=row.ref,
        section=row.section,
        section_name=view.name if view is not None else row.section.removeprefix(PRODUCT_PREFIX),
        level=row.level,
        state=row.state,
        people=row.people,
        all_clients=row.client_ids is None,
        clients=len(row.client_ids or ()),
        reason=row.reason,
        created_at=row.created_at,
        created_by=row.created_by,
        returned_at=row.returned_at,
        job_id=row.job_id,
        may_give_back=may_give_back(row, actor),
    )
