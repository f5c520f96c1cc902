"""Statements as banks send them, made up."""

from __future__ import annotations

V2, V8 = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02", "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def camt(*entries: str, namespace: str = V2, iban: str = "DE89370400440532013000", head: str = "") -> bytes:
    body = "".join(entries)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<Document xmlns="{namespace}"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId>'
        f"</GrpHdr><Stmt><Id>1</Id><Acct><Id><IBAN>{iban}</IBAN></Id></Acct>{body}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def entry(
    amount: str = "100.00", *, side: str = "CRDT", currency: str = "EUR", day: str = "2026-03-20", ref: str = "B1",
    details: str = "", reversal: bool = False, status: str = "<Sts>BOOK</Sts>", info: str = "",
) -> str:  # fmt: skip
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        + ("<RvslInd>true</RvslInd>" if reversal else "")
        + f"{status}<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        + (f"<AcctSvcrRef>{ref}</AcctSvcrRef>" if ref else "")
        + (f"<NtryDtls>{details}</NtryDtls>" if details else "")
        + (f"<AddtlNtryInf>{info}</AddtlNtryInf>" if info else "")
        + "</Ntry>"
    )


def detail(
    *, name: str = "Salone Anna Srl", iban: str = "IT60X0542811101000000123456", text: str = "", reference: str = "",
    amount: str = "", end_to_end: str = "NOTPROVIDED", new: bool = False, currency: str = "EUR",
) -> str:  # fmt: skip
    party = f"<Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr>" if new else f"<Dbtr><Nm>{name}</Nm></Dbtr>"
    told = f"<Ustrd>{text}</Ustrd>" if text else ""
    if reference:
        told += f"<Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd>"
    own = ""
    if amount:
        one = f'<Amt Ccy="{currency}">{amount}</Amt>'
        own = one if new else f"<AmtDtls><TxAmt>{one}</TxAmt></AmtDtls>"
    return (
        f"<TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>{own}<RltdPties>{party}<DbtrAcct><Id><IBAN>{iban}</IBAN>"
        f"</Id></DbtrAcct></RltdPties><RmtInf>{told}</RmtInf></TxDtls>"
    )
