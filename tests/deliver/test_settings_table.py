"""Every setting of delivery is documented with its default and its reason."""

import re
from dataclasses import fields
from pathlib import Path

from invocation_otel.deliver.limits import Limits

SETTINGS = (Path(__file__).parent.parent.parent / "docs" / "delivery.md").read_text().partition("## Settings")[2]
TABLE = SETTINGS.partition("## Measured")[0]
UNITS = {"": 1, " MiB": 1024**2, " GiB": 1024**3}


def value_of(text: str) -> object:
    """A default as the table writes it: 50,000 or 4 MiB or 0.5 or `auto`."""
    number = re.fullmatch(r"([\d.,]+)( [MG]iB)?", text)
    return float(number[1].replace(",", "")) * UNITS[number[2] or ""] if number else text.strip("`")


def test_the_table_has_every_setting_with_its_default_and_a_reason() -> None:
    rows = re.findall(r"^\| `(\w+)`.*? \| (.*?) \| (.+) \|$", TABLE, re.MULTILINE)
    told = {name: value_of(default) for name, default, reason in rows if name.islower() and len(reason) > 20}
    folder = told.pop("spool_folder")
    assert told == {field.name: field.default for field in fields(Limits) if field.name != "spool_folder"}
    assert "XDG_STATE_HOME" in str(folder), "what `configure` takes"
