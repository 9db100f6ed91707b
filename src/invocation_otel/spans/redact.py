"""Taking secrets out of what an agent, its tools and its users said, before it leaves the process.

Texts are replaced inside the JSON that is stored, so that it stays valid, with markers that say what was there. Most
texts hold no secret, and most messages of a round were there in the round before: a text is looked at once in a run,
and read as JSON only when it might hold something.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from .content import to_json
from .redact_patterns import CARD, NAMED, PATTERNS, Pattern, is_card_number
from .secret_names import REDACTED, SecretNames

FAILED = "[redacted: the redaction function failed]"
_SHORTENED = "… [shortened, was {} characters]"
_SHORTEST = 8
"""Characters of the shortest text that is looked at: neither a key nor a card number is shorter."""

_MOST_REMEMBERED = 10_000

_STRUCTURE = frozenset({"type", "role", "id", "name"})
"""What a message and its parts are made of, and not what they say."""

_KEY_BACKWARDS = re.compile(r':\s*+"\\*+(?=([^"\\]{1,60}+)")')
"""A name and its colon, read backwards: there are fewer colons than quotes. The name is only looked at, for its second
quote can be what the next one begins with."""

_ASSIGNED = ("password", "passwd", "passphrase", "pwd", "secret", "key", "token", "authorization")
"""The words that ``NAMED`` begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """What is taken out of content. The default: keys, tokens, passwords, card numbers, and what is named a secret."""

    patterns: Sequence[Pattern] = PATTERNS
    """What secrets look like; add your own ``Pattern(name, expression)``, or ``EMAIL``."""

    names: Sequence[str] | None = ()
    """Names of secrets beside the usual ones (``password``, ``api_key``, …): what stands under them is taken out.
    ``None``: names are not looked at."""

    function: Callable[[str], str] | None = None
    """Your own function: is given each text and gives back what may be kept. Where it fails, nothing is kept."""

    max_chars: int | None = None
    """Longest text that is kept whole; longer ones end in a marker that says how long they were."""


class Redactor:
    """Does what a ``Redaction`` says to the texts of one run, and remembers them, so that each is looked at once."""

    def __init__(self, redaction: Redaction, harmless: set[int] | None = None) -> None:
        """*harmless* remembers texts that stay as they are; runs with the same redaction can share one.

        With a function of the user's own it is not shared: that may answer differently for another run.
        """
        self._redaction = redaction
        self._holds_secret = _names(tuple(redaction.names or ())).holds
        self._harmless = set() if harmless is None or redaction.function is not None else harmless
        self._messages_before = self._kept_before = ""

    def text(self, text: str) -> str:
        """What may be kept of *text*."""
        wanted = self._redaction
        if len(text) >= _SHORTEST:
            for pattern in wanted.patterns:
                text = pattern.replaced_in(text)
            if wanted.names is not None and _assigns_a_secret(text):
                text = NAMED.replaced_in(text)
        if wanted.function is not None:
            text = _of_own(wanted.function, text)
        if wanted.max_chars is not None and len(text) > wanted.max_chars:
            text = text[: wanted.max_chars] + _SHORTENED.format(len(text))
        return text

    def value(self, value: Any) -> Any:
        """What may be kept of *value*, which is made of plain builtins."""
        if isinstance(value, str):
            return self._within(value, self.value) if value[:1] in ("{", "[") else self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(name): self._named(name, item) for name, item in value.items()}
        if type(value) is int and CARD in self._redaction.patterns and is_card_number(str(value)):
            return f"[redacted: {CARD.name}]"
        return value

    def message(self, message: Any) -> Any:
        """What may be kept of messages, of one message, or of one of its parts: their structure stays as it is."""
        if isinstance(message, list):
            return [self.message(item) for item in message]
        if not isinstance(message, dict):
            return self.value(message)
        kept = {name: item if name in _STRUCTURE else self._named(name, item) for name, item in message.items()}
        if isinstance(message.get("parts"), list):
            kept["parts"] = self.message(message["parts"])
        return kept

    def json(self, text: str) -> str:
        """What may be kept of *text*, which is JSON; of a text that is none, what may be kept of a text."""
        return self._looked_at(text, self.value)

    def content_json(self, text: str) -> str:
        """The same for messages or parts."""
        return self._looked_at(text, self.message)

    def messages_json(self, text: str) -> str:
        """The same for all input messages of a round, which mostly begin with those of the round before."""
        start = self._messages_before
        if len(start) > len("[]") and text.startswith(start[:-1]) and text[len(start) - 1] in ",]":
            more = text[len(start) :]
            kept = self._kept_before
            if more:
                kept = f"{kept[:-1]},{self._looked_at(f'[{more}', self.message)[1:]}"
        else:
            kept = self._looked_at(text, self.message)
        self._messages_before, self._kept_before = text, kept
        return kept

    def _looked_at(self, text: str, redact: Callable[[Any], Any]) -> str:
        if len(text) < _SHORTEST:
            return text
        key = hash((text, redact.__name__))  # a text can be harmless as a message, whose structure stays, and else not
        if key in self._harmless:
            return text
        kept = self._within(text, redact) if self._may_change(text) else text
        if kept == text:
            if len(self._harmless) >= _MOST_REMEMBERED:
                self._harmless.clear()
            self._harmless.add(key)
        return kept

    def _within(self, text: str, redact: Callable[[Any], Any]) -> str:
        """What may be kept of *text*, looked into where it is JSON; what has nothing to be taken out stays as it is."""
        try:
            value = json.loads(text)
        except ValueError:
            return self.text(text)
        if not isinstance(value, list | dict):
            return self.text(text)
        kept = redact(value)
        return text if kept == value else to_json(kept)

    def _may_change(self, text: str) -> bool:
        """Whether *text*, as JSON or as it is, might hold something that is not kept. Fast; never a wrong no."""
        wanted = self._redaction
        if wanted.function is not None or (wanted.max_chars is not None and len(text) > wanted.max_chars):
            return True
        for pattern in wanted.patterns:
            if pattern.hinted_in(text):
                return True
        if wanted.names is None:
            return False
        names = set(_KEY_BACKWARDS.findall(text[::-1]))
        return any(self._holds_secret(name[::-1]) for name in names) or _assigns_a_secret(text)

    def _named(self, name: str, value: Any) -> Any:
        """What may be kept of *value*, which stands under *name*; a dictionary is looked into (it can be a schema)."""
        if self._redaction.names is None or isinstance(value, bool | dict) or not value or not self._holds_secret(name):
            return self.value(value)
        counted = isinstance(value, int | float) and "token" in name.lower()
        return value if counted else REDACTED


@lru_cache(maxsize=8)
def _names(more: tuple[str, ...]) -> SecretNames:
    return SecretNames(more)


@cache
def _assigned_backwards() -> list[re.Pattern[str]]:
    """One for each sign behind a word: read backwards it comes first, and one character is found faster than words."""
    words = "|".join(word[::-1] for word in _ASSIGNED)
    return [re.compile(rf"{sign}\s*[\"']?(?:{words})") for sign in ":="]


def _assigns_a_secret(text: str) -> bool:
    backwards = text.lower()[::-1]
    for assigned in _assigned_backwards():  # noqa: SIM110 - a generator takes as long as the search
        if assigned.search(backwards):
            return True
    return False


def _of_own(function: Callable[[str], str], text: str) -> str:
    try:
        return str(function(text))
    except Exception:  # noqa: BLE001 - a user's own code; what it was to take out must not stay
        return FAILED
