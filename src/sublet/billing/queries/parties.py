"""Who issues and who gets a document, as plain data to freeze, and how what is sold between them is taxed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import QuerySet

from sublet.accounts.models import Account
from sublet.billing.models import Issuer, Recipient, VatCheck
from sublet.billing.models.issuers import CLEAR
from sublet.core.tax import BUSINESS, OUTSIDE, TaxFacts, Treatment, treatment
from sublet.core.vatrates import RATES
from sublet.foundation.unscoped import past_scope

_SELLER: Final = (
    "ref", "version", "legal_name", "street", "postal_code", "city", "region", "country", "register_number", "vat_id",
    "tax_number", "tax_regime", "exemption_note", "rounding", "account_holder", "iban", "bic", "contact_name", "email",
    "phone", "footer",
)  # fmt: skip
_BUYER: Final = (
    "kind", "legal_name", "street", "postal_code", "city", "region", "country", "vat_id", "tax_number", "email",
    "buyer_reference", "format",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Buyer:
    """What is known of who gets documents: its own words, else its address here."""

    account: Account
    data: Mapping[str, Any]
    facts: TaxFacts


def issuers_of(account_ids: Iterable[int]) -> dict[int, Issuer]:
    """The newest version of each account's issuer. One statement."""
    # unscoped: who owes shows on its invoices who claims; whoever calls holds the book
    rows = Issuer.unscoped.filter(account_id__in=set(account_ids)).order_by("version")
    return {row.account_id: row for row in rows}


def buyers_of(account_ids: Iterable[int], *, at: datetime) -> dict[int, Buyer]:
    """Who those accounts are as buyers at `at`. Three statements."""
    ids = set(account_ids)
    with past_scope("who is billed says who it is; whoever calls holds the book"):
        accounts = {row.id: row for row in Account.unscoped.filter(id__in=ids)}  # unscoped: as above
        said = {row.account_id: row for row in Recipient.unscoped.filter(account_id__in=ids)}  # unscoped: as above
        proofs: dict[tuple[int, str], VatCheck] = {}
        if any(row.vat_id for row in said.values()):
            checks = VatCheck.unscoped.filter(account_id__in=ids)  # unscoped: as above
            proofs = clear_answers(checks, at=at)
    return {number: _buyer(accounts[number], said.get(number), proofs) for number in ids}


def clear_answers(checks: QuerySet[VatCheck], *, at: datetime) -> dict[tuple[int, str], VatCheck]:
    """(account, VAT id) → of those checks the newest that was answered with yes or no by `at`. One statement.

    A register that was silent has taken nothing back: the answer before stands.
    """
    clear = checks.filter(answered_at__lte=at, state__in=CLEAR).order_by("answered_at", "id")
    return {(row.account_id, row.vat_id): row for row in clear}


def _buyer(account: Account, said: Recipient | None, proofs: Mapping[tuple[int, str], VatCheck]) -> Buyer:
    if said is None:
        data = {
            "kind": BUSINESS, "legal_name": account.name, "street": account.street, "postal_code": account.postal_code,
            "city": account.city, "region": "", "country": account.country, "vat_id": "", "tax_number": "",
            "email": account.email, "buyer_reference": "", "format": "facturx",
        }  # fmt: skip
    else:
        data = {name: getattr(said, name) for name in _BUYER}
    proof = proofs.get((account.id, data["vat_id"]))
    data |= {
        "ref": account.ref,
        "language": account.language,
        "vat_check": proof.proof if proof is not None and proof.state == VatCheck.State.VALID else "",
    }
    proved = proof is not None and proof.state == VatCheck.State.VALID
    facts = TaxFacts(country=data["country"], kind=data["kind"], vat_id=data["vat_id"], vat_id_proved=proved)
    return Buyer(account, data, facts)


def seller_data(issuer: Issuer) -> dict[str, Any]:
    """The issuer as plain data."""
    return {name: getattr(issuer, name) for name in _SELLER}


def taxed_between(issuer: Issuer, buyer: Buyer) -> Treatment:
    """How what `issuer` sells to `buyer` is taxed. A buyer without a country is taxed as one at home."""
    facts = buyer.facts
    return _taxed(issuer, facts if facts.country else TaxFacts(country=issuer.country, kind=facts.kind))


def home_treatment(issuer: Issuer) -> Treatment:
    """How what it sells to somebody in its own country is taxed."""
    return _taxed(issuer, TaxFacts(country=issuer.country))


def _taxed(issuer: Issuer, buyer: TaxFacts) -> Treatment:
    if issuer.tax_regime == Issuer.Regime.NONE:
        return Treatment(OUTSIDE, Decimal(0), "not-subject")
    seller = TaxFacts(
        country=issuer.country,
        vat_id=issuer.vat_id,
        small_business=issuer.tax_regime == Issuer.Regime.SMALL_BUSINESS,
        one_stop=issuer.tax_regime == Issuer.Regime.ONE_STOP,
        rate=issuer.standard_rate if issuer.standard_rate is not None else RATES.get(issuer.country, Decimal(0)),
        rates=RATES,
    )
    return treatment(seller, buyer)
