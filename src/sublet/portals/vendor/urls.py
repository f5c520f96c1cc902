"""Addresses below ``/vendor/<account>/``, on the vendor's own host."""

from __future__ import annotations

from django.urls import include, path

from sublet.portals.shared.issuer_pages import issuer_patterns
from sublet.portals.vendor.views import account, accounts, basis, home, jobs, journal, manifest, offer, pools, settings

urlpatterns = [
    path("", home.overview, name="vendor-home"),
    path("accounts/", accounts.listing, name="vendor-accounts"),
    path("accounts/new/<str:kind>/", accounts.new, name="vendor-account-new"),
    path("accounts/<str:ref>/", account.page, name="vendor-account"),
    path("accounts/<str:ref>/edit/", account.edit, name="vendor-account-edit"),
    path("accounts/<str:ref>/clients/", accounts.clients, name="vendor-account-clients"),
    path("accounts/<str:ref>/hand-over/", account.sheet, name="vendor-account-hand-over"),
    path("accounts/<str:ref>/pools/", pools.listing, name="vendor-account-pools"),
    path("accounts/<str:ref>/pools/<str:meter>/", pools.pool, name="vendor-account-pool"),
    path("accounts/<str:ref>/suspend/", account.suspend, name="vendor-account-suspend"),
    path("accounts/<str:ref>/resume/", account.resume, name="vendor-account-resume"),
    path("accounts/<str:ref>/close/", account.close, name="vendor-account-close"),
    path("accounts/<str:ref>/take-back/", account.reopen, name="vendor-account-reopen"),
    path("accounts/<str:ref>/owner/", account.invite_owner, name="vendor-account-owner"),
    path("accounts/<str:ref>/invitations/<str:invitation>/again/", account.resend, name="vendor-invitation-resend"),
    path("accounts/<str:ref>/invitations/<str:invitation>/revoke/", account.revoke, name="vendor-invitation-revoke"),
    path("", include("sublet.portals.vendor.views_moves")),
    path("manifest/", manifest.overview, name="vendor-manifest"),
    path("manifest/load/", manifest.load, name="vendor-manifest-load"),
    path("manifest/load/confirm/", manifest.confirm, name="vendor-manifest-confirm"),
    path("manifest/versions/<int:number>/", manifest.source, name="vendor-manifest-source"),
    path("offer/", offer.overview, name="vendor-offer"),
    path("offer/plans/<str:key>/", offer.plan, name="vendor-offer-plan"),
    path("offer/plans/<str:key>/basis/", basis.page, name="vendor-offer-basis"),
    path("sections/", manifest.sections, name="vendor-sections"),
    path("jobs/", jobs.listing, name="vendor-jobs"),
    path("jobs/schedules/", jobs.schedules, name="vendor-schedules"),
    path("jobs/schedules/<str:schedule>/switch/", jobs.switch, name="vendor-schedule-switch"),
    path("jobs/<str:job>/", jobs.page, name="vendor-job"),
    path("jobs/<str:job>/progress/", jobs.progress, name="vendor-job-progress"),
    path("jobs/<str:job>/retry/", jobs.retry, name="vendor-job-retry"),
    path("jobs/<str:job>/discard/", jobs.discard, name="vendor-job-discard"),
    path("journal/", journal.listing, name="vendor-journal"),
    path("journal/<str:entry>/", journal.page, name="vendor-journal-entry"),
    *issuer_patterns(name="vendor-issuer", route="invoicing/", portal="vendor"),
    path("settings/", settings.page, name="vendor-settings"),
    path("", include("sublet.portals.vendor.urls_team")),
    path("", include("sublet.portals.vendor.urls_keys")),
    path("", include("sublet.portals.vendor.urls_money")),
    path("", include("sublet.portals.vendor.urls_plans")),
    path("", include("sublet.portals.vendor.urls_wholesale")),
    path("", include("sublet.portals.vendor.urls_applications")),
    path("", include("sublet.portals.vendor.urls_brand")),
    path("", include("sublet.portals.vendor.urls_wordings")),
    path("", include("sublet.portals.vendor.urls_mails")),
    path("", include("sublet.portals.vendor.urls_hidden_words")),
    path("", include("sublet.portals.vendor.urls_proof")),
]
