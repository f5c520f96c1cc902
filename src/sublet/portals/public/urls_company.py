"""Addresses of company log-ins. The way back names the account: an answer for one provider never reaches another's."""

from __future__ import annotations

from django.urls import path

from sublet.portals.public.views import company

urlpatterns = [
    path("login/own/", company.own, name="login-own"),
    path("login/company/link/", company.link, name="login-company-link"),
    path("login/company/<str:account>/", company.page, name="login-company"),
    path("login/company/<str:account>/begin/", company.begin, name="login-company-begin"),
    path("login/company/<str:account>/back/", company.back, name="login-company-back"),
    path("me/security/company/<str:account>/remove/", company.unlink, name="me-security-company-remove"),
]
