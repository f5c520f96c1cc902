"""What pages take: every form with the rights that open it, and the fields that differ.

How to read and extend it: `core.fieldrights`. Forms are named by module and class, below `sublet.portals`. The boxes of
rights and the buttons beside forms are no Django forms: their operations decide alone.
"""

from __future__ import annotations

from sublet.core.fieldrights import EVERYBODY, group, table

FORMS = table(
    group(
        "public",
        EVERYBODY,
        """
        public.forms.AcceptForm: name password=secret
        public.forms.CodeForm: code=secret
        public.forms.ForgottenForm: email
        public.forms.KnownPasswordForm: password=secret
        public.forms.LogInForm: email password=secret
        public.forms.NewPasswordForm: password=secret
        public.forms.SignUpForm: account_name name email language country timezone
        """,
    ),
    group(
        "own",
        EVERYBODY,
        """
        public.forms.AppForm: code=secret
        public.forms.EmailChangeForm: email password=secret
        public.forms.EmailChangeWithoutPasswordForm: email
        public.forms.FirstPasswordForm: new=secret
        public.forms.PasswordForm: old=secret new=secret
        public.forms.ProfileForm: name language timezone
        """,
    ),
    # The days narrow a page, whose own right lets in whom nobody is given it: a client's owner.
    group(
        "any", EVERYBODY, "shared.asking.AskForm: note shared.account_statement_pages.StatementDaysForm: since until"
    ),
    group(
        "billing:manage",
        "vendor reseller",
        """
        shared.bank_pages.StatementForm: file
        shared.bank_refund_pages.BankRefundForm: what amount day reference then reason once
        shared.dunning_pages.DunningForm: retries reminders grace last_call ending
        shared.invoice_pages.TermsForm: interval basis collected_by automatic
        shared.payment_forms.GatewayForm: key=secret hook_secret=secret version
        shared.payment_forms.LinkForm: send_to
        shared.payment_forms.RefundForm: amount then reason once
        shared.sandbox_pages.SandboxCardsForm: declines
        shared.sandbox_pages.SandboxUseForm: client meter units
        shared.sandbox_pages.SandboxForm: name reseller which clients once
        shared.sandbox_pages.SandboxMoveForm: by until once
        shared.write_off_pages.WriteOffForm: reason resumes
        """,
    ),
    group("billing:manage", "reseller", "reseller.views_profit.EffortForm: kind day time rate amount text once"),
    group("billing:manage", "vendor", "shared.payout_pages.PayoutForm: reference"),
    group("billing:manage", "vendor", "vendor.views.basis.RuleForm: basis first_day reason"),
    group("settings:manage", "direct", "public.forms.BecomeResellerForm: brand_name host_label"),
    group(
        "settings:manage",
        "client direct",
        """
        client.forms.CloseForm: reason confirm
        client.forms.InformationForm: version name email contact_name phone mobile website street postal_code city country
            language timezone
        """,
    ),
    group("settings:manage", "client", "client.forms.GiveBackForm: confirm"),
    group(
        "subscription:manage accounts:manage",
        "vendor reseller",
        """
        shared.subscription_forms.AddOnForm: once add_on count reason
        shared.subscription_forms.BasisForm: basis when day reason
        shared.subscription_forms.EndForm: when day reason
        shared.subscription_forms.PauseForm: until reason
        shared.subscription_forms.PlanForm: plan when day reason
        shared.subscription_forms.ReasonOnlyForm: reason
        shared.subscription_forms.WhenForm: when day reason
        """,
    ),
    group(
        "subscription:manage",
        "reseller",
        """
        reseller.views_plans.UsualBasisForm: basis reason
        reseller.views_plans_many.PlanForManyForm: plan reason
        reseller.views_bases_many.BasisForManyForm: basis when reason
        """,
    ),
    group(
        "billing:manage billing:view",
        "reseller",
        """
        reseller.forms_prices.ClientPriceForm: model amount package_size steps included interval since
        reseller.forms_prices.ContractForm: once kind name first_day months renew_months notice_days amount interval
        reseller.forms_prices.EndContractForm: last_day
        reseller.forms_prices.ExtraForm: name text amount
        reseller.forms_prices.FloorForm: percent since
        reseller.forms_prices.GroupPriceForm: group model amount package_size steps included interval since
        reseller.forms_prices.MarkUpForm: group percent on since
        reseller.forms_prices.OwnPriceForm: amount interval since
        reseller.forms_prices.RateForm: source target rate since
        reseller.forms_prices.RetailCheckForm: kind percent thing source target rate
        reseller.forms_prices.SaleForm: once extra quantity amount day
        reseller.forms_prices.TakeForm: code
        """,
    ),
    group(
        "billing:manage billing:view",
        "vendor reseller",
        """
        shared.price_forms.PriceForm: model amount package_size steps included interval since
        shared.promotion_forms.PromotionForm: code name percent months closes most
        """,
    ),
    group(
        "billing:manage billing:view",
        "vendor",
        """
        vendor.views_wholesale.TermsForm: percent tiers note since
        vendor.views_wholesale.UsualForm: percent note since
        vendor.views_wholesale.CommitmentForm: amount interval note since
        vendor.views_wholesale.WholesaleCheckForm: kind percent
        """,
    ),
    group(
        "clients:manage",
        "reseller",
        "reseller.views_prospects.ProspectForm: once name until email template logo=brand:manage color=brand:manage",
    ),
    group("subscription:view accounts:view", "vendor reseller", "shared.subscription_forms.OnDayForm: on"),
    group(
        "clients:manage settings:manage",
        "reseller client direct",
        """
        shared.moves_pages.CodeForm: code reason
        shared.moves_pages.MoveReasonForm: reason
        """,
    ),
    group(
        "billing:manage",
        "vendor reseller",
        """
        shared.issuer_pages.IssuerForm: version legal_name street postal_code city region country register_number tax_regime
            vat_id tax_number standard_rate exemption_note currency rounding invoice_prefix credit_prefix payment_days
            account_holder iban bic contact_name email phone footer by_mail
        shared.party_pages.PartyForm: version
        shared.recipient_pages.RecipientForm: version legal_name kind street postal_code city region country vat_id tax_number
            email=people buyer_reference format
        """,
    ),
    group("billing:view", "vendor reseller", "shared.paper_pages.ExportForm: kind first last"),
    group("settings:manage", "client", "shared.visit_rules.NoticeForm: allowed"),
    group("settings:manage", "vendor reseller", "shared.visit_rules.EnteringForm: allowed"),
    group(
        "settings:manage",
        "reseller",
        """
        reseller.forms.OwnSettingsForm: version name contact_name email phone website street postal_code city country
            language timezone currency
        """,
    ),
    group("settings:manage", "vendor", "vendor.forms.VendorSettingsForm: version name language timezone"),
    group(
        "clients:manage",
        "reseller",
        """
        reseller.forms.BulkForm: reason tag responsible
        reseller.forms.ClientSettingsForm: name contact_name email phone mobile website street postal_code city country
            language timezone currency external_id=above notes=above version tags responsible
        reseller.forms.CloseForm: reason confirm
        reseller.forms.DemonstrationForm: demo_until
        reseller.forms.DetailsForm: name contact_name email phone mobile website street postal_code city country language
            timezone currency external_id=above notes=above
        reseller.forms.NewClientForm: begins=subscription:manage template name contact_name email phone mobile website street
            postal_code city country language timezone currency external_id=above notes=above once owner_email owner_name ownership is_demo
            demo_until tags
        reseller.forms.NoteForm: reason
        reseller.forms.OwnershipForm: confirm
        reseller.forms.ReasonForm: reason
        reseller.forms_imports.CheckForm: revision encoding separator sheet header_line day_first country language
            ownership responsible tags without_email closed column-* optional coming take
        reseller.forms_imports.UploadForm: file
        reseller.forms_settings.SetUpForm: f-* n-* since
        reseller.forms_settings.TemplateChoiceForm: template
        reseller.forms_settings.TemplateForm: name once version f-* n-*
        reseller.forms_signals.SignalColumnsForm: revision column-*
        reseller.forms_signals.SignalUploadForm: file
        reseller.views_names.NamesForm: label-*
        reseller.views_services.ServiceForm: name text price
        """,
    ),
    group(
        "clients:view",
        "reseller",
        """
        reseller.forms.EnterForm: mode collaborator reason
        reseller.forms.ViewNameForm: name
        """,
    ),
    group(
        "team:manage clients:manage",
        "reseller client",
        "shared.access_pages.AccessForm: reason start days extend notice_days people team staff",
    ),
    group(
        "team:view clients:view",
        EVERYBODY,
        "shared.team.InviteForm: email name language is_owner old_owner_leaves",
    ),
    group("team:manage", "reseller", "reseller.views_teams.StaffTeamForm: name people"),
    group(
        "team:manage",
        EVERYBODY,
        """
        shared.company_log_in.CompanyLogInForm: issuer client_id client_secret=secret domains second_factor on only
        shared.log_in_rules.AccessForm: team below no_mailed_codes
        """,
    ),
    group(
        "keys:manage",
        EVERYBODY,
        """
        shared.keys.AddressesForm: allowed_from
        shared.keys.NewKeyForm: name lasts allowed_from once
        shared.keys.RotationForm: overlap once
        shared.webhooks.WebhookForm: name url groups once
        """,
    ),
    group(
        "journal:view clients:view accounts:view settings:view",
        EVERYBODY,
        """
        shared.journal_pages.NarrowForm: q kind person visits since until
        shared.journal_pages.PeriodForm:
        """,
    ),
    group("journal:view", "vendor", "vendor.forms.JournalForm: q event person about via visits since until"),
    group(
        "brand:manage",
        "reseller",
        "reseller.forms.SupportForm: version support_name support_email support_phone support_hours support_url",
    ),
    group(
        "brand:manage",
        "reseller",
        """
        shared.brand_forms.ManyBrandsForm: language back_* color accent corners font logo logo_dark icon login_picture
            mail_look login_title login_text support_name support_email support_phone support_hours support_url
            imprint_url privacy_url terms_url footer sender_name word_client word_clients word_reseller word_resellers
            word_account word_accounts
        """,
    ),
    group(
        "brand:manage",
        EVERYBODY,
        """
        shared.brand_forms.BrandForm: version name short_name color accent corners font logo logo_dark icon login_picture
            login_title login_text support_name support_email support_phone support_hours support_url imprint_url
            privacy_url terms_url footer sender_name mail_look word_client word_clients word_reseller word_resellers
            word_account word_accounts
        shared.senders_pages.DomainForm: domain
        shared.senders_pages.SenderForm: name domain mailbox reply_to version mailbox_*
        shared.server_pages.ProviderForm: provider secret=secret selectors return_path hook_secret=secret version
        shared.server_pages.SmtpForm: host port tls user secret=secret spf version
        shared.wordings.WordingForm: version subject heading body label
        """,
    ),
    group("hosts:manage clients:manage", EVERYBODY, "shared.brand_forms.HostForm: host"),
    group("brand:manage jobs:manage", "vendor reseller direct", "shared.suppressed_pages.AddressForm: email=people"),
    group(
        "accounts:manage",
        "vendor",
        """
        vendor.forms.EditAccountForm: version name contact_name email phone website street postal_code city country
            language timezone external_id=above notes=above
        vendor.forms.NewAccountForm: once name owner_name owner_email language timezone country
        vendor.forms.OwnerForm: owner_email owner_name
        vendor.forms.ReasonForm: reason
        vendor.views.pools.PoolForm: size oversell
        vendor.views_moves.AdoptionForm: accounts code reason
    """,
    ),
    group(
        "manifest:manage",
        "vendor",
        """
        vendor.forms.ManifestForm: file text
        vendor.views_applications.ApplicationForm: name redirect_addresses logout_addresses login_address notice_address
    """,
    ),
    group("brand:manage", "vendor", "vendor.views_hidden_words.HiddenWordForm: text"),
    group(
        "clients:manage",
        "reseller",
        """
        shared.use_forms.LimitForm: units policy until note
        shared.use_forms.TopUpForm: units until reason once
        reseller.views_pools.ShareForm: cap reserve
        """,
    ),
    group("usage:manage", "vendor", "vendor.forms.CorrectUsageForm: what quantity reason"),
    group("usage:manage", "client direct", "shared.use_forms.CapForm: units policy"),
    group(
        "usage:view clients:view",
        "reseller client direct",
        """
        shared.portion_pages.PortionForm: cap reserve
        shared.portion_pages.ApportionmentForm: oversell
        """,
    ),
)
