"""Who is let in: whoever knows the password, and no web page."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path

import clickhouse_connect
import pytest
from asking import ask, send
from clickhouse_connect.driver.exceptions import DatabaseError

from invocation_otel.errors import SettingsError
from invocation_otel.local import LocalServer
from invocation_otel.store.client import open_store
from migrated_folder import migrated
from processes import Served, served

PASSWORD = "pä:ss/w@rd 1"
ENCODED = "p%C3%A4%3Ass%2Fw%40rd%201"
BASIC = "Basic " + b64encode(f"default:{PASSWORD}".encode()).decode()


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(migrated(tmp_path_factory.mktemp("locked") / "store"), password=PASSWORD) as running:
        yield running


@pytest.fixture(scope="module")
def unlocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(migrated(tmp_path_factory.mktemp("unlocked") / "store")) as running:
        yield running


@pytest.mark.parametrize(
    ("headers", "arguments"),
    [
        ({"Authorization": BASIC}, {}),
        ({"Authorization": "Basic " + b64encode(f":{PASSWORD}".encode()).decode()}, {}),
        ({"X-ClickHouse-User": "default", "X-ClickHouse-Key": PASSWORD.encode().decode("latin-1")}, {}),
        ({}, {"user": "default", "password": PASSWORD}),
        ({}, {"password": PASSWORD}),
    ],
)
def test_the_password_opens(locked: Served, headers: Mapping[str, str], arguments: Mapping[str, str]) -> None:
    reply = ask(locked.http_url, "SELECT 1", headers=headers, **arguments)
    assert (reply.status, reply.text) == (200, "1\n")


@pytest.mark.parametrize(
    ("headers", "arguments"),
    [
        ({}, {}),
        ({"Authorization": "Basic " + b64encode(b"default:wrong").decode()}, {}),
        ({"Authorization": "Basic " + b64encode(f"root:{PASSWORD}".encode()).decode()}, {}),
        ({"Authorization": "Basic not base64!"}, {}),
        ({"Authorization": "Bearer x"}, {}),
        ({"X-ClickHouse-User": "default", "X-ClickHouse-Key": "wrong"}, {}),
        ({"X-ClickHouse-User": "default"}, {"password": PASSWORD}),
        ({}, {"user": "default", "password": "wrong"}),
        ({}, {"user": "root", "password": PASSWORD}),
    ],
)
def test_nothing_else_opens(locked: Served, headers: Mapping[str, str], arguments: Mapping[str, str]) -> None:
    reply = ask(locked.http_url, "SELECT 1", headers=headers, **arguments)
    assert (reply.status, reply.code) == (401, 516)
    assert reply.headers["WWW-Authenticate"] == 'Basic realm="invocation-otel"'
    assert reply.text == (
        "Code: 516. DB::Exception: Authentication failed: password is incorrect, "
        "or there is no user with such name. (AUTHENTICATION_FAILED)\n"
    )


def test_spans_need_the_password_too(locked: Served) -> None:
    headers = {"Content-Type": "application/x-protobuf"}
    refused = send(locked.otlp_url, "/v1/traces", headers=headers)
    assert (refused.status, b"Authorization: Basic" in refused.body) == (401, True)
    assert send(locked.otlp_url, "/v1/traces", headers={**headers, "Authorization": BASIC}).status == 200


def test_being_there_is_no_secret(locked: Served) -> None:
    assert send(locked.http_url, "/ping", method="GET").status == 200
    assert send(locked.otlp_url, "/health", method="GET").status == 200


def test_the_url_in_the_note_has_the_password(locked: Served) -> None:
    assert f"//default:{ENCODED}@127.0.0.1:" in locked.http_url
    with open_store(locked.http_url) as store:
        assert store.rows("SELECT 1 AS one") == [{"one": 1}]


def test_clickhouse_connect_is_told_that_its_password_is_wrong(locked: Served) -> None:
    with pytest.raises(DatabaseError, match="Code: 516"):
        clickhouse_connect.get_client(dsn=locked.http_url.replace(ENCODED, "wrong"))


def test_without_a_password_only_the_user_matters(unlocked: Served) -> None:
    assert ask(unlocked.http_url, "SELECT 1", user="default", password="anything").status == 200
    assert ask(unlocked.http_url, "SELECT 1", user="root").code == 516


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Host": "evil.example:8123"}, "The Host header names 'evil.example'"),
        ({"Host": "127.0.0.1.evil.example"}, "The Host header names '127.0.0.1.evil.example'"),
        ({"Host": "192.168.0.7:8123"}, "The Host header names '192.168.0.7'"),
        ({"Host": "[bad"}, "The Host header names '[bad'"),
        ({"Origin": "https://evil.example"}, "this one comes from 'https://evil.example'"),
        ({"Origin": "http://localhost:3000"}, "this one comes from 'http://localhost:3000'"),
        ({"Origin": "null"}, "this one comes from 'null'"),
        ({"Sec-Fetch-Site": "cross-site"}, "this one comes from another site"),
        ({"Sec-Fetch-Site": "same-site"}, "this one comes from another site"),
    ],
)
def test_a_web_page_cannot_use_the_browser_to_reach_the_server(
    unlocked: Served, headers: Mapping[str, str], words: str
) -> None:
    reply = ask(unlocked.http_url, "SELECT 1", headers=headers)
    assert (reply.status, reply.code, words in reply.text) == (403, 497, True), reply.text
    spans = send(unlocked.otlp_url, "/v1/traces", headers={"Content-Type": "application/json", **headers}, body=b"{}")
    assert (spans.status, words in spans.text) == (403, True)


@pytest.mark.parametrize("host", ["localhost:8123", "127.0.0.1", "[::1]:8123", "LOCALHOST"])
def test_a_program_on_this_machine_reaches_the_server_by_any_of_its_names(unlocked: Served, host: str) -> None:
    assert ask(unlocked.http_url, "SELECT 1", headers={"Host": host}).text == "1\n"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "example.org", ""])  # noqa: S104 - refused
def test_an_open_host_needs_a_password(tmp_path: Path, host: str) -> None:
    with pytest.raises(SettingsError, match=r"no password is set\. Set INVOCATION_PASSWORD, or listen on 127\.0"):
        LocalServer(tmp_path / "store", host=host).start()
    assert list(tmp_path.iterdir()) == []


def test_an_empty_password_is_none(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="INVOCATION_PASSWORD is empty"):
        LocalServer(tmp_path / "store", password="").start()
