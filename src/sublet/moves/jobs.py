"""Jobs of `moves`."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from sublet.accounts.queries import installation_actor
from sublet.foundation.actor import JOB, SCHEDULE
from sublet.foundation.errors import Refusal
from sublet.foundation.jobs import GiveUp, JobContext, job, schedule
from sublet.moves.operations.answering import let_moves_lapse
from sublet.moves.operations.merging import finish_merge, merge_batch, stop_merge
from sublet.moves.operations.refusals import CannotMoveAccount


@job("moves.merge", max_attempts=16, timeout=4 * 3600)
def merge(context: JobContext, *, move_ref: str) -> None:
    """Let the clients of a reseller go over to another one, batch by batch. Each batch commits with all that ends with it, under
    this attempt's fence: whenever a process dies, every client is wholly with one of the two."""
    while True:
        try:
            with transaction.atomic():
                # First, not last: on PostgreSQL it locks the job's row, so that nobody takes it over in the meantime.
                context.progress()
                done = merge_batch(move_ref=move_ref, actor=context.actor, at=context.now())
                if done is not None:
                    context.progress(done=done[0], total=done[1])
            if done is not None:
                continue
            with transaction.atomic():
                context.progress()
                if finish_merge(move_ref=move_ref, actor=context.actor, at=context.now()):
                    return
        except CannotMoveAccount as refusal:
            # Whoever agreed would otherwise wait for ever, and an account moves once at a time.
            with transaction.atomic():
                context.progress()
                itself = installation_actor(name=SCHEDULE, via=JOB)  # nobody of the two did it
                stop_merge(move_ref=move_ref, why=refusal.code, actor=itself, at=context.now())
            return
        except Refusal as refusal:
            raise GiveUp(refusal.sentence) from refusal


@schedule("moves.lapse", every=timedelta(minutes=10))
@job("moves.lapse")
def lapse(context: JobContext) -> None:
    """Write down which requests nobody has answered."""
    let_moves_lapse(actor=context.actor, at=context.at)
