"""In whose name a mail leaves: the same answer for the page that shows it and the job that sends it.

Each field of an identity is inherited on its own: name, address, Reply-To; client → reseller → the installation's neutral
address. An address counts only while its domain is proved *for the way in which mail leaves now*; until then the name stays
and the address is the neutral one. So nothing leaves that is not aligned, whatever was typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings

from sublet.accounts.models import Account
from sublet.branding.queries import account_chain
from sublet.branding.queries.brands import donors_of
from sublet.core.rights import CLIENT, VENDOR
from sublet.core.senders import PLATFORM, PROVIDER, SMTP, Need, PublicKey
from sublet.messaging.models import DkimKey, MailServer, Sender, SenderDomain

FALLBACK_MAILBOX = "no-reply"
#: As `SenderDomain.proved_for` holds it.
LONGEST_MARK = 400


@dataclass(frozen=True, slots=True)
class Way:
    """How mail of an account leaves. `row` is None for the installation's own server."""

    kind: str
    row: MailServer | None = None

    @property
    def mark(self) -> str:
        """What a proof holds for: another server, or another place for bounces, needs another one."""
        row = self.row
        if row is None:
            return f"{PLATFORM} {bounce_host()}"
        if self.kind == SMTP:
            mark = f"{SMTP} {bounce_host()} {row.host} {row.spf}"
        else:
            mark = f"{PROVIDER} {row.provider} {row.selectors} {row.return_path}"
        return mark if len(mark) <= LONGEST_MARK else f"{self.kind} {sha256(mark.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Leaving:
    """A mail's way out. `keys` sign for `domain`, RSA first; both are empty for the neutral address, which its server signs.

    `wanted` is an address that would be used if its domain were proved. `origins`: field to the account it is inherited
    from, without fields that are set by the account itself.
    """

    name: str
    address: str
    reply_to: str
    return_host: str
    way: Way
    domain: str = ""
    keys: tuple[DkimKey, ...] = ()
    wanted: str = ""
    origins: tuple[tuple[str, str], ...] = ()


def neutral_address() -> str:
    """The installation's own address, which names nobody."""
    return settings.SUBLET.text("SUBLET_MAIL_FROM")


def bounce_host() -> str:
    """Where mail that does not arrive comes back to: the target of the agencies' return paths."""
    return settings.SUBLET.text("SUBLET_BOUNCE_HOST") or neutral_address().rpartition("@")[2].lower()


def server_owner(account: Account) -> Account:
    """Whose mail server serves the account: a client's is its reseller's."""
    return account.parent if account.kind == CLIENT and account.parent is not None else account


class Known:
    """What is asked about many mails, read once. Whoever keeps one for longer than some seconds sends by what is past."""

    def __init__(self) -> None:
        self._senders: dict[int, dict[str, Sender]] = {}
        self._servers: dict[int, MailServer | None] = {}
        self._keys: dict[int, tuple[DkimKey, ...]] = {}

    def read(self, accounts: Sequence[Account]) -> None:
        """Read what the mails of these accounts need, but for keys; two statements at the most."""
        donors = {each.id for account in accounts for each in donors_of(account_chain(account))} - set(self._senders)
        if donors:
            self._senders |= {account_id: {} for account_id in donors}
            # unscoped: senders are inherited from accounts above, outside the reader's scope
            for row in Sender.unscoped.filter(account_id__in=donors).select_related("domain"):
                self._senders[row.account_id][row.identity] = row
        owners = {owner.id for owner in map(server_owner, accounts) if owner.kind != VENDOR} - set(self._servers)
        if owners:
            self._servers |= dict.fromkeys(owners)
            # unscoped: a client's mail leaves by its reseller's server
            self._servers |= {row.account_id: row for row in MailServer.unscoped.filter(account_id__in=owners)}

    def senders_of(self, donors: Sequence[Account], identity: str) -> dict[int, Sender]:
        """What each of them has set of that identity, by account."""
        missing = [each.id for each in donors if each.id not in self._senders]
        if missing:
            # unscoped: as above
            found = Sender.unscoped.filter(account_id__in=missing, identity=identity).select_related("domain")
            return {row.account_id: row for row in found}
        rows = {each.id: self._senders[each.id].get(identity) for each in donors}
        return {account_id: row for account_id, row in rows.items() if row is not None}

    def server_of(self, owner: Account) -> MailServer | None:
        """The server of its own that serves the account's mail."""
        if owner.id in self._servers:
            return self._servers[owner.id]
        # unscoped: as above
        return MailServer.unscoped.filter(account=owner).first()

    def keys_of(self, domain: SenderDomain) -> tuple[DkimKey, ...]:
        """What signs for the domain, RSA first."""
        if domain.id not in self._keys:
            # unscoped: as above
            found = DkimKey.unscoped.filter(domain=domain, state=DkimKey.State.ACTIVE).order_by("-algorithm")
            self._keys[domain.id] = tuple(found)
        return self._keys[domain.id]


def way_of(account: Account, known: Known | None = None) -> Way:
    """How the account's mail leaves now."""
    owner = server_owner(account)
    if owner.kind == VENDOR:
        return Way(PLATFORM)  # the vendor's server is the installation's
    row = (known or Known()).server_of(owner)
    return Way(PLATFORM) if row is None else Way(row.kind, row)


def need_of(domain: SenderDomain, way: Way, keys: Sequence[DkimKey]) -> Need:
    """What DNS must say before mail leaves in the domain's name that way."""
    row = way.row
    public = tuple(PublicKey(key.selector, key.public, key.algorithm) for key in keys)
    if way.kind == PROVIDER and row is not None:
        path = f"{row.return_path}.{domain.domain}" if row.return_path else domain.domain
        return Need(domain.domain, PROVIDER, selectors=tuple(row.selectors.split()), path=path)
    return Need(domain.domain, way.kind, public, target=bounce_host(), spf=row.spf if row is not None else "")


def resolve(
    account: Account,
    identity: str,
    language: str,
    *,
    name: str,
    reply_to: str,
    with_keys: bool = True,
    secret: bool = False,
    known: Known | None = None,
) -> Leaving:
    """How a mail of that identity leaves for the account. `name` and `reply_to` are the brand's, where no sender sets any.

    A `secret` one never leaves by a server of somebody else's: whoever runs it would read the link that lets its reader in.
    """
    chain = account_chain(account)
    donors = donors_of(chain)
    known = known or Known()
    rows = known.senders_of(donors, identity)
    origins: dict[str, str] = {}
    values = {"name": name, "reply_to": reply_to}
    for field in values:
        for donor in donors:
            row = rows.get(donor.id)
            if row is not None and getattr(row, field):
                values[field] = getattr(row, field)
                if donor.id != account.id:
                    origins[field] = donor.name
                break
    chosen = next((rows[each.id] for each in donors if each.id in rows and _may_use(rows[each.id], donors)), None)
    if chosen is not None and chosen.account_id != account.id:
        origins["address"] = next(each.name for each in donors if each.id == chosen.account_id)
    # A domain that is proved for another server only is none here, as after any change of the server.
    way = Way(PLATFORM) if secret else way_of(account, known)
    return _leaving(values, chosen, way, language, tuple(sorted(origins.items())), known if with_keys else None)


def _may_use(row: Sender, donors: Sequence[Account]) -> bool:
    """Whether its domain is one of those whose accounts it inherits from: a client that was moved keeps no other's."""
    return row.domain is not None and row.domain.account_id in {each.id for each in donors}


def _leaving(
    values: dict[str, str],
    chosen: Sender | None,
    way: Way,
    language: str,
    origins: tuple[tuple[str, str], ...],
    known: Known | None,
) -> Leaving:
    """`known` has the keys, None where nothing is signed."""
    domain = chosen.domain if chosen is not None else None
    neutral = neutral_address()
    base = Leaving(values["name"], neutral, values["reply_to"], "", Way(PLATFORM), origins=origins)
    if chosen is None or domain is None:
        return base
    address = f"{mailbox(chosen, language)}@{domain.domain}"
    if domain.state != SenderDomain.State.PROVED or domain.proved_for != way.mark:
        return Leaving(base.name, neutral, base.reply_to, "", Way(PLATFORM), wanted=address, origins=origins)
    keys: tuple[DkimKey, ...] = ()
    if known is not None and way.kind != PROVIDER:
        keys = known.keys_of(domain)
    need = need_of(domain, way, keys)
    return Leaving(
        name=base.name,
        address=address,
        reply_to=base.reply_to,
        return_host=need.return_path,
        way=way,
        domain=domain.domain,
        keys=keys,
        origins=origins,
    )


def mailbox(row: Sender, language: str) -> str:
    """What stands before the @ in that language."""
    return row.mailboxes.get(language) or row.mailboxes.get("") or FALLBACK_MAILBOX


def next_check(domain: SenderDomain, at: datetime, *, proved: bool) -> datetime:
    """When the domain is looked at again: often while somebody is entering records, daily once it stands."""
    if proved:
        return at + timedelta(days=1)
    young = at - max(domain.created_at, domain.lost_at or domain.created_at) < timedelta(days=2)
    return at + (timedelta(minutes=5) if young else timedelta(hours=12))
