"""A mail server, settings that lead to it, and templates of our own."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings as SettingsWrapper

from sublet.foundation.settings import Settings
from tests.messaging.smtp import MailServer, mail_server

SECRET = "signs nothing outside the tests, and is as long as a real one must be"


@pytest.fixture(autouse=True)
def templates(settings: SettingsWrapper) -> None:
    """Finds ``mails/test-….txt`` beside the product's own."""
    found = copy.deepcopy(settings.TEMPLATES)
    found[0]["DIRS"] = [Path(__file__).parent / "templates"]
    settings.TEMPLATES = found


def lead_to(settings: SettingsWrapper, port: int) -> None:
    """Send through the server on that port from now on."""
    settings.SUBLET = Settings(
        {
            "SUBLET_SECRET_KEY": SECRET,
            "SUBLET_SMTP_PORT": str(port),
            "SUBLET_MAIL_FROM": "no-reply@mail.example.net",
        }
    )


@pytest.fixture
def post(settings: SettingsWrapper) -> Iterator[MailServer]:
    """A running mail server that the gateway uses."""
    with mail_server() as server:
        lead_to(settings, server.port)
        yield server
