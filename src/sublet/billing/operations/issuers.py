"""Who sends an account's invoices, and what an account says of itself on those that it gets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.billing.issuer_events import IssuerChanged, RecipientChanged
from sublet.billing.models import Issuer, Recipient
from sublet.billing.operations.vat_checks import ask_about
from sublet.billing.queries.issuers import (
    ISSUER_FIELDS,
    RECIPIENT_FIELDS,
    account_of,
    issuing_account,
    recipient_or_usual,
)
from sublet.core.manifest import CURRENCIES
from sublet.core.taxids import WrongNumber, read_bic, read_iban, read_vat_id
from sublet.core.vatrates import RATES
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.journal.operations import record

LONGEST_TERM: Final = 365
_PREFIX: Final = re.compile(r"[A-Za-z0-9/_.\-]*")


class CannotChangeIssuer(Refusal):
    """Why who sends the invoices stays as it is."""

    SENTENCES: ClassVar = {
        "missing": _("Please fill in this field."),
        "too-long": _("This is too long."),
        "wrong-country": _("Choose a country."),
        "wrong-vat-id": _("This cannot be a VAT ID: its form or its check digit is wrong."),
        "other-country": _("This VAT ID is of another country than the address."),
        "number-needed": _("Whoever charges VAT needs a VAT ID or a tax number."),
        "rate-needed": _("Say the rate of VAT: it is not known for this country."),
        "wrong-rate": _("A rate is between 0 and 99.99 percent."),
        "wrong-currency": _("Choose a currency."),
        "wrong-choice": _("Choose one of the possibilities."),
        "wrong-prefix": _("Letters, digits and - / _ . only, and no digit at the end: the number follows."),
        "wrong-days": _("Between 0 and 365 days."),
        "wrong-iban": _("This cannot be an IBAN: its form or its check digit is wrong."),
        "wrong-bic": _("This cannot be a BIC."),
        "wrong-email": _("This cannot be an e-mail address."),
        "changed-meanwhile": _("Somebody changed it in the meantime. Look at it again."),
    }


class CannotChangeRecipient(Refusal):
    """Why a billing address stays as it is."""

    SENTENCES: ClassVar = CannotChangeIssuer.SENTENCES


def change_issuer(*, changes: Mapping[str, Any], version: int, actor: Actor, at: datetime) -> Issuer:
    """Put the next version of who sends the actor's invoices in force (``billing:manage``), of vendors and resellers.

    `version`: the one that the actor began from, 0 for none. What `changes` does not name stays; nothing is written when all is
    so already. Issued documents keep theirs. Raises Forbidden, NotFound, CannotChangeIssuer.
    """
    issuing_account(actor, "manage")
    with transaction.atomic():
        account = Account.objects.select_for_update().get(id=actor.account_id)
        before = Issuer.objects.filter(account_id=account.id).order_by("-version").first()
        if (before.version if before is not None else 0) != version:
            raise CannotChangeIssuer("changed-meanwhile")
        base = {name: getattr(before or Issuer(), name) for name in ISSUER_FIELDS}
        wanted = _issuer_values(base | {name: value for name, value in changes.items() if name in ISSUER_FIELDS})
        fields = [name for name in ISSUER_FIELDS if wanted[name] != base[name]]
        if before is not None and not fields:
            return before
        issuer = Issuer(account_id=account.id, version=version + 1, made_at=at, made_by=actor.name[:200], **wanted)
        try:
            with transaction.atomic():
                issuer.save(force_insert=True)
        except IntegrityError:
            raise CannotChangeIssuer("changed-meanwhile") from None
        record(
            IssuerChanged(issuer=issuer.ref, version=issuer.version, fields=fields),
            account_id=account.id, parent_id=account.parent_id, actor=actor, at=at,
        )  # fmt: skip
    return issuer


def change_recipient(*, ref: str, changes: Mapping[str, Any], version: int, actor: Actor, at: datetime) -> Recipient:
    """Change what an account says of itself on invoices that it gets (``billing:manage``): the actor's own or one directly below.

    `version`: the one that the actor began from, 0 for none. A VAT id is looked up in the register afterwards, by a job.
    Raises Forbidden, NotFound, CannotChangeRecipient.
    """
    account_of(actor, ref, "manage")
    with transaction.atomic():
        account = Account.objects.select_for_update().get(ref=ref)
        kept = Recipient.objects.filter(account_id=account.id).first()
        if (kept.version if kept is not None else 0) != version:
            raise CannotChangeRecipient("changed-meanwhile")
        row = kept or recipient_or_usual(account)
        base = {name: getattr(row, name) for name in RECIPIENT_FIELDS}
        wanted = _recipient_values(base | {name: value for name, value in changes.items() if name in RECIPIENT_FIELDS})
        fields = [name for name in RECIPIENT_FIELDS if wanted[name] != base[name]]
        if kept is not None and not fields:
            return kept
        for name, value in wanted.items():
            setattr(row, name, value)
        row.version, row.changed_at = version + 1, at
        row.save()
        told = RecipientChanged(ref=account.ref, name=account.name, fields=fields or list(RECIPIENT_FIELDS))
        record(told, account_id=account.id, parent_id=account.parent_id, actor=actor, at=at)
        ask_about(account, row.vat_id, actor=actor, at=at)
    return row


def _issuer_values(values: dict[str, Any]) -> dict[str, Any]:
    """The values as they are kept. Raises CannotChangeIssuer for the first that cannot be."""
    clean = _texts(Issuer, values, CannotChangeIssuer)
    _needed(clean, ("legal_name", "street", "city", "country"), CannotChangeIssuer)
    _country(clean, CannotChangeIssuer)
    _numbers(clean, CannotChangeIssuer)
    _chosen(clean, "tax_regime", Issuer.Regime.values, CannotChangeIssuer)
    _chosen(clean, "rounding", Issuer.Rounding.values, CannotChangeIssuer)
    if clean["currency"] not in CURRENCIES:
        raise CannotChangeIssuer("wrong-currency", field="currency")
    rate = clean["standard_rate"]
    if rate is not None and not Decimal(0) <= Decimal(rate) < 100:
        raise CannotChangeIssuer("wrong-rate", field="standard_rate")
    if clean["tax_regime"] in (Issuer.Regime.STANDARD, Issuer.Regime.ONE_STOP):
        if not clean["vat_id"] and not clean["tax_number"]:
            raise CannotChangeIssuer("number-needed", field="vat_id")
        if rate is None and clean["country"] not in RATES:
            raise CannotChangeIssuer("rate-needed", field="standard_rate")
    for name in ("invoice_prefix", "credit_prefix"):
        if not _PREFIX.fullmatch(clean[name]) or clean[name][-1:].isdigit():
            raise CannotChangeIssuer("wrong-prefix", field=name)
    if not 0 <= int(clean["payment_days"]) <= LONGEST_TERM:
        raise CannotChangeIssuer("wrong-days", field="payment_days")
    for name, read in (("iban", read_iban), ("bic", read_bic)):
        clean[name] = _number(clean[name], read, name, CannotChangeIssuer)
    _email(clean, CannotChangeIssuer)
    return clean


def _recipient_values(values: dict[str, Any]) -> dict[str, Any]:
    clean = _texts(Recipient, values, CannotChangeRecipient)
    _needed(clean, ("legal_name", "country"), CannotChangeRecipient)
    _country(clean, CannotChangeRecipient)
    _chosen(clean, "kind", Recipient.Kind.values, CannotChangeRecipient)
    _chosen(clean, "format", Recipient.Format.values, CannotChangeRecipient)
    _numbers(clean, CannotChangeRecipient)
    _email(clean, CannotChangeRecipient)
    return clean


def _texts(model: type[models.Model], values: dict[str, Any], refusal: type[Refusal]) -> dict[str, Any]:
    clean = {}
    for name, value in values.items():
        field = model._meta.get_field(name)
        if isinstance(value, str):
            value = " ".join(value.replace("\x00", "").split())
            if isinstance(field, models.CharField) and len(value) > (field.max_length or 0):
                raise refusal("too-long", field=name)
        clean[name] = value
    return clean


def _needed(clean: Mapping[str, Any], names: tuple[str, ...], refusal: type[Refusal]) -> None:
    for name in names:
        if not clean[name]:
            raise refusal("missing", field=name)


def _country(clean: dict[str, Any], refusal: type[Refusal]) -> None:
    clean["country"] = clean["country"].upper()
    if not re.fullmatch(r"[A-Z]{2}", clean["country"]):
        raise refusal("wrong-country", field="country")


def _numbers(clean: dict[str, Any], refusal: type[Refusal]) -> None:
    def read(text: str) -> str:
        return read_vat_id(text, clean["country"])

    clean["vat_id"] = _number(clean["vat_id"], read, "vat_id", refusal)


def _number(text: str, read: Callable[[str], str], field: str, refusal: type[Refusal]) -> str:
    try:
        return read(text) if text else ""
    except WrongNumber as wrong:
        raise refusal(wrong.code, field=field) from None


def _chosen(clean: Mapping[str, Any], name: str, choices: list[str], refusal: type[Refusal]) -> None:
    if clean[name] not in choices:
        raise refusal("wrong-choice", field=name)


def _email(clean: Mapping[str, Any], refusal: type[Refusal]) -> None:
    try:
        if clean["email"]:
            validate_email(clean["email"])
    except ValidationError:
        raise refusal("wrong-email", field="email") from None
