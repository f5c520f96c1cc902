"""What the vendor sees of the whole tree: figures, and names for what only carries an id. Cheap at any size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from sublet.accounts.models import Account
from sublet.accounts.queries.clients import SOON, Counted
from sublet.core.lifecycle import CLOSED, STATES
from sublet.core.names import sort_name
from sublet.core.rights import DIRECT, RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Forbidden
from sublet.foundation.prepared import sql_of
from sublet.foundation.refs import looks_like_ref

#: Up to here clients are counted; beyond, "more than".
MOST_COUNTED = 10_000
#: The same for the clients of each reseller in a list.
MOST_OF_ONE = 1_000
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class TreeFigures:
    """How many resellers, direct accounts and clients there are in each state, and how many clients' demonstrations end
    within two weeks."""

    resellers: Mapping[str, Counted]
    direct: Mapping[str, Counted]
    clients: Mapping[str, Counted]
    ending: Counted


@dataclass(frozen=True, slots=True)
class AccountName:
    """An account as a link to it needs it. `page_ref` is the reseller or direct account on whose page it stands."""

    id: int
    ref: str
    name: str
    kind: str
    page_ref: str


def _require_vendor(actor: Actor, right: str) -> None:
    if actor.account_kind != VENDOR:
        raise Forbidden(right)
    actor.require(right)


def open_accounts(counts: Mapping[str, Counted]) -> Counted:
    """All that are not closed, together."""
    some = [each for state, each in counts.items() if state != CLOSED]
    return Counted(sum(each.number for each in some), more=any(each.more for each in some))


def tree_figures(actor: Actor, *, at: datetime) -> TreeFigures:
    """The figures of the installation, in one statement that reads at most `MOST_COUNTED` index entries for each.

    For the vendor (``accounts:view``). Raises Forbidden.
    """
    _require_vendor(actor, "accounts:view")
    # unscoped: bound to the vendor's own account by its key
    below = Account.unscoped.filter(parent_id=actor.account_id)
    resellers = below.filter(kind=RESELLER)
    # unscoped: bound to the vendor's resellers by their keys
    clients = Account.unscoped.filter(parent_id__in=resellers.order_by().values("id"))
    parts = [resellers.filter(state=state) for state in STATES]
    parts += [below.filter(kind=DIRECT, state=state) for state in STATES]
    parts += [clients.filter(state=state) for state in STATES]
    parts.append(clients.filter(demo_until__isnull=False, demo_until__lt=at + SOON).exclude(state=CLOSED))
    numbers = _count_all(parts, MOST_COUNTED)
    count = len(STATES)
    return TreeFigures(
        resellers=dict(zip(STATES, numbers[:count], strict=True)),
        direct=dict(zip(STATES, numbers[count : 2 * count], strict=True)),
        clients=dict(zip(STATES, numbers[2 * count : 3 * count], strict=True)),
        ending=numbers[-1],
    )


def clients_of_each(actor: Actor, reseller_ids: Sequence[int]) -> dict[int, Counted]:
    """How many open clients each of those resellers has, up to `MOST_OF_ONE`, in one statement. Raises Forbidden."""
    _require_vendor(actor, "accounts:view")
    if not reseller_ids:
        return {}
    # unscoped: the resellers were found below the vendor's account
    parts = [Account.unscoped.filter(parent_id=each).exclude(state=CLOSED) for each in reseller_ids]
    return dict(zip(reseller_ids, _count_all(parts, MOST_OF_ONE), strict=True))


def _count_all(parts: Sequence[QuerySet[Account]], most: int) -> list[Counted]:
    sql: list[str] = []
    values: list[Any] = []
    for part in parts:
        text, given = sql_of(part.order_by().values("id")[: most + 1])
        sql.append(f"(SELECT COUNT(*) FROM ({text}) AS seen)")  # noqa: S608  the ORM made the text; values stay apart
        values += given
    # past the scope: only numbers leave, of rows that are bound by key already
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(sql)}", values)
        return [Counted(min(number, most), more=number > most) for number in cursor.fetchone()]


def names_of_accounts(ids: Iterable[int]) -> dict[int, AccountName]:
    """Names and references of accounts within the scope in force, by id; those outside it are left out. One statement."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = Account.objects.filter(id__in=wanted).values_list("id", "ref", "name", "kind", "parent__kind", "parent__ref")
    return {
        row_id: AccountName(row_id, ref, name, kind, parent_ref if parent_kind == RESELLER else ref)
        for row_id, ref, name, kind, parent_kind, parent_ref in rows
    }


def accounts_named(actor: Actor, typed: str, *, most: int = 6) -> list[AccountName]:
    """The accounts meant by a reference, or by how a name begins, anywhere in the tree; an exact name first.

    For the vendor (``journal:view``): it reads the whole journal. Raises Forbidden.
    """
    _require_vendor(actor, "journal:view")
    if looks_like_ref(typed, "acc"):
        ids = list(Account.objects.filter(ref=typed).values_list("id", flat=True))
    else:
        folded = sort_name(typed)
        begins = (
            Q(sort_name__gte=folded, sort_name__lt=folded + _LAST, sort_name__startswith=folded)
            if folded
            else Q(pk__in=())
        )
        # By parent, because that is how names are indexed; there are few parents beside the vendor and its resellers.
        # unscoped: bound to the vendor and its resellers by their keys
        above = Account.unscoped.filter(Q(id=actor.account_id) | Q(parent_id=actor.account_id, kind=RESELLER))
        # unscoped: as above
        found = Account.unscoped.filter(begins, parent_id__in=above.order_by().values("id"))
        ids = list(found.order_by("sort_name", "id").values_list("id", flat=True)[:most])
    names = names_of_accounts(ids)
    return [names[each] for each in ids if each in names]
