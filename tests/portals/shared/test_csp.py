"""The headers of every answer."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from sublet.portals.shared.csp import SecurityHeadersMiddleware, allow_form_target, leave_for

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def answer_of(response: HttpResponse) -> HttpResponse:
    return SecurityHeadersMiddleware(lambda request: response)(RequestFactory().get("/"))


def test_an_answer_carries_every_header() -> None:
    answer = answer_of(HttpResponse("ok"))
    assert dict(answer.headers) == {
        "Content-Type": "text/html; charset=utf-8",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-store",
    }


def test_what_the_view_set_stays() -> None:
    answer = answer_of(
        HttpResponse("ok", headers={"Cache-Control": "public, max-age=60", "Content-Security-Policy": "sandbox"})
    )
    assert answer["Cache-Control"] == "public, max-age=60"
    assert answer["Content-Security-Policy"] == "sandbox"


def test_one_page_may_send_its_forms_to_another_host() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        allow_form_target(request, "https://client.example")
        allow_form_target(request, "https://client.example")
        return HttpResponse("ok")

    middleware = SecurityHeadersMiddleware(view)
    allowed = middleware(RequestFactory().get("/"))["Content-Security-Policy"]
    assert allowed == POLICY.replace("form-action 'self'", "form-action 'self' https://client.example")
    assert answer_of(HttpResponse("ok"))["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize("origin", ["https://a.example; script-src *", "https://a.example https://b.example", "a\r\nb"])
def test_a_form_target_cannot_bring_a_rule_of_its_own(origin: str) -> None:
    with pytest.raises(ValueError, match="a"):
        allow_form_target(RequestFactory().get("/"), origin)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//evil.example", "/here/", "https://a.example/\r\nSet-Cookie: a=b"]
)
def test_only_a_whole_address_is_left_for(url: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        leave_for(RequestFactory().post("/"), url)
