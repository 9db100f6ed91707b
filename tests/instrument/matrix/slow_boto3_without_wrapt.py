"""The same without the package that watches imports, and what comes with it."""

import sys

for _missing in ("opentelemetry.instrumentation", "wrapt"):
    sys.modules[_missing] = None  # type: ignore[assignment] # as if it were not installed

import slow_boto3  # noqa: E402, F401 - configure() is called in the middle of its import
