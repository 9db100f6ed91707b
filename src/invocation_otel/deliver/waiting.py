"""What waits for the endpoint: in memory while there is room, then on disk; dropped, and counted, only after that."""

import logging
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice

from .batch import Batch
from .counts import Counts
from .limits import Limits
from .parcel import Origin, Parcel, Part
from .spool import Place, Spool, SpoolError

_log = logging.getLogger("invocation_otel")

_MANY_TRIED = 4
"""So many that were tried may lie in memory before others are no longer fetched from disk to be tried."""


class Waiting:
    """Parcels in the order in which they are delivered, and the one that is under way."""

    def __init__(self, spool: Spool | None, limits: Limits, counts: Counts) -> None:
        self.spool, self._limits, self._counts = spool, limits, counts
        self._parcels: deque[Parcel] = deque()
        self._bytes = 0
        self._under_way: Parcel | None = None
        self._saving = threading.RLock()
        self._complained: set[str] = set()
        self._unblocked = False
        self.news = threading.Condition()
        """Notified when a parcel comes or goes."""

        self.closing = False
        """Whether the process ends: what comes now goes to disk, so that there is an end."""

        self.ended = False
        """Whether nothing is kept in memory any more: what comes now goes to disk."""

    def put(self, batch: Batch) -> None:
        """Keep *batch*, with a copy on disk where the limits want one."""
        place = self._written(batch, only_copy=False) if self._limits.spool == "always" else None
        parcel = Parcel.of(batch, places=[place] if place else [])
        if not self._admitted(parcel) and not self._stored(parcel):
            self._make_room_for(parcel)

    def empty(self) -> bool:
        """Whether nothing is in memory. Without the lock, which whoever asks may not wait for."""
        return not self._parcels and self._under_way is None  # in this order, which `_first` relies on

    def unblock(self) -> None:
        """Let nobody wait for room any more: the process ends."""
        with self.news:
            self._unblocked = True
            self.news.notify_all()

    # ── for the courier ──────────────────────────────────────────────────────────────────────────────────────────────

    def next(self, *, others: bool) -> Parcel | None:
        """The parcel to deliver now, from memory or the spool; with *others* one that an ended process left, too."""
        with self.news:
            if self._parcels and (not self._parcels[0].was_tried or len(self._parcels) > _MANY_TRIED):
                return self._first()
        # What was tried and not taken may be the endpoint's trouble or its own: another one tells.
        room = {"max_spans": self._limits.batch_spans, "max_bytes": self._limits.batch_bytes}
        found = None if self.spool is None or self.ended else self.spool.next(others=others, **room)
        with self.news:
            if found is None:
                return self._first() if self._parcels else None
            places, batch = found
            if not self.ended:
                origin: Origin = "disk" if places[0].segment.own else "another process"
                self._under_way = Parcel.of(batch, origin=origin, places=places)
            return self._under_way

    def first_part(self, parcel: Parcel) -> Part | None:
        """What to send next of *parcel*; None when it is done, or was saved meanwhile."""
        with self.news:
            return parcel.parts[0] if parcel is self._under_way and parcel.parts else None

    def replace(self, parcel: Parcel, part: Part, parts: Sequence[Part], *, last: bool = False) -> bool:
        """Put *parts* where *part* was, or at the end; False when *parcel* was saved meanwhile, *part* included.

        In one step, so that a part is never in nobody's hand when the process ends.
        """
        with self.news:
            if parcel is not self._under_way or not parcel.parts or parcel.parts[0] is not part:
                return False
            parcel.parts.popleft()
            if last:
                parcel.parts.extend(parts)
            else:
                parcel.parts.extendleft(reversed(parts))
            return True

    def hand_back(self, parcel: Parcel) -> None:
        """Keep what is left of *parcel* for later; when nothing is, the spool need not keep it either."""
        if parcel is self._under_way and not parcel.parts:
            self._settle(parcel.places)
        with self.news:
            if parcel is self._under_way:
                if parcel.parts:
                    self._keep(parcel)
                self._under_way = None

    def refuse(self, parcel: Parcel, part: Part, why: str) -> None:
        """Put *part* where only a person looks: the endpoint will not take it."""
        kept = False
        if self.spool is not None:
            try:
                self.spool.refuse(part.whole)
                kept = True
            except SpoolError as error:
                self.complain("spool", "The spool cannot be written: %s.", error)
        if not self.replace(parcel, part, []):
            return
        spans = part.batch.counted
        self._count(parcel.origin, spans, "refused" if kept else "dropped")
        if kept:
            message = "The endpoint refuses spans (%s). They are kept: see `invocation-otel spool ls`."
            self.complain("refused", message, why)
        else:
            self._say_dropped(spans, "refused", f"the endpoint refuses them ({why}), and no spool keeps them")

    def settle_count(self, origin: Origin, spans: int, *, rejected: int, why: str) -> None:
        """Count *spans* as taken, of which the endpoint says to have thrown *rejected* away."""
        self._count(origin, spans - rejected, "exported")
        if rejected:
            self._count(origin, rejected, "dropped")
            self._say_dropped(rejected, "rejected", f"the endpoint took the request and rejected them ({why})")

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def copy_to_disk(self) -> None:
        """Put what waits into the spool as well: the process may be killed while it waits for the endpoint."""
        with self._saving:  # a signal and `os._exit` may both be ending the process
            for parcel in self._all():
                if not parcel.places and len(parcel.parts) == 1:
                    place = self._written(parcel.parts[0].whole, only_copy=False)
                    parcel.places = [place] if place else []
                    if parcel not in self._all():
                        self._settle(parcel.places)  # it was delivered while it was written

    def save(self) -> None:
        """Put all that waits into the spool, the parcel under way included; without a spool, count it as dropped."""
        with self._saving:
            with self.news:
                self.ended = self._unblocked = True
                left = self._all()
                self._parcels.clear()
                self._bytes = 0
                self._under_way = None
                self.news.notify_all()
            for parcel in left:
                if not self._stored(parcel):
                    self._drop(parcel, "the process ended before the endpoint took them, and no spool could")
            if self.spool is not None:
                self.spool.close()

    # ── memory ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _admitted(self, parcel: Parcel) -> bool:
        with self.news:
            if self._limits.on_full == "block":
                self.news.wait_for(lambda: self._has_room_for(parcel) or self._unblocked)
            late = self.ended or (self.closing and self.spool is not None)
            if late or not self._has_room_for(parcel):
                return False
            self._keep(parcel)
            return True

    def _has_room_for(self, parcel: Parcel) -> bool:
        return not self._parcels or self._bytes + parcel.size_bytes <= self._limits.memory_bytes

    def _keep(self, parcel: Parcel) -> None:
        self._parcels.append(parcel)
        self._bytes += parcel.size_bytes
        self.news.notify_all()

    def _first(self) -> Parcel:
        """The first, together with those behind it that fit into one request: the store wants few and large ones."""
        parcels = [self._parcels[0]]
        spans, size_bytes = parcels[0].spans, parcels[0].size_bytes
        for parcel in islice(self._parcels, 1, None):
            spans, size_bytes = spans + parcel.spans, size_bytes + parcel.size_bytes
            too_much = spans > self._limits.batch_spans or size_bytes > self._limits.batch_bytes
            if too_much or not parcels[0].goes_with(parcel):
                break
            parcels.append(parcel)
        self._under_way = Parcel.joined(parcels)
        for parcel in parcels:
            self._parcels.popleft()
            self._bytes -= parcel.size_bytes
        self.news.notify_all()
        return self._under_way

    def _all(self) -> list[Parcel]:
        with self.news:
            return [parcel for parcel in (self._under_way, *self._parcels) if parcel is not None]

    def _make_room_for(self, parcel: Parcel) -> None:
        """Neither memory nor disk takes it: the oldest in memory goes."""
        oldest = [parcel]
        with self.news:
            if not self.ended:
                oldest.clear()
                while self._parcels and not self._has_room_for(parcel):
                    oldest.append(self._first_out())
                self._keep(parcel)
        for lost in oldest:
            if not self._stored(lost):
                self._drop(lost, "the endpoint is down or too slow, and memory and spool are full")

    def _first_out(self) -> Parcel:
        parcel = self._parcels.popleft()
        self._bytes -= parcel.size_bytes
        return parcel

    # ── disk ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _stored(self, parcel: Parcel) -> bool:
        """Whether the disk has *parcel* now, so that it need not be in memory any more."""
        if parcel.places and self.spool is not None:
            for place in parcel.places:
                self.spool.let_go(place)
            if parcel.origin == "memory":
                self._counts.add(spooled=parcel.counted)
            return True
        while parcel.parts and self._written(parcel.parts[0].whole, only_copy=True):
            self._counts.add(spooled=parcel.parts.popleft().batch.counted)
        return not parcel.parts

    def _settle(self, places: Iterable[Place]) -> None:
        for place in places:
            if self.spool is not None:
                self.spool.settle(place)

    def _written(self, batch: Batch, *, only_copy: bool) -> Place | None:
        if self.spool is None:
            return None
        try:
            return self.spool.append(batch, only_copy=only_copy)
        except SpoolError as error:
            self.complain("spool", "The spool cannot be written: %s. Spans wait in memory.", error)
            return None

    # ── what is counted and said ─────────────────────────────────────────────────────────────────────────────────────

    def complain(self, kind: str, message: str, *details: object) -> None:
        """Log *message*, unless one of this *kind* was logged before."""
        if kind not in self._complained:
            self._complained.add(kind)
            _log.warning(message, *details)

    def evicted(self, spans: int, own: bool) -> None:  # noqa: FBT001 - what the spool calls
        """Count *spans* that had to leave the spool because it is full."""
        self._count("disk" if own else "another process", spans, "dropped")
        self._say_dropped(spans, "evicted", "the spool is full")

    def _drop(self, parcel: Parcel, why: str) -> None:
        self._count(parcel.origin, parcel.counted, "dropped")
        self._say_dropped(parcel.counted, why, why)

    def _count(self, origin: Origin, spans: int, outcome: str) -> None:
        """Count *spans*. Those of an ended process are in its own books; here they are replayed, or dropped."""
        if origin == "another process":
            outcome = {"exported": "replayed", "refused": "", "dropped": "dropped_of_others"}[outcome]
        if outcome:
            self._counts.add(**{outcome: spans}, spooled=-spans if origin == "disk" else 0)

    def _say_dropped(self, spans: int, kind: str, why: str) -> None:
        message = f"Dropped %d spans: {why}. Further ones are counted in handle.stats()."
        if spans:
            self.complain(f"dropped: {kind}", message, spans)
