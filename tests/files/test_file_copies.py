"""Files of a run: what is recorded of them, and the copies that are kept."""

import io
import os
import stat
from pathlib import Path
from typing import Any

import fsspec
import pytest
from file_recordings import copies, digest, expected_failures, recording_files, run_with, told_files

from invocation_otel import File, invocation
from invocation_otel.errors import MissingExtraError, SettingsError, UsageError
from invocation_otel.files.folder import Folder
from invocation_otel.files.storage import key_of

PDF = b"%PDF-1.7 an invoice"


def test_a_file_is_copied_below_its_tenant_and_told_with_a_link(tmp_path: Path) -> None:
    path = tmp_path / "invoice 7.pdf"
    path.write_bytes(PDF)
    store = tmp_path / "store"
    with recording_files(store) as recording:
        run_with(path)
        [told] = told_files(recording)
    link = told.pop("uri")
    assert told == {
        "name": "invoice 7.pdf",
        "media_type": "application/pdf",
        "bytes": 19,
        "sha256": digest(PDF),
        "source": "path",
        "mirrored": True,
    }
    assert link.startswith(f"http://localhost:8123/files/{digest(PDF)}?tenant=acme&name=invoice%207.pdf&")
    assert copies(store) == {f"acme/{digest(PDF)}": PDF}
    assert {stat.S_IMODE(found.stat().st_mode) for found in store.rglob("*")} == {0o700, 0o600}


def test_the_same_bytes_are_kept_once_for_each_tenant(tmp_path: Path) -> None:
    with recording_files(tmp_path) as recording:
        run_with(File.from_bytes(PDF, name="a.pdf"), File.from_bytes(PDF, name="b.pdf"))
        assert recording.handle.flush()
        [kept] = [path for path in tmp_path.rglob(digest(PDF)) if path.is_file()]
        written = kept.stat()
        run_with(File.from_bytes(PDF, name="c.pdf"))
        run_with(File.from_bytes(PDF, name="a.pdf"), tenant="globex")
        runs = recording.of("invoke_agent")
        assert kept.stat() == written
    assert [run["invocation.files"].count('"mirrored":true') for run in runs] == [2, 1, 1]
    assert copies(tmp_path) == {f"acme/{digest(PDF)}": PDF, f"globex/{digest(PDF)}": PDF}


def test_another_process_finds_the_copy_that_is_there(tmp_path: Path) -> None:
    for _ in range(2):
        with recording_files(tmp_path) as recording:
            run_with(File.from_bytes(PDF, name="a.pdf"))
            assert told_files(recording)[0]["mirrored"] is True
            [kept] = [path for path in tmp_path.rglob(digest(PDF)) if path.is_file()]
            os.utime(kept, (1, 1)) if kept.stat().st_mtime != 1 else None
    assert kept.stat().st_mtime == 1


def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    with recording_files(tmp_path) as recording:
        run_with(File.from_bytes(b"", name="empty.txt"))
        [told] = told_files(recording)
    assert (told["bytes"], told["sha256"], told["mirrored"]) == (0, digest(b""), True)
    assert copies(tmp_path) == {f"acme/{digest(b'')}": b""}


@pytest.mark.parametrize("name", ["../../etc/passwd", "..\\..\\etc\\passwd", "/etc/passwd", "\x00passwd\n"])
def test_a_name_that_is_a_path_leads_nowhere(tmp_path: Path, name: str) -> None:
    store = tmp_path / "deep" / "store"
    with recording_files(store) as recording:
        run_with(File.from_bytes(b"root:x:0", name=name))
        [told] = told_files(recording)
    assert told["name"] == name
    assert "&name=passwd&" in told["uri"]
    assert copies(tmp_path / "deep") == {f"store/{digest(b'root:x:0')}": b"root:x:0"}
    assert copies(store) == {f"acme/{digest(b'root:x:0')}": b"root:x:0"}


@pytest.mark.parametrize("tenant", ["..", ".", "../other", "a/b", "a\\b", "é", "x" * 300, "~"])
def test_whatever_a_tenant_is_called_its_folder_is_one_below_the_storage(tmp_path: Path, tenant: str) -> None:
    store = tmp_path / "store"
    with recording_files(store) as recording:
        run_with(File.from_bytes(PDF, name="a.pdf"), tenant=tenant)
        assert told_files(recording)[0]["mirrored"] is True
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
    assert len([path for path in store.iterdir() if path.is_dir()]) == 1
    assert list(copies(store).values()) == [PDF]


def test_an_address_is_told_without_what_opens_it_and_never_fetched(tmp_path: Path) -> None:
    with recording_files(tmp_path) as recording:
        run_with(
            "https://ann:secret@files.invalid/a.pdf?page=2",
            "https://files.invalid/b.csv?X-Amz-Signature=abc&X-Amz-Credential=k&page=2&token=t",
        )
        told = told_files(recording)
    assert [(file["name"], file["uri"], file["mirrored"]) for file in told] == [
        ("a.pdf", "https://files.invalid/a.pdf?page=2", False),
        (
            "b.csv",
            "https://files.invalid/b.csv?X-Amz-Signature=masked&X-Amz-Credential=masked&page=2&token=masked",
            False,
        ),
    ]
    assert {(file["bytes"], file["sha256"]) for file in told} == {(None, None)}
    assert copies(tmp_path) == {}


def test_a_broken_storage_breaks_no_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Size and hash are told all the same."""
    (tmp_path / "store").write_text("a file stands where the folder should be")
    path = tmp_path / "a.pdf"
    path.write_bytes(PDF)
    with recording_files(tmp_path / "store") as recording:
        run_with(path)
        [told] = told_files(recording)
        assert (told["bytes"], told["sha256"], told["mirrored"]) == (19, digest(PDF), False)
        assert told["uri"] == path.as_uri()
        run_with(path)
        assert recording.handle.flush()
        expected_failures(recording.handle, caplog, keeping_a_copy_of_a_file=2)


def test_a_file_larger_than_the_limit_is_told_and_not_copied(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INVOCATION_FILES_MAX_BYTES", "18")
    with recording_files(tmp_path) as recording:
        run_with(File.from_bytes(PDF, name="a.pdf"), File.from_bytes(PDF[:18], name="b.pdf"))
        told = told_files(recording)
        assert [(file["bytes"], file["mirrored"]) for file in told] == [(19, False), (18, True)]
        expected_failures(recording.handle, caplog, keeping_a_copy_of_a_file=1)


def test_copies_can_be_off(tmp_path: Path) -> None:
    with recording_files("off") as recording:
        run_with(File.from_bytes(PDF, name="a.pdf"))
        [told] = told_files(recording)
    assert (told["bytes"], told["sha256"], told["uri"], told["mirrored"]) == (19, digest(PDF), "", False)
    assert copies(tmp_path) == {}


@pytest.mark.parametrize(
    ("capture", "told"),
    [("metadata", (19, digest(PDF), "", "", False)), ("none", None)],
)
def test_of_a_run_of_which_less_is_kept_no_copies_are(tmp_path: Path, capture: Any, told: Any) -> None:
    with recording_files(tmp_path) as recording:
        with invocation("reader", files=[File.from_bytes(PDF, name="a.pdf")], capture=capture):
            pass
        [run] = recording.of("invoke_agent")
        if told is None:
            assert "invocation.files" not in run
        else:
            [file] = told_files(recording)
            assert (file["bytes"], file["sha256"], file["name"], file["uri"], file["mirrored"]) == told
    assert copies(tmp_path) == {}


def test_a_file_stays_what_it_was_when_the_run_began(tmp_path: Path) -> None:
    """The agent replaces it, or removes it."""
    replaced, removed, store = tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "store"
    replaced.write_bytes(b"before")
    removed.write_bytes(b"gone")
    with recording_files(store) as recording:
        with invocation("reader", files=[replaced, removed]):
            (tmp_path / "new").write_bytes(b"after!")
            (tmp_path / "new").replace(replaced)
            removed.unlink()
        assert [(file["sha256"], file["mirrored"]) for file in told_files(recording)] == [
            (digest(b"before"), True),
            (digest(b"gone"), True),
        ]


def test_a_file_that_changes_while_it_is_copied_is_not_kept(tmp_path: Path) -> None:
    class Growing:
        """Another byte each time that it is read from its beginning."""

        def __init__(self) -> None:
            self._content, self._file = b"x", io.BytesIO()

        def read(self, size: int, /) -> bytes:
            return self._file.read(size)

        def seek(self, position: int, /) -> int:
            self._content += b"x"
            self._file = io.BytesIO(self._content)
            return position

        def close(self) -> None:
            pass

    from invocation_otel.files.copier import NotCopiedError, _checked  # noqa: PLC0415 - what is tried here alone

    folder = Folder(tmp_path)
    key = key_of("acme", digest(b"x"))
    with pytest.raises(NotCopiedError, match="changed while it was copied"):
        folder.write(key, _checked(Growing(), key))
    assert copies(tmp_path) == {}


def test_a_stream_is_copied_where_it_is_handed_over_and_left_where_it_stood(tmp_path: Path) -> None:
    stream = io.BytesIO(b"0123456789")
    stream.seek(4)
    with recording_files(tmp_path) as recording:
        with invocation("reader", files=[File.from_stream(stream, name="digits.txt")]):
            assert stream.read() == b"456789"
            stream.close()
        [told] = told_files(recording)
    assert (told["name"], told["media_type"], told["source"], told["bytes"]) == (
        "digits.txt",
        "text/plain",
        "stream",
        10,
    )
    assert copies(tmp_path) == {f"default/{digest(b'0123456789')}": b"0123456789"}


def test_a_large_stream_and_one_of_texts_are_copied_whole(tmp_path: Path) -> None:
    large = os.urandom(3 << 20)
    with recording_files(tmp_path) as recording:
        run_with(File.from_stream(io.BytesIO(large), name="a.bin"), File.from_stream(io.StringIO("é"), name="b.txt"))
        assert [file["mirrored"] for file in told_files(recording)] == [True, True]
    assert copies(tmp_path) == {f"acme/{digest(large)}": large, f"acme/{digest('é'.encode())}": "é".encode()}


def test_a_stream_that_cannot_be_read_twice_is_refused() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    with (
        os.fdopen(reading, "rb") as pipe,
        pytest.raises(UsageError, match=r"The stream of file 'p' cannot be read twice"),
    ):
        File.from_stream(pipe, name="p")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"files holds 7; expected a path, a URL, a stream"):
        invocation("reader", files=[7])
    with pytest.raises(UsageError, match=r"is no regular file; give the path of one"):
        File.from_path(tmp_path)


def test_the_media_type_is_that_of_the_content_where_it_tells_and_of_the_name_elsewhere(tmp_path: Path) -> None:
    png = tmp_path / "wrong.txt"
    png.write_bytes(b"\x89PNG\r\n\x1a\n...")
    assert [
        File.of(png).media_type,
        File.from_bytes(b"RIFF\x00\x00\x00\x00WEBPVP8 ", name="a").media_type,
        File.from_bytes(b"\x00\x00\x00\x18ftypheic", name="a.bin").media_type,
        File.from_bytes(b"a,b", name="a.csv").media_type,
        File.from_bytes(b"?", name="unknown").media_type,
        File.from_bytes(b"%PDF-", name="a", media_type="application/x-mine").media_type,
    ] == ["image/png", "image/webp", "image/heic", "text/csv", "application/octet-stream", "application/x-mine"]


def test_copies_lie_in_whatever_fsspec_reaches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key and a gateway, where it lies is told instead of a link."""
    with recording_files("memory://bucket/files") as recording:
        run_with(File.from_bytes(PDF, name="a.pdf"), File.from_bytes(b"", name="b"))
        told = told_files(recording)
    where = f"memory://bucket/files/acme/{digest(PDF)[:2]}/{digest(PDF)}"
    assert [file["uri"] for file in told] == [where, f"memory://bucket/files/acme/e3/{digest(b'')}"]
    with fsspec.open(where) as kept:
        assert kept.read() == PDF
    monkeypatch.setenv("INVOCATION_FILES_KEY", "k" * 16)
    monkeypatch.setenv("INVOCATION_FILES_GATEWAY", "https://shop.example/files/")
    with recording_files("memory://bucket/files") as recording:
        run_with(File.from_bytes(PDF, name="a.pdf"))
        assert told_files(recording)[0]["uri"].startswith(f"https://shop.example/files/{digest(PDF)}?tenant=acme&")


@pytest.mark.parametrize(
    ("name", "value", "error", "says"),
    [
        (
            "INVOCATION_FILES",
            "sft3://u:secret@x/y",
            SettingsError,
            r"storage is 'sft3://x/y' .*; expected a folder, or",
        ),
        ("INVOCATION_FILES", "s3://bucket/x", MissingExtraError, r"storage 's3://bucket/x' needs more: Install s3fs"),
        ("INVOCATION_FILES", "file://host/x", SettingsError, r"storage is 'file://host/x'; a folder has three slashes"),
        (
            "INVOCATION_FILES_MAX_BYTES",
            "1 GB",
            SettingsError,
            r"INVOCATION_FILES_MAX_BYTES is '1 GB'; expected a number",
        ),
        (
            "INVOCATION_FILES_GATEWAY",
            "example.org",
            SettingsError,
            r"INVOCATION_FILES_GATEWAY is 'example\.org'; expected",
        ),
        (
            "INVOCATION_FILES_KEY",
            "short",
            SettingsError,
            r"key of the links to files has 5 characters; expected at least",
        ),
    ],
)
def test_a_setting_that_cannot_be_used_says_why(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, error: type[Exception], says: str
) -> None:
    monkeypatch.setenv("INVOCATION_FILES", "/nowhere")
    monkeypatch.setenv(name, value)
    with pytest.raises(error, match=says):
        __import__("invocation_otel").configure(instrument=False)


def test_all_processes_that_use_a_folder_have_one_key(tmp_path: Path) -> None:
    assert Folder(tmp_path).secret() == Folder(tmp_path).secret()
    assert stat.S_IMODE((tmp_path / ".key").stat().st_mode) == 0o600
