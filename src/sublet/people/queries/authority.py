"""What an actor may do with the team of an account, and how far: the one answer for pages, API and operations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.accounts.queries.tree import lies_below
from sublet.core.grants import EVERYTHING
from sublet.core.rights import CLIENT, FLOOR, PRODUCT_PREFIX, RESELLER, VENDOR, Level, Rights, all_rights
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden, NotFound, Refusal
from sublet.people.queries.grants import granted_to

#: The section on which an actor holds rights over the accounts below its own, by the kind of its own.
_SECTION_BELOW = {VENDOR: "accounts", RESELLER: "clients"}


class NotGranted(Refusal):
    """The actor's reseller has the client, but no grant that goes so far."""

    SENTENCES: ClassVar = {
        "team": _("Your access to this client does not include its team. You can ask for it under “Access”."),
        "entry": _("You have no access to this client’s account at present. You can ask for it under “Access”."),
    }
    status = 403


@dataclass(frozen=True, slots=True)
class Authority:
    """What the actor may do with a team.

    `grantable` is the most that it can give anybody there: never more than it has itself, never past the floor.
    `from_above`: the account's reseller (or the vendor) acts, not its own people. `reach` confines the clients that it
    can let staff reach; None: all. `ends`: it may end access though it can change nothing (its account does not pay, or is closed).
    `in_person`: a person acts in its own name and owns the account.
    """

    level: Level
    grantable: Rights
    from_above: bool
    owns_in_person: bool
    reach: frozenset[int] | None
    ends: bool = False

    @property
    def manages(self) -> bool:
        """Whether it may change the team."""
        return self.level >= Level.MANAGE

    def may_make_owner(self, account: Account, *, has_owner: bool) -> bool:
        """Whether it may say who owns the account.

        The owner in person; from above where the reseller owns the account, where nobody does yet, or on an account
        that is no client's.
        """
        if self.owns_in_person:
            return True
        if not (self.from_above and self.manages):
            return False
        reseller_owns = account.kind == CLIENT and account.ownership == Account.Ownership.RESELLER
        return reseller_owns or not has_owner


def authority_over(actor: Actor, account: Account, *, sections: Iterable[str], at: datetime) -> Authority:
    """What the actor may do with the team of `account`; `sections` are the keys of rights on offer there.

    A reseller's actor gets into a client's team, and gives there, only as far as the client's grants go at that instant.

    Raises NotFound for an account that is neither the actor's own nor directly below it (or outside its reach),
    Forbidden without at least ``view``, and NotGranted when the grants leave nothing of the team.
    """
    if account.id == actor.account_id:
        visits_as_reseller = actor.impersonator is not None and actor.impersonator.mode == "reseller"
        found = Authority(
            level=actor.rights.level("team"),
            grantable=actor.rights,
            from_above=visits_as_reseller,
            owns_in_person=actor.owns_in_person,
            reach=actor.reach,
            ends=actor.ends.has("team:manage"),
        )
        lacking = "team:view"
    elif actor.account_kind in _SECTION_BELOW and lies_below(actor, account):
        section = _SECTION_BELOW[actor.account_kind]
        level = actor.rights.level(section)
        product = [key.removeprefix(PRODUCT_PREFIX) for key in sections if key.startswith(PRODUCT_PREFIX)]
        scope = granted_to(actor, account, at=at) if account.kind == CLIENT else EVERYTHING
        if level >= Level.VIEW and scope.level("team") < Level.VIEW:
            raise NotGranted("team")
        found = Authority(
            level=min(level, scope.level("team")),
            grantable=scope.of(all_rights(account.kind, product, level)),
            from_above=True,
            owns_in_person=False,
            reach=None,
        )
        lacking = f"{section}:view"
    else:
        raise NotFound
    if found.level < Level.VIEW:
        raise Forbidden(lacking)
    if account.kind != CLIENT:
        return found
    return Authority(
        level=found.level,
        grantable=found.grantable.without(FLOOR),
        from_above=found.from_above,
        owns_in_person=found.owns_in_person,
        reach=found.reach,
        ends=found.ends,
    )
