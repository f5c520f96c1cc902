"""Appointments count at Sublet and are kept here, in two databases. The order in which both are written, and why it holds:

Making one
    1. Sublet holds a place for the appointment's reference (a reservation; refused when the limit is reached).
    2. Our transaction writes the appointment with that reservation, as `held`. From here on it exists.
    3. Sublet commits the reservation. 4. We note it as `counted`.

    Killed after 1: there is no appointment, and the reservation lapses by itself. After 2: the appointment stands as `held`, and
    `settle` (at the start, and every minute) does 3 and 4. After 3: `settle` commits once more, which changes nothing. Where the
    reservation has lapsed meanwhile, `settle` tells Sublet a usage event with the appointment's reference: usage events are never
    refused and count once for each reference, for ever.

Deleting one
    1. Our transaction deletes it and writes what is owed: −1 with a reference of its own. 2. Sublet is told. 3. The note goes.

    Killed after 1 or 2: `settle` tells it again, and it counts once.

Cut off from Sublet, the last standing that was heard decides: where room was left, or nothing was heard yet, people can go on booking
(a salon whose page says no loses the customer), and the appointment is `owed`.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from datetime import datetime

from bookings.database import Database
from bookings.platform import APPOINTMENTS, Held, Lapsed, Platform, Unreachable

log = logging.getLogger(__name__)
#: What is younger is being done by somebody right now.
AT_WORK_SECONDS = 20
AGAIN_SECONDS = 30


def hold(platform: Platform, *, account: str, ref: str) -> Held:
    """Step 1 of making one. A `Held` that is allowed without a reference: Sublet is not there, and is told later."""
    try:
        return platform.reserve(account, APPOINTMENTS, id=ref)
    except Unreachable:
        known = platform.standing(account, APPOINTMENTS)
        full = known is not None and known.remaining is not None and known.remaining <= 0
        log.warning(
            "Sublet does not answer; an appointment of %s is %s.", account, "refused" if full else "made all the same"
        )
        return Held(allowed=not full)


def let_go(platform: Platform, held: Held) -> None:
    """The appointment was not written after all. What is not heard of this lapses by itself."""
    if held.ref:
        try:
            platform.release(held.ref)
        except (Lapsed, Unreachable):
            log.info("A reservation could not be released; it lapses.")


def settle_one(database: Database, platform: Platform, ref: str) -> None:
    """Steps 3 and 4 of making one. What Sublet does not answer is done by `settle`."""
    row = database.row("SELECT account, counted, reservation FROM appointment WHERE ref = ?", ref)
    if row is None or row["counted"] not in ("held", "owed"):
        return
    try:
        if row["counted"] == "held":
            try:
                platform.commit(row["reservation"])
            except Lapsed:
                platform.record(row["account"], APPOINTMENTS, id=ref)
        else:
            platform.record(row["account"], APPOINTMENTS, id=ref)
    except Unreachable:
        return
    with database.writing() as writing:
        writing.execute("UPDATE appointment SET counted = 'counted' WHERE ref = ?", (ref,))


def owe_deletion(writing: sqlite3.Connection, row: sqlite3.Row, at: datetime) -> None:
    """Part of the transaction that deletes an appointment. One that Sublet has not heard of yet is owed first: the sum is right then."""
    if row["counted"] == "no":
        return
    told = [(row["ref"], 1)] if row["counted"] in ("held", "owed") else []
    for ref, quantity in [*told, (f"{row['ref']}:deleted", -1)]:
        writing.execute(
            "INSERT OR IGNORE INTO owed (id, account, kind, told, next_at) VALUES (?, ?, 'usage', ?, ?)",
            (ref, row["account"], json.dumps({"meter": APPOINTMENTS, "quantity": quantity}), int(at.timestamp())),
        )


def pay(database: Database, platform: Platform, at: datetime) -> None:
    """Tell Sublet what is owed, the oldest first."""
    for row in database.rows(
        "SELECT * FROM owed WHERE kind = 'usage' AND next_at <= ? ORDER BY next_at LIMIT 500", int(at.timestamp())
    ):
        told = json.loads(row["told"])
        platform.record(
            row["account"], told["meter"], told["quantity"], id=row["id"]
        )  # kept on this machine from here on
        with database.writing() as writing:
            writing.execute("DELETE FROM owed WHERE id = ?", (row["id"],))


def settle(database: Database, platform: Platform, at: datetime, *, at_work: int = AT_WORK_SECONDS) -> None:
    """Whatever an interruption left: bring both sides together."""
    for row in database.rows(
        "SELECT ref FROM appointment WHERE counted IN ('held', 'owed') AND made_at <= ? ORDER BY id LIMIT 500",
        int(at.timestamp()) - at_work,
    ):
        settle_one(database, platform, row["ref"])
    pay(database, platform, at)
