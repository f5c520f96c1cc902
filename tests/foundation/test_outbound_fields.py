"""Every column in which somebody's word could lead us somewhere, of all models, and whoever speaks to the outside (I5).

A new one of either fails here until it is said what it does, and one that is spoken to is refused each hostile address.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from django.apps import apps
from pytest_django.fixtures import Settings as SettingsWrapper

from sublet.foundation import outbound
from sublet.messaging import lines, webhook_operations
from sublet.people import identity_providers
from tests.foundation.test_outbound import HOSTILE

SOURCE = Path(__file__).resolve().parents[2] / "src" / "sublet"
#: Modules that open a connection, and where the address comes from. A line that is no longer needed fails the test.
CALLERS = {
    "branding/tls_gateway.py": "domain.host",
    "messaging/webhook_delivery.py": "webhook_endpoint.url",
    "messaging/lines.py": "mail_server.host",
    "people/identity_providers.py": "company_log_in.issuer",
    "signon/operations/notices.py": "application.notice_address",
    "messaging/providers.py": "fixed addresses of providers",
    "billing/gateway/stripe.py": "a fixed address",
    "billing/vat_register.py": "the installation's own settings",
    "people/stolen.py": "the installation's own settings",
    "proof/product.py": "the installation's own proxy",
    "demo/sign_on.py": "the demo's own",
}
SPEAKS = re.compile(r"outbound\.session\(|connect_checked\(|import [^\n]*\bsession\b")


def test_everybody_who_speaks_to_the_outside_says_where_the_address_comes_from() -> None:
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in sorted(SOURCE.rglob("*.py"))
        if "foundation.outbound" in (text := path.read_text("utf-8")) or "import outbound" in text
        if SPEAKS.search(text)
    } - {"foundation/outbound.py"}
    assert found == set(CALLERS)


#: What tries each of them without asking who may; raises, or says why not.
def by_issuer(url: str) -> str:
    return identity_providers.refuse_issuer(url)


def by_webhook(url: str) -> str:
    try:
        webhook_operations._url(url)
    except webhook_operations.CannotSetUpWebhook as refusal:
        return refusal.code
    return ""


def by_session(url: str) -> str:
    try:
        outbound.session().post(url, data="x")
    except outbound.OutboundRefused as refusal:
        return refusal.code
    return ""


def by_mail_server(url: str) -> str:
    try:
        outbound.connect_checked(host_of(url), 587, ports=lines.MAIL_PORTS, timeout=1)
    except outbound.OutboundRefused as refusal:
        return refusal.code
    return ""


def by_certificate(url: str) -> str:
    try:
        outbound.connect_checked(host_of(url), 443, ports={443}, timeout=1)
    except outbound.OutboundRefused as refusal:
        return refusal.code
    return ""


def host_of(url: str) -> str:
    return url.removeprefix("https://").removesuffix("/").strip("[]")


TRIES: dict[str, Callable[[str], str]] = {
    "webhook_endpoint.url": by_webhook, "company_log_in.issuer": by_issuer, "mail_server.host": by_mail_server,
    "domain.host": by_certificate, "application.notice_address": by_session,
}  # fmt: skip


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, settings: SettingsWrapper) -> list[object]:
    settings.OUTBOUND_ALLOW = []
    tried: list[object] = []

    def note(address: object, *args: object) -> None:
        tried.append(address)
        raise OSError("the test's own wall")

    monkeypatch.setattr("sublet.foundation.outbound.socket.create_connection", note)
    return tried


@pytest.mark.parametrize("field", sorted(TRIES))
def test_no_field_leads_inside(field: str, opened: list[object]) -> None:
    assert field in CALLERS.values()
    assert [host for host in HOSTILE if not TRIES[field](f"https://{host}/")] == []
    assert opened == []


@pytest.mark.parametrize("field", ["application.notice_address", "mail_server.host", "domain.host"])
def test_a_field_that_was_not_checked_would_be_seen(
    field: str, opened: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """I5's positive control: every address counts as open."""
    monkeypatch.setattr(outbound, "is_open", lambda address: True)
    with suppress(OSError):
        TRIES[field]("https://10.0.0.1/")
    assert opened != []


#: By name, the columns that hold an address which nothing of ours ever calls.
NEVER_CALLED = re.compile(
    r"^(?:support_url|website|hosted|hook_\w+|redirect_\w+|logout_addresses|login_address|address|addressee|origin_host)$"
)


def test_every_column_that_holds_an_address_is_tried_or_never_called() -> None:
    looks = re.compile(r"(?:^|_)(?:url|uri|issuer|endpoint_url|notice_address|callback)$")
    models = [model for model in apps.get_models() if model.__module__.startswith("sublet.")]
    found = {
        f"{model._meta.db_table}.{field.name}"
        for model in models
        for field in model._meta.fields
        if looks.search(field.name) and field.get_internal_type() in {"CharField", "TextField", "URLField"}
        and not NEVER_CALLED.match(field.name)
    }  # fmt: skip
    # The issuer of a certificate is its name, that of an identity what came with a log-in: nobody calls either.
    assert found - {"domain.certificate_issuer", "company_identity.issuer"} == {
        field for field in TRIES if not field.endswith(".host")
    }
