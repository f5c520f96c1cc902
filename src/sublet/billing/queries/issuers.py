"""Who sends an account's invoices, what an account says of itself on those that it gets, and what the register says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sublet.accounts.models import Account
from sublet.billing.models import Issuer, Recipient, VatCheck
from sublet.billing.queries.parties import clear_answers
from sublet.core.rights import RESELLER, VENDOR
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound

ISSUER_FIELDS: Final = (
    "legal_name", "street", "postal_code", "city", "region", "country", "register_number", "tax_regime", "vat_id", "tax_number",
    "exemption_note", "standard_rate", "currency", "rounding", "invoice_prefix", "credit_prefix", "payment_days",
    "account_holder", "iban", "bic", "contact_name", "email", "phone", "footer", "by_mail",
)  # fmt: skip
RECIPIENT_FIELDS: Final = (
    "kind", "legal_name", "street", "postal_code", "city", "region", "country", "vat_id", "tax_number", "email",
    "buyer_reference", "format",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class IssuerView:
    """Who sends the invoices. `issuer` is a row that is not stored when nobody has said yet: what is likely."""

    issuer: Issuer
    version: int

    @property
    def is_set(self) -> bool:
        return self.version > 0


@dataclass(frozen=True, slots=True)
class RecipientView:
    """A billing address, and what the register said last of its VAT id."""

    account: Account
    recipient: Recipient
    version: int
    check: VatCheck | None


def issuing_account(actor: Actor, level: str) -> None:
    """Raise NotFound for accounts that send no invoices, Forbidden without the right.

    Whoever reaches some of the clients only looks: where all of them pay to concerns the whole account.
    """
    if actor.account_kind not in (VENDOR, RESELLER):
        raise NotFound
    if level == "view":
        actor.require("billing:view")
    else:
        actor.require_for_all(f"billing:{level}")


def account_of(actor: Actor, ref: str, level: str) -> Account:
    """The actor's own account, or one directly below it. Raises NotFound, Forbidden."""
    account = Account.objects.filter(ref=ref).first()
    if account is None or account.kind == VENDOR:
        raise NotFound
    if account.id != actor.account_id and (account.parent_id != actor.account_id or not actor.reaches(account.id)):
        raise NotFound
    actor.require(f"billing:{level}")
    return account


def issuer_view(actor: Actor) -> IssuerView:
    """Who sends the actor's invoices (``billing:view``). Raises Forbidden, NotFound."""
    issuing_account(actor, "view")
    found = Issuer.objects.filter(account_id=actor.account_id).order_by("-version").first()
    if found is not None:
        return IssuerView(found, found.version)
    return IssuerView(likely_issuer(Account.objects.get(id=actor.account_id)), 0)


def likely_issuer(account: Account) -> Issuer:
    """What an account would say of itself as an issuer, as far as it is known. Never saved."""
    return Issuer(
        account_id=account.id, legal_name=account.name, street=account.street, postal_code=account.postal_code,
        city=account.city, country=account.country, currency=account.currency, email=account.email, phone=account.phone,
        contact_name=account.contact_name[:100],
    )  # fmt: skip


def recipient_view(actor: Actor, ref: str) -> RecipientView:
    """A billing address (``billing:view``): the actor's own or that of an account directly below. Raises Forbidden, NotFound.

    Without its e-mail address for whoever does not list people. Never saved.
    """
    account = account_of(actor, ref, "view")
    kept = Recipient.objects.filter(account_id=account.id).first()
    row = kept or recipient_or_usual(account)
    if not actor.lists_people_of(account.id):
        row.email = ""
    check = VatCheck.objects.filter(account_id=account.id, vat_id=row.vat_id).order_by("-asked_at", "-id").first()
    return RecipientView(account, row, kept.version if kept is not None else 0, check)


def recipient_or_usual(account: Account) -> Recipient:
    """What an account is called here, as a billing address that is not stored."""
    return Recipient(
        account_id=account.id, legal_name=account.name, street=account.street, postal_code=account.postal_code,
        city=account.city, country=account.country, email=account.email,
    )  # fmt: skip


def proved_at(account_id: int, vat_id: str, at: datetime) -> bool:
    """Whether the register's newest clear answer before `at` was yes."""
    rows = VatCheck.objects.filter(account_id=account_id, vat_id=vat_id)
    newest = clear_answers(rows, at=at).get((account_id, vat_id))
    return newest is not None and newest.state == VatCheck.State.VALID
