"""Every operation with invented input, as the document describes it and as it does not.

Never a fault of ours, never an answer that the document does not describe: status, media type, shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from sublet.foundation.scope import platform_scope
from sublet.portals.api import limits
from tests.people import World
from tests.portals.api.caller import Caller
from tests.thorough import FULL, one_of

pytestmark = pytest.mark.slow
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: For each operation, each mode and each key.
EXAMPLES = 5 if FULL else 2
KEYS = ("rosa", "vera")


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """The tests' transaction lives in one connection; a real server's end of a request would close it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _schema(host: str) -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app=get_wsgi_application(), headers={"Host": host})


@pytest.mark.parametrize(
    ("who", "mode"),
    [(who, mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE) for who in one_of(KEYS, mode.value)],
)
def test_no_invented_request_breaks_anything(
    world: World,
    call: Callable[..., Caller],
    monkeypatch: pytest.MonkeyPatch,
    who: str,
    mode: GenerationMode,
) -> None:
    monkeypatch.setattr(limits, "BY_KEY", limits.Buckets(rate=1e6, burst=1_000_000))
    monkeypatch.setattr(limits, "BY_TENANT", limits.Buckets(rate=1e6, burst=1_000_000))
    monkeypatch.setattr(limits, "BY_ADDRESS", limits.Buckets(rate=1e6, burst=1_000_000))
    caller = call(who)
    real = {
        "account": world.rosa.ref,
        "client": world.carl.ref,
        "collaborator": world.places["carl"].ref,
        "slot": "icon",
        "kind": "invitation-new",
        "language": "it",
    }
    tried = 0
    faults: list[str] = []
    schema = _schema(caller.host)
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def try_one(case: Any) -> None:
            nonlocal tried
            tried += 1
            # Real references in most addresses: what is not found is not tried.
            if tried % 4 and mode is GenerationMode.POSITIVE:
                case.path_parameters = {
                    name: real.get(name, value) for name, value in (case.path_parameters or {}).items()
                }
            try:
                case.call_and_validate(
                    headers={"Host": caller.host, "Authorization": f"Bearer {caller.secret}"}, checks=CHECKS
                )
            except FailureGroup as failures:
                faults.append(f"{case.method} {case.formatted_path}: {failures.exceptions[0]}"[:2000])

        try_one()
    assert faults == []
    assert tried > 150


def test_what_the_document_forbids_is_refused(world: World, rosa: Caller) -> None:
    """Wrong types, unknown words and unknown fields in the body of every operation that makes something."""
    schema = _schema(rosa.host)
    accepted: list[str] = []
    for path in ("/clients", "/client-changes", "/saved-views", "/withdrawals", "/keys"):
        operation = schema["/api/v1" + path]["POST"]

        @settings(
            max_examples=15, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
        def try_one(case: Any) -> None:
            try:
                case.call_and_validate(
                    headers={"Host": rosa.host, "Authorization": f"Bearer {rosa.secret}"},
                    checks=[negative_data_rejection],
                )
            except FailureGroup as failures:
                accepted.append(f"{case.method} {case.path} {case.body!r:.300} {failures.exceptions[0]}"[:900])

        try_one()
    assert accepted == []


def test_the_fuzz_would_see_a_fault(world: World, rosa: Caller) -> None:
    with platform_scope("test data"):
        world.rosa.timezone = "Nowhere/At-All"  # no operation stores such a one; each request fails on it
        world.rosa.save()
    case = next(_schema(rosa.host).get_all_operations()).ok().Case()
    case.path_parameters = {}

    with pytest.raises(FailureGroup) as failures:
        case.call_and_validate(
            headers={"Host": rosa.host, "Authorization": f"Bearer {rosa.secret}"}, checks=[not_a_server_error]
        )

    assert "Server error" in str(failures.value.exceptions[0])
