"""The pages that a browser sees: paying, proving to be the card's owner, connecting an account. Plain forms."""

from __future__ import annotations

from html import escape

from tests.stripe_server.charges import shown as money
from tests.stripe_server.errors import Json

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;background:#f6f8fa;color:#1f2430;margin:0}
main{max-width:26rem;margin:3rem auto;padding:2rem;background:#fff;border-radius:12px;box-shadow:0 1px 6px #0002}
h1{font-size:1.25rem;margin:0 0 1rem}label{display:block;margin:.75rem 0 .25rem}
input[type=text],input[type=email]{width:100%;box-sizing:border-box;padding:.6rem;border:1px solid #8a94a6;border-radius:8px;font:inherit}
button{font:inherit;padding:.65rem 1rem;border-radius:8px;border:0;background:#3040c0;color:#fff;margin:1rem .5rem 0 0}
button.other{background:#e6e9f0;color:#1f2430}.error{color:#a01020}.note{color:#566074;font-size:.9rem}
fieldset{border:0;padding:0;margin:0}
"""


def page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{escape(title)}</h1>{body}"
        '<p class="note">A local stand-in for Stripe. No money moves.</p></main></body></html>'
    )


def _field(name: str, label: str, value: str = "", hint: str = "", kind: str = "text") -> str:
    return (
        f'<label for="{name}">{label}</label>'
        f'<input type="{kind}" id="{name}" name="{name}" value="{escape(value)}" placeholder="{escape(hint)}" autocomplete="off">'
    )


def checkout(session: Json, error: str | None) -> str:
    if session["status"] != "open":
        done = "This payment has been made." if session["status"] == "complete" else "This page has expired."
        return page("Nothing to do here", f"<p>{done}</p>")
    kinds = session["payment_method_types"]
    choice = ""
    if len(kinds) > 1:
        choice = "".join(
            f'<label><input type="radio" name="method" value="{kind}"{" checked" if number == 0 else ""}> {label}</label>'
            for number, (kind, label) in enumerate((("card", "Card"), ("sepa_debit", "SEPA debit")))
        )
    else:
        choice = f'<input type="hidden" name="method" value="{kinds[0]}">'
    fields = ""
    if "card" in kinds:
        fields += _field("number", "Card number", hint="4242 4242 4242 4242")
        fields += _field("expiry", "Expiry (MM/YY)", hint="12/34") + _field("cvc", "CVC", hint="123")
    if "sepa_debit" in kinds:
        fields += _field("iban", "IBAN", hint="DE89 3704 0044 0532 0130 00")
        fields += '<p class="note">By sending an IBAN you allow it to be debited.</p>'
    said = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    amount = session["amount_total"]
    word = f"Pay {money(amount, session['currency'])}" if amount is not None else "Save payment method"
    lines = "".join(
        f"<p>{escape(line['description'])} × {line['quantity']}: {money(line['amount_total'], line['currency'])}</p>"
        for line in session["_lines"]
    )
    cancel = session["cancel_url"]
    away = f'<p><a href="{escape(cancel)}">Back</a></p>' if cancel else ""
    body = (
        f'{lines}{said}<form method="post"><fieldset>{choice}</fieldset>'
        f"{_field('email', 'E-mail', session['customer_email'] or '', kind='email')}{fields}{_field('name', 'Name')}"
        f'<button type="submit">{word}</button></form>{away}'
    )
    return page(word, body)


def bank(intent: Json) -> str:
    about = f"{money(intent['amount'], intent['currency'])}" if "amount" in intent else "future payments"
    return page(
        "3-D Secure",
        f"<p>Your bank wants to know that it is you: {escape(about)}.</p>"
        '<form method="post"><button name="answer" value="complete">Complete</button>'
        '<button class="other" name="answer" value="fail">Fail</button></form>',
    )


def question(title: str, text: str, yes: str, no: str) -> str:
    return page(
        title,
        f'<p>{escape(text)}</p><form method="post"><button name="answer" value="yes">{escape(yes)}</button>'
        f'<button class="other" name="answer" value="no">{escape(no)}</button></form>',
    )
