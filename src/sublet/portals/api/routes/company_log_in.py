"""The company log-in of the account."""

from __future__ import annotations

from sublet.people.identity_providers import CannotUseProvider
from sublet.people.operations.company_log_in_rules import (
    CannotSetCompanyLogIn,
    WantedCompanyLogIn,
    remove_company_log_in,
    set_company_log_in,
)
from sublet.people.queries.company_log_ins import company_log_in_page
from sublet.portals.api.declare import EVERYBODY, ApiRequest, Routes
from sublet.portals.api.schemas.company_log_in import CompanyLogInIn, CompanyLogInOut

routes = Routes("Company log-in", "The account’s own identity provider, by which its people log in (OpenID Connect).")


def _shown(request: ApiRequest) -> CompanyLogInOut:
    page = company_log_in_page(request.actor)
    return CompanyLogInOut(
        issuer=page.issuer,
        client_id=page.client_id,
        has_secret=page.has_secret,
        domains=list(page.domains),
        second_factor=page.second_factor,  # type: ignore[arg-type]  # one of the words, by the operation
        on=page.on,
        only=page.only,
        found_at=page.found_at,
        linked=page.linked,
        people=page.people,
    )


@routes.get("/account/company-log-in", needs="team:view", kinds=EVERYBODY, answer=CompanyLogInOut)
def get_company_log_in(request: ApiRequest) -> CompanyLogInOut:
    """Show the company log-in of the account. Never its secret."""
    return _shown(request)


@routes.put(
    "/account/company-log-in",
    needs="team:manage",
    kinds=EVERYBODY,
    answer=CompanyLogInOut,
    refusals=[CannotSetCompanyLogIn, CannotUseProvider],
)
def put_company_log_in(request: ApiRequest, body: CompanyLogInIn) -> CompanyLogInOut:
    """Set up the company log-in. It holds from the next request of each person on.

    Another issuer or client, switching off, and counting it less as a second factor end what was opened by it before. The
    provider itself is asked when the first person logs in by it; the page in the portal can test it beforehand.
    """
    set_company_log_in(
        wanted=WantedCompanyLogIn(
            issuer=body.issuer,
            client_id=body.client_id,
            client_secret=body.client_secret,
            domains=body.domains,
            second_factor=body.second_factor,
            on=body.on,
            only=body.only,
        ),
        actor=request.actor,
        at=request.at,
        ask=False,
    )
    return _shown(request)


@routes.delete(
    "/account/company-log-in",
    needs="team:manage",
    kinds=EVERYBODY,
    answer=None,
    refusals=[CannotSetCompanyLogIn],
)
def delete_company_log_in(request: ApiRequest) -> None:
    """Take the company log-in away, with every link. Whoever came in by it alone is out at the next click."""
    remove_company_log_in(actor=request.actor, at=request.at)
