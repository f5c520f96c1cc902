"""The brands of many clients at once, and what became of such changes."""

from __future__ import annotations

from typing import Any

from ninja import File, UploadedFile

from sublet.branding import operations, queries
from sublet.branding.queries import BrandsChangeFacts
from sublet.core.rights import RESELLER
from sublet.foundation.errors import NotFound
from sublet.portals.api.declare import MEBIBYTE, MULTIPART, Accepted, ApiRequest
from sublet.portals.api.problems import Invalid
from sublet.portals.api.routes.looks import changes_of, routes
from sublet.portals.api.routes.shared import selection_of
from sublet.portals.api.schemas.brand_changes import (
    BrandPicture,
    BrandsChange,
    BrandsChanges,
    BrandsChangeWhole,
    ClientBrands,
    ClientBrandsIn,
    ClientLeftAlone,
)
from sublet.portals.api.schemas.common import NO_REASON, OptionalReasonIn

__all__ = ["routes"]

ONLY = (RESELLER,)
DO = "brand:manage"


@routes.post(
    "/client-brands",
    needs=DO,
    kinds=ONLY,
    answer=ClientBrands,
    refusals=[operations.CannotChangeBrands],
    may_take_long=True,
    example={"clients": ["acc_7HqWm2Zr9KtXbd"], "brand": {"color": "#1f6feb", "footer": ""}, "dry_run": True},
)
def change_client_brands(request: ApiRequest, body: ClientBrandsIn) -> ClientBrands | Accepted:
    """Set fields in the brands of many clients at once, or see what that would do.

    Name the clients, or give the question whose answers are meant. An empty value goes back to what is inherited, what is
    not named stays. Pictures are sent before, once (`POST /client-brand-pictures/{slot}`). Up to 500 clients are changed at
    once, all or none; for more the answer is 202 with the id of the job that does it. The change can be taken back as a whole.
    """
    actor = request.actor
    selection = selection_of(actor, body)
    operation = operations.preview_brands if body.dry_run else operations.change_brands
    done = operation(
        selection=selection,
        changes=changes_of(body.brand),
        pictures={str(slot): digest for slot, digest in body.pictures.items()},
        actor=actor,
        at=request.at,
    )
    result = ClientBrands(
        dry_run=body.dry_run,
        selected=done.selected,
        changing=done.changing,
        names=[*done.names],
        change=done.ref or None,
        job=done.job_id or None,
    )
    return Accepted(result) if done.job_id else result


@routes.post(
    "/client-brand-pictures/{slot}",
    needs=DO,
    kinds=ONLY,
    answer=BrandPicture,
    body=MULTIPART,
    most_bytes=6 * MEBIBYTE,
    refusals=[operations.CannotKeepPicture],
)
def keep_picture_for_clients(request: ApiRequest, slot: str, file: File[UploadedFile]) -> BrandPicture:
    """Send a picture that many clients are to be given: it is checked and stored once, and nobody sees it yet.

    PNG, JPEG, WebP or GIF, at most 5 MB. It is decoded and written anew. The same picture again is the same digest.
    """
    if slot not in queries.PICTURES:
        raise NotFound
    data: bytes = file.read()
    if not data:
        raise Invalid("file", "empty-file")
    kept = operations.keep_for_many(slot=slot, data=data, actor=request.actor, at=request.at)
    return BrandPicture(slot=kept.slot, digest=kept.digest, width=kept.width, height=kept.height)


def _facts(facts: BrandsChangeFacts) -> dict[str, Any]:
    return {
        "ref": facts.ref,
        "state": facts.state,
        "values": {**facts.values},
        "total": facts.total,
        "waiting": facts.waiting,
        "changed": facts.changed,
        "undone": facts.undone,
        "left": {**facts.left},
        "kept": {**facts.kept},
        "may_be_undone": facts.may_be_undone,
        "created_at": facts.created_at,
        "created_by": facts.created_by,
        "finished_at": facts.finished_at,
    }


def _whole(request: ApiRequest, change: str) -> BrandsChangeWhole:
    facts = queries.brands_change(request.actor, change)
    left = [
        ClientLeftAlone(client=each.client_ref, client_name=each.client_name, reason=each.code)  # type: ignore[arg-type]  # the operation knows no other word
        for each in queries.left_alone(request.actor, change)
    ]
    return BrandsChangeWhole(**_facts(facts), left_alone=left)


@routes.get("/client-brand-changes", needs=DO, kinds=ONLY, answer=BrandsChanges)
def list_client_brand_changes(request: ApiRequest) -> BrandsChanges:
    """List the newest changes to the brands of many clients. They are kept for 90 days."""
    return BrandsChanges(items=[BrandsChange(**_facts(each)) for each in queries.brands_changes(request.actor)])


@routes.get("/client-brand-changes/{change}", needs=DO, kinds=ONLY, answer=BrandsChangeWhole)
def get_client_brand_change(request: ApiRequest, change: str) -> BrandsChangeWhole:
    """Show how far a change is, what came of it, and whom it left alone and why."""
    return _whole(request, change)


@routes.post(
    "/client-brand-changes/{change}/undo",
    needs=DO,
    kinds=ONLY,
    answer=BrandsChangeWhole,
    refusals=[operations.CannotChangeBrands],
)
def undo_client_brand_change(request: ApiRequest, change: str, body: OptionalReasonIn = NO_REASON) -> BrandsChangeWhole:
    """Take a change back as a whole: each client has again what it had before. What was changed since stays.

    Up to 500 clients at once; for more, `state` is `undoing` until a job is done with it. Asked twice it is done once.
    """
    operations.undo_brands(ref=change, actor=request.actor, at=request.at)
    return _whole(request, change)


@routes.post("/client-brand-changes/{change}/resume", needs=DO, kinds=ONLY, answer=BrandsChangeWhole)
def resume_client_brand_change(
    request: ApiRequest, change: str, body: OptionalReasonIn = NO_REASON
) -> BrandsChangeWhole:
    """Let a change, or its taking back, go on that came to a halt."""
    operations.resume_brands(ref=change, actor=request.actor, at=request.at)
    return _whole(request, change)
