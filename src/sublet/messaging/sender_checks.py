"""Whether DNS still shows what mail in a domain's name needs. Only jobs come here: a page would wait for foreign servers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction

from sublet.branding.dns_gateway import look_up
from sublet.core.answers import Answer
from sublet.core.senders import ALGORITHMS, PROVED, PROVIDER, UNKNOWN, Finding, Judgement, judge, questions
from sublet.foundation.actor import Actor
from sublet.foundation.journal.events import Event
from sublet.foundation.journal.operations import record
from sublet.messaging.events import SenderDomainLost, SenderDomainProved, SenderKeyChanged
from sublet.messaging.models import DkimKey, SenderDomain
from sublet.messaging.sender_operations import look_at, put_look
from sublet.messaging.senders import Way, need_of, next_check, way_of

#: How long the record of a key that signs no more must stay: mail that is under way is read days later.
REST = timedelta(days=7)
#: A proof that nobody can confirm any more is not one for ever.
PATIENCE = timedelta(days=7)
#: When one is due again whose check came to nothing.
AGAIN = timedelta(hours=6)
_AT_ONCE = 200
State = SenderDomain.State


def check_due(*, actor: Actor, at: datetime) -> int:
    """Put a check into the queue for each domain whose time has come; returns how many. Records nothing."""
    with transaction.atomic():
        # unscoped: the sender domains of the whole installation
        due = SenderDomain.unscoped.filter(next_check_at__lte=at).order_by("next_check_at", "id")
        rows = list(due[:_AT_ONCE])
        for row in rows:
            look_at(row, actor=actor, at=at, by_itself=True)
        # Should its job be lost or fail, it is due again; a check that ends sets its own time.
        # unscoped: as above
        SenderDomain.unscoped.filter(id__in=[row.id for row in rows]).update(next_check_at=at + AGAIN)
        return len(rows)


def check_domain(ref: str, *, actor: Actor, at: datetime) -> None:
    """Ask DNS about one domain, outside any transaction, and write down what follows."""
    # unscoped: the job acts for the installation
    row = SenderDomain.unscoped.select_related("account__parent").filter(ref=ref).first()
    if row is None:
        return
    way = way_of(row.account)
    keys = _keys(row)
    asked: dict[tuple[str, str], Answer] = {}

    def ask(name: str, kind: str) -> Answer:
        if (name, kind) not in asked:
            asked[name, kind] = look_up(name, kind)
        return asked[name, kind]

    for question in questions(need_of(row, way, keys)):
        ask(*question)  # now, before anything is locked
    with transaction.atomic():
        # unscoped: as above
        locked = SenderDomain.unscoped.select_for_update(of=("self",)).select_related("account__parent")
        row = locked.filter(ref=ref).first()
        if row is None:
            return
        if row.check_asked_at is not None and row.check_asked_at > at:
            # Asked for while this look was under way, whose job was in the way of another of the same name.
            put_look(row, actor=actor, at=at, again=True)
        if (
            way_of(row.account).mark == way.mark
        ):  # else it has changed meanwhile, and whoever changed it asked for a look
            _write(row, way, ask, actor=actor, at=at)


def _keys(row: SenderDomain) -> list[DkimKey]:
    # unscoped: as above
    return list(DkimKey.unscoped.filter(domain=row).exclude(state=DkimKey.State.RESTING).order_by("id"))


def _write(row: SenderDomain, way: Way, ask: object, *, actor: Actor, at: datetime) -> None:
    keys = _keys(row)
    # unscoped: as above
    DkimKey.unscoped.filter(domain=row, state=DkimKey.State.RESTING, rests_until__lte=at).delete()
    told: list[Event] = []
    used: list[DkimKey] = []
    for algorithm in ALGORITHMS:
        used += _signing(row, way, [key for key in keys if key.algorithm == algorithm], ask, told, at=at)
    found = judge(need_of(row, way, used), ask)  # type: ignore[arg-type]  # the closure above
    _step_back(row, used, found, at=at)
    was_proved = row.state == State.PROVED and row.proved_for == way.mark
    row.checked_at, row.findings = at, [asdict(each) for each in found.findings]
    if found.state == PROVED:
        row.proved_for, row.proved_at = way.mark, at
        if not was_proved:
            row.state, row.lost_at = State.PROVED, None
            told.append(SenderDomainProved(domain=row.domain))
    elif was_proved and (found.state != UNKNOWN or row.proved_at is None or row.proved_at < at - PATIENCE):
        row.state, row.lost_at = State.LOST, at
        told.append(SenderDomainLost(domain=row.domain, reasons=_codes(found.findings)))
    elif not was_proved and row.state == State.PROVED:
        row.state, row.lost_at = State.LOST, at  # proved for another way out
        told.append(SenderDomainLost(domain=row.domain, reasons=_codes(found.findings)))
    row.next_check_at = next_check(row, at, proved=row.state == State.PROVED and found.state == PROVED)
    row.save()
    for event in told:
        record(event, account_id=row.account_id, parent_id=row.account.parent_id, actor=actor, at=at)


def _signing(
    row: SenderDomain, way: Way, keys: list[DkimKey], ask: object, told: list[Event], *, at: datetime
) -> list[DkimKey]:
    """The key of one kind that is looked for: the one that signs, or the one that would. A waiting one that is seen signs."""
    by_state = {key.state: key for key in keys}
    waiting, active = by_state.get("waiting"), by_state.get("active")
    if way.kind != PROVIDER and waiting is not None:
        seen = judge(need_of(row, way, [waiting]), ask).seen  # type: ignore[arg-type]  # as above
        if waiting.selector in seen:
            if active is not None:
                active.state, active.rests_until = DkimKey.State.RESTING, at + REST
                active.save(update_fields=["state", "rests_until"])
                told.append(SenderKeyChanged(domain=row.domain, selector=waiting.selector))
            waiting.state, waiting.seen_at = DkimKey.State.ACTIVE, at
            waiting.save(update_fields=["state", "seen_at"])
            active = waiting
    return [key for key in (active or waiting,) if key is not None]


def _step_back(row: SenderDomain, keys: list[DkimKey], found: Judgement, *, at: datetime) -> None:
    """A key that nothing hangs on signs no more once its record is gone: receivers would note a signature that fails."""
    wrong = {each.name for each in found.findings if each.code.startswith("dkim-") and not each.blocks}
    for key in keys:
        if key.state == DkimKey.State.ACTIVE and f"{key.selector}._domainkey.{row.domain}" in wrong:
            # unscoped: as above
            next_one = DkimKey.unscoped.filter(domain=row, algorithm=key.algorithm, state=DkimKey.State.WAITING)
            key.state, key.rests_until = (
                (DkimKey.State.RESTING, at + REST) if next_one.exists() else (DkimKey.State.WAITING, None)
            )
            key.save(update_fields=["state", "rests_until"])


def _codes(findings: Iterable[Finding]) -> list[str]:
    return sorted({each.code for each in findings if each.blocks})
