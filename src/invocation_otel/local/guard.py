"""What no client may do: reach files, programs or other machines through SQL.

The engine's own grants and constraints (engine.xml) are the wall: they refuse ``file()``, ``url()``, ``s3()``, File
tables and the rest wherever they hide. This module refuses what no grant covers in the embedded engine: the ordinary
function ``file``, table functions whose arguments are read as SQL, INFILE and OUTFILE (the client's business
elsewhere, but here the client is the server), ATTACH. It judges the tokens that the engine's own lexer found, so that
comments, quotes and odd spaces hide nothing. Functions and engines are judged by lists of the harmless ones: what a
newer engine adds is refused until somebody has looked at it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from .engine import Engine
from .query_errors import access_denied
from .statements import Token, first_word, values_index

STATEMENTS = frozenset(
    """SELECT WITH FROM EXPLAIN SHOW DESCRIBE DESC EXISTS CHECK INSERT DELETE UPDATE CREATE REPLACE ALTER DROP UNDROP
    TRUNCATE OPTIMIZE RENAME EXCHANGE USE SET KILL SYSTEM""".split()  # noqa: SIM905 - easier to read
)
"""What a statement may start with. ATTACH … FROM moves any folder of the machine, BACKUP writes one."""

# Not here: values, format, generateRandom, input, null. They read text as SQL: 'a String ALIAS file(''/etc/passwd'')'.
_HARMLESS_TABLE_FUNCTIONS = frozenset(
    """dictionary generate_series generateseries merge mergetreeindex mergetreeprojection numbers numbers_mt primes view
    zeros zeros_mt""".split()  # noqa: SIM905 - easier to read
)
_HARMLESS_ENGINES = frozenset(
    """aggregatingmergetree alias atomic buffer coalescingmergetree collapsingmergetree generaterandom graphitemergetree
    join log materializedview memory merge mergetree null replacingmergetree set stripelog summingmergetree tinylog
    versionedcollapsingmergetree view""".split()  # noqa: SIM905 - easier to read
)
# disk(…) among the settings of a table puts its files elsewhere, even on another machine.
_REFUSED_FUNCTIONS = frozenset({"catboostevaluate", "disk", "file"})
_IDENTIFIERS = frozenset({"BareWord", "QuotedIdentifier"})
_QUOTES = '"`“”'
_REASON = "it could reach files, programs or other machines"


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Refuses statements; made from the lists of the engine that runs."""

    refused_functions: frozenset[str]
    refused_engines: frozenset[str]

    @classmethod
    def of(cls, engine: Engine) -> Self:
        """The guard for *engine*: whatever it can do that is not known to be harmless is refused."""
        table_functions = engine.names("table_functions") - _HARMLESS_TABLE_FUNCTIONS
        # They ask a language model over the network.
        ai_functions = {name for name in engine.names("functions") if name.startswith("ai")}
        engines = engine.names("table_engines") | engine.names("database_engines")
        return cls(
            refused_functions=table_functions | ai_functions | _REFUSED_FUNCTIONS,
            refused_engines=engines - _HARMLESS_ENGINES,
        )

    def check(self, tokens: Sequence[Token]) -> None:
        """Refuse the statement of *tokens* unless it stays inside the database."""
        word = first_word(tokens)
        if word and word not in STATEMENTS:
            raise access_denied(f"{word} statements are refused here: {_REASON}.")
        data = values_index(tokens) if word == "INSERT" else -1
        for index, token in enumerate(tokens):
            if token.kind in _IDENTIFIERS:
                self._check_name(tokens, index, is_data=index == data)

    def _check_name(self, tokens: Sequence[Token], index: int, *, is_data: bool) -> None:
        name = _name(tokens[index])
        before = tokens[index - 1].word if index else ""
        if (before, name) in {("FROM", "infile"), ("INTO", "outfile"), ("PARALLEL", "with")}:
            raise access_denied(f"{before} {name.upper()} is refused here: {_REASON}.")
        if _is_engine_name(tokens, index):
            self._check_engine(name)
        elif not is_data and index + 1 < len(tokens) and tokens[index + 1].kind == "OpeningRoundBracket":
            self._check_call(name, tokens[index + 2 : index + 4])

    def _check_engine(self, name: str) -> None:
        if name in self.refused_engines:
            raise access_denied(f"The engine {name!r} is refused here: {_REASON}.")

    def _check_call(self, name: str, arguments: Sequence[Token]) -> None:
        if name in self.refused_functions and not (name == "format" and _is_pattern(arguments)):
            raise access_denied(f"The function {name!r} is refused here: {_REASON}.")


def _name(token: Token) -> str:
    text = token.text.decode(errors="replace")
    if token.kind == "QuotedIdentifier" and "\\" in text:
        raise access_denied(f"The quoted name {text} is refused here: behind its backslash a refused name could hide.")
    return text.strip(_QUOTES).lower()


def _is_pattern(arguments: Sequence[Token]) -> bool:
    """Of the ordinary function ``format('{}', …)``, not of the table function, whose first argument names a format."""
    return [argument.kind for argument in arguments] == ["StringLiteral", "Comma"] and b"{" in arguments[0].text


def _is_engine_name(tokens: Sequence[Token], index: int) -> bool:
    before = tokens[index - 1] if index else None
    if before and before.kind == "Equals" and index > 1:
        before = tokens[index - 2]
    return before is not None and before.word == "ENGINE"
