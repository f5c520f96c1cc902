"""The operations of the API, one module for each heading. Adding a module here is all that it takes."""

from __future__ import annotations

from sublet.portals.api.routes import (
    account,
    accounts,
    applications,
    brands,
    clients,
    company_log_in,
    directory,
    grants,
    imports,
    jobs,
    journal,
    keys,
    log_in_rules,
    mails,
    manifest,
    rights,
    scans,
    selections,
    team,
    visits,
    webhooks,
    withdrawals,
)

#: In the order in which they are described.
ROUTES = (
    account.routes,
    clients.routes,
    selections.routes,
    imports.routes,
    team.routes,
    log_in_rules.routes,
    company_log_in.routes,
    directory.routes,
    rights.routes,
    withdrawals.routes,
    grants.routes,
    brands.routes,
    scans.routes,
    visits.routes,
    keys.routes,
    webhooks.routes,
    journal.routes,
    accounts.routes,
    manifest.routes,
    applications.routes,
    jobs.routes,
    mails.routes,
)
