"""New passwords among stolen ones: in a file, at a service, and when neither answers."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sublet.foundation.outbound import Limits
from sublet.people import stolen
from sublet.people.models import User
from sublet.people.operations import CannotUsePassword, check_new_password
from tests.servers import HttpServer, http_server

PASSWORD = "river of many names"


def digest(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


@pytest.fixture
def service(settings: Any) -> Iterator[HttpServer]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    with http_server() as running:
        settings.STOLEN_PASSWORDS = running.url + "range/"
        yield running


def test_a_service_is_told_five_characters_and_nothing_else(service: HttpServer) -> None:
    rest = digest(PASSWORD)[5:]
    service.body = f"{'0' * 35}:4\r\n{rest.lower()}:17\r\n".encode()

    assert stolen.is_stolen(PASSWORD)

    [asked] = service.asked
    assert asked.path == f"/range/{digest(PASSWORD)[:5]}"
    assert rest not in repr(asked)
    assert asked.headers["Add-Padding"] == "true"


@pytest.mark.parametrize("body", ["", "{other}:3\r\n", "{rest}:0\r\n", "not what was asked for"])
def test_what_is_not_in_the_answer_is_not_stolen(service: HttpServer, body: str) -> None:
    service.body = body.format(rest=digest(PASSWORD)[5:], other="F" * 35).encode()

    assert not stolen.is_stolen(PASSWORD)


def _hang(_handler: BaseHTTPRequestHandler) -> None:
    time.sleep(0.3)


@pytest.mark.parametrize("trouble", ["status", "length", "slow", "gone", "closed"])
def test_a_look_up_that_fails_keeps_nobody_from_choosing(
    service: HttpServer, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, trouble: str
) -> None:
    service.body = f"{digest(PASSWORD)[5:]}:17".encode()
    match trouble:
        case "status":
            service.status = 503
        case "length":
            service.body *= 20_000
        case "slow":
            monkeypatch.setattr(stolen, "LIMITS", Limits(connect=0.1, read=0.1, total=0.1))
            service.answer = _hang
        case "gone":
            settings.STOLEN_PASSWORDS = "http://127.0.0.1:9/range"
        case "closed":
            settings.OUTBOUND_ALLOW = []  # an address inside, which nobody has allowed

    assert not stolen.is_stolen(PASSWORD)
    assert check_new_password(PASSWORD, user=User(email="a@example.test", name="Ann")) == PASSWORD
    assert "stolen passwords could not be looked up" in caplog.text
    assert PASSWORD not in caplog.text


def test_it_is_said_at_the_field(service: HttpServer) -> None:
    service.body = f"{digest(PASSWORD)[5:]}:17".encode()

    with pytest.raises(CannotUsePassword) as refused:
        check_new_password(PASSWORD, user=User(email="a@example.test", name="Ann"), field="new")

    assert (refused.value.code, refused.value.field) == ("weak", "new")
    assert "list of stolen passwords" in str(refused.value.sentence)


def test_without_a_place_nothing_is_looked_up(settings: Any) -> None:
    settings.STOLEN_PASSWORDS = ""

    assert not stolen.is_stolen("password")


@given(
    held=st.lists(st.integers(0, 60), max_size=20),
    counted=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    closed=st.booleans(),
)
def test_a_file_answers_what_a_set_would(
    tmp_path_factory: pytest.TempPathFactory, held: list[int], counted: bool, end: str, closed: bool
) -> None:
    lines = sorted({digest(str(number)) for number in held})
    file = tmp_path_factory.getbasetemp() / "stolen.txt"
    text = end.join(line + (f":{len(line)}" if counted else "") for line in lines) + (end if closed and lines else "")
    file.write_bytes(text.encode())

    for number in range(61):
        assert stolen._listed(str(file), digest(str(number))) == (number in held), number


def test_a_file_in_lower_case_and_one_that_is_missing(settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "stolen.txt"
    settings.STOLEN_PASSWORDS = str(file)
    assert not stolen.is_stolen(PASSWORD)

    file.write_text(digest(PASSWORD).lower() + "\n")
    assert stolen.is_stolen(PASSWORD)


def test_an_empty_line_is_not_the_end_of_the_file(
    settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "stolen.txt"
    settings.STOLEN_PASSWORDS = str(file)
    file.write_text("\n" * 400 + digest(PASSWORD) + "\n")

    assert not stolen.is_stolen(PASSWORD)
    assert "could not be looked up" in caplog.text
