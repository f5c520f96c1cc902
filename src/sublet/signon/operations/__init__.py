"""Writing single sign-on: applications, sign-ons, keys."""

from sublet.signon.operations.applications import (
    CannotRegisterApplication,
    NewSecret,
    change_application,
    register_application,
    remove_application,
    renew_application_secret,
)
from sublet.signon.operations.endings import end_sign_ons_of_browser
from sublet.signon.operations.identity import Bearer, identity, may_open
from sublet.signon.operations.keys import make_first_keys, rotate_keys, sign
from sublet.signon.operations.looks import LookWanted, begin_look, end_looks
from sublet.signon.operations.reports import CannotReportChange, report_product_change
from sublet.signon.operations.sign_ons import (
    Asked,
    CannotSignOn,
    Issued,
    begin_sign_on,
    end_sign_on,
    redeem_code,
    refresh_sign_on,
    revoke_token,
)

__all__ = [
    "Asked",
    "Bearer",
    "CannotRegisterApplication",
    "CannotReportChange",
    "CannotSignOn",
    "Issued",
    "LookWanted",
    "NewSecret",
    "begin_look",
    "begin_sign_on",
    "change_application",
    "end_looks",
    "end_sign_on",
    "end_sign_ons_of_browser",
    "identity",
    "make_first_keys",
    "may_open",
    "redeem_code",
    "refresh_sign_on",
    "register_application",
    "remove_application",
    "renew_application_secret",
    "report_product_change",
    "revoke_token",
    "rotate_keys",
    "sign",
]
