"""What the engine refused, in ClickHouse's own words and code."""

import re

from invocation_otel.errors import StoreError

ACCESS_DENIED = 497
AUTHENTICATION_FAILED = 516
SYNTAX_ERROR = 62
TOO_MANY_SIMULTANEOUS_QUERIES = 202
QUERY_IS_TOO_LARGE = 229
UNKNOWN_EXCEPTION = 1002

# As ClickHouse's exceptionCodeToHTTPStatus has it, for the codes clients meet; every other code is a 500.
_STATUS_BY_CODE = {
    **dict.fromkeys(
        (6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, SYNTAX_ERROR, 72, 117, 123, 167, 168, 223, 321), 400
    ),
    **dict.fromkeys((376, 427, 441, 675), 400),
    **dict.fromkeys((46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511), 404),
    **dict.fromkeys((192, 193, 194, AUTHENTICATION_FAILED), 401),
    ACCESS_DENIED: 403,
    48: 501,
    76: 503,
    209: 503,
    439: 503,
    159: 408,
    TOO_MANY_SIMULTANEOUS_QUERIES: 503,
    QUERY_IS_TOO_LARGE: 413,
}


class QueryError(StoreError):
    """A query failed; `text` is what a ClickHouse server would send, `code` its number."""

    def __init__(self, text: str) -> None:
        found = re.search(r"Code: (\d+)\.", text)
        self.code = int(found[1]) if found else UNKNOWN_EXCEPTION
        self.text = text[found.start() :].strip() if found else f"Code: {UNKNOWN_EXCEPTION}. DB::Exception: {text}"
        super().__init__(self.text)

    @classmethod
    def of(cls, code: int, name: str, message: str) -> "QueryError":
        """A fault of our own in ClickHouse's form."""
        return cls(f"Code: {code}. DB::Exception: {message} ({name})")

    @property
    def http_status(self) -> int:
        """The status a ClickHouse server answers with."""
        return _STATUS_BY_CODE.get(self.code, 500)


def access_denied(message: str) -> QueryError:
    """The fault for what no client may do here."""
    return QueryError.of(ACCESS_DENIED, "ACCESS_DENIED", message)
