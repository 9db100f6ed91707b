"""Prices that the user sets: for models that no public list knows, or that cost something else here."""

import json
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from invocation_otel.errors import SettingsError

from .rates import Rates, rates

_NAMES = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "reasoning": "output_reasoning_mtok",
    "audio_input": "input_audio_mtok",
    "audio_output": "output_audio_mtok",
    "audio_cache_read": "cache_audio_read_mtok",
    "image_input": "input_image_mtok",
    "image_output": "output_image_mtok",
    "image_cache_read": "cache_image_read_mtok",
}
"""Our name of a price, in US dollars for a million tokens -> that of genai-prices."""

_ABOVE = "above"
_EXAMPLE = '{"my-model": {"input": 0.5, "output": 2, "cache_read": 0.05}}'
_DOCS = "docs/cost.md has all of them."


class _Tier(NamedTuple):
    start: int
    price: Decimal


class _Tiered(NamedTuple):
    base: Decimal
    tiers: tuple[_Tier, ...]


class OwnPrices:
    """A list of prices by model. Its version is part of every cost that it makes, so that a change can be seen."""

    def __init__(self, models: Mapping[str, Any], *, told_by: str) -> None:
        if not isinstance(models, Mapping):
            raise SettingsError(f"{told_by} is {models!r}; expected prices by model such as {_EXAMPLE}.")
        checked = {str(model).lower(): _prices(told_by, model, told) for model, told in models.items()}
        self.version = f"own {sha256(repr(sorted(checked.items())).encode()).hexdigest()[:8]}"
        """``own`` and the beginning of a digest of the prices."""

        self._rates = {
            model: rates(prices, source="computed", version=self.version) for model, prices in checked.items()
        }

    def find(self, provider: str, model: str) -> Rates | None:
        """The prices of ``provider/model``, else those of ``model``, else those of the first pattern that fits."""
        names = (f"{provider}/{model}".lower(), model.lower())
        for name in names:
            if name in self._rates:
                return self._rates[name]
        fitting = (key for key in self._rates if "*" in key and any(fnmatchcase(name, key) for name in names))
        return self._rates.get(next(fitting, ""))


def own_prices(told: str | Path | Mapping[str, Any], *, name: str) -> OwnPrices:
    """The prices that *told* holds: a dictionary, or a file of JSON or TOML with the same in it.

    *name* is what the setting is called. Raises ``SettingsError``, which names the value and what was expected.
    """
    if isinstance(told, Mapping):
        return OwnPrices(told, told_by=name)
    path = Path(told).expanduser()
    return OwnPrices(_read(path, name), told_by=f"{name} ({path})")


def chosen_prices(given: str | Path | Mapping[str, Any] | None, from_env: str | None) -> OwnPrices | None:
    """The prices *given* in code, else those that ``INVOCATION_PRICES`` names; ``None`` when there are none."""
    if given is not None:
        return own_prices(given, name="prices")
    return own_prices(from_env, name="INVOCATION_PRICES") if from_env else None


def _read(path: Path, name: str) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{name} is {str(path)!r}, which cannot be read ({error}); expected a JSON or TOML file of prices. {_DOCS}"
        ) from error
    try:
        if path.suffix == ".toml":
            return tomllib.loads(text, parse_float=Decimal)
        return json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise SettingsError(
            f"{name} is {str(path)!r}, which is not {'TOML' if path.suffix == '.toml' else 'JSON'} ({error}); expected "
            f"something like {_EXAMPLE}."
        ) from error


def _prices(told_by: str, model: Any, told: Any) -> dict[str, Decimal | _Tiered]:
    """The prices of one model by genai-prices' names."""
    where = f"{told_by}, model {model!r}"
    base = _flat(where, told, known={*_NAMES, _ABOVE})
    if "input" not in base:
        raise SettingsError(f"{where}: has no price for input; expected at least that, 0 where it costs nothing.")
    steps = told.get(_ABOVE, {})
    if not isinstance(steps, Mapping):
        raise SettingsError(f'{where}: above is {steps!r}; expected such as {{"200000": {{"input": 2.5}}}}.')
    higher = sorted((_start(where, start), _flat(where, prices, known=set(_NAMES))) for start, prices in steps.items())
    return {_NAMES[kind]: _tiered(kind, price, higher) for kind, price in base.items()}


def _flat(where: str, told: Any, *, known: set[str]) -> dict[str, Decimal]:
    if not isinstance(told, Mapping):
        raise SettingsError(f"{where}: has {told!r}; expected prices for a million tokens such as {_EXAMPLE}.")
    for kind in told:
        if kind not in known:
            raise SettingsError(f"{where}: {kind!r} is no price; expected some of {', '.join(sorted(known))}. {_DOCS}")
    return {kind: _dollars(f"{where}: {kind}", price) for kind, price in told.items() if kind != _ABOVE}


def _tiered(kind: str, base: Decimal, higher: list[tuple[int, dict[str, Decimal]]]) -> Decimal | _Tiered:
    tiers = tuple(_Tier(start, prices[kind]) for start, prices in higher if kind in prices)
    return _Tiered(base, tiers) if tiers else base


def _start(where: str, told: Any) -> int:
    if not str(told).isdecimal():
        raise SettingsError(f"{where}: above {told!r}; expected a count of input tokens such as 200000.")
    return int(str(told))


def _dollars(what: str, told: Any) -> Decimal:
    if isinstance(told, int | float | Decimal) and not isinstance(told, bool):
        price = Decimal(str(told))
        if price.is_finite() and price >= 0:
            return price
    raise SettingsError(f"{what} is {told!r}; expected US dollars for a million tokens, 0 or more.")
