"""What is demanded of those who log in: read with the place itself on each request, and shown on its own page."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from sublet.accounts.models import Account
from sublet.core.access import Access, AccessRules, resolve
from sublet.core.rights import VENDOR
from sublet.foundation.actor import Actor
from sublet.people.models import AccessPolicy, Collaborator, User


def demands_second_factor() -> Exists:
    """For questions about collaborators: whether the account or one above it demands a second factor of them.

    The same answer as `core.access.resolve`, in the statement that reads the place anyway.
    """
    # unscoped: this decides whether somebody enters a scope
    policies: QuerySet[AccessPolicy] = AccessPolicy.unscoped.filter(
        Q(account_id=OuterRef("account_id"), team=True)
        | Q(account_id=OuterRef("account__parent_id"), below=True)
        | Q(account_id=OuterRef("account__parent__parent_id"), below=True)
    )
    return Exists(policies)


def second_factor_demanded(account: Account) -> bool:
    """Whether that account or one above it demands a second factor of the account's people."""
    # unscoped: of the accounts above only that is read
    policies = AccessPolicy.unscoped.filter(
        Q(account_id=account.id, team=True)
        | Q(account_id=account.parent_id, below=True)
        | Q(account__kind=VENDOR, below=True)
    )
    return policies.exclude(account_id=account.id, team=False).exists()


def may_take_mailed_codes(user_id: int) -> bool:
    """Whether a code by e-mail may be the person's second factor: no account of it, nor one above, forbids that, and its
    password is not itself from a link in the mailbox. Else whoever reads the mailbox would need nothing more.
    """
    if User.objects.filter(id=user_id, password_by_mail_at__isnull=False).exists():
        return False
    # unscoped: the person's own places, over all accounts
    places = Collaborator.unscoped.filter(user_id=user_id, ended_at__isnull=True)
    rules = AccessPolicy.unscoped.filter(no_mailed_codes=True)  # unscoped: as above
    return not rules.filter(
        Q(account_id__in=places.values("account_id"))
        | Q(account_id__in=places.values("account__parent_id"))
        | Q(account_id__in=places.values("account__parent__parent_id"))
    ).exists()


@dataclass(frozen=True, slots=True)
class LogInRulesPage:
    """The rules of an account, what holds for its people, and how many of them have no second factor yet.

    `from_above`: what holds whatever the account itself says.
    """

    rules: AccessRules
    access: Access
    from_above: Access
    people: int
    without: int


def log_in_rules_page(actor: Actor) -> LogInRulesPage:
    """The actor's own account's."""
    actor.require("team:view")
    chain = [actor.account_id]
    # unscoped: the accounts above the actor's own, of which only the rules are read
    while (parent := Account.unscoped.filter(id=chain[-1]).values_list("parent_id", flat=True).first()) is not None:
        chain.append(parent)
    # unscoped: as above
    stored = {row.account_id: row.rules for row in AccessPolicy.unscoped.filter(account_id__in=chain)}
    own = stored.get(actor.account_id, AccessRules())
    above = [stored[each] for each in chain[1:] if each in stored]
    team = Collaborator.objects.filter(account_id=actor.account_id, ended_at__isnull=True)
    people = team.count()
    protected = team.filter(user__authenticator__type__in=["totp", "webauthn"]).values("user_id").distinct().count()
    return LogInRulesPage(
        rules=own,
        access=resolve(own, above),
        from_above=resolve(AccessRules(), above),
        people=people,
        without=people - protected,
    )
