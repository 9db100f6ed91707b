"""The cases of `faults.py` in which something is wrong with the endpoint, the Collector or the store."""

import time
from collections.abc import Callable
from dataclasses import replace

from faults_places import collector, serve, wait
from faults_world import MIB, Endpoint, Reply, Request, Result, World, from_endpoint, from_store, opened


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
        unmet = f"{len(early)} requests came before Retry-After." if early else ""
        return from_endpoint(endpoint, producer.ids(), unmet=unmet)


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


def store_killed(world: World) -> Result:
    """The database (`invocation-otel serve`) killed -9 three times during load, and started again."""
    with serve(world.folder / "store") as (otlp, http, kill):
        return _store_killed(replace(world, store_otlp=otlp, store_http=http), otlp, kill)


def store_killed_behind(world: World) -> Result:
    """The same behind the real Collector, which is the one to send again."""
    with serve(world.folder / "store") as (otlp, http, kill):
        own = replace(world, store_otlp=otlp, store_http=http)
        with collector(http.removeprefix("http://").partition("/")[0], world.folder / "queue") as (url, _):
            return _store_killed(own, url, kill)


def _store_killed(world: World, url: str, kill: Callable[[], None]) -> Result:
    seconds = 15 if world.quick else 30
    producer = world.start("steady", url, seconds=seconds, pause_s=0.01, stay_s=8)
    for _ in range(3):
        time.sleep(seconds / 4)
        kill()
    producer.wait()
    world.tidy_up(url)
    return from_store(world, producer.ids(), patience_s=60)


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


def _replay(world: World, endpoint: Endpoint) -> int:
    """`invocation-otel spool replay`, as its function; how many spans it delivered."""
    if world.side == "raw":
        return 0
    from invocation_otel.deliver.sender import OtlpHttpSender  # noqa: PLC0415
    from invocation_otel.deliver.spool_files import replay  # noqa: PLC0415

    [folder] = (world.state / "invocation-otel" / "spool").iterdir()
    sender = OtlpHttpSender(f"{endpoint.url}/v1/traces", headers={}, timeout_s=10, compression="none", tls={})
    return replay(folder, sender).delivered
