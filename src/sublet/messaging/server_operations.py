"""By which server mail in an account's own name leaves: one of its own, or a provider's (``brand:manage``)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.hosts import normalize_host
from sublet.core.networks import read_address
from sublet.core.rights import CLIENT, VENDOR
from sublet.core.senders import PROVIDER, SMTP
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs import enqueue
from sublet.foundation.journal.operations import record
from sublet.foundation.outbound import allows_literally
from sublet.foundation.secretbox import seal
from sublet.messaging.events import MailServerChanged, MailServerRemoved
from sublet.messaging.gateway import MAIL_PORTS, NotReached, SmtpGateway, TryLater
from sublet.messaging.hooks import new_salt
from sublet.messaging.models import MailServer, SenderDomain
from sublet.messaging.providers import PROVIDERS
from sublet.messaging.sender_operations import look_at
from sublet.messaging.server_notes import label_of, note_failing, note_working
from sublet.messaging.ways import gateway_of

TLS = ("starttls", "tls")
_WORDS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_:/")


class CannotSetMailServer(Refusal):
    """A mail server stays as it is."""

    SENTENCES: ClassVar = {
        "kind": _("Choose a server of your own or a provider."),
        "host": _("This is not the name of a mail server, such as smtp.agency.example."),
        "port": _("Mail servers take mail at the ports 25, 465, 587, 2465, 2525 and 2587 only."),
        "tls": _("Choose how the connection is encrypted; your password is never sent in the open."),
        "user": _("A user name has at most 254 characters, on one line."),
        "secret-missing": _("Enter the password or key."),
        "secret-long": _("A password or key has at most 500 characters, on one line."),
        "provider": _("Choose one of the providers."),
        "spf": _("Write it as your provider names it, such as include:spf.agency.example."),
        "selectors": _("Write the names of the keys as your provider gave them, with blanks between, such as pm s1."),
        "return-path": _("Write the label of the return path only, such as pm-bounces."),
        "of-reseller": _("A client’s mail leaves by its reseller’s server."),
        "changed-meanwhile": _("Somebody else has changed this meanwhile. Look at it anew."),
    }


def set_mail_server(
    *,
    account_ref: str,
    kind: str,
    host: str = "",
    port: int = 587,
    tls: str = "starttls",
    user: str = "",
    secret: str = "",
    spf: str = "",
    provider: str = "",
    hook_secret: str = "",
    selectors: str = "",
    return_path: str = "",
    version: int | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """Let mail in the account's own name leave by this server from now on; a job tries it at once.

    An empty `secret` or `hook_secret` keeps the one that is there, as long as host and user (or the provider) stay: nobody
    can have a password sent to another server. Domains must be proved anew. Raises CannotSetMailServer, NotFound, Forbidden.
    """
    actor.require("brand:manage")
    with transaction.atomic():
        account = _account(account_ref)
        values = (
            _smtp(host, port, tls, user, spf) if kind == SMTP else _provider(kind, provider, selectors, return_path)
        )
        for field, text in (("secret", secret), ("hook_secret", hook_secret)):
            if len(text) > 500 or not text.isprintable():
                raise CannotSetMailServer("secret-long", field=field)
        row = MailServer.objects.filter(account=account).first()
        if row is not None and version is not None and version != row.version:
            raise CannotSetMailServer("changed-meanwhile")
        same = row is not None and all(
            getattr(row, field) == values[field] for field in ("kind", "host", "port", "user", "provider")
        )
        row = row or MailServer(account=account, hook_salt=new_salt())
        if not secret and not (same and row.secret_box) and (kind == PROVIDER or values["user"]):
            raise CannotSetMailServer("secret-missing", field="secret")
        row.secret_box = seal(secret) if secret else row.secret_box if same else ""
        row.hook_box = seal(hook_secret) if hook_secret else row.hook_box if same else ""
        for field, value in values.items():
            setattr(row, field, value)
        row.state, row.why, row.answer, row.checked_at = MailServer.State.NEW, "", "", None
        row.version += 1
        row.save()
        record(
            MailServerChanged(server=label_of(row)),
            account_id=account.id,
            parent_id=account.parent_id,
            actor=actor,
            at=at,
        )
        enqueue(
            "messaging.check_mail_server", account_id=account.id, actor=actor, at=at,
            payload={"version": row.version}, key=f"mail-server:{row.version}",
        )  # fmt: skip
        _look_anew(account, actor=actor, at=at)


def remove_mail_server(*, account_ref: str, actor: Actor, at: datetime) -> None:
    """Let mail leave by the installation's server again. Raises NotFound, Forbidden."""
    actor.require("brand:manage")
    with transaction.atomic():
        account = _account(account_ref)
        row = MailServer.objects.filter(account=account).first()
        if row is None:
            raise NotFound
        label = label_of(row)
        row.delete()
        record(MailServerRemoved(server=label), account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)
        _look_anew(account, actor=actor, at=at)


def try_mail_server(*, account_id: int, version: int, actor: Actor, at: datetime) -> None:
    """Connect and log in, outside any transaction, and write down what came of it.

    A provider is tried by the first mail: asking for less tells nothing.
    """
    # unscoped: the job acts for the account whose server it is
    row = MailServer.unscoped.filter(account_id=account_id, version=version).first()
    if row is None:
        return
    try:
        gate = gateway_of(row, row.host)
        if not isinstance(gate, SmtpGateway):
            return
        gate.greet()
    except NotReached as fault:
        note_failing(row, why=fault.why, answer=str(fault), actor=actor, at=at)
    except TryLater as fault:
        # Its password cannot be opened here: the server is not at fault, and no page may say for ever that it is being tried.
        values = {"state": MailServer.State.FAILS, "answer": str(fault)[:300], "checked_at": at}
        MailServer.unscoped.filter(id=row.id, version=version).update(**values)  # unscoped: as above
    else:
        note_working(row, actor=actor, at=at)


def _account(ref: str) -> Account:
    account = Account.objects.select_for_update(of=("self",)).filter(ref=ref).first()
    if account is None or account.kind == VENDOR:
        raise NotFound
    if account.kind == CLIENT:
        raise CannotSetMailServer("of-reseller")
    return account


def _look_anew(account: Account, *, actor: Actor, at: datetime) -> None:
    """The account's domains and its clients' are looked up for the new way out; until then they do not count."""
    for domain in SenderDomain.objects.filter(account=account).select_related("account"):
        look_at(domain, actor=actor, at=at)
    # unscoped: clients of a confined member of staff, too; the schedule looks at them
    SenderDomain.unscoped.filter(account__parent=account).update(next_check_at=at)


def _smtp(host: str, port: int, tls: str, user: str, spf: str) -> dict[str, object]:
    typed = host.strip()
    name = typed if read_address(typed) is not None else normalize_host(typed)
    if name is None or not typed.isprintable() or not ("." in name or ":" in name):
        raise CannotSetMailServer("host", field="host")
    if port not in MAIL_PORTS and not allows_literally(name):
        raise CannotSetMailServer("port", field="port")
    if tls not in TLS and not allows_literally(name):
        raise CannotSetMailServer("tls", field="tls")
    if len(user) > 254 or not user.isprintable():
        raise CannotSetMailServer("user", field="user")
    mechanism = spf.strip().lower() or f"a:{name}"
    if len(mechanism) > 200 or set(mechanism.replace(" ", "")) - _WORDS or "all" in mechanism.split():
        raise CannotSetMailServer("spf", field="spf")
    return {
        "kind": SMTP, "host": name, "port": port, "tls": tls, "user": user, "spf": mechanism,
        "provider": "", "selectors": "", "return_path": "",
    }  # fmt: skip


def _provider(kind: str, provider: str, selectors: str, return_path: str) -> dict[str, object]:
    if kind != PROVIDER:
        raise CannotSetMailServer("kind", field="kind")
    if provider not in PROVIDERS:
        raise CannotSetMailServer("provider", field="provider")
    names = selectors.lower().replace(",", " ").split()
    short = [name.partition("._domainkey")[0] for name in names]
    if not short or any(set(name) - _WORDS or len(name) > 63 for name in short) or len(" ".join(short)) > 200:
        raise CannotSetMailServer("selectors", field="selectors")
    label = return_path.strip().lower()
    if label and (len(label) > 63 or set(label) - set("abcdefghijklmnopqrstuvwxyz0123456789-")):
        raise CannotSetMailServer("return-path", field="return_path")
    return {
        "kind": PROVIDER, "provider": provider, "selectors": " ".join(short), "return_path": label,
        "host": "", "port": 0, "tls": "", "user": "", "spf": "",
    }  # fmt: skip
