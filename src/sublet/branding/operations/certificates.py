"""Looking at the certificates of hosts: which are due, and what follows from what was shown.

Only at hosts whose names their accounts brought themselves and that lead here: a look at a name that nobody has visited yet
would make the proxy get a certificate for it, and thousands of names below one domain would use up what its issuer allows.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from sublet.branding.events import HostCertificateFailing, HostCertificateGood
from sublet.branding.models import Domain
from sublet.core.certificates import CertificateSeen, judge_certificate, next_look
from sublet.core.domains import WILDCARD
from sublet.foundation.actor import Actor
from sublet.foundation.jobs import enqueue
from sublet.foundation.journal.operations import record

#: How many one round puts into the queue; the next round brings the rest.
MOST_AT_ONCE = 200


def _looked_at() -> QuerySet[Domain]:
    return Domain.objects.filter(
        state=Domain.State.PROVED, serving=True, proof__in=(Domain.Proof.DNS, Domain.Proof.VENDOR)
    ).exclude(host__startswith=WILDCARD)


def put_due_certificate_looks(*, actor: Actor, at: datetime) -> int:
    """Put a look into the queue for each host that is due; how many. Records nothing: they have changed nothing yet.

    None where the installation itself speaks no TLS.
    """
    if not settings.SECURE_SCHEME:
        return 0
    with transaction.atomic():
        due = _looked_at().filter(Q(certificate_next_at__isnull=True) | Q(certificate_next_at__lte=at))
        # Databases differ in where they put what was never looked at: it comes first, or would wait for ever in a long row.
        rows = list(due.order_by(F("certificate_next_at").asc(nulls_first=True), "id")[:MOST_AT_ONCE])
        for domain in rows:
            enqueue(
                "branding.look_at_certificate",
                account_id=domain.account_id,
                actor=actor,
                at=at,
                payload={"ref": domain.ref},
                key=f"certificate:{domain.ref}",
            )
        # Should its job be lost, it is due again; a look that ends sets its own time.
        Domain.objects.filter(id__in=[domain.id for domain in rows]).update(certificate_next_at=at + timedelta(hours=6))
        return len(rows)


def host_to_look_at(ref: str) -> str:
    """The name of a host whose certificate can be looked at; empty when there is none."""
    return _looked_at().filter(ref=ref).values_list("host", flat=True).first() or ""


def settle_certificate(*, ref: str, seen: CertificateSeen, actor: Actor, at: datetime) -> None:
    """Write down what a look has seen, and tell of trouble once. A host that is gone meanwhile is left alone."""
    with transaction.atomic():
        domain = _looked_at().select_for_update(of=("self",)).select_related("account").filter(ref=ref).first()
        if domain is None:
            return
        code = judge_certificate(domain.host, seen, at)
        step = next_look(code, since=domain.certificate_since, told_at=domain.certificate_told_at, at=at)
        domain.certificate_code = code
        if seen.ends_at is not None:
            domain.certificate_ends_at, domain.certificate_issuer = seen.ends_at, seen.issuer
        domain.certificate_since, domain.certificate_next_at = step.since, step.next_at
        domain.certificate_told_at = at if step.tell else domain.certificate_told_at if step.since else None
        domain.save(
            update_fields=[
                "certificate_code", "certificate_ends_at", "certificate_issuer", "certificate_since",
                "certificate_next_at", "certificate_told_at",
            ]
        )  # fmt: skip
        event: HostCertificateFailing | HostCertificateGood
        if step.tell:
            ends = domain.certificate_ends_at.isoformat() if domain.certificate_ends_at else ""
            event = HostCertificateFailing(host=domain.host, why=code, ends=ends)
        elif step.well_again:
            event = HostCertificateGood(host=domain.host)
        else:
            return
        record(event, account_id=domain.account_id, parent_id=domain.account.parent_id, actor=actor, at=at)
