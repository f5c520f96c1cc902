"""Writing people: log-ins, invitations, teams, impersonations, keys."""

from sublet.people.operations.invitation_acceptance import Accepted, CannotAcceptInvitation, accept_invitation
from sublet.people.operations.links import CannotUseLink, issue_link, new_token, use_link, void_links
from sublet.people.operations.password_reset import request_password_reset, reset_password
from sublet.people.operations.passwords import CannotUsePassword, check_new_password, end_log_ins
from sublet.people.operations.profile import (
    CannotChangeEmail,
    CannotChangePassword,
    CannotChangeProfile,
    change_password,
    change_profile,
    confirm_email_change,
    end_other_log_ins,
    request_email_change,
    set_language,
    set_theme,
)
from sublet.people.operations.sign_in import (
    SEEN_EVERY_SECONDS,
    CannotSignIn,
    check_person,
    normal_email,
    note_seen,
    person_is_known,
    sign_in,
)
from sublet.people.operations.sign_up import CannotSignUp, Opened, SignUp, complete_sign_up, request_sign_up
from sublet.people.operations.throttle import (
    LINK_BY_ADDRESS,
    CannotTryAgainYet,
    Limit,
    count_attempt,
    forget_attempts,
    subject_of,
)

__all__ = [
    "LINK_BY_ADDRESS",
    "SEEN_EVERY_SECONDS",
    "Accepted",
    "CannotAcceptInvitation",
    "CannotChangeEmail",
    "CannotChangePassword",
    "CannotChangeProfile",
    "CannotSignIn",
    "CannotSignUp",
    "CannotTryAgainYet",
    "CannotUseLink",
    "CannotUsePassword",
    "Limit",
    "Opened",
    "SignUp",
    "accept_invitation",
    "change_password",
    "change_profile",
    "check_new_password",
    "check_person",
    "complete_sign_up",
    "confirm_email_change",
    "count_attempt",
    "end_log_ins",
    "end_other_log_ins",
    "forget_attempts",
    "issue_link",
    "new_token",
    "normal_email",
    "note_seen",
    "person_is_known",
    "request_email_change",
    "request_password_reset",
    "request_sign_up",
    "reset_password",
    "set_language",
    "set_theme",
    "sign_in",
    "subject_of",
    "use_link",
    "void_links",
]
