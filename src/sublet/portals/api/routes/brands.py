"""Brands and hosts, of one's own account and of those below it."""

from __future__ import annotations

from ninja import Query

from sublet.accounts import queries as account_queries
from sublet.branding import operations, queries
from sublet.branding.queries import DomainRow
from sublet.core.rights import VENDOR
from sublet.portals.api.declare import EVERYBODY, ApiRequest, Made, Needs, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas.brands import (
    Host,
    HostCheck,
    HostCheckAsked,
    HostFinding,
    HostIn,
    HostList,
    HostPage,
    HostRecord,
    HostRedirectIn,
    HostsAsked,
)
from sublet.portals.api.schemas.common import PageAsked

routes = Routes("Brand and hosts", "What an account shows of itself, and at which addresses.")
SEE_HOSTS = Needs("hosts:view", below="clients:view", vendor="hosts:view")
ADD_HOSTS = Needs("hosts:manage", below="clients:manage", vendor="hosts:manage")


def host_schema(row: DomainRow) -> Host:
    return Host(
        ref=row.ref,
        host=row.host,
        state=row.state,  # type: ignore[arg-type]  # the database knows no other word
        is_primary=row.is_primary,
        account=row.account_ref,
        account_name=row.account_name,
        created_at=row.created_at,
        proved_at=row.proved_at,
        rests_until=row.rests_until,
        standing=row.standing,  # type: ignore[arg-type]  # as above
        is_wildcard=row.is_wildcard,
        redirects=row.redirects,
        gives_names=row.gives_names,
        findings=[
            HostFinding(code=each.code, level=each.level, sentence=each.sentence)  # type: ignore[arg-type]  # as above
            for each in row.findings
        ],
        records=[
            HostRecord(purpose=each.purpose, name=each.name, kind=each.kind, value=each.value)  # type: ignore[arg-type]  # as above
            for each in row.records
        ],
        checked_at=row.checked_at,
        next_check_at=row.next_check_at,
        failing_since=row.failing_since,
        stops_at=row.stops_at,
    )


def _named(request: ApiRequest, account: str, host: str) -> DomainRow:
    """The host of that account with that reference. Raises NotFound."""
    return queries.host_of(account_queries.account_id_of(request.actor, account), host, at=request.at)


@routes.get("/accounts/{account}/hosts", needs=SEE_HOSTS, kinds=EVERYBODY, answer=HostList)
def list_hosts(request: ApiRequest, account: str, asked: Query[PageAsked]) -> HostList:
    """List the hosts of an account: one's own, or one below it. The main one first, then by name."""
    account_id = account_queries.account_id_of(request.actor, account)
    cursors = Cursors("account-hosts", request.actor, account)
    page = queries.host_page(account_id, at=request.at, cursor=cursors.place(asked), size=asked.limit)
    return HostList(
        items=[host_schema(row) for row in page.rows],
        next=cursors.sealed(page.next_cursor),
        previous=cursors.sealed(page.previous_cursor),
    )


@routes.post(
    "/accounts/{account}/hosts",
    needs=ADD_HOSTS,
    kinds=EVERYBODY,
    answer=Host,
    status=201,
    refusals=[operations.CannotAddHost],
)
def add_host(request: ApiRequest, account: str, body: HostIn) -> Made:
    """Give an account a host.

    A single word makes an address below the installation's neutral domain, at once. A full name of your own waits until
    it is proved.
    """
    made = operations.add_host(account_ref=account, host=body.host, actor=request.actor, at=request.at)
    return Made(host_schema(_named(request, account, made.ref)), f"/accounts/{account}/hosts/{made.ref}")


@routes.get("/accounts/{account}/hosts/{host}", needs=SEE_HOSTS, kinds=EVERYBODY, answer=Host)
def get_host(request: ApiRequest, account: str, host: str) -> Host:
    """Show a host of an account."""
    return host_schema(_named(request, account, host))


@routes.post(
    "/accounts/{account}/hosts/{host}/make-primary",
    needs=ADD_HOSTS,
    kinds=EVERYBODY,
    answer=Host,
    refusals=[operations.CannotReleaseHost],
)
def make_host_primary(request: ApiRequest, account: str, host: str) -> Host:
    """Let the links in mails lead to this host from now on."""
    found = _named(request, account, host)
    operations.make_primary(ref=found.ref, actor=request.actor, at=request.at)
    return host_schema(_named(request, account, host))


@routes.post(
    "/accounts/{account}/hosts/{host}/check",
    needs=ADD_HOSTS,
    kinds=EVERYBODY,
    answer=Host,
    status=202,
    refusals=[operations.CannotCheckHost],
)
def look_at_host(request: ApiRequest, account: str, host: str) -> Host:
    """Let DNS be asked about a host now. The answer is there when `checked_at` has changed."""
    found = _named(request, account, host)
    operations.ask_check(ref=found.ref, actor=request.actor, at=request.at)
    return host_schema(_named(request, account, host))


@routes.post(
    "/accounts/{account}/hosts/{host}/redirect",
    needs=ADD_HOSTS,
    kinds=EVERYBODY,
    answer=Host,
    refusals=[operations.CannotReleaseHost],
    example={"redirects": True},
)
def redirect_host(request: ApiRequest, account: str, host: str, body: HostRedirectIn) -> Host:
    """Let a host send its visitors on to the main one (308, path kept), or show its own pages again."""
    found = _named(request, account, host)
    operations.set_redirect(ref=found.ref, redirects=body.redirects, actor=request.actor, at=request.at)
    return host_schema(_named(request, account, host))


@routes.post(
    "/accounts/{account}/hosts/{host}/release",
    needs=ADD_HOSTS,
    kinds=EVERYBODY,
    answer=None,
    refusals=[operations.CannotReleaseHost],
)
def release_host(request: ApiRequest, account: str, host: str) -> None:
    """Take a host away. Nobody else can have it for thirty days."""
    found = _named(request, account, host)
    operations.release_host(ref=found.ref, actor=request.actor, at=request.at)


@routes.post(
    "/accounts/{account}/hosts/{host}/mark-proved",
    needs=Needs("hosts:manage", vendor="hosts:manage"),
    kinds=(VENDOR,),
    answer=Host,
    refusals=[operations.CannotAddHost],
)
def mark_host_proved(request: ApiRequest, account: str, host: str) -> Host:
    """State that a waiting host is proved."""
    found = _named(request, account, host)
    operations.mark_proved(ref=found.ref, actor=request.actor, at=request.at)
    return host_schema(_named(request, account, host))


@routes.get("/accounts/{account}/host-check", needs=ADD_HOSTS, kinds=EVERYBODY, answer=HostCheck)
def check_host(request: ApiRequest, account: str, asked: Query[HostCheckAsked]) -> HostCheck:
    """Ask whether an account could have a host name now."""
    account_id = account_queries.account_id_of(request.actor, account)
    code = queries.refuse_host(asked.host, account_id=account_id, at=request.at)
    return HostCheck(host=asked.host, free=not code, code=code)


@routes.get("/hosts", needs="hosts:view", kinds=(VENDOR,), answer=HostPage)
def list_all_hosts(request: ApiRequest, asked: Query[HostsAsked]) -> HostPage:
    """List the hosts of the installation, newest first."""
    cursors = Cursors("hosts", request.actor, asked.state, asked.search)
    page = queries.all_domains(state=asked.state, search=asked.search, cursor=cursors.place(asked), size=asked.limit)
    return HostPage(
        items=[host_schema(row) for row in page.rows],
        next=cursors.sealed(page.next_cursor),
        previous=cursors.sealed(page.previous_cursor),
    )
