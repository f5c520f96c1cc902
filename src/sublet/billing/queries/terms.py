"""How accounts are billed, and who pays for what, as it holds at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from sublet.accounts.models import Account
from sublet.billing.models import BillingTerms
from sublet.billing.models.books import RETAIL, WHOLESALE
from sublet.billing.models.terms import NOBODY, starting_terms
from sublet.clientsettings.models import AgreedTerm
from sublet.core.clientsettings import CLIENT_PAYS, RESELLER_PAYS
from sublet.core.rights import VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import looks_like_ref

#: (who has the claim, who owes)
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Dated:
    """Values of one thing by the instant from which they hold."""

    steps: tuple[tuple[datetime, str], ...] = ()

    def at(self, moment: datetime, otherwise: str) -> str:
        found = otherwise
        for since, value in self.steps:
            if since <= moment:
                found = value
        return found


@dataclass(frozen=True, slots=True)
class TermsOver:
    """How one account is billed over time: `own` was said of it, `common` of all of whom nothing else is, each in its order."""

    own: tuple[BillingTerms, ...]
    common: tuple[BillingTerms, ...]
    otherwise: BillingTerms

    def at(self, moment: datetime) -> BillingTerms:
        """What holds at that moment."""
        for said in (self.own, self.common):
            held = [row for row in said if row.since <= moment]
            if held:
                return held[-1]
        return self.otherwise


def terms_over(pairs: Iterable[Pair], *, vendor: int, until: datetime) -> dict[Pair, TermsOver]:
    """What holds for each pair at every moment up to `until`. One statement."""
    wanted = set(pairs)
    owners = {owner for owner, _debtor in wanted}
    debtors = {debtor for _owner, debtor in wanted}
    said: dict[tuple[int, int | None], list[BillingTerms]] = {}
    rows = BillingTerms.objects.filter(account_id__in=owners, dropped_at__isnull=True, since__lte=until)
    for row in rows.filter(Q(client__isnull=True) | Q(client_id__in=debtors)).order_by("since", "id"):
        said.setdefault((row.account_id, row.client_id), []).append(row)
    return {
        (owner, debtor): TermsOver(
            tuple(said.get((owner, debtor), ())),
            tuple(said.get((owner, None), ())),
            starting_terms(WHOLESALE if owner == vendor else RETAIL),
        )
        for owner, debtor in wanted
    }


def terms_of(pairs: Iterable[Pair], *, vendor: int, at: datetime) -> dict[Pair, BillingTerms]:
    """What holds for each pair at `at`. One statement."""
    return {pair: over.at(at) for pair, over in terms_over(pairs, vendor=vendor, until=at).items()}


def payers_of(client_ids: Iterable[int]) -> Mapping[tuple[int, int, str], Dated]:
    """(reseller, client, kind) → who pays, by instant. One statement."""
    found: dict[tuple[int, int, str], list[tuple[datetime, str]]] = {}
    # unscoped: rows of resellers about clients of the caller's scope, read while their charges are made
    rows = AgreedTerm.unscoped.filter(
        client_id__in=list(client_ids), field__startswith="payer.", dropped_at__isnull=True
    )
    for account_id, client_id, field, value, since in rows.order_by("since", "id").values_list(
        "account_id", "client_id", "field", "value", "since"
    ):
        found.setdefault((account_id, client_id, field.removeprefix("payer.")), []).append((since, _payer(value)))
    return {key: Dated(tuple(steps)) for key, steps in found.items()}


def _payer(value: object) -> str:
    stored = value.get("is") if isinstance(value, dict) else value
    return CLIENT_PAYS if stored == CLIENT_PAYS else RESELLER_PAYS


def is_billed(terms: BillingTerms, payer: str) -> bool:
    """Whether a charge of the retail book comes on an invoice of ours: its client pays it, and somebody here collects."""
    return payer == CLIENT_PAYS and terms.collected_by != NOBODY


@dataclass(frozen=True, slots=True)
class TermsTold:
    """How one account is billed in the actor's book: `own` where that was said of it, `coming` what is decided for later."""

    ref: str
    name: str
    terms: BillingTerms
    own: bool
    coming: BillingTerms | None


def terms_of_account(actor: Actor, ref: str, *, at: datetime) -> TermsTold:
    """How an account directly below is billed (``billing:view``). Raises Forbidden, NotFound."""
    actor.require("billing:view")
    account = Account.objects.filter(ref=ref).first() if looks_like_ref(ref, "acc") else None
    if account is None or account.parent_id != actor.account_id or not actor.reaches(account.id):
        raise NotFound
    rows = BillingTerms.objects.filter(account_id=actor.account_id, client=account, dropped_at__isnull=True)
    present = rows.filter(since__lte=at).order_by("-since", "-id").first()
    coming = rows.filter(since__gt=at).order_by("since", "id").first()
    return TermsTold(account.ref, account.name, present or own_terms(actor, at=at), present is not None, coming)


def own_terms(actor: Actor, *, at: datetime) -> BillingTerms:
    """What holds in the actor's own book for all of whom nothing else is said. Raises Forbidden."""
    actor.require("billing:view")
    rows = BillingTerms.objects.filter(account_id=actor.account_id, client__isnull=True, dropped_at__isnull=True)
    found: BillingTerms | None = rows.filter(since__lte=at).order_by("-since", "-id").first()
    return found or starting_terms(WHOLESALE if actor.account_kind == VENDOR else RETAIL)
