"""Host names: what is one, and which labels nobody may take below the neutral suffix.

Laws (tests/core/test_hosts.py): normalizing twice is normalizing once; a normalized name has only whole labels of letters,
digits and inner hyphens, at most 253 characters.
"""

from __future__ import annotations

import re

from sublet.core.names import words

_LABEL = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
#: Labels that look like the platform's own, or like somebody in charge of it.
RESERVED = frozenset(
    {
        "admin", "api", "app", "apps", "auth", "autoconfig", "autodiscover", "billing", "cdn", "dashboard", "dev", "dns",
        "email", "ftp", "help", "imap", "login", "localhost", "m", "mail", "mailbox", "mx", "ns", "ns1", "ns2", "oauth",
        "pop", "postmaster", "root", "security", "smtp", "sso", "staging", "static", "status", "support", "sublet",
        "system", "test", "vendor", "webmail", "www",
    }
)  # fmt: skip
SHORTEST, LONGEST = 3, 40


def normalize_host(text: str) -> str | None:
    """`text` as a host name in lower case A-labels without port or trailing dot; None if it is none.

    An address typed with scheme or path (``https://www.example.com/``) is understood.
    """
    name = text.strip().lower()
    name = re.sub(r"^[a-z]+://", "", name).split("/", 1)[0].split("?", 1)[0].removesuffix(".")
    name = re.sub(r":\d{1,5}\Z", "", name)
    try:
        name = ".".join(_to_ascii(label) for label in name.split("."))
    except UnicodeError:
        return None
    if not 1 <= len(name) <= 253 or not all(_LABEL.match(label) for label in name.split(".")):
        return None
    if name.split(".")[-1].isdigit():
        return None  # an address in numbers is no name
    return name


def _to_ascii(label: str) -> str:
    return label if label.isascii() else label.encode("idna").decode("ascii")


def refuse_label(label: str) -> str | None:
    """Why `label` cannot be taken below the neutral suffix: ``form``, ``short``, ``long``, ``reserved``; None if it can."""
    if not _LABEL.match(label) or label.startswith("xn--"):
        return "form"
    if len(label) < SHORTEST:
        return "short"
    if len(label) > LONGEST:
        return "long"
    if label in RESERVED:
        return "reserved"
    return None


def label_from_name(name: str) -> str:
    """A label to propose for an account of that name; may be empty or taken."""
    return re.sub(r"[^a-z0-9-]", "", "-".join(words(name)))[:LONGEST].strip("-")
