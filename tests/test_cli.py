"""The command `invocation-otel` as a user calls it: what it says when something is wrong, and what it sets."""

import shlex
from pathlib import Path

import pytest

from invocation_otel.cli import main
from processes import served

MOMENTS = (
    "expected a day (2026-11-22), a time (2026-11-22T14:30, with +01:00 or Z behind it for another zone than this "
    "machine's), an age (30m, 24h, 7d, 2w), today or yesterday.\n"
)
NEEDS_A_FOLDER = "this command needs a folder to keep the data in: file:///folder.\n"
NEEDS_A_PASSWORD = (
    "which other machines can reach, but no password is set. Set INVOCATION_PASSWORD, or listen on 127.0.0.1.\n"
)


def said(command: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code and the output of *command*, of both streams."""
    code = main(shlex.split(command))
    output = capsys.readouterr()
    return code, output.out + output.err


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("reprice --since soon", f"--since is 'soon'; {MOMENTS}"),
        ("reprice --until 2026-13-01", f"--until is '2026-13-01'; {MOMENTS}"),
        (
            "runs --status bad",
            "--status is 'bad'; expected one of success, failed, timeout, cancelled, running, lost.\n",
        ),
        ("serve --url http://host:8123/invocation", f"The URL is 'http://host:8123/invocation'; {NEEDS_A_FOLDER}"),
        ("serve --host 0.0.0.0", f"The host is '0.0.0.0', {NEEDS_A_PASSWORD}"),
        ("exec", "There is no command; write it after two dashes: invocation-otel exec -- python app.py.\n"),
        ("files prune --tenant acme", "INVOCATION_FILES is off; set it to where the copies of files are.\n"),
    ],
)
def test_what_is_wrong_is_one_line_with_the_value_what_was_expected_and_what_to_do(
    command: str, message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before any store is opened."""
    monkeypatch.chdir(tmp_path)
    assert said(command, capsys) == (1, f"invocation-otel: {message}")
    assert list(tmp_path.iterdir()) == []


def test_a_tenants_retention_is_set_and_listed_also_where_the_engine_has_no_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(tmp_path / "store") as server:
        monkeypatch.setenv("INVOCATION_URL", server.http_url)
        assert said("tenants list", capsys) == (0, "No tenant was added or has a retention of its own.\n")
        days = "30 days, what was said 7 days\n"
        assert said("tenants retention acme --retention-days 30 --content-retention-days 7", capsys) == (
            0,
            f"Tenant acme: what comes in from now on is kept {days}",
        )
        assert said("tenants list", capsys) == (0, f"acme\tkept {days}")
        code, refusal = said("tenants add acme", capsys)
        assert (code, "or set only the retention: `invocation-otel tenants retention`" in refusal) == (1, True)
