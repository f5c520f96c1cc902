"""Addresses below an account of the vendor portal: mails, the vendor's own senders, and those of everybody."""

from __future__ import annotations

from django.urls import path

from sublet.portals.shared.senders_pages import sender_patterns
from sublet.portals.shared.suppressed_pages import suppressed_patterns
from sublet.portals.vendor import views_mails as mails
from sublet.portals.vendor import views_senders as senders

urlpatterns = [
    path("mails/", mails.listing, name="vendor-mails"),
    path("mails/<str:mail>/", mails.page, name="vendor-mail"),
    path("mails/<str:mail>/shown/", mails.shown, name="vendor-mail-shown"),
    path("mails/<str:mail>/again/", mails.again, name="vendor-mail-again"),
    path("sender-domains/", senders.health, name="vendor-sender-health"),
    *sender_patterns(name="vendor-senders", route="senders/", portal="vendor"),
    *suppressed_patterns(name="vendor-suppressed", route="suppressed/", portal="vendor", change="jobs:manage"),
]
