"""Moves as people do them, from the code to the last word."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.moves import operations
from tests.people import World


def code_of(world: World, who: str, at: datetime) -> str:
    """The code that this person gives out."""
    with world.scope(who) as actor:
        return operations.make_moving_code(actor=actor, at=at)


def ask_transfer(world: World, *, by: str = "rosa", to: str = "remo", account: str = "carl", at: datetime) -> str:
    """Ask for Carl's account to go to Remo; the reference of the move."""
    code = code_of(world, to, at)
    with world.scope(by) as actor:
        return operations.ask_transfer(
            account_ref=getattr(world, account).ref, code=code, reason="Nearer to him", actor=actor, at=at
        ).ref


def agree(world: World, who: str, move_ref: str, at: datetime) -> bool:
    with world.scope(who) as actor:
        return operations.agree(move_ref=move_ref, actor=actor, at=at)


def transfer(world: World, at: datetime | None = None) -> str:
    """All of it: asked by Rosa, agreed to by Remo."""
    at = at or now()
    move = ask_transfer(world, at=at)
    assert agree(world, "remo", move, at)
    return move


def ask_merge(world: World, at: datetime) -> str:
    code = code_of(world, "remo", at)
    with world.scope("rosa") as actor:
        return operations.ask_merge(code=code, reason="We work together now", actor=actor, at=at).ref


def merge(world: World, at: datetime | None = None) -> str:
    """Rosa's reseller goes into Remo's. What the job does, and nothing that waits beside it (tests/moves/test_processes.py)."""
    at = at or now()
    move = ask_merge(world, at)
    assert agree(world, "remo", move, at)
    carry_merge_out(world, move, at)
    return move


def carry_merge_out(world: World, move: str, at: datetime) -> None:
    actor = world.actor("remo")
    with platform_scope("the job"), transaction.atomic():
        while operations.merge_batch(move_ref=move, actor=actor, at=at):
            pass
        assert operations.finish_merge(move_ref=move, actor=actor, at=at)


def ask_attach(world: World, by: str, *, other: str, at: datetime) -> str:
    code = code_of(world, other, at)
    with world.scope(by) as actor:
        return operations.ask_attach(code=code, reason="Please", actor=actor, at=at).ref
