"""With rows go the copies of files that only they referred to; by the command, on a real store and a real folder."""

import base64
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from file_recordings import copies, digest
from opentelemetry.sdk.trace import TracerProvider

import invocation_otel
from invocation_otel import File, invocation
from invocation_otel.cli import main
from invocation_otel.files.forget import Copies
from invocation_otel.files.setup import open_storage
from invocation_otel.files.storage import key_of
from invocation_otel.store.client import Store, open_store
from migrated_folder import migrated
from processes import served

ANNS, SHARED, ANNS_PICTURE, SHARED_PICTURE, BOBS, TOOLS, GLOBEX = (f"{n} {'x' * 64}".encode() for n in range(7))


class World:
    """A served store, and a folder with copies."""

    def __init__(self, store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store, self.folder = store, folder
        self._monkeypatch = monkeypatch
        self.keep_at(str(folder))

    def keep_at(self, files: str) -> None:
        self._monkeypatch.setenv("INVOCATION_FILES", files)

    def copies(self, tenant: str = "acme") -> set[bytes]:
        return {content for name, content in copies(self.folder).items() if name.startswith(f"{tenant}/")}

    def runs(self) -> int:
        [row] = self.store.rows("SELECT count() AS n FROM v_runs")
        return int(row["n"])


@contextmanager
def recording(endpoint: str, files: Path) -> Iterator[None]:
    handle = invocation_otel.configure(
        tracer_provider=TracerProvider(), endpoint=endpoint, files=files, instrument=False
    )
    try:
        yield
        assert handle.flush()
    finally:
        handle.shutdown()


def picture(content: bytes) -> dict[str, object]:
    source = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(content).decode()}
    return {"type": "image", "source": source}


def run(user: str, files: list[bytes], pictures: list[bytes], *, tenant: str = "acme") -> None:
    given = [File.from_bytes(content, name="a.txt") for content in files]
    said = [{"role": "user", "content": [picture(content)]} for content in pictures]
    with (
        invocation("reader", tenant=tenant, user_id=user, files=given) as opened,
        opened.round(provider="anthropic", model="m", messages=said) as round_,
    ):
        round_.respond("Seen.", input_tokens=1, output_tokens=1)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Two users of one tenant, who share a file and a picture, and another tenant with the same file."""
    with served(migrated(tmp_path / "store")) as server:
        with recording(server.otlp_url, tmp_path / "files"):
            run("ann", [ANNS, SHARED], [ANNS_PICTURE, SHARED_PICTURE])
            run("bob", [BOBS, SHARED], [SHARED_PICTURE])
            with invocation("drawer", tenant="acme", user_id="bob") as opened, opened.tool("draw") as tool:
                tool.result([picture(TOOLS)])
            run("ann", [ANNS, GLOBEX], [], tenant="globex")
        monkeypatch.setenv("INVOCATION_URL", server.http_url)
        with open_store(server.http_url) as store:
            found = World(store, tmp_path / "files", monkeypatch)
            assert found.copies() == {ANNS, SHARED, ANNS_PICTURE, SHARED_PICTURE, BOBS, TOOLS}
            assert found.runs() == 4
            yield found


def test_of_a_user_go_the_copies_that_no_row_of_the_tenant_refers_to(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["forget", "--tenant", "acme", "--user", "ann"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("Erased ")
    assert told[1:] == [f"Removed 2 copies of files from {world.folder.as_uri()}. None of them is left."]
    assert world.copies() == {SHARED, SHARED_PICTURE, BOBS, TOOLS}
    assert world.copies("globex") == {ANNS, GLOBEX}


def test_of_a_tenant_go_all_copies_and_its_folder(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    unfinished = world.folder / "acme" / "ab" / f".{digest(b'?')}.0123456789abcdef"
    unfinished.parent.mkdir(exist_ok=True)
    unfinished.write_bytes(b"half of")
    assert main(["forget", "--tenant", "acme"]) == 0
    removed = f"Removed 7 copies of files from {world.folder.as_uri()}. None of them is left."
    assert capsys.readouterr().out.splitlines()[1:] == [removed]
    assert {path.name for path in world.folder.iterdir()} == {".key", "globex"}
    assert world.copies("globex") == {ANNS, GLOBEX}


def test_a_storage_that_is_another_or_out_of_reach_is_named_before_anything_is_erased(
    world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    world.keep_at(str(tmp_path / "elsewhere"))
    assert main(["forget", "--tenant", "acme"]) == 1
    no_folder = tmp_path / "no folder"
    no_folder.touch()
    world.keep_at(str(no_folder))
    assert main(["forget", "--tenant", "acme"]) == 1
    out, errors = capsys.readouterr()
    elsewhere, unreachable = errors.splitlines()
    assert elsewhere == (
        "invocation-otel: Rows of tenant 'acme' name 3 copies of files, none of which is in "
        f"{(tmp_path / 'elsewhere').as_uri()}: nothing was erased. Set INVOCATION_FILES to what it is where the runs "
        "are recorded, or to off to erase rows alone."
    )
    assert unreachable.startswith(f"invocation-otel: The files' storage {no_folder.as_uri()} failed (NotADirectory")
    assert "which copies it holds is not known. Check INVOCATION_FILES and its credentials." in unreachable
    assert (out, world.runs(), len(world.copies())) == ("", 4, 6)


def test_copies_that_cannot_be_removed_are_told_after_the_rows_that_were(
    world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """An archive is a storage that can be read, and out of which nothing can be taken."""
    archive = shutil.make_archive(str(tmp_path / "files"), "zip", world.folder)
    world.keep_at(f"zip://::{archive}")
    assert main(["forget", "--tenant", "acme", "--user", "ann"]) == 1
    out, error = capsys.readouterr()
    [erased] = out.splitlines()
    assert erased.startswith("Erased ")
    assert f"The files' storage zip://::{archive} failed (NotImplementedError" in error
    assert "some of 2 copies that are to be removed are left." in error
    assert "`invocation-otel files prune --tenant acme --older-than-days 0`" in error
    world.keep_at(str(world.folder))
    assert main(["files", "prune", "--tenant", "acme", "--older-than-days", "0"]) == 0
    assert world.copies() == {SHARED, SHARED_PICTURE, BOBS, TOOLS}


def test_where_copies_are_off_rows_alone_are_erased(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.keep_at("off")
    assert main(["forget", "--tenant", "acme"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["Copies of files were not looked for: INVOCATION_FILES is off."]
    assert (world.runs(), len(world.copies())) == (1, 6)


def test_pruning_removes_what_no_row_refers_to_once_it_is_old_enough(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, age_days in (("old", 2), ("new", 0)):
        copy = world.folder / "acme" / "ab" / digest(name.encode())
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(name.encode())
        os.utime(copy, (copy.stat().st_mtime - age_days * 86_400,) * 2)
    told = []
    for options in ([], ["--older-than-days", "0"], []):
        assert main(["files", "prune", "--tenant", "acme", *options]) == 0
        told.append((capsys.readouterr().out.split()[1], world.copies() & {b"old", b"new"}))
    assert told == [("1", {b"new"}), ("1", set()), ("0", set())]
    assert len(world.copies()) == 6


@pytest.mark.usefixtures("world")
def test_pruning_asks_a_store_that_knows_the_tenant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["files", "prune", "--tenant", "acne"]) == 1
    assert capsys.readouterr().err == (
        "invocation-otel: The store has no run of tenant 'acne'; check --tenant and --url. To remove all of its "
        "copies: invocation-otel forget.\n"
    )


def test_what_fsspec_reaches_is_looked_after_like_a_folder() -> None:
    storage = open_storage("memory://forgotten/files")
    for tenant, content in (("acme", ANNS), ("acme", BOBS), ("acme & co", BOBS)):
        storage.write(key_of(tenant, digest(content)), iter([content]))
    acme, now = Copies(storage, "acme"), datetime.now(UTC)
    both = {digest(ANNS), digest(BOBS)}
    assert acme.digests() == both
    assert acme.written_before(now - timedelta(minutes=5), both) == set()
    assert acme.written_before(now + timedelta(minutes=5), both) == both
    assert acme.remove({digest(ANNS), digest(SHARED)}) == 1
    assert acme.digests() == Copies(storage, "acme & co").digests() == {digest(BOBS)}
