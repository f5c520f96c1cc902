"""Mail in the name of a domain: which records it needs, and what those that are there say about it.

Aligned means that the domain of From is the one that signs (DKIM) and the one whose return path is used (SPF). Both are
asked for here, so that a receiver that looks at either, or at DMARC, finds what it looks for.

Laws (tests/core/test_senders.py): exactly the records shown are aligned; taking any of the needed ones away, or letting it
say something else, is not; an answer that nobody gave never proves and never disproves anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sublet.core.answers import Answer

#: What mail is about: the product (what it did for its user), or the account (log-ins, access, invitations).
PRODUCT, ACCOUNT = "product", "account"
IDENTITIES = (PRODUCT, ACCOUNT)

#: How mail leaves: by the installation's server, by one of the account's own, by a provider's API.
PLATFORM, SMTP, PROVIDER = "platform", "smtp", "provider"

#: Label of the return path below the domain. It names nobody.
RETURN_LABEL = "bounce"
DMARC_ADVICE = "v=DMARC1; p=none"

#: With what mail is signed: every receiver knows the first; the second (RFC 8463) is short, newer, and never needed.
RSA, ED25519 = "rsa", "ed25519"
ALGORITHMS = (RSA, ED25519)

PROVED, WRONG, UNKNOWN = "proved", "wrong", "unknown"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A DKIM key as DNS shows it. `public` is base64 without line breaks."""

    selector: str
    public: str
    algorithm: str = RSA

    @property
    def needed(self) -> bool:
        """Whether nothing is proved without it."""
        return self.algorithm == RSA


@dataclass(frozen=True, slots=True)
class Need:
    """What a domain is to be used for.

    `target`: the host to which the return path leads by CNAME (platform) or MX (own server). `spf`: the mechanism by which
    an own server is named. A provider has keys and a return path of its own: `selectors` and `path` are what it told.
    """

    domain: str
    way: str
    keys: tuple[PublicKey, ...] = ()
    target: str = ""
    spf: str = ""
    selectors: tuple[str, ...] = ()
    path: str = ""

    @property
    def return_path(self) -> str:
        """The host of the envelope's sender."""
        return self.path if self.way == PROVIDER and self.path else f"{RETURN_LABEL}.{self.domain}"


@dataclass(frozen=True, slots=True)
class Record:
    """One line for the zone. `purpose`: ``dkim``, ``return``, ``spf`` or ``dmarc``; `needed`: nothing is proved without it."""

    purpose: str
    kind: str
    name: str
    value: str
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at `name`. `blocks`: while it is so, mail does not leave in the domain's name."""

    code: str
    name: str
    blocks: bool
    found: str = ""
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`state`: proved, wrong, or unknown when nobody answered what decides. `seen`: selectors whose key is in DNS."""

    state: str
    seen: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Look:
    ask: Callable[[str, str], Answer]
    findings: list[Finding] = field(default_factory=list)
    in_doubt: bool = False

    def texts(self, name: str) -> tuple[str, ...] | None:
        """TXT records of `name`; None, and noted, when nobody could say."""
        return self.values(name, "TXT")

    def values(self, name: str, kind: str) -> tuple[str, ...] | None:
        """What every resolver that knew anything says: what only some say is on its way, or a lie, and decides nothing."""
        answer = self.ask(name, kind)
        if answer.known and set(answer.common) == set(answer.values):
            return answer.common
        self.in_doubt = True
        self.find("no-answer", name)
        return None

    def find(self, code: str, name: str, *, blocks: bool = True, found: str = "", wanted: str = "") -> None:
        self.findings.append(Finding(code, name, blocks, found[:200], wanted))


def dkim_value(key: PublicKey) -> str:
    """The text of a DKIM record (RFC 6376 3.6.1)."""
    return f"v=DKIM1; k={key.algorithm}; p={key.public}"


def records(need: Need) -> tuple[Record, ...]:
    """What is to be entered, in the order in which a person does it."""
    found = [
        Record("dkim", "TXT", f"{key.selector}._domainkey.{need.domain}", dkim_value(key), needed=key.needed)
        for key in need.keys
    ]
    if need.way == PLATFORM:
        found.append(Record("return", "CNAME", need.return_path, need.target))
    elif need.way == SMTP:
        found.append(Record("return", "MX", need.return_path, f"10 {need.target}"))
        found.append(Record("spf", "TXT", need.return_path, f"v=spf1 {need.spf} -all"))
    found.append(Record("dmarc", "TXT", f"_dmarc.{need.domain}", DMARC_ADVICE, needed=False))
    return tuple(found)


def questions(need: Need) -> tuple[tuple[str, str], ...]:
    """Every name and kind that `judge` may ask about."""
    path = need.return_path
    asked = [(f"{selector}._domainkey.{need.domain}", "TXT") for selector in (*_selectors(need),)]
    asked += {PLATFORM: [(path, "CNAME")], SMTP: [(path, "MX"), (path, "TXT")]}.get(need.way, [(path, "TXT")])
    return tuple(asked + [(name, "TXT") for name in dmarc_names(need.domain)])


def dmarc_names(domain: str) -> tuple[str, ...]:
    """Where a DMARC record may stand: at the domain, then at those above it, but for the last label."""
    labels = domain.split(".")
    return tuple("_dmarc." + ".".join(labels[start:]) for start in range(max(1, len(labels) - 1)))[:8]


def judge(need: Need, ask: Callable[[str, str], Answer]) -> Judgement:
    """Whether mail that leaves so is aligned, and what is wrong if not."""
    look = _Look(ask)
    seen = frozenset(key.selector for key in need.keys if _is_there(look, need, key)) | frozenset(
        selector for selector in need.selectors if _has_key(look, f"{selector}._domainkey.{need.domain}", None)
    )
    if need.way == PROVIDER and not need.selectors:
        look.find("no-selector", need.domain)
    _path(look, need)
    _dmarc(look, need)
    if look.in_doubt and not any(each.blocks and each.code != "no-answer" for each in look.findings):
        return Judgement(UNKNOWN, seen, tuple(look.findings))
    wrong = any(each.blocks for each in look.findings)
    return Judgement(WRONG if wrong else PROVED, seen, tuple(look.findings))


def _is_there(look: _Look, need: Need, key: PublicKey) -> bool:
    name = f"{key.selector}._domainkey.{need.domain}"
    if key.needed:
        return _has_key(look, name, key)
    aside = _Look(look.ask)  # what it says of it, or does not, decides nothing
    found = _has_key(aside, name, key)
    look.findings += [replace(each, blocks=False) for each in aside.findings]
    return found


def _selectors(need: Need) -> Sequence[str]:
    return [key.selector for key in need.keys] + list(need.selectors)


def _has_key(look: _Look, name: str, key: PublicKey | None) -> bool:
    texts = look.texts(name)
    if texts is None:
        return False
    found = [tags for tags in map(_tags, texts) if "p" in tags]
    if not found:
        look.find("dkim-missing", name)
    elif len(found) > 1:
        look.find("dkim-several", name)
    elif not found[0]["p"]:
        look.find("dkim-empty", name)
    elif key is not None and found[0]["p"] != key.public:
        look.find("dkim-other", name, found=found[0]["p"][:40], wanted=key.public[:40])
    else:
        return True
    return False


def _path(look: _Look, need: Need) -> None:
    path = need.return_path
    if path != need.domain and not path.endswith("." + need.domain):
        look.find("return-elsewhere", path, wanted=need.domain)
    elif need.way == PLATFORM:
        names = look.values(path, "CNAME")
        if names is not None and names != (need.target,):
            look.find(
                "return-missing" if not names else "return-other", path, found=", ".join(names), wanted=need.target
            )
    elif need.way == SMTP:
        hosts = look.values(path, "MX")
        wanted = [value.split()[-1].rstrip(".").lower() for value in hosts or () if value.split()]
        if hosts is not None and need.target not in wanted:
            look.find("mx-missing" if not wanted else "mx-other", path, found=", ".join(wanted), wanted=need.target)
        _spf(look, path, need.spf)
    else:
        _spf(look, path, "")


def _spf(look: _Look, name: str, mechanism: str) -> None:
    texts = look.texts(name)
    if texts is None:
        return
    found = [text for text in texts if text.lower().split()[:1] == ["v=spf1"]]
    if not found:
        look.find("spf-missing", name)
    elif len(found) > 1:
        look.find("spf-several", name)
    elif mechanism and not set(mechanism.lower().split()) <= {word.lstrip("+") for word in found[0].lower().split()}:
        look.find("spf-lacks", name, found=found[0], wanted=mechanism)


def _dmarc(look: _Look, need: Need) -> None:
    """The first record on the way up counts. None at all, or one that only watches, is no obstacle."""
    for name in dmarc_names(need.domain):
        texts = look.texts(name)
        if texts is None:
            return None
        found = [tags for tags in map(_tags, texts) if tags.get("v", "").upper() == "DMARC1"]
        if len(found) > 1:
            return look.find("dmarc-several", name, blocks=False)
        if found:
            # A strict policy wants the very domain in the return path, where only one below it can stand.
            if found[0].get("aspf", "r").lower() == "s" and need.return_path != need.domain:
                look.find("dmarc-strict", name)
            return None
    return look.find("dmarc-missing", f"_dmarc.{need.domain}", blocks=False, wanted=DMARC_ADVICE)


def _tags(text: str) -> Mapping[str, str]:
    """``a=b; c=d`` as a mapping; blanks inside values do not count (RFC 6376 3.2)."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, sign, value in pairs if sign}


def clean_mailbox(text: str) -> str | None:
    """What stands before the @, in lower case; None when it is none that every server takes (RFC 5321 knows more)."""
    mailbox = text.strip().lower()
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789._+-'")
    if (
        not 0 < len(mailbox) <= 64
        or set(mailbox) - allowed
        or ".." in mailbox
        or mailbox[0] == "."
        or mailbox[-1] == "."
    ):
        return None
    return mailbox
