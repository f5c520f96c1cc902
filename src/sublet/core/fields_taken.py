"""What the API takes: every body and every question with the right that it needs, and the fields that differ.

How to read and extend it: `core.fieldrights`.
"""

from __future__ import annotations

from sublet.core.fieldrights import EVERYBODY, group, table
from sublet.core.fields_prices import PRICES_TAKEN
from sublet.core.fields_sandboxes import SANDBOXES_TAKEN
from sublet.core.fields_statements import STATEMENTS_TAKEN

TAKEN = table(
    PRICES_TAKEN,
    group(
        "billing:manage",
        "vendor reseller",
        """
        GatewayIn: key=secret hook_secret=secret
        PaymentLinkIn: send_to
        RefundIn: amount reason credit
        """,
    ),
    group("billing:view", "reseller direct", "PaymentsMadeAsked: cursor limit"),
    group(
        "billing:view",
        "vendor reseller",
        """
        PayersAsked: cursor limit
        PaymentsAsked: cursor limit state account
        ReceivablesAsked: cursor limit state BankMovementsAsked: cursor limit state
        PayoutsAsked: cursor limit BankStatementsAsked: cursor limit BankRefundsAsked: cursor limit FiguresAsked: currency
        SampleAsked: language InvoicesExportAsked: kind first last
        """,
    ),
    group(
        "accounts:manage subscription:manage",
        "vendor reseller",
        """
        AddOnIn: add_on count reason
        EndIn: when day reason BasisIn: basis when day reason
        PauseIn: until reason
        PlanChangeIn: plan when day reason
        """,
    ),
    group("accounts:view subscription:view", "vendor reseller", "SubscriptionAsked: on"),
    group(
        "billing:manage",
        "vendor reseller",
        """
        CreditIn: reason net WriteOffIn: reason resumes ReopenIn: reason
        DunningPolicyIn: retries reminders grace last_call ending
        BillingTermsIn: interval basis collected_by automatic since
        BankRefundIn: account invoice movement amount currency day reference reason credit
        """,
    ),
    SANDBOXES_TAKEN,
    STATEMENTS_TAKEN,
    group(
        "accounts:manage",
        "vendor",
        """
        AccountIn: kind name contact_name email phone mobile website street postal_code city country
            language timezone currency external_id=above notes=above owner_email owner_name
        """,
    ),
    group(
        "accounts:manage brand:manage clients:manage jobs:manage settings:manage subscription:manage team:manage",
        EVERYBODY,
        """
        OptionalReasonIn: reason
        """,
    ),
    group("clients:manage usage:manage", "vendor reseller", "SignalIn: account key at value id"),
    group("clients:manage usage:manage", "vendor reseller", "SignalsIn: signals"),
    group(
        "accounts:manage clients:manage",
        "vendor reseller",
        """
        DetailsIn: name contact_name email phone mobile website street postal_code city country language
            timezone currency version external_id=above notes=above reason
        ReasonIn: reason
        """,
    ),
    group(
        "accounts:manage clients:manage team:manage",
        EVERYBODY,
        """
        HandOverIn: collaborator leave
        InvitationIn: email name language rights role reaches_all reach reach_tags is_owner old_owner_leaves
        RemovalIn: revoke_keys reason
        RightsChangeIn: rights role reaches_all reach reach_tags
        """,
    ),
    group(
        "accounts:view",
        "vendor",
        """
        AccountsAsked: cursor limit search kind state tag language sort order
        """,
    ),
    group(
        "accounts:view clients:view",
        "vendor reseller",
        """
        ClientsAsked: cursor limit search state tag responsible language demo signal plan=agreed trial=agreed
            limits include sort order
        SignalFactsAsked: cursor limit key
        """,
    ),
    group(
        "accounts:view clients:view settings:view",
        EVERYBODY,
        """
        SheetAsked: language
        """,
    ),
    group(
        "accounts:view clients:view team:view",
        EVERYBODY,
        """
        ComparisonAsked: left right
        TeamAsked: cursor limit search
        """,
    ),
    group("any", "reseller client direct", "ProductChangeIn: section text place"),
    group(
        "usage:manage",
        "vendor",
        """
        UsageEventsIn: events
        UsageEventIn: id source time account meter quantity properties corrects collaborator
        UsageCorrectionIn: meter quantity time reason
        UsageEventCorrectionIn: meter source id quantity reason dry_run
        UseIn: account meter quantity id source collaborator time
        ReservationIn: account meter quantity id source collaborator seconds
        ReservationCommitIn: quantity
        """,
    ),
    group("usage:view", EVERYBODY, "UsageAsked: since until"),
    group("usage:view", "vendor", "UsageEventsAsked: meter id cursor limit"),
    group(
        "any",
        EVERYBODY,
        """
        HostBrandAsked: language
        RequestAnswerIn: accept answer
        """,
    ),
    group(
        "brand:manage",
        "reseller",
        """
        ClientBrandsIn: clients query brand pictures dry_run
        """,
    ),
    group(
        "brand:manage",
        "reseller client direct",
        """
        MailServerIn: kind host port tls user secret=secret spf provider hook_secret=secret selectors
            return_path version
        """,
    ),
    group(
        "brand:manage",
        "vendor",
        """
        HiddenWordIn: text
        """,
    ),
    group(
        "brand:manage",
        EVERYBODY,
        """
        BrandIn: name color short_name accent corners font login_title login_text imprint_url privacy_url
            terms_url mail_look word_client word_clients word_reseller word_resellers word_account
            word_accounts texts support_name support_email support_phone support_url support_hours footer
            sender_name version
        BrandTextsIn: login_title login_text support_hours imprint_url privacy_url terms_url footer
            word_client word_clients word_reseller word_resellers word_account word_accounts
        BrandVersionAsked: version
        SenderChange: name domain mailboxes reply_to version
        SenderDomainIn: domain
        """,
    ),
    group(
        "brand:manage",
        "vendor reseller direct",
        """
        WordingChangeIn: subject body heading label version
        """,
    ),
    group(
        "brand:manage clients:view subscription:manage",
        "reseller",
        """
        QuestionIn: search states tags responsible languages demo signals plans=agreed trial=agreed limits sort descending
        """,
    ),
    group(
        "brand:manage jobs:manage",
        "vendor reseller direct",
        """
        SuppressedIn: email=people
        """,
    ),
    group(
        "brand:view",
        "vendor",
        """
        SenderDomainsAsked: cursor limit state
        """,
    ),
    group(
        "brand:view",
        "vendor reseller direct",
        """
        WordingTryIn: subject body heading label of
        """,
    ),
    group(
        "clients:manage",
        "reseller",
        """
        ChangeIn: action clients query reason tag user dry_run
        CheckAsked: only line
        ClientHostsIn: wildcard clients query labels dry_run
        ClientIn: name contact_name email phone mobile website street postal_code city country language
            timezone currency external_id=above notes=above ownership state demo_until tags owner reason
        DemonstrationIn: until reason
        ImportChangeIn: revision encoding separator sheet header_line mapping day_first country language
            ownership tags responsible without_email closed leave take
        ImportStartIn: revision
        ImportsAsked: cursor limit
        OwnerIn: email name language rights
        OwnershipIn: ownership reason
        ProspectIn: name until email template color=brand:manage logo=brand:manage
        ResponsibleIn: user
        SectionServiceIn: language name text price
        TagsSetIn: tags
        WithdrawalIn: section level clients reason dry_run
        """,
    ),
    group(
        "clients:manage hosts:manage",
        EVERYBODY,
        """
        HostCheckAsked: host
        HostIn: host
        HostRedirectIn: redirects
        """,
    ),
    group(
        "clients:manage team:manage",
        "reseller client",
        """
        EndAnswerIn: accept reason
        EndRequestIn: everywhere sections reason
        ExtensionIn: days
        GrantIn: everywhere sections people team start days extend notice_days reason
        NarrowingIn: everywhere sections
        """,
    ),
    group(
        "clients:view",
        "reseller",
        """
        ExportAsked: cursor limit search state tag responsible language demo signal plan=agreed trial=agreed
            limits include sort order format column
        ViewChangeIn: name shared
        ViewIn: name query columns shared
        """,
    ),
    group(
        "clients:view hosts:view journal:view keys:view",
        EVERYBODY,
        """
        PageAsked: cursor limit
        """,
    ),
    group(
        "clients:view journal:view",
        "reseller client",
        """
        VisitIn: mode reason collaborator
        """,
    ),
    group(
        "clients:view journal:view",
        EVERYBODY,
        """
        JournalAsked: cursor limit event group person via q in_visits since until
        JournalFileAsked: cursor limit event group person via q in_visits since until format
        """,
    ),
    group("clients:view accounts:view", "vendor reseller", "MovesAsked: cursor limit state"),
    group("clients:view", "reseller", "FormerAsked: cursor limit"),
    group("clients:manage", "reseller", "MoveIn: kind account code reason MovePreviewIn: kind account code"),
    group("accounts:manage", "vendor", "AdoptionIn: reseller accounts code reason"),
    group(
        "clients:view team:view",
        "reseller client",
        """
        GrantsAsked: cursor limit state
        """,
    ),
    group(
        "hosts:manage",
        "reseller",
        """
        HostGivesIn: gives
        """,
    ),
    group(
        "hosts:view",
        "vendor",
        """
        HostsAsked: cursor limit search state
        """,
    ),
    group(
        "jobs:manage",
        "vendor",
        """
        ScheduleIn: enabled
        """,
    ),
    group(
        "jobs:view",
        "vendor",
        """
        JobsAsked: cursor limit state kind account
        """,
    ),
    group(
        "journal:view",
        "vendor reseller",
        """
        MailsAsked: cursor limit state to template account
        """,
    ),
    group(
        "journal:view",
        EVERYBODY,
        """
        OwnJournalAsked: cursor limit event group person via q in_visits since until of
        OwnJournalFileAsked: cursor limit event group person via q in_visits since until of format
        """,
    ),
    group(
        "journal:view",
        "vendor reseller direct",
        """
        SuppressedAsked: cursor limit email
        """,
    ),
    group(
        "keys:manage",
        EVERYBODY,
        """
        KeyChange: allowed_from
        KeyIn: name rights expires_at allowed_from
        KeyRotation: overlap_hours
        ReplayIn: since
        SecretRotation: overlap_hours
        WebhookChange: name url groups on
        WebhookIn: name url groups=journal:view
        """,
    ),
    group(
        "keys:view",
        EVERYBODY,
        """
        DeliveriesAsked: cursor limit state
        """,
    ),
    group(
        "manifest:manage",
        "vendor",
        """
        ApplicationIn: name redirect_addresses logout_addresses login_address notice_address
        ManifestIn: source file_name base confirmed
        """,
    ),
    group(
        "manifest:view",
        "vendor",
        """
        ManifestPreviewIn: source file_name
        """,
    ),
    group(
        "settings:manage",
        "client",
        """
        VisitNoticeIn: mail_notice
        """,
    ),
    group(
        "settings:manage",
        "vendor reseller",
        """
        StaffMayVisitIn: staff_may_visit
        """,
    ),
    group(
        "settings:manage",
        EVERYBODY,
        """
        OwnDetailsIn: name contact_name email phone mobile website street postal_code city country language
            timezone currency version
        """,
    ),
    group(
        "team:manage",
        EVERYBODY,
        """
        AccessDemandsIn: team below no_mailed_codes
        CompanyLogInIn: issuer client_id client_secret=secret domains second_factor on only
        DirectoryGroupIn: role
        DirectoryIn: on
        DirectoryMailIn: without_mail
        """,
    ),
    group(
        "team:manage",
        "reseller",
        """
        StaffTeamChangeIn: name people
        StaffTeamIn: name people
        """,
    ),
    group(
        "usage:view",
        "vendor reseller",
        """
        EntitlementsAsked: after limit
        EntitlementChangesAsked: after limit wait
        """,
    ),
    group(
        "clients:manage",
        "reseller",
        """
        ClientSettingsIn: values since dry_run
        RetailPriceIn: amount currency interval
        SettingIn: follows value price
        SettingsUndoIn: change
        SettingsOfManyIn: clients query values since dry_run
        SettingsTemplateChangeIn: name values version
        SettingsTemplateIn: name values
        TemplateApplyIn: clients query followers version dry_run
        """,
    ),
    group(
        "clients:manage accounts:manage",
        "vendor reseller",
        """
        FeatureWordIn: value until note
        LimitWordIn: units policy thresholds until note
        ServiceWordIn: enabled managed_by allowance
        TopUpIn: meter units until reason
        """,
    ),
    group("accounts:manage", "vendor", "PoolIn: size oversell"),
    group("usage:view clients:view accounts:view", EVERYBODY, "LimitAlertsAsked: cursor limit"),
    group("clients:manage", "reseller", "ShareIn: reserve cap"),
    group("usage:manage", "reseller client direct", "CapIn: units policy"),
    group("usage:view", EVERYBODY, "EntitlementsOfAsked: collaborator"),
    group("usage:manage clients:manage accounts:manage", EVERYBODY, "PortionIn: reserve cap ApportionmentIn: oversell"),
    group(
        "billing:manage",
        "vendor reseller",
        """
        IssuerIn: version legal_name street postal_code city region country register_number tax_regime vat_id tax_number
            standard_rate exemption_note currency rounding invoice_prefix credit_prefix payment_days account_holder iban bic
            contact_name email phone footer by_mail
        """,
    ),
    group(
        "billing:view",
        "reseller",
        """
        ProfitAsked: span sort ascending currency offset
        ClientProfitAsked: currency StatementAsked: month currency
        """,
    ),
    group("billing:manage", "reseller", "EffortIn: kind day minutes rate amount text"),
    group("billing:manage", "vendor reseller", "BankMatchIn: invoices BankAsideIn: aside"),
    group("billing:manage", "vendor", "PayoutIn: reseller currency amount reference"),
    group(
        "billing:manage",
        EVERYBODY,
        """
        BillingAddressIn: version kind legal_name street postal_code city region country vat_id tax_number email=people
            buyer_reference format
        """,
    ),
)
