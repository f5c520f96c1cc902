"""Collecting the demo's rows and journal entries, and writing them in batches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random

from sublet.accounts.models import Account
from sublet.foundation.journal.events import Event
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.refs import uuid7
from sublet.people.models import User

BATCH = 500


@dataclass(frozen=True, slots=True)
class By:
    """Who did it, in which account."""

    user: User
    account: Account


class Writer:
    """Collects rows and writes them in batches, parents before children."""

    def __init__(self, password: str) -> None:
        self.password = password
        self.journal: list[JournalEntry] = []
        self.dice = Random(7)  # noqa: S311  not for secrets: the demo is the same everywhere

    def person(self, name: str, email: str, language: str, at: datetime) -> User:
        return User(email=email, name=name, language=language, password=self.password, created_at=at)

    def note(
        self,
        event: Event,
        account: Account,
        at: datetime,
        *,
        by: By,
        reason: str = "",
        staff: User | None = None,
        visit: str = "",
    ) -> None:
        self.journal.append(
            JournalEntry(
                account_id=account.id,
                id=uuid7(at),
                at=at,
                event=event.NAME,
                data=event.as_data(),
                reason=reason,
                parent_id=account.parent_id,
                actor_user_id=by.user.id,
                actor_name=by.user.name,
                actor_account_id=by.account.id,
                actor_account_name=by.account.name,
                impersonator_user_id=staff.id if staff else None,
                impersonator_name=staff.name if staff else "",
                impersonation_ref=visit,
                via="web",
            )
        )

    def flush(self) -> None:
        self.journal.sort(key=lambda entry: entry.id)
        JournalEntry.unscoped.bulk_create(self.journal, batch_size=BATCH)  # unscoped: the demo fills every account
        self.journal = []
