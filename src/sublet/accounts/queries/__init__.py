"""Reading the tree: every question begins at a scope or an actor."""

from sublet.accounts.queries.bulk import ACTIONS, BulkPreview, Selection, preview_change, selection
from sublet.accounts.queries.clients import (
    COUNTED,
    SOON,
    ClientPage,
    ClientRow,
    Counted,
    Glance,
    accounts_below,
    client_list,
    glance,
    matching,
)
from sublet.accounts.queries.facts import (
    AccountFacts,
    account_id_of,
    client_facts,
    has_clients,
    own_facts,
    tags_in_use,
)
from sublet.accounts.queries.listquery import NOBODY, SORTS, ListQuery, list_query
from sublet.accounts.queries.tree import installation_actor, parent_of, require_below
from sublet.accounts.queries.vendor import (
    AccountName,
    TreeFigures,
    accounts_named,
    clients_of_each,
    names_of_accounts,
    open_accounts,
    tree_figures,
)
from sublet.accounts.queries.views import ViewRow, saved_views

__all__ = [
    "ACTIONS",
    "COUNTED",
    "NOBODY",
    "SOON",
    "SORTS",
    "AccountFacts",
    "AccountName",
    "BulkPreview",
    "ClientPage",
    "ClientRow",
    "Counted",
    "Glance",
    "ListQuery",
    "Selection",
    "TreeFigures",
    "ViewRow",
    "account_id_of",
    "accounts_below",
    "accounts_named",
    "client_facts",
    "client_list",
    "clients_of_each",
    "glance",
    "has_clients",
    "installation_actor",
    "list_query",
    "matching",
    "names_of_accounts",
    "open_accounts",
    "own_facts",
    "parent_of",
    "preview_change",
    "require_below",
    "saved_views",
    "selection",
    "tags_in_use",
    "tree_figures",
]
