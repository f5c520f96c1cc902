"""Who sends invoices, and what an account says of itself on those that it gets."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import Meta
from pydantic import BeforeValidator, Field, WithJsonSchema

from sublet.portals.api.schemas.common import (
    Asked,
    Day,
    Email,
    Input,
    Maybe,
    Out,
    Text,
    fault,
    instant,
    number,
    ref,
    text,
)
from sublet.portals.api.schemas.wordings import Language

Regime = Literal["standard", "one-stop", "small-business", "none"]
Rounding = Literal["exact", "five", "whole"]
Kind = Literal["business", "person"]
Format = Literal["facturx", "xrechnung-ubl", "xrechnung-cii", "ubl"]


def _rate(value: object) -> Decimal | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > 6 or not value.replace(".", "", 1).isdigit() or not value.isascii():
        raise fault("not-a-rate")
    return Decimal(value)


Rate = Annotated[
    Decimal | None,
    BeforeValidator(_rate),
    WithJsonSchema({"type": ["string", "null"], "pattern": r"^\d{1,2}(\.\d{1,2})?$", "examples": ["22"]}),
]


class IssuerOut(Out):
    """Who sends an account's invoices: one version. `ref` is null and `version` 0 while nobody has said."""

    ref: Annotated[str | None, ref("iss", "Of this version.")]
    version: Annotated[
        int, number("Grows with each change. An issued document keeps the one that it was issued by.", 3)
    ]
    legal_name: Annotated[str, text("", "Studio Rosa S.r.l.")]
    street: Annotated[str, text("", "Via Roma 1")]
    postal_code: Annotated[str, text("", "20121")]
    city: Annotated[str, text("", "Milano")]
    region: Annotated[str, text("", "MI")]
    country: Annotated[str, text("ISO 3166-1.", "IT")]
    register_number: Annotated[str, text("In the register of companies.", "MI-1234567")]
    tax_regime: Regime
    vat_id: Annotated[str, text("With its country, without separators.", "IT00743110157")]
    tax_number: Annotated[str, text("The local one.", "")]
    standard_rate: Annotated[str | None, Meta(description="Percent; null: that of the country.", examples=["22"])]
    exemption_note: Annotated[str, text("Why there is no VAT, in the law's own words.", "")]
    currency: Annotated[str, text("Of its books.", "EUR")]
    rounding: Annotated[Rounding, Meta(description="Of the amount due: to the cent, to five cents, to whole units.")]
    invoice_prefix: Annotated[str, text("Before the number.", "2026-")]
    credit_prefix: Annotated[str, text("Before that of a credit note; empty: the same series.", "")]
    payment_days: Annotated[int, number("From the day of issue.", 14)]
    account_holder: Annotated[str, text("Empty: the legal name.", "")]
    iban: Annotated[str, text("", "IT60X0542811101000000123456")]
    bic: Annotated[str, text("", "BPPIITRRXXX")]
    contact_name: Annotated[str, text("", "Rosa Bianchi")]
    email: Annotated[str, text("", "rosa@studio-rosa.example")]
    phone: Annotated[str, text("", "+39 02 1234567")]
    footer: Annotated[str, text("The line at the foot.", "")]
    by_mail: Annotated[bool, Meta(description="What is issued is mailed to the billing address of whoever owes it.")]
    made_at: Maybe
    made_by: Annotated[str, text("", "Rosa Bianchi")]


class VatCheckOut(Out):
    """What the register said last of a VAT id: ``asked`` while it has not answered, ``unknown`` when it did not."""

    state: Literal["asked", "valid", "invalid", "unknown"]
    asked_at: Annotated[datetime, instant("When the register was asked.")]
    answered_at: Maybe
    name: Annotated[str, text("As the register has it.", "CARL GMBH")]
    address: Annotated[str, text("As the register has it.", "WEG 2, 10115 BERLIN")]
    proof: Annotated[str, text("The register's number of this answer.", "WAPIAAAAY1a2b3c4")]


class BillingAddress(Out):
    """What an account says of itself on invoices that it gets. `version` is 0 while nobody has said: its address here."""

    account: Annotated[str, ref("acc", "Whose it is.")]
    version: Annotated[int, number("Grows with each change.", 2)]
    kind: Kind
    legal_name: Annotated[str, text("", "Carl GmbH")]
    street: Annotated[str, text("", "Weg 2")]
    postal_code: Annotated[str, text("", "10115")]
    city: Annotated[str, text("", "Berlin")]
    region: Annotated[str, text("", "")]
    country: Annotated[str, text("ISO 3166-1.", "DE")]
    vat_id: Annotated[str, text("With its country, without separators.", "DE136695976")]
    tax_number: Annotated[str, text("The local one.", "")]
    email: Annotated[str, text("Where invoices go.", "invoices@carl.example")]
    buyer_reference: Annotated[
        str, text("Its own word on each invoice: a Leitweg-ID, a cost center.", "04011000-12345-34")
    ]
    format: Annotated[Format, Meta(description="As which electronic invoice it wants them.")]
    vat_check: VatCheckOut | None


Words = Annotated[Text, Field(max_length=300)]


class IssuerIn(Input):
    """What shall be other; what is not named stays. `version`: the one that was read, 0 for none."""

    version: Annotated[int, Field(ge=0, le=1_000_000_000)]
    legal_name: Words | None = None
    street: Words | None = None
    postal_code: Words | None = None
    city: Words | None = None
    region: Words | None = None
    country: Annotated[Text, Field(max_length=2, examples=["IT"])] | None = None
    register_number: Words | None = None
    tax_regime: Regime | None = None
    vat_id: Annotated[Text, Field(max_length=40, examples=["IT00743110157"])] | None = None
    tax_number: Words | None = None
    standard_rate: Rate = None
    exemption_note: Words | None = None
    currency: Annotated[Text, Field(max_length=3, examples=["EUR"])] | None = None
    rounding: Rounding | None = None
    invoice_prefix: Annotated[Text, Field(max_length=20, examples=["2026-"])] | None = None
    credit_prefix: Annotated[Text, Field(max_length=20, examples=["C-"])] | None = None
    payment_days: Annotated[int, Field(ge=0, le=365)] | None = None
    account_holder: Words | None = None
    iban: Annotated[Text, Field(max_length=50)] | None = None
    bic: Annotated[Text, Field(max_length=15)] | None = None
    contact_name: Words | None = None
    email: Annotated[Email, Field(max_length=254)] | None = None
    phone: Words | None = None
    footer: Annotated[Text, Field(max_length=500)] | None = None
    by_mail: bool | None = None

    def changes(self) -> dict[str, Any]:
        """What was named: `standard_rate` may be named as null, which is a value."""
        named = self.model_dump(exclude_unset=True, exclude={"version"})
        return {name: value for name, value in named.items() if value is not None or name == "standard_rate"}


class BillingAddressIn(Input):
    """What shall be other; what is not named stays. `version`: the one that was read, 0 for none."""

    version: Annotated[int, Field(ge=0, le=1_000_000_000)]
    kind: Kind | None = None
    legal_name: Words | None = None
    street: Words | None = None
    postal_code: Words | None = None
    city: Words | None = None
    region: Words | None = None
    country: Annotated[Text, Field(max_length=2, examples=["DE"])] | None = None
    vat_id: Annotated[Text, Field(max_length=40, examples=["DE136695976"])] | None = None
    tax_number: Words | None = None
    email: Annotated[Email, Field(max_length=254)] | None = None
    buyer_reference: Annotated[Text, Field(max_length=100)] | None = None
    format: Format | None = None

    def changes(self) -> dict[str, Any]:
        """What was named."""
        named = self.model_dump(exclude_unset=True, exclude={"version"})
        return {name: value for name, value in named.items() if value is not None}


class SampleAsked(Asked):
    """In which language."""

    language: Annotated[Language | None, Field(description="Without one: the caller’s.")] = None


class InvoiceFileAsked(Asked):
    """As what."""

    form: Literal["pdf", "ubl", "cii", "xrechnung-ubl", "xrechnung-cii"] = "pdf"


class InvoicesExportAsked(Asked):
    """Which days, and as what."""

    kind: Literal["csv", "datev", "ubl"] = "csv"
    first: Annotated[Day, Field(description="The first day of issue.")]
    last: Annotated[Day, Field(description="The last day of issue, included.")]
