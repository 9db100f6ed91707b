"""The cases of `faults.py`. Each runs on one side, `ours` or `raw`, and says what was produced and what was stored."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from faults_places import NotComparableError, collector, serve, small_disk, wait
from faults_world import Endpoint, Producer, Reply, Request, World, opened

APP = Path(__file__).with_name("faults_celery.py")
MIB = 1024 * 1024


@dataclass(frozen=True)
class Result:
    """What came of one case on one side."""

    produced: set[str]
    stored: Counter[str]
    seen_twice: int = 0
    """Rows beyond one for each span that SQL sees (`FINAL`)."""

    note: str = ""

    @property
    def distinct(self) -> int:
        return len(self.stored)

    @property
    def duplicates(self) -> int:
        return self.stored.total() - len(self.stored)

    @property
    def equal(self) -> bool:
        return bool(self.produced) and set(self.stored) == self.produced and not self.seen_twice


def from_store(world: World, produced: set[str], note: str = "", patience_s: float = 20) -> Result:
    stored, seen_twice = world.stored(produced, patience_s=patience_s if world.side == "ours" else 8)
    return Result(produced, stored, seen_twice, note)


def from_endpoint(endpoint: Endpoint, produced: set[str], note: str = "") -> Result:
    return Result(produced, Counter({i: n for i, n in endpoint.taken.items() if i in produced}), 0, note)


def burst(world: World) -> Result:
    """12,000 spans at full speed on one thread."""
    producer = world.start("burst", world.store_otlp, runs=300 if world.quick else 3000).wait()
    world.tidy_up(world.store_otlp)
    return from_store(world, producer.ids(), f"{producer.lines()[0]['rate']:,.0f} spans/s produced")


def large(world: World) -> Result:
    """120 prompts of 1 MB, and one of 70 MB."""
    runs, largest = (3, 4 * MIB) if world.quick else (40, 70 * MIB)
    producer = world.start("large", world.store_otlp, runs=runs, bytes=MIB, largest=largest).wait(300)
    world.tidy_up(world.store_otlp, 60)
    return from_store(world, producer.ids(), patience_s=40)


def fork(world: World) -> Result:
    """80 forked children that end by sys.exit."""
    return _forked(world, "sys.exit")


def fork_exit(world: World) -> Result:
    """80 forked children that end by os._exit."""
    return _forked(world, "os._exit")


def _forked(world: World, how: str) -> Result:
    producer = world.start("fork", world.store_otlp, children=10 if world.quick else 80, how=how).wait()
    world.tidy_up(world.store_otlp)
    return from_store(world, producer.ids())


def pool(world: World) -> Result:
    """20 children of multiprocessing's fork."""
    producer = world.start("pool", world.store_otlp, children=5 if world.quick else 20).wait()
    world.tidy_up(world.store_otlp)
    return from_store(world, producer.ids())


def celery(world: World) -> Result:
    """A Celery prefork worker that recycles its child after each task."""
    tasks = 6 if world.quick else 20
    queue, out = world.folder / "queue", world.folder / "celery.jsonl"
    for name in ("in", "processed"):
        (queue / name).mkdir(parents=True, exist_ok=True)
    told = {
        "endpoint": world.store_otlp,
        "service": world.service,
        "out": str(out),
        "queue": str(queue),
        "side": world.side,
    }
    environment = world.environment() | {"FAULTS": json.dumps(told)}
    with (world.folder / "celery.log").open("wb") as log:
        subprocess.run([sys.executable, str(APP), str(tasks)], env=environment, stdout=log, stderr=log, check=True)
        worker = "-A faults_celery worker -P prefork -c 2 --max-tasks-per-child 1 -l warning --without-gossip"
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "--workdir", str(APP.parent), *worker.split()],
            env=environment,
            stdout=log,
            stderr=log,
        )
        producer = Producer(process, out)
        wait(lambda: len(producer.lines()) >= tasks, 120)
        note = f"{tasks} tasks" + _ended(process)
    world.tidy_up(world.store_otlp)
    return from_store(world, producer.ids(), note)


def _ended(process: "subprocess.Popen[bytes]") -> str:
    """End a Celery worker; its pool hangs now and then while it ends, whoever records."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(40)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return ", worker hung at its end"
    return ""


def down(world: World) -> Result:
    """An endpoint that is down from the start, and comes up later."""
    down_s = 8 if world.quick else 60
    with opened(behind=world.store_otlp) as endpoint:
        endpoint.close()
        producer = world.start("steady", endpoint.url, seconds=down_s + 3, pause_s=0.05, stay_s=2)
        time.sleep(down_s)
        endpoint.open()
        producer.wait()
        world.tidy_up(endpoint.url)
        return from_store(world, producer.ids(), f"down for {down_s} s")


def hanging(world: World) -> Result:
    """An endpoint that accepts and never answers; it is mended after the program has ended."""
    with opened(lambda _: Reply(how="hang")) as endpoint:
        producer = world.start("steady", endpoint.url, seconds=2)
        wait(producer.lines, 30)
        time.sleep(2)
        ended = time.monotonic()
        producer.wait()
        note = f"the end took {time.monotonic() - ended:.1f} s"
        endpoint.behave = lambda _: Reply()
        world.tidy_up(endpoint.url)
        return from_endpoint(endpoint, producer.ids(), note)


def throttled(world: World) -> Result:
    """429, then 503, each with Retry-After: 2, for 8 s; then well."""
    well = time.monotonic() + 8
    early: list[float] = []
    told_at = [0.0]

    def behave(_: Request) -> Reply:
        now = time.monotonic()
        if now > well:
            return Reply()
        if now - told_at[0] < 1.9:
            early.append(now)
        told_at[0] = now
        return Reply(429 if well - now > 4 else 503, {"Retry-After": "2"})

    with opened(behave) as endpoint:
        producer = world.start("steady", endpoint.url, seconds=4, stay_s=7).wait()
        world.tidy_up(endpoint.url)
        return from_endpoint(endpoint, producer.ids(), f"{len(early)} requests came too early")


def poisoned(world: World) -> Result:
    """400 for one span in each request, until the receiver is mended; then `spool replay`."""
    broken = [True]
    poison: set[str] = set()

    def behave(request: Request) -> Reply:
        ids = request.ids()
        if broken[0] and len(poison) < 3 and len(ids) > 1:
            poison.add(ids[len(ids) // 3])
        return Reply(400 if broken[0] and poison & set(ids) else 200)

    with opened(behave) as endpoint:
        producer = world.start("steady", endpoint.url, seconds=3).wait()
        before = len(from_endpoint(endpoint, producer.ids()).stored)
        broken[0] = False
        world.tidy_up(endpoint.url)
        replayed = _replay(world, endpoint)
        return from_endpoint(endpoint, producer.ids(), f"{before} at once, {replayed} by replay")


def refusing(world: World) -> Result:
    """400 for everything, until the receiver is mended; then `spool replay`."""
    with opened(lambda _: Reply(400)) as endpoint:
        producer = world.start("steady", endpoint.url, seconds=3).wait()
        asked = len(endpoint.times)
        endpoint.behave = lambda _: Reply()
        world.tidy_up(endpoint.url)
        replayed = _replay(world, endpoint)
        return from_endpoint(endpoint, producer.ids(), f"{asked} requests refused, {replayed} spans by replay")


def too_large(world: World) -> Result:
    """413 for what is larger than 256 KiB; spans of 100 kB, and one of 1 MB."""
    with opened(lambda request: Reply(413 if len(request.body) > MIB // 4 else 200)) as endpoint:
        producer = world.start("large", endpoint.url, runs=10, bytes=100_000, largest=MIB).wait()
        world.tidy_up(endpoint.url)
        return from_endpoint(endpoint, producer.ids())


def collector_killed(world: World) -> Result:
    """The real Collector, killed -9 five times during load."""
    host = world.store_http.removeprefix("http://").partition("/")[0]
    with collector(host, world.folder / "queue") as (url, kill):
        seconds = 6 if world.quick else 15
        producer = world.start("steady", url, seconds=seconds, pause_s=0.005, stay_s=2)
        for _ in range(5):
            time.sleep(seconds / 6)
            kill()
        producer.wait()
        world.tidy_up(url)
        return from_store(world, producer.ids(), patience_s=40)


def replies_lost(world: World) -> Result:
    """Half of the Collector's replies are lost on the way back."""
    host = world.store_http.removeprefix("http://").partition("/")[0]
    with (
        collector(host, world.folder / "queue") as (url, _),
        opened(lambda request: Reply(how="lose" if request.number % 2 == 0 else "answer"), behind=url) as endpoint,
    ):
        producer = world.start("steady", endpoint.url, seconds=3 if world.quick else 10, stay_s=2).wait()
        world.tidy_up(endpoint.url)
        return from_store(world, producer.ids(), patience_s=40)


def store_killed(world: World) -> Result:
    """`invocation-otel serve` killed -9 three times during load, and started again."""
    with serve(world.folder / "store") as (otlp, http, kill):
        own = World(world.side, world.folder, otlp, http, world.quick)
        seconds = 15 if world.quick else 30
        producer = own.start("steady", otlp, seconds=seconds, pause_s=0.01, stay_s=8)
        for _ in range(3):
            time.sleep(seconds / 4)
            kill()
        producer.wait()
        own.tidy_up(otlp)
        return from_store(own, producer.ids(), patience_s=40)


def disk_full(world: World) -> Result:
    """spool="always" on a disk of 1 MB that fills up, while the endpoint is down for 8 s."""
    if world.side == "raw":
        raise NotComparableError
    with small_disk(world.folder / "disk") as disk, opened() as endpoint:
        endpoint.close()
        limits = {"spool": "always", "spool_folder": str(disk)}
        producer = world.start("steady", endpoint.url, seconds=8, pause_s=0.005, repeat=20, stay_s=6, limits=limits)
        time.sleep(7)
        used = sum(path.stat().st_size for path in disk.iterdir())
        endpoint.open()
        producer.wait()
        world.tidy_up(endpoint.url)
        return from_endpoint(endpoint, producer.ids(), f"{used:,} bytes on the full disk")


def killed(world: World) -> Result:
    """The process killed -9 during load, with spool="always": what is older than 1 s."""
    limits = {"spool": "always"}
    producer = world.start("steady", world.store_otlp, seconds=60, pause_s=0.0005, limits=limits)
    wait(producer.lines, 30)
    time.sleep(2 if world.quick else 5)
    producer.process.kill()
    at = time.monotonic()
    producer.wait()
    world.tidy_up(world.store_otlp)
    produced = producer.ids(before=at - 1)
    all_of_them = producer.ids()
    return from_store(world, produced, f"{len(all_of_them) - len(produced)} more in the last second")


def killed_while_down(world: World) -> Result:
    """The same while the endpoint is down."""
    with opened(behind=world.store_otlp) as endpoint:
        endpoint.close()
        producer = world.start("steady", endpoint.url, seconds=60, pause_s=0.0005, limits={"spool": "always"})
        wait(producer.lines, 30)
        time.sleep(2 if world.quick else 5)
        producer.process.kill()
        at = time.monotonic()
        producer.wait()
        endpoint.open()
        world.tidy_up(endpoint.url)
        return from_store(world, producer.ids(before=at - 1))


def clock(world: World) -> Result:
    """The clock jumps by hours, back and forth, ten times a second."""
    producer = world.start("clock", world.store_otlp, seconds=3 if world.quick else 8).wait()
    world.tidy_up(world.store_otlp)
    return from_store(world, producer.ids())


def crowd(world: World) -> Result:
    """64 threads and 1,000 asyncio tasks at once."""
    producer = world.start("crowd", world.store_otlp, threads=64, tasks=1000, runs=5 if world.quick else 20).wait()
    world.tidy_up(world.store_otlp)
    return from_store(world, producer.ids())


def throwing(world: World) -> Result:
    """Other processors, before and behind ours, whose on_end raises an error."""
    producer = world.start("throwing", world.store_otlp, runs=200).wait()
    world.tidy_up(world.store_otlp)
    return from_store(world, producer.ids())


CASES: dict[str, Callable[[World], Result]] = {
    case.__name__: case
    for case in (
        burst, large, fork, fork_exit, pool, celery, down, hanging, throttled, poisoned, refusing, too_large,
        collector_killed, store_killed, replies_lost, disk_full, killed, killed_while_down, clock, crowd, throwing,
    )
}  # fmt: skip


def _replay(world: World, endpoint: Endpoint) -> int:
    """`invocation-otel spool replay`, as its function; how many spans it delivered."""
    if world.side == "raw":
        return 0
    from invocation_otel.deliver.sender import OtlpHttpSender  # noqa: PLC0415
    from invocation_otel.deliver.spool_files import replay  # noqa: PLC0415

    [folder] = (world.state / "invocation-otel" / "spool").iterdir()
    sender = OtlpHttpSender(f"{endpoint.url}/v1/traces", headers={}, timeout_s=10, compression="none", tls={})
    return replay(folder, sender).delivered
