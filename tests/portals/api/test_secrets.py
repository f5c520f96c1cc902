"""Secrets after their creation: in no answer, no log, no history, no table that the API writes."""

from __future__ import annotations

import logging

import pytest
from django.apps import apps
from django.db import connection

from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from tests.people import World
from tests.portals.api.caller import Caller
from tests.portals.api.test_roles import OPERATIONS, arguments, filled


def everything_stored() -> str:
    """All rows of all tables, except mails, whose one-time links are on their way."""
    found = []
    with platform_scope("test"), connection.cursor() as cursor:
        for model in apps.get_models():
            if model is not OutboxMail:
                cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
                found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found)


def test_no_secret_is_told_or_kept_after_its_creation(
    world: World, rosa: Caller, vera: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = rosa.post("/keys", {"name": "Canary", "rights": {"clients": "view"}}, headers={"Idempotency-Key": "c1"})
    secret = made["secret"]
    rosa.post(
        f"/accounts/{world.carl.ref}/invitations", {"email": "canary@example.test"}, headers={"Idempotency-Key": "c2"}
    )
    with platform_scope("test"):
        text = OutboxMail.objects.get(to_email="canary@example.test").text
    token = text.split("/invitation/")[1].split("/")[0]
    Caller(secret=secret, host=rosa.host).get("/account")
    Caller(secret=secret, host="remo.localhost").get("/account")
    rosa.post("/keys", {"name": "Canary", "rights": {"clients": "view"}}, headers={"Idempotency-Key": "c1"})
    rotated = rosa.post(f"/keys/{made['ref']}/rotation", {"overlap_hours": 1}, headers={"Idempotency-Key": "c3"})[
        "secret"
    ]
    Caller(secret=rotated, host=rosa.host).get("/account")
    rosa.post(f"/keys/{made['ref']}/rotation", {"overlap_hours": 1}, headers={"Idempotency-Key": "c3"})

    hook = rosa.post(
        "/webhooks", {"name": "Canary", "url": "https://canary.example/"}, headers={"Idempotency-Key": "c4"}
    )
    turned = rosa.post(f"/webhooks/{hook['ref']}/rotation", {"overlap_hours": 1}, headers={"Idempotency-Key": "c5"})
    signing = [hook["secret"], turned["secret"]]
    rosa.post(f"/webhooks/{hook['ref']}/test", headers={"Idempotency-Key": "c6"})

    told = []
    for caller, account in ((rosa, world.rosa.ref), (rosa, world.carl.ref), (vera, world.rosa.ref)):
        for declared in OPERATIONS:
            if declared.method == "GET":
                values = dict.fromkeys(arguments(declared), account) | {
                    "key": made["ref"],
                    "webhook": hook["ref"],
                    "number": "1",
                    "slot": "icon",
                    "kind": "invitation-new",
                    "language": "it",
                }
                told.append(caller.get(filled(declared, values)).content.decode("utf-8", "replace"))
    with platform_scope("test"):
        mails = list(OutboxMail.objects.values_list("id", flat=True))
    told += [vera.get(f"/mails/{mail}").content.decode() for mail in mails]

    assert len(token) >= 32
    assert len(secret) >= 40
    assert rotated != secret
    for canary in (secret, rotated, token, *signing):
        assert [each for each in told if canary in each] == []
        assert canary not in caplog.text
        assert canary not in everything_stored()
    assert everything_stored().count("Canary") >= 1  # what is stored of it can be found
