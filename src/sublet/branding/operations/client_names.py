"""Names below a reseller's wildcard for many clients at once, and for each new client by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.accounts.queries import Selection, require_below
from sublet.accounts.queries.bulk import selected
from sublet.branding.events import HostAdded, HostGivesNamesChanged
from sublet.branding.models import Domain
from sublet.branding.operations.generation import bump_generation
from sublet.branding.operations.hosts import MOST_HOSTS, CannotAddHost, owned_domain
from sublet.branding.queries.domains import QUARANTINE, SERVING, standing_of
from sublet.core.domains import WILDCARD, base_of
from sublet.core.hostlabels import propose_labels, read_label
from sublet.core.hosts import show_host
from sublet.core.lifecycle import CLOSED
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs import enqueue
from sublet.foundation.journal.operations import record, record_many

#: So many in one transaction; a longer list is narrowed first.
MOST = 500
#: So many new clients in one job.
NEWBORNS_AT_ONCE = 200
#: While the wildcard does not work, new clients wait so long for another try, and so many times: a proof that is lost ends it
#: after seven days.
AGAIN, MOST_TRIES = timedelta(hours=6), 32
NEW, HAS_ONE, LEFT_OUT, FAULTY = "new", "has-one", "left-out", "faulty"


class CannotNameClients(Refusal):
    """No client gets a name."""

    SENTENCES: ClassVar = {
        "nothing-selected": _("Nothing is selected."),
        "too-many-clients": _("At most %(most)s clients at once. Narrow the list first."),
        "not-proved": _("Addresses can be given below a domain only while it is proved as a whole."),
        "not-leading": _(
            "This domain does not lead here now, so addresses below it would not open. Set its DNS record as the page of"
            " the domain says, and check it again."
        ),
        "faults": _("Some addresses cannot be given. Change them, or leave them empty."),
        "nothing-new": _("No client gets a new address."),
        "meanwhile": _("Somebody took one of these addresses meanwhile. Look again."),
    }


@dataclass(frozen=True, slots=True)
class NameLine:
    """A client and its name: `state` is NEW, HAS_ONE (`host` is what it has), LEFT_OUT or FAULTY (`code` says why)."""

    account_id: int
    account_ref: str
    account_name: str
    state: str
    label: str = ""
    host: str = ""
    code: str = ""

    @property
    def shown(self) -> str:
        """The label as it is typed and read."""
        return self.label if self.state == FAULTY else show_host(self.label)

    @property
    def sentence(self) -> str:
        """What is wrong, for people; empty for nothing."""
        if self.code == "twice":
            return str(_("Another client here has the same address."))
        return CannotAddHost(self.code, example="bella-napoli", suffix="").sentence if self.code else ""


@dataclass(frozen=True, slots=True)
class ClientNames:
    """What each client gets, in the order of their names."""

    wildcard_ref: str
    base: str
    lines: Sequence[NameLine]

    @property
    def new(self) -> int:
        """How many get one."""
        return sum(line.state == NEW for line in self.lines)

    @property
    def faulty(self) -> int:
        """How many cannot have what was typed."""
        return sum(line.state == FAULTY for line in self.lines)


def preview_client_names(
    *, wildcard_ref: str, selection: Selection, labels: Mapping[str, str] | None, actor: Actor, at: datetime
) -> ClientNames:
    """What each client of a selection would get below a wildcard: what `labels` say by reference, else a proposal.

    An empty label leaves the client out. Raises CannotNameClients, NotFound, Forbidden.
    """
    ids = _ids(selection, actor, at)
    wildcard = Domain.objects.filter(ref=wildcard_ref, account_id=actor.account_id).first()
    wildcard = _usable(wildcard)
    return _look(wildcard, list(Account.objects.filter(id__in=ids)), labels or {}, at)


def name_clients(
    *, wildcard_ref: str, selection: Selection, labels: Mapping[str, str] | None, actor: Actor, at: datetime
) -> ClientNames:
    """Do what `preview_client_names` shows: all or nothing, and one entry in the history of each client.

    Raises as it does; CannotNameClients("faults", "nothing-new", "meanwhile") besides.
    """
    ids = _ids(selection, actor, at)
    with transaction.atomic():
        accounts = list(Account.objects.select_for_update(of=("self",)).filter(id__in=ids).order_by("id"))
        names = _look(_locked(wildcard_ref, actor.account_id), accounts, labels or {}, at)
        if names.faulty:
            raise CannotNameClients("faults")
        if not names.new:
            raise CannotNameClients("nothing-new")
        _give(names, reseller_id=actor.account_id, actor=actor, at=at)
    return names


def set_gives_names(*, ref: str, gives: bool, actor: Actor, at: datetime) -> None:
    """Let each new client get a name below this wildcard by itself, or no longer; at most one wildcard does.

    Raises CannotNameClients("not-proved", "not-leading"), NotFound, Forbidden.
    """
    with transaction.atomic():
        domain = owned_domain(ref, actor)
        if gives:
            _usable(domain)  # to give no more is possible at any time
        if domain.gives_names == gives:
            return
        others = Domain.objects.filter(account_id=domain.account_id, gives_names=True).exclude(id=domain.id)
        others.update(gives_names=False)
        domain.gives_names = gives
        domain.save(update_fields=["gives_names"])
        record(
            HostGivesNamesChanged(host=domain.host, gives="yes" if gives else ""),
            account_id=domain.account_id,
            parent_id=domain.account.parent_id,
            actor=actor,
            at=at,
        )


def name_at_birth(client_ids: Sequence[int], reseller_id: int, at: datetime, actor: Actor) -> None:
    """Where a wildcard of the reseller gives names by itself: let a job do it, so that opening a client waits for none."""
    giving = Domain.objects.filter(account_id=reseller_id, gives_names=True, state=Domain.State.PROVED)
    if not giving.exists():
        return
    for start in range(0, len(client_ids), NEWBORNS_AT_ONCE):
        ids = list(client_ids[start : start + NEWBORNS_AT_ONCE])
        # Staff that is confined to some clients is not confined from the one that it opens.
        whole = replace(actor, reach=None)
        enqueue("branding.name_newborns", account_id=reseller_id, actor=whole, at=at, payload={"client_ids": ids})


def name_newborns(*, reseller_id: int, client_ids: Sequence[int], actor: Actor, at: datetime, tries: int = 0) -> int:
    """Give new clients their names; how many got one. One that has a name, or is gone, gets none.

    All of them are tried again later while the wildcard is not proved or does not lead here, up to `MOST_TRIES` times.
    Raises CannotNameClients("meanwhile").
    """
    with transaction.atomic():
        accounts = list(
            Account.objects.select_for_update(of=("self",))
            .filter(id__in=client_ids, parent_id=reseller_id)
            .exclude(state=CLOSED)
            .order_by("id")
        )
        giving = Domain.objects.filter(account_id=reseller_id, gives_names=True, state=Domain.State.PROVED).first()
        try:
            wildcard = _locked(giving.ref if giving is not None else "", reseller_id)
        except NotFound:
            return 0
        except CannotNameClients:
            if tries < MOST_TRIES and accounts:
                ids = [account.id for account in accounts]
                enqueue(
                    "branding.name_newborns",
                    account_id=reseller_id,
                    actor=actor,
                    at=at,
                    payload={"client_ids": ids, "tries": tries + 1},
                    key=f"newborns:{ids[0]}:{tries + 1}",  # a job that is done twice is tried again once
                    run_at=at + AGAIN,
                )
            return 0
        names = _look(wildcard, accounts, {}, at)
        if names.new and wildcard.gives_names:
            _give(names, reseller_id=reseller_id, actor=actor, at=at)
            return names.new
        return 0


def _ids(selection: Selection, actor: Actor, at: datetime) -> list[int]:
    require_below(actor, "manage")
    ids = list(selected(actor, selection, at=at).order_by("id").values_list("id", flat=True)[: MOST + 1])
    if not ids:
        raise CannotNameClients("nothing-selected")
    if len(ids) > MOST:
        raise CannotNameClients("too-many-clients", most=MOST)
    return ids


def _usable(wildcard: Domain | None) -> Domain:
    if wildcard is None:
        raise NotFound
    proved = wildcard.state == Domain.State.PROVED and wildcard.lost_since is None
    if not proved or not wildcard.host.startswith(WILDCARD):
        raise CannotNameClients("not-proved")
    if standing_of(wildcard) != SERVING:
        # A name is looked at by its wildcard's check alone: links would lead to it, and nobody would see that it opens nothing.
        raise CannotNameClients("not-leading")
    return wildcard


def _locked(ref: str, reseller_id: int) -> Domain:
    """The wildcard, locked: who takes it away meanwhile would not see the names that are about to lie below it."""
    rows = Domain.objects.select_for_update(of=("self",))
    return _usable(rows.filter(ref=ref, account_id=reseller_id).first())


def _look(wildcard: Domain, accounts: Sequence[Account], labels: Mapping[str, str], at: datetime) -> ClientNames:
    """What each account gets below the wildcard."""
    below = "." + base_of(wildcard.host)
    accounts = sorted(accounts, key=lambda account: (account.sort_name, account.id))
    own: dict[int, str] = {}
    count: Counter[int] = Counter()
    for number, host, proof in (
        Domain.objects.filter(account_id__in=[account.id for account in accounts])
        .exclude(state=Domain.State.RELEASED)
        .order_by("-is_primary", "id")
        .values_list("account_id", "host", "proof")
    ):
        count[number] += 1
        if proof == Domain.Proof.WILDCARD and host.partition(".")[2] == below[1:]:
            own.setdefault(number, host)
    wanting = [account for account in accounts if account.id not in own]
    typed = {each.id: read_label(labels[each.ref]) for each in wanting if labels.get(each.ref, "").strip()}
    proposing = [account for account in wanting if account.ref not in labels]
    proposed = _proposals(proposing, wildcard, {label for label, _code in typed.values() if label}, at)
    wanted = {number: label for number, (label, _code) in typed.items() if label} | proposed
    taken = _taken({number: label + below for number, label in wanted.items()}, at)
    often = Counter(wanted.values())
    lines = []
    for account in accounts:
        ref, name = account.ref, account.name
        if account.id in own:
            lines.append(NameLine(account.id, ref, name, HAS_ONE, own[account.id].partition(".")[0], own[account.id]))
            continue
        label = wanted.get(account.id, "")
        code = typed[account.id][1] if account.id in typed else ""
        code = code or taken.get(account.id, "") or ("twice" if label and often[label] > 1 else "")
        code = code or ("too-many" if label and count[account.id] >= MOST_HOSTS else "")
        if code:
            shown = labels.get(ref, "").strip()[:100] or label
            lines.append(NameLine(account.id, ref, name, FAULTY, shown, code=code))
        elif label:
            lines.append(NameLine(account.id, ref, name, NEW, label, label + below))
        else:
            lines.append(NameLine(account.id, ref, name, LEFT_OUT))
    return ClientNames(wildcard_ref=wildcard.ref, base=below[1:], lines=lines)


def _proposals(accounts: Sequence[Account], wildcard: Domain, typed: set[str], at: datetime) -> dict[int, str]:
    below = "." + base_of(wildcard.host)
    # unscoped: host names are global by nature; only which words are in use is taken from them. By account, as an index is.
    used = (
        Domain.unscoped.filter(Q(account_id=wildcard.account_id) | Q(account__parent_id=wildcard.account_id))
        .filter(host__endswith=below)
        .values_list("host", flat=True)
    )
    avoid = typed | {host.removesuffix(below) for host in used}
    # Names that are in use outside the reseller's accounts are rare: they are met by asking for what would be proposed.
    for _round in range(3):
        labels = dict(
            zip((each.id for each in accounts), propose_labels((each.name for each in accounts), avoid), strict=True)
        )
        taken = _taken({number: label + below for number, label in labels.items()}, at)
        if not taken:
            break
        avoid |= {labels[number] for number in taken}
    return labels


def _taken(hosts: Mapping[int, str], at: datetime) -> dict[int, str]:
    """Account → why it cannot have its host: ``already``, ``taken``, ``resting``; as `refuse_host` says it, of many."""
    whose: dict[str, list[int]] = {}
    for number, host in hosts.items():
        whose.setdefault(host, []).append(number)
    found: dict[int, str] = {}
    # unscoped: host names are global by nature; nothing of the other account is given out
    rows = Domain.unscoped.filter(host__in=list(whose)).only("account_id", "host", "state", "released_at")
    for row in rows:
        for number in whose[row.host]:
            if row.account_id == number:
                if row.state != Domain.State.RELEASED:
                    found[number] = "already"
            elif row.state == Domain.State.PROVED:
                found[number] = "taken"
            elif row.released_at is not None and at - row.released_at < QUARANTINE:
                found.setdefault(number, "resting")
    return found


def _give(names: ClientNames, *, reseller_id: int, actor: Actor, at: datetime) -> None:
    """Write the new names down, in the caller's transaction, with the accounts and the wildcard locked."""
    new = [line for line in names.lines if line.state == NEW]
    ids = [line.account_id for line in new]
    # What is left of an earlier life of the name: an own row of it, or another's that has rested long enough.
    # unscoped: host names are global by nature; `_taken` has said that nobody has them
    Domain.unscoped.filter(host__in=[line.host for line in new], state=Domain.State.RELEASED).filter(
        Q(account_id__in=ids) | Q(released_at__lte=at - QUARANTINE)
    ).delete()
    lead = set(
        Domain.objects.filter(account_id__in=ids, is_primary=True, state=Domain.State.PROVED).values_list(
            "account_id", flat=True
        )
    )
    rows = [
        Domain(
            account_id=line.account_id,
            host=line.host,
            state=Domain.State.PROVED,
            is_primary=line.account_id not in lead,
            created_at=at,
            proved_at=at,
            proof=Domain.Proof.WILDCARD,
            serving=True,
        )
        for line in new
    ]
    try:
        with transaction.atomic():
            Domain.objects.bulk_create(rows)
    except IntegrityError:
        raise CannotNameClients("meanwhile") from None
    bump_generation()
    told = [(line.account_id, HostAdded(host=line.host, state=Domain.State.PROVED)) for line in new]
    record_many(told, actor=actor, at=at, parent_id=reseller_id)
