"""What secrets look like in a text.

Prefixes of keys are those that the providers document for secret scanning. A card number needs a known issuer's first
digits, that issuer's length, and a right check digit (Luhn), so that ids and times are left alone.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from .secret_names import REDACTED


@dataclass(frozen=True)
class Pattern:
    """One kind of secret: *expression* finds it, *check* says whether a match is one.

    Where *expression* has a group ``secret``, only that part of the match is taken out.
    """

    name: str
    expression: str
    check: Callable[[str], bool] | None = None

    @cached_property
    def exact(self) -> re.Pattern[str]:
        """*expression*, compiled when it is needed: a program that starts need not wait for it."""
        return re.compile(self.expression)

    @cached_property
    def hint(self) -> re.Pattern[str]:
        """The same for JSON text, where the character before a word can be that of an escape: finds a little more."""
        return re.compile(self.expression.replace(r"\b", ""))

    def hinted_in(self, text: str) -> bool:
        """Whether *text*, as JSON or as it is, might hold one. Fast; never a wrong no."""
        return self.hint.search(text) is not None

    def replaced_in(self, text: str) -> str:
        """*text* with each match replaced by what was there: ``[redacted: card number]``."""
        return self.exact.sub(self._replacement, text) if self.hinted_in(text) else text

    def _replacement(self, match: re.Match[str]) -> str:
        whole = match[0]
        if self.check is not None and not self.check(whole):
            return whole
        marker = f"[redacted: {self.name}]" if self.name else REDACTED
        if "secret" not in self.exact.groupindex:
            return marker
        start, end = (position - match.start() for position in match.span("secret"))
        return whole[:start] + marker + whole[end:]


_ISSUERS = (
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}"
    r"|3(?:0[0-5]|[68]\d)\d{11}|35\d{14}|62\d{14,17}"
)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def is_card_number(text: str) -> bool:
    """Whether *text*, spaces and dashes left out, is a card number (ISO/IEC 7812)."""
    digits = text.replace(" ", "").replace("-", "")
    if not re.fullmatch(_ISSUERS, digits):
        return False
    figures = [int(digit) for digit in reversed(digits)]
    return (sum(figures[::2]) + sum(_DOUBLED[figure] for figure in figures[1::2])) % 10 == 0


class _Digits(Pattern):
    """A pattern each of whose matches has 13 digits in a row, or two groups of four with a space or a dash between."""

    def hinted_in(self, text: str) -> bool:
        shape = text.encode("ascii", "replace").translate(_SHAPE)  # trying at each digit takes three times as long
        return any(group in shape for group in _GROUPS) and super().hinted_in(text)


_SHAPE = bytes(ord("0") if chr(code) in "0123456789" else code if chr(code) in " -" else 120 for code in range(256))
"""Every digit a ``0``, everything but spaces and dashes an ``x``."""

_GROUPS = (b"0" * 13, b"0000 0000", b"0000-0000")

CARD = _Digits(
    "card number",
    r"\b[2-6](?<![.-][2-6])[0-9]{3}(?:[0-9]{9,15}"
    r"|(?P<gap>[ -])(?:[0-9]{4}(?P=gap)[0-9]{4}(?P=gap)[0-9]{4}|[0-9]{6}(?P=gap)[0-9]{4,5}))\b(?![.-][0-9])",
    is_card_number,
)
EMAIL = Pattern("e-mail address", r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\b")

# The separator comes first, because one character is found ten times faster than one of many words.
PATTERNS = (
    Pattern(
        "API key",
        r"-(?=[A-Za-z0-9_-]{16})"  # what most dashes do not have
        r"(?:(?<=\bsk-)|(?<=\bglpat-)|(?<=\bxox[abeoprs]-)|(?<=\bxapp-)|(?<=\bpypi-)|(?<=\bxai-)|(?<=\bpplx-))"
        r"(?P<secret>(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{16,})",
    ),
    Pattern(
        "API key",
        r"_(?:(?<=\bgh[pousr]_)|(?<=_pat_)|(?<=\bhf_)|(?<=\bnpm_)|(?<=\bgsk_)|(?<=[srp]k_live_)|(?<=[srp]k_test_))"
        r"(?P<secret>[A-Za-z0-9_]{16,})",
    ),
    Pattern("API key", r"AIza[A-Za-z0-9_-]{35}"),
    Pattern("API key", r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    Pattern("access key", r"IA(?:(?<=\bAKIA)|(?<=\bASIA))(?P<secret>[A-Z0-9]{16})\b"),
    Pattern("token", r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"),
    Pattern("token", r"earer\s+(?P<secret>(?=[A-Za-z._~+/-]*[0-9])[A-Za-z0-9._~+/=-]{16,})"),
    Pattern(
        "private key", r"-----BEGIN [A-Z ]*PRIVATE KEY[^-]*-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY[^-]*-----|\Z)"
    ),
    Pattern("password", r"://[^\s/:@\"'<>]*:(?P<secret>[^\s/@\"'<>]+)@"),
    CARD,
)

# `password: "…"`, `api_key=…`, `?token=…`: in running text a value that is not quoted must have a digit, or else code
# and prose would be taken for secrets.
NAMED = Pattern(
    "",
    r"(?i)(?:password|passwd|passphrase|pwd|secret|api[_-]?key|access[_-]?key|private[_-]?key|authorization"
    r"|(?:access|refresh|auth|id|api|bearer|session)[_-]?token|\btoken)(?:[\"'](?=\s*[:=]))?\s*[:=]\s*"
    r"(?P<quote>[\"'])?(?P<secret>(?(quote)[^\"']{4,}"
    r"|(?=[A-Za-z_+/.-]*[0-9])[A-Za-z0-9_+/.~!#$%^*-]{6,}(?![\w(\[])))",
)
