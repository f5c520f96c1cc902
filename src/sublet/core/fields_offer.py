"""What the API tells of the offer and of what is made of it: plans, use, entitlements, subscriptions, signals, moves.

A part of `fields_told`; how to read and extend it: `core.fieldrights`.
"""

from __future__ import annotations

from sublet.core.fieldrights import EVERYBODY, group

OFFER_TOLD = (
    group(
        "settings:view settings:manage",
        "client direct",
        """
        OwnPlan: account timezone plan plan_name plan_version since trial_available trial_opens trial_started_at
            trial_ends_at trial_running trial_days_left
        """,
    ),
    group(
        "accounts:view accounts:manage subscription:view subscription:manage",
        "vendor reseller",
        """
        AccountTrial: plan opens starts_at ends_at running days_left by=addresses
        AgreedPlan: key version name
        PlannedChange: ref kind at plan decided_by=addresses
        Subscription: account timezone plan agreed taken paused since period_ends_at basis advertising trial trial_available
            waiting add_ons phases warnings=billing:view
        SubscriptionWarning: code kind key version currency whole meters
        SubscriptionBasis: by by_vendor source next next_at
        SubscriptionOnDay: account on phases trial add_ons
        SubscriptionPhase: plan paused starts_at ends_at by=addresses
        TakenAddOn: ref key version name count counts starts_at ends_at by=addresses
        """,
    ),
    group(
        "subscription:manage",
        "reseller",
        """
        ClientBasesPreview: dry_run selected changing staying names known
        ClientPlansLine: kind key before after way policy
        ClientPlansMove: plan clients changes
        ClientPlansPreview: dry_run selected changing staying moves names
        """,
    ),
    # Of many clients at once: what their details, their plans and their brands come to.
    group("clients:manage subscription:manage", "reseller", "ChangeResult: dry_run changed left job"),
    group("accounts:view clients:view subscription:manage", "vendor reseller", "Count: number more"),
    group(
        "clients:manage usage:manage",
        "vendor reseller",
        """
        SignalsRecorded: accepted duplicates
        """,
    ),
    group(
        "usage:manage",
        "vendor",
        """
        UsageRecorded: accepted duplicates
        UsageCorrection: id closed
        UsageCorrectionPreview: dry_run event quantity period start end before after charged closed invoices=billing:view
        UsageInvoice: ref number
        """,
    ),
    group(
        "usage:view usage:manage",
        "vendor",
        """
        UsageEventTold: id source meter time received_at quantity value state corrects made_by corrected_by
        UsageEventCorrected: id by=addresses at reason
        UsageEventPage: items next previous
        """,
    ),
    group(
        "usage:view",
        EVERYBODY,
        """
        AccountUsage: account at since until meters
        MeterUsage: meter aggregation kind period before days
        UsagePeriod: key start end used reserved
        UsageDay: day used
        """,
    ),
    group(
        "clients:view accounts:view",
        "vendor reseller",
        """
        Move: ref kind state party account account_name source target reason asked_side asked_at answer_until ended_at
            lacking clients moved plan may_answer may_take_back
        MovePage: items next previous
        """,
    ),
    group("accounts:manage", "vendor", "NotOffered: account code Adoptions: moves left_out"),
    group(
        "clients:view accounts:view clients:manage",
        "vendor reseller",
        """
        MovePlan: along ends stays brand_before brand_after host_before host_after owner_is_staff
        PlanLine: code count names
        """,
    ),
    group(
        "clients:view",
        "reseller",
        """
        FormerClient: ref name kind went_to left_at notes=above external_id=above tags
        FormerClientPage: items next previous
        MovePreview: kind account_name other others_must_agree plan
        MovingCode: code expires_at
        """,
    ),
    group("subscription:view subscription:manage", "reseller", "UsualBasis: basis since"),
    group(
        "manifest:view billing:manage",
        "vendor",
        """
        PlanBasis: plan basis since comes
        PlanBasisRule: basis first_day
        """,
    ),
    group(
        "manifest:view",
        "vendor",
        """
        Offer: number currency starting_plan starting_version plans add_ons meters features managed_services
            signals
        OfferedService: key name description icon managed_by default_managed_by enabled section meter
            allowance policy prices
        OfferedSignal: key kind name description unit watch days
        """,
    ),
    group(
        "manifest:view subscription:view",
        "vendor reseller",
        """
        OfferedAddOn: key version name description icon on_sale removed_at public repeatable plans features
            adds prices accounts=manifest:view
        OfferedAddOnList: items
        OfferedAddition: meter amount
        OfferedChoice: key name
        OfferedFeature: key kind name description unit choices
        OfferedFeatureList: items
        OfferedGuidePrice: interval currency lowest highest
        OfferedLimit: meter amount policy thresholds overage grace_days grace_percent degraded_features
        OfferedMeter: key name description unit aggregation period unique_by decimals
        OfferedMeterList: items
        OfferedOverage: amount currency per
        OfferedPlan: key version name description on_sale removed_at public advertising features limits prices
            guide_prices trial accounts=manifest:view on_trial=manifest:view trying=manifest:view
        OfferedPlanList: items
        OfferedPrice: interval currency model amount meter package_size tiers
        OfferedStep: up_to amount flat
        OfferedTrial: days plan features limits advertising once_for remind_days
        """,
    ),
    group(
        "usage:view usage:manage clients:manage accounts:manage",
        EVERYBODY,
        """
        Entitlements: account sequence at until plan trial advertising notice features meters services
        FreeNotice: text address
        EntitledPlan: key version name
        EntitledTrial: plan ends_at
        EntitledFeature: kind value from why
        EntitledMeter: limit policy used reserved remaining state period from degraded why
        EntitledPeriod: key start end
        EntitledService: enabled managed_by allowance
        EntitlementStep: layer value key policy decides
        """,
    ),
    group(
        "usage:view",
        "vendor reseller",
        """
        EntitlementsPage: sequence items after
        EntitlementChanges: sequence changes more reset
        """,
    ),
    group(
        "usage:manage",
        "vendor",
        """
        Consumed: allowed reason standing collaborator next
        Reserved: allowed reason reservation ends_at standing collaborator next
        EntitlementWay: kind text key value until
        """,
    ),
    group(
        "usage:view clients:view accounts:view",
        EVERYBODY,
        """
        LimitAlerts: items next previous
        LimitAlert: meter kind percent limit used period day at
        ApportionedMeters: items
        ApportionedMeter: meter name shared oversell limit used promised unnamed people
        PersonPortion: collaborator reserve cap used
        """,
    ),
    group(
        "clients:view accounts:view",
        "vendor reseller",
        """
        QuotaPools: items
        QuotaPool: meter name size oversell promised used left clients
        """,
    ),
    group("clients:manage accounts:manage", "vendor reseller", "TopUpGiven: top_up entitlements"),
)
