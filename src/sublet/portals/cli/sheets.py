"""`sublet import` and `sublet export`: a reseller's client list in and out, by whoever runs the installation."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sublet.foundation.actor import Actor
from sublet.foundation.settings import WrongSetting
from sublet.portals.cli.acting import as_operator, complain

if TYPE_CHECKING:
    from sublet.accounts.queries import ImportFacts, ListGlance

FAULTS_SHOWN = 20
_PAUSE = 0.5


def bring_in(arguments: argparse.Namespace) -> int:
    """Show what would become of a list; with ``--yes`` import it, and wait until it is done."""

    def work(actor: Actor, at: datetime) -> int:
        from sublet.accounts import queries

        reseller = _reseller(actor, arguments.reseller)
        if reseller is None:
            return 1
        data = _contents(arguments.file)
        if arguments.yes:
            return _import(reseller, data, arguments.file, at)
        country = queries.own_facts(reseller).country
        glance = queries.glance_at_list(
            reseller, data=data, file_name=arguments.file, country=country, rows=FAULTS_SHOWN
        )
        return _show(glance)

    return as_operator(work)


def take_out(arguments: argparse.Namespace) -> int:
    """Write all clients of a reseller into a file, or with ``-`` to the standard output."""

    def work(actor: Actor, at: datetime) -> int:
        reseller = _reseller(actor, arguments.reseller)
        if reseller is None:
            return 1
        pieces = _export(reseller, arguments.format, at)
        if arguments.output == "-":
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            return 0
        return _write(Path(arguments.output), pieces)

    return as_operator(work)


def _reseller(actor: Actor, ref: str) -> Actor | None:
    from sublet.accounts import queries
    from sublet.foundation.errors import NotFound

    try:
        return queries.acting_for_reseller(actor, ref)
    except NotFound:
        complain(f"There is no reseller {ref}. The vendor's list of accounts shows the references.")
        return None


def _contents(name: str) -> bytes:
    from sublet.foundation.sheets.refusals import LIMITS, MEGABYTE, CannotReadSheet

    try:
        file = Path(name)
        if file.stat().st_size > LIMITS.bytes:
            raise CannotReadSheet("too-large", limit=LIMITS.bytes // MEGABYTE)
        return file.read_bytes()
    except OSError as fault:
        raise WrongSetting(f"{name} cannot be read: {fault.strerror}.") from fault


def _show(glance: ListGlance) -> int:
    from sublet.accounts.operations import CannotImportClients

    reading = glance.reading
    print(f"{reading.rows} rows")
    for column in glance.columns:
        heading = column.heading or f"column {column.position + 1}"
        print(f"  {heading} → {column.field or 'left out'}" + (f" ({column.confidence:.0%})" if column.field else ""))
    if glance.fault:
        complain(CannotImportClients(glance.fault).sentence)
        return 1
    found = glance.found
    print(
        f"New: {found['fine'] + found['warned']}, of these with a remark: {found['warned']}. Known: {found['known']}."
        f" Repeated: {found['repeated']}. Left out: {found['left-out']}. Refused: {found['refused']}."
    )
    for row in glance.faulty:
        sentences = [*row.faults, *(sentence for cell in row.cells for sentence in cell.faults)]
        print(f"  line {row.line}: {' '.join(sentences)}")
    print("Nothing is written. Give --yes to import the list.")
    return 0


def _import(actor: Actor, data: bytes, name: str, at: datetime) -> int:
    from sublet.accounts import operations, queries
    from sublet.foundation.clock import now

    ref = operations.upload_import(file_name=name, data=data, actor=actor, at=at)
    try:
        facts = _worked_off(actor, ref)
        if facts.state != "failed":
            operations.start_import(ref=ref, revision=facts.revision, actor=actor, at=now())
            facts = _worked_off(actor, ref)
    except operations.CannotImportClients:
        operations.discard_import(ref=ref, actor=actor, at=now())  # nobody would find it here to discard it
        raise
    if facts.state != "done":
        complain(f"The import came to a halt: {facts.error} It can go on from the reseller's page of imports.")
        return 1
    print(
        f"{facts.made} clients came in. Known: {facts.known}. Repeated: {facts.repeated}."
        f" Left out: {facts.left_out}. Refused: {facts.refused}."
    )
    for count, (line, _cells, why) in enumerate(queries.left_rows(actor, ref).rows if facts.refused else ()):
        if count == FAULTS_SHOWN:
            print(f"  and {facts.refused + facts.left_out - FAULTS_SHOWN} more")
            break
        print(f"  line {line}: {why}")
    return 0


def _worked_off(actor: Actor, ref: str) -> ImportFacts:
    """The import when no job works on it any more. The jobs are done here, unless a worker is faster."""
    from sublet.accounts import queries
    from sublet.foundation.jobs.worker import run_worker

    shown = 0
    while True:
        facts = queries.import_facts(actor, ref)
        if not facts.at_work:
            break
        run_worker(threads=1, once=True)
        facts = queries.import_facts(actor, ref)
        if not facts.at_work:
            break
        if sys.stderr.isatty() and facts.progress and facts.progress[0] != shown:
            shown = facts.progress[0]
            print(f"\r{shown} of {facts.progress[1]}", end="", file=sys.stderr)
        time.sleep(_PAUSE)
    if shown:
        print(file=sys.stderr)
    return facts


def _export(actor: Actor, kind: str, at: datetime) -> Iterator[bytes]:
    from sublet.accounts import operations, queries
    from sublet.core.lifecycle import STATES
    from sublet.foundation.sheets.writing import stream_xlsx, write_csv
    from sublet.people import queries as people_queries
    from sublet.portals.shared.locales import AUTONYMS

    zone = ZoneInfo(queries.own_facts(actor).timezone)
    leaving = operations.export_clients(
        query=queries.ListQuery(states=tuple(STATES)),
        format=kind,
        people={member.user_id: member.name for member in people_queries.staff(actor)},
        languages=AUTONYMS,
        zone=zone,
        actor=actor,
        at=at,
    )
    if kind == "xlsx":
        return stream_xlsx(leaving.rows, leaving.columns, title=actor.account_name, zone=zone)
    return write_csv(leaving.rows, leaving.columns, zone=zone)


def _write(target: Path, pieces: Iterator[bytes]) -> int:
    """The whole file or none; only its owner may read it, for it holds people's data."""
    try:
        with tempfile.NamedTemporaryFile(dir=target.absolute().parent, prefix=f".{target.name}-", delete=False) as file:
            try:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.replace(file.name, target)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as fault:
        raise WrongSetting(f"{target} cannot be written: {fault.strerror}.") from fault
    return 0
