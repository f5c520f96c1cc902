"""Giving an account another place in the tree. Whether it may be, `moves` and `core.tree` have said.

What the account above kept *about* it (tags, notes, own number, who looks after it) does not go with it: the next one must not
read it. It is handed back, for whoever keeps it for the one that is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sublet.accounts.models import Account, AccountTag, SearchWord
from sublet.accounts.operations.leavers import Leaving, accounts_leave
from sublet.accounts.operations.newborns import clients_were_born
from sublet.accounts.queries.clients import tags_of
from sublet.accounts.search import reindex
from sublet.core.rights import CLIENT
from sublet.core.tree import Placed
from sublet.foundation.actor import Actor


@dataclass(frozen=True, slots=True)
class Kept:
    """What the account above kept about an account that has left it. It stays with it."""

    account_id: int
    ref: str
    name: str
    notes: str
    external_id: str
    responsible_id: int | None
    tags: tuple[str, ...]


def move_accounts(
    accounts: Sequence[Account], *, to: Placed, former_id: int, within: bool = False, actor: Actor, at: datetime
) -> list[Kept]:
    """Put accounts, all below `former_id` and locked in the order of their keys, to where `to` says, in a platform scope and the
    caller's transaction: everything that `former_id` has in them ends with it, and a client gets what comes with a new client.

    `within`, of a merge: tags, notes and own numbers go along, and how the clients were set up. Ownership of a client that stays
    a client is its own, whatever `to` says, unless it becomes a client or ends to be one. No entry in the journal: the move's own
    says it.
    """
    ids = [account.id for account in accounts]
    joins_id = to.parent_id if within else None
    accounts_leave(Leaving(account_ids=ids, former_id=former_id, within=within, joins_id=joins_id), actor=actor, at=at)
    tags = tags_of(ids)
    # A word carries the account above: one that is left where it was would find the account there for ever.
    SearchWord.objects.filter(account_id__in=ids).delete()
    AccountTag.objects.filter(account_id__in=ids).delete()
    kept = []
    for account in accounts:
        kept.append(
            Kept(
                account_id=account.id,
                ref=account.ref,
                name=account.name,
                notes=account.notes,
                external_id=account.external_id,
                responsible_id=account.responsible_id,
                tags=tags.get(account.id, ()),
            )
        )
        stays_client = account.kind == CLIENT and to.kind == CLIENT
        account.kind, account.parent_id = to.kind, to.parent_id
        account.ownership = account.ownership if stays_client else to.ownership
        account.placed_at = at
        account.responsible_id = None
        # An import of the one before must not take it back, nor a form of it be taken for another's.
        account.import_id, account.import_key = None, ""
        account.state_reason = ""
        if not within:
            account.notes, account.external_id = "", ""
        account.version += 1
        account.save(
            update_fields=[
                "kind", "parent", "ownership", "placed_at", "responsible_id", "import_id", "import_key", "state_reason", "notes",
                "external_id", "version",
            ]
        )  # fmt: skip
        put = tags.get(account.id, ()) if within else []
        AccountTag.objects.bulk_create(
            AccountTag(account_id=account.id, parent_id=to.parent_id or 0, name=name) for name in put
        )
        reindex(account, put)
    if to.kind == CLIENT and to.parent_id is not None:
        clients_were_born(ids, reseller_id=to.parent_id, actor=actor, at=at)
    return kept
