"""One way to every store, and a plain word when there is none."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from invocation_otel.errors import InvocationError, SettingsError, StoreError
from invocation_otel.store.client import Store, open_store
from own_process import in_process, outcome

ACCEPTED = (
    r"Expected http://user:password@host:8123/invocation, https://host:8443/invocation or file:///absolute/folder\."
)


def test_a_row_has_its_columns_names_and_types(store: Store) -> None:
    asked = "{text:String} AS text, {number:UInt8} AS number, toDecimal64('0.000000001', 9) AS cost, NULL AS nothing"
    [row] = store.rows(f"SELECT {asked}, now('UTC') AS at", {"text": 'it\'s \\ "quoted" \n', "number": 7})
    assert row["at"].utcoffset().total_seconds() == 0
    del row["at"]
    assert row == {"text": 'it\'s \\ "quoted" \n', "number": 7, "cost": Decimal("0.000000001"), "nothing": None}


def test_an_answer_without_rows_is_an_empty_list(store: Store) -> None:
    assert store.rows("SELECT 1 AS one WHERE {no:UInt8} = 1", {"no": 0}) == []


def test_inserting_no_rows_does_nothing(store: Store) -> None:
    store.insert("otel_traces", [])


def test_a_statement_takes_parameters_too(store: Store) -> None:
    store.run("CREATE TABLE statements (n UInt8) ENGINE = Memory")
    store.run("INSERT INTO statements SELECT {number:UInt8}", {"number": 7})
    assert store.rows("SELECT n FROM statements") == [{"n": 7}]
    store.run("DROP TABLE statements")


def test_a_bad_query_gets_clickhouse_s_own_error_and_code(store: Store) -> None:
    with pytest.raises(StoreError, match=r"(?s)^Code: 62\. DB::Exception: Syntax error: .*\(SYNTAX_ERROR\)$"):
        store.rows("SELEC 1")


@pytest.mark.parametrize("sql", ["SELECT * FROM runs_of_tomorrow", "SELECT * FROM tomorrow.runs"])
def test_a_missing_table_says_to_migrate(store: Store, sql: str) -> None:
    with pytest.raises(StoreError, match=r"^Code: (60|81)\. .* Run `invocation-otel migrate`"):
        store.rows(sql)


def test_a_block_that_cannot_be_read_is_refused_whole(store: Store) -> None:
    with pytest.raises(StoreError, match=r"^Code: \d+\."):
        store.insert("migrations", [{"name": "half"}, {"name": "other", "applied_at": "never"}])
    assert store.rows("SELECT * FROM migrations WHERE name IN ('half', 'other')") == []


def test_several_threads_ask_at_the_same_time(store: Store) -> None:
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(store.rows("SELECT 1 AS n")[0]["n"])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [1] * 8


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://host/x", r"its scheme is 'ftp'"),
        ("", r"it has no scheme"),
        ("localhost", r"it has no scheme"),
        ("http:///invocation", r"it names no host"),
        ("http://host:port/", r"Port could not be cast"),
        ("http://[::1/", r"Invalid IPv6 URL"),
        ("http://host/my-data", r"its database 'my-data' is not a plain name"),
        ("http://host/a/b", r"its database 'a/b' is not a plain name"),
        ("http://host/x%27%3B", r"its database \"x';\" is not a plain name"),
        ("http://host/x?verify=0", r"it has a part after '\?' or '#'"),
        ("file://folder/x", r"its folder is not absolute"),
        ("file:folder", r"its folder is not absolute"),
    ],
)
def test_a_url_that_names_no_store_is_refused(url: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=rf"^The store's URL is .*, but {reason}.*{ACCEPTED}"):
        open_store(url)


def test_a_refused_url_does_not_show_its_password() -> None:
    with pytest.raises(SettingsError, match=r"'http://ann:\*\*\*@host/a-b'"):
        open_store("http://ann:se:cr@t@host/a-b")


def test_a_server_that_is_not_there_is_named_with_the_next_step() -> None:
    with pytest.raises(
        StoreError, match=r"^Nothing answers at http://127\.0\.0\.1:9\. Start it with `invocation-otel serve`"
    ):
        open_store("http://ann:secret@127.0.0.1:9/invocation")


def test_a_second_folder_in_one_process_is_refused(store: Store, tmp_path: Path) -> None:
    assert store.rows("SELECT 1 AS n") == [{"n": 1}]
    with pytest.raises(StoreError, match=r"^This process already has the store in '.*' open, .*Close the first"):
        open_store(tmp_path.as_uri())


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"/file/store' cannot be used: Not a directory\."):
        open_store((tmp_path / "file" / "store").as_uri())


def test_a_store_is_private_and_its_path_may_hold_spaces(tmp_path: Path) -> None:
    folder = tmp_path / "my store ü"
    code = """
        with open_store(sys.argv[1]) as store:
            migrate(store)
            print(store.rows("SELECT currentDatabase() AS name"))
        """
    assert outcome(in_process(code, folder.as_uri())) == "[{'name': 'invocation'}]"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "clickhouse").is_dir()


def test_two_who_migrate_at_the_same_time_do_no_harm(tmp_path: Path) -> None:
    code = """
        import threading
        stores = [open_store(sys.argv[1]) for _ in range(2)]
        threads = [threading.Thread(target=migrate, args=(store,)) for store in stores]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        print(migrate(stores[0]), stores[1].rows("SELECT count() = uniqExact(name) AS once FROM migrations FINAL"))
        """
    assert outcome(in_process(code, tmp_path.as_uri())) == "[] [{'once': 1}]"


def test_without_the_engine_the_extra_is_named(tmp_path: Path) -> None:
    code = "sys.modules['chdb'] = None\nopen_store(sys.argv[1])"
    told = outcome(in_process(code, tmp_path.as_uri()))
    assert told.startswith("invocation_otel.errors.MissingExtraError: The store in ")
    assert "`pip install 'invocation-otel[local]'`" in told


OPEN = "with open_store(sys.argv[1]): print('opened')"

HOLD = """
    with open_store(sys.argv[1]) as store:
        print("held", flush=True)
        sys.stdin.readline()
    """


@pytest.fixture
def held_folder(tmp_path: Path) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    """A folder that another process holds until it reads a line."""
    with in_process(HOLD, tmp_path.as_uri()) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield tmp_path, holder
        holder.send_signal(signal.SIGTERM)


def test_a_folder_that_stays_held_is_named_with_its_holder(held_folder: tuple[Path, subprocess.Popen[str]]) -> None:
    folder, holder = held_folder
    told = outcome(in_process(OPEN, folder.as_uri()))
    assert told.startswith("invocation_otel.errors.StoreBusyError: The store in ")
    assert f"held by process {holder.pid}, which has not let go for 5 s" in told


def test_a_folder_that_is_let_go_is_waited_for(held_folder: tuple[Path, subprocess.Popen[str]]) -> None:
    folder, holder = held_folder
    waiting = in_process(OPEN, folder.as_uri())
    assert holder.stdin is not None
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(timeout=1.5)
    holder.stdin.write("\n")
    holder.stdin.flush()
    assert outcome(waiting) == "opened"


def test_several_who_open_a_folder_at_the_same_moment_all_get_it(tmp_path: Path) -> None:
    """The engine refuses all but the first, and does not say that this was the reason."""
    assert [outcome(process) for process in [in_process(OPEN, tmp_path.as_uri()) for _ in range(4)]] == ["opened"] * 4


def test_a_process_that_waits_gives_each_holder_its_time(tmp_path: Path) -> None:
    """Three hold the folder for three seconds each: longer together than anyone waits for one."""
    hold = "import time\nwith open_store(sys.argv[1]): time.sleep(3)\nprint('opened')"
    assert [outcome(process) for process in [in_process(hold, tmp_path.as_uri()) for _ in range(4)]] == ["opened"] * 4


class _Server(BaseHTTPRequestHandler):
    """Says that it lives, and refuses every question with a code that only it gives."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def do_POST(self) -> None:
        self.send_response(401)
        self.send_header("X-ClickHouse-Exception-Code", "516")
        self.end_headers()
        self.wfile.write(b"Code: 516. DB::Exception: ann: Authentication failed. (AUTHENTICATION_FAILED)")

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server_url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Server) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://ann:secret@127.0.0.1:{server.server_port}/invocation"
        server.shutdown()
        thread.join()


def test_a_wrong_password_is_told_with_the_next_step(server_url: str) -> None:
    with pytest.raises(StoreError, match=r"^Code: 516\..*Check the user and the password in INVOCATION_URL\.$"):
        open_store(server_url)


def test_a_folder_that_is_served_is_asked_for_over_http(server_url: str, tmp_path: Path) -> None:
    # Its process is the one that started the tests: alive, and not this one.
    (tmp_path / "serve.json").write_text(json.dumps({"url": server_url, "pid": os.getppid()}))
    with pytest.raises(StoreError, match=r"^Code: 516\."):
        open_store(tmp_path.as_uri())


def test_a_stale_word_of_a_server_is_ignored(server_url: str, tmp_path: Path) -> None:
    """Nobody answers, or its process is dead and its port somebody else's, or it is no such word at all."""
    stale: list[object] = [
        {"url": "http://127.0.0.1:9/invocation", "pid": os.getppid()},
        {"url": server_url, "pid": 2**22 + 1},
        {"url": server_url},
        {"url": "nowhere", "pid": os.getppid()},
        {"url": "file:///tmp", "pid": os.getppid()},
        "?",
        [],
    ]
    code = """
        import json, pathlib
        for said in json.loads(sys.argv[2]):
            pathlib.Path(sys.argv[3]).write_text(json.dumps(said))
            open_store(sys.argv[1]).close()
        print("opened")
        """
    arguments = (tmp_path.as_uri(), json.dumps(stale), str(tmp_path / "serve.json"))
    assert outcome(in_process(code, *arguments)) == "opened"


def test_every_error_of_the_store_is_one_of_ours() -> None:
    assert issubclass(StoreError, InvocationError)
