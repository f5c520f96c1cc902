"""What must be true after moves, beyond what one row can say: nobody has anything left where it has no business."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import AccountTag, SearchWord
from sublet.branding.models import Domain
from sublet.foundation.invariants.checks import Broken, invariant
from sublet.moves.models import Move
from sublet.people.models import Invitation
from sublet.signon.models import SignOn


@invariant("moves.left_behind", broken=_("A reseller still has something in an account that is not its client"))
def left_behind(_at: datetime) -> Iterable[Broken]:
    """Invitations, sign-ons of visits and names in an account are of the one that stands above it now, or of its own. (Grants,
    visits and reach: `people.invariants`.)"""
    waiting = Invitation.objects.filter(
        accepted_at__isnull=True, revoked_at__isnull=True, account__kind__in=("client", "direct")
    )
    foreign = (
        Q(inviter__isnull=False)
        & ~Q(inviter__account_id=F("account_id"))
        & ~Q(inviter__account_id=F("account__parent_id"))
    ) | (
        Q(inviter_key__isnull=False)
        & ~Q(inviter_key__account_id=F("account_id"))
        & ~Q(inviter_key__account_id=F("account__parent_id"))
    )
    for account_id, ref in waiting.filter(foreign).values_list("account_id", "ref"):
        yield Broken(account_id, f"{ref} waits, of somebody else")
    signed_on = SignOn.objects.filter(ended_at__isnull=True, impersonation__isnull=False)
    lost = signed_on.exclude(impersonation__staff_collaborator__account_id=F("account__parent_id"))
    for account_id, ref in lost.values_list("account_id", "ref"):
        yield Broken(account_id, f"{ref} goes on, of somebody else")
    names = Domain.objects.filter(proof=Domain.Proof.WILDCARD, state=Domain.State.PROVED, account__kind="direct")
    for account_id, host in names.values_list("account_id", "host"):
        yield Broken(account_id, f"{host} rests on a wildcard of nobody above")


@invariant("moves.words", broken=_("An account is found by an account that it is not below"))
def words(_at: datetime) -> Iterable[Broken]:
    """Tags and search words carry the account above: one that was left where it was would find it there for ever."""
    for model in (AccountTag, SearchWord):
        strayed = model.objects.exclude(parent_id=F("account__parent_id")).values_list("account_id", flat=True)
        for account_id in strayed.distinct()[:20]:
            yield Broken(account_id, f"{model._meta.db_table} of another")


@invariant("moves.merged", broken=_("A merge says that it is done, and a client was left"))
def merged(_at: datetime) -> Iterable[Broken]:
    """A reseller that was merged away has no clients."""
    done = Move.objects.filter(kind=Move.Kind.MERGE, state=Move.State.DONE, account__below__isnull=False)
    for account_id, ref in done.values_list("account_id", "ref").distinct():
        yield Broken(account_id, ref)
