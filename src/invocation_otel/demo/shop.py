"""The shops of the demo: who they are, what is on their shelves, and their prompts."""

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from invocation_otel import Prompt, Run


@dataclass(frozen=True, kw_only=True)
class Shop:
    """One tenant."""

    tenant: str
    name: str
    goods: str


HARBOUR = Shop(tenant="harbour-tea", name="Harbour Tea", goods="tea in tins")
NORDLICHT = Shop(tenant="nordlicht-lamps", name="Nordlicht Lamps", goods="lamps of wood and linen")
KAYA = Shop(tenant="atelier-kaya", name="Atelier Kaya", goods="stoneware bowls and plates")
TODAY = "Sunday, 22 November 2026"


class Bills:
    """The runs that the shops are charged for."""

    def __init__(self) -> None:
        self.runs: list[Run] = []

    def add(self, run: Run) -> None:
        """Put a run on the bill."""
        self.runs.append(run)


def prompt(name: str, /, *, version: str | None = None, **variables: Any) -> Prompt:
    """The named prompt, filled in: the given version, or the highest there is."""
    found = [entry for entry in _prompts() if entry["name"] == name and version in (None, entry["version"])]
    newest = max(found, key=lambda entry: int(entry["version"]))
    return Prompt(name, version=newest["version"], template=newest["template"].strip(), variables=variables)


@cache
def _prompts() -> list[dict[str, str]]:
    prompts: list[dict[str, str]] = tomllib.loads(shop_file("prompts.toml").read_text(encoding="utf-8"))["prompt"]
    return prompts


@cache
def shop_file(name: str) -> Path:
    """A file that the shops work with."""
    with as_file(files(__package__).joinpath("files", name)) as path:
        return path


class BackOffice:
    """The systems behind the shops, as tools: orders, shelves, refunds and the carrier."""

    def __init__(self) -> None:
        self._carrier_asked = False

    def lookup_order(self, order: int) -> Mapping[str, Any]:
        """One order."""
        customers = {1042: "Lena Hofer", 1047: "Marco Dall'Asta", 5511: "Aiko Tanaka"}
        found = [row for row in self._orders() if row["order"] == str(order)]
        if not found:
            return {"error": f"there is no order {order}"}
        return {**found[0], "customer": customers.get(order, "a guest"), "paid": "card", "state": "sent"}

    def track_parcel(self, order: int) -> Mapping[str, Any]:
        """Where a parcel is; the carrier's system sleeps until it is asked a second time."""
        if not self._carrier_asked:
            self._carrier_asked = True
            raise ConnectionError("the carrier's system did not answer within 2 s")
        return {"order": order, "tracking_number": "RC 4471 9920", "state": "in the depot", "depot": "Westhafen"}

    def check_stock(self, product: str) -> Mapping[str, Any]:
        """How many pieces of a product are on the shelf."""
        shelf = {"Assam second flush 250 g": 40, "Sencha Kagoshima 100 g": 112, "Dimmer for LED": 17}
        return {"product": product, "pieces": shelf.get(product, 0)}

    def create_refund(self, order: int, amount: float, reason: str) -> Mapping[str, Any]:
        """Give money back."""
        return {"refund": f"RF-{order}", "amount": amount, "reason": reason, "days": "3 to 5"}

    def orders_of_day(self, shop: str) -> Sequence[Mapping[str, Any]]:
        """All orders of a shop on the last day."""
        return [row for row in self._orders() if row["shop"] == shop]

    def _orders(self) -> list[dict[str, str]]:
        with shop_file("orders-2026-11-21.csv").open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))
