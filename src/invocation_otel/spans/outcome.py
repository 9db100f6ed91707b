"""How a run, a round or a tool call ended, told by its exception or by the name of its error."""

SUCCESS = "success"
FAILED = "failed"
TIMEOUT = "timeout"
CANCELLED = "cancelled"

# Libraries name their timeouts in many ways (TimeoutError, APITimeoutError, ReadTimeout, SoftTimeLimitExceeded,
# DeadlineExceeded …); the name of the class or of a base class is all that they have in common.
_TIMEOUT_NAMES = ("timeout", "timelimitexceeded", "deadlineexceeded", "deadline_exceeded")
_CANCELLED_NAMES = frozenset({"CancelledError", "GeneratorExit", "KeyboardInterrupt"})


def outcome_of_error(error: BaseException) -> str:
    """The status for *error*: ``timeout``, ``cancelled`` or ``failed``, told by its class and its base classes."""
    outcomes = [outcome_of_name(cls.__name__) for cls in type(error).__mro__]
    return next((outcome for outcome in outcomes if outcome != FAILED), FAILED)


def outcome_of_name(name: str) -> str:
    """The status for an ``error.type``: a class name, qualified or not, or a provider's error code."""
    last = name.rpartition(".")[2]
    if last in _CANCELLED_NAMES:
        return CANCELLED
    return TIMEOUT if any(part in last.lower() for part in _TIMEOUT_NAMES) else FAILED


def error_type(error: BaseException) -> str:
    """The ``error.type`` of *error*: its class's qualified name, without the module for builtins (OTel convention)."""
    cls = type(error)
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
