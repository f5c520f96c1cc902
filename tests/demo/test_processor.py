"""The payment processor beside the demo: where it comes from, where it listens, and what a demo without it is like."""

from __future__ import annotations

import json
import os
import socket
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.conf import settings

from sublet.billing.models.payments import GatewayAccount
from sublet.demo import command, offices, processor
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from tests.people import World


def test_it_is_there_only_with_the_examples_and_what_they_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert processor.is_there()
    with monkeypatch.context() as changed:
        changed.setattr(processor, "PRODUCT", tmp_path)  # an installed package
        assert not processor.is_there()
    for missing in ("localstripe", "aiohttp"):  # without the extra
        with monkeypatch.context() as changed:
            changed.setattr(
                processor, "find_spec", lambda name, gone=missing: None if name == gone else find_spec(name)
            )
            assert not processor.is_there()


def test_the_product_is_told_of_it_only_in_a_demo_that_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.STRIPE_URL == ""  # an installation speaks to Stripe itself unless somebody says otherwise
    monkeypatch.setattr(os, "environ", {"SUBLET_STRIPE_URL": "http://127.0.0.1:1", "PATH": "/bin"})
    command._set_environment(tmp_path, 8000, 2525, "127.0.0.1:53", 0)
    assert "SUBLET_STRIPE_URL" not in os.environ
    command._set_environment(tmp_path, 8000, 2525, "127.0.0.1:53", 4321)
    assert os.environ["SUBLET_STRIPE_URL"] == "http://127.0.0.1:4321"
    assert {name for name in processor.environment() if name.startswith(("SUBLET_", "DJANGO_"))} == set()


def test_it_keeps_its_port_while_that_is_free(tmp_path: Path) -> None:
    port = processor.place(tmp_path / "processor")
    assert processor.place(tmp_path / "processor") == port
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        other = processor.place(tmp_path / "processor")
    assert other != port
    assert processor.place(tmp_path / "processor") == other
    for broken in ("", "x", "-1", "99999999"):
        (tmp_path / "processor" / "port").write_text(broken)
        assert 0 < processor.place(tmp_path / "processor") < 65536


@pytest.mark.django_db
def test_the_agency_is_connected_once_as_a_person_does_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = offices.RESELLERS[0]
    with platform_scope("test"):
        world.rosa.name = made.name
        world.rosa.save()
    processor.connect(tmp_path)
    first = json.loads((tmp_path / "accounts.json").read_text())
    processor.connect(tmp_path)
    assert json.loads((tmp_path / "accounts.json").read_text()) == first
    with platform_scope("test"):
        row = GatewayAccount.objects.get()
    assert (row.account_id, row.state, row.live, row.version) == (world.rosa.id, "new", False, 1)
    (account,) = first["accounts"]
    (key,), (hook,) = account["keys"], account["hooks"]
    assert key["key"].endswith(row.key_ends)
    assert key["permissions"] == processor.RIGHTS
    assert row.hook_word in hook["url"]
    assert (tmp_path / "connected.json").stat().st_mode & 0o077 == 0
    assert (tmp_path / "accounts.json").stat().st_mode & 0o077 == 0

    # Disconnected by hand it stays so, and nothing is sent there any more.
    with platform_scope("test"):
        GatewayAccount.objects.update(removed_at=now())
    processor.connect(tmp_path)
    assert json.loads((tmp_path / "accounts.json").read_text())["accounts"][0]["hooks"] == []
    with platform_scope("test"):
        assert GatewayAccount.objects.count() == 1


@pytest.mark.django_db
def test_without_that_agency_nobody_is_connected(world: World, tmp_path: Path) -> None:
    processor.connect(tmp_path)
    assert json.loads((tmp_path / "accounts.json").read_text()) == {"accounts": []}
    with platform_scope("test"):
        assert not GatewayAccount.objects.exists()
