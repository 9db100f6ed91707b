"""Names of files, made harmless for links and for whoever saves a file under them."""

import unicodedata

_LONGEST = 150


def safe_name(name: str) -> str:
    """*name* without folders, control characters and halves of characters: ``../../etc/passwd`` is ``passwd``.

    Characters that turn the direction of writing are controls too: they make ``exe`` look like ``pdf``. A long name
    keeps its ending. Empty, when nothing is left.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    # C: control, format, surrogate, private use, unassigned.
    told = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C").strip(". ")
    if len(told) <= _LONGEST:
        return told
    stem, dot, suffix = told.rpartition(".")
    return stem[: _LONGEST - len(suffix) - 1] + dot + suffix if dot and len(suffix) < 16 else told[:_LONGEST]  # noqa: PLR2004 - no ending is longer
