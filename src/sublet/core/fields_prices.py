"""What the API tells of prices: a part of `core.fields_told`."""

from __future__ import annotations

from sublet.core.fieldrights import group

PRICES_TOLD = (
    *group(
        "billing:view billing:manage",
        "reseller",
        """
        PriceStepTold: up_to amount flat
        PriceTold: model interval currency amount meter package_size steps minimum included
        PriceMargin: units currency list_amount list_currency wholesale retail margin mark_up share floor below_floor
        PriceRowTold: kind key version name interval price source margin
        MarkUpTold: layer group client percent on since
        PriceSaid: layer group client version interval currency price since by=addresses
        Prices: currency list_currency discount tiers floor shared mark_ups items
        PriceOfThing: kind key name items now coming past
        PriceLetter: account before after
        PriceLetters: dry_run count written job letters
        Contract: ref account kind name first_day months renew_months notice_days price last_day ends earliest_end runs
        ContractList: items
        Extra: ref name text
        ExtraList: items
        ExtraSale: ref name quantity price due_at taken_back
        ClientPrices: account currency own exceptions promotions contracts sales
        """,
    ),
    *group(
        "billing:view billing:manage",
        "vendor reseller",
        """
        WholesaleTier: volume percent
        PriceSaved: changed
        Promotion: ref code name percent months things opens_at closes_at most taken open
        PromotionList: items
        PromotionTaken: ref code side percent starts_at ends_at runs
        WholesaleTerms: percent usual tiers since note by=addresses
        Wholesale: account name percent agreed tiers shares coming past commitments
        WholesaleCommitment: amount currency interval since note by=addresses
        PriceCheckLine: account name currency retail_before retail_after wholesale_before wholesale_after loses
        PriceCheck: ref kind percent thing source target rate asked_at done job clients changing losing
            lost_before unknown lines more
        PriceCheckList: items
        """,
    ),
    *group(
        "billing:view billing:manage",
        "vendor",
        """
        WholesaleRow: account name percent agreed tiers coming shares
        WholesaleList: items next
        UsualDiscountSaid: percent since note by=addresses
        UsualDiscount: percent coming past
        """,
    ),
)

#: The same of what it takes.
PRICES_TAKEN = (
    *group(
        "billing:manage",
        "reseller",
        """
        PriceSayIn: price interval currency version client group since
        MarkUpIn: percent on client group since
        PriceFloorIn: percent since
        CurrencyRateIn: source target rate since
        PriceSharingIn: shared
        OwnPriceIn: amount interval since
        ContractIn: kind name first_day months renew_months notice_days price
        ContractEndIn: last_day
        ExtraIn: name text
        ExtraSaleIn: extra quantity price day
        PriceLettersIn: interval day dry_run
        """,
    ),
    *group(
        "billing:view billing:manage",
        "reseller",
        """
        PriceStepIn: up_to amount flat
        PriceIn: model interval currency amount meter package_size steps minimum included
        PriceTryIn: price
        """,
    ),
    *group(
        "billing:manage",
        "vendor reseller",
        """
        PromotionIn: code percent months name things opens_at closes_at most
        PromotionTakeIn: code
        PriceCheckIn: kind percent thing source target rate reseller
        """,
    ),
    *group(
        "billing:view billing:manage",
        "vendor",
        """
        WholesaleTierIn: volume percent
        WholesaleTermsIn: percent tiers note since
        UsualDiscountIn: percent note since
        WholesaleCommitmentIn: amount currency interval note since
        WholesaleAsked: search after
        """,
    ),
    *group("billing:manage", "vendor", "PlanBasisIn: basis first_day reason"),
    *group(
        "subscription:manage",
        "reseller",
        """
        ClientBasesIn: clients query basis when reason dry_run
        ClientPlansIn: clients query plan reason dry_run
        UsualBasisIn: basis reason
        """,
    ),
)
