"""What `sublet doctor` looks at. Each check tells sentences: what is so, or what is wrong and how to mend it."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

from sublet.core.hosts import normalize_host
from sublet.foundation.settings import Settings

OK, NOTE, WRONG = "ok", "note", "wrong"

ROOM_WRONG = 100 * 1024 * 1024
ROOM_NOTE = 1024 * 1024 * 1024
SILENT = timedelta(minutes=2)
BEHIND = timedelta(minutes=10)
SKEW = timedelta(seconds=5)
UNSEEN = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence. `mend` says what to do about it; empty when nothing needs doing."""

    topic: str
    level: str
    sentence: str
    mend: str = ""


def is_local(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def secrets_and_switches(table: Settings) -> Iterator[Finding]:
    """The secret key, and what must be off where people are."""
    key = table.text("SUBLET_SECRET_KEY")
    if len(key) < 50 or len(set(key)) < 10:
        yield Finding(
            "secret key",
            WRONG,
            "SUBLET_SECRET_KEY is too weak to sign log-ins.",
            "Make one of at least 50 random characters: `python3 -c 'import secrets; print(secrets.token_urlsafe(64))'`.",
        )
    else:
        yield Finding("secret key", OK, "The secret key is long enough.")
    host = table.text("SUBLET_VENDOR_HOST").lower()
    if is_local(host):
        yield Finding("switches", NOTE, f"The vendor's host is {host}: nobody outside this machine can reach it.")
        return
    for name, what in (("SUBLET_DEBUG", "shows traces"), ("SUBLET_DEMO", "shows log-ins")):
        if table.flag(name):
            yield Finding("switches", WRONG, f"{name} is on and {what} to everybody.", f"Set {name}=no.")
    if table.text("SUBLET_SCHEME") != "https":
        yield Finding(
            "switches",
            WRONG,
            "Log-ins travel in the clear.",
            "Set SUBLET_SCHEME=https and put a proxy with a certificate in front.",
        )
    elif not table.words("SUBLET_TRUSTED_PROXIES"):
        yield Finding(
            "switches",
            NOTE,
            "No proxy is trusted, so the server takes every request for plain http and refuses forms.",
            "Set SUBLET_TRUSTED_PROXIES to the address of the proxy in front, such as 127.0.0.1.",
        )
    else:
        yield Finding("switches", OK, "Traces and demo log-ins are off, and addresses begin with https.")


def hosts(table: Settings) -> Iterator[Finding]:
    """Names that people type: well formed, apart from each other, and known to the world."""
    vendor, suffix = table.text("SUBLET_VENDOR_HOST").lower(), table.text("SUBLET_HOST_SUFFIX").lower()
    for name, value in (("SUBLET_VENDOR_HOST", vendor), ("SUBLET_HOST_SUFFIX", suffix)):
        if normalize_host(value) != value:
            yield Finding(
                "hosts",
                WRONG,
                f"{name} is {value!r}, which is not a host name.",
                f"Set {name} to a name such as example.net.",
            )
            return
    label = vendor.split(".")[-2] if vendor.count(".") and not is_local(vendor) else ""
    if label and label in suffix.split("."):
        yield Finding(
            "hosts",
            NOTE,
            f"The neutral domain {suffix} carries a word of the vendor's host {vendor}: clients would see whose product it is.",
            "Set SUBLET_HOST_SUFFIX to a domain that does not name the vendor.",
        )
    for name, what in ((vendor, "the vendor's host"), (f"any-reseller.{suffix}", "hosts below the neutral domain")):
        try:
            socket.getaddrinfo(name, None)
        except OSError:
            known = suffix if name.endswith(suffix) and name != vendor else name
            record = f"*.{known}" if name != vendor else known
            yield Finding(
                "hosts",
                NOTE if is_local(name) else WRONG,
                f"This machine cannot find {name} ({what}).",
                "Browsers find *.localhost by themselves; nothing to do."
                if is_local(name)
                else f"Add a DNS record for {record} that points to the proxy.",
            )
        else:
            yield Finding("hosts", OK, f"{name} can be found ({what}).")


def sqlite_file() -> Path | None:
    """Where the SQLite database is; None for another kind, and for one in memory."""
    name = str(connection.settings_dict["NAME"])
    return None if connection.vendor != "sqlite" or name == ":memory:" or name.startswith("file:") else Path(name)


def disk(table: Settings) -> Iterator[Finding]:
    """Room where the installation writes."""
    places = {table.path("SUBLET_VAR")}
    file = sqlite_file()
    if file is not None:
        places.add(file.parent)
    for place in sorted(places):
        there = next((each for each in (place, *place.parents) if each.exists()), Path("/"))
        if not os.access(there, os.W_OK):
            yield Finding(
                "disk",
                WRONG,
                f"{there} cannot be written to.",
                f"Give the folder to the user that runs Sublet: `chown`, or another SUBLET_VAR than {place}.",
            )
            continue
        free = shutil.disk_usage(there).free
        shown = f"{free // (1024 * 1024):,} MB"
        if free < ROOM_WRONG:
            yield Finding(
                "disk", WRONG, f"There are only {shown} free for {place}.", "Make room: writing will fail soon."
            )
        elif free < ROOM_NOTE:
            yield Finding("disk", NOTE, f"There are only {shown} free for {place}.", "Make room before it is gone.")
        else:
            yield Finding("disk", OK, f"There are {shown} free for {place}.")


def built_files(languages: Iterable[str]) -> Iterator[Finding]:
    """What is made from other files: static files for browsers, translations."""
    root = Path(settings.STATIC_ROOT)
    if (root / "staticfiles.json").is_file():
        yield Finding("static files", OK, f"Static files are in {root}.")
    else:
        yield Finding(
            "static files",
            NOTE,
            f"There are no static files in {root} yet.",
            "`sublet serve` puts them there when it starts.",
        )
    missing = []
    for folder in settings.LOCALE_PATHS:
        for language in languages:
            source = Path(folder) / language / "LC_MESSAGES" / "django.po"
            compiled = source.with_suffix(".mo")
            if source.is_file() and (not compiled.is_file() or compiled.stat().st_mtime < source.stat().st_mtime):
                missing.append(language)
    if missing:
        yield Finding(
            "translations",
            WRONG,
            f"Translations are not compiled: {', '.join(missing)}.",
            "Run `python scripts/messages.py compile` in the checkout.",
        )
    else:
        yield Finding("translations", OK, "Translations are compiled.")


# The database ---------------------------------------------------------------------------------------------------------


def database() -> Iterator[Finding]:
    """Which one it is, whether it answers, and whether its tables are up to date. Ends with WRONG when nothing more can be asked."""
    file = sqlite_file()
    if file is not None and not file.exists():
        # Connecting would leave an empty file behind.
        yield Finding("database", WRONG, f"There is no database at {file} yet.", "Run `sublet migrate`.")
        return
    try:
        connection.ensure_connection()
    except Exception as fault:  # whatever a driver raises, the sentence is the same
        reason = next(iter(str(fault).strip().splitlines()), type(fault).__name__)
        yield Finding(
            "database",
            WRONG,
            f"The database does not answer: {reason}.",
            "Check SUBLET_DATABASE_URL, and that the server runs.",
        )
        return
    if connection.vendor == "sqlite":
        yield from _sqlite()
    else:
        yield from _postgresql()
    from django.db.migrations.executor import MigrationExecutor

    from sublet.foundation.tables import missing

    lacking = missing(MigrationExecutor(connection))
    if lacking:
        yield Finding(
            "migrations",
            WRONG,
            f"The tables are not up to date: {len(lacking)} migrations are missing.",
            "Run `sublet migrate`.",
        )
    else:
        yield Finding("migrations", OK, "The tables are up to date.")


def _sqlite() -> Iterator[Finding]:
    # past the scope: facts about the database itself
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()")
        version = str(cursor.fetchone()[0])
        cursor.execute("PRAGMA journal_mode")
        mode = str(cursor.fetchone()[0]).lower()
    file = sqlite_file()
    yield Finding("database", OK, f"The database answers: SQLite {version}, {file or 'in memory'}.")
    if file is None:
        return
    if mode != "wal":
        yield Finding(
            "database",
            WRONG,
            f"The database keeps its journal as {mode!r}, not as WAL: readers and writers wait for each other.",
            "Move it to a local disk: some network file systems cannot do WAL.",
        )
    others = [each for each in (file, Path(f"{file}-wal"), Path(f"{file}-shm")) if each.exists()]
    open_to_all = [str(each) for each in others if each.stat().st_mode & (stat.S_IRWXO)]
    if open_to_all:
        yield Finding(
            "database file",
            WRONG,
            f"Everybody on this machine can read {open_to_all[0]}.",
            f"Give `chmod o= {' '.join(open_to_all)}`.",
        )


def _postgresql() -> Iterator[Finding]:
    # past the scope: facts about the database itself
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = str(cursor.fetchone()[0])
        cursor.execute("SHOW server_encoding")
        encoding = str(cursor.fetchone()[0])
    yield Finding("database", OK, f"The database answers: PostgreSQL {version}.")
    if encoding.upper() not in {"UTF8", "UTF-8"}:
        yield Finding(
            "database",
            WRONG,
            f"The database stores text as {encoding}.",
            "Make one with `createdb --encoding=UTF8 --template=template0` and move the data.",
        )


def clocks(at: datetime, *, ask_database: bool) -> Iterator[Finding]:
    """This machine's clock against the database's (when that answers) and the file system's."""
    apart: dict[str, timedelta] = {}
    if ask_database and connection.vendor == "postgresql":
        # past the scope: the database's clock
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            apart["the database server's"] = abs(cursor.fetchone()[0] - at)
    try:
        with tempfile.NamedTemporaryFile(dir=settings.SUBLET.path("SUBLET_VAR")) as probe:
            written = datetime.fromtimestamp(os.stat(probe.name).st_mtime, UTC)
        apart["the file system's"] = abs(written - at)
    except OSError:
        pass  # that the folder cannot be written to is said elsewhere
    for whose, gap in apart.items():
        if gap > SKEW:
            yield Finding(
                "clock",
                WRONG,
                f"The clock of this machine and {whose} are {gap.total_seconds():.0f} seconds apart.",
                "Let both keep time by NTP: jobs, links and visits are timed by it.",
            )
    if not any(gap > SKEW for gap in apart.values()):
        yield Finding("clock", OK, "The clocks agree.")


# What lives in it -----------------------------------------------------------------------------------------------------


def vendor_account(account_id: int) -> Iterator[Finding]:
    """Whether somebody can begin at all."""
    if not account_id:
        yield Finding(
            "vendor", WRONG, "There is no vendor account yet.", "Run `sublet user create ADDRESS --vendor NAME`."
        )
        return
    from sublet.people.queries import headcount

    if not headcount(account_id).owner_email:
        yield Finding(
            "vendor",
            WRONG,
            "Nobody owns the vendor account.",
            "Ask for help: an owner cannot be lost by any page or command.",
        )
    else:
        yield Finding("vendor", OK, "The vendor account has an owner.")
    from sublet.catalog.queries import current_version

    version = current_version()
    if version is None:
        yield Finding(
            "manifest",
            NOTE,
            "No product manifest is in force: there is nothing that clients could be given.",
            "Run `sublet manifest load FILE`.",
        )
    else:
        yield Finding(
            "manifest", OK, f"Version {version.number} of the product manifest is in force ({version.product})."
        )


def loose_hosts() -> Iterator[Finding]:
    """Hosts that answer for nobody, or for two."""
    from sublet.branding.leftovers import hosts_of_ended_accounts, hosts_under_the_vendors_name

    ended = hosts_of_ended_accounts()
    if ended:
        yield Finding(
            "hosts",
            NOTE,
            f"Hosts of accounts that have ended still answer: {', '.join(ended)}.",
            "Release them on the page of the hosts.",
        )
    if hosts_under_the_vendors_name():
        yield Finding(
            "hosts",
            WRONG,
            "An account has the vendor's own host as its own.",
            "Release it on the page of the hosts, or change SUBLET_VENDOR_HOST.",
        )


def jobs(at: datetime) -> Iterator[Finding]:
    """Whether somebody does the jobs, and whether they keep up."""
    from sublet.foundation.jobs.queries import last_heartbeat, queue_state

    seen = last_heartbeat()
    if seen is None or at - seen > SILENT:
        since = f"since {seen:%Y-%m-%d %H:%M} UTC" if seen is not None else "yet"
        yield Finding(
            "worker",
            WRONG,
            f"No worker has been seen {since}: mails and imports wait.",
            "Start one with `sublet worker`, and have the system keep it running.",
        )
    else:
        yield Finding("worker", OK, "A worker gave a sign of life a moment ago.")
    state = queue_state(at=at)
    if state.oldest_due is not None and at - state.oldest_due > BEHIND:
        minutes = int((at - state.oldest_due).total_seconds() // 60)
        yield Finding(
            "jobs",
            WRONG,
            f"Jobs are {minutes} minutes behind; {state.due} are due.",
            "Start another worker, or give this one more SUBLET_JOB_THREADS.",
        )
    else:
        yield Finding("jobs", OK, f"Jobs keep up: {state.due} are due, {state.running} run.")
    if state.dead:
        yield Finding(
            "jobs",
            NOTE,
            f"{state.dead} jobs failed for good.",
            "Read why on the page of the jobs, then try again or discard them.",
        )
    if state.unknown_kinds:
        yield Finding(
            "jobs",
            NOTE,
            f"Jobs that this version cannot do are waiting: {', '.join(state.unknown_kinds)}.",
            "Start a worker of the version that put them there.",
        )


def invariants(at: datetime, *, deep: bool) -> Iterator[Finding]:
    """What must always be true: as of the last night, or with `deep` as of now."""
    from django.utils.translation import override

    from sublet.accounts.queries import names_of_accounts
    from sublet.foundation.invariants.checks import INVARIANTS, check_invariants, standings

    known = check_invariants(at=at) if deep else standings()
    names = names_of_accounts(place.account_id for each in known for place in each.places if place.account_id)
    for each in known:
        if each.broken_since is None:
            continue
        places = "; ".join(
            f"{names[place.account_id].ref}: {place.words}" if place.account_id in names else place.words
            for place in each.places[:5]
        )
        with override("en"):
            sentence = f"{each.sentence} ({each.name}, since {each.broken_since:%Y-%m-%d}). {places}"
        yield Finding(
            "invariants",
            WRONG,
            sentence + (f" and {each.number - 5} more." if each.number > 5 else "."),
            "Find out who did it before you mend it: compare with a backup and, for the journal, "
            "with `sublet journal verify --against`.",
        )
    late = [name for name in INVARIANTS if name not in {each.name for each in known}]
    if not known:
        yield Finding(
            "invariants",
            NOTE,
            "The invariants have not been looked at yet.",
            "A running worker does it each night; `sublet doctor --deep` does it now.",
        )
    elif late or any(at - each.checked_at > UNSEEN for each in known):
        yield Finding(
            "invariants",
            NOTE,
            "The invariants have not been looked at for two days.",
            "A running worker does it each night; `sublet doctor --deep` does it now.",
        )
    elif all(each.broken_since is None for each in known):
        yield Finding("invariants", OK, f"All {len(known)} invariants hold.")


def scan_browser() -> Iterator[Finding]:
    """Whether the white-label scan can show pages in a real browser."""
    from sublet.proof.browser import NO_LIBRARY, NO_PROGRAM, lacking, program

    pip = Path(sys.executable).with_name("pip")  # Sublet's own: another one would put it where nobody looks
    mends = {
        NO_LIBRARY: f"Run `{pip} install playwright`, and `apt-get install chromium` where there is none.",
        NO_PROGRAM: "Run `apt-get install chromium` (or `playwright install chromium`), or set SUBLET_SCAN_BROWSER to the program.",
    }
    code = lacking()
    if code in mends:
        yield Finding(
            "white label", NOTE, "The white-label scan reads pages as they are sent, without a browser.", mends[code]
        )
    elif not code:
        yield Finding(
            "white label", OK, f"The white-label scan shows pages in {program() or 'the Chromium of Playwright'}."
        )
