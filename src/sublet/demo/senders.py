"""A reseller that writes in the name of its domain, and one whose records are not all there yet."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction

from sublet.core.answers import FOUND, NOTHING, Answer
from sublet.core.senders import ACCOUNT, PRODUCT, judge, records
from sublet.demo.officehours import OfficeHours
from sublet.foundation.actor import Actor
from sublet.foundation.jobs.models import Job
from sublet.foundation.journal.operations import record
from sublet.messaging.events import SenderDomainProved
from sublet.messaging.models import DkimKey, SenderDomain
from sublet.messaging.sender_operations import add_sender_domain, change_sender
from sublet.messaging.senders import need_of, way_of

#: The demo asks no DNS about names that nobody has: what it shows was found, as it says, on the day of the check.
NOT_AGAIN = timedelta(days=3650)


def write_in_own_name(
    owner: Actor, domain: str, *, proved: bool, mailbox: str, hours: OfficeHours, now: datetime
) -> None:
    """Add the domain, choose it for account mail, and write down what a check of its zone found."""
    at = hours.at(now - timedelta(days=20 if proved else 1))
    ref = add_sender_domain(account_ref=owner.account_ref, domain=domain, actor=owner, at=at)
    Job.unscoped.filter(key=ref).delete()  # unscoped: the demo's own
    for identity in (ACCOUNT, PRODUCT) if proved else (ACCOUNT,):
        change_sender(
            account_ref=owner.account_ref,
            identity=identity,
            changes={"domain": ref, "mailboxes": {"": mailbox, "fr": "pas-repondre"}},
            actor=owner,
            at=at,
        )
    row = SenderDomain.objects.select_related("account__parent").get(ref=ref)
    way, keys = way_of(row.account), list(DkimKey.objects.filter(domain=row))
    need = need_of(row, way, keys)
    there = {(each.name, each.kind): each.value for each in records(need) if proved or each.purpose == "return"}

    def ask(name: str, kind: str) -> Answer:
        value = there.get((name, kind))
        said = (value,) if value else ()
        return Answer(name, kind, FOUND if value else NOTHING, said, common=said)

    found = judge(need, ask)
    row.findings, row.checked_at = [asdict(each) for each in found.findings], at + timedelta(minutes=40)
    row.next_check_at = now + NOT_AGAIN
    if proved:
        row.state, row.proved_for, row.proved_at = SenderDomain.State.PROVED, way.mark, row.checked_at
        for key in keys:
            key.state, key.seen_at = DkimKey.State.ACTIVE, row.checked_at
            key.save()
    row.save()
    if proved:
        with transaction.atomic():
            told = SenderDomainProved(domain=domain)
            record(told, account_id=row.account_id, parent_id=row.account.parent_id, actor=owner, at=row.checked_at)
