"""Registering the demo's product as a program that may have people sign on."""

from __future__ import annotations

import json

from sublet.accounts.models import Account
from sublet.demo import sign_on
from sublet.foundation.actor import CLI, platform_actor
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.signon.operations import register_application


def register_program() -> None:
    """Once: what registering gives is kept in the demo's folder, as a product keeps it in its settings."""
    kept = sign_on.folder() / "program.json"
    if kept.exists():
        return
    with platform_scope("the demo registers its product"):
        vendor = Account.objects.get(kind="vendor")
        actor = platform_actor(
            name=vendor.name, account_id=vendor.id, account_ref=vendor.ref, account_name=vendor.name, via=CLI
        )
        made = register_application(
            name="App",
            redirect_addresses=["https://{host}" + sign_on.CALLBACK],
            login_address="https://{host}" + sign_on.LOG_IN,
            notice_address="https://{host}" + sign_on.NOTICE,
            actor=actor,
            at=now(),
        )
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    kept.touch(mode=0o600)
    kept.write_text(json.dumps({"ref": made.ref, "secret": made.secret}), encoding="utf-8")
