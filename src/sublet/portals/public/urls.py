"""Addresses of a person's way in and own pages, on every host."""

from __future__ import annotations

from django.urls import include, path

from sublet.portals.public.views import (
    become_reseller,
    entry,
    invitation,
    log_in,
    mail_hook,
    me,
    password,
    payment_links,
    preferences,
    sign_up,
    unsubscribe,
)

urlpatterns = [
    path("", entry.home, name="home"),
    path("dashboard", entry.home, name="dashboard"),
    path("dashboard/", entry.home, name="dashboard-slash"),
    path("accounts/", entry.accounts, name="accounts"),
    path("login/", log_in.log_in, name="login"),
    path("logout/", log_in.log_out, name="logout"),
    path("forgotten/", password.forgotten, name="forgotten"),
    path("password/<str:token>/", password.reset, name="password-reset"),
    path("language/", preferences.language, name="set-language"),
    path("theme/", preferences.theme, name="set-theme"),
    path("me/", me.me, name="me"),
    path("me/password/", me.password, name="me-password"),
    path("me/email/", me.email, name="me-email"),
    path("me/log-ins/end/", me.end_log_ins, name="me-end-log-ins"),
    path("email/<str:token>/", me.confirm_email, name="email-confirm"),
    path("invitation/<str:token>/", invitation.invitation, name="invitation"),
    path("sign-up/", sign_up.sign_up, name="sign-up"),
    path("sign-up/<str:token>/", sign_up.confirm, name="sign-up-confirm"),
    path("become-reseller/<str:account>/", become_reseller.become_reseller, name="become-reseller"),
    path("become-reseller/<str:account>/address/", become_reseller.address, name="become-reseller-address"),
    path("hooks/mail/<str:account>/<str:word>/", mail_hook.hook, name="mail-hook"),
    path("hooks/pay/<str:word>/", payment_links.pay_hook, name="pay-hook"),
    path("pay/<str:token>/", payment_links.pay_link, name="pay-link"),
    path("unsubscribe/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    path("pay/<str:token>/done/", payment_links.pay_link_done, name="pay-link-done"),
    path("", include("sublet.portals.public.urls_company")),
    path("", include("sublet.portals.public.urls_security")),
    path("", include("sublet.portals.public.urls_crossing")),
    path("", include("sublet.portals.public.urls_impersonation")),
    path("", include("sublet.portals.public.urls_brand_files")),
    path("", include("sublet.portals.public.urls_sign_on")),
]
