"""A reseller with one of everything in a client's account, and real servers for mail and webhooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from pytest_django.fixtures import Settings as SettingsWrapper

from tests.messaging.conftest import lead_to
from tests.messaging.smtp import mail_server
from tests.servers import http_server

if TYPE_CHECKING:  # models can be imported only once Django is ready
    from tests.moves.former import Former
    from tests.people import World


@pytest.fixture(autouse=True)
def nobody_is_slowed_down() -> None:
    """Each test begins with full buckets."""
    from sublet.portals.api import limits

    limits.BY_KEY.forget()
    limits.BY_ADDRESS.forget()


@pytest.fixture
def former(world: World, settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Former]]:
    """``former()``: everything that Rosa has in Carl's account, made now."""
    from sublet.accounts.queries import exports
    from tests.moves.former import Former

    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    monkeypatch.setattr(exports, "_FETCHED", 1)  # each client is a batch of its own
    with mail_server() as mails, http_server() as hooks:
        lead_to(settings, mails.port)
        yield lambda: Former(world, mails, hooks)
