"""Reading single sign-on: who a program is, what stands behind a token, which keys are published."""

from sublet.signon.queries.access import (
    Choice,
    Standing,
    choices,
    facts_of,
    place_of_path,
    secret_hash,
    standing_of_access_token,
    token_row,
)
from sublet.signon.queries.applications import (
    ApplicationRow,
    KnownApplication,
    application,
    application_that_begins,
    applications,
    known_application,
    proved_application,
)
from sublet.signon.queries.identities import Identity, identity_of, session_hash_of_visit
from sublet.signon.queries.keys import checking_key, forget_keys, published_keys
from sublet.signon.queries.tokens import HintedSignOn, introspected, sign_on_of_hint

__all__ = [
    "ApplicationRow",
    "Choice",
    "HintedSignOn",
    "Identity",
    "KnownApplication",
    "Standing",
    "application",
    "application_that_begins",
    "applications",
    "checking_key",
    "choices",
    "facts_of",
    "forget_keys",
    "identity_of",
    "introspected",
    "known_application",
    "place_of_path",
    "proved_application",
    "published_keys",
    "secret_hash",
    "session_hash_of_visit",
    "sign_on_of_hint",
    "standing_of_access_token",
    "token_row",
]
