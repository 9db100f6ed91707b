"""`python -m invocation_otel` is the command `invocation-otel`."""

import sys

from .cli import main

sys.exit(main())
