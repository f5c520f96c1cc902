"""Addresses below an account of the reseller portal: brand, hosts, mails; the reseller's own and its clients'."""

from __future__ import annotations

from django.urls import path

from sublet.portals.reseller import views_brand as brand
from sublet.portals.reseller import views_brand_changes as changes
from sublet.portals.reseller import views_brand_many as many
from sublet.portals.reseller import views_mails as mails
from sublet.portals.reseller import views_names as names
from sublet.portals.reseller import views_proof as proof
from sublet.portals.reseller.client_frame import client_frame
from sublet.portals.shared.senders_pages import sender_patterns
from sublet.portals.shared.server_pages import server_patterns
from sublet.portals.shared.suppressed_pages import suppressed_patterns

urlpatterns = [
    path("brand/", brand.own_brand, name="reseller-brand"),
    path("brand/preview/", brand.own_brand_preview, name="reseller-brand-preview"),
    path("hosts/", brand.own_hosts, name="reseller-hosts"),
    path("hosts/check/", brand.own_hosts_check, name="reseller-hosts-check"),
    path("hosts/<str:host>/", brand.own_host_page, name="reseller-host-page"),
    path("hosts/<str:host>/state/", brand.own_host_state, name="reseller-host-state"),
    path("hosts/<str:host>/look/", brand.own_host_check, name="reseller-host-check"),
    path("hosts/<str:host>/redirect/", brand.own_host_redirect, name="reseller-host-redirect"),
    path("hosts/<str:host>/names/", names.switch, name="reseller-host-names"),
    path("hosts/<str:host>/main/", brand.own_host_main, name="reseller-host-main"),
    path("hosts/<str:host>/remove/", brand.own_host_remove, name="reseller-host-remove"),
    path("clients/brand/", many.brands, name="reseller-clients-brand"),
    path("clients/brand/changes/", changes.listing, name="reseller-brands-changes"),
    path("clients/brand/changes/<str:change>/", changes.one, name="reseller-brands-change"),
    path("clients/brand/changes/<str:change>/progress/", changes.progress, name="reseller-brands-change-progress"),
    path("clients/brand/changes/<str:change>/undo/", changes.undo, name="reseller-brands-change-undo"),
    path("clients/brand/changes/<str:change>/resume/", changes.resume, name="reseller-brands-change-resume"),
    path("clients/names/", names.names, name="reseller-clients-names"),
    path("clients/<str:ref>/brand/", brand.client_brand, name="reseller-client-brand"),
    path(
        "clients/<str:ref>/brand/pictures/<str:digest>/",
        brand.client_brand_picture,
        name="reseller-client-brand-picture",
    ),
    path("clients/<str:ref>/brand/preview/", brand.client_brand_preview, name="reseller-client-brand-preview"),
    path("clients/<str:ref>/hosts/", brand.client_hosts, name="reseller-client-hosts"),
    path("clients/<str:ref>/hosts/check/", brand.client_hosts_check, name="reseller-client-hosts-check"),
    path("clients/<str:ref>/hosts/<str:host>/", brand.client_host_page, name="reseller-client-host-page"),
    path("clients/<str:ref>/hosts/<str:host>/state/", brand.client_host_state, name="reseller-client-host-state"),
    path("clients/<str:ref>/hosts/<str:host>/look/", brand.client_host_check, name="reseller-client-host-check"),
    path(
        "clients/<str:ref>/hosts/<str:host>/redirect/", brand.client_host_redirect, name="reseller-client-host-redirect"
    ),
    path("clients/<str:ref>/hosts/<str:host>/main/", brand.client_host_main, name="reseller-client-host-main"),
    path("clients/<str:ref>/hosts/<str:host>/remove/", brand.client_host_remove, name="reseller-client-host-remove"),
    path("white-label/", proof.own, name="reseller-proof"),
    path("white-label/progress/", proof.own_progress, name="reseller-proof-progress"),
    path("white-label/pictures/<int:number>.png", proof.own_picture, name="reseller-proof-picture"),
    path("clients/<str:ref>/white-label/", proof.client, name="reseller-client-proof"),
    path("clients/<str:ref>/white-label/progress/", proof.client_progress, name="reseller-client-proof-progress"),
    path(
        "clients/<str:ref>/white-label/pictures/<int:number>.png",
        proof.client_picture,
        name="reseller-client-proof-picture",
    ),
    *sender_patterns(name="reseller-senders", route="senders/", portal="reseller"),
    *server_patterns(name="reseller-senders", route="senders/", portal="reseller"),
    *suppressed_patterns(name="reseller-suppressed", route="suppressed/", portal="reseller", above="reseller-senders"),
    *sender_patterns(
        name="reseller-client-senders",
        route="clients/<str:ref>/senders/",
        portal="reseller",
        frame=lambda request, ref: client_frame(request, ref, "senders"),
        base="reseller/client_base.html",
    ),
    path("mails/", mails.listing, name="reseller-mails"),
    path("mails/<str:mail>/", mails.page, name="reseller-mail"),
    path("mails/<str:mail>/shown/", mails.shown, name="reseller-mail-shown"),
    path("mails/<str:mail>/again/", mails.again, name="reseller-mail-again"),
]
