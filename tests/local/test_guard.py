"""What a client may not do, tried on the real engine: every attempt must be refused, and must leave no trace."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from asking import ask, rows
from hypothesis import given, settings
from hypothesis import strategies as st

from migrated_folder import migrated
from processes import Served, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(migrated(tmp_path_factory.mktemp("guard") / "store")) as running:
        assert ask(running.http_url, "CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a").status == 200
        yield running


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("secret") / "secret.txt"
    path.write_text("s3cret-of-this-machine\n")
    return path


READS = [
    "SELECT file('{path}')",
    "select FILE('{path}')",
    "SELECT file ( '{path}' )",
    "SELECT file/* hidden */('{path}')",
    "SELECT file -- hidden\n('{path}')",
    "SELECT file # hidden\n('{path}')",
    "SELECT file // hidden\n('{path}')",
    "SELECT /* ' */ file('{path}') /* ' */",
    "SELECT 1e--5, file('{path}')",
    "SELECT $a$ ' $a$, file('{path}'), ' '",
    "SELECT 'it\\'s', file('{path}')",
    "SELECT 'it''s', file('{path}')",
    "SELECT `file`('{path}')",
    "SELECT \"file\"('{path}')",
    "SELECT \"fi\\x6ce\"('{path}')",
    "SELECT `fi\\x6ce`('{path}')",
    "SELECT “file”('{path}')",
    "SELECT file\u00a0('{path}')",
    "SELECT file\u200b('{path}')",
    "SELECT file\u2003('{path}')",
    "\ufeffSELECT file('{path}')",
    "(SELECT file('{path}'))",
    "SELECT (SELECT (SELECT file('{path}')))",
    "SELECT a FROM t WHERE a = file('{path}') UNION ALL SELECT file('{path}')",
    "WITH file('{path}') AS x SELECT x",
    "WITH x AS (SELECT file('{path}') AS a) SELECT a FROM x",
    "FROM t SELECT file('{path}')",
    "SELECT * FROM file('{path}', LineAsString)",
    "SELECT * FROM File('{path}', LineAsString)",
    "SELECT * FROM `file`('{path}', LineAsString)",
    "SELECT * FROM t, file('{path}', LineAsString)",
    "SELECT * FROM t JOIN file('{path}', LineAsString) AS f ON 1",
    "SELECT * FROM view(SELECT * FROM file('{path}', LineAsString))",
    "SELECT * FROM fileCluster('default', '{path}', LineAsString)",
    "SELECT * FROM filesystem('{path}')",
    "SELECT * FROM default.`{path}`",
    "SELECT * FROM `{path}`",
    "SELECT * FROM '{path}'",
    "SELECT * FROM values('a String, b String ALIAS file(''{path}'')', '1')",
    "SELECT a, b FROM values('a String, b String ALIAS file(\\'{path}\\')', '1')",
    "SELECT a, b FROM generateRandom('a String, b String ALIAS file(\\'{path}\\')') LIMIT 1",
    "SELECT a, b FROM format(JSONEachRow, 'a String, b String ALIAS file(\\'{path}\\')', '{{\"a\":\"1\"}}')",
    "SELECT a, b FROM format('JSONEachRow', 'a String, b String ALIAS file(\\'{path}\\')', '{{\"a\":\"1\"}}')",
    "SELECT * FROM format(Values, 'a String', '(file(\\'{path}\\'))')",
    "SELECT * FROM format('{{' = '' ? 'x' : 'Values', 'a String', '(file(\\'{path}\\'))')",
    "SELECT * FROM eval('SELECT file(\\'{path}\\')') SETTINGS allow_experimental_eval_table_function = 1",
    "SELECT * FROM sqlite('{path}', 't')",
    "SELECT * FROM executable('cat {path}', LineAsString)",
    "SELECT * FROM python(path)",
    "DESCRIBE file('{path}')",
    "DESCRIBE TABLE file('{path}', LineAsString)",
    "EXPLAIN SELECT * FROM file('{path}', LineAsString)",
    "INSERT INTO t SELECT * FROM file('{path}', LineAsString)",
    "INSERT INTO t VALUES (file('{path}'))",
    "INSERT INTO t VALUES ('x'), (file('{path}'))",
    "INSERT INTO t FORMAT Values (file('{path}'))",
    "INSERT INTO t SETTINGS input_format_values_interpret_expressions = 1 FORMAT Values (file('{path}'))",
    "INSERT INTO t SELECT * FROM format(Values, 'a String', '(file(\\'{path}\\'))')",
    "INSERT INTO t FROM INFILE '{path}' FORMAT LineAsString",
    "INSERT INTO t /* */ FROM/* */INFILE '{path}' FORMAT LineAsString",
    "SELECT * FROM t SETTINGS additional_table_filters = {{'t': 'throwIf(1, file(\\'{path}\\'))'}}",
    "SELECT 1 SETTINGS additional_result_filter = 'throwIf(1, file(\\'{path}\\'))'",
    "SELECT 1 AS a FORMAT Template SETTINGS format_template_row = '{path}'",
    "SELECT 1 AS a FORMAT Protobuf SETTINGS format_schema = '{path}:x'",
    "CREATE TABLE c AS file('{path}', LineAsString)",
    "CREATE TABLE c (line String) ENGINE = File(LineAsString, '{path}')",
    "CREATE TABLE c (line String) ENGINE File(LineAsString, '{path}')",
    "CREATE TABLE c (line String) ENGINE = `File`(LineAsString, '{path}')",
    "CREATE TABLE c (line String, x String DEFAULT file('{path}')) ENGINE = Memory",
    "CREATE VIEW c AS SELECT file('{path}')",
    "CREATE VIEW c SQL SECURITY NONE AS SELECT * FROM file('{path}', LineAsString)",
    "CREATE MATERIALIZED VIEW c ENGINE = Memory AS SELECT * FROM file('{path}', LineAsString)",
    "CREATE FUNCTION c AS x -> file(x)",
    "CREATE DATABASE c ENGINE = Filesystem('/')",
    "CREATE DATABASE c ENGINE = SQLite('{path}')",
    "CREATE DICTIONARY c (id UInt64) PRIMARY KEY id SOURCE(FILE(path '{path}' format 'CSV')) LAYOUT(FLAT())",
    "ALTER TABLE t MODIFY COLUMN a String DEFAULT file('{path}')",
    "SELECT viewExplain('', '', (SELECT 1)), file('{path}')",
    "SET dialect = 'prql'",
    "SELECT 1; SELECT file('{path}')",
]

REACHES = [
    "SELECT * FROM url('http://127.0.0.1:1/', CSV, 'a String')",
    "SELECT * FROM s3('http://127.0.0.1:1/x', CSV, 'a String')",
    "SELECT * FROM remote('127.0.0.1:1', system.one)",
    "SELECT * FROM remoteSecure('127.0.0.1:1', system.one)",
    "SELECT * FROM cluster('default', system.one)",
    "SELECT * FROM mysql('127.0.0.1:1', 'd', 't', 'u', 'p')",
    "SELECT * FROM postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')",
    "SELECT * FROM mongodb('127.0.0.1:1', 'd', 't', 'u', 'p', 'a String')",
    "SELECT * FROM redis('127.0.0.1:1', 'k', 'k String')",
    "SELECT * FROM hdfs('hdfs://127.0.0.1:1/x', CSV, 'a String')",
    "SELECT * FROM deltaLake('http://127.0.0.1:1/x')",
    "SELECT * FROM iceberg('http://127.0.0.1:1/x')",
    "SELECT aiGenerate('x')",
    "INSERT INTO FUNCTION url('http://127.0.0.1:1/', CSV, 'a String') VALUES ('x')",
    "INSERT INTO FUNCTION file('/tmp/invocation-otel-test', CSV, 'a String') VALUES ('x')",
    "INSERT INTO TABLE FUNCTION null('a String ALIAS file(\\'/etc/passwd\\')') VALUES ('x')",
    "SELECT 1 INTO OUTFILE '/tmp/invocation-otel-test'",
    "SELECT 1 INTO/**/OUTFILE '/tmp/invocation-otel-test' FORMAT CSV",
    "BACKUP TABLE t TO File('/tmp/invocation-otel-test')",
    "RESTORE TABLE t FROM File('/tmp/invocation-otel-test')",
    "ATTACH TABLE c FROM '/tmp/invocation-otel-test' (a Int8) ENGINE = MergeTree ORDER BY a",
    "DROP TABLE IF EXISTS c PARALLEL WITH ATTACH TABLE c FROM '/tmp/invocation-otel-test' (a Int8) ENGINE = Memory",
    "DETACH TABLE t",
    "CREATE TABLE c (a Int8) ENGINE = URL('http://127.0.0.1:1/', CSV)",
    "CREATE TABLE c (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = web, endpoint = 'http://127.0.0.1:1/')",
    "CREATE TABLE c (a Int8) ENGINE = Log SETTINGS disk = disk(type = local, path = '/tmp/')",
    "CREATE TABLE c (a Int8) ENGINE = Kafka('127.0.0.1:1', 't', 'g', 'CSV')",
    "CREATE TABLE c (a Int8) ENGINE = EmbeddedRocksDB(0, '/tmp/invocation-otel-test') PRIMARY KEY a",
    "CREATE TABLE c (a Int8) ENGINE = Executable('x.sh', CSV)",
    "CREATE TABLE c (a Int8) ENGINE = Distributed('default', 'd', 't')",
    "CREATE DATABASE c ENGINE = MySQL('127.0.0.1:1', 'd', 'u', 'p')",
    "CREATE USER c",
    "CREATE NAMED COLLECTION c AS a = 1",
    "GRANT ALL ON *.* TO default",
    "ALTER TABLE t FREEZE",
    "SYSTEM SHUTDOWN",
    "SYSTEM STOP MERGES t",
    "EXECUTE AS default SELECT 1",
]


@pytest.mark.parametrize("statement", READS)
def test_no_statement_reads_a_file(server: Served, secret: Path, statement: str) -> None:
    """Refused by us or by the engine, for whatever reason; but never answered, and the secret is nowhere."""
    reply = ask(server.http_url, statement.format(path=secret))
    assert reply.status >= 400, reply.text
    assert "s3cret" not in reply.text
    assert "s3cret" not in str(rows(server.http_url, "SELECT * FROM t"))
    assert reply.code > 0


@pytest.mark.parametrize("statement", REACHES)
def test_no_statement_reaches_out_of_the_database(server: Served, statement: str) -> None:
    reply = ask(server.http_url, statement)
    assert (reply.status, reply.code) == (403, 497), reply.text
    assert "(ACCESS_DENIED)" in reply.text
    assert not Path("/tmp/invocation-otel-test").exists()  # noqa: S108 - the attempts name it
    assert rows(server.http_url, "SHOW TABLES LIKE 'c'") == []


def test_a_refusal_says_what_is_refused_and_why(server: Served) -> None:
    assert ask(server.http_url, "SELECT file('/etc/passwd')").text == (
        "Code: 497. DB::Exception: The function 'file' is refused here: "
        "it could reach files, programs or other machines. (ACCESS_DENIED)\n"
    )


@pytest.mark.parametrize("place", ["url", "setting", "default"])
def test_a_refused_statement_is_refused_wherever_it_stands(server: Served, secret: Path, place: str) -> None:
    if place == "url":
        reply = ask(server.http_url, "", query=f"SELECT file('{secret}')")
    elif place == "setting":
        filters = f"{{'t': 'throwIf(1, file(\\'{secret}\\'))'}}"
        reply = ask(server.http_url, "SELECT * FROM t", additional_table_filters=filters)
    else:
        reply = ask(server.http_url, f"SHOW CREATE TABLE default.`{secret}`", database="default")
    assert reply.status >= 400
    assert "s3cret" not in reply.text


HARMLESS = [
    ("SELECT count() FROM numbers(10)", "10"),
    ("SELECT count() FROM zeros(3)", "3"),
    ("SELECT sum(number) FROM view(SELECT number FROM numbers(4))", "6"),
    ("SELECT count() FROM merge('invocation', '^t$')", "0"),
    ("SELECT count() FROM generate_series(1, 5)", "5"),
    ("SELECT format('{} {}', 'a', 'b')", "a b"),
    ("SELECT 'file(''/etc/passwd'')'", "file(\\'/etc/passwd\\')"),
    ("SELECT 1 -- file('/etc/passwd')", "1"),
    ("SELECT 1 AS file", "1"),
    ("SELECT file FROM (SELECT 2 AS file)", "2"),
    ("SELECT `file` FROM (SELECT 2 AS `file`)", "2"),
    ("SELECT count() FROM system.tables WHERE engine = 'File'", "0"),
    ("SELECT {path:String}", "url(\\'http://x\\')"),
    ("SELECT greatest(1, 2)", "2"),
    ("SELECT 'outfile', 'infile'", "outfile\tinfile"),
    ("SELECT name FROM system.tables WHERE name = 't' FORMAT CSV", '"t"'),
    ("EXPLAIN AST SELECT 1 FORMAT LineAsString", None),
    ("SHOW CREATE TABLE t FORMAT LineAsString", None),
]


@pytest.mark.parametrize(("statement", "expected"), HARMLESS)
def test_a_harmless_statement_is_answered(server: Served, statement: str, expected: str | None) -> None:
    reply = ask(server.http_url, statement, param_path="url('http://x')")
    assert reply.status == 200, reply.text
    assert expected is None or reply.text == f"{expected}\n"


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE made (a Int8, file String) ENGINE = ReplacingMergeTree ORDER BY a",
        "CREATE TABLE made (a Int8) ENGINE = Null()",
        "CREATE VIEW made AS SELECT * FROM t",
        "CREATE MATERIALIZED VIEW made TO t AS SELECT a FROM t WHERE a = 'x'",
        "CREATE MATERIALIZED VIEW made REFRESH EVERY 1 HOUR TO t AS SELECT 'x' AS a WHERE 0",
    ],
)
def test_tables_and_views_can_be_made_and_dropped(server: Served, statement: str) -> None:
    assert ask(server.http_url, statement).text == ""
    assert ask(server.http_url, "ALTER TABLE t MODIFY COMMENT 'what it holds'").text == ""
    assert ask(server.http_url, "DROP TABLE made").text == ""


def test_what_a_newer_engine_adds_is_refused_until_somebody_has_looked(server: Served) -> None:
    """Each table function of this engine is either known to be harmless, or cannot be called."""
    harmless = {"dictionary", "generateSeries", "generate_series", "merge", "mergeTreeIndex", "mergeTreeProjection"}
    harmless |= {"numbers", "numbers_mt", "primes", "view", "zeros", "zeros_mt"}
    names = [str(name) for [name] in rows(server.http_url, "SELECT name FROM system.table_functions")]
    assert len(names) > 80
    answered = {name for name in names if ask(server.http_url, f"DESCRIBE {name}('x')").code != 497}
    assert answered == harmless


PIECES = [
    *(
        "SELECT",
        "file",
        "FILE",
        "`file`",
        '"file"',
        "1e-",
        "0x1",
        "1",
        "'x'",
        "''",
        "$a$",
        "$$",
        "$",
        "(",
        ")",
        "{",
        "}",
    ),
    *("'", '"', "`", "\\", "\u201c", "\u201d", "\u2018", "\u2019", "\u00a0", "\n", " ", ",", ".", ";"),
    *("--", "/*", "*/", "#", "# ", "#!", "//"),
]


@settings(max_examples=150, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=12))
def test_no_mixture_of_quotes_and_comments_hides_a_call(server: Served, secret: Path, pieces: list[str]) -> None:
    reply = ask(server.http_url, f"SELECT {''.join(pieces)} file('{secret}') {''.join(reversed(pieces))}")
    assert "s3cret" not in reply.text
