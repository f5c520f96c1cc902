"""Taking a section away from the people of all clients, or of chosen ones, in one go; and giving back what was taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import ClassVar, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.rights import RESELLER, Level
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs import enqueue
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref
from sublet.people.events import RightsChanged, SectionGivenBack, SectionWithdrawn
from sublet.people.models import Collaborator, Invitation, Withdrawal, WithdrawnRight
from sublet.people.operations.granting import one_line
from sublet.people.queries.withdrawals import (
    chosen_clients,
    holders,
    invited_to_clients,
    may_give_back,
    people_of_clients,
    product_sections,
    within_reach_of,
)

#: Up to so many people it is done at once; more are a job.
AT_ONCE = 200
BATCH = 200

Progress = Callable[[int, int], None]
M = TypeVar("M", Collaborator, Invitation)


class CannotWithdrawSection(Refusal):
    """Why a section is not taken away."""

    SENTENCES: ClassVar = {
        "section": _("There is no such section, or not at that level."),
        "nobody": _("None of these people has this section, so there is nothing to take away."),
        "clients": _("Choose at least one client, or all of them."),
    }


class CannotGiveSectionBack(Refusal):
    """Why a section is not given back."""

    SENTENCES: ClassVar = {
        "not-done": _("This is still running, or was given back already."),
        "no-access": _("None of the clients concerned lets you change its team any more. Ask them for access first."),
    }


def withdraw_section(
    *,
    section: str,
    level: str = "none",
    client_refs: Sequence[str] | None,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> str:
    """Take a section of the product (``product.design``) away from the people of clients, down to `level`.

    All clients that the actor reaches (None) or the chosen ones; owners and open invitations too. Few people at once,
    many by a job: the answer is the withdrawal's reference either way. What was taken is kept, so that giving back gives
    back exactly that. Needs ``clients:manage``. Raises NotFound (a client that is not the actor's), Forbidden,
    CannotWithdrawSection.
    """
    actor.require("clients:manage")
    if actor.account_kind != RESELLER:
        raise NotFound
    view = product_sections().get(section)
    if view is None or (level != Level.NONE.word and level not in view.levels[:-1]):
        raise CannotWithdrawSection("section", field="section")
    if client_refs is not None and not client_refs:
        raise CannotWithdrawSection("clients", field="clients")
    with transaction.atomic():
        ids = None if client_refs is None else [each[0] for each in chosen_clients(actor, client_refs)]
        people = holders(within_reach_of(actor, people_of_clients(actor, ids), at), section, level).count()
        if (
            not people
            and not holders(within_reach_of(actor, invited_to_clients(actor, ids), at), section, level).exists()
        ):
            raise CannotWithdrawSection("nobody", field="section")
        row = Withdrawal(
            account=Account.objects.get(id=actor.account_id),
            section=section,
            level=level,
            client_ids=ids,
            reach_ids=None if actor.reach is None else sorted(actor.reach),
            reason=one_line(reason, 500),
            created_at=at,
            created_by=actor.name[:200],
        )
        row.save()
        if people > AT_ONCE:
            _as_job("people.withdraw_section", row, actor, at)
        else:
            _withdraw(row, actor, at, AT_ONCE)
    return row.ref


def give_section_back(*, withdrawal_ref: str, actor: Actor, at: datetime) -> None:
    """Undo a withdrawal: everybody who still has what it left gets back what it took. Needs ``clients:manage``.

    A person who has left, whose rights on the section were changed since, or whose client's team is closed to the actor by
    now, stays as it is. Raises NotFound, Forbidden, CannotGiveSectionBack.
    """
    actor.require("clients:manage")
    with transaction.atomic():
        row = _locked(withdrawal_ref, actor)
        if row is None:
            raise NotFound
        if row.state != Withdrawal.State.DONE:
            raise CannotGiveSectionBack("not-done")
        if not may_give_back(row, actor):
            raise NotFound
        if not _any_within_reach(row, actor, at):
            raise CannotGiveSectionBack("no-access")
        row.state, row.next_id = Withdrawal.State.RETURNING, 0
        row.save(update_fields=["state", "next_id"])
        if row.people > AT_ONCE:
            _as_job("people.give_section_back", row, actor, at)
        else:
            _give_back(row, actor, at, AT_ONCE * 2)


def go_on_withdrawing(*, withdrawal_ref: str, actor: Actor, at: datetime, progress: Progress) -> None:
    """The job behind a large withdrawal: in batches, each of its own, going on where a run before it was interrupted."""
    while True:
        with transaction.atomic():
            row = _locked(withdrawal_ref, actor)
            if row is None or row.state != Withdrawal.State.RUNNING:
                return
            finished = _withdraw(row, actor, at, BATCH)
            progress(row.people, 0)
        if finished:
            return


def go_on_giving_back(*, withdrawal_ref: str, actor: Actor, at: datetime, progress: Progress) -> None:
    """The job behind giving a large withdrawal back; as `go_on_withdrawing`."""
    done = 0
    while True:
        with transaction.atomic():
            row = _locked(withdrawal_ref, actor)
            if row is None or row.state != Withdrawal.State.RETURNING:
                return
            finished = _give_back(row, actor, at, BATCH)
            done += BATCH
            progress(min(done, row.people), row.people)
        if finished:
            return


def _locked(ref: str, actor: Actor) -> Withdrawal | None:
    if not looks_like_ref(ref, "wdr"):
        return None
    return Withdrawal.objects.select_for_update().filter(account_id=actor.account_id, ref=ref).first()


def _as_job(kind: str, row: Withdrawal, actor: Actor, at: datetime) -> None:
    row.job_id = enqueue(
        kind, account_id=actor.account_id, actor=actor, at=at, payload={"withdrawal_ref": row.ref}, key=row.ref
    )
    row.save(update_fields=["job_id"])


def _withdraw(row: Withdrawal, actor: Actor, at: datetime, size: int) -> bool:
    """One batch, in the caller's transaction; whether it was the last.

    Rows are locked while they are read: rights are stored as one value, and whoever ticks another section at the same
    moment must not have it undone. Invitations come first, so that one accepted meanwhile is found among the people.
    """
    taken = []
    invited = list(
        holders(within_reach_of(actor, invited_to_clients(actor, row.client_ids), at), row.section, row.level)
        .select_for_update(of=("self",))
        .order_by("id")
    )
    for invitation in invited:
        taken.append(WithdrawnRight(withdrawal=row, invitation=invitation, level=invitation.rights_words[row.section]))
        _set(invitation, row.section, row.level)
    Invitation.objects.bulk_update(invited, ["rights_words"], batch_size=100)
    people = list(
        holders(within_reach_of(actor, people_of_clients(actor, row.client_ids), at), row.section, row.level)
        .filter(id__gt=row.next_id)
        .select_related("user", "account")
        .select_for_update(of=("self",))
        .order_by("id")[:size]
    )
    for place in people:
        taken.append(WithdrawnRight(withdrawal=row, collaborator=place, level=place.rights_words[row.section]))
        _set(place, row.section, row.level)
        _tell(place, row, before=taken[-1].level, after=row.level, actor=actor, at=at)
    Collaborator.objects.bulk_update(people, ["rights_words"], batch_size=100)
    last = len(people) < size
    WithdrawnRight.objects.bulk_create(taken, batch_size=200)
    row.people += len(people)
    row.next_id = people[-1].id if people else row.next_id
    if last:
        row.state = Withdrawal.State.DONE
        record(
            SectionWithdrawn(withdrawal=row.ref, section=_name(row.section), level=row.level, people=row.people),
            account_id=row.account_id,
            parent_id=row.account.parent_id,
            actor=actor,
            at=at,
            reason=row.reason,
        )
    row.save(update_fields=["people", "next_id", "state"])
    return last


def _give_back(row: Withdrawal, actor: Actor, at: datetime, size: int) -> bool:
    """One batch, in the caller's transaction; whether it was the last."""
    taken = list(WithdrawnRight.objects.filter(withdrawal=row, id__gt=row.next_id).order_by("id")[:size])
    # Locked, as in `_withdraw`, and in the same order; clients that have ended their grant meanwhile are left alone.
    offers = _locked_by_id(within_reach_of(actor, Invitation.objects.all(), at), [each.invitation_id for each in taken])
    held = _locked_by_id(
        within_reach_of(actor, Collaborator.objects.select_related("user", "account"), at),
        [each.collaborator_id for each in taken],
    )
    places, invitations = [], []
    for each in taken:
        invitation = offers.get(each.invitation_id or 0)
        if invitation is not None and invitation.accepted_at is None:
            if invitation.rights_words.get(row.section, "none") == row.level:
                _set(invitation, row.section, each.level)
                invitations.append(invitation)
            continue
        place = held.get(each.collaborator_id or 0) or _accepted(invitation)
        if place is None or place.ended_at is not None or place.account.parent_id != row.account_id:
            continue
        if place.rights_words.get(row.section, "none") == row.level:
            _set(place, row.section, each.level)
            _tell(place, row, before=row.level, after=each.level, actor=actor, at=at)
            places.append(place)
    Collaborator.objects.bulk_update(places, ["rights_words"], batch_size=100)
    Invitation.objects.bulk_update(invitations, ["rights_words"], batch_size=100)
    last = len(taken) < size
    row.next_id = taken[-1].id if taken else row.next_id
    if last:
        row.state = Withdrawal.State.RETURNED
        row.returned_at = at
        record(
            SectionGivenBack(withdrawal=row.ref, section=_name(row.section), people=row.people),
            account_id=row.account_id,
            parent_id=row.account.parent_id,
            actor=actor,
            at=at,
        )
    row.save(update_fields=["next_id", "state", "returned_at"])
    return last


def _any_within_reach(row: Withdrawal, actor: Actor, at: datetime) -> bool:
    """Whether one of the clients that the withdrawal touched still opens its team to the actor."""
    taken = WithdrawnRight.objects.filter(withdrawal=row)
    people = Collaborator.objects.filter(id__in=taken.values("collaborator_id"))
    invited = Invitation.objects.filter(id__in=taken.values("invitation_id"))
    return within_reach_of(actor, people, at).exists() or within_reach_of(actor, invited, at).exists()


def _locked_by_id(rows: QuerySet[M], ids: Iterable[int | None]) -> dict[int, M]:
    wanted = [each for each in ids if each is not None]
    found = rows.select_for_update(of=("self",)).filter(id__in=wanted).order_by("id") if wanted else ()
    return {row.id: row for row in found}


def _accepted(invitation: Invitation | None) -> Collaborator | None:
    """The place that came of an invitation from which something was taken, locked."""
    if invitation is None:
        return None
    rows = Collaborator.objects.filter(account_id=invitation.account_id, ended_at__isnull=True)
    rows = rows.filter(user__email=invitation.email).select_related("user", "account")
    return rows.select_for_update(of=("self",)).first()


def _set(row: Collaborator | Invitation, section: str, level: str) -> None:
    words = dict(row.rights_words)
    words.pop(section, None)
    if level != Level.NONE.word:
        words[section] = level
    row.rights_words = words


def _tell(place: Collaborator, row: Withdrawal, *, before: str, after: str, actor: Actor, at: datetime) -> None:
    """The client reads in its own history whose rights changed, by whom and why."""
    record(
        RightsChanged(
            collaborator=place.ref,
            person=str(place.user),
            before={row.section: before},
            after={row.section: after},
            reaches="all",
        ),
        account_id=place.account_id,
        parent_id=row.account_id,
        actor=actor,
        at=at,
        reason=row.reason,
    )


def _name(section: str) -> str:
    view = product_sections().get(section)
    return view.name if view is not None else section
