"""What an account shows of itself: as it is published, as it is drafted, as it once was."""

from __future__ import annotations

from ninja import File, UploadedFile

from sublet.accounts import queries as account_queries
from sublet.branding import operations, queries
from sublet.foundation.errors import NotFound
from sublet.portals.api.declare import EVERYBODY, MEBIBYTE, MULTIPART, ApiRequest
from sublet.portals.api.problems import Invalid
from sublet.portals.api.routes.host_brands import routes
from sublet.portals.api.routes.shared import version_of
from sublet.portals.api.schemas.brands import (
    Brand,
    BrandField,
    BrandIn,
    BrandText,
    BrandVersion,
    BrandVersionAsked,
    BrandVersions,
)

__all__ = ["routes"]

EXAMPLE = {"color": "#1f6feb", "support_email": "help@studio-rossi.example"}


def _brand(request: ApiRequest, account: str, *, draft: bool = False) -> Brand:
    account_queries.account_id_of(request.actor, account)
    found = queries.brand_to_edit(account, draft=draft)
    return Brand(
        account=found.account_ref,
        fields={
            name: BrandField(own=each.own, inherited=each.inherited, origin=each.origin, shown=each.shown)
            for name, each in found.fields.items()
        },
        texts={
            language: {
                name: BrandText(own=each.own, inherited=each.inherited, origin=each.origin)
                for name, each in texts.items()
            }
            for language, texts in found.local.items()
        },
        has_draft=found.has_draft,
        version=found.version,
    )


def changes_of(body: BrandIn) -> dict[str, str]:
    """What was named, by key."""
    named = body.model_dump(include=body.model_fields_set - {"version", "texts"})
    for language, texts in body.texts.items():
        for name, value in texts.model_dump(include=texts.model_fields_set).items():
            named[f"{name}@{language}"] = value
    return named


@routes.get("/accounts/{account}/brand", needs="brand:view", kinds=EVERYBODY, answer=Brand)
def get_brand(request: ApiRequest, account: str) -> Brand:
    """Show what an account shows of itself, field by field, with where each comes from."""
    return _brand(request, account)


@routes.patch(
    "/accounts/{account}/brand",
    needs="brand:manage",
    kinds=EVERYBODY,
    answer=Brand,
    refusals=[operations.CannotChangeBrand],
    versioned=True,
    example=EXAMPLE,
)
def change_brand(request: ApiRequest, account: str, body: BrandIn) -> Brand:
    """Set fields of a brand. An empty value goes back to what is inherited; what is not named stays.

    Everybody sees it at once. What is drafted of other fields stays drafted.
    """
    account_queries.account_id_of(request.actor, account)
    operations.change_brand(
        account_ref=account,
        changes=changes_of(body),
        version=version_of(request, body.version),
        actor=request.actor,
        at=request.at,
    )
    return _brand(request, account)


@routes.post(
    "/accounts/{account}/brand/{slot}",
    needs="brand:manage",
    kinds=EVERYBODY,
    answer=Brand,
    body=MULTIPART,
    most_bytes=6 * MEBIBYTE,
    refusals=[operations.CannotChangeBrand],
)
def upload_picture(request: ApiRequest, account: str, slot: str, file: File[UploadedFile]) -> Brand:
    """Set a picture of a brand: `logo`, `logo_dark`, `icon` or `login_picture`.

    PNG, JPEG, WebP or GIF, at most 5 MB. It is decoded and written anew: nothing is served as it came.
    """
    data = _data(request, account, slot, file)
    operations.upload_image(account_ref=account, slot=slot, data=data, actor=request.actor, at=request.at)
    return _brand(request, account)


@routes.delete(
    "/accounts/{account}/brand/{slot}",
    needs="brand:manage",
    kinds=EVERYBODY,
    answer=Brand,
    refusals=[operations.CannotChangeBrand],
)
def remove_picture(request: ApiRequest, account: str, slot: str) -> Brand:
    """Take a picture away, so that the inherited one shows."""
    _known(slot)
    account_queries.account_id_of(request.actor, account)
    operations.remove_image(account_ref=account, slot=slot, actor=request.actor, at=request.at)
    return _brand(request, account)


@routes.get("/accounts/{account}/brand-draft", needs="brand:view", kinds=EVERYBODY, answer=Brand)
def get_brand_draft(request: ApiRequest, account: str) -> Brand:
    """Show a brand as it would be once its draft is published; without a draft, as it is."""
    return _brand(request, account, draft=True)


@routes.patch(
    "/accounts/{account}/brand-draft",
    needs="brand:manage",
    kinds=EVERYBODY,
    answer=Brand,
    refusals=[operations.CannotChangeBrand],
    versioned=True,
    example=EXAMPLE,
)
def change_brand_draft(request: ApiRequest, account: str, body: BrandIn) -> Brand:
    """Set fields in the draft of a brand. Nobody sees them before it is published."""
    account_queries.account_id_of(request.actor, account)
    operations.save_draft(
        account_ref=account,
        changes=changes_of(body),
        version=version_of(request, body.version),
        actor=request.actor,
        at=request.at,
    )
    return _brand(request, account, draft=True)


@routes.post(
    "/accounts/{account}/brand-draft/pictures/{slot}",
    needs="brand:manage",
    kinds=EVERYBODY,
    answer=Brand,
    body=MULTIPART,
    most_bytes=6 * MEBIBYTE,
    refusals=[operations.CannotChangeBrand],
)
def upload_draft_picture(request: ApiRequest, account: str, slot: str, file: File[UploadedFile]) -> Brand:
    """Set a picture in the draft of a brand."""
    data = _data(request, account, slot, file)
    operations.save_draft(
        account_ref=account, changes={}, pictures={slot: data}, version=None, actor=request.actor, at=request.at
    )
    return _brand(request, account, draft=True)


@routes.post(
    "/accounts/{account}/brand-draft/publish",
    needs="brand:manage",
    kinds=EVERYBODY,
    answer=Brand,
    refusals=[operations.CannotChangeBrand],
    versioned=True,
    example={},
)
def publish_brand_draft(request: ApiRequest, account: str, body: BrandVersionAsked) -> Brand:
    """Let everybody see what the draft says."""
    account_queries.account_id_of(request.actor, account)
    version = version_of(request, body.version)
    operations.publish_draft(account_ref=account, version=version, actor=request.actor, at=request.at)
    return _brand(request, account)


@routes.delete(
    "/accounts/{account}/brand-draft",
    needs="brand:manage",
    kinds=EVERYBODY,
    answer=Brand,
    refusals=[operations.CannotChangeBrand],
)
def discard_brand_draft(request: ApiRequest, account: str) -> Brand:
    """Throw the draft away; what is published stays."""
    account_queries.account_id_of(request.actor, account)
    operations.discard_draft(account_ref=account, version=None, actor=request.actor, at=request.at)
    return _brand(request, account)


@routes.get("/accounts/{account}/brand-versions", needs="brand:view", kinds=EVERYBODY, answer=BrandVersions)
def list_brand_versions(request: ApiRequest, account: str) -> BrandVersions:
    """List what was published of a brand, by whom and when, newest first."""
    account_queries.account_id_of(request.actor, account)
    return BrandVersions(
        items=[
            BrandVersion(
                number=each.number,
                changed=[*each.changed],
                published_by=each.published_by,
                published_at=each.published_at,
                values={**each.values},
            )
            for each in queries.versions_of(account, most=100)
        ]
    )


@routes.post(
    "/accounts/{account}/brand-versions/{number}/publish",
    needs="brand:manage",
    kinds=EVERYBODY,
    answer=Brand,
    refusals=[operations.CannotChangeBrand],
    versioned=True,
    example={},
)
def publish_brand_version(request: ApiRequest, account: str, number: int, body: BrandVersionAsked) -> Brand:
    """Publish an older version again, as a new one."""
    account_queries.account_id_of(request.actor, account)
    if not 0 < number < 2**31:
        raise NotFound
    version = version_of(request, body.version)
    operations.publish_version(account_ref=account, number=number, version=version, actor=request.actor, at=request.at)
    return _brand(request, account)


def _data(request: ApiRequest, account: str, slot: str, file: UploadedFile) -> bytes:
    _known(slot)
    account_queries.account_id_of(request.actor, account)
    data: bytes = file.read()
    if not data:
        raise Invalid("file", "empty-file")
    return data


def _known(slot: str) -> None:
    if slot not in queries.PICTURES:
        raise NotFound
