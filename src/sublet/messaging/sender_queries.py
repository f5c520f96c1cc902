"""Reading senders: what a recipient will see, which records a domain needs, how mail leaves. Never a secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from sublet.accounts.models import Account
from sublet.branding.queries import account_chain, brand_of
from sublet.core.domains import awaits
from sublet.core.rights import CLIENT
from sublet.core.senders import IDENTITIES, PROVIDER, RSA, SMTP, Finding, Record, records
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import looks_like_ref
from sublet.messaging.models import DkimKey, MailServer, OutboxMail, Sender, SenderDomain
from sublet.messaging.operations import FALLBACK_LANGUAGE
from sublet.messaging.providers import PROVIDERS
from sublet.messaging.rendering import header_text
from sublet.messaging.sender_operations import test_key
from sublet.messaging.senders import Leaving, Way, bounce_host, need_of, resolve, server_owner, way_of


@dataclass(frozen=True, slots=True)
class HeaderLine:
    """A line of a message's head as its reader can see it. `value` is decoded."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class TestMail:
    """The last test mail that the reader sent itself."""

    state: str
    to_email: str
    answer: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class IdentityView:
    """One identity: its own fields, what is sent in effect, and from where each field is inherited."""

    identity: str
    name: str
    domain_ref: str
    mailboxes: Mapping[str, str]
    reply_to: str
    version: int
    lines: Sequence[HeaderLine]
    own_domain: bool
    wanted: str
    origins: Mapping[str, str]
    test: TestMail | None


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A DKIM key. `state`: waiting, active or resting; `algorithm`: rsa or ed25519."""

    selector: str
    algorithm: str
    state: str
    created_at: datetime
    rests_until: datetime | None


@dataclass(frozen=True, slots=True)
class SenderDomainRow:
    """A sender domain. `state`: pending, proved or lost; `records` is what DNS must show, `findings` what it did not."""

    ref: str
    domain: str
    state: str
    inherited_from: str
    checked_at: datetime | None
    next_check_at: datetime
    created_at: datetime
    proved_at: datetime | None
    records: Sequence[Record]
    findings: Sequence[Finding]
    keys: Sequence[KeyRow]
    can_rotate: bool
    check_asked_at: datetime | None = None

    def awaits(self, at: datetime) -> str:
        """Whether a look that somebody has asked for is still to come: ``soon``, ``late`` or empty."""
        return awaits(self.check_asked_at, self.checked_at, at)


@dataclass(frozen=True, slots=True)
class WayView:
    """How mail in the account's own name leaves. `owner` is the account that decides, empty for the account itself."""

    kind: str
    owner: str
    host: str = ""
    port: int = 0
    tls: str = ""
    user: str = ""
    provider: str = ""
    spf: str = ""
    selectors: str = ""
    return_path: str = ""
    has_secret: bool = False
    has_hook_secret: bool = False
    state: str = ""
    why: str = ""  # it fails: of lines.REASONS
    answer: str = ""
    checked_at: datetime | None = None
    version: int = 0

    @property
    def label(self) -> str:
        """What people call it."""
        return PROVIDERS[self.provider].name if self.provider in PROVIDERS else self.host


@dataclass(frozen=True, slots=True)
class SendersView:
    """Everything about an account's mail that its page shows."""

    account_ref: str
    account_name: str
    account_kind: str
    identities: Sequence[IdentityView]
    domains: Sequence[SenderDomainRow]
    way: WayView
    neutral: str
    bounces_to: str


def _account(actor: Actor, ref: str) -> Account:
    actor.require("brand:view")
    account = Account.objects.select_related("parent__parent").filter(ref=ref).first()
    if account is None:
        raise NotFound
    return account


def senders_of(actor: Actor, account_ref: str) -> SendersView:
    """The senders of an account within the scope in force (``brand:view``). Raises NotFound, Forbidden."""
    account = _account(actor, account_ref)
    return SendersView(
        account_ref=account.ref,
        account_name=account.name,
        account_kind=account.kind,
        identities=tuple(_identity(actor, account, identity) for identity in IDENTITIES),
        domains=_domains(account),
        way=_way(account),
        neutral=resolve(account, "", "", name="", reply_to="").address,
        bounces_to=bounce_host(),
    )


def _identity(actor: Actor, account: Account, identity: str) -> IdentityView:
    brand = brand_of(account_chain(account))
    row = Sender.objects.filter(account=account, identity=identity).select_related("domain").first()
    row = row or Sender(account=account, identity=identity)
    language = account.language or FALLBACK_LANGUAGE
    leaving = resolve(
        account, identity, language, name=header_text(brand.sender_name, 200), reply_to=brand.support_email
    )
    return IdentityView(
        identity=identity,
        name=row.name,
        domain_ref=row.domain.ref if row.domain is not None else "",
        mailboxes=dict(row.mailboxes),
        reply_to=row.reply_to,
        version=row.version,
        lines=header_lines(leaving),
        own_domain=bool(leaving.domain),
        wanted=leaving.wanted,
        origins=dict(leaving.origins),
        test=_last_test(actor, account, identity),
    )


def header_lines(leaving: Leaving) -> tuple[HeaderLine, ...]:
    """What a recipient's mail program shows of a mail that leaves so, by name; the same values that the job sends."""
    lines = [HeaderLine("From", f"{leaving.name} <{leaving.address}>" if leaving.name else leaving.address)]
    if leaving.reply_to:
        lines.append(HeaderLine("Reply-To", leaving.reply_to))
    back = leaving.return_host or settings.SUBLET.text("SUBLET_BOUNCE_HOST")
    if leaving.way.kind != PROVIDER:
        lines.append(HeaderLine("Return-Path", f"<b-…@{back}>" if back else f"<{leaving.address}>"))
        lines += [
            HeaderLine("DKIM-Signature", f"d={leaving.domain}; s={key.selector}; a={key.algorithm}-sha256 …")
            for key in leaving.keys
        ]
    else:
        lines.append(HeaderLine("Return-Path", f"<…@{back}>"))
    lines.append(HeaderLine("Message-ID", f"<…@{leaving.domain or leaving.address.rpartition('@')[2]}>"))
    return tuple(lines)


def _last_test(actor: Actor, account: Account, identity: str) -> TestMail | None:
    found = OutboxMail.objects.filter(account=account, template="sender-test", identity=identity)
    row = found.filter(key__startswith=test_key(account.ref, identity, actor)).order_by("-id").first()
    return None if row is None else TestMail(row.state, row.to_email, row.answer, row.created_at)


def _domains(account: Account) -> tuple[SenderDomainRow, ...]:
    above = account.parent if account.kind == CLIENT else None
    owners = {account.id: "", **({above.id: above.name} if above is not None else {})}
    # unscoped: a client may be written for in the name of its reseller's domains
    rows = list(SenderDomain.unscoped.filter(account_id__in=owners).order_by("-account_id", "domain"))
    keys = DkimKey.unscoped.filter(domain__in=rows).order_by("id")  # unscoped: of those
    way = way_of(account)
    return tuple(
        _domain(row, way, [key for key in keys if key.domain_id == row.id], owners[row.account_id]) for row in rows
    )


def _domain(row: SenderDomain, way: Way, keys: Sequence[DkimKey], inherited_from: str) -> SenderDomainRow:
    used = [key for key in keys if key.state != DkimKey.State.RESTING]
    proved = row.state == SenderDomain.State.PROVED
    return SenderDomainRow(
        ref=row.ref,
        domain=row.domain,
        state="pending" if proved and row.proved_for != way.mark else row.state,
        inherited_from=inherited_from,
        checked_at=row.checked_at,
        next_check_at=row.next_check_at,
        created_at=row.created_at,
        check_asked_at=row.check_asked_at,
        proved_at=row.proved_at,
        records=records(need_of(row, way, used)),
        findings=tuple(Finding(**each) for each in row.findings),
        keys=tuple(KeyRow(key.selector, key.algorithm, key.state, key.created_at, key.rests_until) for key in keys),
        can_rotate=way.kind != PROVIDER
        and not any(key.state == DkimKey.State.WAITING and key.algorithm == RSA for key in used),
    )


def sender_domain(actor: Actor, account_ref: str, ref: str) -> SenderDomainRow:
    """One sender domain of the account's own (``brand:view``). Raises NotFound, Forbidden."""
    account = _account(actor, account_ref)
    row = None
    if looks_like_ref(ref, "sdom"):
        row = SenderDomain.objects.filter(account=account, ref=ref).first()
    if row is None:
        raise NotFound
    return _domain(row, way_of(account), list(DkimKey.objects.filter(domain=row).order_by("id")), "")


def _way(account: Account) -> WayView:
    owner = server_owner(account)
    name = owner.name if owner.id != account.id else ""
    way = way_of(account)
    if way.row is None:
        return WayView(way.kind, name)
    row: MailServer = way.row
    own = not name
    return WayView(
        kind=row.kind,
        owner=name,
        host=row.host if row.kind == SMTP else "",
        port=row.port,
        tls=row.tls,
        user=row.user if own else "",
        provider=row.provider,
        spf=row.spf,
        selectors=row.selectors,
        return_path=row.return_path,
        has_secret=bool(row.secret_box),
        has_hook_secret=bool(row.hook_box),
        state=row.state,
        why=row.why,
        answer=row.answer if own else "",
        checked_at=row.checked_at,
        version=row.version,
    )
