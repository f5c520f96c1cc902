"""Domains: which DNS records one needs, what DNS says about them, and what follows.

Pure: answers in, findings in codes out (`sublet.branding.findings` has the words).

Laws (tests/core/test_domains.py): a name is proved only by its own token, said by every resolver that knew anything; who could
not be asked takes nothing away; proof that is lost ends a domain after seven days and never before its people were told four
days earlier; what is checked next lies in the future.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_network

from sublet.core.answers import FOUND, LOOP, Answer
from sublet.core.networks import read_address, within

WILDCARD = "*."
YES, NO, UNCLEAR = "yes", "no", "unclear"
GOOD, NOTE, BAD = "good", "note", "bad"
#: What a proof's text begins with; the token follows.
PROOF = "host-proof="

#: How long proof or place may be gone before the account's people are told, and before the name stops answering.
TELL_AFTER, STOP_AFTER, STOP_AFTER_TELLING = timedelta(days=2), timedelta(days=7), timedelta(days=4)
DAILY = timedelta(days=1)
#: Between the checks of a new domain, counted from when it was added; after the last of them daily, for a month.
SOON = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 15, 20, 30, 40, 60, 120, 360, 720))
GIVE_UP = timedelta(days=30)
#: How long a page follows a look by itself; and between two looks, however often somebody asks for one.
PATIENCE, BREATH = timedelta(minutes=1), timedelta(seconds=5)


def not_before(checked_at: datetime | None, at: datetime) -> datetime:
    """When a look that is asked for may begin: whoever asks again and again counts, but keeps no name server busy."""
    return at if checked_at is None else max(at, checked_at + BREATH)


#: Addresses of a proxy that hides where a name leads (cloudflare.com/ips).
_CLOUDFLARE = tuple(
    ip_network(text)
    for text in (
        "173.245.48.0/20", "103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22", "141.101.64.0/18", "108.162.192.0/18",
        "190.93.240.0/20", "188.114.96.0/20", "197.234.240.0/22", "198.41.128.0/17", "162.158.0.0/15", "104.16.0.0/13",
        "104.24.0.0/14", "172.64.0.0/13", "131.0.72.0/22", "2400:cb00::/32", "2606:4700::/32", "2803:f800::/32",
        "2405:b500::/32", "2405:8100::/32", "2a06:98c0::/29", "2c0f:f248::/32",
    )
)  # fmt: skip
#: Second labels below which names are sold, so that three labels can be a whole domain.
_SOLD_BELOW = frozenset({"ac", "co", "com", "edu", "gob", "gov", "net", "nom", "or", "org"})


@dataclass(frozen=True, slots=True)
class Record:
    """A DNS record to set: its full name, kind and value; `purpose` is ``proof`` or ``place``."""

    purpose: str
    name: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a domain must show: its name (``*.example.com`` for a wildcard), its token, and where it is to lead.

    `target` is the host name that sub-domains are led to, `addresses` those of the installation, `issuers` who makes
    certificates (empty: nobody in particular). Without `proof_needed` somebody else vouches for it.
    """

    host: str
    token: str
    proof_label: str
    target: str
    addresses: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    proof_needed: bool = True

    @property
    def base(self) -> str:
        return base_of(self.host)

    @property
    def proof_name(self) -> str:
        return f"{self.proof_label}.{self.base}"

    @property
    def proof_text(self) -> str:
        return PROOF + self.token


@dataclass(frozen=True, slots=True)
class Seen:
    """What DNS said. `caa`: of the name and of those above it, the nearest first."""

    proof: Answer
    ipv4: Answer
    ipv6: Answer
    caa: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class DomainFinding:
    """One thing that was found: a code, how bad it is, and what the sentence names."""

    code: str
    level: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the domain is proved, whether it leads here, and everything that was found."""

    proof: str
    place: str
    findings: tuple[DomainFinding, ...]


def awaits(asked_at: datetime | None, checked_at: datetime | None, at: datetime) -> str:
    """Whether a look that somebody has asked for has not come yet: ``soon``, or ``late`` when it should have; else empty."""
    if asked_at is None or (checked_at is not None and checked_at >= asked_at):
        return ""
    return "soon" if at - asked_at < PATIENCE else "late"


def base_of(host: str) -> str:
    """The name itself, or the one below which a wildcard lies."""
    return host.removeprefix(WILDCARD)


def covers(wildcard: str, host: str) -> bool:
    """Whether ``*.example.com`` stands for `host`: exactly one more label."""
    label, _dot, rest = host.partition(".")
    return wildcard == WILDCARD + rest and label not in {"", "*"}


def is_apex(host: str) -> bool:
    """Whether `host` looks like a whole domain, where no CNAME can stand: two labels, or three as in ``example.co.uk``."""
    labels = host.split(".")
    return len(labels) == 2 or (len(labels) == 3 and len(labels[2]) == 2 and labels[1] in _SOLD_BELOW)


def records_of(wanted: Wanted) -> list[Record]:
    """The records that a domain needs, the proof first. An apex gets addresses; so does every name where there is no target."""
    needed = [Record("proof", wanted.proof_name, "TXT", wanted.proof_text)] if wanted.proof_needed else []
    if (is_apex(wanted.host) or not wanted.target) and wanted.addresses:
        needed += [Record("place", wanted.host, _kind(address), address) for address in wanted.addresses]
    elif wanted.target:
        # Where no CNAME can stand, some name servers offer an ALIAS that does the same.
        needed.append(Record("place", wanted.host, "ALIAS" if is_apex(wanted.host) else "CNAME", wanted.target))
    return needed


def _kind(address: str) -> str:
    return "AAAA" if ":" in address else "A"


def judge(wanted: Wanted, seen: Seen) -> Verdict:
    """What the answers mean."""
    proof, about_proof = _proof(wanted, seen.proof) if wanted.proof_needed else (YES, [])
    place, about_place = _place(wanted, seen)
    return Verdict(proof, place, (*about_proof, *about_place, *_certificates(wanted, seen.caa)))


def _proof(wanted: Wanted, answer: Answer) -> tuple[str, list[DomainFinding]]:
    named = {"name": wanted.proof_name, "wanted": wanted.proof_text}
    if not answer.known:
        return UNCLEAR, [DomainFinding("proof-unclear", NOTE, named)]
    if answer.outcome == LOOP:
        return NO, [DomainFinding("loop", BAD, {"name": wanted.proof_name})]
    if answer.outcome != FOUND:
        return NO, [DomainFinding("proof-missing", BAD, named)]
    if answer.chain:
        # Somebody else's zone answers: often a wildcard that covers the name. Who owns that zone proves nothing of this one.
        return NO, [DomainFinding("proof-elsewhere", BAD, named | {"found": answer.chain[0]})]
    texts = {text.strip() for text in answer.values}
    if wanted.proof_text in {text.strip() for text in answer.common}:
        return YES, [DomainFinding("proof-good", GOOD, {"name": wanted.proof_name})]
    if wanted.proof_text in texts:
        return UNCLEAR, [DomainFinding("proof-spreading", NOTE, named)]
    found = next((text for text in sorted(texts) if text.startswith(PROOF)), min(texts))
    return NO, [DomainFinding("proof-wrong", BAD, named | {"found": _short(found)})]


def _place(wanted: Wanted, seen: Seen) -> tuple[str, list[DomainFinding]]:
    four, six = seen.ipv4, seen.ipv6
    named = {"name": wanted.host, "wanted": wanted.target or _list(wanted.addresses)}
    if LOOP in {four.outcome, six.outcome}:
        return NO, [DomainFinding("loop", BAD, {"name": wanted.host})]
    if not four.known or (not six.known and not four.values):
        return UNCLEAR, [DomainFinding("place-unclear", NOTE, {"name": wanted.host})]
    found = (*four.values, *six.values)
    if not found:
        return NO, [DomainFinding("place-missing", BAD, named)]
    ours = set(_plain(wanted.addresses))
    led = bool(wanted.target) and wanted.target in {*four.chain, *six.chain}
    if led or (ours and set(_plain(found)) <= ours):
        return YES, [DomainFinding("place-good", GOOD, {"name": wanted.host})]
    addresses = [read_address(text) for text in found]
    named["found"] = _list(found)
    if all(address is not None and within(address, _CLOUDFLARE) for address in addresses):
        return NO, [DomainFinding("place-cloudflare", BAD, named)]
    if ours & set(_plain(found)):
        if not four.agreed or not six.agreed:
            return UNCLEAR, [DomainFinding("place-spreading", NOTE, named)]
        strange = [text for text in found if not set(_plain((text,))) <= ours]
        code = "place-ipv6" if all(":" in text for text in strange) else "place-mixed"
        return NO, [DomainFinding(code, BAD, named | {"found": _list(strange)})]
    return NO, [DomainFinding("place-elsewhere", BAD, named)]


def _plain(texts: Sequence[str]) -> list[str]:
    return [str(address) for address in map(read_address, texts) if address is not None]


def _certificates(wanted: Wanted, caa: Sequence[Answer]) -> list[DomainFinding]:
    """Whether a CAA record keeps every one of `issuers` from making a certificate: the nearest set decides (RFC 8659)."""
    nearest = next((answer for answer in caa if answer.outcome == FOUND), None)
    if nearest is None or not wanted.issuers:
        return []
    named: dict[str, list[str]] = {}
    for text in nearest.values:
        parts = text.split(maxsplit=2)
        if len(parts) == 3:
            named.setdefault(parts[1].lower(), []).append(parts[2].strip().strip('"').partition(";")[0].strip().lower())
    # For a wildcard `issuewild` takes the place of `issue`; for one name it says nothing (RFC 8659 4.3).
    allowed = (named.get("issuewild") if wanted.host.startswith(WILDCARD) else None) or named.get("issue", [])
    if not allowed or set(allowed) & {issuer.lower() for issuer in wanted.issuers}:
        return []
    values = {"name": nearest.name, "found": _list(allowed) or ";", "wanted": wanted.issuers[0]}
    return [DomainFinding("caa", BAD, values)]


def _list(values: Sequence[str]) -> str:
    return _short(", ".join(value for value in values if value))


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:119] + "…"


# What follows ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """How a domain stood before a check. `vouched`: somebody has said that it is the account's, and DNS need not."""

    proved: bool
    added_at: datetime
    vouched: bool = False
    serving: bool = False
    failing_since: datetime | None = None
    lost_since: datetime | None = None
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What a check changes. `next_at` is None when it is not checked by itself any more."""

    prove: bool
    serving: bool
    failing_since: datetime | None
    lost_since: datetime | None
    tell: bool
    stop: bool
    next_at: datetime | None


def next_step(standing: Standing, verdict: Verdict, at: datetime) -> Step:
    """What follows from a verdict of `at`."""
    if not standing.proved:
        proved = verdict.proof == YES
        serving = proved and verdict.place == YES
        waits = at + DAILY if serving else next_check(standing.added_at, at)
        return Step(proved, serving, None, None, False, False, waits or (at + DAILY if proved else None))
    lost = standing.lost_since
    if verdict.proof == YES or standing.vouched:
        lost = None
    elif verdict.proof == NO:
        lost = lost or at
    failing = standing.failing_since
    serving = standing.serving
    if verdict.proof != NO and verdict.place == YES and lost is None:
        failing, serving = None, True
    elif lost is not None or verdict.place == NO:
        # A new domain whose other record is not set yet does not fail: it never worked.
        failing = failing or (at if serving or lost is not None else None)
        serving = False
    told = standing.told_at if failing is not None else None
    tell = failing is not None and told is None and at - failing >= TELL_AFTER
    # Only by an answer that says so, never because nobody could be asked; and never by surprise.
    stop = (
        lost is not None
        and verdict.proof == NO
        and at - lost >= STOP_AFTER
        and told is not None
        and at - told >= STOP_AFTER_TELLING
    )
    soon = None if serving or failing is not None else next_check(standing.added_at, at)
    return Step(False, serving, failing, lost, tell and not stop, stop, None if stop else soon or at + DAILY)


def next_check(added_at: datetime, at: datetime) -> datetime | None:
    """When a domain that waits is looked at again: soon and then daily, for a month. None: when somebody asks."""
    if at - added_at >= GIVE_UP:
        return None
    return next((added_at + wait for wait in SOON if added_at + wait > at), at + DAILY)
