"""The programs of the host product at which people sign on."""

from __future__ import annotations

from sublet.core.rights import VENDOR
from sublet.portals.api.declare import ApiRequest, Made, Routes
from sublet.portals.api.schemas.applications import Application, ApplicationIn, ApplicationList, ApplicationSecret
from sublet.signon import operations, queries
from sublet.signon.queries import ApplicationRow

routes = Routes("Applications", "The programs of the product at which people sign on. Vendor only.")
ONLY = (VENDOR,)


def _application(row: ApplicationRow) -> Application:
    return Application(
        ref=row.ref,
        name=row.name,
        redirect_addresses=list(row.redirect_addresses),
        logout_addresses=list(row.logout_addresses),
        login_address=row.login_address,
        notice_address=row.notice_address,
        created_by=row.created_by,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
    )


@routes.get("/applications", needs="manifest:view", kinds=ONLY, answer=ApplicationList)
def list_applications(request: ApiRequest) -> ApplicationList:
    """List the applications, by name. Never a secret."""
    return ApplicationList(items=[_application(row) for row in queries.applications(request.actor)])


@routes.post(
    "/applications",
    needs="manifest:manage",
    kinds=ONLY,
    answer=ApplicationSecret,
    status=201,
    refusals=[operations.CannotRegisterApplication],
    shown_once=True,
)
def register_application(request: ApiRequest, body: ApplicationIn) -> Made:
    """Register an application.

    Its secret is in this answer and nowhere else: neither stored nor shown again, also not to the same request with the
    same Idempotency-Key.
    """
    made = operations.register_application(**body.model_dump(), actor=request.actor, at=request.at)
    return Made(ApplicationSecret(ref=made.ref, name=made.name, secret=made.secret), f"/applications/{made.ref}")


@routes.get("/applications/{application}", needs="manifest:view", kinds=ONLY, answer=Application)
def read_application(request: ApiRequest, application: str) -> Application:
    """Read an application."""
    return _application(queries.application(request.actor, application))


@routes.put(
    "/applications/{application}",
    needs="manifest:manage",
    kinds=ONLY,
    answer=Application,
    refusals=[operations.CannotRegisterApplication],
)
def change_application(request: ApiRequest, application: str, body: ApplicationIn) -> Application:
    """Change an application; nobody is signed off by it."""
    operations.change_application(application_ref=application, **body.model_dump(), actor=request.actor, at=request.at)
    return _application(queries.application(request.actor, application))


@routes.post(
    "/applications/{application}/secret",
    needs="manifest:manage",
    kinds=ONLY,
    answer=ApplicationSecret,
    shown_once=True,
)
def renew_application_secret(request: ApiRequest, application: str) -> ApplicationSecret:
    """Give an application another secret; the old one works no more from that moment."""
    made = operations.renew_application_secret(application_ref=application, actor=request.actor, at=request.at)
    return ApplicationSecret(ref=made.ref, name=made.name, secret=made.secret)


@routes.delete("/applications/{application}", needs="manifest:manage", kinds=ONLY, answer=None)
def remove_application(request: ApiRequest, application: str) -> None:
    """Remove an application, at once: everybody is signed off there."""
    operations.remove_application(application_ref=application, actor=request.actor, at=request.at)
