"""Single sign-on for the host product, on every host: the host is the issuer, and nothing here names anybody else."""

from __future__ import annotations

from django.urls import path

from sublet.portals.public.views import forward, open_section, sign_on, sign_on_programs

urlpatterns = [
    path(".well-known/openid-configuration", sign_on_programs.configuration, name="sign-on-configuration"),
    path("sign-on/keys", sign_on_programs.keys, name="sign-on-keys"),
    path("sign-on/token", sign_on_programs.token, name="sign-on-token"),
    path("sign-on/userinfo", sign_on_programs.userinfo, name="sign-on-userinfo"),
    path("sign-on/introspect", sign_on_programs.introspect, name="sign-on-introspect"),
    path("sign-on/revoke", sign_on_programs.revoke, name="sign-on-revoke"),
    path("sign-on/authorize", sign_on.authorize, name="sign-on"),
    path("sign-on/end", sign_on.end, name="sign-on-end"),
    path("open/<str:account>/", open_section.product, name="open-product"),
    path("open/<str:account>/<str:section>/", open_section.section, name="open-section"),
    path("auth/forward", forward.forward, name="forward"),
    path("auth/back/", forward.back, name="forward-back"),
]
