"""The ways a process begins and ends: what waits is delivered, or at least put into the spool, in each of them."""

import os
import signal
import sys
import threading
import weakref
from types import FrameType
from typing import NoReturn, Protocol

from invocation_otel.record.guard import agent_goes_on


class Delivery(Protocol):
    """What has to be told."""

    def after_fork(self) -> None:
        """Begin anew: this process is a fork of the one that set the delivery up."""

    def save(self) -> None:
        """The process ends in a moment: put what waits into the spool."""


_deliveries: "weakref.WeakSet[Delivery]" = weakref.WeakSet()
_own_exit = os._exit


def watch(delivery: Delivery) -> None:
    """Tell *delivery* of a fork, of ``os._exit`` and of SIGTERM.

    ``atexit`` runs for neither ``os._exit``, which ends the children of ``multiprocessing`` and of Celery, nor SIGTERM,
    which ends a container. The signal is watched only where the program itself does nothing about it.
    """
    if not _deliveries:
        os._exit = _exit
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _terminate)
    _deliveries.add(delivery)


def _save() -> None:
    for delivery in list(_deliveries):
        with agent_goes_on("saving spans at the end of the process"):
            delivery.save()


def _exit(status: int) -> NoReturn:
    try:
        _save()
    finally:
        _own_exit(status)


def _terminate(number: int, _frame: FrameType | None) -> None:
    _save()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _after_fork() -> None:
    for delivery in list(_deliveries):
        delivery.after_fork()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_after_fork)
