"""What each person of a team may use of what its account may: set by the account itself, or by the one above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core import cascade
from sublet.core.cascade import Pool, Share
from sublet.core.manifest import Meter
from sublet.core.usage import ADDITIVE
from sublet.entitlements.events import PortionSet
from sublet.entitlements.models import Apportionment, Portion
from sublet.entitlements.operations.common import account_below, changed, known, names_of, own_account
from sublet.entitlements.operations.pools import MOST
from sublet.entitlements.operations.services import UNCHANGED, Unchanged
from sublet.entitlements.queries.facts import places
from sublet.entitlements.queries.portions import ENDLESS, people_pool
from sublet.entitlements.queries.standing import standings_of
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.metering.queries import line_of, used_by_people
from sublet.people.models import Collaborator

#: So many people at most with one Save.
MOST_PEOPLE = 200


class CannotSetPortion(Refusal):
    """Why what people may use stays as it is. `field` names the place in the team that is meant, if one is."""

    SENTENCES: ClassVar = {
        "does-not-add-up": _("This meter does not add up, so it cannot be shared out among people."),
        cascade.RESERVES: _(
            "There is not so much: what is kept for people cannot add up to more than the account may use."
        ),
        cascade.CAPS: _("The upper limits would add up to more than may be promised."),
        cascade.CAP_BELOW_RESERVE: _("The upper limit is lower than what is kept."),
        cascade.BELOW_NOTHING: _("Quantities are not below zero."),
        "too-large": _("This is too large."),
        "wrong-oversell": _("Overselling is a percentage from 100 to 10,000."),
    }


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one person may use in each period: `reserve` units that nobody else can use up, at most `cap` (None: what there is)."""

    reserve: int = 0
    cap: int | None = None


def set_portions(
    *,
    ref: str,
    meter: str,
    people: Mapping[str, Wanted | None],
    oversell: int | Unchanged | None = UNCHANGED,
    actor: Actor,
    at: datetime,
) -> bool:
    """Set what people of a team may use of a meter: of the actor's own account (``usage:manage``), or of one below it
    (``clients:manage``; the vendor ``accounts:manage``). It holds at once, all of it or nothing.

    `people`: place in the team → its portion, None: like everybody without one; who is not named stays. `oversell` in percent
    of what the account may use, None: upper limits are not added up. False when all was so. Raises NotFound, Forbidden,
    CannotSetPortion.
    """
    with transaction.atomic():
        account = own_account(actor) if ref == actor.account_ref else account_below(ref, actor)
        thing = known(account, at=at).terms.meters.get(meter)
        if thing is None:
            raise NotFound
        if thing.aggregation not in ADDITIVE:
            raise CannotSetPortion("does-not-add-up", field="meter")
        if not isinstance(oversell, Unchanged) and oversell is not None and not 100 <= oversell <= 10_000:
            raise CannotSetPortion("wrong-oversell", field="oversell")
        team = _team(account, people)
        # unscoped: the account is locked, from the scope
        rule = Apportionment.unscoped.select_for_update().filter(account_id=account.id, meter=meter).first()
        # unscoped: as above
        rows = Portion.unscoped.filter(apportionment_id=rule.id if rule is not None else 0)
        present = {row.collaborator_id: row for row in rows}
        before = rule.oversell if rule is not None else None
        after = before if isinstance(oversell, Unchanged) else oversell
        other = {name: wanted for name, wanted in people.items() if _as_wanted(present.get(team[name].id)) != wanted}
        if not other and after == before:
            return False
        _check(account, thing, rule, present, {team[name]: wanted for name, wanted in other.items()}, after, at)
        _store(account, meter, rule, present, {team[name].id: wanted for name, wanted in other.items()}, after)
        changed(account, at=at)
        record(
            PortionSet(
                ref=account.ref,
                name=account.name,
                key=meter,
                names=dict(names_of(thing)),
                people=[
                    {
                        "collaborator": name,
                        "reserve": None if wanted is None else wanted.reserve,
                        "cap": None if wanted is None else wanted.cap,
                    }
                    for name, wanted in other.items()
                ],
                oversell=after,
            ),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )
        return True


def _team(account: Account, people: Mapping[str, Wanted | None]) -> dict[str, Collaborator]:
    if len(people) > MOST_PEOPLE:
        raise CannotSetPortion("too-large", field="people")
    # unscoped: the account is locked, from the scope
    rows = Collaborator.unscoped.filter(account_id=account.id, ended_at__isnull=True, ref__in=list(people))
    found = {row.ref: row for row in rows}
    if len(found) != len(people):
        raise NotFound
    return found


def _as_wanted(row: Portion | None) -> Wanted | None:
    return None if row is None else Wanted(row.reserve, row.cap)


def _check(
    account: Account,
    thing: Meter,
    rule: Apportionment | None,
    present: Mapping[int, Portion],
    other: Mapping[Collaborator, Wanted | None],
    oversell: int | None,
    at: datetime,
) -> None:
    """Whether all of it can be promised together, by what holds once it is saved."""
    standing = standings_of(list(places([account.id]).values()), at=at)[account.id].meters[thing.key]
    pool = people_pool(rule, standing, used_by_people(account.id, thing.key, at, line=line_of(account.id)))
    scale = 10**thing.decimals
    # unscoped: as above
    live = Collaborator.unscoped.filter(id__in=list(present), ended_at__isnull=True)
    named = {str(user_id) for user_id in live.values_list("user_id", flat=True)}
    shares = dict(pool.shares)
    had = {key: share for key, share in shares.items() if key in named}
    wished: dict[str, str] = {}
    for place, wanted in other.items():
        key = str(place.user_id)
        used = shares[key].used if key in shares else 0
        if wanted is None:
            named.discard(key)
            shares[key] = Share(used=used)
            continue
        if wanted.reserve > MOST or (wanted.cap or 0) > MOST:
            raise CannotSetPortion("too-large", field=place.ref)
        named.add(key)
        wished[key] = place.ref
        shares[key] = Share(wanted.reserve * scale, None if wanted.cap is None else wanted.cap * scale, used)
    # Nobody has promised anything to whoever has no portion: of them counts what they have used.
    after = cascade.as_promised(Pool(pool.size, shares, None if pool.size >= ENDLESS else oversell), named)
    for key, ref in wished.items():
        refused = cascade.refuse_share(after, key, after.shares[key], before=had.get(key))
        if refused is not None:
            raise CannotSetPortion(refused, field=ref)
    before = rule.oversell if rule is not None else None
    if oversell is not None and (before is None or oversell < before) and cascade.refuse_caps(after) is not None:
        raise CannotSetPortion(cascade.CAPS, field="oversell")


def _store(
    account: Account,
    meter: str,
    rule: Apportionment | None,
    present: Mapping[int, Portion],
    other: Mapping[int, Wanted | None],
    oversell: int | None,
) -> None:
    left = (present.keys() - other.keys()) | {number for number, wanted in other.items() if wanted is not None}
    if not left and oversell is None:
        if rule is not None:
            # unscoped: as above, its portions with it
            Apportionment.unscoped.filter(id=rule.id).delete()
        return
    if rule is None:
        rule = Apportionment(account_id=account.id, meter=meter, oversell=oversell)
        rule.save(force_insert=True)
    elif rule.oversell != oversell:
        rule.oversell = oversell
        rule.save(update_fields=["oversell"])
    for number, wanted in other.items():
        # unscoped: as above
        own = Portion.unscoped.filter(apportionment_id=rule.id, collaborator_id=number)
        if wanted is None:
            own.delete()
        elif not own.update(reserve=wanted.reserve, cap=wanted.cap):
            Portion(
                account_id=account.id, apportionment_id=rule.id, collaborator_id=number, reserve=wanted.reserve,
                cap=wanted.cap,
            ).save(force_insert=True)  # fmt: skip
