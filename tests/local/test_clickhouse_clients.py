"""ClickHouse's HTTP interface, asked by clickhouse-connect and as clickhouse-go asks."""

import struct
from collections.abc import Iterator
from decimal import Decimal

import clickhouse_connect
import pytest
from asking import ask
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError

from migrated_folder import migrated
from processes import Served, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(migrated(tmp_path_factory.mktemp("interface") / "store with space")) as running:
        yield running


@pytest.fixture(autouse=True)
def _table(server: Served) -> Iterator[None]:
    made = ask(server.http_url, "CREATE TABLE numbers_kept (n UInt32, s String) ENGINE = MergeTree ORDER BY n")
    assert made.status == 200, made.text
    yield
    ask(server.http_url, "DROP TABLE numbers_kept")


@pytest.fixture
def client(server: Served) -> Iterator[Client]:
    made = clickhouse_connect.get_client(dsn=server.http_url, autogenerate_session_id=False)
    yield made
    made.close()


def test_clickhouse_gos_first_question_is_answered_in_its_framing(server: Served) -> None:
    reply = ask(
        server.http_url,
        "SELECT displayName(), version(), revision(), timezone()",
        default_format="Native",
        client_protocol_version="54460",
    )
    version = ask(server.http_url, "SELECT version()").body.strip()
    assert reply.body.startswith(b"\x01\x00\x02\xff\xff\xff\xff\x00\x04\x01\x0ddisplayName()\x06String\x00")
    assert b"revision()\x06UInt32\x00" + struct.pack("<I", 0) in reply.body
    assert b"version()\x06String\x00" + bytes([len(version)]) + version in reply.body


@pytest.mark.parametrize(
    ("statement", "block"),
    [
        ("SELECT toUInt8(1) AS a", b"\x01\x01\x01a\x05UInt8\x01"),
        ("SELECT toUInt8(1) AS a WHERE 0", b"\x01\x00\x01a\x05UInt8"),
        ("FROM system.one SELECT dummy WHERE 0", b"\x01\x00\x05dummy\x05UInt8"),
        ("SHOW TABLES LIKE 'nothing at all'", b"\x01\x00\x04name\x06String"),
    ],
)
def test_a_result_without_rows_has_its_columns(server: Served, statement: str, block: bytes) -> None:
    assert ask(server.http_url, f"{statement} FORMAT Native").body == block


def test_it_asks_and_gets_typed_values(client: Client) -> None:
    result = client.query(
        "SELECT {n:UInt8} AS n, {s:String} AS s, [1, 2] AS l, map('k', 1.5) AS m, toDecimal64('1.10', 2) AS d",
        parameters={"n": 7, "s": "it's\n\t\\ ü"},
    )
    assert list(result.named_results()) == [
        {"n": 7, "s": "it's\n\t\\ ü", "l": [1, 2], "m": {"k": 1.5}, "d": Decimal("1.10")}
    ]


def test_it_streams(client: Client) -> None:
    with client.query_rows_stream("SELECT number FROM numbers(300000)") as stream:
        assert sum(row[0] for row in stream) == 300_000 * 299_999 // 2


@pytest.mark.parametrize("compression", [False, "lz4", "zstd", "gzip"])
def test_it_inserts(server: Served, *, compression: str | bool) -> None:
    client = clickhouse_connect.get_client(dsn=server.http_url, compress=compression, autogenerate_session_id=False)
    client.insert("numbers_kept", [[number, f"row {number}"] for number in range(1_000)], column_names=["n", "s"])
    assert client.query("SELECT count(), max(s) FROM numbers_kept").result_rows == [(1_000, "row 999")]
    client.close()


def test_an_empty_result_has_no_rows_and_its_columns(client: Client) -> None:
    result = client.query("SELECT 1 AS a, 'x' AS b WHERE 0")
    assert (result.result_rows, result.column_names) == ([], ("a", "b"))


def test_an_error_carries_the_code(client: Client) -> None:
    with pytest.raises(DatabaseError, match=r"Code: 60\. .*UNKNOWN_TABLE"):
        client.query("SELECT * FROM nowhere")


def test_an_error_in_the_middle_of_a_result_is_raised(client: Client) -> None:
    with pytest.raises(ClickHouseError, match="broke off"):
        _ = client.query("SELECT number, throwIf(number = 1500000, 'broke off') FROM numbers(3000000)").result_rows


def test_it_runs_commands(client: Client) -> None:
    assert client.command("SELECT 1 + 1") == 2
    assert client.command("SHOW TABLES LIKE 'v_runs'") == "v_runs"


def test_forms_are_refused_in_words(server: Served) -> None:
    reply = ask(server.http_url, b"--x--", headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert (reply.status, reply.code) == (501, 48)
