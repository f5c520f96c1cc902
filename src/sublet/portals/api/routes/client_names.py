"""Names below a reseller's wildcard for its clients."""

from __future__ import annotations

from sublet.accounts import queries as account_queries
from sublet.branding import operations, queries
from sublet.core.rights import RESELLER
from sublet.portals.api.declare import ApiRequest
from sublet.portals.api.routes.brand_changes import routes
from sublet.portals.api.routes.brands import host_schema
from sublet.portals.api.routes.shared import selection_of
from sublet.portals.api.schemas.brands import ClientHost, ClientHosts, ClientHostsIn, Host, HostGivesIn

__all__ = ["routes"]


@routes.post(
    "/client-hosts",
    needs="clients:manage",
    kinds=(RESELLER,),
    answer=ClientHosts,
    refusals=[operations.CannotNameClients],
    example={
        "wildcard": "dom_7HqWm2Zr9KtXbd",
        "clients": ["acc_7HqWm2Zr9KtXbd"],
        "labels": {"acc_7HqWm2Zr9KtXbd": "bella-napoli"},
        "dry_run": True,
    },
)
def name_clients(request: ApiRequest, body: ClientHostsIn) -> ClientHosts:
    """Give many clients names below a proved wildcard of your own at once, or see what they would get.

    Name the clients, or give the question whose answers are meant; at most 500. A name is proposed from the client's
    own, unless `labels` says another. All or nothing; a name is taken back like any host.
    """
    actor = request.actor
    selection = selection_of(actor, body)
    operation = operations.preview_client_names if body.dry_run else operations.name_clients
    names = operation(wildcard_ref=body.wildcard, selection=selection, labels=body.labels, actor=actor, at=request.at)
    return ClientHosts(
        dry_run=body.dry_run,
        new=names.new,
        faulty=names.faulty,
        items=[
            ClientHost(
                account=line.account_ref,
                account_name=line.account_name,
                state=line.state,  # type: ignore[arg-type]  # the operation knows no other word
                label=line.label,
                host=line.host,
                code=line.code,
                sentence=line.sentence,
            )
            for line in names.lines
        ],
    )


@routes.post(
    "/accounts/{account}/hosts/{host}/give-names",
    needs="hosts:manage",
    kinds=(RESELLER,),
    answer=Host,
    refusals=[operations.CannotNameClients],
    example={"gives": True},
)
def let_host_give_names(request: ApiRequest, account: str, host: str, body: HostGivesIn) -> Host:
    """Let each new client get a name below this wildcard by itself, or no longer. At most one wildcard does so."""
    account_id = account_queries.account_id_of(request.actor, account)
    found = queries.host_of(account_id, host, at=request.at)
    operations.set_gives_names(ref=found.ref, gives=body.gives, actor=request.actor, at=request.at)
    return host_schema(queries.host_of(account_id, host, at=request.at))
