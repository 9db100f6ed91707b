"""Records every AI agent run as OpenTelemetry spans, keeps them in your own ClickHouse, and shows them."""

from .configure import Handle, configure, instrument, uninstrument
from .deliver.processor import InvocationSpanProcessor, Stats
from .errors import InvocationError
from .files.asgi import file_link, files_app
from .record.file import File
from .record.invocation import invocation
from .record.prompt import Prompt
from .record.round import Round
from .record.run import Run, current_run
from .record.scope import scope
from .record.tool import ToolCall
from .spans.redact import Redaction
from .spans.redact_patterns import Pattern
from .spans.usage import Usage

__all__ = [
    "File",
    "Handle",
    "InvocationError",
    "InvocationSpanProcessor",
    "Pattern",
    "Prompt",
    "Redaction",
    "Round",
    "Run",
    "Stats",
    "ToolCall",
    "Usage",
    "configure",
    "current_run",
    "file_link",
    "files_app",
    "instrument",
    "invocation",
    "scope",
    "uninstrument",
]
