"""The run so far: how many rounds and tool calls, their tokens and their cost."""

from dataclasses import dataclass

from . import attributes as a
from .prices import dollars
from .usage import Usage

_NONE = Usage()


@dataclass(slots=True, kw_only=True)
class Totals:
    """Sums over the ended rounds of one run; ``nano_cost`` is in nano-dollars."""

    rounds: int = 0
    tool_calls: int = 0
    priced: int = 0
    unpriced: int = 0
    nano_cost: int = 0
    usage: Usage = _NONE
    provider: str = ""
    model: str = ""

    def add_round(
        self, *, usage: Usage | None, nano_cost: int | None, unpriced: bool, provider: str, model: str
    ) -> None:
        """Count one more ended round; *nano_cost* is ``None`` when its cost is not known."""
        self.rounds += 1
        self.provider, self.model = provider or self.provider, model or self.model
        self.usage += usage or _NONE
        self.unpriced += unpriced
        self.priced += nano_cost is not None
        self.nano_cost += nano_cost or 0

    @property
    def cost_usd(self) -> float | None:
        """US dollars; ``None`` when there were rounds and the cost of none of them is known."""
        return None if self.rounds and not self.priced else dollars(self.nano_cost)

    def to_attributes(self) -> dict[str, int | float | str]:
        """The totals as span attributes."""
        cost = self.cost_usd
        told: dict[str, int | float | str] = {
            a.RUN_SEQ: self.rounds,
            a.RUN_ROUNDS: self.rounds,
            a.RUN_TOOL_CALLS: self.tool_calls,
            a.RUN_INPUT_TOKENS: self.usage.input_tokens,
            a.RUN_OUTPUT_TOKENS: self.usage.output_tokens,
            a.RUN_CACHE_READ_TOKENS: self.usage.cache_read_tokens,
            a.RUN_CACHE_WRITE_TOKENS: self.usage.cache_write_tokens,
            a.RUN_UNPRICED: self.unpriced,
            a.RUN_PROVIDER: self.provider,
            a.RUN_MODEL: self.model,
        }
        return told if cost is None else told | {a.RUN_COST: cost}
