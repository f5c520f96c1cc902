"""The bookings that run beside the demo: a process of its own, that knows Sublet as any product does.

Where it comes from: `examples/bookings` of the checkout. An installed package has no examples, and its demo no bookings.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from pathlib import Path

from django.conf import settings

from sublet.accounts.models import Account
from sublet.branding.models import Domain
from sublet.demo.both_products import PREFIX
from sublet.demo.offices import SALON
from sublet.demo.ports import free_port, is_free
from sublet.foundation.actor import CLI, platform_actor
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.messaging.webhook_operations import change_webhook, create_webhook
from sublet.people.models import Collaborator
from sublet.people.operations import create_key
from sublet.people.queries import actor_of
from sublet.signon.operations import register_application

ROOT = Path(__file__).resolve().parents[3]
PRODUCT = ROOT / "examples" / "bookings"
GROUPS = ("accounts", "plans", "use", "brand", "mails", "other")
#: What a product needs and no more: it reports use and facts, and looks up whether a trial is still to be had.
RIGHTS = {"usage": "manage", "accounts": "view"}


def is_there() -> bool:
    """Whether this is a checkout with the examples."""
    return (PRODUCT / "bookings" / "__init__.py").exists()


def environment(folder: Path, *, public_port: int, mail_port: int) -> dict[str, str]:
    """For the product's process; what registering gives is kept in the product's folder, as a product keeps it in its settings."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = folder / "program.json"
    told: dict[str, str] = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    place = told.get("place", "")
    if not place or not is_free(int(place.rpartition(":")[2])):
        place = f"127.0.0.1:{free_port()}"
    if told.get("place") != place:
        told = _registered(told, place)
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(told), "utf-8")
    (folder / "place").write_text(place, "utf-8")
    paths = [str(PRODUCT), str(ROOT / "sdk" / "python" / "src")]
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SUBLET_", "DJANGO_"))},
        "PYTHONPATH": os.pathsep.join(paths),
        "BOOKINGS_FOLDER": str(folder),
        "BOOKINGS_SECRET": told["own_secret"],
        "BOOKINGS_SUBLET": f"http://127.0.0.1:{public_port}",
        "BOOKINGS_VENDOR_HOST": f"{settings.VENDOR_HOST}:{public_port}",
        "BOOKINGS_SCHEME": "http",
        "BOOKINGS_API_KEY": told["key"],
        "BOOKINGS_CLIENT_ID": told["ref"],
        "BOOKINGS_CLIENT_SECRET": told["secret"],
        "BOOKINGS_HOOK_SECRETS": told["hook_secret"],
        "BOOKINGS_SECTION_PREFIX": PREFIX,
        "BOOKINGS_BIND": place,
        "BOOKINGS_SMTP": f"127.0.0.1:{mail_port}",
        "BOOKINGS_MAIL_FROM": "no-reply@mail.localhost",
    }


def sample(public_port: int) -> list[str]:
    """The command that fills the salon of the demo, once; its words are those of `bookings.sample`."""
    with platform_scope("the demo fills its product"):
        account = Account.objects.get(kind="client", name=SALON)
        host = Domain.objects.get(account=account, is_primary=True).host
    return [
        sys.executable, "-m", "bookings.sample", account.ref, f"{host}:{public_port}", account.name, account.timezone, account.language,
    ]  # fmt: skip


def _registered(told: dict[str, str], place: str) -> dict[str, str]:
    """Once as an application, with a key and a webhook; the webhook again when the product has another port."""
    hooks = f"http://{place}/bookings/hooks"
    with platform_scope("the demo registers its product"):
        vendor = Account.objects.get(kind="vendor")
        owner = Collaborator.objects.get(account=vendor, is_owner=True)
        vera = actor_of(owner, vendor, host=settings.VENDOR_HOST, request_id="", via=CLI)
        if told:
            change_webhook(webhook_ref=told["hook"], name="Bookings", url=hooks, groups=GROUPS, actor=vera, at=now())
            return {**told, "place": place}
        machine = platform_actor(
            name=vendor.name, account_id=vendor.id, account_ref=vendor.ref, account_name=vendor.name, via=CLI
        )
        program = register_application(
            name="Bookings",
            redirect_addresses=["https://{host}/bookings/callback"],
            notice_address="https://{host}/bookings/notice",
            actor=machine,
            at=now(),
        )
        key = create_key(name="Bookings", rights=RIGHTS, actor=vera, at=now())
        hook = create_webhook(name="Bookings", url=hooks, groups=GROUPS, actor=vera, at=now())
    return {
        "place": place, "ref": program.ref, "secret": program.secret, "key": key.secret, "hook": hook.ref, "hook_secret": hook.secret,
        "own_secret": secrets.token_urlsafe(40),
    }  # fmt: skip
