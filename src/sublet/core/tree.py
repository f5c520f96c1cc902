"""Which move of an account is lawful, who has to agree to it, and where it leads.

Pure: facts in, a code or None out. A *move* gives an account another place in the tree: *detach* (a client becomes a direct
account), *attach* (a direct account becomes a client), *transfer* (a client goes to another reseller), *adopt* (the vendor offers a
client of a reseller that does not pay, or is not open, a place of its own) and *adopt-to* (the same with another reseller), *merge* (all
clients of one reseller go to another, and it is closed), *revert* (a reseller becomes a direct account again), *convert* (a direct account
becomes a reseller).

Laws (tests/core/test_tree.py):

* whatever is lawful leaves a lawful tree: one root, no cycle, each kind below its own kind;
* a merge loses no client, and leaves the reseller that goes without any;
* who owns the account decides: without the word of that side nothing is moved, but for what the vendor offers where that side is a
  reseller that does not pay, or is not open: then the client's owner alone decides, and never without it;
* nothing is moved to where it is already, nor to a reseller that is not open.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sublet.core.lifecycle import CLOSED, lets_people_in
from sublet.core.rights import CLIENT, DIRECT, RESELLER, VENDOR

DETACH, ATTACH, TRANSFER, MERGE, REVERT = "detach", "attach", "transfer", "merge", "revert"
ADOPT, ADOPT_TO = "adopt", "adopt-to"
#: What the vendor offers to clients whose reseller does not pay, or is not open.
ADOPTIONS = (ADOPT, ADOPT_TO)
MOVES = (DETACH, ATTACH, TRANSFER, MERGE, REVERT, *ADOPTIONS)
#: How a client leaves its reseller.
LEAVING = (DETACH, TRANSFER, *ADOPTIONS)

#: The parties of a move: the reseller that the account leaves, the one that it comes to, and the account's own owner.
SOURCE, TARGET, ACCOUNT = "source", "target", "account"
PARTIES = (SOURCE, TARGET, ACCOUNT)
#: Who has asked where that is none of these: the vendor. Its word is given by asking.
OFFERED = "vendor"

ASKED, APPROVED, DECLINED, TAKEN_BACK, LAPSED, STOPPED, DONE = MOVE_STATES = (
    "asked", "approved", "declined", "taken-back", "lapsed", "stopped", "done",
)  # fmt: skip
#: What still waits for somebody or something.
OPEN_STATES = (ASKED, APPROVED)


@dataclass(frozen=True, slots=True)
class Node:
    """An account as far as moves are about it.

    `has_owner`: somebody owns it who can log in. `notice_runs`: an access of the reseller is in force whose end takes the
    notice that both agreed. `below`: how many accounts stand below it, whatever their state.
    """

    id: int
    kind: str
    parent_id: int | None
    state: str
    ownership: str = RESELLER
    is_demonstration: bool = False
    has_owner: bool = True
    notice_runs: bool = False
    below: int = 0


def _refuse_reseller(node: Node) -> str | None:
    """Why an account can take in no clients."""
    if node.kind != RESELLER:
        return "not-a-reseller"
    return None if lets_people_in(node.state) else "reseller-closed"


def _refuse_client(node: Node) -> str | None:
    """Why a client stays where it is, whoever asks."""
    if node.kind != CLIENT:
        return "not-a-client"
    if node.state == CLOSED:
        return "closed"
    return "demonstration" if node.is_demonstration else None


def refuse_detach(node: Node, *, side: str) -> str | None:
    """Why that side (SOURCE or ACCOUNT) cannot make a client a direct account: a code, or None.

    Who owns the account decides. A client that owns itself keeps the notice that it agreed to: it ends the access first.
    """
    if (code := _refuse_client(node)) is not None:
        return code
    if side not in may_dispose(node.ownership):
        return "client-owns" if side == SOURCE else "reseller-owns"
    if not node.has_owner:
        return "nobody"  # nobody could enter it any more
    return "notice" if side == ACCOUNT and node.notice_runs else None


def refuse_transfer(node: Node, to: Node, *, side: str) -> str | None:
    """Why that side cannot ask for a client to go to another reseller: a code, or None."""
    if (code := _refuse_client(node)) is not None:
        return code
    if side not in may_dispose(node.ownership):
        return "client-owns" if side == SOURCE else "reseller-owns"
    if to.id == node.parent_id:
        return "already-there"
    return _refuse_reseller(to)


def refuse_adoption(node: Node, source: Node, to: Node | None, *, limited: bool) -> str | None:
    """Why the vendor cannot offer a client of `source` another place: a code, or None. `limited`: `source` can only read and pay.

    Whoever owns the account, its owner alone answers: it must have one. A reseller that pays keeps its clients.
    """
    if (code := _refuse_client(node)) is not None:
        return code
    if not node.has_owner:
        return "nobody"
    if not limited and lets_people_in(source.state):
        return "reseller-pays"
    if to is None:
        return None
    return "already-there" if to.id == node.parent_id else _refuse_reseller(to)


def refuse_attach(node: Node, to: Node) -> str | None:
    """Why a direct account cannot become a client of that reseller: a code, or None."""
    if node.kind != DIRECT:
        return "not-direct"
    if not lets_people_in(node.state):
        return "closed"
    if not node.has_owner:
        return "nobody"
    return _refuse_reseller(to)


def refuse_merge(gone: Node, stays: Node) -> str | None:
    """Why the clients of a reseller cannot all go to another, which stays: a code, or None."""
    if gone.id == stays.id:
        return "itself"
    if gone.kind != RESELLER:
        return "not-a-reseller"
    if not lets_people_in(gone.state):
        return "closed"
    return _refuse_reseller(stays)


def refuse_revert(node: Node) -> str | None:
    """Why a reseller cannot become a direct account again: a code, or None."""
    if node.kind != RESELLER:
        return "not-a-reseller"
    if not lets_people_in(node.state):
        return "closed"
    return "has-clients" if node.below else None


def refuse_conversion(node: Node) -> str | None:
    """Why a direct account cannot become a reseller: a code, or None."""
    if node.kind == RESELLER:
        return "already"
    if node.kind != DIRECT:
        return "not-direct"
    return None if lets_people_in(node.state) else "locked"


def may_dispose(ownership: str) -> frozenset[str]:
    """Which side of a client decides where it goes: whoever owns the account."""
    return frozenset({ACCOUNT if ownership == CLIENT else SOURCE})


def must_agree(move: str, ownership: str = RESELLER) -> frozenset[str]:
    """Whose word a move takes. Whoever asks has given its own."""
    if move == DETACH:
        return may_dispose(ownership)
    if move in (ATTACH, ADOPT_TO):
        return frozenset({TARGET, ACCOUNT})
    if move == ADOPT:
        return frozenset({ACCOUNT})
    if move == TRANSFER:
        return frozenset({SOURCE, TARGET}) | may_dispose(ownership)
    return frozenset({SOURCE, TARGET}) if move == MERGE else frozenset({ACCOUNT})


def still_lacking(move: str, ownership: str, agreed: Collection[str]) -> frozenset[str]:
    """Whose word is still to come."""
    return must_agree(move, ownership) - frozenset(agreed)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an account stands after a move: its kind, the account above, and whose a client is."""

    kind: str
    parent_id: int | None
    ownership: str


def placed(move: str, node: Node, *, vendor_id: int, to_id: int | None = None) -> Placed:
    """Where the account stands after a move that is lawful. Of a merge: where each of the clients does.

    An account that is attached, or was adopted, is its own: its owner can end what the reseller has there.
    """
    if move in (DETACH, ADOPT):
        return Placed(DIRECT, vendor_id, CLIENT)
    if move == REVERT:
        return Placed(DIRECT, vendor_id, node.ownership)
    if to_id is None:
        raise ValueError(move)
    return Placed(CLIENT, to_id, CLIENT if move in (ATTACH, ADOPT_TO) else node.ownership)


#: What stands below what.
_BELOW: Mapping[str, str] = {CLIENT: RESELLER, RESELLER: VENDOR, DIRECT: VENDOR}


def faults(nodes: Iterable[Node]) -> list[str]:
    """What is wrong with a tree, in words for those who look after it; nothing for a lawful one."""
    by_id = {node.id: node for node in nodes}
    found = []
    roots = [node.id for node in by_id.values() if node.parent_id is None]
    if [by_id[each].kind for each in roots] != [VENDOR]:
        found.append(f"{len(roots)} roots")
    for node in by_id.values():
        above = by_id.get(node.parent_id) if node.parent_id is not None else None
        if node.parent_id is not None and (above is None or above.kind != _BELOW.get(node.kind)):
            found.append(f"{node.kind} {node.id} below {'nothing' if above is None else above.kind}")
    return found
