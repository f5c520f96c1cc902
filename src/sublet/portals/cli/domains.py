"""`sublet domains`: every host with its state, its owner and the days of its certificate; `check`: look at them now."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sublet.foundation.actor import Actor
from sublet.portals.cli.acting import as_operator, complain

if TYPE_CHECKING:
    from sublet.branding.queries import DomainRow

#: What a certificate is, in a word or two; the days come behind it where it has an end.
_CERTIFICATES = {
    "good": "",
    "ends": "ends soon",
    "ended": "has ended",
    "other-name": "for another name",
    "untrusted": "not trusted",
    "none": "none is shown",
    "unclear": "not seen",
}


def run(arguments: argparse.Namespace) -> int:
    """List them; exit code 0."""

    def work(_actor: Actor, at: datetime) -> int:
        from sublet.branding.queries import every_domain

        rows = (row for row in every_domain(like=arguments.like) if _is(row, arguments.state))
        _print(rows, at, as_json=arguments.json, line=_line)
        return 0

    return as_operator(work)


def check(arguments: argparse.Namespace) -> int:
    """Look at one host, or at all that need records of their own; exit code 1 when one of them does not work."""

    def work(actor: Actor, at: datetime) -> int:
        from sublet.branding.queries import every_domain
        from sublet.core.domains import WILDCARD
        from sublet.core.hosts import normalize_host

        refs: list[str] = []
        if arguments.host:
            wild = WILDCARD if arguments.host.startswith(WILDCARD) else ""
            host = wild + (normalize_host(arguments.host.removeprefix(WILDCARD)) or "")
            refs = [row.ref for row in every_domain(like=host) if row.host == host and row.state != "released"]
            if not refs:
                complain(f"There is no host {arguments.host}.")
                return 1
        else:
            refs = [row.ref for row in every_domain() if row.can_check]
        faults = 0

        def looked_at() -> Iterator[DomainRow]:
            nonlocal faults
            for ref in refs:
                row = _looked_at(ref, actor)
                faults += not _works(row)
                yield row

        _print(looked_at(), at, as_json=arguments.json, line=_lines)
        return 1 if faults else 0

    return as_operator(work)


def _looked_at(ref: str, actor: Actor) -> DomainRow:
    from sublet.branding.looks import check_certificate, check_host
    from sublet.branding.queries import domain_row
    from sublet.foundation.clock import now

    if domain_row(ref).can_check:
        check_host(ref=ref, actor=actor, at=now())
    check_certificate(ref=ref, actor=actor, at=now())
    return domain_row(ref)


def _works(row: DomainRow) -> bool:
    return row.standing == "serving" and not _has_bad_certificate(row)


def _has_bad_certificate(row: DomainRow) -> bool:
    from sublet.core.certificates import TROUBLE

    return row.certificate_code in TROUBLE


def _is(row: DomainRow, state: str) -> bool:
    if state == "trouble":
        # Names below a wildcard fail with it: thousands would hide what to mend.
        return (row.standing == "failing" and row.proof != "wildcard") or (
            row.standing == "serving" and _has_bad_certificate(row)
        )
    return not state or row.standing == state


def _print(
    rows: Iterable[DomainRow], at: datetime, *, as_json: bool, line: Callable[[DomainRow, datetime], str]
) -> None:
    """One after the other, as they are found: there can be very many."""
    if not as_json:
        for row in rows:
            print(line(row, at), flush=True)
        return
    print("[", end="")
    for number, row in enumerate(rows):
        print(("," if number else "") + "\n" + json.dumps(_told(row, at), ensure_ascii=False), end="", flush=True)
    print("\n]")


def _days(row: DomainRow, at: datetime) -> int | None:
    return (row.certificate_ends_at - at).days if row.certificate_ends_at is not None else None


def _certificate(row: DomainRow, at: datetime) -> str:
    if not row.certificate_code:
        return "-"
    days = _days(row, at)
    parts = [_CERTIFICATES.get(row.certificate_code, row.certificate_code), "" if days is None else f"{days} days"]
    return ", ".join(part for part in parts if part)


def _line(row: DomainRow, at: datetime) -> str:
    main = " (main)" if row.is_primary else ""
    return f"{row.host}\t{row.standing}{main}\t{_certificate(row, at)}\t{row.account_name} ({row.account_ref})"


def _lines(row: DomainRow, at: datetime) -> str:
    lines = [_line(row, at)]
    if not row.can_check:
        lines.append("  It needs no records of its own.")
    lines += [f"  {finding.level}: {finding.sentence}" for finding in row.findings]
    return "\n".join(lines)


def _told(row: DomainRow, at: datetime) -> dict[str, Any]:
    def iso(moment: datetime | None) -> str | None:
        return moment.isoformat() if moment is not None else None

    return {
        "ref": row.ref,
        "host": row.host,
        "shown": row.shown,
        "state": row.standing,
        "main": row.is_primary,
        "owner": row.account_ref,
        "owner_name": row.account_name,
        "proof": row.proof,
        "checked_at": iso(row.checked_at),
        "failing_since": iso(row.failing_since),
        "certificate": row.certificate_code,
        "certificate_issuer": row.certificate_issuer,
        "certificate_ends_at": iso(row.certificate_ends_at),
        "certificate_days": _days(row, at),
        "findings": [{"code": each.code, "level": each.level, "sentence": each.sentence} for each in row.findings],
    }
