"""What the API tells of invoices: a part of `core.fields_told`."""

from __future__ import annotations

from sublet.core.fieldrights import group

INVOICES_TOLD = group(
    "billing:view billing:manage",
    "vendor reseller direct",
    """
    AccountStatementRow: day kind number invoice charged paid balance amount
    AccountStatementTold: issuer debtor currency currencies first before opening charged paid closing open prepaid collected
        items next previous
    Invoice: ref kind number state party first_day last_day currency lines discount net tax gross open written_off
        issued_on due_on
    InvoiceLine: position account about item first_day last_day days of_days quantity amount discount net
    InvoicePage: items next previous
    InvoiceParty: ref name
    InvoiceWithLines: invoice items credit_notes corrects reason digest write_offs recovered
    WriteOff: at by amount reason taken_back_at taken_back_by taken_back_reason
    LineUsage: at source id quantity counts
    LineUsageList: meter items more
    """,
)

DUNNING_TOLD = group(
    "billing:view",
    "vendor reseller",
    """
    DunningPolicy: retries reminders grace last_call ending
    DunningStep: kind key outcome payment at
    InvoiceDunning: invoice state next next_at paused counted_from steps
    Receivable: invoice number party currency open written_off due_on days state next next_at
    ReceivablePage: items next previous
    """,
)

#: What the vendor collected for resellers: it sees all of them, a reseller itself.
PAYOUTS_TOLD = group(
    "billing:view billing:manage",
    "vendor reseller",
    """
    PayableTold: reseller currency collected open amount
    PayoutTold: ref number reseller day currency amount reference by
    PayoutPage: waiting items next previous
    """,
)

#: Each account its own bank account.
BANK_TOLD = group(
    "billing:view billing:manage",
    "vendor reseller",
    """
    BankFault: line code value
    BankStatement: ref file_name format first_day last_day lines known waiting faults imported_at imported_by
    BankStatementPage: items next previous
    BankMatch: invoice number party amount
    BankMovement: ref state day amount currency party party_iban text why paid surplus
    BankMovementPage: items next previous
    BankRefund: ref account name invoice number day amount ahead currency reference reason movement booked_at booked_by taken_back_at
    BankRefundPage: items next previous
    BillingTerms: interval basis collected_by automatic own since
    """,
)

#: Vendor: wholesale; reseller: retail. What a client leaves is the reseller's alone.
FIGURES_TOLD = (
    *group(
        "billing:view billing:manage",
        "vendor reseller",
        """
        FiguresMonth: month running start new reactivated expansion contraction churned end margin margin_known charged accounts
            churn net_retention
        FiguresReseller: account name accounts list_amount amount charged
        FiguresTold: currency currencies months lifetime_value resellers kept_at
        MoneyTotal: currency number amount
        MoneyEstimate: currency charged amount
        MoneyAging: currency not_due up_to_30 up_to_60 up_to_90 longer
        MoneyAttention: what number
        MoneyHome: drafts receivable overdue written_off to_pay estimate owed aging attention next_run
        """,
    ),
    *group("billing:view billing:manage", "direct", "OwnMonthEnd: pays ends unknown"),
    *group(
        "billing:view billing:manage",
        "reseller",
        """
        ProfitRow: account name revenue wholesale minutes effort written_off margin share
        ProfitTold: currency currencies first_month last_month items total number next_offset
        ProfitMonth: month revenue wholesale minutes effort written_off margin
        EffortTold: ref kind day minutes rate amount currency text by
        MonthEndTold: retail wholesale unknown
        ClientProfitTold: account currency currencies months efforts month_end
        """,
    ),
)
