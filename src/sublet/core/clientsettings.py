"""How a client is set up, as one table of fields: what a change comes to, what differs from a template, what is missing.

A field is named by a key: ``service.<key>.enabled``, ``service.<key>.managed_by``, ``service.<key>.allowance``,
``limit.<meter>``, ``feature.<key>``, ``payer.<kind>``, ``price``. `FOLLOW` is the value of what nobody set: then the plan,
or what the manifest says a client begins with, decides.

Laws (tests/core/test_clientsettings.py):

* a summary is empty if and only if nothing changes;
* applying a template leaves no drift; applying it twice changes nothing the second time;
* what a template does not name stays as it was;
* what was set once more as it is never makes a complete client incomplete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from sublet.core.entitled import Terms
from sublet.core.manifest.model import Feature, ManagedService, Meter


class Follow(Enum):
    """What nobody set."""

    FOLLOW = "follow"


FOLLOW: Final = Follow.FOLLOW


@dataclass(frozen=True, slots=True)
class RetailPrice:
    """What the client owes the reseller: `amount` in minor units of `currency` for each `interval`."""

    amount: int
    currency: str
    interval: str


#: What a field can be: of a limit or an allowance None is unlimited, of a price or a payer "not decided".
Value = bool | int | str | RetailPrice | Follow | None
Values = Mapping[str, Value]

ENABLED, MANAGED_BY, ALLOWANCE, LIMIT, FEATURE, PAYER, PRICE = (
    "enabled", "managed_by", "allowance", "limit", "feature", "payer", "price",
)  # fmt: skip
RESELLER_PAYS, CLIENT_PAYS = "reseller", "client"
PAYERS: Final = (RESELLER_PAYS, CLIENT_PAYS)
#: What is paid for, each by reseller or client.
PAID: Final = ("base", "overage", "add_ons")
INTERVALS: Final = ("month", "quarter", "year")
MOST_AMOUNT: Final = 10**12
MOST_ALLOWANCE: Final = 2**31 - 1
MOST_UNITS: Final = 10**12


@dataclass(frozen=True, slots=True)
class Field:
    """One field: what part of the settings, and of which managed service, meter, feature or kind of payment."""

    key: str
    part: str
    thing: str = ""

    @property
    def is_agreed(self) -> bool:
        """Whether it is kept for billing: dated, the reseller's own, never read by the client."""
        return self.part in (PAYER, PRICE)


@dataclass(frozen=True, slots=True)
class Change:
    """A field that becomes something else."""

    field: Field
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing for complete settings: `code` ``allowance``, ``managed_by``, ``payer`` or ``price``."""

    code: str
    field: Field


def fields_of(terms: Terms) -> dict[str, Field]:
    """The fields that there are under a manifest, in the order in which they are shown."""
    found: list[Field] = []
    counted = {service.meter for service in terms.services.values() if service.meter}
    for key, service in terms.services.items():
        found.append(Field(f"service.{key}.enabled", ENABLED, key))
        if len(service.managed_by) > 1:
            found.append(Field(f"service.{key}.managed_by", MANAGED_BY, key))
        if service.meter is not None and service.meter in terms.meters:
            found.append(Field(f"service.{key}.allowance", ALLOWANCE, key))
    found += [Field(f"limit.{key}", LIMIT, key) for key in terms.meters if key not in counted]
    found += [Field(f"feature.{key}", FEATURE, key) for key in terms.features]
    found += [Field(f"payer.{kind}", PAYER, kind) for kind in PAID]
    found.append(Field("price", PRICE))
    return {field.key: field for field in found}


def beginning(fields: Mapping[str, Field], terms: Terms) -> dict[str, Value]:
    """What a client's fields are where nobody set anything."""
    return {key: _beginning(field, terms) for key, field in fields.items()}


def _beginning(field: Field, terms: Terms) -> Value:
    if field.part == ENABLED:
        return terms.services[field.thing].enabled
    if field.part == MANAGED_BY:
        return terms.services[field.thing].default_managed_by
    return None if field.is_agreed else FOLLOW


def fault(field: Field, value: Value, terms: Terms) -> str | None:
    """Why a field cannot be that, as a code; None when it can."""
    if field.part == ENABLED:
        return None if isinstance(value, bool) else "wrong-value"
    if field.part == MANAGED_BY:
        return None if value in terms.services[field.thing].managed_by else "wrong-manager"
    if field.part == PAYER:
        return None if value in PAYERS else "wrong-payer"
    if field.part == PRICE:
        return _price_fault(value)
    if value is FOLLOW:
        return None
    if field.part in (ALLOWANCE, LIMIT):
        most = MOST_ALLOWANCE if field.part == ALLOWANCE else MOST_UNITS
        return None if value is None or (_whole(value) and 0 <= int(value) <= most) else "wrong-limit"  # type: ignore[arg-type]  # it is whole
    return None if _fits(terms.features[field.thing], value) else "wrong-value"


def _price_fault(value: Value) -> str | None:
    if value is None:
        return None
    if not isinstance(value, RetailPrice) or not _whole(value.amount) or not 0 <= value.amount <= MOST_AMOUNT:
        return "wrong-price"
    return None if value.interval in INTERVALS else "wrong-interval"


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _fits(feature: Feature, value: Value) -> bool:
    if feature.kind == "switch":
        return isinstance(value, bool)
    if feature.kind == "number":
        return _whole(value) and 0 <= int(value) <= MOST_UNITS  # type: ignore[arg-type]  # it is whole
    if not isinstance(value, str) or len(value) > 200:
        return False
    return not feature.choices or value in {choice.key for choice in feature.choices}


def same(one: Value, other: Value) -> bool:
    """Whether two values are the same. On is not 1."""
    return type(one) is type(other) and one == other


def after(present: Values, changes: Values) -> dict[str, Value]:
    """What is there when the changes are made. What they name and is no field any more is left out."""
    return {key: changes.get(key, value) for key, value in present.items()}


def summary(fields: Mapping[str, Field], present: Values, changes: Values) -> tuple[Change, ...]:
    """What a change comes to: the fields that become something else, in their order.

    The same question asks for drift: `changes` is then what the template says.
    """
    wanted = after(present, changes)
    return tuple(
        Change(field, present[key], wanted[key])
        for key, field in fields.items()
        if key in wanted and not same(present[key], wanted[key])
    )


def gaps(fields: Mapping[str, Field], terms: Terms, values: Values) -> tuple[Gap, ...]:
    """What is missing; empty where the settings are complete.

    An allowance is decided where somebody set one (also "unlimited"), or where the manifest names a number.
    """
    found: list[Gap] = []
    for key, field in fields.items():
        value = values.get(key)
        if field.part in (MANAGED_BY, ALLOWANCE):
            service = terms.services[field.thing]
            if values.get(f"service.{field.thing}.enabled") is not True:
                continue
            if field.part == MANAGED_BY and value is None:
                found.append(Gap(MANAGED_BY, field))
            elif field.part == ALLOWANCE and value is FOLLOW and service.allowance is None:
                found.append(Gap(ALLOWANCE, field))
        elif field.is_agreed and value is None:
            found.append(Gap(field.part, field))
    return tuple(found)


def thing_of(field: Field, terms: Terms) -> ManagedService | Meter | Feature | None:
    """What of the manifest a field is about; None for payers and the price."""
    if field.part in (ENABLED, MANAGED_BY, ALLOWANCE):
        return terms.services.get(field.thing)
    if field.part == LIMIT:
        return terms.meters.get(field.thing)
    return terms.features.get(field.thing) if field.part == FEATURE else None


# As JSON: ``{}`` for what follows, ``{"is": …}`` for a value, so that a text is never taken for a word of ours --------------


def to_json(value: Value) -> dict[str, Any]:
    """A value for a row, a job or the journal."""
    if value is FOLLOW:
        return {}
    if isinstance(value, RetailPrice):
        return {"is": {"amount": value.amount, "currency": value.currency, "interval": value.interval}}
    return {"is": value}


def from_json(stored: Mapping[str, Any]) -> Value:
    """What `to_json` made."""
    if "is" not in stored:
        return FOLLOW
    value = stored["is"]
    if isinstance(value, Mapping):
        return RetailPrice(int(value["amount"]), str(value["currency"]), str(value["interval"]))
    kept: bool | int | str | None = value
    return kept


def values_to_json(values: Values) -> dict[str, dict[str, Any]]:
    """All values, as `to_json` makes them."""
    return {key: to_json(value) for key, value in values.items()}


def values_from_json(stored: Mapping[str, Mapping[str, Any]]) -> dict[str, Value]:
    """What `values_to_json` made."""
    return {key: from_json(value) for key, value in stored.items()}
