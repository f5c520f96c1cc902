"""The parts of the OpenAPI document that are written and not made: introduction, arguments, headers, the problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

INTRODUCTION = """\
Everything that the pages do, for programs.

**Keys.** Make an API key on the page “API keys” of an account and send it as `Authorization: Bearer sk_…` to a host of
that account. A key acts for its account, with the rights that it was given. Each operation names the right that it needs.

**Values.** Names are snake_case. References such as `acc_7HqWm2Zr9KtXbd` never change. Instants are ISO 8601 in UTC.
An unknown field or parameter is refused, never ignored.

**Pages.** Lists answer `items` with the cursors `next` and `previous`; send one back as `cursor`. `limit` is 1 to 200.
What is added meanwhile neither repeats nor hides a row.

**Once.** Send `Idempotency-Key` (up to 255 visible characters, such as a UUID) with any request that changes something.
The same request with the same key within 24 hours has no second effect: it gets the first answer again, marked
`Idempotency-Replayed: true`. The key of another request is refused with 422. An answer that says no leaves nothing
behind, and its key is free again.

**Versions.** Answers about one thing that can be edited carry an `ETag`. Send it back as `If-Match`: when somebody else
has changed the thing meanwhile, nothing is overwritten and the answer is 412.

**No.** Every refusal is `application/problem+json` (RFC 9457) with a stable `code`, a sentence in the language of
`Accept-Language`, and the faults in the order of the fields. Each `type` is a page that explains it.

**Pace.** A key may ask 300 times at once and 50 times a second after that, of each server process; then the answer is 429
with `Retry-After`.
"""

#: What the arguments of addresses are.
ARGUMENTS: Mapping[str, tuple[str, str]] = {
    "method": ("Reference of the payment method.", "pm_7HqWm2Zr9KtXbd"),
    "link": ("Reference of the link.", "lnk_7HqWm2Zr9KtXbd"),
    "payer": ("Reference of the account that pays.", "acc_7HqWm2Zr9KtXbd"),
    "movement": ("Reference of the movement on the bank account.", "bln_7HqWm2Zr9KtXbd"),
    "bank_refund": ("Reference of the transfer that gave money back.", "brf_7HqWm2Zr9KtXbd"),
    "payout": ("Reference of the payout.", "pyo_7HqWm2Zr9KtXbd"),
    "payment": ("Reference of the payment.", "pay_7HqWm2Zr9KtXbd"),
    "refund": ("Reference of the refund.", "rfd_7HqWm2Zr9KtXbd"),
    "account": ("Reference of the account: one's own, or one below it.", "acc_7HqWm2Zr9KtXbd"),
    "add_on": ("Reference of the add-on that was taken.", "ado_7HqWm2Zr9KtXbd"),
    "application": ("Reference of the application.", "app_7HqWm2Zr9KtXbd"),
    "part": ("What kind of thing: `plan`, `add_on`, `service`, `overage`, `extra`.", "plan"),
    "thing": ("Its key; of overage `meter@plan`, of a service of your own its reference.", "content"),
    "promotion": ("Reference of the promotion.", "pro_7HqWm2Zr9KtXbd"),
    "taken": ("Reference of a promotion that the account has.", "prt_7HqWm2Zr9KtXbd"),
    "contract": ("Reference of the contract.", "ctr_7HqWm2Zr9KtXbd"),
    "extra": ("Reference of the service.", "ext_7HqWm2Zr9KtXbd"),
    "sale": ("Reference of the sale.", "sal_7HqWm2Zr9KtXbd"),
    "effort": ("Reference of an entry of time or cost.", "eff_5yT2mWq8LzKd"),
    "sandbox": ("Reference of the sandbox.", "sbx_7HqWm2Zr9KtXbd"),
    "check": ("Reference of the check.", "chk_7HqWm2Zr9KtXbd"),
    "template": ("Reference of the template.", "set_7HqWm2Zr9KtXbd"),
    "planned": ("Reference of the planned change.", "chg_7HqWm2Zr9KtXbd"),
    "change": ("Reference of the change.", "bch_7HqWm2Zr9KtXbd"),
    "client": ("Reference of the client's account.", "acc_7HqWm2Zr9KtXbd"),
    "collaborator": ("Reference of the collaborator.", "col_7HqWm2Zr9KtXbd"),
    "delivery": ("Id of the delivery.", "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b"),
    "domain": ("Reference of the sender domain.", "sdom_7HqWm2Zr9KtXbd"),
    "identity": ("`product` or `account`.", "account"),
    "suppression": ("Reference of the suppressed address.", "supp_7HqWm2Zr9KtXbd"),
    "feature": ("Key of a feature of the product.", "calendar_feed"),
    "invoice": ("Reference of the invoice or credit note.", "inv_7HqWm2Zr9KtXbd"),
    "position": ("Place of the line on its invoice, from 1.", "1"),
    "plan": ("Key of a plan of the product.", "small"),
    "meter": ("Key of a meter of the product.", "appointments"),
    "reservation": ("Reference of the reservation.", "rsv_7HqWm2Zr9KtXbd"),
    "service": ("Key of a managed service of the product.", "direct_support"),
    "top_up": ("Reference of the units given once.", "top_7HqWm2Zr9KtXbd"),
    "grant": ("Reference of the access or the request.", "gra_7HqWm2Zr9KtXbd"),
    "move": ("Reference of a move.", "mov_7HqWm2Zr9KtXbd"),
    "team": ("The team’s reference.", "tea_7HqWm2Zr9KtXbd"),
    "group": ("Reference of the group of the directory.", "dgr_7HqWm2Zr9KtXbd"),
    "host_name": ("The name, as a request came for it.", "design.bella-napoli.example"),
    "host": ("Reference of the host.", "dom_7HqWm2Zr9KtXbd"),
    "impersonation": ("Reference of the impersonation.", "ims_7HqWm2Zr9KtXbd"),
    "imported": ("Reference of the import.", "imp_7HqWm2Zr9KtXbd"),
    "invitation": ("Reference of the invitation.", "inv_7HqWm2Zr9KtXbd"),
    "batch": ("What was changed together for many clients.", "chg_7HqWm2Zr9KtXbd"),
    "job": ("Id of the job.", "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b"),
    "key": ("Reference of the key.", "key_7HqWm2Zr9KtXbd"),
    "mail": ("Id of the mail.", "019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b"),
    "kind": ("Kind of mail, as the list of kinds names it.", "invitation-new"),
    "language": ("`en`, `it`, `sq`, `nl`, `fr` or `pt`.", "it"),
    "number": ("Number of the version.", "3"),
    "schedule": ("Name of the schedule.", "foundation.purge_jobs"),
    "slot": ("`logo`, `logo_dark`, `icon` or `login_picture`.", "logo"),
    "view": ("Reference of the saved view.", "viw_7HqWm2Zr9KtXbd"),
    "word": ("Reference of the word.", "vwd_7HqWm2Zr9KtXbd"),
    "webhook": ("Reference of the webhook.", "hook_7HqWm2Zr9KtXbd"),
    "access_request": ("Reference of the request.", "req_7HqWm2Zr9KtXbd"),
    "section": ("Key of a section of the product.", "product.design"),
    "withdrawal": ("Reference of the withdrawal.", "wdr_7HqWm2Zr9KtXbd"),
}

#: What a request shows: who asks (`Declared.caller`).
SCHEMES: Json = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key, such as `sk_…`."},
    "sign-on": {
        "type": "http",
        "scheme": "bearer",
        "description": "What the product was given at a sign-on: the access token, or the identity header.",
    },
}

HEADERS: Json = {
    "X-Request-Id": {
        "description": "Names this request, in logs and for support. Send your own (8 to 40 letters, digits, `.`, `_`, `-`) or get one.",
        "schema": {"type": "string"},
        "example": "5f0c3b6d2a7e4f1b9c8d7e6f5a4b3c2d",
    },
    "Content-Language": {
        "description": "The language of sentences and names.",
        "schema": {"type": "string"},
        "example": "en",
    },
    "Idempotency-Replayed": {
        "description": "`true`: this answer was given before, to the same request.",
        "schema": {"type": "string"},
    },
    "Location": {"description": "Where the new thing is.", "schema": {"type": "string"}},
    "ETag": {"description": "The version that was read.", "schema": {"type": "string"}, "example": '"3"'},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}, "example": 1},
}

PROBLEM: Json = {
    "type": "object",
    "description": "A “no”, as RFC 9457 writes it.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "The page that explains it. Never changes.",
        },
        "title": {"type": "string", "description": "What kind of thing is wrong."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what to do."},
        "code": {"type": "string", "description": "For programs. Never changes."},
        "request_id": {"type": "string", "description": "Tell it to support."},
        "right": {"type": "string", "description": "The right that the key lacks."},
        "errors": {
            "type": "array",
            "description": "The faults, in the order of the fields.",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {"type": "string", "description": "`owner.email`, `tags.2`; empty for the whole body."},
                    "code": {"type": "string", "description": "For programs. Never changes."},
                    "detail": {"type": "string"},
                    "line": {"type": "integer", "description": "Of a file that was sent."},
                    "key": {"type": "string", "description": "Of a file that was sent."},
                },
            },
        },
        "conflicts": {
            "type": "array",
            "description": "Fields that somebody else has changed meanwhile, with both values.",
            "items": {
                "type": "object",
                "required": ["field", "stored", "sent"],
                "properties": {"field": {"type": "string"}, "stored": {"type": "string"}, "sent": {"type": "string"}},
            },
        },
        "version": {"type": "integer", "description": "The version now stored, where there are conflicts."},
    },
}
