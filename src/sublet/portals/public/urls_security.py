"""Addresses of codes by e-mail, the second step and of "Log-in and security", on every host."""

from __future__ import annotations

from django.urls import path

from sublet.portals.public.views import log_in_code, passkeys, prove, security

urlpatterns = [
    path("login/code/", log_in_code.ask, name="login-code"),
    path("login/code/enter/", log_in_code.enter, name="login-code-enter"),
    path("login/passkey/begin/", passkeys.log_in_begin, name="login-passkey-begin"),
    path("login/passkey/", passkeys.log_in, name="login-passkey"),
    path("prove/", prove.prove, name="prove"),
    path("prove/mail/", prove.mail, name="prove-mail"),
    path("prove/passkey/begin/", passkeys.prove_begin, name="prove-passkey-begin"),
    path("prove/passkey/", passkeys.prove, name="prove-passkey"),
    path("prove/password/", prove.password, name="prove-password"),
    path("prove/demo/", prove.demo, name="prove-demo"),
    path("me/security/", security.security, name="me-security"),
    path("me/security/app/", security.app, name="me-security-app"),
    path("me/security/codes/", security.codes, name="me-security-codes"),
    path("me/security/passkeys/begin/", passkeys.make_begin, name="me-security-passkey-begin"),
    path("me/security/passkeys/", passkeys.make, name="me-security-passkey"),
    path("me/security/factors/<str:factor>/remove/", security.remove, name="me-security-remove"),
    path("me/security/log-ins/<str:log_in>/end/", security.end_log_in, name="me-security-end"),
]
