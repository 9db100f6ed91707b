"""The messages that the rounds of a run are given, which mostly begin with those of the round before."""

from typing import Any

from .inline import Blob, Keep, without_blobs
from .messages import Message, as_messages


class Inputs:
    """Reads the input messages of one run, round by round; what a round sends once more is not read once more."""

    def __init__(self) -> None:
        self._given: list[Any] = []
        self._read: list[Message] = []

    def read(self, given: Any, keep_file: Keep | None) -> list[Message]:
        """*given*, the messages of a round made of plain builtins, in OpenTelemetry's form, its files kept."""
        known = len(self._given)
        # What Python calls equal: an argument that was 1 and is true now is told as 1.
        if known and type(given) is list and given[:known] == self._given:
            before, given = self._read, given[known:]
        else:
            self._given, self._read, before = [], [], []
        messages, has_files = as_messages(given, role="user"), False
        if keep_file is not None:

            def keep(blob: Blob) -> dict[str, Any]:
                nonlocal has_files
                has_files = True
                return keep_file(blob)

            messages = without_blobs(messages, keep)
        if type(given) is list and not has_files:  # files can be large, and what is remembered lives as long as the run
            self._given, self._read = self._given + given, before + messages
        return before + messages
