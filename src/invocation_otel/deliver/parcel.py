"""A batch on its way, with what was learnt about it so far."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from .batch import Batch
from .sender import Answer, Verdict
from .spool import Place

Origin = Literal["memory", "disk", "another process"]

_STRIKES = 5
_TRIES, _DEPTH = 4, 3
"""After so many tries a batch is halved also without such proof, but only so often: it may be too much at once."""

_STRIKES_OF_ONE = 20
"""A single span is not halved but given up, so it has more tries."""

_SHORTEST_TEXT = 256


@dataclass(slots=True, eq=False)
class Part:
    """Something to send."""

    batch: Batch
    whole: Batch
    """The same spans, before texts in them were cut."""

    strikes: int = 0
    """How often it was not taken while the endpoint took others: then the endpoint is well, and the spans are not."""

    taken_then: int | None = None
    """How many had been taken when it was last not taken."""

    tries: int = 0
    depth: int = 0
    """How often what it is part of was halved."""

    def struck_out(self, taken: int) -> bool:
        """Note that it was not taken, of *taken* that were so far; whether it should travel in another form."""
        if self.taken_then is not None and taken > self.taken_then:
            self.strikes += 1
        self.taken_then = taken
        self.tries += 1
        if self.batch.spans == 1:
            return self.strikes >= _STRIKES_OF_ONE
        return self.strikes >= _STRIKES or (self.tries >= _TRIES and self.depth < _DEPTH)

    def halves(self) -> list["Part"]:
        """Its spans in two parts, which inherit the suspicion."""
        strikes = min(self.strikes, _STRIKES - 1)
        return [
            Part(half, half, strikes=strikes, taken_then=self.taken_then, depth=self.depth + 1)
            for half in self.whole.halves()
        ]

    def shorter(self) -> "Part | None":
        """The same with its long texts cut, to a quarter at least; None when there is nothing left to cut."""
        keep = len(self.batch.body) // 4
        while keep >= _SHORTEST_TEXT:
            batch = self.whole.shortened(keep)
            if len(batch.body) <= len(self.batch.body) // 2:
                return Part(batch, self.whole, strikes=self.strikes, taken_then=self.taken_then)
            keep //= 4
        return None


@dataclass(slots=True, eq=False)
class Parcel:
    """A batch and where it stands on disk; in parts, when the endpoint would not take it as it was."""

    origin: Origin
    parts: deque[Part] = field(default_factory=deque)
    places: list[Place] = field(default_factory=list)
    """Of all of it, or empty."""

    @classmethod
    def of(cls, batch: Batch, *, origin: Origin = "memory", places: Iterable[Place] = ()) -> "Parcel":
        return cls(origin, deque([Part(batch, batch)]), list(places))

    @classmethod
    def joined(cls, parcels: Sequence["Parcel"]) -> "Parcel":
        """*parcels*, none of which was tried, as one."""
        if len(parcels) == 1:
            return parcels[0]
        batch = Batch.joined([part.batch for parcel in parcels for part in parcel.parts])
        return cls.of(batch, origin=parcels[0].origin, places=[place for parcel in parcels for place in parcel.places])

    @property
    def size_bytes(self) -> int:
        return sum(len(part.whole.body) for part in self.parts)

    @property
    def spans(self) -> int:
        return sum(part.batch.spans for part in self.parts)

    @property
    def counted(self) -> int:
        return sum(part.batch.counted for part in self.parts)

    def goes_with(self, other: "Parcel") -> bool:
        """Whether the two can be `joined`: what was sent once is sent again as it was, so that a store knows it."""
        untried = not self.was_tried and not other.was_tried and len(self.parts) == len(other.parts) == 1
        return untried and self.origin == other.origin and bool(self.places) == bool(other.places)

    @property
    def was_tried(self) -> bool:
        return bool(self.parts) and self.parts[0].taken_then is not None


def smaller(part: Part, answer: Answer, *, hopeless: bool) -> list[Part]:
    """What to send instead of *part*, which is not taken as it is; nothing, when nothing is left to try."""
    if part.batch.spans > 1:
        return [] if hopeless and answer.verdict is not Verdict.LATER else part.halves()
    shorter = part.shorter() if answer.verdict is Verdict.TOO_LARGE else None
    return [shorter] if shorter else []
