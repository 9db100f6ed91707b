"""However a process ends, what it produced is delivered, or spooled and delivered by the next one."""

import signal
import time
from pathlib import Path

import pytest
from sending import names_on_disk, program, run

from otlp_endpoint import HANG, endpoint

NOWHERE = "http://127.0.0.1:9"  # the discard port: refused at once
ENDINGS = {
    "its last line": "",
    "sys.exit": "sys.exit(3)",
    "an exception": "raise ValueError('mine')",
    "os._exit": "os._exit(3)",
    "SIGTERM": "os.kill(os.getpid(), signal.SIGTERM); time.sleep(30)",
    "SIGHUP": "os.kill(os.getpid(), signal.SIGHUP); time.sleep(30)",
    "SIGINT": "os.kill(os.getpid(), signal.SIGINT); time.sleep(30)",
    "SIGTERM in a program that made it an exception": (
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(3)); os.kill(os.getpid(), signal.SIGTERM); time.sleep(30)"
    ),
    "os._exit in a handler of SIGTERM": (
        "signal.signal(signal.SIGTERM, lambda *_: os._exit(3)); os.kill(os.getpid(), signal.SIGTERM); time.sleep(30)"
    ),
    "the end of the main thread, with daemon threads at work": (
        "threading.Thread(target=time.sleep, args=(30,), daemon=True).start()"
    ),
    "a thread after the main one": "threading.Thread(target=lambda: (time.sleep(0.3), produce('c'))).start()",
    "os._exit in a thread": "threading.Thread(target=os._exit, args=(3,)).start(); time.sleep(30)",
}
STATUSES = {
    "its last line": 0,
    "an exception": 1,
    "SIGTERM": -signal.SIGTERM,
    "SIGHUP": -signal.SIGHUP,
    "the end of the main thread, with daemon threads at work": 0,
    "a thread after the main one": 0,
}


def expected(ending: str) -> list[str]:
    return ["a", "b", "c"] if ending == "a thread after the main one" else ["a", "b"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_process_that_ends_while_the_endpoint_is_down_leaves_everything_in_the_spool(
    ending: str, tmp_path: Path
) -> None:
    done = run(f"configure(); produce('a', 'b')\n{ENDINGS[ending]}", endpoint=NOWHERE, spool=tmp_path)
    assert done.returncode == STATUSES.get(ending, 3) or ending == "SIGINT", done.stderr  # which differs by version
    assert sorted(names_on_disk(tmp_path)) == expected(ending)


@pytest.mark.parametrize("ending", ["os._exit", "SIGTERM", "its last line"])
def test_a_process_that_ends_while_the_endpoint_is_well_leaves_nothing(ending: str, tmp_path: Path) -> None:
    with endpoint() as receiver:
        run(f"configure(); produce('a', 'b')\n{ENDINGS[ending]}", endpoint=receiver.url, spool=tmp_path)
        assert (receiver.taken, list(tmp_path.iterdir())) == (["a", "b"], [])


@pytest.mark.parametrize("ending", ["os._exit", "SIGTERM", "its last line"])
def test_an_endpoint_that_hangs_holds_the_end_up_for_a_while_only(ending: str, tmp_path: Path) -> None:
    with endpoint() as receiver:
        receiver.answer = lambda *_: HANG
        code = f"configure(exit_timeout_s=1.5); produce('a', 'b')\nprint(time.time())\n{ENDINGS[ending]}"
        done = run(code, endpoint=receiver.url, spool=tmp_path)
        took_s = time.time() - float(done.stdout)
    assert took_s < (2.5 if ending == "os._exit" else 3.5)
    assert names_on_disk(tmp_path) == ["a", "b"]


def test_the_next_process_delivers_what_the_last_one_left(tmp_path: Path) -> None:
    with endpoint() as receiver:
        receiver.answer = lambda *_: 503
        run("configure(); produce('a', 'b')", endpoint=receiver.url, spool=tmp_path)
        receiver.answer = lambda *_: 200
        run("configure(); produce('c')", endpoint=receiver.url, spool=tmp_path)
        assert sorted(receiver.taken) == ["a", "b", "c"]
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_waits_for_work_delivers_what_an_ended_one_left_once_it_is_told_to_begin(tmp_path: Path) -> None:
    with endpoint() as receiver:
        receiver.answer = lambda *_: 503
        run("configure(); produce('a')", endpoint=receiver.url, spool=tmp_path)
        receiver.answer = lambda *_: 200
        waiting = program("configure(); handle.begin(); time.sleep(60)", endpoint=receiver.url, spool=tmp_path)
        try:
            receiver.wait_for(lambda receiver: receiver.taken == ["a"], longest_s=30)
        finally:
            waiting.kill()
            waiting.communicate()


def test_spans_that_end_after_the_end_has_begun_are_spooled(tmp_path: Path) -> None:
    """Handlers of atexit that were registered before ours run after ours."""
    code = "import atexit; atexit.register(lambda: produce('late')); configure(); produce('a')"
    run(code, endpoint=NOWHERE, spool=tmp_path)
    assert sorted(names_on_disk(tmp_path)) == ["a", "late"]


def test_a_program_that_resets_sigterm_after_configure_is_watched_again(tmp_path: Path) -> None:
    """Celery's children do that when they begin."""
    code = "configure(); signal.signal(signal.SIGTERM, signal.SIG_DFL); produce('a')\n" + ENDINGS["SIGTERM"]
    done = run(code, endpoint=NOWHERE, spool=tmp_path)
    assert (done.returncode, names_on_disk(tmp_path)) == (-signal.SIGTERM, ["a"])


def test_sigterm_that_a_program_ignores_stays_ignored(tmp_path: Path) -> None:
    code = (
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); configure(); produce('a')\n"
        "os.kill(os.getpid(), signal.SIGTERM); produce('b'); sys.exit(3)"
    )
    done = run(code, endpoint=NOWHERE, spool=tmp_path)
    assert (done.returncode, names_on_disk(tmp_path)) == (3, ["a", "b"])


def test_sigterm_at_any_moment_of_a_busy_program_loses_nothing(tmp_path: Path) -> None:
    """The signal's handler runs between any two instructions, ours included, whatever lock is held there."""
    code = """
configure()
print("ready", flush=True)
number = 0
while True:
    produce(f"{number}")
    os.write(1, f"{number}\\n".encode())
    number += 1
"""
    for attempt in range(6):
        folder = tmp_path / f"{attempt}"
        process = program(code, endpoint=NOWHERE, spool=folder)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.1 + attempt * 0.0137)
        process.terminate()
        out, err = process.communicate(timeout=20)
        assert process.returncode == -signal.SIGTERM, err
        produced = out.split()
        assert len(produced) > 10
        assert set(produced) - set(names_on_disk(folder)) == set()


def test_always_survives_kill_9(tmp_path: Path) -> None:
    code = """
configure(spool="always")
number = 0
while True:
    produce(f"{number}")
    os.write(1, f"{time.monotonic()} {number}\\n".encode())
    number += 1
"""
    process = program(code, endpoint=NOWHERE, spool=tmp_path)
    assert process.stdout is not None
    begun = "".join(process.stdout.readline() for _ in range(101))
    time.sleep(1.5)
    process.kill()
    killed_at = time.monotonic()
    out, _ = process.communicate()
    told = [line.split() for line in (begun + out).splitlines()[:-1]]
    older = {name for at, name in told if float(at) < killed_at - 1}
    assert len(older) > 100
    assert older - set(names_on_disk(tmp_path)) == set()


def test_ctrl_c_while_the_end_waits_for_the_endpoint_saves_everything(tmp_path: Path) -> None:
    with endpoint() as receiver:
        receiver.answer = lambda *_: HANG
        code = "configure(exit_timeout_s=20); produce('a', 'b')\nprint('ending', flush=True)"
        process = program(code, endpoint=receiver.url, spool=tmp_path)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=5)
    assert names_on_disk(tmp_path) == ["a", "b"]


CHILDREN = {
    "fork, sys.exit": "pid = os.fork()\nif not pid:\n    produce('b'); sys.exit(0)\nos.waitpid(pid, 0)",
    "fork, os._exit": "pid = os.fork()\nif not pid:\n    produce('b'); os._exit(0)\nos.waitpid(pid, 0)",
    "fork with a connection open": (
        "handle.flush(0.5)\npid = os.fork()\nproduce('b' if not pid else 'd')\n"
        "if not pid:\n    sys.exit(0)\nhandle.flush(0.5); os.waitpid(pid, 0)"
    ),
    "fork, SIGTERM": (
        "pid = os.fork()\nif not pid:\n    produce('b'); time.sleep(30)\n"
        "time.sleep(0.3); os.kill(pid, signal.SIGTERM); os.waitpid(pid, 0)"
    ),
    "multiprocessing fork": (
        "import multiprocessing as m\n"
        "child = m.get_context('fork').Process(target=produce, args=('b',)); child.start(); child.join()"
    ),
    "a terminated pool": (
        "import multiprocessing as m\nwith m.get_context('fork').Pool(1) as pool: pool.apply(produce, ('b',))"
    ),
}


@pytest.mark.parametrize("is_well", [True, False], ids=["endpoint well", "endpoint down"])
@pytest.mark.parametrize("how", CHILDREN)
def test_a_child_delivers_or_spools_its_own_spans_and_none_of_its_parents(
    how: str,
    is_well: bool,  # noqa: FBT001 - a test's
    tmp_path: Path,
) -> None:
    with endpoint() as receiver:
        url = receiver.url if is_well else NOWHERE
        done = run(f"configure(); produce('a')\n{CHILDREN[how]}\nproduce('c')", endpoint=url, spool=tmp_path)
        assert done.returncode == 0, done.stderr
        produced = [*"abc", *("d" if "connection" in how else "")]
        assert sorted(receiver.taken + names_on_disk(tmp_path)) == produced
        assert len(receiver.taken) == (len(produced) if is_well else 0)


def test_a_child_forked_while_its_parent_imports_what_sending_needs_can_send(tmp_path: Path) -> None:
    """A module that another thread is importing at the moment of a fork can never be imported in the child."""
    code = """
from importlib.machinery import PathFinder
importing = threading.Event()
class Slow:
    def find_spec(self, name, path, _):
        if name == "urllib3":
            spec = PathFinder.find_spec(name, path)
            execute = spec.loader.exec_module
            spec.loader.exec_module = lambda module: (importing.set(), time.sleep(1.5), execute(module))
            return spec
sys.meta_path.insert(0, Slow())
configure(); produce("a"); importing.wait()
pid = os.fork()
produce("b" if pid else "c")
if pid:
    os.waitpid(pid, 0)
"""
    done = run(code, endpoint=NOWHERE, spool=tmp_path)
    assert done.stderr.count("The endpoint does not take spans") == 2, done.stderr


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_children_that_multiprocessing_starts_anew_deliver_when_they_configure(method: str, tmp_path: Path) -> None:
    file = tmp_path / "main.py"
    spool = tmp_path / "spool"
    with endpoint() as receiver:
        file.write_text(
            "import multiprocessing, invocation_otel\n"
            f"handle = invocation_otel.configure(endpoint={receiver.url!r}, instrument=False)\n"
            "def work():\n"
            "    handle.provider.get_tracer('t').start_span('b').end()\n"
            "if __name__ == '__main__':\n"
            f"    child = multiprocessing.get_context({method!r}).Process(target=work)\n"
            "    child.start(); child.join(); raise SystemExit(child.exitcode)\n"
        )
        code = f"import runpy; runpy.run_path({str(file)!r}, run_name='__main__')"
        process = program(code, endpoint=receiver.url, spool=spool)
        _, err = process.communicate(timeout=40)
        assert (process.returncode, receiver.taken) == (0, ["b"]), err


def test_the_pattern_of_gunicorn_with_preload_loses_nothing(tmp_path: Path) -> None:
    """Configured in the parent, which records nothing itself; workers end by sys.exit, and one is killed by SIGTERM."""
    code = """
configure()
children = []
for name in ("a", "b", "c"):
    pid = os.fork()
    if not pid:
        for number in range(50):
            produce(f"{name}{number}")
        if name == "c":
            time.sleep(30)
        sys.exit(0)
    children.append(pid)
time.sleep(1)
os.kill(children[2], signal.SIGTERM)
for pid in children:
    os.waitpid(pid, 0)
"""
    with endpoint() as receiver:
        receiver.answer = lambda *_: 503
        run(code, endpoint=receiver.url, spool=tmp_path)
        assert receiver.taken == []
        receiver.answer = lambda *_: 200
        run("configure(); produce('d')", endpoint=receiver.url, spool=tmp_path)
        assert sorted(receiver.taken) == sorted(["d", *(f"{name}{number}" for name in "abc" for number in range(50))])
    assert list(tmp_path.iterdir()) == []


def test_a_child_that_outlives_its_parent_does_not_keep_the_parents_spool_locked(tmp_path: Path) -> None:
    code = """
configure(memory_bytes=1)
while not handle.stats().spooled:
    produce("a"); handle.flush(0.1)
if not os.fork():
    os.close(1); os.close(2); time.sleep(5); os._exit(0)
os.kill(os.getpid(), signal.SIGKILL)
"""
    run(code, endpoint=NOWHERE, spool=tmp_path)
    assert set(names_on_disk(tmp_path)) == {"a"}


def test_a_process_that_recorded_nothing_leaves_no_trace_at_its_end(tmp_path: Path) -> None:
    done = run("configure(); print(threading.active_count())", endpoint=NOWHERE, spool=tmp_path / "spool")
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")
    assert list(tmp_path.iterdir()) == []


def test_an_exporter_is_shut_down_once(tmp_path: Path) -> None:
    """Both we and the SDK end with the process, and its exporters log a warning when they are shut down again."""
    code = """
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
handle = invocation_otel.configure(exporter=OTLPSpanExporter(ENDPOINT), instrument=False)
produce("a")
"""
    with endpoint() as receiver:
        code = code.replace("ENDPOINT", repr(f"{receiver.url}/v1/traces"))
        done = run(code, endpoint=receiver.url, spool=tmp_path)
        assert (done.stderr, receiver.taken) == ("", ["a"])
