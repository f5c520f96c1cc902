"""People: who can log in, where they collaborate with which rights, and who acts in whose place."""

from __future__ import annotations

from sublet.people.models.asking import AccessRequest, SectionService, new_request_ref
from sublet.people.models.company_log_ins import CompanyIdentity, CompanyLogIn, new_stamp
from sublet.people.models.grants import Grant, new_grant_ref
from sublet.people.models.log_ins import AccessPolicy, LogIn, new_log_in_ref
from sublet.people.models.people import (
    ApiKey,
    Collaborator,
    Impersonation,
    ImpersonationRequest,
    Invitation,
    PersonLink,
    Reach,
    RolePreset,
    Section,
    Throttle,
    User,
    UserManager,
    VisitRule,
    Withdrawal,
    WithdrawnRight,
    new_collaborator_ref,
    new_impersonation_ref,
    new_invitation_ref,
    new_key_ref,
    new_user_ref,
    new_withdrawal_ref,
)

__all__ = [
    "AccessPolicy",
    "AccessRequest",
    "ApiKey",
    "Collaborator",
    "CompanyIdentity",
    "CompanyLogIn",
    "Grant",
    "Impersonation",
    "ImpersonationRequest",
    "Invitation",
    "LogIn",
    "PersonLink",
    "Reach",
    "RolePreset",
    "Section",
    "SectionService",
    "Throttle",
    "User",
    "UserManager",
    "VisitRule",
    "Withdrawal",
    "WithdrawnRight",
    "new_collaborator_ref",
    "new_grant_ref",
    "new_impersonation_ref",
    "new_invitation_ref",
    "new_key_ref",
    "new_log_in_ref",
    "new_request_ref",
    "new_stamp",
    "new_user_ref",
    "new_withdrawal_ref",
]
