"""Client settings: one client's, many clients', and the templates that they follow."""

from __future__ import annotations

from sublet.accounts.operations import CannotChangeClients
from sublet.accounts.queries import Selection
from sublet.clientsettings import operations, queries
from sublet.clientsettings.operations import (
    CannotChangeSettings,
    CannotChangeTemplate,
    CannotUndoSettings,
    ManyPreview,
    Order,
)
from sublet.core.rights import RESELLER
from sublet.entitlements.operations import CannotSetLimit
from sublet.portals.api.declare import Accepted, ApiRequest, Made, Needs, Routes
from sublet.portals.api.problems import Invalid
from sublet.portals.api.routes.shared import done_to_many, selection_of
from sublet.portals.api.schemas import client_settings as shapes
from sublet.portals.api.schemas.accounts import ChangeResult, Count

routes = Routes("Client settings", "How a reseller's clients are set up, and the templates that they follow.")
ONLY = (RESELLER,)
SEE, DO = Needs("clients:view", below="clients:view"), Needs("clients:manage", below="clients:manage")


def _settings(request: ApiRequest, account: str) -> shapes.ClientSettings:
    found = queries.settings_of(request.actor, account, at=request.at)
    followed = found.followed
    return shapes.ClientSettings(
        account=found.client.ref,
        complete=found.complete,
        missing=[shapes.SettingsGap(field=gap.field.key, code=gap.code) for gap in found.gaps],  # type: ignore[arg-type]  # one of those
        values={key: shapes.setting(value) for key, value in found.setup.values.items()},
        coming=[
            shapes.ComingSetting(field=key, since=since, value=shapes.setting(value))
            for key, since, value in found.setup.coming
        ],
        template=None
        if followed is None
        else shapes.FollowedTemplate(
            template=followed.template,
            name=followed.name,
            applied=followed.applied,
            newest=followed.newest,
            drift=shapes.differences(list(followed.drift)),
        ),
        last_change=None
        if found.last is None
        else shapes.LastSettingsChange(
            change=found.last.ref,
            made_at=found.last.made_at,
            made_by=found.last.made_by,
            changes=shapes.differences(list(found.last.lines)),
        ),
    )


@routes.get("/accounts/{account}/settings", needs=SEE, kinds=ONLY, answer=shapes.ClientSettings)
def get_client_settings(request: ApiRequest, account: str) -> shapes.ClientSettings:
    """Show how a client is set up.

    Every field that the product has, what is missing for complete settings, what is agreed for later, and how far the client
    differs from the template that it follows. Who pays and the retail price are kept for billing; the client is not told.
    """
    return _settings(request, account)


@routes.patch(
    "/accounts/{account}/settings",
    needs=DO,
    kinds=ONLY,
    answer=shapes.SettingsSaved,
    refusals=[CannotChangeSettings, CannotSetLimit],
)
def change_client_settings(request: ApiRequest, account: str, body: shapes.ClientSettingsIn) -> shapes.SettingsSaved:
    """Set up a client, or see what that would change.

    All of it or nothing. Fields that are not named stay; what is so already is no change.
    """
    values = shapes.values_in(body.values)
    if body.dry_run:
        lines, _mark = operations.preview(
            ref=account, changes=values, since=body.since, actor=request.actor, at=request.at
        )
    else:
        lines = operations.set_up(ref=account, changes=values, since=body.since, actor=request.actor, at=request.at)
    return shapes.SettingsSaved(
        dry_run=body.dry_run, changes=shapes.differences(lines), settings=_settings(request, account)
    )


@routes.post(
    "/accounts/{account}/settings/undo",
    needs=DO,
    kinds=ONLY,
    answer=shapes.ClientSettings,
    refusals=[CannotUndoSettings, CannotChangeSettings, CannotSetLimit],
)
def undo_client_settings(request: ApiRequest, account: str, body: shapes.SettingsUndoIn) -> shapes.ClientSettings:
    """Take a change of a client's settings back.

    What was there before holds again, from now on or from the day from which the change would have held. Refused where somebody
    has changed the same settings since.
    """
    operations.undo_settings(ref=account, change=body.change, actor=request.actor, at=request.at)
    return _settings(request, account)


@routes.delete("/accounts/{account}/settings/template", needs=DO, kinds=ONLY, answer=shapes.ClientSettings)
def unfollow_template(request: ApiRequest, account: str) -> shapes.ClientSettings:
    """Let a client follow no template any more. It stays as it is."""
    operations.unfollow(ref=account, actor=request.actor, at=request.at)
    return _settings(request, account)


# Many -----------------------------------------------------------------------------------------------------------------


def _many(
    request: ApiRequest, selection: Selection | None, order: Order, *, dry_run: bool
) -> shapes.SettingsPreview | ChangeResult | Accepted:
    if dry_run:
        return _preview(operations.preview_many(selection=selection, order=order, actor=request.actor, at=request.at))
    done = operations.change_many(selection=selection, order=order, actor=request.actor, at=request.at)
    return done_to_many(done)


def _preview(seen: ManyPreview) -> shapes.SettingsPreview:
    return shapes.SettingsPreview(
        dry_run=True,
        selected=Count(number=seen.selected.number, more=seen.selected.more),
        compared=seen.compared,
        changing=seen.changing,
        refused=seen.refused,
        clients=[
            shapes.ClientDifference(
                account=each.ref,
                name=each.name,
                changes=shapes.differences(list(each.lines)),
                refused=each.refused,
            )
            for each in seen.clients
        ],
    )


@routes.post(
    "/settings-changes",
    needs="clients:manage",
    kinds=ONLY,
    answer=(ChangeResult, shapes.SettingsPreview),
    refusals=[CannotChangeClients, CannotChangeSettings],
    may_take_long=True,
)
def change_settings_of_many(
    request: ApiRequest, body: shapes.SettingsOfManyIn
) -> shapes.SettingsPreview | ChangeResult | Accepted:
    """Set up many clients, or see what that would change for each.

    Each client is changed whole or not at all. Up to 50 are changed at once; for more the answer is 202 with the id of the job
    that does it.
    """
    chosen = selection_of(request.actor, body)
    order = Order(values=shapes.values_in(body.values), since=body.since)
    return _many(request, chosen, order, dry_run=body.dry_run)


@routes.get("/settings-changes", needs="clients:view", kinds=ONLY, answer=shapes.SettingsChangesOfMany)
def list_settings_changes(request: ApiRequest) -> shapes.SettingsChangesOfMany:
    """List what was changed for many clients together, by fields or by a template."""
    return shapes.SettingsChangesOfMany(
        items=[
            shapes.SettingsChangeOfMany(
                batch=each.batch, made_at=each.made_at, made_by=each.made_by, clients=each.clients, left=each.left
            )
            for each in queries.changes_of_many(request.actor)
        ]
    )


@routes.post(
    "/settings-changes/{batch}/undo",
    needs="clients:manage",
    kinds=ONLY,
    answer=ChangeResult,
    refusals=[CannotChangeClients],
    may_take_long=True,
)
def undo_settings_of_many(request: ApiRequest, batch: str) -> ChangeResult | Accepted:
    """Take back what was changed for many clients together.

    Each client whole or not at all; those whose same settings somebody has changed since stay as they are, and are counted by
    code. More than 50 are left to a job.
    """
    done = operations.undo_many(batch=batch, actor=request.actor, at=request.at)
    return done_to_many(done)


# Templates ------------------------------------------------------------------------------------------------------------


def _template(request: ApiRequest, ref: str) -> shapes.SettingsTemplate:
    page = queries.template_page(request.actor, ref, at=request.at)
    return shapes.SettingsTemplate(
        ref=page.row.ref,
        name=page.row.name,
        version=page.row.version,
        clients=page.row.clients,
        behind=page.row.behind,
        versions=[
            shapes.SettingsTemplateVersion(
                number=each.number,
                made_at=each.made_at,
                made_by=each.made_by,
                values={key: shapes.setting(value) for key, value in each.values.items()},
            )
            for each in page.versions
        ],
    )


@routes.get("/settings-templates", needs="clients:view", kinds=ONLY, answer=shapes.SettingsTemplateList)
def list_settings_templates(request: ApiRequest) -> shapes.SettingsTemplateList:
    """List the templates."""
    return shapes.SettingsTemplateList(
        items=[
            shapes.SettingsTemplateRow(
                ref=row.ref, name=row.name, version=row.version, clients=row.clients, behind=row.behind
            )
            for row in queries.templates(request.actor)
        ]
    )


@routes.post(
    "/settings-templates",
    needs="clients:manage",
    kinds=ONLY,
    answer=shapes.SettingsTemplate,
    status=201,
    refusals=[CannotChangeTemplate, CannotChangeSettings],
)
def make_settings_template(request: ApiRequest, body: shapes.SettingsTemplateIn) -> Made:
    """Make a template. No client changes until it is applied."""
    made = operations.make_template(
        name=body.name, values=shapes.values_in(body.values), actor=request.actor, at=request.at
    )
    return Made(_template(request, made.ref), f"/settings-templates/{made.ref}")


@routes.get("/settings-templates/{template}", needs="clients:view", kinds=ONLY, answer=shapes.SettingsTemplate)
def get_settings_template(request: ApiRequest, template: str) -> shapes.SettingsTemplate:
    """Show a template with its versions."""
    return _template(request, template)


@routes.put(
    "/settings-templates/{template}",
    needs="clients:manage",
    kinds=ONLY,
    answer=shapes.SettingsTemplate,
    refusals=[CannotChangeTemplate, CannotChangeSettings],
)
def change_settings_template(
    request: ApiRequest, template: str, body: shapes.SettingsTemplateChangeIn
) -> shapes.SettingsTemplate:
    """Give a template its next version, or another name. Clients stay as they are until it is applied to them."""
    operations.change_template(
        ref=template,
        name=body.name,
        values=shapes.values_in(body.values),
        version=body.version,
        actor=request.actor,
        at=request.at,
    )
    return _template(request, template)


@routes.delete("/settings-templates/{template}", needs="clients:manage", kinds=ONLY, answer=None, status=204)
def remove_settings_template(request: ApiRequest, template: str) -> None:
    """Remove a template. Clients that follow it stay as they are, and follow none."""
    operations.remove_template(ref=template, actor=request.actor, at=request.at)


@routes.get("/settings-templates/{template}/drift", needs="clients:view", kinds=ONLY, answer=shapes.SettingsDrift)
def get_settings_drift(request: ApiRequest, template: str) -> shapes.SettingsDrift:
    """Show in what the clients that follow a template differ from its newest version, field by field."""
    page = queries.template_page(request.actor, template, at=request.at)
    return shapes.SettingsDrift(
        template=page.row.ref,
        version=page.row.version,
        items=[
            shapes.ClientDrift(
                account=each.ref, name=each.name, applied=each.applied, drift=shapes.differences(list(each.drift))
            )
            for each in page.followers
        ],
        more=page.more,
    )


@routes.post(
    "/settings-templates/{template}/apply",
    needs="clients:manage",
    kinds=ONLY,
    answer=(ChangeResult, shapes.SettingsPreview),
    refusals=[CannotChangeClients, CannotChangeTemplate],
    may_take_long=True,
)
def apply_settings_template(
    request: ApiRequest, template: str, body: shapes.TemplateApplyIn
) -> shapes.SettingsPreview | ChangeResult | Accepted:
    """Apply a template, or see what that would change for each client.

    To the clients named, to those that a question finds, or to all that follow it; they follow it from then on. What the
    template does not name stays. More than 50 are left to a job, as in a change of many.
    """
    chosen = [bool(body.clients), body.query is not None, body.followers]
    if chosen.count(True) != 1:
        queries.template_head(request.actor, template)  # another's is not there, whatever else is wrong
        raise Invalid("clients", "missing")
    selection = None if body.followers else selection_of(request.actor, body)
    order = Order(template=template, version=body.version or 0)
    return _many(request, selection, order, dry_run=body.dry_run)
