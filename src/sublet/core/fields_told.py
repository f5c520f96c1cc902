"""What the API tells: every shape of an answer with the section that opens it, and the fields that differ.

How to read and extend it: `core.fieldrights`.
"""

from __future__ import annotations

from sublet.core.fieldrights import EVERYBODY, group, table
from sublet.core.fields_offer import OFFER_TOLD
from sublet.core.fields_prices import PRICES_TOLD
from sublet.core.fields_sandboxes import SANDBOXES_TOLD
from sublet.core.fields_told_money import BANK_TOLD, DUNNING_TOLD, FIGURES_TOLD, INVOICES_TOLD, PAYOUTS_TOLD
from sublet.core.fields_told_settings import SETTINGS_TOLD

TOLD = table(
    *OFFER_TOLD,
    group(
        "billing:view",
        "vendor reseller",
        """
        Gateway: ref title live key_ends has_hook_secret hook_url state why checked_at heard_at version
        Payer: ref name pays can_pay methods link_until
        PayerPage: items next previous
        Refund: ref amount state code reason made_at
        Dispute: ref amount state reason answer_by opened_at fee fee_currency
        PaymentDetails: payment refunds disputes
        """,
    ),
    group(
        "billing:view",
        "vendor reseller direct",
        """
        Method: ref kind brand ends until is_default added_at
        MethodList: items
        Payment: ref account account_name invoice number amount currency state code refunded attempt collected_by
            method made_at settled_at
        PaymentPage: items next previous
        """,
    ),
    group("billing:manage", "vendor reseller", "NewPaymentLink: ref secret=once expires_at"),
    group("billing:manage", "reseller direct", "WayToPay: secret=once"),
    SETTINGS_TOLD,
    INVOICES_TOLD,
    DUNNING_TOLD,
    SANDBOXES_TOLD,
    FIGURES_TOLD,
    PAYOUTS_TOLD,
    BANK_TOLD,
    PRICES_TOLD,
    group(
        "accounts:manage clients:manage team:manage",
        EVERYBODY,
        """
        Invited: ref email expires_at
        Preset: key name hint rights
        PresetList: items
        Section: key name help levels marked measured clean
        SectionGroup: key name sections
        Sections: groups
        """,
    ),
    group(
        "accounts:view",
        "vendor",
        """
        Account: ref kind name state state_reason grace_until language contact_name=people email=people
            phone=people city external_id=above tags created_at last_seen_at
        AccountPage: items next previous capped
        Figures: resellers direct clients ending
        ScanOverview: looked_at clean with_findings more_scans
        """,
    ),
    group(
        "accounts:view brand:view",
        "vendor reseller",
        """
        Scan: ref account state cause host seen_as looked_at with_findings score not_looked_at sections
            created_at ended_at held_until
        ScanFinding: address place detail line column word written_as excerpt is_new was_known times places
            picture sections
        ScanPlace: address detail line column seen_as collaborator
        ScanReport: scans findings more_findings
        """,
    ),
    group(
        "accounts:view clients:view",
        "vendor reseller",
        """
        Client: ref name state state_reason ownership demo_until grace_until language contact_name=people
            email=people phone=people city external_id=above responsible tags created_at last_seen_at
            plan=agreed trial_until=agreed settings_complete limits signals
        ClientDetails: ref kind name state state_since state_reason ownership demo_until grace_until ended
            language timezone country currency contact_name email phone mobile website street postal_code
            city external_id=above notes=above responsible tags imported created_at last_seen_at version
        ClientPage: items next previous capped
        SignalFact: key at value received_at told_by=names
        SignalFactPage: items next
        SignalState: key kind name at value standing
        SignalStates: items
        Responsible: user name
        SignalTold: at value
        """,
    ),
    group(
        "accounts:view clients:view team:view",
        EVERYBODY,
        """
        Collaborator: ref name=addresses email=people is_owner role rights summary reaches_all reach_count
            reach_tags created_at last_seen_at from_directory
        CollaboratorDetails: ref name email is_owner role rights summary reaches_all reach reach_tags
            may_change may_remove may_appoint created_at last_seen_at from_directory
        CollaboratorPage: items next previous
        AccessHeld: reason ends_at
        Compared: ref name=names staff is_owner gets_in role grants
        ComparedSection: section name left right differs feature plan
        ComparisonOut: left right sections
        Explained: level decided_by reasons
        Invitation: ref email=people name=addresses is_owner role summary invited_by=addresses created_at
            expires_at expired from_directory sends
        InvitationList: items
        ReasonOfRight: layer level
        """,
    ),
    group("any", "reseller client direct", "ProductChange: entry at section text place"),
    group(
        "any",
        "vendor reseller",
        """
        JobProgress: id kind state progress_done progress_total result created_at finished_at
        StaffList: items
        StaffPerson: user name gone
        """,
    ),
    group(
        "any",
        EVERYBODY,
        """
        AccessRequestList: items
        AccessRequestOut: ref account account_name person=addresses section section_name level addressee
            service price note state created_at answered_at answered_by answer may_answer
        HostBrand: host account account_kind reseller url leads_to name short_name language colors corners font
            pictures stylesheet texts words
        OwnAccount: ref kind name state state_since language timezone country currency contact_name email
            phone mobile website street postal_code city created_at version
        Problem: type title status detail code request_id right errors conflicts version
        """,
    ),
    group(
        "brand:manage",
        "reseller",
        """
        BrandPicture: slot digest width height
        BrandsChange: ref state values total waiting changed undone left kept may_be_undone created_at
            created_by finished_at
        BrandsChangeWhole: ref state values total waiting changed undone left kept may_be_undone created_at
            created_by finished_at left_alone
        BrandsChanges: items
        ClientBrands: dry_run selected changing names change job
        ClientLeftAlone: client client_name reason
        """,
    ),
    group(
        "brand:manage",
        "reseller client direct",
        """
        MailHook: address before_until
        """,
    ),
    group(
        "brand:manage jobs:manage journal:view",
        "vendor reseller direct",
        """
        Suppressed: ref email=people reason everywhere account answer=addresses created_at
        """,
    ),
    group(
        "brand:view",
        "vendor",
        """
        HiddenWord: ref text kind source
        HiddenWordList: items
        SenderDomainHealth: ref domain state account account_name finding last_refusal=addresses checked_at
        SenderDomainPage: items next previous
        """,
    ),
    group(
        "brand:view",
        EVERYBODY,
        """
        Brand: account fields texts has_draft version
        BrandField: own inherited origin shown
        BrandText: own inherited origin
        BrandVersion: number changed published_by published_at values
        BrandVersions: items
        DnsFinding: code name blocks found wanted
        DnsRecord: purpose kind name value needed
        HeaderLine: name value
        MailServer: kind owner host port tls user spf provider selectors return_path state why answer
            version
        SenderDomain: ref domain state inherited_from records findings created_at checked_at proved_at
        SenderIdentity: identity name domain mailboxes reply_to version aligned wanted headers
        Senders: identities domains server
        """,
    ),
    group(
        "brand:view",
        "vendor reseller direct",
        """
        MailKindFact: kind name when audience placeholders languages
        PlaceholderFact: name meaning needed
        WordingFact: account kind state words inherited ours version
        WordingList: items
        WordingPreview: subject text html
        WordingState: language source origin stale broken
        WordsFact: subject heading body label
        """,
    ),
    group(
        "clients:manage",
        "reseller",
        """
        ChangePreview: dry_run selected changing names
        ClientHost: account account_name state label host code sentence
        ClientHosts: dry_run new faulty items
        Import: ref file_name state revision checking total made known repeated left_out refused taken_back
            kept found sums may_be_undone progress_done progress_total error created_by created_at finished_at
        ImportCell: field text=people faults error
        ImportCheck: facts kind encoding separator sheets sheet header_line day_first choices columns fault
            earlier rows next_line previous_line
        ImportChoices: country language ownership tags responsible without_email closed
        ImportColumn: position heading samples=people field guessed confidence
        ImportPage: items next previous
        ImportRow: line verdict cells faults optional
        ImportedClient: ref name
        ImportedClientList: items
        Tags: tags
        WithdrawalPreview: dry_run people clients invited
        """,
    ),
    group(
        "clients:manage hosts:manage",
        EVERYBODY,
        """
        HostCheck: host free code
        """,
    ),
    group(
        "clients:manage jobs:manage journal:view",
        "vendor reseller",
        """
        Mail: id account account_name template to_email=people to_name=addresses subject=addresses state
            answer=people created_at sent_at
        """,
    ),
    group(
        "clients:view",
        "reseller",
        """
        ClientCounts: states ending
        ListQuestion: search states tags responsible languages demo signals plans=agreed trial=agreed
            limits sort descending
        SectionServiceList: items
        SectionServiceOut: section section_name name text price
        SectionUse: section name people manage kept
        SectionUseList: items
        TagList: items
        View: ref name query columns shared mine
        ViewList: items
        Withdrawal: ref section level state people all_clients clients reason created_by created_at
            returned_at may_give_back
        WithdrawalList: items
        """,
    ),
    group(
        "clients:view hosts:view",
        EVERYBODY,
        """
        Host: ref host state is_primary account account_name created_at proved_at rests_until standing
            is_wildcard redirects gives_names findings records certificate certificate_issuer
            certificate_ends_at checked_at next_check_at failing_since stops_at
        HostFinding: code level sentence
        HostList: items next previous
        HostRecord: purpose name kind value
        """,
    ),
    group(
        "clients:view journal:view",
        "reseller client",
        """
        Visit: ref mode staff teams acting_as=addresses reason=addresses started_at last_used_at ends_at
            ended_at ended_by requests
        VisitChange: at sentence detail
        VisitPage: items next previous
        VisitRequest: at method path status changed request_id
        VisitRequestPage: visit changes items next previous
        """,
    ),
    group(
        "clients:view journal:view",
        EVERYBODY,
        """
        Act: name=names visit
        JournalEntry: id at event account account_name sentence=addresses reason=addresses+history actor=names
            actor_account impersonator=names act via request_id data=addresses+history
        JournalPage: items next previous
        """,
    ),
    group(
        "clients:view team:view",
        "reseller client",
        """
        Access: account account_name reseller_name ownership decides people more_people
        CanEnter: ref name=addresses side is_owner summary grants since last_at
        Grant: ref state everywhere sections summary people team team_ref team_removed reason days extend_days
            notice_days start_at starts_at ends_at asked_by asked_side asked_at decided_by ended_by end_asked_at
            end_asked_reason end_asked_left may_answer may_narrow may_extend may_end may_ask_end may_answer_end
        GrantPage: items next previous
        """,
    ),
    group(
        "hosts:view",
        "vendor",
        """
        HostPage: items next previous
        """,
    ),
    group(
        "jobs:view",
        "vendor",
        """
        Job: id kind state account account_name actor=addresses request_id attempts max_attempts
            progress_done progress_total progress_note=addresses result last_error=addresses worker
            created_at run_at started_at finished_at
        JobPage: items next previous
        Queue: waiting due running dead oldest_due unknown_kinds workers
        Schedule: name rule enabled next_at last_slot last_enqueued
        ScheduleList: items
        Worker: name host threads version started_at last_seen
        """,
    ),
    group(
        "journal:view",
        "vendor reseller",
        """
        MailPage: items next previous
        MailText: mail from_line reply_to language message_id can_be_sent_again copies copy_of text html secret
        """,
    ),
    group(
        "journal:view",
        "vendor reseller direct",
        """
        SuppressedPage: items next previous
        """,
    ),
    group(
        "keys:manage",
        EVERYBODY,
        """
        NewKey: ref name secret=once
        NewWebhook: ref name secret=once
        Replayed: count
        """,
    ),
    group(
        "keys:view",
        EVERYBODY,
        """
        Delivery: id webhook_id event state created_at next_at attempts last_at code duration_ms answer
            error body=addresses
        DeliveryPage: items next previous
        Key: ref name prefix state rights summary reaches_all reach_count created_by created_at expires_at
            last_used_at last_used_from revoked_at allowed_from refused_at refused_from rotated_at
            old_prefix old_until old_used_at old_used_from
        KeyPage: items next previous
        Webhook: ref name url groups state off_reason off_at failing_since last_success_at old_secret_until
            created_at created_by reaches_all reach_count
        WebhookList: items
        """,
    ),
    group(
        "manifest:manage",
        "vendor",
        """
        ApplicationSecret: ref name secret=once
        ManifestLoaded: number is_new added changed removed
        """,
    ),
    group(
        "manifest:view",
        "vendor",
        """
        Application: ref name redirect_addresses logout_addresses login_address notice_address created_by
            created_at last_used_at
        ApplicationList: items
        Manifest: version manifest
        ManifestChange: kind added removed changed reordered
        ManifestEffect: what kind key version accounts asks
        ManifestPreview: base empty changes in_use effects asks
        ManifestSource: number file_name source
        ManifestVersion: number product fingerprint file_name loaded_at loaded_by
        ManifestVersionList: items
        """,
    ),
    group(
        "billing:view",
        "vendor reseller",
        """
        IssuerOut: ref version legal_name street postal_code city region country register_number tax_regime vat_id tax_number
            standard_rate exemption_note currency rounding invoice_prefix credit_prefix payment_days account_holder iban bic
            contact_name=people email=people phone=people footer by_mail made_at made_by
        """,
    ),
    group(
        "billing:view",
        EVERYBODY,
        """
        BillingAddress: account version kind legal_name street postal_code city region country vat_id tax_number
            email=people buyer_reference format vat_check
        VatCheckOut: state asked_at answered_at name address proof
        """,
    ),
    group(
        "settings:view",
        "vendor reseller client",
        """
        VisitRules: staff_may_visit off_above mail_notice
        """,
    ),
    group(
        "team:view",
        EVERYBODY,
        """
        AccessDemands: team below no_mailed_codes second_factor mailed_codes people people_without
        CompanyLogInOut: issuer client_id has_secret domains second_factor on only found_at linked people
        DirectoryAddress: person log_in directory
        DirectoryGroup: ref name role members
        DirectoryState: state heard_at changed_at refused_at refusal people paused groups other_addresses
            without_mail domains_without_mail keys_of_former
        """,
    ),
    group(
        "team:view",
        "reseller",
        """
        StaffTeam: ref name people clients created_at
        StaffTeamList: items
        StaffTeamMember: ref name
        """,
    ),
)
