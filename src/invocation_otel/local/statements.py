"""Reading a client's statement: what kind it is, where its data begins, which format it asks for."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .query_errors import SYNTAX_ERROR, QueryError

_OPENING = frozenset({"OpeningRoundBracket", "OpeningSquareBracket", "OpeningCurlyBrace"})
_CLOSING = frozenset({"ClosingRoundBracket", "ClosingSquareBracket", "ClosingCurlyBrace"})
# With one of these an INSERT says itself what its rows are.
_BRINGS_ROWS = frozenset({"SELECT", "WITH", "FROM", "WATCH", "VALUES"})
_ANSWERS = frozenset({"SELECT", "WITH", "FROM", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS", "CHECK", "KILL", ""})
_STREAMS = frozenset({"SELECT", "WITH"})
_LINE_END = re.compile(rb"[ \t\f]*(?:\r?\n)?")


@dataclass(frozen=True, slots=True)
class Token:
    """One token that means something, as the engine's lexer found it."""

    kind: str
    text: bytes
    start: int
    end: int

    @property
    def word(self) -> str:
        """The keyword or bare name in upper case; empty for anything else."""
        return self.text.decode().upper() if self.kind == "BareWord" else ""


@dataclass(frozen=True, kw_only=True)
class DataInsert:
    """``INSERT … [SETTINGS …] FORMAT X`` with data behind it."""

    head: str
    settings: str
    data_format: str
    data_start: int


@dataclass(frozen=True, kw_only=True)
class Query:
    """Any other statement, without its FORMAT clause."""

    sql: str
    output_format: str | None
    word: str

    @property
    def answers(self) -> bool:
        """It has a result, even when the result has no rows."""
        return self.word in _ANSWERS

    @property
    def streams(self) -> bool:
        """The engine can hand out its result in pieces."""
        return self.word in _STREAMS


def first_word(tokens: Sequence[Token]) -> str:
    """The word that says what kind of statement it is; empty when none begins it."""
    return next((token.word for token in tokens if token.kind not in _OPENING), "")


def data_insert(sql: bytes, tokens: Sequence[Token]) -> DataInsert | None:
    """The parts of an INSERT that has data behind its FORMAT clause; None for every other statement."""
    if first_word(tokens) != "INSERT":
        return None
    settings_start: int | None = None
    for index, token in _outside_brackets(tokens):
        if token.word in _BRINGS_ROWS and _is_keyword(tokens, index):
            return None
        if token.word == "SETTINGS":
            settings_start = token.start
        if token.word == "FORMAT" and index + 1 < len(tokens):
            name = tokens[index + 1]
            return DataInsert(
                head=sql[: settings_start or token.start].decode(),
                settings=sql[settings_start : token.start].decode() if settings_start else "",
                data_format=_bare(name),
                data_start=_after_line_end(sql, name.end),
            )
    return None


def query(sql: bytes, tokens: Sequence[Token]) -> Query:
    """*sql* as one statement without data behind it; a second statement is refused, as ClickHouse does."""
    tokens = _single_statement(tokens)
    end = tokens[-1].end
    place = _format_clause(tokens)
    if place is None:
        return Query(sql=sql[:end].decode(), output_format=None, word=first_word(tokens))
    clause, name = tokens[place], tokens[place + 1]
    without = sql[: clause.start] + sql[name.end : end]
    return Query(sql=without.decode(), output_format=_bare(name), word=first_word(tokens))


def values_index(tokens: Sequence[Token]) -> int:
    """Where the VALUES of an INSERT stand; -1 when its rows come from elsewhere."""
    for index, token in _outside_brackets(tokens):
        if token.word in _BRINGS_ROWS and _is_keyword(tokens, index):
            return index if token.word == "VALUES" else -1
    return -1


def _is_keyword(tokens: Sequence[Token], index: int) -> bool:
    """Not a table's name, as in ``INSERT INTO values …``, nor a function's, as in ``INTO FUNCTION values(…)``."""
    before = tokens[index - 1]
    return before.word not in {"INTO", "TABLE", "FUNCTION"} and before.kind != "Dot"


def _outside_brackets(tokens: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    depth = 0
    for index, token in enumerate(tokens):
        if token.kind in _CLOSING:
            depth -= 1
        if depth == 0:
            yield index, token
        if token.kind in _OPENING:
            depth += 1


def _bare(token: Token) -> str:
    if token.kind != "BareWord":
        raise _syntax_error(f"{token.text.decode(errors='replace')} is no format's name")
    return token.text.decode()


def _after_line_end(sql: bytes, position: int) -> int:
    # One line end belongs to the statement; a second one belongs to the data already.
    found = _LINE_END.match(sql, position)
    return found.end() if found else position


def _single_statement(tokens: Sequence[Token]) -> Sequence[Token]:
    end = next((index for index, token in enumerate(tokens) if token.kind == "Semicolon"), len(tokens))
    if any(token.kind != "Semicolon" for token in tokens[end:]):
        raise _syntax_error("Multi-statements are not allowed: one request, one statement")
    if not end:
        raise _syntax_error("Empty query")
    return tokens[:end]


def _syntax_error(message: str) -> QueryError:
    return QueryError.of(SYNTAX_ERROR, "SYNTAX_ERROR", f"Syntax error: {message}.")


def _format_clause(tokens: Sequence[Token]) -> int | None:
    """Where FORMAT stands when it closes the statement; only SETTINGS may follow it."""
    places = [index for index, token in _outside_brackets(tokens) if token.word == "FORMAT"]
    if not places or places[-1] + 1 >= len(tokens):
        return None
    behind = tokens[places[-1] + 2 :]
    return places[-1] if not behind or behind[0].word == "SETTINGS" else None
