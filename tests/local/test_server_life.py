"""How a server starts and ends, and what is left of its data however it ended."""

import json
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from asking import Reply, ask, rows, send
from odd_spans import odd_request

from invocation_otel.errors import SettingsError, StoreBusyError, StoreError
from invocation_otel.local import LocalServer
from processes import served

PROTOBUF = {"Content-Type": "application/x-protobuf"}
COUNT = "SELECT count() FROM kept"


def _keep_spans(url: str) -> None:
    ask(url, "CREATE TABLE kept ENGINE = MergeTree ORDER BY SpanName AS SELECT * FROM otel_traces")
    ask(url, "CREATE MATERIALIZED VIEW keep TO kept AS SELECT * FROM otel_traces")


def test_the_folder_says_that_it_is_served_until_it_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "a folder" / "ü & more"
    with served(folder) as server:
        note = folder / "serve.json"
        assert json.loads(note.read_text()) == {"url": server.http_url, "pid": server.process.pid}
        assert stat.S_IMODE(note.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert sorted(file.name for file in folder.iterdir()) == ["clickhouse", "serve.json"]
    assert [file.name for file in folder.iterdir()] == ["clickhouse"]


def test_a_restart_keeps_what_was_stored(tmp_path: Path) -> None:
    body = odd_request().SerializeToString()
    with served(tmp_path / "store") as server:
        _keep_spans(server.http_url)
        assert send(server.otlp_url, "/v1/traces", body=body, headers=PROTOBUF).status == 200
        stored = rows(server.http_url, "SELECT * FROM kept ORDER BY ALL")
    assert len(stored) > 50
    with served(tmp_path / "store") as server:
        assert rows(server.http_url, "SELECT * FROM kept ORDER BY ALL") == stored


def test_whatever_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    body = odd_request().SerializeToString()
    acknowledged = 1
    with served(tmp_path / "store") as server:
        _keep_spans(server.http_url)
        assert send(server.otlp_url, "/v1/traces", body=body, headers=PROTOBUF).status == 200
        killer = threading.Timer(1.0, server.process.kill)
        killer.start()
        try:
            while send(server.otlp_url, "/v1/traces", body=body, headers=PROTOBUF).status == 200:
                acknowledged += 1
        except OSError:
            killer.join()
    spans = sum(len(s.spans) for r in odd_request().resource_spans for s in r.scope_spans)
    with served(tmp_path / "store") as server:
        stored = int(ask(server.http_url, COUNT).text)
        files = sorted(file.name for file in (tmp_path / "store").iterdir())
    # One request more may have been stored whose answer the kill cut off.
    assert stored in {acknowledged * spans, (acknowledged + 1) * spans}
    assert files == ["clickhouse", "serve.json"]


def test_a_request_under_way_is_answered_before_the_server_stops(tmp_path: Path) -> None:
    replies: list[Reply] = []
    with served(tmp_path / "store") as server:
        asking = threading.Thread(target=lambda: replies.append(ask(server.http_url, "SELECT sleep(1)")))
        asking.start()
        time.sleep(0.4)
        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(10) == 0
        assert time.monotonic() - started < 3
        asking.join()
    assert [(reply.status, reply.text) for reply in replies] == [(200, "0\n")]


ASKED_AT_THE_WORST_MOMENT = """
import signal, sys, time
from pathlib import Path
from invocation_otel.local.server import serve

def profile(frame, event, what):
    # While a lock is held by whoever waits for an event, or just before the next short sleep.
    in_lock = event == "call" and frame.f_code.co_name == "_release_save"
    if in_lock or (event == "c_call" and what is time.sleep and frame.f_code.co_name == "wait_until_stopped"):
        sys.setprofile(None)
        signal.raise_signal(signal.SIGTERM)

def handle(number, handler, original=signal.signal):
    original(number, handler)
    if number == signal.SIGTERM:  # earlier it would take long to start
        sys.setprofile(profile)

signal.signal = handle
serve(folder=Path(sys.argv[1]), host="127.0.0.1", otlp_port=0, http_port=0, password=None)
"""


def test_a_signal_is_heard_wherever_the_server_is(tmp_path: Path) -> None:
    """A handler that takes the lock of the event that is waited for hangs for ever; seen once in a thousand ends."""
    done = subprocess.run(
        [sys.executable, "-c", ASKED_AT_THE_WORST_MOMENT, str(tmp_path / "store")], timeout=30, check=False
    )
    assert done.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_silent_and_busy_clients_do_not_hold_up_the_end(tmp_path: Path, number: signal.Signals) -> None:
    with served(tmp_path / "store") as server:
        host, port = server.otlp_url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as silent, socket.create_connection((host, int(port))) as slow:
            slow.sendall(b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx")
            time.sleep(0.2)
            started = time.monotonic()
            server.process.send_signal(number)
            assert server.process.wait(10) == 0
            assert time.monotonic() - started < 3
            assert silent.recv(1) == b""


def test_a_second_server_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with served(folder, password="secret") as first:
        with pytest.raises(StoreBusyError) as caught:
            LocalServer(folder, otlp_port=0, http_port=0).start()
        address = first.http_url.partition("@")[2]
        assert str(caught.value) == (
            f"The store in {str(folder)!r} is held by process {first.process.pid}, a server at http://{address}. "
            "Use that server, end it, or serve another folder."
        )
        # The first one's note is still there.
        assert json.loads((folder / "serve.json").read_text())["pid"] == first.process.pid


def test_a_note_left_by_a_killed_server_holds_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with served(folder) as server:
        server.process.kill()
        server.process.wait()
    assert (folder / "serve.json").exists()
    with served(folder) as server:
        assert json.loads((folder / "serve.json").read_text())["pid"] == server.process.pid


@pytest.mark.parametrize("name", ["http_port", "otlp_port"])
def test_a_busy_port_is_told_before_the_engine_starts(tmp_path: Path, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ports = {"http_port": 0, "otlp_port": 0} | {name: port}
        with pytest.raises(SettingsError) as caught:
            LocalServer(tmp_path / "store", **ports).start()
    assert str(caught.value) == (
        f"Port {port} of 127.0.0.1 is in use by another program. End that program, or choose another port "
        f"with --{name.replace('_', '-')}."
    )
    assert list((tmp_path / "store").iterdir()) == []


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("nowhere.invalid", 0)])
def test_an_address_that_cannot_be_had_is_told(tmp_path: Path, host: str, port: int) -> None:
    with pytest.raises(SettingsError, match=f"Cannot listen on port {port} of '{host}'"):
        LocalServer(tmp_path / "store", host=host, http_port=port, otlp_port=0, password="x").start()


def test_a_missing_extra_is_told(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['chdb'] = None\n"
        "from invocation_otel.cli import main\n"
        "sys.exit(main(['serve', '--url', sys.argv[1]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, (tmp_path / "store").as_uri()], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (
        1,
        "invocation-otel: `invocation-otel serve` needs chdb. Run `pip install 'invocation-otel[local]'`.\n",
    )


def test_a_process_can_serve_stop_and_serve_again(tmp_path: Path) -> None:
    """Also another folder: the engine of the first must be gone by then."""
    code = """
import sys, urllib.request
from pathlib import Path
from invocation_otel.local import LocalServer
for name in ("a", "a", "b"):
    with LocalServer(Path(sys.argv[1]) / name, otlp_port=0, http_port=0) as server:
        address = server.http_url.removesuffix("/invocation")
        query = urllib.request.Request(address, data=b"SELECT count() FROM migrations")
        with urllib.request.urlopen(query) as answer:
            print(int(answer.read()) > 20)
"""
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\nTrue\nTrue\n", "")


def test_a_folder_opened_without_safeguards_is_not_served(tmp_path: Path) -> None:
    """Whoever opens the engine first in a process decides on its grants."""
    code = """
import sys
from pathlib import Path
from invocation_otel.errors import StoreBusyError
from invocation_otel.local import LocalServer
from invocation_otel.store.client import open_store
folder = Path(sys.argv[1])
with open_store(folder.as_uri()) as store:
    try:
        LocalServer(folder, otlp_port=0, http_port=0).start()
    except StoreBusyError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "s"], capture_output=True, text=True, check=False)
    assert done.stdout == (
        f"This process has the store in {str(tmp_path / 's')!r} open already, without the server's safeguards. "
        "Close it before the server starts, or use another process.\n"
    ), done.stderr


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"cannot be used: Not a directory\. Choose one you may write to\."):
        LocalServer(tmp_path / "file" / "store", otlp_port=0, http_port=0).start()


def test_more_clients_than_it_can_serve_are_turned_away_and_the_others_served(tmp_path: Path) -> None:
    with served(tmp_path / "store") as server:
        host, port = server.http_url.removeprefix("http://").removesuffix("/invocation").split(":")
        admitted = [socket.create_connection((host, int(port))) for _ in range(256)]
        with socket.create_connection((host, int(port)), timeout=10) as one_too_many:
            assert one_too_many.recv(1) == b""
        admitted[0].sendall(b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert admitted[0].recv(100).startswith(b"HTTP/1.1 200")
        for connection in admitted:
            connection.close()
        time.sleep(0.3)
        assert ask(server.http_url, "SELECT 1").text == "1\n"


def test_a_client_that_falls_silent_is_let_go(tmp_path: Path) -> None:
    code = """
import socket, sys, time
from pathlib import Path
from invocation_otel.local import LocalServer
from invocation_otel.local.connections import Handler
Handler.timeout = 0.3
with LocalServer(Path(sys.argv[1]), otlp_port=0, http_port=0) as server:
    host, port = server.otlp_url.removeprefix("http://").split(":")
    for silence in (b"", b"POST /v1/traces HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Length: 9\\r\\n\\r\\nx"):
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(silence)
            print(connection.recv(1))
"""
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "s"], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("b''\nb''\n", "")
