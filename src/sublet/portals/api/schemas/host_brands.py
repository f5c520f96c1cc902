"""What people see on a host."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta
from pydantic import Field

from sublet.portals.api.schemas.common import Asked, Out, ref, text


class HostBrand(Out):
    """What people see on a host."""

    host: Annotated[str, text("", "design.bella-napoli.example")]
    account: Annotated[str, ref("acc", "Whose host it is.")]
    account_kind: Annotated[str, text("What kind of account it is.", "client")]
    reseller: Annotated[str, text("Reference of the reseller of a client; else empty.", "acc_2Zr9KtXbd7HqWm")]
    url: Annotated[
        str, text("The host with its scheme, and its port where it has one.", "https://design.bella-napoli.example")
    ]
    leads_to: Annotated[str, text("Where its visitors are sent on to; empty: it shows its own pages.", "")]
    name: Annotated[str, text("", "Bella Napoli")]
    short_name: Annotated[str, text("", "Bella")]
    language: Annotated[str, text("Of the texts.", "it")]
    colors: Annotated[
        dict[str, str],
        Meta(
            description="`color`, `on_color` (text on it), `accent`.",
            examples=[{"color": "#8a1538", "on_color": "#ffffff"}],
        ),
    ]
    corners: Annotated[str, text("Shape of the corners; empty: as the pages have it.", "")]
    font: Annotated[str, text("Kind of font; empty: as the pages have it.", "")]
    pictures: Annotated[
        dict[str, str],
        Meta(
            description="Addresses of `logo`, `logo_dark`, `icon`, `login_picture`, `favicon`, as far as there are any.",
            examples=[{"favicon": "https://design.bella-napoli.example/favicon.ico?v=8a1538"}],
        ),
    ]
    stylesheet: Annotated[
        str,
        text(
            "Address of a style sheet with the colors as variables.",
            "https://design.bella-napoli.example/brand.css?v=8a1538",
        ),
    ]
    texts: Annotated[
        dict[str, str],
        Meta(
            description="`support_name`, `support_email`, `support_phone`, `support_url`, `support_hours`, `footer`, `sender_name`, "
            "`login_title`, `login_text`, `imprint_url`, `privacy_url`, `terms_url`, as far as there are any.",
            examples=[{"support_email": "help@studio-rossi.example"}],
        ),
    ]
    words: Annotated[
        dict[str, str],
        Meta(description="What the brand calls a client, a reseller, an account: `clients` and so on.", examples=[{}]),
    ]


class HostBrandAsked(Asked):
    """In which language."""

    language: Annotated[
        Literal["", "en", "it", "sq", "nl", "fr", "pt"], Field(description="Of the texts; empty: that of the brand.")
    ] = ""
