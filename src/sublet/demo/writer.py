"""Collecting the demo's rows and journal entries, and writing them in batches."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sublet.accounts.models import Account
from sublet.foundation.journal.events import Event
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.refs import ALPHABET, LENGTH, uuid7
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
        self.vendor_id = 0
        self.vendor_name = ""
        self.dice = Random(7)  # noqa: S311  not for secrets: the demo is the same everywhere

    @staticmethod
    def ref(prefix: str, *what: object) -> str:
        """A reference made of what it stands for: the same each time, so that addresses outlive `--reset`."""
        number = int.from_bytes(hashlib.sha256("\n".join(map(str, (prefix, *what))).encode()).digest())
        letters = []
        for _ in range(LENGTH):
            number, place = divmod(number, len(ALPHABET))
            letters.append(ALPHABET[place])
        return f"{prefix}_" + "".join(letters)

    def person(self, name: str, email: str, language: str, at: datetime) -> User:
        """A person who logs in with the demo's password; not stored yet."""
        return User(
            ref=self.ref("usr", email), email=email, name=name, language=language, password=self.password, created_at=at
        )

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
        host: str = "",
        via: str = "web",
    ) -> None:
        """An entry as the operation would have recorded it then."""
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
                via=via,
                host=host,
            )
        )

    def note_by_machine(self, event: Event, account: Account, at: datetime) -> None:
        """An entry of a schedule's job."""
        self.journal.append(
            JournalEntry(
                account_id=account.id,
                id=uuid7(at),
                at=at,
                event=event.NAME,
                data=event.as_data(),
                parent_id=account.parent_id,
                actor_name="Schedule",
                actor_account_id=self.vendor_id,
                actor_account_name=self.vendor_name,
                via="job",
            )
        )

    def flush(self) -> None:
        """Write what has been noted, the oldest first."""
        self.journal.sort(key=lambda entry: entry.id)
        JournalEntry.unscoped.bulk_create(self.journal, batch_size=BATCH)  # unscoped: the demo fills every account
        self.journal = []
