"""Each fact of a run or a round as a cell of a table."""

from rich.text import Text

from .figures import NOTHING, cost, duration, tokens
from .terminal import Row
from .text import cell
from .times import local_clock, local_day, local_time

MEMORY_MARK, NESTED_MARK = "◆", "↳"

STATUS_STYLES = {
    "success": "green",
    "failed": "red",
    "timeout": "dark_orange",
    "cancelled": "bright_black",
    "running": "blue",
    "lost": "magenta",
}
"""The statuses of a run, each with its colour; rounds and tool calls have the first four."""

_ID_DIGITS = 8


def short_id(run_id: str) -> str:
    """The end of a run's id, which tells it from its neighbours: the beginning is the time."""
    return f"run_…{run_id[-_ID_DIGITS:]}"


def id_cell(row: Row) -> Text:
    """The run's id."""
    return cell(row["run_id"])


def short_id_cell(row: Row) -> Text:
    """The run's id as far as it is needed to name the run."""
    return cell(short_id(row["run_id"]), "cyan")


def timestamp_cell(row: Row) -> Text:
    """When it began: day and time."""
    return cell(local_time(row["started_at"]))


def clock_cell(row: Row) -> Text:
    """When it began: the time of day."""
    return cell(local_clock(row["started_at"]))


def day_cell(row: Row) -> Text:
    """When it began: the day."""
    return cell(local_day(row["started_at"]), "dim")


def agent_cell(row: Row) -> Text:
    """Who ran."""
    return cell(row["agent"] or NOTHING)


def model_cell(row: Row) -> Text:
    """Provider and model; a run that has no round yet has neither."""
    return cell(" / ".join(name for name in (row["provider"], row["model"]) if name) or NOTHING, "dim")


def tokens_cell(row: Row) -> Text:
    """Tokens in and out."""
    return cell(tokens(row["input_tokens"], row["output_tokens"]))


def cost_cell(row: Row) -> Text:
    """US dollars."""
    used = row["input_tokens"] + row["output_tokens"]
    return cell(cost(row["cost_usd"], used_tokens=used, unpriced_rounds=row.get("unpriced_rounds", 0)))


def latency_cell(row: Row) -> Text:
    """How long it took; nothing while it runs."""
    return cell(NOTHING if row["latency_ms"] is None else duration(row["latency_ms"]))


def trigger_cell(row: Row) -> Text:
    """Why it ran, and marks: with memory, inside another run."""
    marks = (MEMORY_MARK if row["memory_enabled"] else "", NESTED_MARK if row["parent_run_id"] else "")
    return cell(" ".join(word for word in (row["trigger"].capitalize(), *marks) if word), "dim")


def status_cell(row: Row) -> Text:
    """How it ended: ``● Success`` in green."""
    style = STATUS_STYLES.get(row["status"], "")
    return cell(f"● {row['status'].capitalize()}", style)


def rounds_cell(row: Row) -> Text:
    """How many rounds, ``3 rnd``."""
    return cell(f"{row['rounds']} rnd" if row["rounds"] else NOTHING, "dim")


def celery_task(run: Row) -> str:
    """The name of the task that ran it and, if it was not the first try, which one it was."""
    retries = run["celery_retries"]
    return f"{run['celery_task_name']}, retry {retries}" if retries else str(run["celery_task_name"])


def error_cell(row: Row) -> Text:
    """What it ended with, without the module's name, if it did not end well."""
    return cell(row["error_type"].rpartition(".")[2], STATUS_STYLES.get(row["status"], ""))
