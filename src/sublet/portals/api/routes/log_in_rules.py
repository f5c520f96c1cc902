"""What the account demands of those who log in."""

from __future__ import annotations

from sublet.core.access import AccessRules
from sublet.people.operations.log_in_rules import CannotDemand, change_access_rules
from sublet.people.queries.log_in_rules import LogInRulesPage, log_in_rules_page
from sublet.portals.api.declare import EVERYBODY, ApiRequest, Routes
from sublet.portals.api.schemas.log_in_rules import AccessDemands, AccessDemandsIn

routes = Routes(
    "Log-in", "What the account demands of the people who log in. Keys are no people: nothing changes for them."
)


def _demands(page: LogInRulesPage) -> AccessDemands:
    return AccessDemands(
        team=page.rules.team,
        below=page.rules.below,
        no_mailed_codes=page.rules.no_mailed_codes,
        second_factor=page.access.second_factor,
        mailed_codes=page.access.mailed_codes,
        people=page.people,
        people_without=page.without,
    )


@routes.get("/account/log-in-rules", needs="team:view", kinds=EVERYBODY, answer=AccessDemands)
def get_log_in_rules(request: ApiRequest) -> AccessDemands:
    """Show the rules of the account, and what holds for its people once those of the accounts above are added."""
    return _demands(log_in_rules_page(request.actor))


@routes.patch(
    "/account/log-in-rules",
    needs="team:manage",
    kinds=EVERYBODY,
    answer=AccessDemands,
    refusals=[CannotDemand],
    example={"team": True},
)
def change_log_in_rules(request: ApiRequest, body: AccessDemandsIn) -> AccessDemands:
    """Change the rules. What is not named stays as it is. They hold from the next request of each person on."""
    before = log_in_rules_page(request.actor).rules
    given = body.model_dump(include=body.model_fields_set)
    rules = AccessRules(
        team=given.get("team", before.team),
        below=given.get("below", before.below),
        no_mailed_codes=given.get("no_mailed_codes", before.no_mailed_codes),
    )
    change_access_rules(rules=rules, actor=request.actor, at=request.at)
    return _demands(log_in_rules_page(request.actor))
