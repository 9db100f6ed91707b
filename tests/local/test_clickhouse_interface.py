"""ClickHouse's HTTP interface, asked as curl asks."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from asking import Reply, ask, send

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


def test_it_says_that_it_is_there(server: Served) -> None:
    assert send(server.http_url, "/ping", method="GET").text == "Ok.\n"
    assert send(server.http_url, "/", method="GET").text == "Ok.\n"


def test_a_statement_may_stand_in_the_url_or_in_the_body(server: Served) -> None:
    assert ask(server.http_url, "", method="GET", query="SELECT 1").text == "1\n"
    assert ask(server.http_url, "", query="SELECT 2").text == "2\n"
    assert ask(server.http_url, "SELECT 3").text == "3\n"
    assert ask(server.http_url, "+ 3", query="SELECT 4").text == "7\n"
    assert ask(server.http_url, "SELECT 5;").text == "5\n"


@pytest.mark.parametrize(
    ("statement", "arguments", "headers"),
    [
        ("SELECT 1 AS a FORMAT JSONEachRow", {}, {}),
        ("SELECT 1 AS a FORMAT JSONEachRow SETTINGS max_threads = 1", {}, {}),
        ("SELECT 1 AS a", {"default_format": "JSONEachRow"}, {}),
        ("SELECT 1 AS a", {}, {"X-ClickHouse-Format": "JSONEachRow"}),
    ],
)
def test_the_format_is_what_was_asked_for(
    server: Served, statement: str, arguments: dict[str, str], headers: dict[str, str]
) -> None:
    reply = ask(server.http_url, statement, headers=headers, **arguments)
    assert (reply.text, reply.headers["X-ClickHouse-Format"]) == ('{"a":1}\n', "JSONEachRow")
    assert reply.headers["Content-Type"].startswith("application/x-ndjson")


def test_parameters_and_settings_come_from_the_url(server: Served) -> None:
    reply = ask(server.http_url, "SELECT {x:String}, getSetting('max_block_size')", param_x="it's", max_block_size="7")
    assert reply.text == "it\\'s\t7\n"


def test_settings_of_one_request_do_not_reach_the_next(server: Served) -> None:
    ask(server.http_url, "SELECT 1", max_block_size="7", database="system")
    assert ask(server.http_url, "SELECT getSetting('max_block_size'), currentDatabase()").text == "65409\tinvocation\n"


@pytest.mark.parametrize(
    ("statement", "status", "code", "words"),
    [
        ("SELEC 1", 400, 62, "Syntax error: failed at position 1 (SELEC)"),
        ("SELECT FROM WHERE", 400, 62, "Syntax error"),
        ("", 400, 62, "Empty query"),
        ("SELECT 1; SELECT 2", 400, 62, "Multi-statements are not allowed"),
        ("SELECT nothing", 404, 47, "UNKNOWN_IDENTIFIER"),
        ("SELECT * FROM nowhere", 404, 60, "UNKNOWN_TABLE"),
        ("SELECT nofunction(1)", 404, 46, "UNKNOWN_FUNCTION"),
        ("SELECT throwIf(1, 'so')", 500, 395, "so"),
        ("SELECT 1 FORMAT Nonsense", 404, 73, "UNKNOWN_FORMAT"),
        ("SELECT 1 FORMAT DataFrame", 404, 73, "UNKNOWN_FORMAT"),
        ("INSERT INTO nowhere FORMAT CSV\n1\n", 404, 60, "UNKNOWN_TABLE"),
        ("SELECT 1 SETTINGS nosetting = 1", 404, 115, "UNKNOWN_SETTING"),
    ],
)
def test_an_error_has_clickhouses_own_code_and_words(
    server: Served, statement: str, status: int, code: int, words: str
) -> None:
    reply = ask(server.http_url, statement)
    assert (reply.status, reply.code) == (status, code), reply.text
    assert reply.text.startswith(f"Code: {code}. DB::Exception: ")
    assert words in reply.text


def test_following_a_link_changes_nothing(server: Served) -> None:
    reply = ask(server.http_url, "", method="GET", query="INSERT INTO numbers_kept VALUES (1, 'x')")
    assert (reply.status, reply.code) == (500, 164)
    assert ask(server.http_url, "", method="GET", query="DROP TABLE numbers_kept", readonly="0").code == 164
    assert ask(server.http_url, "SELECT count() FROM numbers_kept").text == "0\n"


def test_a_summary_counts_what_was_written(server: Served) -> None:
    reply = ask(server.http_url, "INSERT INTO numbers_kept FORMAT CSV\n1,a\n2,b\n")
    assert json.loads(reply.headers["X-ClickHouse-Summary"])["written_rows"] == "2"


def test_a_large_result_comes_in_pieces_and_whole(server: Served) -> None:
    reply = ask(server.http_url, "SELECT number, toString(number) FROM numbers(2000000)")
    assert reply.headers["Transfer-Encoding"] == "chunked"
    assert reply.body.count(b"\n") == 2_000_000
    assert reply.body.endswith(b"\n1999999\t1999999\n")


def test_an_error_in_the_middle_of_a_result_is_told_at_its_end(server: Served) -> None:
    statement = "SELECT number, throwIf(number = 1500000, 'broke off') FROM numbers(3000000) SETTINGS max_threads = 1"
    reply = ask(server.http_url, statement)
    tag = reply.headers["X-ClickHouse-Exception-Tag"].encode()
    result, mark, late = reply.body.partition(b"\r\n__exception__\r\n" + tag + b"\r\n")
    message, _, count = late.removesuffix(b" " + tag + b"\r\n__exception__\r\n").rpartition(b"\n")
    assert reply.status == 200
    assert result.startswith(b"0\t0\n1\t0\n")
    assert mark
    assert message.startswith(b"Code: 395. DB::Exception: broke off")
    assert int(count) == len(message) + 1


def test_an_error_at_the_beginning_still_gets_its_status(server: Served) -> None:
    reply = ask(server.http_url, "SELECT throwIf(number = 10, 'early') FROM numbers(1000)")
    assert (reply.status, reply.code) == (500, 395)


def test_many_clients_are_served_at_once(server: Served) -> None:
    found: list[Reply] = []
    threads = [
        threading.Thread(target=lambda n=n: found.append(ask(server.http_url, f"SELECT {n}, sleep(0.2)")))
        for n in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reply.text for reply in found) == sorted(f"{n}\t0\n" for n in range(40))


def test_a_client_that_leaves_in_the_middle_disturbs_nobody(server: Served) -> None:
    parts = urlsplit(server.http_url)
    for request in (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 35\r\n\r\nSELECT * FROM numbers(100000000)   ",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nINSERT INTO t",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nSELE",
        b"nonsense\r\n\r\n",
    ):
        with socket.create_connection((parts.hostname or "", parts.port or 0)) as connection:
            connection.sendall(request)
            connection.settimeout(0.5)
            with suppress(TimeoutError):
                connection.recv(10)
    assert ask(server.http_url, "SELECT 1").text == "1\n"


def test_a_session_that_would_be_forgotten_is_refused_in_words(server: Served) -> None:
    """clickhouse-connect sends a session with every request; only what would silently do nothing is refused."""
    reply = ask(server.http_url, "SET max_block_size = 7", session_id="x")
    assert (reply.status, reply.code) == (501, 48)
    assert "Sessions are not kept here: give settings with each request." in reply.text
    assert ask(server.http_url, "SELECT 1", session_id="x").text == "1\n"


def test_a_link_may_carry_settings_and_parameters(server: Served) -> None:
    reply = ask(
        server.http_url,
        "",
        method="GET",
        query="SELECT {x:UInt8}, getSetting('max_block_size')",
        param_x="5",
        max_block_size="7",
    )
    assert reply.text == "5\t7\n"
