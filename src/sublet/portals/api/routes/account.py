"""The account of the key, and its people as clients name them."""

from __future__ import annotations

from sublet.accounts import operations, queries
from sublet.core.rights import CLIENT, DIRECT
from sublet.foundation.errors import CannotWhileImpersonating
from sublet.people.queries import staff as people_of_account
from sublet.portals.api.declare import ABOVE, EVERYBODY, ApiRequest, Routes
from sublet.portals.api.routes.shared import version_of
from sublet.portals.api.schemas.accounts import OwnAccount, StaffList, StaffPerson, own_account_of
from sublet.portals.api.schemas.accounts_in import OwnDetailsIn

routes = Routes("Account", "The account that the key belongs to.")


@routes.get("/account", needs="", kinds=EVERYBODY, answer=OwnAccount)
def get_account(request: ApiRequest) -> OwnAccount:
    """Show the account of the key.

    Every key may ask this, so it is a good first request.
    """
    return own_account_of(queries.own_facts(request.actor))


@routes.patch(
    "/account",
    needs="settings:manage",
    kinds=EVERYBODY,
    answer=OwnAccount,
    refusals=[operations.CannotChangeDetails],
    versioned=True,
    example={"city": "Napoli", "phone": "+39 081 765 4321"},
)
def change_account(request: ApiRequest, body: OwnDetailsIn) -> OwnAccount:
    """Change the details of the account.

    What is not named stays as it is. With If-Match (or `version`) a change that somebody else made meanwhile is noticed.
    """
    changes = body.model_dump(include=body.model_fields_set - {"version"})
    operations.change_details(
        ref=request.actor.account_ref,
        changes=changes,
        version=version_of(request, body.version),
        actor=request.actor,
        at=request.at,
    )
    return own_account_of(queries.own_facts(request.actor))


@routes.post("/account/convert", needs="settings:manage", kinds=(DIRECT,), answer=OwnAccount)
def convert_account(request: ApiRequest) -> OwnAccount:
    """Make a direct account a reseller's: never by a key.

    The owner has to log in and do it, on the page “Become a reseller”. A key is always answered 403 with the code
    `in-person`.
    """
    raise CannotWhileImpersonating("personal")


@routes.post("/account/close", needs="settings:manage", kinds=(CLIENT, DIRECT), answer=OwnAccount)
def close_account(request: ApiRequest) -> OwnAccount:
    """Close one's own account: never by a key.

    The owner has to log in and do it. A key is always answered 403 with the code `in-person`.
    """
    raise CannotWhileImpersonating("personal")


@routes.get("/staff", needs="", kinds=ABOVE, answer=StaffList)
def list_staff(request: ApiRequest) -> StaffList:
    """List the account's own people, as clients name who looks after them."""
    return StaffList(
        items=[StaffPerson(user=each.ref, name=each.name, gone=each.gone) for each in people_of_account(request.actor)]
    )
