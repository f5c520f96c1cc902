"""What goes into a sandbox: which tables, which of their rows, and what is put in the place of secrets and of people.

Rows are read in the scope of whoever copies, so that the walls hold: nobody copies what it could not read. What stands above a
reseller and is printed on its invoices all the same (in whose name the vendor issues, how often) is the one exception, by name.

Every table of the product is named here, in `TABLES` or in `LEFT` with its reason; a test fails for one that is in neither.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.db import models

from sublet.accounts.models import Account
from sublet.core.payments import IN_FLIGHT
from sublet.core.sandboxes import MOST_ROWS
from sublet.foundation.scope import platform_scope

Row = dict[str, Any]
#: A place of the domain that nobody has (RFC 2606): no mail can ever arrive there.
NOWHERE: Final = "sandbox.invalid"
SOMEBODY: Final = "—"


class TooMuch(Exception):
    """The portfolio has more rows than a sandbox takes."""


@dataclass(frozen=True, slots=True)
class Table:
    """`put`: what stands in a field's place, a value or a function of the row. `above`: rows of the accounts above are copied too.

    `only` and `without`: conditions for rows, as for `filter` and `exclude`; `whole`: of no account, told to everybody.
    """

    model: str
    put: Mapping[str, Any] = field(default_factory=dict)
    only: Mapping[str, Any] = field(default_factory=dict)
    without: Mapping[str, Any] = field(default_factory=dict)
    above: bool = False
    whole: bool = False


def _nth(word: str) -> Callable[[Row], str]:
    return lambda row: f"{word}{row['id']}"


_GATEWAY: Final = {
    "named": _nth("acct_sandbox_"), "title": "", "key_box": "", "key_ends": "", "hook_box": "", "hook_word": _nth("sandbox-"),
    "why": "",
}  # fmt: skip
_BRAND: Final[Mapping[str, Any]] = {
    "logo": "", "logo_dark": "", "icon": "", "support_name": "", "support_email": "", "support_phone": "", "support_url": "",
    "support_hours": "", "footer": "", "more": {}, "draft": None, "drafted_by": "", "drafted_at": None,
}  # fmt: skip

#: In an order in which each names only what stands before it.
TABLES: Final = (
    Table("catalog.ManifestVersion", whole=True),
    Table("catalog.OfferItem", whole=True),
    Table("people.Section", whole=True),
    Table("people.RolePreset", whole=True),
    Table(
        "accounts.Account",
        {
            "notes": "", "external_id": "", "website": "", "street": "", "postal_code": "", "state_reason": "", "import_id": None,
            "import_key": "", "responsible_id": None, "last_seen_at": None,
        },
        above=True,
    ),
    Table("accounts.AccountTag"),
    Table("branding.Brand", _BRAND),
    Table("messaging.MailWording"),
    Table("subscriptions.PlanChange", {"reason": ""}),
    Table("subscriptions.AddOnTaken", {"once": ""}),
    Table("subscriptions.Trial"),
    Table("subscriptions.BasisChosen"),
    Table("subscriptions.UsualBasis"),
    Table("subscriptions.BasisRuled", whole=True),
    Table("entitlements.EntitlementSource"),
    Table("entitlements.Override", {"note": ""}),
    Table("entitlements.TopUp", {"reason": ""}),
    Table("entitlements.ServiceSetting"),
    Table("entitlements.Pool"),
    Table("entitlements.Share"),
    Table("metering.UsageAnchor"),
    Table("metering.UsageTotal", {"reserved": 0, "last_by": ""}),
    Table("clientsettings.AgreedTerm"),
    Table("pricing.RetailPriceSet"),
    Table("pricing.RetailMarkUp"),
    Table("pricing.RetailFloor"),
    Table("pricing.CurrencyRate"),
    Table("pricing.PriceSharing"),
    Table("pricing.WholesaleAgreed", {"note": ""}),
    Table("pricing.WholesaleCommitment", {"note": ""}),
    Table("pricing.AgreedContract", {"once": ""}),
    Table("pricing.Extra"),
    Table("pricing.ExtraSold", {"once": ""}),
    Table("pricing.Promotion"),
    Table("pricing.PromotionTaken"),
    Table("pricing.ListPromotionTaken"),
    Table("billing.Issuer", {"account_holder": "", "iban": "", "bic": "", "footer": ""}, above=True),
    Table("billing.Recipient", {"street": "", "postal_code": "", "buyer_reference": ""}),
    Table("billing.VatCheck", {"name": "", "address": "", "proof": ""}),
    Table("billing.BillingTerms", above=True),
    Table("billing.DunningPolicy", above=True),
    Table("billing.NumberSeries"),
    Table("billing.LedgerEntry"),
    Table("billing.LedgerPosting"),
    Table("billing.Invoice", {"reason": ""}),
    Table("billing.InvoiceLine"),
    Table("billing.GatewayAccount", _GATEWAY, only={"removed_at__isnull": True}, above=True),
    Table("billing.GatewayCustomer", {"named": _nth("cus_sandbox_")}),
    Table("billing.PaymentMethod", {"named": _nth("pm_sandbox_"), "digest": "", "ends": "0000"}),
    Table(
        "billing.Payment",
        {"intent": lambda row: f"pi_sandbox_{row['id']}" if row["intent"] else "", "hosted": "", "key": _nth("sandbox-"), "words": ""},
        without={"state__in": IN_FLIGHT},  # whether that money moves is not ours to say: the sandbox asks for it anew
    ),
    Table("billing.DunningCase"),
    Table("billing.DunningStep"),
)  # fmt: skip

_SECRETS = "opens something, or knows who entered"
_PICTURES = "how pages look"
_HISTORY = "what has happened; a sandbox writes its own"
_LISTS = "how people work with lists"
_OUTSIDE = "speaks with the outside"
#: The tables that stay where they are, and why.
LEFT: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "people.ApiKey", "people.Invitation", "people.PersonLink", "people.LogIn", "people.Impersonation",
            "people.ImpersonationRequest", "people.Throttle", "people.CompanyLogIn", "people.CompanyIdentity", "people.Directory",
            "people.DirectoryPerson", "people.DirectoryGroup", "people.DirectoryMembership", "people.AccessPolicy",
            "people.VisitRule", "people.Withdrawal", "people.WithdrawnRight", "people.Reach", "people.StaffTeam",
            "people.StaffTeamMember", "people.Grant", "people.AccessRequest", "people.SectionService", "signon.SigningKey",
            "signon.Application", "signon.SignOn", "signon.SignOnToken", "billing.PaymentLink", "moves.MovingCode",
            "subscriptions.TrialIdentity",
        ),
        _SECRETS,
    ),
    "people.User": "the owners are made anew, with another name and address and without a password",
    "people.Collaborator": "the owners' places are made anew",
    **dict.fromkeys(
        (
            "branding.BrandVersion", "branding.BrandImage", "branding.BrandGeneration", "branding.VendorWord",
            "branding.BrandsChange", "branding.BrandsChangeLine",
        ),
        _PICTURES,
    ),
    **dict.fromkeys(
        (
            "foundation.JournalEntry", "foundation.JournalSeal", "foundation.Pseudonym", "foundation.InvariantState",
            "foundation.IdempotentAnswer", "foundation.MaintenanceState", "foundation.Job", "foundation.Schedule",
            "foundation.Worker", "messaging.OutboxMail", "messaging.ReturnedMail", "billing.ClientMonth", "billing.RevenueMonth",
            "billing.InvoicePaper", "billing.WriteOff", "billing.ProviderEvent", "billing.Refund", "billing.Dispute", "billing.BillingRun",
            "moves.Move", "moves.FormerClient", "billing.PlaceLeft", "billing.Succession", "entitlements.Alert", "entitlements.MeterState",
            "entitlements.EntitlementChange", "entitlements.EntitlementDue", "entitlements.EntitlementClock",
            "metering.UsageReservation", "pricing.PriceLetter", "pricing.PriceCheck", "pricing.PriceCheckLine",
            "clientsettings.SettingsChange",
        ),
        _HISTORY,
    ),
    **dict.fromkeys(
        (
            "accounts.SearchWord", "accounts.SavedView", "accounts.ClientImport", "accounts.LeftRows", "signals.SignalFact",
            "signals.LatestSignal", "signals.SignalImport", "clientsettings.SettingsTemplate",
            "clientsettings.SettingsTemplateVersion", "clientsettings.TemplateUse", "billing.Effort",
        ),
        _LISTS,
    ),
    **dict.fromkeys(
        (
            "branding.Domain", "messaging.WebhookEndpoint", "messaging.Delivery", "messaging.SenderDomain", "messaging.DkimKey",
            "messaging.Sender", "messaging.MailServer", "messaging.Suppression", "proof.Scan", "proof.ScanPicture",
            "proof.ScanFinding", "billing.BankStatement", "billing.BankLine", "billing.BankPayment", "billing.BankRefund",
            "billing.Payout", "billing.PayoutLine",
        ),
        _OUTSIDE,
    ),
    **dict.fromkeys(
        ("entitlements.Apportionment", "entitlements.Portion", "metering.UsageOfPerson"), "about single people, who stay outside"
    ),
    **dict.fromkeys(("metering.UsageEvent", "metering.UsageValue"), "what they add up to is copied"),
    **dict.fromkeys(
        (
            "sandboxes.Sandbox", "sandboxes.SandboxMove", "sandboxes.SandboxLine", "sandboxes.SandboxInvoice",
            "sandboxes.SandboxMail",
        ),
        "no sandbox in a sandbox",
    ),
}  # fmt: skip

#: Fields that name who did something, in whichever table.
_BY: Final = frozenset(
    "decided_by made_by issued_by by taken_by ended_by started_by agreed_by sold_by set_by said_by given_by changed_by dropped_by "
    "stopped_by added_by loaded_by published_by changed_by_name written_by".split()
)
#: Fields that reach a person, in whichever table.
_BLANK: Final = frozenset("phone mobile contact_name reply_to asked_by answered_by".split())
_ADDRESS: Final = re.compile(r"[^\s@<>\"',;:()]+@[^\s@<>\"',;:()]+")


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Whose clients are copied, and which: numbers of accounts."""

    vendor: int
    owner: int  # the reseller, or the vendor with its direct accounts
    clients: tuple[int, ...]

    @property
    def accounts(self) -> frozenset[int]:
        return frozenset({self.vendor, self.owner, *self.clients})


def write_copy(portfolio: Portfolio, file: Path, *, at: datetime) -> int:
    """Write the rows of a portfolio, as they are in the scope in force, to `file`, one JSON value a line; how many.

    Raises TooMuch.
    """
    there: dict[str, set[Any]] = {}
    written = 0
    with file.open("w", encoding="utf-8") as out:
        for name, row in _rows(portfolio, there, at):
            written += 1
            if written > MOST_ROWS:
                raise TooMuch
            out.write(json.dumps([name, row], ensure_ascii=False, default=_plain) + "\n")
    return written


def _rows(portfolio: Portfolio, there: dict[str, set[Any]], at: datetime) -> Iterator[tuple[str, Row]]:
    for table in TABLES:
        # past the scope: a name from the list above; its scoped manager is asked
        model = apps.get_model(table.model)
        there[table.model] = set()
        for row in _read(model, table, portfolio):
            if not _fits(model, row, portfolio, there):
                continue
            there[table.model].add(row.get("id"))
            yield table.model, _disguised(model, table, row)
    yield from _owners(portfolio, at)
    yield from _last_run(portfolio)


def _read(model: type[models.Model], table: Table, portfolio: Portfolio) -> Iterator[Row]:
    fields = [each.attname for each in model._meta.concrete_fields]
    manager: Any = model.objects  # type: ignore[attr-defined]  # each model of ours has it
    if table.whole:
        yield from manager.order_by("id").values(*fields)
        return
    key = "id" if model is Account else "account_id"
    own = {portfolio.owner, *portfolio.clients}
    if table.above and portfolio.vendor not in own:
        with platform_scope("what stands above a reseller and is printed on its invoices"):
            above = list(_narrowed(manager, table, {key: portfolio.vendor}, portfolio).values(*fields))
        yield from above
    rows = _narrowed(manager, table, {f"{key}__in": own | {portfolio.vendor}}, portfolio)
    rows = rows.exclude(**{key: portfolio.vendor}) if table.above and portfolio.vendor not in own else rows
    yield from rows.values(*fields).iterator(chunk_size=1000)


def _narrowed(manager: Any, table: Table, whose: Row, portfolio: Portfolio) -> Any:
    names = {each.attname for each in manager.model._meta.concrete_fields}
    rows = manager.filter(**whose, **table.only)
    rows = rows.exclude(**table.without) if table.without else rows
    for party in ("debtor_id", "payer_id"):
        if party in names:  # the vendor's books have rows of everybody
            rows = rows.filter(**{f"{party}__in": portfolio.accounts})
    return rows.order_by("id") if "id" in names else rows.order_by()


def _fits(model: type[models.Model], row: Row, portfolio: Portfolio, there: Mapping[str, set[Any]]) -> bool:
    """Whether all accounts that a row names are in the copy, and what it hangs on; another row it may just not name any more."""
    accounts = portfolio.accounts
    for each in model._meta.concrete_fields:
        value = row[each.attname]
        target = each.related_model
        if value is None:
            continue
        if target is Account or each.attname in {"parent_id", "giver_id"}:
            # Never without it: terms for one client would become those for everybody.
            if value not in accounts:
                return False
            continue
        if isinstance(target, type) and issubclass(target, models.Model):
            name = f"{target._meta.app_label}.{target.__name__}"
            if value in there.get(name, ()):
                continue
            if not each.null:
                return False
            row[each.attname] = None
    return True


def _disguised(model: type[models.Model], table: Table, row: Row) -> Row:
    made: Row = {}
    for each in model._meta.concrete_fields:
        name, value = each.attname, row[each.attname]
        if name in table.put:
            put = table.put[name]
            value = put(row) if callable(put) else put
        elif table.whole:
            pass
        elif name in _BY and isinstance(value, str):
            value = SOMEBODY if value else ""
        elif name in _BLANK and isinstance(value, str):
            value = ""
        elif name == "email" and value:
            value = f"{model.__name__.lower()}-{row['id']}@{NOWHERE}"
        else:
            value = without_addresses(value)
        made[name] = value
    if "loaded_by" in made:
        made["loaded_by"] = SOMEBODY
    return made


def without_addresses(value: Any) -> Any:
    """The same without an e-mail address in any of its texts."""
    if isinstance(value, str):
        return _ADDRESS.sub(f"somebody@{NOWHERE}", value) if "@" in value else value
    if isinstance(value, Mapping):
        return {key: without_addresses(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_addresses(each) for each in value]
    return value


def _owners(portfolio: Portfolio, at: datetime) -> Iterator[tuple[str, Row]]:
    """For each account somebody to whom its mails go, in the language of its owner; nobody of flesh and blood."""
    languages = _languages(portfolio)
    for number, account_id in enumerate(sorted(portfolio.accounts), 1):
        if account_id not in languages:
            continue
        yield (
            "people.User",
            {
                "id": number, "email": f"person-{number}@{NOWHERE}", "name": f"Person {number}", "password": "!",
                "language": languages[account_id], "created_at": at,
            },
        )  # fmt: skip
        yield (
            "people.Collaborator",
            {"id": number, "account_id": account_id, "user_id": number, "is_owner": True, "created_at": at},
        )


def _languages(portfolio: Portfolio) -> dict[int, str]:
    # past the scope: a name; its scoped manager is asked
    model: Any = apps.get_model("people.Collaborator")
    owners = model.objects.filter(account_id__in=portfolio.accounts, is_owner=True, ended_at__isnull=True)
    return dict(owners.values_list("account_id", "user__language"))


def _last_run(portfolio: Portfolio) -> Iterator[tuple[str, Row]]:
    """Up to when everything is in the ledger. Of whom it could not be reckoned is the vendor's, and is reckoned anew."""
    # past the scope: a name; its scoped manager is asked
    model: Any = apps.get_model("billing.BillingRun")
    ours = {portfolio.owner, *portfolio.clients}
    with platform_scope("up to when everybody was billed is the same for all"):
        last = model.objects.filter(account_id=portfolio.vendor, done_at__isnull=False).order_by("-until").first()
    if last is None:
        return
    yield (
        "billing.BillingRun",
        {
            "id": 1, "account_id": portfolio.vendor, "book": last.book, "until": last.until, "begun_at": last.begun_at,
            "done_at": last.done_at, "by": SOMEBODY, "faults": [each for each in last.faults if each[0] in ours],
        },
    )  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(bytes(value)).decode("ascii")
    raise TypeError(f"{type(value).__name__} cannot be copied")


__all__ = ["LEFT", "NOWHERE", "TABLES", "Portfolio", "TooMuch", "without_addresses", "write_copy"]
