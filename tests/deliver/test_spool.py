"""The spool: what is written is read again, whole, once, and by nobody else."""

import io
import logging
import os
import stat
import struct
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import pytest
from rich.console import Console
from sending import batch_of, names_on_disk

from invocation_otel.deliver.batch import Batch
from invocation_otel.deliver.segment import Segment
from invocation_otel.deliver.sender import OtlpHttpSender
from invocation_otel.deliver.spool import Spool, SpoolError
from invocation_otel.deliver.spool_files import drop, print_spool, replay, spooled
from invocation_otel.errors import SettingsError
from otlp_endpoint import endpoint


def spool_in(folder: Path, *, max_bytes: int = 1 << 30, segment_bytes: int = 1 << 23, fsync_s: float = 1.0) -> Spool:
    return Spool(folder, max_bytes=max_bytes, fsync_s=fsync_s, segment_bytes=segment_bytes)


def all_of(spool: Spool) -> list[Batch]:
    """What the spool gives out, each settled."""
    batches = []
    while found := spool.next(others=True):
        [place], batch = found
        batches.append(batch)
        spool.settle(place)
    return batches


def sender_to(url: str) -> OtlpHttpSender:
    return OtlpHttpSender(f"{url}/v1/traces", headers={}, timeout_s=5, compression="none", tls={})


def test_what_is_appended_is_given_out_in_order_and_the_files_go(tmp_path: Path) -> None:
    spool = spool_in(tmp_path, segment_bytes=100)
    batches = [Batch(n, b"x" * 40 * n) for n in range(1, 6)]
    for batch in batches:
        spool.append(batch, only_copy=True)
    assert len(list(tmp_path.iterdir())) > 1

    assert all_of(spool) == batches
    assert list(tmp_path.iterdir()) == []


def test_several_batches_can_be_had_as_one_up_to_a_size(tmp_path: Path) -> None:
    spool = spool_in(tmp_path)
    for number in range(5):
        spool.append(Batch(10, bytes([number]) * 4), only_copy=True)
    found = []
    while one := spool.next(others=True, max_spans=20, max_bytes=1000):
        places, batch = one
        found.append((len(places), batch))
        for place in places:
            spool.settle(place)
    assert found == [
        (2, Batch(20, b"\0\0\0\0\1\1\1\1")),
        (2, Batch(20, b"\2\2\2\2\3\3\3\3")),
        (1, Batch(10, b"\4\4\4\4")),
    ]
    assert list(tmp_path.iterdir()) == []


def test_the_format_of_a_record_is_mark_spans_own_length_checksum_body(tmp_path: Path) -> None:
    spool = spool_in(tmp_path)
    spool.append(Batch(3, b"body", own=1), only_copy=True)
    spool.close()
    [path] = tmp_path.iterdir()
    checksum = zlib.crc32(b"body", zlib.crc32(struct.pack("<III", 3, 1, 4)))
    assert path.read_bytes() == b"iotl" + struct.pack("<IIII", 3, 1, 4, checksum) + b"body"


def test_only_the_user_may_look_into_the_folder_and_its_files(tmp_path: Path) -> None:
    spool = spool_in(tmp_path / "state" / "spool")
    spool.append(Batch(1, b"secret"), only_copy=True)
    spool.refuse(Batch(1, b"secret"))
    assert stat.S_IMODE(spool.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in spool.folder.iterdir()} == {0o600}


@pytest.mark.parametrize("cut", [1, 10, 19, 20, 24, 39])
def test_a_record_that_a_crash_cut_off_is_noticed_and_those_before_it_are_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, cut: int
) -> None:
    spool = spool_in(tmp_path)
    for number in (1, 2):
        spool.append(Batch(number, bytes([number]) * 20), only_copy=True)
    spool.close()
    [path] = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[: 40 + cut])

    assert all_of(spool_in(tmp_path)) == [Batch(1, b"\x01" * 20)]
    assert [kept.suffix for kept in tmp_path.iterdir()] == [".damaged"]
    assert [r.getMessage() for r in caplog.records] == [f"Spool segment {path} is damaged after 40 bytes; it is kept."]


@pytest.mark.parametrize("at", [0, 5, 9, 13, 17, 24], ids=["mark", "spans", "own", "length", "checksum", "body"])
def test_a_damaged_record_in_the_middle_costs_only_itself(tmp_path: Path, at: int) -> None:
    spool = spool_in(tmp_path)
    for number in range(3):
        spool.append(Batch(7, bytes([number]) * 20), only_copy=True)
    spool.close()
    [path] = tmp_path.iterdir()
    damaged = bytearray(path.read_bytes())
    damaged[40 + at] ^= 0xFF
    path.write_bytes(damaged)

    assert all_of(spool_in(tmp_path)) == [Batch(7, b"\x00" * 20), Batch(7, b"\x02" * 20)]


def test_a_foreign_file_is_put_aside_and_nothing_of_it_is_sent(tmp_path: Path) -> None:
    (tmp_path / "0-other.spans").write_bytes(b"not ours" * 1000)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "empty.spans").touch()
    assert all_of(spool_in(tmp_path)) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0-other.damaged", "notes.txt"]


def test_what_was_delivered_before_a_crash_is_not_sent_again(tmp_path: Path) -> None:
    spool = spool_in(tmp_path)
    places = [spool.append(Batch(1, bytes([n]) * 9), only_copy=False) for n in range(3)]
    spool.settle(places[1])
    spool.close()  # as a crash would: the records of the other two are still waiting
    assert all_of(spool_in(tmp_path)) == [Batch(1, b"\x00" * 9), Batch(1, b"\x02" * 9)]


def test_what_somebody_has_in_hand_is_not_given_out_until_it_is_let_go(tmp_path: Path) -> None:
    spool = spool_in(tmp_path)
    place = spool.append(Batch(1, b"a"), only_copy=False)
    assert spool.next(others=True) is None
    spool.let_go(place)
    assert all_of(spool) == [Batch(1, b"a")]


def test_beyond_the_cap_the_oldest_goes_and_is_counted(tmp_path: Path) -> None:
    spool = spool_in(tmp_path, max_bytes=350, segment_bytes=100)
    gone: list[tuple[int, bool]] = []
    spool.on_evicted = lambda spans, own: gone.append((spans, own))
    batches = [Batch(10 + n, bytes([n]) * 80) for n in range(6)]
    for batch in batches:
        spool.append(batch, only_copy=True)
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 350

    assert gone == [(10, True), (11, True), (12, True)]
    assert all_of(spool) == batches[3:]


def test_the_cap_counts_what_others_left_and_never_takes_what_a_living_process_holds(tmp_path: Path) -> None:
    left = spool_in(tmp_path)
    left.append(Batch(5, b"x" * 80), only_copy=True)
    left.close()
    living = spool_in(tmp_path)
    living.append(Batch(6, b"y" * 80), only_copy=True)
    spool = spool_in(tmp_path, max_bytes=250)
    gone: list[tuple[int, bool]] = []
    spool.on_evicted = lambda spans, own: gone.append((spans, own))
    spool.append(Batch(1, b"z" * 80), only_copy=True)
    assert gone == [(5, False)]
    with pytest.raises(SpoolError, match=r"200 bytes of living processes are in .*, of 250 allowed"):
        spool.append(Batch(1, b"z" * 80), only_copy=True)


def test_a_full_disk_leaves_no_half_record(tmp_path: Path) -> None:
    """RLIMIT_FSIZE stands for the full disk: the write stops in the middle, with an error."""
    code = f"""
import resource, signal
from pathlib import Path
from invocation_otel.deliver.batch import Batch
from invocation_otel.deliver.spool import Spool, SpoolError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
spool = Spool(Path({str(tmp_path)!r}), max_bytes=1 << 30, fsync_s=1)
spool.append(Batch(1, b"a" * 500), only_copy=True)
try:
    spool.append(Batch(2, b"b" * 900), only_copy=True)
except SpoolError as error:
    print(error)
spool.append(Batch(3, b"c" * 100), only_copy=True)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"File too large in {tmp_path}\n"
    assert all_of(spool_in(tmp_path)) == [Batch(1, b"a" * 500), Batch(3, b"c" * 100)]


def test_a_folder_that_cannot_be_written_is_a_spool_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SpoolError, match=f"Not a directory in {tmp_path}/file/spool"):
        spool_in(tmp_path / "file" / "spool").append(Batch(1, b""), only_copy=True)


def test_a_living_processs_segment_is_left_alone_and_a_dead_ones_is_taken(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from invocation_otel.deliver.batch import Batch
from invocation_otel.deliver.spool import Spool
spool = Spool(Path({str(tmp_path)!r}), max_bytes=1 << 30, fsync_s=1)
spool.append(Batch(4, b"left"), only_copy=True)
print("written", flush=True)
sys.stdin.read()
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        assert all_of(spool_in(tmp_path)) == []
        assert [file.spans for file in spooled(tmp_path)] == [None]
        process.kill()
        process.wait()
        assert all_of(spool_in(tmp_path)) == [Batch(4, b"left")]


def test_many_processes_on_one_folder_deliver_each_record_once(tmp_path: Path) -> None:
    spool = spool_in(tmp_path, segment_bytes=60)
    for number in range(60):
        spool.append(Batch(1, b"%02d" % number), only_copy=True)
    spool.close()
    found: list[Batch] = []
    spools = [spool_in(tmp_path) for _ in range(6)]

    def take(one: Spool) -> None:
        found.extend(all_of(one))

    threads = [threading.Thread(target=take, args=(one,)) for one in spools]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(batch.body for batch in found) == [b"%02d" % number for number in range(60)]
    assert list(tmp_path.iterdir()) == []


def test_a_new_segment_that_another_process_removed_before_it_was_locked_is_made_again(tmp_path: Path) -> None:
    """A process that scans the folder may lock, and remove for being empty, what has just been created."""
    stop = threading.Event()

    def scan() -> None:
        while not stop.is_set():
            all_of(spool_in(tmp_path))

    thread = threading.Thread(target=scan)
    thread.start()
    spool = spool_in(tmp_path, segment_bytes=1)
    try:
        for number in range(300):
            place = spool.append(Batch(number, b"x"), only_copy=False)
            assert os.fstat(place.segment.descriptor).st_nlink == 1
            spool.settle(place)
    finally:
        stop.set()
        thread.join()


def test_a_forked_child_lets_go_without_giving_up_its_parents_lock(tmp_path: Path) -> None:
    spool = spool_in(tmp_path)
    place = spool.append(Batch(1, b"x"), only_copy=True)
    shared = os.dup(place.segment.descriptor)  # as a fork shares it
    spool.forget()
    assert Segment.left_behind(place.segment.path) is None
    os.close(shared)


def test_a_segment_is_free_once_it_is_closed_even_when_a_child_shares_the_descriptor(tmp_path: Path) -> None:
    spool = spool_in(tmp_path)
    place = spool.append(Batch(1, b"x"), only_copy=True)
    shared = os.dup(place.segment.descriptor)
    spool.close()
    assert all_of(spool_in(tmp_path)) == [Batch(1, b"x")]
    os.close(shared)


def test_ls_replay_and_drop_show_deliver_and_remove_what_is_there(tmp_path: Path) -> None:
    spool = spool_in(tmp_path)
    spool.append(batch_of("a", "b"), only_copy=True)
    spool.refuse(batch_of("refused"))
    spool.close()
    (tmp_path / "9.damaged").write_bytes(b"?")
    shown = io.StringIO()
    print_spool(tmp_path, Console(width=200, file=shown))
    text = shown.getvalue()
    assert [line.split()[1] for line in text.splitlines()[2:5]] == ["2", "1", "0"]
    assert "waits: an ended process left it" in text
    assert "refused by the endpoint: deliver it with `spool replay`" in text
    assert "3 spans" in text.splitlines()[-1]

    with endpoint() as receiver:
        receiver.answer = lambda names, _: 400 if "refused" in names else 200
        assert (replay(tmp_path, sender_to(receiver.url)).delivered, names_on_disk(tmp_path, ".refused")) == (
            2,
            ["refused"],
        )
        receiver.answer = lambda *_: 200
        assert replay(tmp_path, sender_to(receiver.url)).delivered == 1
        assert receiver.taken == ["a", "b", "refused"]
    assert [path.name for path in tmp_path.iterdir()] == ["9.damaged"]
    assert drop(tmp_path) == 0
    assert list(tmp_path.iterdir()) == []


def test_drop_removes_only_the_kinds_that_are_named(tmp_path: Path) -> None:
    spool = spool_in(tmp_path)
    spool.append(batch_of("a"), only_copy=True)
    spool.refuse(batch_of("b", "c"))
    spool.close()
    assert drop(tmp_path, kinds=[".refused"]) == 2
    assert names_on_disk(tmp_path) == ["a"]
    with pytest.raises(
        SettingsError, match=r"'\.txt' is no kind of spool file; expected \.spans, \.refused, \.damaged"
    ):
        drop(tmp_path, kinds=[".txt"])


def test_an_empty_folder_and_none_at_all_are_nothing_to_complain_about(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert spooled(tmp_path / "none") == []
    assert drop(tmp_path / "none") == 0
    assert all_of(spool_in(tmp_path / "none")) == []
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []
