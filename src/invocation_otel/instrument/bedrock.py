"""Amazon Bedrock is one of some four hundred services of ``boto3``: most programs that have it ask others only."""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from invocation_otel.record.guard import agent_goes_on

from .methods import Undo, replace

_SERVICES = frozenset({"bedrock-runtime", "bedrock-agent-runtime"})


def when_asked(tell: Callable[[], None]) -> Undo:
    """Call *tell* when the program makes its first client of Bedrock; gives back what ends the waiting."""
    if "botocore.client" not in sys.modules:  # nobody watches imports, or ``boto3`` would be there
        return lambda: None
    botocore = import_module("botocore.client")  # waits for a thread that is in the middle of importing it

    def watched(original: Callable[..., Any]) -> Callable[..., Any]:
        def create_client(creator: Any, service_name: str, *args: Any, **kwargs: Any) -> Any:
            if service_name in _SERVICES:
                with agent_goes_on("telling that boto3 is not recorded"):
                    undo()
                    tell()
            return original(creator, service_name, *args, **kwargs)

        return create_client

    undo = replace(botocore.ClientCreator, "create_client", watched)
    return undo
