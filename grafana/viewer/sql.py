"""The SQL behind the panels: one file a question, with the pieces that many of them share filled in."""

import re
from functools import cache
from pathlib import Path

QUERIES = Path(__file__).parents[1] / "queries"

_PIECE = re.compile(r"\{\{(\w+)(?: (\w+))?\}\}")


def one(variable: str) -> str:
    """SQL for the one value of a dashboard's variable; percent-encoded, it leaves nothing that could end the string."""
    return f"decodeURLComponent('${{{variable}:percentencode}}')"


def many(variable: str) -> str:
    """SQL for the array of a variable's chosen values; commas in a value survive."""
    return f"arrayMap(v -> decodeURLComponent(substring(v, 3)), splitByChar('&', '${{{variable}:customqueryparam:v}}'))"


def query(name: str, **values: object) -> str:
    """The SQL of the file *name*, ready for a panel; ``{{word}}`` is one of *values*, else the piece of that name."""
    text = _without_comments(_text(f"{name}.sql"))
    while (filled := _PIECE.sub(lambda found: _filled(found, values), text)) != text:
        text = filled
    return text.strip()


def question(name: str) -> str:
    """What the file *name* answers: its first line."""
    return _text(f"{name}.sql").splitlines()[0].removeprefix("-- ")


def quoted(text: str) -> str:
    """*text* as an SQL string."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _filled(found: re.Match[str], values: dict[str, object]) -> str:
    word, variable = found.groups()
    if variable:
        return {"one": one, "many": many}[word](variable)
    if word in values:
        return str(values[word])
    return _without_comments(_text(f"pieces/{word}.sql")).strip()


def _without_comments(text: str) -> str:
    """Grafana's plugin reads macros in comments too, so that none may stay."""
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("-- "))


@cache
def _text(path: str) -> str:
    return (QUERIES / path).read_text("utf-8")
