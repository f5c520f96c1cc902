"""Moves of accounts: whatever is lawful leaves a lawful tree, loses no client and is what the owner wants."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.core import tree
from sublet.core.lifecycle import STATES
from sublet.core.tree import ACCOUNT, SOURCE, TARGET, Node

VENDOR_ID = 1
OPEN = Node(10, "reseller", VENDOR_ID, "active")
OTHER = Node(11, "reseller", VENDOR_ID, "active")
CLIENT = Node(20, "client", 10, "active", "reseller")
DIRECT = Node(30, "direct", VENDOR_ID, "active")

states = st.sampled_from(STATES)


@st.composite
def trees(draw: st.DrawFn) -> dict[int, Node]:
    """A vendor with some resellers, their clients and direct accounts, in all states."""
    nodes = {VENDOR_ID: Node(VENDOR_ID, "vendor", None, "active")}
    for number in range(draw(st.integers(1, 4))):
        reseller = 10 + number
        clients = draw(st.integers(0, 4))
        nodes[reseller] = Node(reseller, "reseller", VENDOR_ID, draw(states), below=clients)
        for each in range(clients):
            key = 100 * (number + 1) + each
            nodes[key] = Node(
                key, "client", reseller, draw(states), draw(st.sampled_from(["reseller", "client"])),
                is_demonstration=draw(st.booleans()), has_owner=draw(st.booleans()), notice_runs=draw(st.booleans()),
            )  # fmt: skip
    for number in range(draw(st.integers(0, 3))):
        nodes[50 + number] = Node(50 + number, "direct", VENDOR_ID, draw(states), has_owner=draw(st.booleans()))
    return nodes


def put(nodes: dict[int, Node], number: int, move: str, to: int | None) -> None:
    node = nodes[number]
    after = tree.placed(move, node, vendor_id=VENDOR_ID, to_id=to)
    nodes[number] = replace(node, kind=after.kind, parent_id=after.parent_id, ownership=after.ownership)
    for above, change in ((node.parent_id, -1), (after.parent_id, 1)):
        if above in nodes:
            nodes[above] = replace(nodes[above], below=max(0, nodes[above].below + change))


def do(nodes: dict[int, Node], move: str, number: int, to: int, side: str) -> bool:
    """Move, if it is lawful; whether it was."""
    node, target = nodes[number], nodes[to]
    refused = {
        tree.DETACH: lambda: tree.refuse_detach(node, side=side),
        tree.TRANSFER: lambda: tree.refuse_transfer(node, target, side=side),
        tree.ATTACH: lambda: tree.refuse_attach(node, target),
        tree.MERGE: lambda: tree.refuse_merge(node, target),
        tree.REVERT: lambda: tree.refuse_revert(node),
        tree.ADOPT: lambda: tree.refuse_adoption(node, nodes.get(node.parent_id or 0, node), None, limited=False),
        tree.ADOPT_TO: lambda: tree.refuse_adoption(node, nodes.get(node.parent_id or 0, node), target, limited=True),
    }[move]()
    if refused is not None:
        return False
    if move == tree.MERGE:
        for each in [each.id for each in nodes.values() if each.parent_id == number]:
            put(nodes, each, move, to)
        nodes[number] = replace(nodes[number], state="closed")
    else:
        put(nodes, number, move, None if move in {tree.DETACH, tree.REVERT, tree.ADOPT} else to)
    return True


@given(st.data())
def test_what_is_lawful_leaves_a_lawful_tree_and_no_account_is_lost(data: st.DataObject) -> None:
    nodes = data.draw(trees())
    assert tree.faults(nodes.values()) == []
    before = set(nodes)
    for _step in range(6):
        move = data.draw(st.sampled_from(tree.MOVES))
        number, to = data.draw(st.sampled_from(sorted(nodes))), data.draw(st.sampled_from(sorted(nodes)))
        below = {each.id for each in nodes.values() if each.parent_id == number}
        there = {each.id for each in nodes.values() if each.parent_id == to}
        was_done = do(nodes, move, number, to, data.draw(st.sampled_from([SOURCE, ACCOUNT])))
        assert tree.faults(nodes.values()) == []
        assert set(nodes) == before
        if was_done and move == tree.MERGE:
            assert {each.id for each in nodes.values() if each.parent_id == to} == there | below
            assert not [each for each in nodes.values() if each.parent_id == number]


@given(st.data())
def test_without_the_word_of_whoever_owns_it_no_client_goes(data: st.DataObject) -> None:
    nodes = data.draw(trees())
    clients = [each for each in nodes.values() if each.kind == "client"]
    for client in clients:
        other = SOURCE if client.ownership == "client" else ACCOUNT
        assert tree.refuse_detach(client, side=other) is not None
        for to in nodes.values():
            assert tree.refuse_transfer(client, to, side=other) is not None
        assert tree.may_dispose(client.ownership) <= tree.must_agree(tree.TRANSFER, client.ownership)
        assert tree.may_dispose(client.ownership) == tree.must_agree(tree.DETACH, client.ownership)


@given(st.data())
def test_nobody_comes_to_where_it_is_nor_to_a_reseller_that_is_not_open(data: st.DataObject) -> None:
    nodes = data.draw(trees())
    for node in nodes.values():
        for to in nodes.values():
            for side in (SOURCE, ACCOUNT):
                if tree.refuse_transfer(node, to, side=side) is None or tree.refuse_attach(node, to) is None:
                    assert to.kind == "reseller"
                    assert to.state in {"prospect", "invited", "active"}
                    assert to.id != node.parent_id


@given(st.sampled_from(tree.MOVES), st.sampled_from(["reseller", "client"]), st.sets(st.sampled_from(tree.PARTIES)))
def test_what_lacks_and_what_is_there_are_all_that_is_needed(move: str, ownership: str, agreed: set[str]) -> None:
    lacking = tree.still_lacking(move, ownership, agreed)
    assert lacking | (agreed & tree.must_agree(move, ownership)) == tree.must_agree(move, ownership)
    assert not lacking & agreed


@pytest.mark.parametrize(
    ("node", "side", "code"),
    [
        (CLIENT, SOURCE, None),
        (CLIENT, ACCOUNT, "reseller-owns"),
        (replace(CLIENT, ownership="client"), ACCOUNT, None),
        (replace(CLIENT, ownership="client"), SOURCE, "client-owns"),
        (replace(CLIENT, ownership="client", notice_runs=True), ACCOUNT, "notice"),
        (replace(CLIENT, notice_runs=True), SOURCE, None),
        (replace(CLIENT, state="closed"), SOURCE, "closed"),
        (replace(CLIENT, state="suspended"), SOURCE, None),
        (replace(CLIENT, is_demonstration=True), SOURCE, "demonstration"),
        (replace(CLIENT, has_owner=False), SOURCE, "nobody"),
        (DIRECT, SOURCE, "not-a-client"),
    ],
)
def test_who_detaches_what(node: Node, side: str, code: str | None) -> None:
    assert tree.refuse_detach(node, side=side) == code


@pytest.mark.parametrize(
    ("gone", "stays", "code"),
    [
        (OPEN, OTHER, None),
        (OPEN, OPEN, "itself"),
        (OPEN, DIRECT, "not-a-reseller"),
        (CLIENT, OTHER, "not-a-reseller"),
        (replace(OPEN, state="suspended"), OTHER, "closed"),
        (OPEN, replace(OTHER, state="closed"), "reseller-closed"),
    ],
)
def test_which_resellers_merge(gone: Node, stays: Node, code: str | None) -> None:
    assert tree.refuse_merge(gone, stays) == code


@pytest.mark.parametrize(
    ("node", "code"),
    [(OPEN, None), (replace(OPEN, below=1), "has-clients"), (DIRECT, "not-a-reseller"), (replace(OPEN, state="closed"), "closed")],
)  # fmt: skip
def test_which_reseller_becomes_a_direct_account_again(node: Node, code: str | None) -> None:
    assert tree.refuse_revert(node) == code


@pytest.mark.parametrize(
    ("node", "code"),
    [(DIRECT, None), (OPEN, "already"), (CLIENT, "not-direct"), (replace(DIRECT, state="suspended"), "locked")],
)
def test_which_account_becomes_a_reseller(node: Node, code: str | None) -> None:
    assert tree.refuse_conversion(node) == code


def test_an_attached_account_remains_its_own() -> None:
    assert tree.placed(tree.ATTACH, DIRECT, vendor_id=VENDOR_ID, to_id=10) == tree.Placed("client", 10, "client")
    assert tree.placed(tree.DETACH, CLIENT, vendor_id=VENDOR_ID) == tree.Placed("direct", VENDOR_ID, "client")
    assert tree.must_agree(tree.ATTACH) == {TARGET, ACCOUNT}


def test_the_tree_without_a_root_or_with_a_cycle_is_no_tree() -> None:
    assert tree.faults([]) == ["0 roots"]
    assert tree.faults([Node(1, "vendor", None, "active"), Node(2, "client", 1, "active")]) == ["client 2 below vendor"]


@pytest.mark.parametrize(
    ("node", "source", "to", "limited", "code"),
    [
        (CLIENT, OPEN, None, True, None),
        (CLIENT, OPEN, OTHER, True, None),
        (CLIENT, OPEN, None, False, "reseller-pays"),
        (CLIENT, replace(OPEN, state="suspended"), None, False, None),
        (replace(CLIENT, ownership="client"), OPEN, None, True, None),
        (replace(CLIENT, has_owner=False), OPEN, None, True, "nobody"),
        (replace(CLIENT, state="closed"), OPEN, None, True, "closed"),
        (replace(CLIENT, is_demonstration=True), OPEN, None, True, "demonstration"),
        (DIRECT, OPEN, None, True, "not-a-client"),
        (CLIENT, OPEN, OPEN, True, "already-there"),
        (CLIENT, OPEN, DIRECT, True, "not-a-reseller"),
        (CLIENT, OPEN, replace(OTHER, state="closed"), True, "reseller-closed"),
    ],
)
def test_to_whom_the_vendor_offers_another_place(
    node: Node, source: Node, to: Node | None, limited: bool, code: str | None
) -> None:
    assert tree.refuse_adoption(node, source, to, limited=limited) == code


@pytest.mark.parametrize("move", tree.ADOPTIONS)
def test_the_owner_alone_accepts_it_and_the_account_is_its_own(move: str) -> None:
    for ownership in ("reseller", "client"):
        assert ACCOUNT in tree.must_agree(move, ownership)
        assert SOURCE not in tree.must_agree(move, ownership)
    assert tree.placed(move, CLIENT, vendor_id=VENDOR_ID, to_id=30).ownership == "client"
