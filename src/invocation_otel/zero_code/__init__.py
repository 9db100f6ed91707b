"""Recording begins without a line in the program: below ``invocation-otel exec`` or ``opentelemetry-instrument``."""
