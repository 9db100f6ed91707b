"""Copies that have to wait: for a storage that fails for a while, and for each other."""

import os
from contextlib import suppress
from pathlib import Path

import pytest
from file_recordings import copies, digest, recording_files, run_with, told_files

from invocation_otel import File
from invocation_otel.files.folder import Folder
from invocation_otel.files.mirror import Limits, Mirror
from invocation_otel.record.file_content import AtPath
from invocation_otel.record.guard import failures
from invocation_otel.record.keeping import KeptFile

PDF = b"%PDF-1.7 an invoice"


def test_a_storage_that_fails_for_a_moment_has_the_copy_in_the_end(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.write_text("a file stands where the folder should be")
    with recording_files(store) as recording:
        run_with(File.from_bytes(PDF, name="a.pdf"))
        assert not recording.handle.flush(0.1)
        store.unlink()
        [told] = told_files(recording)
    assert (told["sha256"], told["mirrored"]) == (digest(PDF), True)
    assert copies(store) == {f"acme/{digest(PDF)}": PDF}


def test_what_would_take_too_much_memory_is_hashed_where_it_is_handed_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    mirror = Mirror(Folder(tmp_path / "store"), None, Limits(memory_bytes=len(PDF) + 1))
    slow = File(name="slow", media_type="", source="path", content=AtPath(pipe, at_once=False))
    for _ in range(4):  # as many as there are threads, so that all that comes now waits
        mirror.keep(KeptFile(slow, lambda: None), tenant="acme", copy=False)
    first, second = (KeptFile(File.from_bytes(PDF + end, name="a.pdf"), lambda: None) for end in (b"1", b"2"))
    mirror.keep(first, tenant="acme")
    mirror.keep(second, tenant="acme")
    assert (first.sha256, second.sha256, second.mirrored) == (None, digest(PDF + b"2"), False)
    while not mirror.flush(0.05):
        with suppress(OSError):  # nobody is reading it just now
            os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    mirror.close()
    assert (first.sha256, first.mirrored) == (digest(PDF + b"1"), True)
    assert copies(tmp_path / "store") == {f"acme/{digest(PDF + b'1')}": PDF + b"1"}
    assert dict(failures) == {"keeping a copy of a file": 1}
    failures.clear()
    caplog.clear()
