"""Asking for pages from inside the process: no network, no cookie, no log-in that somebody else could use.

The pass travels in the request's environment, beside what the web server puts there, where no header of a request can
ever stand. Whoever holds it is in this process already. Nothing that a page writes meanwhile is kept: each answer is made
in a transaction that is taken back.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, ClassVar
from urllib.parse import unquote_to_bytes, urlencode

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.middleware.csrf import CSRF_SECRET_LENGTH
from django.urls import set_script_prefix, set_urlconf
from django.utils.translation import gettext_lazy as _

from sublet.foundation.errors import Refusal
from sublet.foundation.maintenance import maintenance
from sublet.foundation.scope import no_scope
from sublet.people.queries.company_log_ins import CameIn

#: In the request's environment. Headers begin with ``HTTP_`` there, so none can be this.
LOOKING = "sublet.looking"
MOST_BYTES = 8 * 1024 * 1024


class Closed(Refusal):
    """Maintenance is on: every page says so, and whoever looks at that would call the account clean."""

    SENTENCES: ClassVar = {"maintenance": _("This service is being worked on. Nothing was changed.")}


@dataclass(frozen=True, slots=True)
class Pass:
    """Looking at pages as that person, at that instant; never more than looking."""

    user_id: int
    epoch: int
    session_hash: str
    backend: str
    at: datetime
    came: CameIn | None = None  # the company log-in by which the account's people come, where there is one


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `headers` are as sent, cookies among them."""

    address: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    told: object = None  # what the page says to this process alone (`ToThisProcess`)
    whole: bool = True  # False: `body` is the beginning of more

    def header(self, name: str) -> str:
        """The first header of that name; empty without one."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def kind(self) -> str:
        """What it is, such as ``text/html``: in small letters, however it was written."""
        return self.header("Content-Type").partition(";")[0].strip().lower()


class ToThisProcess(HttpResponse):
    """What a page answers to a pass alone: it says to this process what it would have done for a person, and does nothing."""

    def __init__(self, told: object) -> None:
        super().__init__(status=204)
        self.told = told


@cache
def _handler() -> BaseHandler:
    handler = BaseHandler()
    handler.load_middleware()
    return handler


def ask(*, host: str, address: str, shown_to: Pass | None, language: str = "", chosen: str = "") -> Answer:
    """What the host answers at that path and query, to that person or to a stranger. Nothing is written. Raises Closed.

    `language` is what a browser says of itself; `chosen` the one that a stranger has chosen on a page, which goes before the
    account's.
    """
    given = {"HTTP_COOKIE": f"{settings.LANGUAGE_COOKIE_NAME}={chosen}"} if chosen else {}
    return _asked(host=host, address=address, shown_to=shown_to, language=language, **given)


def post(*, host: str, address: str, form: Mapping[str, str], with_secret: bool) -> Answer:
    """What a stranger's form is answered, with or without the page's secret. Nothing is written, and no mail leaves.

    Raises Closed.
    """
    given: dict[str, Any] = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/x-www-form-urlencoded"}
    body = urlencode(form).encode()
    given |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    if with_secret:
        secret = "a" * CSRF_SECRET_LENGTH
        scheme = "https" if settings.SECURE_SCHEME else "http"
        given |= {"HTTP_COOKIE": f"{settings.CSRF_COOKIE_NAME}={secret}", "HTTP_X_CSRFTOKEN": secret}
        given["HTTP_ORIGIN"] = f"{scheme}://{_with_port(host)}"
    return _asked(host=host, address=address, shown_to=None, language="", **given)


def _asked(*, host: str, address: str, shown_to: Pass | None, language: str, **given: Any) -> Answer:
    if maintenance() is not None:
        raise Closed("maintenance")
    path, _mark, query = address.partition("#")[0].partition("?")  # ``//[x`` is a path, and no host
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query.encode("utf-8", "replace").decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": "443" if settings.SECURE_SCHEME else "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": _with_port(host),
        "HTTP_ACCEPT": "text/html,*/*;q=0.8",
        "HTTP_ACCEPT_LANGUAGE": language,
        "wsgi.url_scheme": "https" if settings.SECURE_SCHEME else "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    environ |= given
    if shown_to is not None:
        environ[LOOKING] = shown_to
    try:
        with no_scope(), transaction.atomic():
            set_script_prefix("/")
            response = _handler().get_response(WSGIRequest(environ))
            body, whole = _body_of(response)
            transaction.set_rollback(True)
    finally:
        set_script_prefix("/")
        set_urlconf(None)
    headers = [(name, str(value)) for name, value in response.items()]
    headers += [("Set-Cookie", each.OutputString()) for each in response.cookies.values()]
    told = response.told if isinstance(response, ToThisProcess) else None
    return Answer(
        address=address, status=response.status_code, headers=tuple(headers), body=body, told=told, whole=whole
    )


def _with_port(host: str) -> str:
    port = settings.SUBLET.integer("SUBLET_PUBLIC_PORT")
    return f"{host}:{port}" if port else host


def _body_of(response: HttpResponseBase) -> tuple[bytes, bool]:
    """What it says, and whether that is all of it."""
    try:
        body = b""
        if not response.streaming:
            body = bytes(response.content)  # type: ignore[attr-defined]  # of all that do not stream
            return body[:MOST_BYTES], len(body) <= MOST_BYTES
        for part in response:
            body += part if isinstance(part, bytes) else str(part).encode()
            if len(body) > MOST_BYTES:
                break
        return body[:MOST_BYTES], len(body) <= MOST_BYTES
    finally:
        # Not `close`, which tells Django that a request has ended and would close this job's connection.
        for closer in response._resource_closers:  # type: ignore[attr-defined]  # files and the like, of any response
            closer()
