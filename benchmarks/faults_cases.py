"""The cases of `faults.py`. Each runs on one side, `ours` or `raw`, and says what was produced and what was stored."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from faults_endpoints import (
    collector_killed,
    down,
    hanging,
    poisoned,
    refusing,
    replies_lost,
    store_killed,
    store_killed_behind,
    throttled,
    too_large,
)
from faults_places import NotComparableError, small_disk, wait
from faults_world import MIB, Producer, Result, World, from_endpoint, from_store, opened

APP = Path(__file__).with_name("faults_celery.py")


def burst(world: World) -> Result:
    """12,000 spans at full speed on one thread: at least 5,000 a second."""
    producer = world.start("burst", world.store_otlp, runs=300 if world.quick else 3000).wait()
    world.tidy_up(world.store_otlp)
    rate = producer.lines()[0]["rate"]
    unmet = "Too slow." if rate < 5000 else ""
    return from_store(world, producer.ids(), f"{rate:,.0f} spans/s produced", unmet=unmet)


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
        collector_killed, store_killed, store_killed_behind, replies_lost, disk_full, killed, killed_while_down,
        clock, crowd, throwing,
    )
}  # fmt: skip
