"""The ways a process begins and ends: what waits is delivered, or at least put into the spool, in each of them."""

import atexit
import importlib
import os
import signal
import sys
import threading
import weakref
from collections.abc import Callable
from types import FrameType
from typing import NoReturn, Protocol

from invocation_otel.record.guard import agent_goes_on
from invocation_otel.spans.prices import load_prices


class Delivery(Protocol):
    """What has to be told."""

    def after_fork(self) -> None:
        """Begin anew: this process is a fork of the one that set the delivery up."""

    def finish(self, timeout_s: float | None = None, *, thorough: bool) -> None:
        """The process ends: deliver for so long (by default as the limits say), and put the rest into the spool."""


_SIGNALS = (signal.SIGTERM, signal.SIGHUP) if sys.platform != "win32" else (signal.SIGTERM,)
_AT_ONCE_S = 1.0
"""How long ``os._exit`` may wait for an endpoint: the programs that call it want to be gone."""

_LONGEST_S = 10.0
"""So long the thread that got a signal waits for the one that saves; afterwards both go on."""

_IMPORTED_LATE = (
    "encodings.idna",  # by the first connection
    "invocation_otel.deliver.decode",
    "opentelemetry.proto.collector.trace.v1.trace_service_pb2",
    "urllib3",
)

_deliveries: "weakref.WeakSet[Delivery]" = weakref.WeakSet()
_own_exit = os._exit
_ending = _saved = False
_saver: threading.Thread | None = None


def watch(delivery: Delivery) -> None:
    """Tell *delivery* of a fork and of each end of the process.

    ``atexit`` runs neither for ``os._exit``, which ends the children of ``multiprocessing`` and of Celery, nor for
    SIGTERM, which ends a container.
    """
    if not _deliveries:
        os._exit = _exit
        atexit.register(_at_exit)
    watch_signals()
    _deliveries.add(delivery)


def watch_signals() -> None:
    """Watch SIGTERM and SIGHUP where the program itself does nothing about them: there they end it at once.

    Called again when a process records its first span, since a pool's child (Celery's) resets them when it begins.
    """
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _terminate)


def ending() -> bool:
    """Whether the process has begun to end."""
    return _ending


def _finish(timeout_s: float | None = None, *, thorough: bool = False) -> None:
    global _ending  # noqa: PLW0603 - a process ends once
    _ending = True
    for delivery in list(_deliveries):
        with agent_goes_on("saving spans at the end of the process"):
            delivery.finish(timeout_s, thorough=thorough)


def _at_exit() -> None:
    _finish(thorough=True)


def _exit(status: int) -> NoReturn:
    try:
        # On a thread of its own, because this one may be a signal's handler that interrupted us with a lock in hand.
        saver = _started(lambda: _finish(_AT_ONCE_S))
        if saver is not None:
            saver.join(_LONGEST_S)
    finally:
        _own_exit(status)


def _terminate(number: int, _frame: FrameType | None) -> None:
    global _saver  # noqa: PLW0603 - a process ends once
    if _saved:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        return
    if _saver is None:
        _saver = _started(lambda: _save_and_repeat(number))
    # If this thread was interrupted with a lock in hand that the saver needs, it goes on after a while, gives the lock
    # back, and is ended by the saver's signal.
    if _saver is not None:
        _saver.join(_LONGEST_S)


def _save_and_repeat(number: int) -> None:
    global _saved  # noqa: PLW0603 - a process ends once
    try:
        _finish()
    finally:
        _saved = True
        os.kill(os.getpid(), number)


def _started(action: Callable[[], None]) -> threading.Thread | None:
    thread = threading.Thread(target=action, name="invocation-otel-exit", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no thread any more: the interpreter is ending
        action()
        return None
    return thread


def _before_fork() -> None:
    """Have read what delivery reads late.

    Else each child would read the price list by itself, half a second of work for one that lives for one task; and a
    module that another thread is importing at the moment of the fork can never be imported in the child.
    """
    if _deliveries:
        with agent_goes_on("reading the price list"):
            load_prices()
        with agent_goes_on("importing what delivery needs"):
            for name in _IMPORTED_LATE:
                importlib.import_module(name)


def _after_fork() -> None:
    global _ending, _saved, _saver  # noqa: PLW0603 - a process ends once, and this is another one
    _ending = _saved = False
    _saver = None
    for delivery in list(_deliveries):
        delivery.after_fork()


if sys.platform != "win32":
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork)
