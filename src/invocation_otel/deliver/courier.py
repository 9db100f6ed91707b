"""The thread that delivers what waits, until the endpoint has taken it."""

import threading
import time

from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY  # the SDK's own processors use it the same way

from invocation_otel.record.guard import agent_goes_on

from .batch import Batch
from .counts import Counts
from .limits import Limits
from .parcel import Parcel, Part, smaller
from .sender import Answer, Sender, Verdict
from .spool import Spool
from .waiting import Waiting

_SCAN_S = 2.0
"""How often the folder is searched for segments that an ended process left."""

_FIRST_PAUSE_S = 0.5
_SLICE_S = 1.0
_PATIENCE_S = 0.5
"""How long the end of the process waits for the endpoint before everything is put on disk as well."""

_HOPELESS = 24
"""After so many refusals in a row a batch is kept as it is, and not searched for the span to blame."""


class Courier:
    """Delivers batches on a thread of its own, each until it is taken."""

    def __init__(self, sender: Sender, spool: Spool | None, limits: Limits, counts: Counts) -> None:
        self._sender, self._spool, self._limits, self._counts = sender, spool, limits, counts
        self._reset()

    def start_over(self) -> None:
        """Begin with nothing waiting; a forked child does, since what waits is its parent's to deliver."""
        if self._spool is not None:
            self._spool.forget()
        with agent_goes_on("making an exporter for a forked process"):
            self._sender.start_over()
        self._reset()

    def _reset(self) -> None:
        self._waiting = Waiting(self._spool, self._limits, self._counts)
        if self._spool is not None:
            self._spool.on_evicted = self._waiting.evicted
        self._starting = threading.RLock()
        self._thread: threading.Thread | None = None
        self._hurry = self._closing = False
        self._with_leftovers = True
        self._scanned_at = 0.0
        self._pause_s = self._not_before = 0.0
        self._taken = self._refusals = 0

    def start(self) -> None:
        """Begin to deliver, if it has not begun; also what an ended process left."""
        with self._starting:
            if self._thread is None and not self._waiting.ended:
                thread = threading.Thread(target=self._work, name="invocation-otel-courier", daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    return  # the interpreter is ending: close() puts everything into the spool
                self._thread = thread

    def put(self, batch: Batch) -> None:
        """Take *batch* over: from here on it is delivered, spooled, or counted as dropped."""
        self.start()
        self._waiting.put(batch)

    def idle(self) -> bool:
        """Whether nothing of this process waits any more, in memory or in the spool."""
        return self._waiting.empty() and self._counts.spooled <= 0

    def wake(self) -> None:
        """Try again now what waits for a better time, unless the endpoint has named one."""
        with self._waiting.news:
            self._hurry = True
            self._waiting.news.notify_all()

    def unblock(self) -> None:
        """Let nobody wait for room any more: the process ends."""
        self._waiting.unblock()

    def close(self, timeout_s: float, *, thorough: bool) -> None:
        """Deliver for *timeout_s* while the endpoint takes what it is given; spool the rest.

        With *thorough* that includes what ended processes left, and the exporter is shut down.
        """
        deadline = time.monotonic() + timeout_s
        with self._waiting.news:
            self._with_leftovers = thorough
            self._closing = self._waiting.closing = True
            self._waiting.news.notify_all()
        try:
            if thorough and self._spool is not None and self._spool.has_any():
                self.start()
            if not self._waiting.ended and not self._join(min(timeout_s, _PATIENCE_S)):
                self._waiting.copy_to_disk()
                self._join(deadline - time.monotonic())
        finally:  # also when somebody presses Ctrl-C
            self._waiting.save()
        if thorough and self._join(0):
            with agent_goes_on("shutting the exporter down"):
                self._sender.close()

    # ── the thread ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _join(self, timeout_s: float) -> bool:
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(max(timeout_s, 0))
        return not thread.is_alive()

    def _work(self) -> None:
        otel_context.attach(otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, value=True))
        while not self._waiting.ended:
            last = self._closing
            if last and time.monotonic() < self._not_before:
                return
            worked = False
            with agent_goes_on("delivering spans"):
                parcel = self._next()
                worked = parcel is not None and self._deliver(parcel)
            if last and not worked:
                return
            if not worked:
                self._rest()

    def _next(self) -> Parcel | None:
        scan = self._closing or time.monotonic() - self._scanned_at >= _SCAN_S
        parcel = self._waiting.next(others=scan and (self._with_leftovers or not self._closing))
        if scan and parcel is None:
            self._scanned_at = time.monotonic()
        return parcel

    def _rest(self) -> None:
        """Wait until there is something to do, or it is time to try again."""
        now = time.monotonic()
        until = now + (self._pause_s or _SCAN_S)
        while now < max(until, self._not_before):
            with self._waiting.news:
                something_new = not self._pause_s and not self._waiting.empty()
                if self._closing or (now >= self._not_before and (self._hurry or something_new)):
                    break
                self._waiting.news.wait(min(max(until, self._not_before) - now, _SLICE_S))
            if self._spool is not None:
                self._spool.sync()
            now = time.monotonic()
        self._hurry = False

    # ── one parcel ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _deliver(self, parcel: Parcel) -> bool:
        """Send *parcel*, part by part; False when the endpoint does not take it now."""
        answered = True
        try:
            while answered and (part := self._waiting.first_part(parcel)):
                answered = self._handle(parcel, part, self._send(part.batch))
        finally:
            self._waiting.hand_back(parcel)
            self._counts.add()  # wakes those who wait until all is delivered
        return answered

    def _send(self, batch: Batch) -> Answer:
        with agent_goes_on("exporting spans"):
            return self._sender.send(batch)
        return Answer(Verdict.LATER, "the exporter raised an error")

    def _handle(self, parcel: Parcel, part: Part, answer: Answer) -> bool:
        """Do what *answer* asks for; whether the endpoint is one that answers."""
        if answer.verdict is Verdict.TAKEN:
            if self._waiting.replace(parcel, part, []):
                self._note_taken(parcel, part, answer)
        elif answer.verdict is Verdict.LATER and (answer.blameless or not part.struck_out(self._taken)):
            self._note_later(answer)
            self._waiting.replace(parcel, part, [part], last=True)
            return False
        else:
            self._send_otherwise(parcel, part, answer)
        return True

    def _note_taken(self, parcel: Parcel, part: Part, answer: Answer) -> None:
        self._taken += 1
        self._refusals = 0
        self._pause_s = self._not_before = 0.0
        rejected = min(answer.rejected, part.batch.counted)
        self._waiting.settle_count(parcel.origin, part.batch.counted, rejected=rejected, why=answer.reason)
        if part.batch is not part.whole:
            self._counts.add(shortened=part.batch.counted)

    def _note_later(self, answer: Answer) -> None:
        message = "The endpoint does not take spans (%s). They wait, and are sent again."
        self._waiting.complain("later", message, answer.reason)
        self._pause_s = min(max(self._pause_s * 2, _FIRST_PAUSE_S), self._limits.max_pause_s)
        self._not_before = time.monotonic() + answer.retry_after_s if answer.retry_after_s else 0.0

    def _send_otherwise(self, parcel: Parcel, part: Part, answer: Answer) -> None:
        """Halve or shorten *part*, which is not taken as it is; keep it for a person when that does not help."""
        self._refusals += answer.verdict is not Verdict.LATER
        others: list[Part] = []
        with agent_goes_on("making a batch smaller"):
            others = smaller(part, answer, hopeless=self._refusals > _HOPELESS)
        if others:
            self._waiting.replace(parcel, part, others)
        else:
            self._waiting.refuse(parcel, part, answer.reason)
