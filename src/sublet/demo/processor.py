"""The payment processor beside the demo: a local Stripe of its own, to which one reseller is connected.

Where it comes from: `examples/processor` of the checkout, and the packages of the extra `demo`. Without either the demo has none.
All that the product is told is its address (``SUBLET_STRIPE_URL``); everything else is as with Stripe itself.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sublet.demo.ports import free_port, is_free

if TYPE_CHECKING:
    from sublet.foundation.actor import Actor

ROOT = Path(__file__).resolve().parents[3]
PRODUCT = ROOT / "examples" / "processor"
#: What a browser finds on this machine by itself, and no brand's.
HOST: Final = "pay.localhost"
#: What docs/howto/payments.md tells a reseller to tick at Stripe, and nothing besides.
RIGHTS: Final = {
    "customer": "write", "payment_method": "write", "setup_intent": "write", "payment_intent": "write",
    "checkout_session": "write", "charge": "write", "dispute": "read", "balance": "read", "event": "read", "account": "read",
    "balance_transaction_source": "read",
}  # fmt: skip


def is_there() -> bool:
    """Whether this is a checkout with the examples, and what they need is installed."""
    needed = ("aiohttp", "localstripe")
    return (PRODUCT / "stripe_server" / "__init__.py").exists() and all(find_spec(name) for name in needed)


def place(folder: Path) -> int:
    """The port it listens on: the one of the last time, if that is free, so that pages that are open stay good."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = folder / "port"
    try:
        port = int(kept.read_text("utf-8"))
    except (OSError, ValueError):
        port = 0
    if not is_free(port):
        port = free_port()
        kept.write_text(str(port), "utf-8")
    return port


def address(port: int) -> str:
    """Where a browser finds it."""
    return f"http://{HOST}:{port}"


def connect(folder: Path) -> None:
    """Once, as a person does it on the page; and tell the processor the key, and where its messages go. After Django is set up."""
    from sublet.billing.operations.gateways import connect_gateway
    from sublet.billing.queries.payments import gateway_of
    from sublet.foundation.clock import now
    from sublet.foundation.scope import actor_scope

    accounts, kept = [], folder / "connected.json"
    rosa = _owner()
    if rosa is not None:
        with actor_scope(rosa):
            if kept.exists():
                told: dict[str, str] = json.loads(kept.read_text("utf-8"))
            else:
                told = {
                    "key": "rk_test_" + secrets.token_urlsafe(24), "hook_secret": "whsec_" + secrets.token_urlsafe(24),
                    "account": "acct_" + secrets.token_hex(8),
                }  # fmt: skip
                told["gateway"] = connect_gateway(
                    key=told["key"], hook_secret=told["hook_secret"], actor=rosa, at=now()
                )
                _write(kept, told)
            there = gateway_of(rosa)
        hooks = [there.hook_url] if there is not None and there.ref == told["gateway"] else []
        accounts.append(
            {
                "id": told["account"], "name": rosa.account_name, "country": "IT",
                "keys": [{"key": told["key"], "permissions": RIGHTS}],
                "hooks": [{"url": url, "secret": told["hook_secret"]} for url in hooks],
            }
        )  # fmt: skip
    _write(folder / "accounts.json", {"accounts": accounts})


def command(folder: Path, port: int) -> list[str]:
    """What starts it."""
    return [
        sys.executable, "-m", "stripe_server", "--port", str(port), "--shown", address(port), "--folder", str(folder),
        "--accounts", str(folder / "accounts.json"), "--open-keys",
    ]  # fmt: skip


def environment() -> dict[str, str]:
    """For its process: nothing of ours."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("SUBLET_", "DJANGO_"))}
    return mine | {"PYTHONPATH": str(PRODUCT)}


def _owner() -> Actor | None:
    """Who connects it; nobody where the demo's people have changed so much that there is no such agency any more."""
    from django.conf import settings

    from sublet.demo.offices import RESELLERS
    from sublet.foundation.actor import CLI
    from sublet.foundation.scope import platform_scope
    from sublet.people.models import Collaborator
    from sublet.people.queries import actor_of

    host = f"{RESELLERS[0].label}.{settings.HOST_SUFFIX}"
    with platform_scope("the demo connects its payment processor"):
        rows = Collaborator.objects.select_related("user", "account")
        owner = rows.filter(account__kind="reseller", account__name=RESELLERS[0].name, is_owner=True).first()
        return None if owner is None else actor_of(owner, owner.account, host=host, request_id="", via=CLI)


def _write(file: Path, told: object) -> None:
    file.touch(mode=0o600)
    file.write_text(json.dumps(told, indent=1), "utf-8")
