"""What a move would do, before anybody asks for it: what goes along, what ends, what it will look like. Changes nothing.

Counts by the same questions that the revocation ends by, so that what is shown is what happens (tests/moves/test_plans.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from sublet.accounts.models import Account, AccountTag
from sublet.billing.models import Invoice
from sublet.billing.models.invoices import INVOICE, ISSUED, PARTLY_PAID
from sublet.branding.models import Domain
from sublet.branding.operations.leaving import bases_of, rests_on
from sublet.branding.queries import account_chain, brand_of, primary_host
from sublet.clientsettings.models import AgreedTerm, TemplateUse
from sublet.core.entitled import ADD_ON, PLAN, TRIAL
from sublet.core.rights import CLIENT, DIRECT, RESELLER, VENDOR
from sublet.entitlements.models import EntitlementSource, Override, ServiceSetting, Share, TopUp
from sublet.entitlements.queries.leaving import given_by
from sublet.messaging.models import OutboxMail, SenderDomain, WebhookEndpoint
from sublet.people.models import (
    AccessRequest,
    ApiKey,
    Collaborator,
    Grant,
    Impersonation,
    Invitation,
)
from sublet.signon.models import SignOn

#: Of these the names are keys of the offer: each reader is shown them in its language.
OF_THE_OFFER = ("plan", "add-ons", "limits", "shares", "services", "limits-kept", "services-kept")
#: Codes of lines, in the order in which they are shown. What goes along, what ends, what stays with the one that is left.
ALONG = (
    "clients",
    "people",
    "plan",
    "add-ons",
    "trial",
    "top-ups",
    "limits-kept",
    "services-kept",
    "terms-kept",
    "hosts-kept",
    "keys-kept",
    "webhooks-kept",
    "history",
)
ENDS = (
    "access", "access-requests", "visits", "staff-places", "invitations", "keys", "webhooks", "hosts", "sender-domains", "mails",
    "sign-ons", "asked", "limits", "shares", "services", "templates",
)  # fmt: skip
STAYS = ("open-invoices", "tags", "notes")
MOST_NAMES = 20
#: What a merge carries over of what a reseller said.
_CARRIED = ("limits", "services")


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of thing: how many, and the names of the first."""

    code: str
    count: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a move does. `brand` and `host`: what its people see and where, before and after; the same where nothing changes.

    `owner_is_staff`: the account's owner is on the staff of the one that is left, and stays its owner.
    """

    along: tuple[Line, ...]
    ends: tuple[Line, ...]
    stays: tuple[Line, ...]
    brand: tuple[str, str]
    host: tuple[str, str]
    owner_is_staff: bool = False

    def as_data(self) -> dict[str, Any]:
        """Plain values, to be kept with the move."""
        return asdict(self)

    @property
    def new_address(self) -> bool:
        """Whether its people come in by another address."""
        return self.host[0] != self.host[1]

    @property
    def new_brand(self) -> bool:
        """Whether they see another name."""
        return self.brand[0] != self.brand[1]


def plan_from(data: Mapping[str, Any]) -> Plan:
    """What `as_data` made."""

    def lines(rows: Sequence[Mapping[str, Any]]) -> tuple[Line, ...]:
        return tuple(Line(row["code"], row["count"], tuple(row["names"])) for row in rows)

    return Plan(
        along=lines(data["along"]),
        ends=lines(data["ends"]),
        stays=lines(data["stays"]),
        brand=(data["brand"][0], data["brand"][1]),
        host=(data["host"][0], data["host"][1]),
        owner_is_staff=data["owner_is_staff"],
    )


def plan_of(account: Account, *, target: Account | None, at: datetime, merges: bool = False) -> Plan:
    """The plan for one account that leaves the one above it; of a merge, for the clients of the reseller `account`.

    In a platform scope; whoever calls has said that the move may be asked for. `target` None: it comes to stand below the vendor.
    """
    former_id = account.id if merges else account.parent_id or 0
    about = Q(account__parent_id=account.id) if merges else Q(account_id=account.id)
    domains = list(Domain.objects.filter(about).exclude(state=Domain.State.RELEASED).order_by("host"))
    bases = bases_of(former_id)
    lost = [each.host for each in domains if rests_on(each, bases)]
    kept = [each.host for each in domains if not rests_on(each, bases)]
    # unscoped: whoever of the other side is meant
    staff = Collaborator.unscoped.filter(account_id=former_id)
    on_staff = staff.filter(ended_at__isnull=True).values("user_id")
    ever = staff.values("user_id")
    people = Collaborator.objects.filter(about, ended_at__isnull=True)
    places = people.filter(is_owner=False, user_id__in=on_staff)
    own = people.exclude(id__in=places.values("id"))
    keys = ApiKey.objects.filter(about, revoked_at__isnull=True)
    # A key goes with its maker: the place that ends takes it along, a place of one's own keeps it.
    keys_lost = (
        keys.filter(created_by_id__in=ever)
        if merges
        else keys.filter(created_by_id__in=ever).exclude(created_by_id__in=own.values("user_id"))
    )
    webhooks = WebhookEndpoint.objects.filter(about)
    webhooks_lost = webhooks.filter(
        (Q(answers_user_id__in=ever) & ~Q(answers_user_id__in=own.values("user_id")))
        | (Q(answers_key__in=keys_lost.values("ref")) & ~Q(answers_key=""))
    )
    invitations = Invitation.objects.filter(about, accepted_at__isnull=True, revoked_at__isnull=True).filter(
        Q(inviter__account_id=former_id) | Q(inviter_key__account_id=former_id)
    )
    theirs = set(SenderDomain.objects.filter(account_id=former_id).values_list("domain", flat=True))
    senders = [
        name for name in SenderDomain.objects.filter(about).values_list("domain", flat=True) if _below(name, theirs)
    ]
    clients = Account.objects.filter(parent_id=account.id) if merges else Account.objects.filter(id=account.id)
    ends = {
        "access": Line("access", Grant.objects.filter(about, state=Grant.State.ACTIVE).count()),
        "access-requests": Line("access-requests", Grant.objects.filter(about, state=Grant.State.REQUESTED).count()),
        "visits": Line("visits", Impersonation.objects.filter(about, ended_at__isnull=True).count()),
        "staff-places": Line("staff-places", places.count()),
        "invitations": Line("invitations", invitations.count()),
        "keys": _named("keys", keys_lost.order_by("name").values_list("name", flat=True)),
        "webhooks": _named("webhooks", webhooks_lost.order_by("name").values_list("name", flat=True)),
        "hosts": _named("hosts", lost),
        "sender-domains": _named("sender-domains", senders),
        "mails": Line("mails", OutboxMail.objects.filter(about, state=OutboxMail.State.QUEUED).count()),
        "sign-ons": Line("sign-ons", SignOn.objects.filter(about, ended_at__isnull=True).count()),
        "asked": Line(
            "asked",
            AccessRequest.objects.filter(
                about, state=AccessRequest.State.OPEN, addressee=AccessRequest.Addressee.RESELLER
            ).count(),
        ),
    }
    words = _words_lost(clients, former_id, at)
    # Of a merge they are said anew by the one that stays.
    carried = {
        f"{code}-kept": Line(f"{code}-kept", words[code].count, words[code].names) for code in _CARRIED if merges
    }
    ends |= {code: line for code, line in words.items() if f"{code}-kept" not in carried}
    if merges:
        set_up = _set_up(former_id, clients)
        carried["terms-kept"], ends["templates"] = set_up["terms-kept"], set_up["templates"]
    along = {
        "clients": Line("clients", clients.count() if merges else 0),
        "people": Line("people", own.count()),
        **_agreed(clients, at),
        "top-ups": _given_once(clients, former_id, at),
        **carried,
        "hosts-kept": _named("hosts-kept", kept),
        "keys-kept": Line("keys-kept", keys.count() - ends["keys"].count),
        "webhooks-kept": Line("webhooks-kept", webhooks.count() - ends["webhooks"].count),
        "history": Line("history", 0 if merges else 1),
    }
    # Whoever comes after it books nothing on them (decision 0030): they are to be collected before.
    unpaid = Invoice.objects.filter(account_id=account.id, kind=INVOICE, state__in=(ISSUED, PARTLY_PAID))
    stays = {
        "open-invoices": Line("open-invoices", unpaid.count() if merges else 0),
        "tags": Line("tags", 0 if merges else AccountTag.objects.filter(account_id=account.id).count()),
        "notes": Line("notes", int(not merges and bool(account.notes or account.external_id))),
    }
    return Plan(
        along=_some(along, ALONG),
        ends=_some(ends, ENDS),
        stays=_some(stays, STAYS),
        brand=_brands(account, target, merges=merges),
        host=_hosts(account, target, kept, merges=merges),
        owner_is_staff=not merges and own.filter(is_owner=True, user_id__in=on_staff).exists(),
    )


def _agreed(clients: QuerySet[Account], at: datetime) -> dict[str, Line]:
    """What goes on: the plans that were taken, add-ons, trials that run. The starting plan of a birth needs no line."""
    sources = EntitlementSource.objects.filter(account_id__in=clients.values("id"), starts_at__lte=at)
    sources = sources.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at)).order_by("key")
    kinds = {"plan": PLAN, "add-ons": ADD_ON, "trial": TRIAL}
    found = {code: list(sources.filter(kind=kind).values_list("key", flat=True)) for code, kind in kinds.items()}
    return {code: _several(code, [] if code == "trial" else keys, len(keys)) for code, keys in found.items()}


def _words_lost(clients: QuerySet[Account], former_id: int, at: datetime) -> dict[str, Line]:
    """What the one that is left said and gave, by the question that ends it (`entitlements.operations.leaving`)."""
    ids = clients.values("id")
    words = given_by(Override.objects.filter(layer=RESELLER), ids, former_id, at)
    services = given_by(ServiceSetting.objects.all(), ids, former_id, at)
    shares = Share.objects.filter(account_id__in=ids, pool__account_id=former_id)
    found = {
        "limits": list(words.order_by("key").values_list("key", flat=True)),
        "services": list(services.order_by("service").values_list("service", flat=True)),
        "shares": list(shares.order_by("pool__meter").values_list("pool__meter", flat=True)),
    }
    lines = {code: _several(code, keys, len(keys)) for code, keys in found.items()}
    if _is_vendor(former_id):
        return {code: Line(code, 0) for code in lines}  # the vendor's words hold wherever an account stands
    return lines


def _set_up(former_id: int, clients: QuerySet[Account]) -> dict[str, Line]:
    """Of how many clients it is agreed who pays what, and how many follow a template: for the two resellers of a merge alone,
    clients are not told."""
    ids = clients.values("id")
    terms = AgreedTerm.objects.filter(account_id=former_id, client_id__in=ids, dropped_at__isnull=True)
    uses = TemplateUse.objects.filter(account_id=former_id, client_id__in=ids, template__removed_at__isnull=True)
    return {
        "terms-kept": Line("terms-kept", terms.values("client_id").distinct().count()),
        "templates": Line("templates", uses.count()),
    }


def _given_once(clients: QuerySet[Account], former_id: int, at: datetime) -> Line:
    """Units that the one that is left gave, and that stay to their end."""
    given = given_by(TopUp.objects.all(), clients.values("id"), former_id, at)
    return Line("top-ups", 0 if _is_vendor(former_id) else given.count())


def _is_vendor(account_id: int) -> bool:
    return Account.objects.filter(id=account_id, kind=VENDOR).exists()


def _several(code: str, keys: Sequence[str], count: int) -> Line:
    """So many of a kind, each key named once."""
    return Line(code, count, tuple(dict.fromkeys(keys))[:MOST_NAMES])


def _below(domain: str, above: set[str]) -> bool:
    labels = domain.split(".")
    return bool(above & {".".join(labels[number:]) for number in range(len(labels))})


def _named(code: str, names: Any) -> Line:
    found = list(names)
    return Line(code, len(found), tuple(str(each) for each in found[:MOST_NAMES]))


def _some(lines: Mapping[str, Line], order: Sequence[str]) -> tuple[Line, ...]:
    return tuple(lines[code] for code in order if code in lines and lines[code].count)


def _vendor() -> Account:
    return Account.objects.get(kind=VENDOR)


def _brands(account: Account, target: Account | None, *, merges: bool) -> tuple[str, str]:
    """The name that its people see, now and then."""
    before = brand_of(account_chain(account)).name
    if merges and target is not None:
        return before, brand_of(account_chain(target)).name
    moved = Account(id=account.id, kind=CLIENT if target else DIRECT, name=account.name, parent=target or _vendor())
    return before, brand_of(account_chain(moved)).name


def _hosts(account: Account, target: Account | None, kept: Sequence[str], *, merges: bool) -> tuple[str, str]:
    """Where they come in: the own main host if that stays, else the oldest that stays, else that of whoever stands above then."""
    before = primary_host(account.id)
    after = primary_host((target or _vendor()).id)
    if merges:
        return before, after
    proved = Domain.objects.filter(account_id=account.id, state=Domain.State.PROVED, host__in=list(kept))
    own = proved.exclude(host__startswith="*.").order_by("-is_primary", "id").values_list("host", flat=True).first()
    return before, own or after
