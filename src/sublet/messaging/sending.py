"""Handing queued mails over: one by one here, many of one job in `batches`. Each leaves at most once (ADR 0006)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from sublet.branding.queries import origin, primary_host
from sublet.core.senders import PROVIDER
from sublet.foundation.actor import Actor
from sublet.foundation.jobs import enqueue
from sublet.foundation.journal.events import Event
from sublet.foundation.journal.operations import record
from sublet.foundation.unscoped import past_scope
from sublet.messaging import bounces
from sublet.messaging.attachments import attachment_of
from sublet.messaging.events import MailRefused, MailUnknown, MailWithheld
from sublet.messaging.gateway import Envelope, MailGateway, NotReached, Refused, TryLater, Unknown, compose, gateway
from sublet.messaging.kinds import kind_of, speaks_for
from sublet.messaging.lines import SENDER
from sublet.messaging.models import OutboxMail
from sublet.messaging.providers import ProviderGateway, number_of
from sublet.messaging.senders import Known, Leaving, resolve
from sublet.messaging.server_notes import note_failing, note_working
from sublet.messaging.signing import Signer, signed
from sublet.messaging.suppression import is_suppressed
from sublet.messaging.unsubscribing import address_for
from sublet.messaging.ways import gateway_of, signers_of

State = OutboxMail.State
_FIELDS = {field.name: field for field in OutboxMail._meta.concrete_fields}


class NotMine(Exception):
    """Another attempt has taken this mail."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A mail in the name in which it may leave at this moment, signed, and the gateway that takes it. `changes` are what its
    row does not say yet."""

    envelope: Envelope
    gate: MailGateway
    leaving: Leaving
    changes: dict[str, object]

    @property
    def by_platform(self) -> bool:
        """Whether it leaves by the installation's own server."""
        return self.leaving.way.row is None


@dataclass(slots=True)
class Means:
    """What getting many mails ready needs: read, opened and made once."""

    known: Known = field(default_factory=Known)
    signers: dict[tuple[int, ...], Sequence[Signer]] = field(default_factory=dict)
    gates: dict[tuple[int, str], MailGateway] = field(default_factory=dict)
    origins: dict[int, str] = field(default_factory=dict)
    leavings: dict[tuple[int, str, str, str, str, str, bool], Leaving] = field(default_factory=dict)

    def leaving_of(self, row: OutboxMail) -> Leaving:
        """In whose name the mail may leave, and by which way. Of many that are alike it is found out once."""
        alike = (row.account_id, row.template, row.identity, row.language, row.from_name, row.reply_to, row.secret)
        found = self.leavings.get(alike)
        if found is None:
            speaker = speaks_for(row.account, row.template)
            found = self.leavings[alike] = resolve(
                speaker, row.identity, row.language, name=row.from_name, reply_to=row.reply_to, secret=row.secret, known=self.known,
            )  # fmt: skip
        return found

    def signers_of(self, leaving: Leaving) -> Sequence[Signer]:
        """What signs. Raises TryLater."""
        number = tuple(key.id for key in leaving.keys)
        if number not in self.signers:
            self.signers[number] = signers_of(leaving)
        return self.signers[number]

    def unsubscribe_of(self, row: OutboxMail) -> str:
        """Where the reader of the mail leaves its kind; empty where it cannot."""
        if not kind_of(row.template).bulk:
            return ""
        if row.account_id not in self.origins:
            self.origins[row.account_id] = origin(primary_host(row.account_id))
        return address_for(row, self.origins[row.account_id])

    def gate_of(self, leaving: Leaving) -> MailGateway:
        """What takes the mail. Raises TryLater."""
        row = leaving.way.row
        if row is None:
            return gateway()
        found = (row.id, leaving.domain)
        if found not in self.gates:
            self.gates[found] = gateway_of(row, leaving.domain)
        return self.gates[found]


def mail_key(number: uuid.UUID) -> str:
    """Under which key the job of a mail waits or runs."""
    return f"mail:{number}"


def enqueue_mail(row: OutboxMail, *, actor: Actor, at: datetime, run_at: datetime | None = None) -> None:
    """One job for each mail: a second one with the same key is the first."""
    enqueue(
        "messaging.send",
        account_id=row.account_id,
        actor=actor,
        at=at,
        payload={"mail_id": str(row.id)},
        key=mail_key(row.id),
        run_at=run_at,
        priority=-10,
    )


def send_mail(*, mail_id: str, actor: Actor, at: datetime, is_last_attempt: bool = False) -> None:
    """Hand one queued mail to the mail server. Never hands it over twice.

    The row says ``sending`` before the end of the message leaves; whoever finds that word later knows that an attempt
    died in between, and parks the mail as ``unknown`` instead of sending it again. Each attempt writes only what it knows
    of itself: `attempts` is its number, and a later attempt's number keeps an earlier one from writing. Raises TryLater
    when nothing was handed over and a later attempt may succeed; the last attempt ends the mail as ``failed`` instead.
    """
    # unscoped: the job enters the scope of the mail's account; the mail may be about an account above it
    row = OutboxMail.unscoped.select_related("account__parent__parent").filter(id=mail_id).first()
    if row is None:
        return  # its account is gone, and the mail with it
    if row.state == State.SENDING:
        park(row, "", actor=actor, at=at)
        return
    if row.state != State.QUEUED:
        return
    if is_suppressed(row):
        withhold(row, actor=actor, at=at)
        return
    ready: Ready | None = None
    try:
        ready = made_ready(row, Means())
        if ready.changes:
            write(row, **ready.changes)
        if not ready.by_platform:
            # Before it is handed over: another's server sees the seal even when it then refuses the mail.
            write(row, left_by_platform=False)
        answer = ready.gate.hand_over(ready.envelope, before_end=_claim_of(row, ready))
    except NotMine:
        return
    except TryLater as fault:
        tell_of_server(ready, fault, actor=actor, at=at)
        if is_last_attempt:
            refuse(row, str(fault), actor=actor, at=at)
            return
        write(row, state=State.QUEUED, answer=str(fault)[:500])
        raise
    except (Unknown, Refused) as fault:
        tell_of_server(ready, fault, actor=actor, at=at)
        end_as(row, fault, actor=actor, at=at)
    else:
        tell_of_server(ready, None, actor=actor, at=at)
        write(row, **taken(row, ready, answer, at=at))


def _claim_of(row: OutboxMail, ready: Ready) -> Callable[[], None]:
    def say_sending() -> None:
        if not claim(row, by_platform=ready.by_platform):
            raise NotMine

    return say_sending


def made_ready(row: OutboxMail, means: Means) -> Ready:
    """Asked anew for each attempt: a proof that was lost while the mail waited does not count. Raises TryLater, Refused.

    Sets what has changed on `row`, and writes nothing.
    """
    leaving = means.leaving_of(row)
    wanted = {"from_name": leaving.name, "from_email": leaving.address, "reply_to": leaving.reply_to}
    if row.attempts == 0 and leaving.domain and not row.copies:
        # A copy keeps the number of the first: by it the reader's program knows the two.
        wanted["message_id"] = f"<{row.id}@{leaving.domain}>"
    changes: dict[str, object] = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    for name, value in changes.items():
        setattr(row, name, value)
    envelope = _envelope(row, bounces.return_to(row.id, leaving.return_host), means.unsubscribe_of(row))
    if leaving.way.kind != PROVIDER and leaving.keys:
        envelope = signed(envelope, means.signers_of(leaving))
    ready = Ready(envelope, means.gate_of(leaving), leaving, changes)
    if not ready.by_platform:
        row.left_by_platform = False
    return ready


def _envelope(row: OutboxMail, return_to: str, unsubscribe: str) -> Envelope:
    try:
        return compose(
            subject=row.subject,
            text=row.text,
            html=row.html,
            from_name=row.from_name,
            from_email=row.from_email,
            to_name=row.to_name,
            to_email=row.to_email,
            reply_to=row.reply_to,
            message_id=row.message_id,
            language=row.language,
            return_to=return_to,
            unsubscribe=unsubscribe,
            attached=attachment_of(row.attached) if row.attached else None,
        )
    except ValueError as fault:
        raise Refused(f"the mail cannot be written: {fault}") from fault


def claim(row: OutboxMail, *, by_platform: bool, **more: object) -> bool:
    """Say ``sending``, in a commit of the caller's, with whatever else is known; False when another attempt was faster."""
    # What another's server saw once stays known to it: a second copy does not make the mail trusted again.
    trusted = by_platform and row.left_by_platform is not False and (row.attempts == 0 or bool(row.left_by_platform))
    values: dict[str, Any] = {**more, "state": State.SENDING, "attempts": row.attempts + 1, "left_by_platform": trusted}
    if not _update(row, values, f"state = '{State.QUEUED}'"):
        return False
    row.state, row.attempts = State.SENDING, row.attempts + 1
    return True


def write(row: OutboxMail, **values: Any) -> bool:
    """Write what this attempt knows, unless a later attempt has begun or somebody knows better already."""
    return _update(row, values, f"NOT state = '{State.SENT}'")


@past_scope("one mail, by its key; it may be about an account above that of the job")
def _update(row: OutboxMail, values: Mapping[str, Any], only: str) -> bool:
    """Write to the row of this attempt, and of no later one. `only` is a constant.

    By hand, because it happens twice for each mail, and Django takes longer to make such a statement than the database for it.
    """
    names = ", ".join(f'"{_FIELDS[name].column}" = %s' for name in values)
    given = [_FIELDS[name].get_db_prep_save(value, connection) for name, value in values.items()]
    number = _FIELDS["id"].get_db_prep_value(row.id, connection)
    with connection.cursor() as cursor:  # past the scope: said above
        cursor.execute(
            f"UPDATE outbox_mail SET {names} WHERE id = %s AND attempts = %s AND {only}",  # noqa: S608  names of columns, constants
            [*given, number, row.attempts],
        )
        return bool(cursor.rowcount)


def taken(row: OutboxMail, ready: Ready, answer: str, *, at: datetime) -> dict[str, Any]:
    """What the row of a mail says that the server took."""
    gate = ready.gate
    number = number_of(gate.provider, answer) if isinstance(gate, ProviderGateway) else ""
    return {"state": State.SENT, "answer": answer, "sent_at": at, "provider_id": number, **_erased(row)}


def _erased(row: OutboxMail) -> dict[str, str]:
    return {"text": "", "html": ""} if row.secret else {}


def tell_of_server(ready: Ready | None, fault: Exception | None, *, actor: Actor, at: datetime) -> None:
    """Note on an account's own server that it does not take mail, and why; or that it does again."""
    row = ready.leaving.way.row if ready is not None else None
    if row is None:
        return
    if isinstance(fault, NotReached) or (isinstance(fault, Refused) and fault.why == SENDER):
        note_failing(row, why=fault.why, answer=str(fault), actor=actor, at=at)
    elif fault is None:
        note_working(row, actor=actor, at=at)


def park(row: OutboxMail, answer: str, *, actor: Actor, at: datetime) -> None:
    """Nobody knows whether it arrived."""
    end_mail(row, State.UNKNOWN, answer, MailUnknown(mail=str(row.id), to=row.to_email), actor=actor, at=at)


def refuse(row: OutboxMail, answer: str, *, actor: Actor, at: datetime) -> None:
    """It will not arrive."""
    refused = MailRefused(mail=str(row.id), to=row.to_email, answer=answer[:200])
    end_mail(row, State.FAILED, answer, refused, actor=actor, at=at)


def withhold(row: OutboxMail, *, actor: Actor, at: datetime) -> None:
    """Its address is suppressed."""
    end_mail(row, State.WITHHELD, "", MailWithheld(mail=str(row.id), to=row.to_email), actor=actor, at=at)


def end_as(row: OutboxMail, fault: Unknown | Refused, *, actor: Actor, at: datetime) -> None:
    """What the fault says of the mail."""
    (park if isinstance(fault, Unknown) else refuse)(row, str(fault), actor=actor, at=at)


def end_mail(row: OutboxMail, state: str, answer: str, event: Event, *, actor: Actor, at: datetime) -> None:
    """The mail did not surely arrive, and no machine will try again: say so in the journal, too."""
    with transaction.atomic():
        told = {"answer": answer[:500]} if answer else {}
        if write(row, state=state, **told, **_erased(row)):
            record(event, account_id=row.account_id, parent_id=row.account.parent_id, actor=actor, at=at)
