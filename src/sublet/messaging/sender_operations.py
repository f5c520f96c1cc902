"""Setting senders, their domains and keys, and the server by which they leave (``brand:manage``)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.domains import not_before
from sublet.core.hosts import normalize_host
from sublet.core.senders import IDENTITIES, RSA, clean_mailbox
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs import enqueue
from sublet.foundation.journal.events import Event
from sublet.foundation.journal.operations import record
from sublet.foundation.refs import looks_like_ref, new_ref
from sublet.foundation.secretbox import seal
from sublet.messaging.events import (
    SenderChanged,
    SenderDomainAdded,
    SenderDomainRemoved,
    SenderKeyMade,
)
from sublet.messaging.models import DkimKey, Sender, SenderDomain
from sublet.messaging.operations import queue_mail
from sublet.messaging.rendering import header_text
from sublet.messaging.senders import neutral_address
from sublet.messaging.signing import NewKey, make_keys

LONGEST_NAME = 80
LONGEST_ADDRESS = 254
MOST_DOMAINS = 20
FIELDS = ("name", "domain", "mailboxes", "reply_to")


class CannotSetSender(Refusal):
    """A sender stays as it is."""

    SENTENCES: ClassVar = {
        "name-long": _("A name has at most %(most)s characters."),
        "mailbox": _("“%(mailbox)s” cannot stand before the @. Use letters, digits, dots and hyphens."),
        "language": _("There is no language %(language)s here."),
        "domain": _("Choose one of the sender domains of this account or of the one above it."),
        "mailbox-without-domain": _("A mailbox needs a domain. Choose one, or leave the mailbox empty."),
        "reply-to": _("This is not an e-mail address."),
        "changed-meanwhile": _("Somebody else has changed this meanwhile. Look at it anew."),
    }


class CannotAddSenderDomain(Refusal):
    """A domain does not become a sender's."""

    SENTENCES: ClassVar = {
        "form": _("This is not a domain such as agency.example."),
        "ours": _("This domain belongs to the installation. Use one of your own."),
        "already": _("This account has that domain already."),
        "too-many": _("An account has at most %(most)s sender domains. Remove one first."),
        "rotating": _("A new key is waiting for its record already."),
        "no-key": _("The provider signs with keys of its own: there is none to change here."),
    }


def _account(ref: str, actor: Actor) -> Account:
    actor.require("brand:manage")
    account = Account.objects.select_for_update(of=("self",)).select_related("parent").filter(ref=ref).first()
    if account is None:
        raise NotFound
    return account


def _tell(account: Account, event: Event, *, actor: Actor, at: datetime) -> None:
    record(event, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)


def change_sender(
    *,
    account_ref: str,
    identity: str,
    changes: Mapping[str, str | Mapping[str, str]],
    version: int | None = None,
    actor: Actor,
    at: datetime,
) -> int:
    """Set fields of one identity; an empty value goes back to what is inherited. Returns the new version.

    `changes`: ``name``, ``domain`` (reference of a sender domain), ``mailboxes`` (language to mailbox, ``""`` for the
    others), ``reply_to``. Raises CannotSetSender, NotFound, Forbidden.
    """
    with transaction.atomic():
        account = _account(account_ref, actor)  # first: of another's account nothing is said, not even what is wrong
        if identity not in IDENTITIES:
            raise NotFound
        wanted = {field: _clean(field, value) for field, value in changes.items() if field in FIELDS}
        row = Sender.objects.filter(account=account, identity=identity).select_related("domain").first()
        row = row or Sender(account=account, identity=identity)
        if "domain" in wanted:
            wanted["domain"] = _domain_for(account, str(wanted["domain"]))
        changed = [field for field, value in wanted.items() if getattr(row, field) != value]
        if not changed:
            return row.version
        if version is not None and version != row.version:
            raise CannotSetSender("changed-meanwhile")
        for field in changed:
            setattr(row, field, wanted[field])
        if row.domain is None and row.mailboxes:
            raise CannotSetSender("mailbox-without-domain", field="domain")
        row.version += 1
        row.save()
        told = SenderChanged(account=account.name, identity=identity, fields=", ".join(changed))
        _tell(account, told, actor=actor, at=at)
        return row.version


def _clean(field: str, value: str | Mapping[str, str]) -> object:
    if field == "mailboxes":
        return _mailboxes(value if isinstance(value, Mapping) else {"": value})
    text = str(value)
    if field == "name":
        name = header_text(text, LONGEST_NAME + 1)
        if len(name) > LONGEST_NAME:
            raise CannotSetSender("name-long", field="name", most=LONGEST_NAME)
        return name
    if field == "reply_to":
        return _address(text)
    return text


def _mailboxes(value: Mapping[str, str]) -> dict[str, str]:
    known = {"", *dict(settings.LANGUAGES)}
    found: dict[str, str] = {}
    for language, text in value.items():
        if language not in known:
            raise CannotSetSender("language", field="mailboxes", language=header_text(language, 10))
        if not text.strip():
            continue
        mailbox = clean_mailbox(text)
        if mailbox is None:
            where = f"mailbox_{language}" if language else "mailbox"
            raise CannotSetSender("mailbox", field=where, mailbox=header_text(text, 40))
        found[language] = mailbox
    return found


def _address(text: str) -> str:
    """A plain address, its domain in A-labels; empty stays empty."""
    typed = text.strip()
    if not typed:
        return ""
    mailbox, at, host = typed.rpartition("@")
    domain = normalize_host(host) if at and "/" not in host and ":" not in host else None
    clean = clean_mailbox(mailbox)
    if clean is None or domain is None or "." not in domain or len(typed) > LONGEST_ADDRESS:
        raise CannotSetSender("reply-to", field="reply_to")
    return f"{mailbox}@{domain}"


def _domain_for(account: Account, ref: str) -> SenderDomain | None:
    if not ref:
        return None
    row = None
    if looks_like_ref(ref, "sdom"):
        owners = [account.id, account.parent_id] if account.kind == "client" else [account.id]
        # unscoped: a client may be written for in the name of its reseller's domain
        # Locked: it may be being removed at this moment.
        found = SenderDomain.unscoped.select_for_update(of=("self",)).filter(ref=ref, account_id__in=owners)
        row = found.first()
    if row is None:
        raise CannotSetSender("domain", field="domain")
    return row


def add_sender_domain(*, account_ref: str, domain: str, actor: Actor, at: datetime) -> str:
    """Note a domain with keys of its own, and begin to look for its records; returns its reference.

    Raises CannotAddSenderDomain, NotFound, Forbidden.
    """
    actor.require("brand:manage")
    name = _name(domain)
    keys = make_keys()  # before anything is locked: it takes a while
    with transaction.atomic():
        account = _account(account_ref, actor)
        mine = SenderDomain.objects.filter(account=account)
        if mine.filter(domain=name).exists():
            raise CannotAddSenderDomain("already", field="domain")
        if mine.count() >= MOST_DOMAINS:
            raise CannotAddSenderDomain("too-many", field="domain", most=MOST_DOMAINS)
        row = SenderDomain(account=account, domain=name, created_at=at, next_check_at=at)
        row.save(force_insert=True)
        for key in keys:
            _keep(row, key, at=at)
        _tell(account, SenderDomainAdded(domain=name), actor=actor, at=at)
        look_at(row, actor=actor, at=at)
        return row.ref


def _name(typed: str) -> str:
    text = typed.strip()
    name = normalize_host(text.removeprefix("@")) if text.isprintable() else None
    if name is None or "." not in name or name.replace(".", "").isdigit():
        raise CannotAddSenderDomain("form", field="domain")
    ours = (settings.HOST_SUFFIX, settings.VENDOR_HOST, neutral_address().rpartition("@")[2].lower())
    if any(name == each or name.endswith("." + each) for each in ours if each):
        raise CannotAddSenderDomain("ours", field="domain")
    return name


def _keep(row: SenderDomain, key: NewKey, *, at: datetime) -> None:
    DkimKey(
        account_id=row.account_id,
        domain=row,
        selector=key.selector,
        algorithm=key.algorithm,
        public=key.public,
        private_box=seal(key.private),
        created_at=at,
    ).save(force_insert=True)


def look_at(row: SenderDomain, *, actor: Actor, at: datetime, by_itself: bool = False) -> None:
    """Have the domain's records looked up by a job, in the caller's transaction.

    A look that is under way has perhaps asked before a record was set: unless this one comes `by_itself`, the other sees
    that it was asked for meanwhile, and another one follows it.
    """
    if not by_itself:
        row.check_asked_at = at
        row.save(update_fields=["check_asked_at"])
    put_look(row, actor=actor, at=at)


def put_look(row: SenderDomain, *, actor: Actor, at: datetime, again: bool = False) -> None:
    """One waiting look for a domain is enough. `again`: by the one that is under way, which is to be followed by another."""
    enqueue(
        "messaging.check_sender_domain",
        account_id=row.account_id,
        actor=actor,
        at=at,
        payload={"domain_ref": row.ref},
        key=row.ref + (":again" if again else ""),
        run_at=not_before(at if again else row.checked_at, at),
    )


def _domain(ref: str, actor: Actor) -> SenderDomain:
    actor.require("brand:manage")
    row = None
    if looks_like_ref(ref, "sdom"):
        found = SenderDomain.objects.select_for_update(of=("self",)).select_related("account")
        row = found.filter(ref=ref).first()
    if row is None:
        raise NotFound
    return row


def check_sender_domain(*, ref: str, actor: Actor, at: datetime) -> None:
    """Have the records of a domain looked up now. Raises NotFound, Forbidden. Leaves no entry: it changes nothing."""
    with transaction.atomic():
        look_at(_domain(ref, actor), actor=actor, at=at)


def remove_sender_domain(*, ref: str, actor: Actor, at: datetime) -> None:
    """Take a domain away with its keys; whoever wrote in its name writes from the neutral address. Raises NotFound, Forbidden."""
    with transaction.atomic():
        row = _domain(ref, actor)
        # unscoped: clients of a reseller may be written for in the name of its domain
        Sender.unscoped.filter(domain=row).update(domain=None, mailboxes={})
        DkimKey.objects.filter(domain=row).delete()
        _tell(row.account, SenderDomainRemoved(domain=row.domain), actor=actor, at=at)
        row.delete()


def rotate_dkim_key(*, ref: str, actor: Actor, at: datetime) -> None:
    """Make new keys for a domain: each signs as soon as its record is seen; until then the one before does.

    One of Ed25519 that nobody has entered yet goes on waiting: it never signed.

    Raises CannotAddSenderDomain("rotating"), NotFound, Forbidden.
    """
    actor.require("brand:manage")
    keys = make_keys()
    with transaction.atomic():
        row = _domain(ref, actor)
        found = DkimKey.objects.filter(domain=row, state=DkimKey.State.WAITING)
        waiting = set(found.values_list("algorithm", flat=True))
        if RSA in waiting:
            raise CannotAddSenderDomain("rotating")
        made = [key for key in keys if key.algorithm not in waiting]
        for key in made:
            _keep(row, key, at=at)
        _tell(row.account, SenderKeyMade(domain=row.domain, selector=made[0].selector), actor=actor, at=at)
        look_at(row, actor=actor, at=at)


def send_test_mail(
    *, account_ref: str, identity: str, to_email: str, language: str, actor: Actor, at: datetime
) -> None:
    """Write a test mail of that identity to the actor's own address (the caller knows it). Raises NotFound, Forbidden.

    The journal tells of mails that did not arrive; a test that did changes nothing.
    """
    actor.require_in_person()
    with transaction.atomic():
        account = _account(account_ref, actor)
        if identity not in IDENTITIES:
            raise NotFound
        queue_mail(
            template="sender-test",
            account_id=account.id,
            to_email=to_email,
            to_name=actor.name,
            language=language,
            context={"person": actor.name},
            key=f"{test_key(account.ref, identity, actor)}{new_ref('t')}",
            actor=actor,
            at=at,
            identity=identity,
        )


def test_key(account_ref: str, identity: str, actor: Actor) -> str:
    """How the keys of the actor's test mails begin."""
    return f"sender-test:{account_ref}:{identity}:{actor.user_id}:"
