"""The hosts of accounts, as lists show them, and whether a name can be had."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, F, IntegerField, Q, QuerySet, When

from sublet.branding.findings import FindingRow, needs_records, read_findings, records
from sublet.branding.models import Domain
from sublet.core.domains import STOP_AFTER, WILDCARD, Record, awaits, covers
from sublet.core.hosts import normalize_host, refuse_label, show_host
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import looks_like_ref

#: How long a released host is nobody's: an old link must not lead to a stranger (security.md, D3).
QUARANTINE = timedelta(days=30)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class DomainRow:
    """A host in a list. `rests_until` is set for a released one."""

    ref: str
    host: str
    state: str
    is_primary: bool
    account_id: int
    account_ref: str
    account_name: str
    account_kind: str
    created_at: datetime
    proved_at: datetime | None
    rests_until: datetime | None
    proof: str = ""
    standing: str = ""
    findings: tuple[FindingRow, ...] = ()
    records: tuple[Record, ...] = ()
    can_check: bool = False
    checked_at: datetime | None = None
    check_asked_at: datetime | None = None
    next_check_at: datetime | None = None
    failing_since: datetime | None = None
    stops_at: datetime | None = None
    redirects: bool = False
    gives_names: bool = False
    certificate_code: str = ""
    certificate_issuer: str = ""
    certificate_ends_at: datetime | None = None

    @property
    def is_wildcard(self) -> bool:
        """All names with one more label; it does not answer by itself."""
        return self.host.startswith(WILDCARD)

    @property
    def gives_now(self) -> bool:
        """Whether names can be given below it now: it is proved as a whole, and leads here."""
        return self.is_wildcard and self.standing == SERVING and self.stops_at is None

    @property
    def answers(self) -> bool:
        """Whether people can be shown something there."""
        return self.state == Domain.State.PROVED and not self.is_wildcard

    @property
    def shown(self) -> str:
        """The name as people read it; in its plain form where letters of several alphabets could deceive."""
        return show_host(self.host)

    def awaits(self, at: datetime) -> str:
        """Whether a look that somebody has asked for is still to come: ``soon``, ``late`` or empty."""
        return awaits(self.check_asked_at, self.checked_at, at) if self.can_check else ""


#: What an account's host is doing: the state of the claim, and whether DNS plays along.
PENDING, PROVED, SERVING, FAILING, RELEASED = "pending", "proved", "serving", "failing", "released"


def standing_of(domain: Domain) -> str:
    """``pending`` → ``proved`` (not seen to lead here) → ``serving`` → ``failing``; ``released`` rests."""
    if domain.state != Domain.State.PROVED:
        return domain.state
    if domain.failing_since is not None:
        return FAILING
    return SERVING if domain.serving or not needs_records(domain) else PROVED


@dataclass(frozen=True, slots=True)
class DomainPage:
    """A page of hosts; an empty cursor means that there is nothing on that side."""

    rows: Sequence[DomainRow]
    next_cursor: str
    previous_cursor: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A typed name, understood: the full host, and whether it lies below the neutral suffix and so needs no proof."""

    host: str
    below_suffix: bool

    @property
    def is_wildcard(self) -> bool:
        """All names with one more label."""
        return self.host.startswith(WILDCARD)


def _row(domain: Domain) -> DomainRow:
    return DomainRow(
        ref=domain.ref,
        host=domain.host,
        state=domain.state,
        is_primary=domain.is_primary,
        account_id=domain.account_id,
        account_ref=domain.account.ref,
        account_name=domain.account.name,
        account_kind=domain.account.kind,
        created_at=domain.created_at,
        proved_at=domain.proved_at,
        rests_until=domain.released_at + QUARANTINE if domain.released_at is not None else None,
        proof=domain.proof,
        standing=standing_of(domain),
        findings=read_findings(domain),
        records=records(domain) if domain.state != Domain.State.RELEASED else (),
        can_check=domain.state != Domain.State.RELEASED and needs_records(domain),
        checked_at=domain.checked_at,
        check_asked_at=domain.check_asked_at,
        next_check_at=domain.next_check_at,
        failing_since=domain.failing_since,
        stops_at=domain.lost_since + STOP_AFTER if domain.lost_since is not None else None,
        redirects=domain.redirects,
        certificate_code=domain.certificate_code,
        certificate_issuer=domain.certificate_issuer,
        certificate_ends_at=domain.certificate_ends_at,
        gives_names=domain.gives_names and domain.state == Domain.State.PROVED,
    )


def hosts_of(account_id: int, *, at: datetime) -> list[DomainRow]:
    """The hosts of one account within the scope in force: the main one first, then by name; those that rest at the end."""
    return [_row(row) for row in _ranked(account_id, at).order_by("rank", "host", "id")]


def wildcards_of(account_id: int) -> list[DomainRow]:
    """The proved domains of an account below which it can give names, the one that new clients get theirs from first."""
    rows = Domain.objects.filter(account_id=account_id, state=Domain.State.PROVED, host__startswith=WILDCARD)
    return [_row(row) for row in rows.select_related("account").order_by("-gives_names", "host", "id")]


def host_page(account_id: int, *, at: datetime, cursor: str = "", size: int = 50) -> DomainPage:
    """The same in pages. A cursor that begins with ``-`` leads back; one that is not known is the first page."""
    rows = _ranked(account_id, at)
    back = cursor.startswith("-")
    ref = cursor.removeprefix("-")
    edge = rows.filter(ref=ref).values_list("rank", "host", "id").first() if looks_like_ref(ref, "dom") else None
    back = back and edge is not None
    if edge is not None:
        op = "lt" if back else "gt"
        beyond = Q(**{f"rank__{op}": edge[0]})
        beyond |= Q(rank=edge[0]) & (Q(**{f"host__{op}": edge[1]}) | Q(host=edge[1], **{f"id__{op}": edge[2]}))
        rows = rows.filter(beyond)
    rows = rows.order_by(*(("-rank", "-host", "-id") if back else ("rank", "host", "id")))
    return _page(rows, back=back, edge=edge is not None, size=size)


def host_of(account_id: int, ref: str, *, at: datetime) -> DomainRow:
    """One of them. Raises NotFound."""
    row = _ranked(account_id, at).filter(ref=ref).first() if looks_like_ref(ref, "dom") else None
    if row is None:
        raise NotFound
    return _row(row)


def _ranked(account_id: int, at: datetime) -> QuerySet[Any]:  # of Domain, with `rank`
    """Its own and those that rest, with their `rank` in lists; what has rested long enough is nobody's."""
    rank = Case(
        When(is_primary=True, then=0),
        When(state=Domain.State.PROVED, then=1),
        When(state=Domain.State.PENDING, then=2),
        default=3,
        output_field=IntegerField(),
    )
    kept = Q(released_at__isnull=True) | Q(released_at__gt=at - QUARANTINE)  # `still_rests`, of many
    return Domain.objects.filter(kept, account_id=account_id).select_related("account").annotate(rank=rank)


def _page(rows: QuerySet[Domain], *, back: bool, edge: bool, size: int) -> DomainPage:
    """The page at the beginning of `rows`, which lie beyond an edge if there is one, and are turned round to lead back."""
    found = [_row(row) for row in rows[: size + 1]]
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    has_next, has_previous = (True, more) if back else (more, edge)
    return DomainPage(
        rows=found,
        next_cursor=found[-1].ref if found and has_next else "",
        previous_cursor=f"-{found[0].ref}" if found and has_previous else "",
    )


def domain_row(ref: str) -> DomainRow:
    """One host within the scope in force. Raises NotFound."""
    row = Domain.objects.select_related("account").filter(ref=ref).first() if looks_like_ref(ref, "dom") else None
    if row is None:
        raise NotFound
    return _row(row)


def domain_to_check(ref: str) -> Domain | None:
    """A host within the scope in force that DNS can be asked about; None when there is none."""
    return Domain.objects.exclude(state=Domain.State.RELEASED).filter(ref=ref).first()


def all_domains(*, state: str = "", search: str = "", cursor: str = "", size: int = 50) -> DomainPage:
    """A page of the hosts within the scope in force, newest first. `search` is how a name begins.

    A cursor that begins with ``-`` leads back. One that is not known is the first page.
    """
    rows = Domain.objects.select_related("account")
    if state in Domain.State.values:
        rows = rows.filter(state=state)
    search = search.replace("\x00", "")
    if search:
        rows = rows.filter(_begins_with(search))
    back = cursor.startswith("-")
    ref = cursor.removeprefix("-")
    known = looks_like_ref(ref, "dom")
    edge = Domain.objects.filter(ref=ref).values_list("id", flat=True).first() if known else None
    back = back and edge is not None
    if edge is not None:
        rows = rows.filter(id__gt=edge) if back else rows.filter(id__lt=edge)
    return _page(rows.order_by("id" if back else "-id"), back=back, edge=edge is not None, size=size)


def _begins_with(typed: str) -> Q:
    """How a name begins, as it is kept or as people read it (`DomainRow.shown`): of the latter whole labels are known again."""
    name = typed.strip().lower()[:253]
    wild = WILDCARD if name.startswith(WILDCARD) else ""
    plain = None if name.isascii() else normalize_host(name.removeprefix(WILDCARD))
    return Q(host__startswith=name) if plain is None else Q(host__startswith=name) | Q(host__startswith=wild + plain)


def every_domain(*, like: str = "") -> Iterator[DomainRow]:
    """All hosts within the scope in force by name, read as they are asked for. `like` is how a name begins."""
    rows = Domain.objects.select_related("account").order_by("host", "id")
    if like:
        rows = rows.filter(_begins_with(like))
    last: Domain | None = None
    while True:
        beyond = Q() if last is None else Q(host__gt=last.host) | Q(host=last.host, id__gt=last.id)
        found = list(rows.filter(beyond)[:_AT_ONCE])
        yield from map(_row, found)
        if len(found) < _AT_ONCE:
            return
        last = found[-1]


def troubled_domains(*, search: str = "", cursor: str = "", size: int = 50) -> DomainPage:
    """A page of the hosts within the scope in force that fail or have trouble with their certificate, the newest first."""
    since = Case(
        When(failing_since__isnull=True, then=F("certificate_since")),
        When(certificate_since__gt=F("failing_since"), then=F("certificate_since")),
        default=F("failing_since"),
    )
    rows = Domain.objects.select_related("account").filter(_TROUBLED).annotate(since=since)
    if search := search.replace("\x00", ""):
        rows = rows.filter(_begins_with(search))
    back = cursor.startswith("-")
    ref = cursor.removeprefix("-")
    edge = rows.filter(ref=ref).values_list("since", "id").first() if looks_like_ref(ref, "dom") else None
    back = back and edge is not None
    if edge is not None:
        op = "gt" if back else "lt"
        rows = rows.filter(Q(**{f"since__{op}": edge[0]}) | Q(since=edge[0], **{f"id__{op}": edge[1]}))
    return _page(
        rows.order_by(*(("since", "id") if back else ("-since", "-id"))), back=back, edge=edge is not None, size=size
    )


#: A certificate is looked at only where DNS leads here. Names below a wildcard fail with it: thousands would hide what to mend.
_TROUBLED = (
    Q(state=Domain.State.PROVED)
    & ~Q(proof=Domain.Proof.WILDCARD)
    & (Q(failing_since__isnull=False) | Q(certificate_since__isnull=False, serving=True))
)


def below_suffix(label: str) -> str:
    """The full host of a label below the neutral suffix."""
    return f"{label}.{settings.HOST_SUFFIX}"


def has_neutral_hosts() -> bool:
    """Whether the installation has a domain below which everybody can have a host that names nobody above. The default is for
    one machine only; a domain below the vendor's own host would name it.
    """
    suffix, vendor = str(settings.HOST_SUFFIX), str(settings.VENDOR_HOST)
    local = suffix == "localhost" and not f".{vendor}".endswith(".localhost")
    return bool(suffix) and not local and not f".{suffix}".endswith(f".{vendor}")


def understand(typed: str) -> tuple[str, Wanted | None]:
    """A typed word or name → ``("", Wanted)``, or the code of why it cannot be a host at all.

    A single word is a label below the neutral suffix; so is its full form. Anything deeper below the suffix, the suffix
    itself and the installation's own names are nobody's.
    """
    name = typed.strip().lower()
    if "." not in name:
        code = refuse_label(name)
        return (code, None) if code is not None else _unless_ours(Wanted(below_suffix(name), True))
    wild = name.startswith(WILDCARD)
    full = normalize_host(name.removeprefix(WILDCARD))
    if full is None or "." not in full:
        return "form", None
    suffix = settings.HOST_SUFFIX
    if wild:
        return ("own-suffix", None) if _touches(full, suffix) else _unless_ours(Wanted(WILDCARD + full, False))
    if full == suffix or full.endswith("." + suffix):
        label = full.removesuffix("." + suffix)
        if full == suffix or "." in label:
            return "own-suffix", None
        code = refuse_label(label)
        return (code, None) if code is not None else _unless_ours(Wanted(full, True))
    return _unless_ours(Wanted(full, False))


def _unless_ours(wanted: Wanted) -> tuple[str, Wanted | None]:
    """The vendor's host, the place that domains lead to, and where mail leaves from, by and comes back to, belong to the
    installation."""
    mail = settings.SUBLET.text("SUBLET_MAIL_FROM").rpartition("@")[2].lower()
    back = settings.SUBLET.text("SUBLET_BOUNCE_HOST").lower()
    server = settings.SUBLET.text("SUBLET_SMTP_HOST").lower()
    ours = {settings.VENDOR_HOST, mail, back, server, settings.DNS_TARGET} - {""}
    reserved = wanted.host in ours or any(covers(wanted.host, each) for each in ours)
    return ("reserved", None) if reserved else ("", wanted)


def _touches(base: str, suffix: str) -> bool:
    """Whether a wildcard below `base` would stand for names of the neutral suffix."""
    return base == suffix or base.endswith("." + suffix) or suffix.endswith("." + base)


def refuse_host(typed: str, *, account_id: int, at: datetime) -> str:
    """Why the account cannot have the typed name now, or empty when it can.

    Codes: ``form``, ``short``, ``long``, ``reserved``, ``own-suffix``, ``already`` (it has it), ``taken``, ``resting``.
    A claim that nobody has proved is in nobody's way (security.md, D4).
    """
    code, wanted = understand(typed)
    if wanted is None:
        return code
    # unscoped: host names are global by nature; nothing of the other account is given out
    others = Domain.unscoped.filter(host=wanted.host)
    for row in others.only("account_id", "state", "released_at"):
        mine = row.account_id == account_id
        if mine and row.state != Domain.State.RELEASED:
            return "already"
        if not mine and row.state == Domain.State.PROVED:
            return "taken"
        if not mine and row.state == Domain.State.RELEASED and still_rests(row, at):
            return "resting"
    return ""


def still_rests(domain: Domain, at: datetime) -> bool:
    """Whether a released host is still nobody's."""
    return domain.released_at is not None and at - domain.released_at < QUARANTINE
