"""The reference part of docs/sql.md, made from the views' own comments.

After a view has changed: `python tests/store/sql_reference.py`, and look at the difference.
"""

import re
import tempfile
from pathlib import Path

from invocation_otel.store.client import Store, open_store
from invocation_otel.store.migrate import migrate, migrations

DOCUMENT = Path(__file__).parents[2] / "docs" / "sql.md"
BEGIN, END = "<!-- the views: made by tests/store/sql_reference.py -->", "<!-- end of the views -->"

_UNITS = {
    r"_ms$": "milliseconds",
    r"_usd$": "US dollars",
    r"_tokens$": "tokens",
    r"^bytes$": "bytes",
    r"_at$": "time, UTC",
    r"^day$": "day, UTC",
    r"^(rounds|runs|tool_calls|unpriced_rounds|produced|stored|missing|spooled|refused|dropped|shortened)$": "count",
}


def reference(store: Store) -> str:
    """Every view with its question, and every column with its type, its unit and its meaning."""
    views = store.rows(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View' AND name LIKE 'v\\_%' "
        "ORDER BY indexOf(['v_runs', 'v_rounds', 'v_tool_calls', 'v_messages', 'v_files', 'v_spend'], name) = 0, "
        "indexOf(['v_runs', 'v_rounds', 'v_tool_calls', 'v_messages', 'v_files', 'v_spend'], name), name"
    )
    return "\n\n".join(_section(store, view["name"]) for view in views)


def rebuilt(document: str, made: str) -> str:
    """*document* with *made* as its reference part."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"


def _section(store: Store, view: str) -> str:
    columns = store.rows(f"DESCRIBE TABLE {view}")
    lines = [f"| `{row['name']}` | {_type(row['type'])} | {unit(row['name'])} | {row['comment']} |" for row in columns]
    table = "\n".join(["| column | type | unit | meaning |", "|---|---|---|---|", *lines])
    return f"### {view}\n\n{question(view)}\n\n{table}"


def question(view: str) -> str:
    """What a view's file says of it in its first line: the question it answers, and what a row is."""
    [sql] = [migration.sql for migration in migrations() if migration.name.endswith(f"_{view}.sql")]
    return sql.splitlines()[0].removeprefix("-- ")


def unit(column: str) -> str:
    """The unit of a column, which its name tells."""
    return next((named for pattern, named in _UNITS.items() if re.search(pattern, column)), "")


def _type(declared: str) -> str:
    """A column's type, without what does not matter to a reader."""
    return declared.replace("LowCardinality(String)", "String").replace(", 'UTC'", "").replace("|", "\\|")


def main() -> None:
    """Write the reference part anew."""
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder).as_uri()) as store:
        migrate(store)
        DOCUMENT.write_text(rebuilt(DOCUMENT.read_text(), reference(store)))


if __name__ == "__main__":
    main()
