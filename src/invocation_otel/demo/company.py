"""One day of three small shops and their agents."""

from collections.abc import Callable
from contextlib import nullcontext, suppress

import anthropic
import openai

from . import at_the_desk, in_the_office, with_customers
from .act import Act
from .clients import Clients
from .staff import Staff

DAY = with_customers.EARLY + at_the_desk.ACTS + in_the_office.ACTS + with_customers.ACTS


async def run_company(clients: Clients, *, live: bool, told: Callable[[Act, int], None]) -> Staff:
    """Let the day happen, and say after each part of it how many runs it had.

    With real providers the parts are left out that need a missing key, or that a provider cannot be made to do; what a
    provider refuses is a failed run.
    """
    staff = Staff.hired(clients)
    for act in DAY:
        if act.asks <= clients.providers and not (live and act.only_scripted):
            before = len(staff.bills.runs)
            with suppress(anthropic.APIError, openai.APIError) if live else nullcontext():
                await act.play(staff)
            told(act, len(staff.bills.runs) - before)
    return staff
