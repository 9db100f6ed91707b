"""One line of `overhead.py`: a figure of ours beside its baseline, measured in the same run, and what it has to be."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """*ours* and *baseline* in *unit*; *target* is the most that the ratio may be, or their *difference*."""

    what: str
    ours: float
    baseline: float
    unit: str
    target: float
    difference: bool = False

    @property
    def measured(self) -> float:
        """What is compared with the target."""
        return self.ours - self.baseline if self.difference else self.ratio

    @property
    def ratio(self) -> float:
        return self.ours / self.baseline

    @property
    def verdict(self) -> str:
        return "reached" if self.measured <= self.target else "MISSED"

    def line(self) -> str:
        """The figure in columns."""
        unit = f" {self.unit}" if self.difference else " x"
        target = f"<= {self.target:g}{unit}"
        amounts = f"{self.ours:>10,.2f} {self.baseline:>10,.2f} {self.unit:<6}"
        return f"{self.what:<44} {amounts} {self.measured:>6.2f}{unit:<6} {target:<12} {self.verdict}"

    def to_json(self) -> str:
        """The figure as one JSON object."""
        return json.dumps(asdict(self) | {"ratio": self.ratio, "measured": self.measured, "verdict": self.verdict})
