"""What the API tells and takes of sandboxes: a part of `core.fields_told` and `core.fields_taken`."""

from __future__ import annotations

from sublet.core.fieldrights import group

SANDBOXES_TOLD = group(
    "billing:view billing:manage",
    "vendor reseller",
    """
    Sandbox: ref name state why portfolio clients declined uses copied_at clock next_at expires_at job money standing
    SandboxClient: account name has_card
    SandboxInvoice: ref book kind state number account name first_day last_day issued_on due_on currency gross paid open lines
    SandboxInvoiceLine: item first_day last_day net
    SandboxInvoiceList: items
    SandboxLine: position at day event group account name sentence data
    SandboxLinePage: items next
    SandboxList: items
    SandboxMail: position at kind account name to_name subject text
    SandboxMailPage: items next
    SandboxMoney: book currency invoiced paid open_then open_now overdue_then overdue_now
    SandboxMove: ref state starts target asked_at asked_by ended_at
    SandboxMoveList: items
    SandboxStanding: trial plan paused none
    SandboxStandings: then now
    SandboxUse: account meter units
    """,
)

SANDBOXES_TAKEN = (
    *group(
        "billing:manage",
        "vendor reseller",
        """
        SandboxCardsIn: declined
        SandboxIn: name clients reseller
        SandboxMoveIn: by until
        SandboxUseIn: account meter units
        """,
    ),
    *group(
        "billing:view",
        "vendor reseller",
        """
        SandboxInvoicesAsked: account all
        SandboxLinesAsked: cursor limit group account
        SandboxMailsAsked: cursor limit account
        """,
    ),
)
