"""What Grafana 12.3 and the ClickHouse plugin 4.20 do to a panel's SQL before the database sees it.

The order is theirs: `$__conditionalAll` and the variables in the browser, then the other macros in the plugin.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

Value = str | list[str]
ALL = "$__all"

# Grafana's own: $name, [[name:format]], ${name.path:format}.
_VARIABLE = re.compile(r"\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:^}]+))?(?::([^}]+))?\}")
_CONDITIONAL = "$__conditionalAll("


@dataclass(frozen=True, kw_only=True)
class Page:
    """A dashboard as somebody looks at it: the time range, and what the variables hold."""

    variables: Mapping[str, Value] = field(default_factory=dict)
    since: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(days=7))
    until: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(minutes=1))
    interval_s: int = 60

    def sql(self, raw: str) -> str:
        """*raw* as it reaches the database."""
        return self._macros(self._interpolated(self._conditions(raw)))

    def _conditions(self, sql: str) -> str:
        while (start := sql.rfind(_CONDITIONAL)) >= 0:
            condition, variable = _arguments(sql, start + len(_CONDITIONAL))
            named = re.search(r"\w+", variable)
            assert named, variable
            held = self.variables.get(named[0], "")
            # JavaScript's toString() of an array.
            shown = ",".join(held) if isinstance(held, list) else held
            chosen = "1=1" if shown in ("", ALL) else condition
            sql = sql.replace(f"{_CONDITIONAL}{condition},{variable})", chosen, 1)
        return sql

    def _interpolated(self, sql: str) -> str:
        return _VARIABLE.sub(self._value, sql)

    def _value(self, found: re.Match[str]) -> str:
        name = found[1] or found[2] or found[4]
        if name in {"__from", "__to"}:
            return str(round((self.since if name == "__from" else self.until).timestamp() * 1000))
        if name not in self.variables:
            return found[0]
        value = self.variables[name]
        form, _, argument = (found[3] or found[6] or "").partition(":")
        match form:
            case "percentencode":
                return _encoded(value if isinstance(value, str) else "{" + ",".join(value) + "}")
            case "customqueryparam":
                values = [value] if isinstance(value, str) else value
                return "&".join(f"{argument or name}={_encoded(each)}" for each in values)
            case _:
                # Raw: what the plugin's own formatter does to a value without a format.
                return value if isinstance(value, str) else ",".join(f"'{each}'" for each in value)

    def _macros(self, sql: str) -> str:
        since_s, until_s = int(self.since.timestamp()), int(self.until.timestamp())
        since_ms, until_ms = (
            f"fromUnixTimestamp64Milli({int(moment.timestamp() * 1000)})" for moment in (self.since, self.until)
        )
        for macro, meaning in (
            (r"\$__timeFilter_ms\(([^()]*)\)", rf"\1 >= {since_ms} AND \1 <= {until_ms}"),
            (r"\$__timeFilter\(([^()]*)\)", rf"\1 >= toDateTime({since_s}) AND \1 <= toDateTime({until_s})"),
            (
                r"\$__timeInterval\(([^()]*)\)",
                rf"toStartOfInterval(toDateTime(\1), INTERVAL {self.interval_s} second)",
            ),
            (r"\$__fromTime\b", f"toDateTime({since_s})"),
            (r"\$__toTime\b", f"toDateTime({until_s})"),
        ):
            sql = re.sub(macro, meaning, sql)
        return sql


def _encoded(value: str) -> str:
    """JavaScript's encodeURIComponent, and the five characters that Grafana adds to it."""
    return quote(value, safe="-_.~")


def _arguments(sql: str, start: int) -> tuple[str, str]:
    """The two arguments of the macro whose opening bracket ends at *start*."""
    depth, comma = 1, -1
    for index in range(start, len(sql)):
        depth += {"(": 1, ")": -1}.get(sql[index], 0)
        if sql[index] == "," and depth == 1:
            comma = index
        if depth == 0:
            return sql[start:comma], sql[comma + 1 : index]
    raise AssertionError(f"unbalanced: {sql[start : start + 80]}")
