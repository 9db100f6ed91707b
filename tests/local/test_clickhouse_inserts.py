"""Data sent to ClickHouse's HTTP interface: wherever it stands, however it is compressed."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator

import lz4.frame
import pytest
import zstandard
from asking import ask, rows, send

from invocation_otel.local.body import Body
from invocation_otel.local.compression import decoded
from invocation_otel.local.frames import FrameCompressor, FrameReader
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


def test_a_database_can_be_chosen(server: Served) -> None:
    assert ask(server.http_url, "SELECT currentDatabase()", database="system").text == "system\n"
    by_header = ask(server.http_url, "SELECT currentDatabase()", headers={"X-ClickHouse-Database": "system"})
    assert by_header.text == "system\n"


def test_an_unknown_database_path_or_setting_is_told(server: Served) -> None:
    assert ask(server.http_url, "SELECT 1", database="nowhere").code == 81
    assert ask(server.http_url, "SELECT 1", nosetting="1").code == 115
    assert send(server.http_url, "/?no-setting=1", body=b"SELECT 1").code == 115
    reply = send(server.http_url, "/invocation?query=SELECT+1", method="GET")
    assert (reply.status, reply.text) == (
        404,
        "There is no handle /invocation. Ask at /?query=…, or POST the statement to /.\n",
    )


@pytest.mark.parametrize(
    ("statement", "body"),
    [
        ("", b"INSERT INTO numbers_kept FORMAT CSV\n1,a\n2,b\n"),
        ("", b"INSERT INTO numbers_kept (n, s) SETTINGS max_threads = 1 FORMAT CSV\r\n1,a\n2,b\n"),
        ("", b"INSERT INTO numbers_kept VALUES (1, 'a'), (2, 'b')"),
        ("", b"INSERT INTO numbers_kept SELECT 1, 'a' UNION ALL SELECT 2, 'b'"),
        ("INSERT INTO numbers_kept FORMAT CSV", b"1,a\n2,b\n"),
        ("INSERT INTO numbers_kept FORMAT TSV", b"1\ta\n2\tb\n"),
        ("INSERT INTO numbers_kept FORMAT RowBinary", b"\x01\0\0\0\x01a\x02\0\0\0\x01b"),
        ("INSERT INTO numbers_kept FORMAT Values", b"(1, 'a'), (2, 'b')"),
        ("INSERT INTO numbers_kept VALUES", b"(1, 'a'), (2, 'b')"),
        ("INSERT INTO", b"numbers_kept FORMAT CSV\n1,a\n2,b\n"),
        ("", b"-- FORMAT CSV\nINSERT /* FORMAT */ INTO `numbers_kept` FORMAT CSV\n1,a\n2,b\n"),
    ],
)
def test_data_may_stand_wherever_clickhouse_takes_it(server: Served, statement: str, body: bytes) -> None:
    reply = ask(server.http_url, body, query=statement)
    assert (reply.status, reply.text) == (200, "")
    assert rows(server.http_url, "SELECT * FROM numbers_kept ORDER BY n") == [[1, "a"], [2, "b"]]


def test_binary_data_behind_a_long_head_arrives_unchanged(server: Served) -> None:
    head = f"INSERT INTO numbers_kept /* {'long ' * 2000} */ FORMAT RowBinary\n".encode()
    value = bytes(range(256)) * 8
    ask(server.http_url, head + b"\x01\0\0\0" + b"\x80\x10" + value)
    assert rows(server.http_url, "SELECT n, hex(s) FROM numbers_kept") == [[1, value.hex().upper()]]


def test_a_failing_insert_tells_the_code_and_stores_nothing(server: Served) -> None:
    lines = "".join(f"{number},x\n" for number in range(200_000))
    reply = ask(server.http_url, f"INSERT INTO numbers_kept FORMAT CSV\n{lines}oops,x\n")
    assert reply.status == 400
    assert reply.code in {27, 72}
    assert ask(server.http_url, "SELECT count() FROM numbers_kept").text == "0\n"


def test_a_failing_view_fails_the_insert(server: Served) -> None:
    """With chDB's own way to stream an insert, this one would report success and drop the rows."""
    ask(server.http_url, "CREATE TABLE target (n UInt32) ENGINE = MergeTree ORDER BY n")
    ask(
        server.http_url,
        "CREATE MATERIALIZED VIEW broken TO target AS SELECT throwIf(n = 2, 'two') + n AS n FROM numbers_kept",
    )
    try:
        reply = ask(server.http_url, "INSERT INTO numbers_kept FORMAT CSV\n1,a\n2,b\n")
        assert (reply.status, reply.code) == (500, 395)
        assert "two" in reply.text
    finally:
        ask(server.http_url, "DROP TABLE broken")
        ask(server.http_url, "DROP TABLE target")


def test_the_same_block_sent_twice_is_stored_once(server: Served) -> None:
    ask(
        server.http_url,
        "CREATE TABLE once (n UInt32) ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 100",
    )
    data = "INSERT INTO once FORMAT CSV\n" + "".join(f"{number}\n" for number in range(100_000))
    assert [ask(server.http_url, data).status for _ in range(3)] == [200, 200, 200]
    assert ask(server.http_url, "SELECT count() FROM once").text == "100000\n"


def test_expressions_among_values_are_refused(server: Served) -> None:
    reply = ask(server.http_url, "INSERT INTO numbers_kept VALUES (1 + 1, 'x')")
    assert (reply.code, "Interpreting expressions is disabled" in reply.text) == (344, True)


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.compress,
    "lz4": lz4.frame.compress,
    "identity": bytes,
}
DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
    "lz4": lz4.frame.decompress,
}


@pytest.mark.parametrize("encoding", COMPRESS)
def test_a_request_may_be_compressed(server: Served, encoding: str) -> None:
    data = b"".join(b"%d,%s\n" % (number, b"x" * 50) for number in range(20_000))
    body = COMPRESS[encoding](b"INSERT INTO numbers_kept FORMAT CSV\n" + data)
    reply = ask(server.http_url, body, headers={"Content-Encoding": encoding})
    assert reply.status == 200, reply.text
    assert ask(server.http_url, "SELECT count(), sum(length(s)) FROM numbers_kept").text == "20000\t1000000\n"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "lz4"])
def test_a_request_whose_compression_is_broken_stores_nothing(server: Served, encoding: str) -> None:
    body = COMPRESS[encoding](b"INSERT INTO numbers_kept FORMAT CSV\n" + b"1,a\n" * 9_000)
    for broken in (body[:-6], b"nonsense"):
        reply = ask(server.http_url, broken, headers={"Content-Encoding": encoding})
        assert (reply.status, reply.code) == (500, 271), reply.text
    assert ask(server.http_url, "SELECT count() FROM numbers_kept").text == "0\n"


def test_an_unknown_compression_is_told(server: Served) -> None:
    reply = ask(server.http_url, b"x", headers={"Content-Encoding": "br"})
    assert "The Content-Encoding 'br' is not known; use gzip, deflate, zstd, lz4 or none." in reply.text


@pytest.mark.parametrize("encoding", DECOMPRESS)
@pytest.mark.parametrize("count", [3, 500_000])
def test_an_answer_is_compressed_when_the_client_asks(server: Served, encoding: str, count: int) -> None:
    reply = ask(
        server.http_url,
        "SELECT number FROM numbers({count:UInt32})",
        headers={"Accept-Encoding": f"br, {encoding};q=0.9"},
        enable_http_compression="1",
        param_count=str(count),
    )
    assert reply.headers["Content-Encoding"] == encoding
    assert DECOMPRESS[encoding](reply.body) == b"".join(b"%d\n" % number for number in range(count))


@pytest.mark.parametrize("count", [3, 500_000])
def test_clickhouses_own_frames_are_read_and_written(server: Served, count: int) -> None:
    statement = FrameCompressor().compress(b"SELECT number FROM numbers({count:UInt32})")
    reply = ask(server.http_url, statement, decompress="1", compress="1", param_count=str(count))
    plain = _unframed(reply.body)
    assert plain == b"".join(b"%d\n" % number for number in range(count))


def test_a_corrupted_frame_is_told(server: Served) -> None:
    frame = bytearray(FrameCompressor().compress(b"SELECT 1"))
    frame[-1] ^= 1
    assert ask(server.http_url, bytes(frame), decompress="1").code == 40
    assert ask(server.http_url, bytes(frame[:-3]), decompress="1").code == 33


def _unframed(body: bytes) -> bytes:
    reader, pieces = FrameReader(io.BytesIO(body)), []
    while piece := reader.read(1 << 20):
        pieces.append(piece)
    return b"".join(pieces)


def test_a_decompressed_body_is_never_larger_than_asked_for() -> None:
    """A few kilobytes of zeros must not become a gigabyte in memory at once."""
    for encoding, compress in COMPRESS.items():
        body = compress(b"\0" * 5_000_000)
        source = decoded(Body(io.BytesIO(body), length=len(body), chunked=False), encoding)
        sizes = []
        while piece := source.read(1 << 16):
            sizes.append(len(piece))
        assert sum(sizes) == 5_000_000
        assert max(sizes) <= 1 << 18
