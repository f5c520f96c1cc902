"""Host names: what is one, and which labels nobody may take below the neutral suffix.

Laws (tests/core/test_hosts.py): normalizing twice is normalizing once; a normalized name has only whole labels of letters,
digits and inner hyphens, at most 253 characters; a proposed label is empty or could be taken; what is shown in other letters
is of one alphabet, reads as no plain name, and is the same name when it is typed.
"""

from __future__ import annotations

import re
import unicodedata

import idna

from sublet.core.names import words

_LABEL = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_NUMBER = re.compile(r"^(?:[0-9]+|0x[0-9a-f]*)\Z")
#: Labels that look like the platform's own, or like somebody in charge of it.
RESERVED = frozenset(
    {
        "abuse", "account", "accounts", "admin", "administrator", "api", "app", "apps", "auth", "autoconfig",
        "autodiscover", "billing", "cdn", "dashboard", "dev", "dns", "email", "ftp", "help", "hostmaster", "hosts", "imap",
        "localhost", "login", "m", "mail", "mailbox", "mailer-daemon", "mx", "no-reply", "noreply", "ns", "ns1", "ns2",
        "oauth", "pop", "postmaster", "root", "secure", "security", "signin", "smtp", "sso", "staging", "static",
        "status", "sublet", "support", "system", "test", "vendor", "webmail", "webmaster", "wpad", "www",
    }
)  # fmt: skip
SHORTEST, LONGEST = 3, 40
_LONGEST_TYPED = 1000


def normalize_host(text: str) -> str | None:
    """`text` as a host name in lower case A-labels without port or trailing dot; None if it is none.

    An address typed with scheme or path (``https://www.example.com/``) is understood.
    """
    if len(text) > _LONGEST_TYPED:
        return None
    name = text.strip().lower()
    name = re.sub(r"^[a-z]+://", "", name).split("/", 1)[0].split("?", 1)[0].split("#", 1)[0]
    name = re.sub(r":[0-9]{1,5}\Z", "", name).removesuffix(".")
    try:
        name = ".".join(to_ascii(label) for label in name.split(".")).lower()
    except UnicodeError:
        return None
    labels = name.split(".")
    if not 1 <= len(name) <= 253 or not all(_LABEL.match(label) for label in labels):
        return None
    if _NUMBER.match(labels[-1]):
        return None  # an address in numbers is no name; browsers read 1.0x7f as one, too
    return name


def to_ascii(name: str) -> str:
    """A domain in the letters that DNS knows, by IDNA 2008 as browsers read it: ``faß.de`` is not ``fass.de``.

    What is not seen (U+200D) is no part of a name unless its script needs it there. Raises UnicodeError.
    """
    return name if name.isascii() else idna.encode(name, uts46=True, std3_rules=True).decode("ascii")


def show_host(host: str) -> str:
    """`host` in the letters of its language, label by label; a label that mixes alphabets, that could be read as plain
    letters (“аррӏе”, all Cyrillic), or that would not come back as it was, stays as it is (``xn--…``): it may have been made
    to look like another.
    """
    return ".".join(_to_letters(label) for label in host.split("."))


def _to_letters(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        shown = idna.decode(label)
        same = idna.encode(shown).decode("ascii") == label
    except UnicodeError:
        return label
    if shown.translate(_READ_AS).isascii():
        return label
    alphabets = {unicodedata.name(letter, "").partition(" ")[0] for letter in shown if letter.isalpha()}
    plain = all(letter.isalpha() or letter in "-0123456789" or unicodedata.category(letter) == "Mn" for letter in shown)
    return shown if same and plain and len(alphabets - _CHINESE_SIDE) <= 1 and _alone(alphabets) else label


#: Letters that are read as plain ones, and which. A word of nothing else can be a name in its alphabet, too: nobody can tell.
_READ_AS = str.maketrans(
    dict(zip("асԁеһіјӏорԗԛѕԝхуъьҽпгѵѡү", "acdehijlopqqswxybbenrvwy", strict=True))  # Cyrillic
    | dict(zip("αικνρυωηοτχγϲ", "aikvpuwnotxyc", strict=True))  # Greek
    | dict(zip("օոսհցզյք", "onuhgqjp", strict=True))  # Armenian
    | dict(zip("סוחן", "olnl", strict=True))  # Hebrew
    | dict(zip("ɑɡıɩƅ", "agiib", strict=True))  # Latin
)
#: Alphabets that are written together in East Asia.
_CHINESE_SIDE = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO"})


def _alone(alphabets: set[str]) -> bool:
    return not alphabets & _CHINESE_SIDE or alphabets <= _CHINESE_SIDE


def refuse_label(label: str) -> str | None:
    """Why `label` cannot be taken below the neutral suffix: ``form``, ``short``, ``long``, ``reserved``; None if it can."""
    if not label or len(label) > 63:
        return "long" if label else "form"
    if not _LABEL.match(label) or label[2:4] == "--":
        return "form"  # two hyphens there are kept for other alphabets (RFC 5891): such a label could show as another
    if len(label) < SHORTEST:
        return "short"
    if len(label) > LONGEST:
        return "long"
    if label in RESERVED:
        return "reserved"
    return None


def label_from_name(name: str) -> str:
    """A label to propose for an account of that name; empty when none can be made of it. May be taken by another."""
    label = re.sub(r"[^a-z0-9-]", "", "-".join(words(name)))
    label = re.sub(r"-{2,}", "-", label)[:LONGEST].strip("-")
    return label if refuse_label(label) is None else ""
