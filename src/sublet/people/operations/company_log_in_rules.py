"""Setting up the company log-in of an account."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.branding.operations.generation import note_changed_account
from sublet.core.company_log_in import SECOND_FACTOR
from sublet.core.hosts import normalize_host
from sublet.core.matrix import CLIENT, FLOOR, SECTIONS
from sublet.foundation.actor import Actor
from sublet.foundation.errors import CannotWhileImpersonating, NotFound, Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.secretbox import seal
from sublet.people.events import CompanyLogInChanged, CompanyLogInRemoved
from sublet.people.identity_providers import CannotUseProvider, discover, refuse_issuer
from sublet.people.models import CompanyIdentity, CompanyLogIn, new_stamp
from sublet.people.operations.impersonation import end_impersonations_by_staff
from sublet.people.operations.throttle import HOUR, Limit, count_attempt

MOST_DOMAINS = 20
_CLIENT_ID = re.compile(r"[\x21-\x7e]{1,255}\Z")
EXAMINED = Limit("company-log-in:examined", 60, HOUR)


class CannotSetCompanyLogIn(Refusal):
    """A company log-in that is not set up so."""

    SENTENCES: ClassVar = {
        "client": _("Enter the client ID that your provider has given out, without spaces."),
        "secret": _("This secret is too long."),
        "domains": _("Enter domains such as example.com, at most %(most)s, without the part before the @."),
        "second-factor": _("This is none of the choices."),
        "nobody": _(
            "Nobody has come in by the company log-in yet. Switch it on, log in by it once, and then close the other ways."
        ),
        "off": _("The company log-in is off: then it cannot be the only way."),
        "everything": _("Only the owner sets this up, or somebody who may change everything here."),
    }
    status = 422


@dataclass(frozen=True, slots=True)
class WantedCompanyLogIn:
    """How it is to be. `client_secret` None: as it is; empty: none, for a provider that trusts PKCE alone."""

    issuer: str
    client_id: str
    client_secret: str | None = None
    domains: Sequence[str] = ()
    second_factor: str = "never"
    on: bool = False
    only: bool = False


def examine_provider(*, issuer: str, actor: Actor, at: datetime) -> dict[str, object]:
    """What a provider says of itself, without setting anything. Raises Forbidden, CannotUseProvider, CannotTryAgainYet.

    Speaks to the outside: not in a transaction.
    """
    actor.require("team:manage")
    count_attempt(EXAMINED, actor.account_ref, at=at)
    return discover(issuer.strip())


def may_set_up(actor: Actor) -> bool:
    """Whether the actor may say who vouches for the account's people: whoever does can come in as any of them who has linked
    its log-in, the owner included. So it takes all that the owner can give."""
    out_of_reach = FLOOR if actor.account_kind == CLIENT else frozenset()
    sections = [each for each in SECTIONS[actor.account_kind] if each not in out_of_reach]
    return actor.is_owner or all(actor.may(f"{each}:manage") for each in ("team", *sections))


def _require_set_up(actor: Actor) -> None:
    actor.require("team:manage")
    if actor.impersonator is not None:
        raise CannotWhileImpersonating("never")
    if not may_set_up(actor):
        raise CannotSetCompanyLogIn("everything")


def set_company_log_in(*, wanted: WantedCompanyLogIn, actor: Actor, at: datetime, ask: bool = True) -> bool:
    """Set up the company log-in of the actor's own account; returns whether anything changed.

    What opens by it holds from the next request of each person on. Another issuer or client, switching off, and counting
    it less as a second factor end what was opened by it before; another issuer also unlinks everybody. Before it is
    switched on, the provider is asked, unless `ask` is false: for callers inside a transaction, since this speaks to the
    outside.

    Raises Forbidden, CannotSetCompanyLogIn, CannotUseProvider, CannotTryAgainYet.
    """
    _require_set_up(actor)
    wanted = _checked(wanted)
    before = CompanyLogIn.objects.filter(account_id=actor.account_id).first()
    found = None
    if ask and wanted.on and (before is None or not before.is_on or before.issuer != wanted.issuer):
        count_attempt(EXAMINED, actor.account_ref, at=at)
        found = discover(wanted.issuer)
    with transaction.atomic():
        row = CompanyLogIn.objects.select_for_update().filter(account_id=actor.account_id).first()
        known = _facts(row) if row is not None else None
        was_only = row is not None and row.is_on and row.only
        row = row or CompanyLogIn(account_id=actor.account_id)
        stricter = SECOND_FACTOR.index(wanted.second_factor) < SECOND_FACTOR.index(row.second_factor)
        other = (row.issuer, row.client_id) != (wanted.issuer, wanted.client_id)
        if other or stricter or (row.is_on and not wanted.on):
            row.stamp = new_stamp()
        if row.issuer and row.issuer != wanted.issuer:
            CompanyIdentity.objects.filter(account_id=actor.account_id).delete()
            row.found, row.found_at, row.down_at = {}, None, None
        if wanted.only and not (row.is_on and row.only):
            _refuse_lock_out(actor.account_id, wanted)
        if wanted.client_secret is None and (row.issuer, row.client_id) != (wanted.issuer, wanted.client_id):
            row.client_secret = ""  # it was given for another provider, which must not be sent it
        row.issuer, row.client_id, row.domains = wanted.issuer, wanted.client_id, list(wanted.domains)
        row.second_factor, row.is_on, row.only = wanted.second_factor, wanted.on, wanted.only
        if wanted.client_secret is not None:
            row.client_secret = seal(wanted.client_secret) if wanted.client_secret else ""
        if found is not None:
            row.found, row.found_at, row.down_at = found, at, None
        if known == _facts(row):
            return False
        row.changed_at = at
        row.save()
        note_changed_account(
            account_id=actor.account_id, actor=actor, at=at
        )  # its log-in page shows whether there is one
        if known is not None and (known[-1] != row.stamp or (row.only and not was_only)):
            end_impersonations_by_staff(account_id=actor.account_id, at=at)
        record(
            CompanyLogInChanged(issuer=row.issuer, on=row.is_on, only=row.only, second_factor=row.second_factor),
            account_id=actor.account_id,
            actor=actor,
            at=at,
        )
    return True


def remove_company_log_in(*, actor: Actor, at: datetime) -> None:
    """Take it away, with every link. Whoever came in by it alone is out at the next click.

    Raises Forbidden, CannotSetCompanyLogIn, NotFound.
    """
    _require_set_up(actor)
    with transaction.atomic():
        row = CompanyLogIn.objects.select_for_update().filter(account_id=actor.account_id).first()
        if row is None:
            raise NotFound
        CompanyIdentity.objects.filter(account_id=actor.account_id).delete()
        end_impersonations_by_staff(account_id=actor.account_id, at=at)
        record(CompanyLogInRemoved(issuer=row.issuer), account_id=actor.account_id, actor=actor, at=at)
        row.delete()
        note_changed_account(account_id=actor.account_id, actor=actor, at=at)


def _facts(row: CompanyLogIn) -> tuple[object, ...]:
    return (
        row.issuer, row.client_id, row.client_secret, tuple(row.domains), row.second_factor, row.is_on, row.only, row.stamp,
    )  # fmt: skip


def _checked(wanted: WantedCompanyLogIn) -> WantedCompanyLogIn:
    issuer, client_id = wanted.issuer.strip(), wanted.client_id.strip()
    if refuse_issuer(issuer):
        raise CannotUseProvider("address", field="issuer")
    if not _CLIENT_ID.match(client_id):
        raise CannotSetCompanyLogIn("client", field="client_id")
    if wanted.client_secret is not None and len(wanted.client_secret) > 1000:
        raise CannotSetCompanyLogIn("secret", field="client_secret")
    domains = list(dict.fromkeys(normalize_host(each.strip().removeprefix("@")) for each in wanted.domains))
    if any(each is None or "." not in each for each in domains) or len(domains) > MOST_DOMAINS:
        raise CannotSetCompanyLogIn("domains", field="domains", most=MOST_DOMAINS)
    if wanted.second_factor not in SECOND_FACTOR:
        raise CannotSetCompanyLogIn("second-factor", field="second_factor")
    if wanted.only and not wanted.on:
        raise CannotSetCompanyLogIn("off", field="only")
    return WantedCompanyLogIn(
        issuer=issuer,
        client_id=client_id,
        client_secret=wanted.client_secret,
        domains=tuple(str(each) for each in domains),
        second_factor=wanted.second_factor,
        on=wanted.on,
        only=wanted.only,
    )


def _refuse_lock_out(account_id: int, wanted: WantedCompanyLogIn) -> None:
    """Closing the other ways before anybody has come in by this one would shut the whole team out with a typing error."""
    used = CompanyIdentity.objects.filter(account_id=account_id, issuer=wanted.issuer, last_used_at__isnull=False)
    if not used.exists():
        raise CannotSetCompanyLogIn("nobody", field="only")
