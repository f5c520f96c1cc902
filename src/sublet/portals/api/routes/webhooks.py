"""Webhooks of one's own account."""

from __future__ import annotations

from datetime import timedelta

from ninja import Query

from sublet.messaging.webhook_operations import (
    CannotSetUpWebhook,
    change_webhook,
    create_webhook,
    remove_webhook,
    replay_delivery,
    replay_failed,
    rotate_webhook_secret,
    send_test_event,
    switch_webhook,
)
from sublet.messaging.webhook_queries import (
    DeliveryRow,
    WebhookRow,
    deliveries_of,
    webhook_of_account,
    webhooks_of_account,
)
from sublet.portals.api.declare import EVERYBODY, ApiRequest, Made, Routes
from sublet.portals.api.routes.shared import Cursors
from sublet.portals.api.schemas.webhooks import (
    DeliveriesAsked,
    Delivery,
    DeliveryPage,
    NewWebhook,
    Replayed,
    ReplayIn,
    SecretRotation,
    Webhook,
    WebhookChange,
    WebhookIn,
    WebhookList,
)

routes = Routes("Webhooks", "Addresses outside that hear of what happens; by the Standard Webhooks specification.")
SEE, DO = "keys:view", "keys:manage"


def _webhook(row: WebhookRow) -> Webhook:
    return Webhook(
        ref=row.ref,
        name=row.name,
        url=row.url,
        groups=list(row.groups),
        state=row.state,  # type: ignore[arg-type]  # there is no other word
        off_reason=row.off_reason,  # type: ignore[arg-type]  # as above
        off_at=row.off_at,
        failing_since=row.failing_since,
        last_success_at=row.last_success_at,
        old_secret_until=row.old_until,
        created_at=row.created_at,
        created_by=row.created_by,
        reaches_all=row.reaches_all,
        reach_count=row.reach_count,
    )


def _delivery(row: DeliveryRow) -> Delivery:
    return Delivery(
        id=row.id,
        webhook_id=row.webhook_id,
        event=row.event,
        state=row.state,  # type: ignore[arg-type]  # as above
        created_at=row.created_at,
        next_at=row.next_at,
        attempts=row.attempts,
        last_at=row.last_at,
        code=row.code,
        duration_ms=row.duration_ms,
        answer=row.answer,
        error=row.error,
        body=row.body,
    )


@routes.get("/webhooks", needs=SEE, kinds=EVERYBODY, answer=WebhookList)
def list_webhooks(request: ApiRequest) -> WebhookList:
    """List the webhooks of the account, newest first. Never a secret."""
    return WebhookList(items=[_webhook(row) for row in webhooks_of_account(request.actor, at=request.at)])


@routes.post(
    "/webhooks",
    needs=DO,
    kinds=EVERYBODY,
    answer=NewWebhook,
    status=201,
    refusals=[CannotSetUpWebhook],
    shown_once=True,
)
def make_webhook(request: ApiRequest, body: WebhookIn) -> Made:
    """Let an address hear of what happens in the account and those below that this key reaches.

    It hears what the journal tells, so this key needs `journal:view` as well. The secret is in this answer and nowhere
    else.
    """
    made = create_webhook(name=body.name, url=body.url, groups=body.groups, actor=request.actor, at=request.at)
    return Made(NewWebhook(ref=made.ref, name=made.name, secret=made.secret), f"/webhooks/{made.ref}")


@routes.get("/webhooks/{webhook}", needs=SEE, kinds=EVERYBODY, answer=Webhook)
def get_webhook(request: ApiRequest, webhook: str) -> Webhook:
    """Show a webhook. Never its secret."""
    return _webhook(webhook_of_account(request.actor, webhook, at=request.at))


@routes.patch(
    "/webhooks/{webhook}", needs=DO, kinds=EVERYBODY, answer=Webhook, refusals=[CannotSetUpWebhook], ends=True
)
def change_a_webhook(request: ApiRequest, webhook: str, body: WebhookChange) -> Webhook:
    """Change a webhook, or switch it on or off."""
    row = webhook_of_account(request.actor, webhook, at=request.at)
    if body.name is not None or body.url is not None or body.groups is not None:
        change_webhook(
            webhook_ref=webhook,
            name=row.name if body.name is None else body.name,
            url=row.url if body.url is None else body.url,
            groups=row.groups if body.groups is None else body.groups,
            actor=request.actor,
            at=request.at,
        )
    if body.on is not None:
        switch_webhook(webhook_ref=webhook, on=body.on, actor=request.actor, at=request.at)
    return _webhook(webhook_of_account(request.actor, webhook, at=request.at))


@routes.delete("/webhooks/{webhook}", needs=DO, kinds=EVERYBODY, answer=None, ends=True)
def remove_a_webhook(request: ApiRequest, webhook: str) -> None:
    """Remove a webhook and the list of what was sent to it."""
    remove_webhook(webhook_ref=webhook, actor=request.actor, at=request.at)


@routes.post(
    "/webhooks/{webhook}/rotation",
    needs=DO,
    kinds=EVERYBODY,
    answer=NewWebhook,
    status=201,
    refusals=[CannotSetUpWebhook],
    shown_once=True,
)
def rotate_secret(request: ApiRequest, webhook: str, body: SecretRotation) -> Made:
    """Sign with a new secret at once, and for some hours with the one before as well: two signatures.

    Those before it sign until their own ends, five secrets at most; with no hours all old ones end.
    """
    made = rotate_webhook_secret(
        webhook_ref=webhook, overlap=timedelta(hours=body.overlap_hours), actor=request.actor, at=request.at
    )
    return Made(NewWebhook(ref=made.ref, name=made.name, secret=made.secret), f"/webhooks/{made.ref}")


@routes.post(
    "/webhooks/{webhook}/test", needs=DO, kinds=EVERYBODY, answer=Webhook, status=202, refusals=[CannotSetUpWebhook]
)
def send_test(request: ApiRequest, webhook: str) -> Webhook:
    """Send `webhook.test` to this webhook alone."""
    send_test_event(webhook_ref=webhook, actor=request.actor, at=request.at)
    return _webhook(webhook_of_account(request.actor, webhook, at=request.at))


@routes.get("/webhooks/{webhook}/deliveries", needs=SEE, kinds=EVERYBODY, answer=DeliveryPage)
def list_deliveries(request: ApiRequest, webhook: str, asked: Query[DeliveriesAsked]) -> DeliveryPage:
    """List what was sent in the last 30 days, newest first. It is what the journal tells: `journal:view` as well."""
    cursors = Cursors("deliveries", request.actor, webhook, asked.state)
    page = deliveries_of(request.actor, webhook, state=asked.state, cursor=cursors.place(asked), size=asked.limit)
    return DeliveryPage(
        items=[_delivery(row) for row in page.rows],
        next=cursors.sealed(page.next_cursor),
        previous=cursors.sealed(page.previous_cursor),
    )


@routes.post(
    "/webhooks/{webhook}/deliveries/{delivery}/replay",
    needs=DO,
    kinds=EVERYBODY,
    answer=Replayed,
    status=202,
    refusals=[CannotSetUpWebhook],
)
def replay(request: ApiRequest, webhook: str, delivery: str) -> Replayed:
    """Send one event once more, with the same id and body."""
    replay_delivery(webhook_ref=webhook, delivery_id=delivery, actor=request.actor, at=request.at)
    return Replayed(count=1)


@routes.post(
    "/webhooks/{webhook}/replay",
    needs=DO,
    kinds=EVERYBODY,
    answer=Replayed,
    status=202,
    refusals=[CannotSetUpWebhook],
)
def replay_all_failed(request: ApiRequest, webhook: str, body: ReplayIn) -> Replayed:
    """Send everything once more that was given up, from an instant on."""
    count = replay_failed(webhook_ref=webhook, since=body.since, actor=request.actor, at=request.at)
    return Replayed(count=count)
