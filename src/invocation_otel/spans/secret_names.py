"""Values that nobody should read, told by their names, such as ``password`` or ``Authorization``.

A name is read without regard to case and to how its words are joined: ``api_key``, ``apiKey``, ``API-KEY`` and
``apikey`` are one.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

REDACTED = "[redacted]"
"""What stands in place of what is secret by its name."""

ANYWHERE = (
    *("password", "passwd", "passphrase", "secret", "credential", "authorization", "apikey", "privatekey"),
    *("accesskey", "signingkey", "encryptionkey", "sessionkey", "accesstoken", "refreshtoken", "authtoken"),
    *("apitoken", "bearertoken", "sessiontoken", "idtoken", "csrftoken", "connectionstring"),
)
"""A name that holds one of these, its words written together, is a secret's."""

WORDS = frozenset({"token", "auth", "jwt", "bearer", "cookie", "cookies", "pwd", "pin", "otp", "cvv", "cvc", "dsn"})
"""A name with one of these among its words is a secret's; the plural ``tokens`` is not there: those are counted."""

_ABOUT = frozenset(
    {"at", "budget", "count", "expires", "expiry", "hint", "length", "limit", "name", "policy", "type", "ttl", "url"}
)
"""A name that ends with one of these tells something about a secret, and not the secret."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


class SecretNames:
    """The names under which secrets stand: those above, and *more* of the user's own."""

    def __init__(self, more: Iterable[str] = ()) -> None:
        self._anywhere = (*ANYWHERE, *filter(None, ("".join(_words(name)) for name in more)))
        self.holds = lru_cache(maxsize=4096)(self._holds)
        """Whether what stands under the name given is a secret."""

    def _holds(self, name: str) -> bool:
        words = _words(name)
        if not words or words[-1] in _ABOUT:
            return False
        together = "".join(words)
        return not WORDS.isdisjoint(words) or any(part in together for part in self._anywhere)


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def is_secret_name(name: str) -> bool:
    """Whether *name* names a secret, by the names above."""
    return _DEFAULT.holds(name)


_DEFAULT = SecretNames()
