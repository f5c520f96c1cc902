"""Nobody speaks to the outside but through `sublet.foundation.outbound` (security.md, I5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "sublet"
#: Modules with which a connection can be opened. A name in front of a dot covers what is below it.
CLIENTS = (
    "requests", "httpx", "urllib3", "urllib.request", "http.client", "socket", "smtplib", "ftplib", "aiohttp", "pycurl",
    "asyncio", "xmlrpc", "telnetlib", "imaplib", "poplib", "socketserver", "dns.query",
    "dns.resolver", "dns.asyncresolver", "dns.zone", "dnslib", "playwright",
)  # fmt: skip
#: Who may import one, and what for. A line that is no longer needed fails the test.
REASONS = {
    ("foundation/outbound.py", "requests"): "the one client",
    ("foundation/outbound.py", "urllib3"): "the one client",
    ("foundation/outbound.py", "socket"): "the one client",
    ("foundation/outbound.py", "dns.resolver"): "resolves what it connects to",
    ("branding/dns_gateway.py", "dns.resolver"): "the one place that asks about what somebody typed",
    ("foundation/jobs/worker.py", "socket"): "the name of this machine, for the list of workers",
    ("messaging/gateway.py", "smtplib"): "hands mail to the installation's own mail server",
    ("messaging/bounce_mailbox.py", "imaplib"): "reads the installation's own mailbox",
    ("messaging/lines.py", "smtplib"): "opens the connections for it",
    ("messaging/lines.py", "socket"): "the faults of those connections",
    ("proof/rendering.py", "playwright"): "a browser that every request is answered for, and that reaches nothing else",
    ("demo/command.py", "socket"): "waits until its own processes listen on this machine",
    ("demo/ports.py", "socket"): "looks for a free port on this machine",
    ("demo/nameserver.py", "socket"): "answers questions on this machine, and asks none",
    ("portals/hot/app.py", "asyncio"): "answers on the loop of its server, and opens no connection",
    ("portals/hot/entitlements.py", "asyncio"): "waits on that loop",
    ("portals/hot/group.py", "asyncio"): "tells those who wait on that loop",
    ("portals/hot/reading.py", "asyncio"): "as above",
    ("demo/reverse.py", "http.client"): "hands requests on to the demo's second product, on this machine",
    ("portals/cli/findings.py", "socket"): "doctor asks the system for the addresses of the installation's own hosts",
}


LINE = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]*)|import[ \t]+([\w., \t]+))", re.MULTILINE
)


def imported(text: str) -> Iterator[str]:
    """Every dotted name that `text` imports; lines instead of a syntax tree, which would take seconds for all files."""
    for package, names, modules in LINE.findall(text):
        if package:
            yield package
            yield from (f"{package}.{name}" for name in re.findall(r"\w+", names))
        else:
            yield from (module.split()[0] for module in modules.split(",") if module.strip())


def imports() -> Iterator[tuple[str, str]]:
    for path in sorted(SOURCE.rglob("*.py")):
        names = set(imported(path.read_text(encoding="utf-8")))
        for client in CLIENTS:
            if any(name == client or name.startswith(client + ".") for name in names):
                yield path.relative_to(SOURCE).as_posix(), client


def test_only_the_outbound_client_speaks_to_the_outside() -> None:
    found = set(imports())
    assert sorted(found - set(REASONS)) == []
    assert sorted(set(REASONS) - found) == []  # reasons without an import


#: Who may ask DNS: jobs, which hold up no page, and what takes their place where there is no worker.
ASKS_DNS = {"branding/attention.py", "branding/dns_checks.py", "messaging/sender_checks.py", "proof/names.py"}


def test_only_jobs_ask_dns() -> None:
    """A page that waited for a foreign name server would hang with it."""
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in sorted(SOURCE.rglob("*.py"))
        if any(name.startswith("sublet.branding.dns_gateway") for name in imported(path.read_text(encoding="utf-8")))
    }
    assert found - ASKS_DNS == set()


def test_the_reader_sees_every_way_to_import() -> None:
    text = """
import os, socket as wire
    import http.client
from urllib import (
    parse,
    request,
)
from requests.adapters import HTTPAdapter  # comment
"""
    assert set(imported(text)) >= {"socket", "http.client", "urllib.request", "urllib.parse", "requests.adapters"}
