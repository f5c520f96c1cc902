"""In whose name mail leaves, by which server; and who is not written to any more."""

from __future__ import annotations

from dataclasses import asdict

from ninja import Query

from sublet.core.rights import CLIENT, DIRECT, RESELLER, VENDOR
from sublet.foundation.errors import NotFound
from sublet.messaging import bounce_operations, hooks, sender_operations, sender_queries, server_operations
from sublet.messaging.bounce_operations import CannotSuppress
from sublet.messaging.sender_health import sender_health
from sublet.messaging.sender_operations import CannotAddSenderDomain, CannotSetSender
from sublet.messaging.sender_queries import IdentityView, SenderDomainRow, WayView
from sublet.messaging.server_operations import CannotSetMailServer
from sublet.messaging.suppression_queries import suppressions
from sublet.portals.api.declare import ApiRequest, Made, Needs, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas import senders as shapes

routes = Routes("Senders", "In whose name mail leaves and by which server, and who is not written to any more.")
SEE, DO = Needs("brand:view", below="brand:view"), Needs("brand:manage", below="brand:manage")
KINDS = (RESELLER, CLIENT, DIRECT)
SENDERS = (VENDOR, *KINDS)
LISTED = (VENDOR, RESELLER, DIRECT)  # what comes back from a client's people is on its reseller's list
LIST, KEEP = Needs("journal:view", vendor="journal:view"), Needs("brand:manage", vendor="jobs:manage")


def _identity(view: IdentityView) -> shapes.SenderIdentity:
    return shapes.SenderIdentity(
        identity=view.identity,  # type: ignore[arg-type]  # there is no other word
        name=view.name,
        domain=view.domain_ref,
        mailboxes=dict(view.mailboxes),
        reply_to=view.reply_to,
        version=view.version,
        aligned=view.own_domain,
        wanted=view.wanted,
        headers=[shapes.HeaderLine(name=line.name, value=line.value) for line in view.lines],
    )


def _domain(row: SenderDomainRow) -> shapes.SenderDomain:
    return shapes.SenderDomain(
        ref=row.ref,
        domain=row.domain,
        state=row.state,  # type: ignore[arg-type]  # as above
        inherited_from=row.inherited_from,
        records=[shapes.DnsRecord(**asdict(record)) for record in row.records],
        findings=[shapes.DnsFinding(**asdict(finding)) for finding in row.findings],
        created_at=row.created_at,
        checked_at=row.checked_at,
        proved_at=row.proved_at,
    )


def _server(way: WayView) -> shapes.MailServer:
    return shapes.MailServer(
        kind=way.kind,  # type: ignore[arg-type]  # as above
        owner=way.owner,
        host=way.host,
        port=way.port,
        tls=way.tls,
        user=way.user,
        spf=way.spf,
        provider=way.provider,
        selectors=way.selectors,
        return_path=way.return_path,
        state=way.state,  # type: ignore[arg-type]  # as above
        why=way.why,  # type: ignore[arg-type]  # as above
        answer=way.answer,
        version=way.version,
    )


@routes.get("/accounts/{account}/senders", needs=SEE, kinds=SENDERS, answer=shapes.Senders)
def get_senders(request: ApiRequest, account: str) -> shapes.Senders:
    """Show the senders of an account: what a recipient sees, the domains with their records, the server."""
    view = sender_queries.senders_of(request.actor, account)
    return shapes.Senders(
        identities=[_identity(each) for each in view.identities],
        domains=[_domain(row) for row in view.domains],
        server=_server(view.way),
    )


@routes.patch(
    "/accounts/{account}/senders/{identity}",
    needs=DO,
    kinds=SENDERS,
    answer=shapes.SenderIdentity,
    refusals=[CannotSetSender],
)
def change_sender_identity(
    request: ApiRequest, account: str, identity: str, body: shapes.SenderChange
) -> shapes.SenderIdentity:
    """Change product mail or account mail: name, domain, mailboxes by language, where replies go."""
    changes = {field: value for field, value in body.model_dump(exclude={"version"}).items() if value is not None}
    sender_operations.change_sender(
        account_ref=account,
        identity=identity,
        changes=changes,
        version=body.version,
        actor=request.actor,
        at=request.at,
    )
    view = sender_queries.senders_of(request.actor, account)
    return next(_identity(each) for each in view.identities if each.identity == identity)


@routes.post(
    "/accounts/{account}/sender-domains",
    needs=DO,
    kinds=SENDERS,
    answer=shapes.SenderDomain,
    status=201,
    refusals=[CannotAddSenderDomain],
)
def add_sender_domain(request: ApiRequest, account: str, body: shapes.SenderDomainIn) -> Made:
    """Add a domain to write in the name of. It is used once its records are seen in DNS."""
    made = sender_operations.add_sender_domain(
        account_ref=account, domain=body.domain, actor=request.actor, at=request.at
    )
    row = sender_queries.sender_domain(request.actor, account, made)
    return Made(_domain(row), f"/accounts/{account}/sender-domains/{made}")


@routes.get("/accounts/{account}/sender-domains/{domain}", needs=SEE, kinds=SENDERS, answer=shapes.SenderDomain)
def get_sender_domain(request: ApiRequest, account: str, domain: str) -> shapes.SenderDomain:
    """Show a sender domain with the records that it needs and what was found."""
    return _domain(sender_queries.sender_domain(request.actor, account, domain))


@routes.delete("/accounts/{account}/sender-domains/{domain}", needs=DO, kinds=SENDERS, answer=None)
def remove_sender_domain(request: ApiRequest, account: str, domain: str) -> None:
    """Remove a sender domain with its keys."""
    sender_queries.sender_domain(request.actor, account, domain)
    sender_operations.remove_sender_domain(ref=domain, actor=request.actor, at=request.at)


@routes.post(
    "/accounts/{account}/sender-domains/{domain}/check",
    needs=DO,
    kinds=SENDERS,
    answer=shapes.SenderDomain,
    status=202,
)
def check_sender_domain(request: ApiRequest, account: str, domain: str) -> shapes.SenderDomain:
    """Have the records of a sender domain looked up now, by a job."""
    sender_queries.sender_domain(request.actor, account, domain)
    sender_operations.check_sender_domain(ref=domain, actor=request.actor, at=request.at)
    return _domain(sender_queries.sender_domain(request.actor, account, domain))


@routes.post(
    "/accounts/{account}/sender-domains/{domain}/key",
    needs=DO,
    kinds=SENDERS,
    answer=shapes.SenderDomain,
    status=201,
    refusals=[CannotAddSenderDomain],
)
def make_sender_key(request: ApiRequest, account: str, domain: str) -> Made:
    """Make a new DKIM key. It signs once its record is seen; until then the one before does."""
    sender_queries.sender_domain(request.actor, account, domain)
    sender_operations.rotate_dkim_key(ref=domain, actor=request.actor, at=request.at)
    row = sender_queries.sender_domain(request.actor, account, domain)
    return Made(_domain(row), f"/accounts/{account}/sender-domains/{domain}")


@routes.put(
    "/accounts/{account}/mail-server",
    needs=DO,
    kinds=KINDS,
    answer=shapes.MailServer,
    refusals=[CannotSetMailServer],
)
def put_mail_server(request: ApiRequest, account: str, body: shapes.MailServerIn) -> shapes.MailServer:
    """Let mail in the account's own name leave by a server of its own or a provider; a job tries it."""
    server_operations.set_mail_server(account_ref=account, actor=request.actor, at=request.at, **body.model_dump())
    return _server(sender_queries.senders_of(request.actor, account).way)


@routes.delete("/accounts/{account}/mail-server", needs=DO, kinds=KINDS, answer=None, refusals=[CannotSetMailServer])
def delete_mail_server(request: ApiRequest, account: str) -> None:
    """Let mail leave by the installation's server again."""
    server_operations.remove_mail_server(account_ref=account, actor=request.actor, at=request.at)


@routes.get("/accounts/{account}/mail-server/hook", needs=DO, kinds=KINDS, answer=shapes.MailHook)
def get_mail_hook(request: ApiRequest, account: str) -> shapes.MailHook:
    """Show the address at which the provider tells of bounces and complaints. Who has it can speak in its name."""
    return _hook(request, account)


@routes.post("/accounts/{account}/mail-server/hook", needs=DO, kinds=KINDS, answer=shapes.MailHook, status=201)
def renew_mail_hook(request: ApiRequest, account: str) -> Made:
    """Make another address for the provider to tell of mail at; the one before works for seven more days."""
    hooks.renew_hook(account_ref=account, actor=request.actor, at=request.at)
    return Made(_hook(request, account), f"/accounts/{account}/mail-server/hook")


def _hook(request: ApiRequest, account: str) -> shapes.MailHook:
    found = hooks.hook_of(request.actor, account, at=request.at)
    if found is None:
        raise NotFound
    return shapes.MailHook(address=found.address, before_until=found.before_until)


@routes.get("/sender-domains", needs="brand:view", kinds=(VENDOR,), answer=shapes.SenderDomainPage)
def list_sender_domains(request: ApiRequest, asked: Query[shapes.SenderDomainsAsked]) -> shapes.SenderDomainPage:
    """List the sender domains of everybody, newest first: which are in use, what is wrong, what was refused last."""
    cursors = Cursors("sender-domains", request.actor, asked.state)
    found = sender_health(
        request.actor, state=asked.state, cursor=cursors.place(asked), size=asked.limit, at=request.at
    )
    return shapes.SenderDomainPage(
        items=[
            shapes.SenderDomainHealth(
                ref=row.ref,
                domain=row.domain,
                state=row.state,  # type: ignore[arg-type]  # as above
                account=row.account_ref,
                account_name=row.account_name,
                finding=None if row.why is None else shapes.DnsFinding(**asdict(row.why)),
                last_refusal=row.refusal.answer if row.refusal is not None else "",
                checked_at=row.checked_at,
            )
            for row in found.rows
        ],
        next=cursors.sealed(found.next_cursor),
        previous=cursors.sealed(found.previous_cursor),
    )


@routes.get("/suppressions", needs=LIST, kinds=LISTED, answer=shapes.SuppressedPage)
def list_suppressions(request: ApiRequest, asked: Query[shapes.SuppressedAsked]) -> shapes.SuppressedPage:
    """List addresses that are not written to any more, a reseller's clients' own as well.

    A program's list takes people's data away: `people:manage` as well.
    """
    cursors = Cursors("suppressions", request.actor, asked.email)
    page = suppressions(request.actor, email=asked.email, cursor=cursors.place(asked), size=asked.limit)
    return shapes.SuppressedPage(
        items=[
            shapes.Suppressed(
                ref=row.ref,
                email=row.email,
                reason=row.reason,  # type: ignore[arg-type]  # as above
                everywhere=row.everywhere,
                account=row.account_ref,
                answer=row.answer,
                created_at=row.created_at,
            )
            for row in page.rows
        ],
        next=cursors.sealed(page.next_cursor),
        previous=cursors.sealed(page.previous_cursor),
    )


@routes.post("/suppressions", needs=KEEP, kinds=LISTED, answer=shapes.Suppressed, status=201, refusals=[CannotSuppress])
def suppress_address(request: ApiRequest, body: shapes.SuppressedIn) -> Made:
    """Write to an address no more. Takes `journal:view` and `people:manage` as well."""
    made = bounce_operations.suppress_address(email=body.email, actor=request.actor, at=request.at)
    row = next(each for each in suppressions(request.actor, email=body.email).rows if each.ref == made)
    return Made(
        shapes.Suppressed(
            ref=row.ref,
            email=row.email,
            reason=row.reason,  # type: ignore[arg-type]  # as above
            everywhere=row.everywhere,
            account=row.account_ref,
            answer=row.answer,
            created_at=row.created_at,
        ),
        f"/suppressions/{made}",
    )


@routes.delete("/suppressions/{suppression}", needs=KEEP, kinds=LISTED, answer=None, refusals=[CannotSuppress])
def lift_suppression(request: ApiRequest, suppression: str) -> None:
    """Write to an address again."""
    bounce_operations.lift_suppression(ref=suppression, actor=request.actor, at=request.at)
